"""Draw the things that take part in facts and claims as a network, with a table behind."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from publisher.site.index import sorting_key
from publisher.site.model import Model, Ref
from publisher.site.output import Page
from publisher.site.pictures.labels import Node, labelled
from publisher.site.vocabulary import OBJECT, SUBJECT

_NODES: Final = 36  # things in the network: more could not be read
_ROUNDS: Final = 300  # of the layout
_WIDTH, _HEIGHT = 832, 620


class Tie(NamedTuple):
    """What connects two things: ``mark`` is the class of its line, ``weight`` how often it was stated.

    ``to_first`` and ``to_second`` tell at which of the two ends it has an arrowhead.
    """

    mark: str
    weight: int
    to_first: bool = False
    to_second: bool = False


class Edge(NamedTuple):
    """A line between two things; ``heads`` are its arrowheads as the data of a path."""

    x1: float
    y1: float
    x2: float
    y2: float
    mark: str
    weight: int
    heads: str = ""


class NetworkDrawing(NamedTuple):
    """A network with its size."""

    width: int
    height: int
    edges: list[Edge]
    nodes: list[Node]


Pair = tuple[str, str]


def network(model: Model) -> Page | None:
    """Return the network of the things that facts and claims connect; nothing where there are too few."""
    facts, claims = _fact_pairs(model), _claim_pairs(model)
    degree = degrees(facts)
    refs = {node: model.ref(node) for node in most_connected(degree)}
    if len(refs) < 4:
        return None
    edges = [pair for pair in {*facts, *claims} if refs.keys() >= set(pair)]
    rows = [
        (refs[one], refs[two], facts[one, two], claims[one, two])
        for one, two in sorted(edges, key=lambda pair: (-facts[pair], -claims[pair], pair))
    ]
    links = {pair: Tie("fact" if facts[pair] else "said", facts[pair] or claims[pair]) for pair in edges}
    context = {"drawing": drawing(refs, links, degree, _HEIGHT), "rows": rows}
    return Page("network.html", model.words.gettext("Network"), "network.html", context)


def degrees(pairs: Mapping[Pair, int]) -> Counter[str]:
    """Return how often each thing is connected, by the number of each pair."""
    degree = Counter[str]()
    for (one, two), count in pairs.items():
        degree[one] += count
        degree[two] += count
    return degree


def most_connected(degree: Counter[str]) -> list[str]:
    """Return the things that a network shows: as many as can be read."""
    return sorted(degree, key=lambda node: (-degree[node], node))[:_NODES]


def drawing(refs: Mapping[str, Ref], links: Mapping[Pair, Tie], degree: Counter[str], height: int) -> NetworkDrawing:
    """Return the network of the named things; a disc is as large as ``degree`` says."""
    named = sorted(refs, key=lambda node: sorting_key(str(refs[node])))
    places = _layout(named, sorted(links), height)
    sizes = {node: round(3 + math.sqrt(degree[node]), 1) for node in named}
    edges = [
        Edge(*places[one], *places[two], link.mark, link.weight, _heads(link, places, sizes, (one, two)))
        for (one, two), link in sorted(links.items())
    ]
    return NetworkDrawing(
        _WIDTH, height, edges, list(labelled([(refs[n], places[n], sizes[n]) for n in named], _WIDTH))
    )


def _heads(link: Tie, places: Mapping[str, tuple[float, float]], sizes: Mapping[str, float], pair: Pair) -> str:
    """Return the arrowheads of a line, which touch the discs of the things."""
    wanted = [(pair[1], pair[0])] * link.to_first + [pair] * link.to_second
    return "".join(_head(places[start], places[end], sizes[end] + 1) for start, end in wanted)


def _head(start: tuple[float, float], end: tuple[float, float], gap: float) -> str:
    length = math.dist(start, end) or 1.0
    dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    x, y = end[0] - gap * dx, end[1] - gap * dy
    back_x, back_y = x - 8 * dx, y - 8 * dy
    corners = ((x, y), (back_x - 3.5 * dy, back_y + 3.5 * dx), (back_x + 3.5 * dy, back_y - 3.5 * dx))
    return "M" + "L".join(f"{round(left, 1)} {round(top, 1)}" for left, top in corners) + "z"


def _fact_pairs(model: Model) -> Counter[Pair]:
    """Count the facts in which two things take part together."""
    pairs = Counter[Pair]()
    hidden = {*model.vocabulary.hidden(), model.vocabulary["topic"]}
    for fact in model.facts:
        ends = {o for _, p, o in model.index.triples(fact) if p not in hidden and _is_actor(model, o)}
        pairs.update(combinations(sorted(ends), 2))
    return pairs


def _claim_pairs(model: Model) -> Counter[Pair]:
    """Count the claims, other than facts, that relate two things to each other."""
    pairs = Counter[Pair]()
    properties = (SUBJECT, OBJECT, model.vocabulary["topic"])
    for claim in model.claims.all.values():
        if not claim.is_fact:
            ends = {o for name in properties for o in model.index.objects(claim.node, name)}
            pairs.update(combinations(sorted(end for end in ends if _is_actor(model, end)), 2))
    return pairs


def _is_actor(model: Model, node: str) -> bool:
    """Tell whether a thing belongs into the network: it has a page, and is no fact, article or source."""
    return bool(model.addresses.name(node)) and node not in model.facts and node not in model.claims.by_source


def _layout(nodes: Sequence[str], edges: Sequence[Pair], height: int) -> dict[str, tuple[float, float]]:
    """Place nodes by springs and repulsion from a circle on, without chance (Fruchterman and Reingold, 1991).

    Places and forces are complex numbers: x and y at once.
    """
    count, number = len(nodes), {node: i for i, node in enumerate(nodes)}
    at = [complex(math.cos(2 * math.pi * i / count), math.sin(2 * math.pi * i / count)) for i in range(count)]
    ideal = 1.6 / math.sqrt(count)
    square = ideal * ideal
    for step in range(_ROUNDS):
        heat = 0.12 * (1 - step / _ROUNDS) + 0.002
        force = [-0.6 * place for place in at]
        for i, place in enumerate(at):
            for j in range(i + 1, count):
                way = place - at[j]
                push = way * (square / max(way.real * way.real + way.imag * way.imag, 1e-4))
                force[i] += push
                force[j] -= push
        for one, two in edges:
            i, j = number[one], number[two]
            way = at[i] - at[j]
            pull = way * (math.hypot(way.real, way.imag) / ideal) * 0.12
            force[i] -= pull
            force[j] += pull
        for i, way in enumerate(force):
            length = math.hypot(way.real, way.imag) or 1.0
            at[i] += way / length * min(length, heat)
    return _scaled({node: (at[i].real, at[i].imag) for node, i in number.items()}, height)


def _scaled(at: Mapping[str, tuple[float, float]], height: int) -> dict[str, tuple[float, float]]:
    xs, ys = sorted(p[0] for p in at.values()), sorted(p[1] for p in at.values())
    dx, dy = max(xs[-1] - xs[0], 1e-6), max(ys[-1] - ys[0], 1e-6)
    return {
        node: (round(90 + (x - xs[0]) / dx * (_WIDTH - 180)), round(24 + (y - ys[0]) / dy * (height - 48)))
        for node, (x, y) in at.items()
    }
