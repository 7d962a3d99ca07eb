"""Draw the facts as pictures: a time line, and a network of things; the same bytes each time, with tables behind."""

from __future__ import annotations

import datetime
import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from publisher.site.claims import Claim
from publisher.site.index import sorting_key
from publisher.site.model import Model, Ref
from publisher.site.output import Page
from publisher.site.vocabulary import OBJECT, SUBJECT
from publisher.site.words import Time

# Facts on a time line, and things in the network: more could not be read.
_BARS: Final = 120
_NODES: Final = 36
_ROUNDS: Final = 300  # of the layout
_WIDTH, _HEIGHT = 832, 620
_LEFT, _ROW = 330, 22
_DAYS: Final = 365.2425


class Bar(NamedTuple):
    """A fact on the time line: ``solid`` is when it certainly was, ``open`` how far it can reach, as x and width."""

    y: int
    ref: Ref
    when: str
    label: str
    solid: tuple[float, float] | None
    open: tuple[float, float] | None


class Tick(NamedTuple):
    """A date on the axis of time."""

    x: float
    label: str


class Node(NamedTuple):
    """A thing in the network with its disc and its label; ``anchor`` is the end of the label that is fixed."""

    x: float
    y: float
    size: float
    ref: Ref
    label: str
    label_x: float
    label_y: float
    anchor: str


class Edge(NamedTuple):
    """What connects two things: how many facts, and how many claims that are no facts."""

    x1: float
    y1: float
    x2: float
    y2: float
    facts: int
    claims: int


def timeline(model: Model) -> Page | None:
    """Return the time line of the facts whose time is known; nothing where there are fewer than three."""
    dated = [(fact, time) for fact, time in model.facts.items() if _span(time)]
    if len(dated) < 3:
        return None
    shown = dated[-_BARS:]
    spans = [span for _, time in shown if (span := _span(time))]
    # The axis is by rank of months in which something begins or ends, not by days: one event of long ago would
    # otherwise press all others together.
    axis = _Axis(day for span in spans for day in span)
    bars = []
    for row, (fact, time) in enumerate(shown):
        label = model.index.label(fact).value
        short = textwrap.shorten(label, 56, placeholder=" …")
        solid, opened = axis.bar(time)
        bars.append(Bar(40 + row * _ROW, model.ref(fact), time.words, short, solid, opened))
    context: dict[str, Any] = {
        "bars": bars,
        "ticks": axis.ticks(),
        "width": _WIDTH,
        "height": 52 + len(bars) * _ROW,
        "left": _LEFT,
        "count": len(dated),
        "rows": [(time.words, model.ref(fact), model.class_label(fact).lower()) for fact, time in shown],
    }
    return Page("timeline.html", "Time line of the facts", "timeline.html", context)


def _span(time: Time) -> tuple[datetime.date, ...]:
    return tuple(day for day in (time.first, time.began_by, time.lasted_to, time.last) if day)


class _Axis:
    """An axis of months: those in which something happens have a width, and gaps between them are short."""

    def __init__(self, days: Iterable[datetime.date]) -> None:
        months = sorted({day.year * 12 + day.month - 1 for day in days})
        self._starts: dict[int, float] = {}
        x = 0.0
        for number, month in enumerate(months):
            x += 0.0 if not number else 1.0 if month - months[number - 1] == 1 else 1.35
            self._starts[month] = x
        self._scale = (_WIDTH - _LEFT - 40) / (x + 1)

    def x(self, day: datetime.date) -> float:
        """Return where a day is."""
        start = self._starts[day.year * 12 + day.month - 1]
        return round(_LEFT + 10 + (start + (day.day - 1) / 31) * self._scale, 1)

    def bar(self, time: Time) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """Return the certain and the possible stretch of a time."""
        begin, end = time.first or time.began_by, time.last or time.lasted_to
        known = [day for day in (begin, end) if day]
        left, right = self.x(min(known)), self.x(max(known)) + self._scale / 31
        is_bounded = bool(time.first and time.last) or bool(
            time.began_by and time.lasted_to and time.began_by <= time.lasted_to
        )
        solid = (left, round(max(right - left, 4), 1)) if is_bounded else None
        if is_bounded and time.first and time.last:
            return solid, None
        reach = 18.0
        low = left if time.first else left - reach
        high = right if time.last else right + reach
        return solid, (round(low, 1), round(high - low, 1))

    def ticks(self) -> list[Tick]:
        """Return the years, and the months as far as they have room."""
        ticks, last = [], -100.0
        for month, start in self._starts.items():
            x = round(_LEFT + 10 + start * self._scale, 1)
            if x - last > 46:
                ticks.append(Tick(x, f"{datetime.date(month // 12, month % 12 + 1, 1):%b %Y}"))
                last = x
        return ticks


def network(model: Model) -> Page | None:
    """Return the network of the things that facts and claims connect; nothing where there are too few."""
    facts, claims = _fact_pairs(model), _claim_pairs(model)
    degree = Counter[str]()
    for (one, two), count in facts.items():
        degree[one] += count
        degree[two] += count
    nodes = set(sorted(degree, key=lambda node: (-degree[node], node))[:_NODES])
    edges = sorted(pair for pair in {*facts, *claims} if set(pair) <= nodes)
    named = sorted(nodes, key=lambda node: sorting_key(str(model.index.label(node))))
    if len(named) < 4:
        return None
    places = _layout(named, edges)
    lines = [Edge(*places[one], *places[two], facts[one, two], claims[one, two]) for one, two in edges]
    discs = list(_labelled([(model.ref(n), places[n], round(3 + math.sqrt(degree[n]), 1)) for n in named]))
    rows = [
        (model.ref(one), model.ref(two), facts[one, two], claims[one, two])
        for one, two in sorted(edges, key=lambda pair: (-facts[pair], -claims[pair], pair))
    ]
    context = {"edges": lines, "nodes": discs, "width": _WIDTH, "height": _HEIGHT, "rows": rows}
    return Page("network.html", "Network", "network.html", context)


