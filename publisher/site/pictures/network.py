"""Draw the things that take part in facts and claims as a network, with a table behind."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from publisher.site.claims import Claim
from publisher.site.index import sorting_key
from publisher.site.model import Model
from publisher.site.output import Page
from publisher.site.pictures.labels import labelled
from publisher.site.vocabulary import OBJECT, SUBJECT

_NODES: Final = 36  # things in the network: more could not be read
_ROUNDS: Final = 300  # of the layout
_WIDTH, _HEIGHT = 832, 620


class Edge(NamedTuple):
    """What connects two things: how many facts, and how many claims that are no facts."""

    x1: float
    y1: float
    x2: float
    y2: float
    facts: int
    claims: int


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
    discs = list(labelled([(model.ref(n), places[n], round(3 + math.sqrt(degree[n]), 1)) for n in named], _WIDTH))
    rows = [
        (model.ref(one), model.ref(two), facts[one, two], claims[one, two])
        for one, two in sorted(edges, key=lambda pair: (-facts[pair], -claims[pair], pair))
    ]
    context = {"edges": lines, "nodes": discs, "width": _WIDTH, "height": _HEIGHT, "rows": rows}
    return Page("network.html", "Network", "network.html", context)


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
