"""Find the shapes that have a node as a focus node (SHACL, 2.1.3), and the shapes that are parts of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import RDF, SH, Term, plain
from publisher.validate.engines.shapes_graph import TARGETS

_KINDS: Final = (SH.NodeShape, SH.PropertyShape)


@dataclass(frozen=True)
class ShapeTarget:
    """A shape, the property that declares its target, such as ``sh:targetClass``, and the triple that meets it.

    ``triple`` is ``None`` for ``sh:targetNode``.
    """

    shape: str
    by: NamedNode
    triple: Triple | None


def targets(focus: Term, shapes: Iterable[Triple], triples: Iterable[Triple]) -> Iterator[ShapeTarget]:
    """Yield the shapes that have ``focus`` as a focus node, sorted, each once for each kind of target.

    ``triples`` are the data with what is inferred from them, although a shape may be validated at one stage alone.
    """
    met: dict[tuple[NamedNode, Term], Triple | None] = {(SH.targetNode, focus): None}
    for t in sorted((t for t in triples if focus in (t.subject, t.object)), key=str):
        if t.subject == focus:
            met.setdefault((SH.targetSubjectsOf, t.predicate), t)
            if t.predicate == RDF.type:
                met.setdefault((SH.targetClass, t.object), t)
        if t.object == focus:
            met.setdefault((SH.targetObjectsOf, t.predicate), t)
    found: dict[tuple[Term, NamedNode], ShapeTarget] = {}
    for t in sorted(shapes, key=str):
        if (by := (t.predicate, t.object)) in met:
            found.setdefault((t.subject, t.predicate), ShapeTarget(plain(t.subject), t.predicate, met[by]))
    yield from found.values()


def shape_names(shapes: Iterable[Triple]) -> set[str]:
    """Return the names of all shapes."""
    return {plain(t.subject) for t in shapes if t.object in _KINDS or t.predicate in TARGETS}


def within(shape: str, shapes: Iterable[Triple]) -> set[str]:
    """Return the names of a shape and its parts: property shapes, constraints, and the shapes that it refers to."""
    parts: dict[str, set[str]] = {}
    for t in shapes:
        if t.predicate.value.startswith(SH.iri) and t.predicate not in TARGETS:
            parts.setdefault(plain(t.subject), set()).add(plain(t.object))
    return set(reachable([shape], lambda name: parts.get(name, ())))