def _labelled(nodes: Sequence[tuple[Ref, tuple[float, float], float]]) -> Iterator[Node]:
    """Yield the nodes, each with its label on the side on which it covers least."""
    boxes = [(x - size, y - size, x + size, y + size) for _, (x, y), size in nodes]
    for ref, (x, y), size in nodes:
        label = textwrap.shorten(ref.text.value.partition(" (")[0], 34, placeholder=" …")
        width, gap = 5.8 * len(label), size + 3
        sides = (
            ("start", x + gap, y + 4, x + gap),
            ("end", x - gap, y + 4, x - gap - width),
            ("middle", x, y - gap - 2, x - width / 2),
            ("middle", x, y + gap + 9, x - width / 2),
        )
        anchor, label_x, label_y, left = min(sides, key=lambda side: _covered(boxes, side[3], side[2], width))
        boxes.append((left, label_y - 10, left + width, label_y + 3))
        yield Node(x, y, size, ref, label, round(label_x, 1), round(label_y, 1), anchor)


def _covered(boxes: Sequence[tuple[float, float, float, float]], left: float, base: float, width: float) -> float:
    """Return how much a label would cover, and lie outside of the picture."""
    right, top, bottom = left + width, base - 10, base + 3
    area = sum(max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, t)) for x, t, r, b in boxes)
    return area + 100 * (max(0.0, -left) + max(0.0, right - _WIDTH))


def _fact_pairs(model: Model) -> Counter[tuple[str, str]]:
    """Count the facts in which two things take part together."""
    pairs = Counter[tuple[str, str]]()
    hidden = {*model.vocabulary.hidden(), model.vocabulary["topic"]}
    for fact in model.facts:
        ends = {o for _, p, o in model.index.triples(fact) if p not in hidden and _is_actor(model, o)}
        pairs.update((one, two) for one in sorted(ends) for two in sorted(ends) if one < two)
    return pairs


def _claim_pairs(model: Model) -> Counter[tuple[str, str]]:
    """Count the claims, other than facts, that relate two things to each other."""
    pairs = Counter[tuple[str, str]]()
    for claim in model.claims.all.values():
        if not claim.is_fact:
            pairs.update(_pairs_of(model, claim))
    return pairs


def _pairs_of(model: Model, claim: Claim) -> set[tuple[str, str]]:
    topics = model.index.objects(claim.node, model.vocabulary["topic"])
    ends = {o for name in (SUBJECT, OBJECT) for o in model.index.objects(claim.node, name)}
    ends = {end for end in (*ends, *topics) if _is_actor(model, end)}
    return {(one, two) for one in ends for two in ends if one < two}


def _is_actor(model: Model, node: str) -> bool:
    """Tell whether a thing belongs into the network: it has a page, and is no fact, article or source."""
    return bool(model.addresses.name(node)) and node not in model.facts and node not in model.claims.by_source


def _layout(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """Place nodes by springs and repulsion from a circle on, without chance (Fruchterman and Reingold, 1991)."""
    count = len(nodes)
    at = {n: [math.cos(2 * math.pi * i / count), math.sin(2 * math.pi * i / count)] for i, n in enumerate(nodes)}
    ideal = 1.6 / math.sqrt(count)
    for step in range(_ROUNDS):
        heat = 0.12 * (1 - step / _ROUNDS) + 0.002
        force = {node: [-0.6 * at[node][0], -0.6 * at[node][1]] for node in nodes}
        for i, one in enumerate(nodes):
            for two in nodes[i + 1 :]:
                dx, dy = at[one][0] - at[two][0], at[one][1] - at[two][1]
                square = max(dx * dx + dy * dy, 1e-4)
                push = ideal * ideal / square
                for node, sign in ((one, 1), (two, -1)):
                    force[node][0] += sign * dx * push
                    force[node][1] += sign * dy * push
        for one, two in edges:
            dx, dy = at[one][0] - at[two][0], at[one][1] - at[two][1]
            pull = math.hypot(dx, dy) / ideal
            for node, sign in ((one, -1), (two, 1)):
                force[node][0] += sign * dx * pull * 0.12
                force[node][1] += sign * dy * pull * 0.12
        for node in nodes:
            length = math.hypot(*force[node]) or 1.0
            for axis in (0, 1):
                at[node][axis] += force[node][axis] / length * min(length, heat)
    return _scaled(at)


def _scaled(at: dict[str, list[float]]) -> dict[str, tuple[float, float]]:
    xs, ys = sorted(p[0] for p in at.values()), sorted(p[1] for p in at.values())
    dx, dy = max(xs[-1] - xs[0], 1e-6), max(ys[-1] - ys[0], 1e-6)
    return {
        node: (round(90 + (x - xs[0]) / dx * (_WIDTH - 180)), round(24 + (y - ys[0]) / dy * (_HEIGHT - 48)))
        for node, (x, y) in at.items()
    }
