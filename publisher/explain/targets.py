"""Say which shapes look at a node (SHACL, section 2.1.3), and which shapes are parts of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher.rdf.vocab import RDF, SH, Term, plain

_BY: Final = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_KINDS: Final = (SH.NodeShape, SH.PropertyShape)


@dataclass(frozen=True, order=True)
class ShapeTarget:
    """A shape, the kind of target by which it reaches a node, and the triple that makes the node one."""

    shape: str
    by: NamedNode
    triple: Triple | None


def targets(focus: Term, shapes: Iterable[Triple], known: Iterable[Triple]) -> Iterator[ShapeTarget]:
    """Yield the shapes that look at ``focus``, in order and each once a kind of target.

    ``known`` holds the types that follow, too; a shape may look at them only before or only after inference.
    """
    about = sorted((t for t in known if focus in (t.subject, t.object)), key=str)
    seen = set()
    for t in sorted(shapes, key=str):
        reason = _reason(focus, t, about)
        named = t.predicate == SH.targetNode and t.object == focus
        if (reason or named) and (t.subject, t.predicate) not in seen:
            seen.add((t.subject, t.predicate))
            yield ShapeTarget(plain(t.subject), t.predicate, reason)


def _reason(focus: Term, target: Triple, about: list[Triple]) -> Triple | None:
    for t in about:
        by_class = t.subject == focus and t.predicate == RDF.type and t.object == target.object
        by_subject = t.subject == focus and t.predicate == target.object
        by_object = t.object == focus and t.predicate == target.object
        if {SH.targetClass: by_class, SH.targetSubjectsOf: by_subject, SH.targetObjectsOf: by_object}.get(
            target.predicate
        ):
            return t
    return None


def shape_names(shapes: Iterable[Triple]) -> set[str]:
    """Return the names of all shapes."""
    return {plain(t.subject) for t in shapes if t.object in _KINDS or t.predicate in _BY}


def within(shape: str, shapes: Iterable[Triple]) -> set[str]:
    """Return a shape and everything that it is made of: its properties, queries, and the shapes that it refers to."""
    parts: dict[str, set[str]] = {}
    for t in shapes:
        if t.predicate.value.startswith(SH.iri) and t.predicate not in _BY:
            parts.setdefault(plain(t.subject), set()).add(plain(t.object))
    found: set[str] = set()
    todo = [shape]
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo.extend(parts.get(name, ()))
    return found
