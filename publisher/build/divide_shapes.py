"""Divide the shapes graph of a workspace into shapes that are evaluated part by part and shapes that need the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.build.plan import Plan, Unit
from publisher.rdf.sparql import tokenize
from publisher.rdf.vocab import RDF, SH, Term, plain
from publisher.validate.engines.shapes_graph import TARGETS, ShapesGraph, prefixes_of

# In the data of a part these triples name the things that another one owns.
PART: Final = NamedNode("urn:x-publisher:part")
LACKS: Final = NamedNode("urn:x-publisher:lacks")


def separable(graph: ShapesGraph, shape: Term) -> tuple[Term, ...]:
    """Return the property shapes of a shape that can be evaluated apart from it, with its targets."""
    if graph.parents.get(shape) or not isinstance(shape, NamedNode):
        return ()
    return tuple(p for p in graph.objects(shape, SH.property) if isinstance(p, NamedNode) and graph.value(p, SH.path))


def shapes_of_level(shapes: Iterable[Triple], plan: Plan, *, is_global: bool) -> list[Triple]:
    """Return a shapes graph in which only the global shapes have targets, or only the others.

    Queries that are evaluated part by part leave out the things that the part ``LACKS``.
    """
    graph = ShapesGraph(shapes)
    units = (unit for unit in plan.units if unit.kind != "rule")
    chosen = {(u.of, u.name): u for u in units if is_global == (u.level == "global")}
    removed, added, selects = set[Triple](), list[Triple](), dict[Triple, Triple]()
    for shape in graph.shapes:
        targets = list(_targets(graph, shape))
        unit = chosen.get(("", str(shape)))
        if unit is None:
            removed.update(t for t in targets if t.predicate in TARGETS)
            removed.update(_class_types(graph, shape))
        elif unit.kind == "query" and not is_global:
            selects |= _anchored_selects(graph, shape, unit)
        for part in separable(graph, shape) if targets else ():
            if (str(shape), str(part)) not in chosen:
                removed.add(_triple(shape, SH.property, part))
            elif unit is None:
                added += [_triple(part, t.predicate, t.object) for t in targets]
    return [*dict.fromkeys((*(selects.get(t, t) for t in graph.triples if t not in removed), *added))]


def _targets(graph: ShapesGraph, shape: Term) -> Iterator[Triple]:
    for target in TARGETS:
        yield from (_triple(shape, target, value) for value in graph.objects(shape, target))
    if graph.is_class(shape):
        yield _triple(shape, SH.targetClass, shape)


def _class_types(graph: ShapesGraph, shape: Term) -> Iterator[Triple]:
    """Yield the types that make a shape a class, so that it has no implicit target without them."""
    for kind in graph.objects(shape, RDF.type) if graph.is_class(shape) else ():
        if kind not in (SH.NodeShape, SH.PropertyShape):
            yield _triple(shape, RDF.type, kind)


def _anchored_selects(graph: ShapesGraph, shape: Term, unit: Unit) -> dict[Triple, Triple]:
    found = {}
    for node in graph.objects(shape, SH.sparql):
        for select in graph.objects(node, SH.select):
            limited = anchored(plain(select), unit.anchor, prefixes_of(graph, node))
            found[_triple(node, SH.select, select)] = _triple(node, SH.select, ox.Literal(limited or plain(select)))
    return found


def anchored(query: str, anchor: str, prefixes: dict[str, str]) -> str | None:
    """Return a query limited to the things that a part does not lack; ``None`` when it cannot be written so."""
    opening = next((token for token in tokenize(query) if token[0] == "{"), None)
    if opening is None:
        return None
    head, body = query[: opening.end()], query[opening.end() :]
    following = next((token[0].upper() for token in tokenize(body)), "")
    if following == "SELECT":
        end = body.rindex("}") if "}" in body else len(body)
        body = f"{{ {body[:end]} }} {body[end:]}"
    limited = f"{head} FILTER NOT EXISTS {{ {PART} {LACKS} ?{anchor} }} {body}"
    try:
        ox.Store().query(limited, prefixes=prefixes, substitutions={ox.Variable("this"): PART})
    except (SyntaxError, ValueError, RuntimeError, OSError):
        return None
    return limited


def _triple(subject: Term, predicate: NamedNode, obj: Term) -> Triple:
    return Triple(cast("NamedNode | BlankNode", subject), predicate, obj)
