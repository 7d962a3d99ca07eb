"""Superclasses and subclasses, of hierarchies with several parents and with circles too."""

from __future__ import annotations

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.rdf.hierarchy import ClassHierarchy
from publisher.rdf.vocab import RDFS

A, B, C, D = (NamedNode(f"urn:{name}") for name in "abcd")


def test_a_class_with_two_parents() -> None:
    hierarchy = ClassHierarchy([Triple(A, RDFS.subClassOf, B), Triple(A, RDFS.subClassOf, C), Triple(B, RDFS.label, D)])
    assert hierarchy.superclasses(A) == {A, B, C}
    assert hierarchy.subclasses(B) == {A, B}
    assert hierarchy.superclasses(D) == hierarchy.subclasses(D) == {D}


def test_circles_and_restrictions() -> None:
    pairs: list[tuple[NamedNode, NamedNode | BlankNode]] = [(A, B), (B, A), (A, BlankNode())]
    hierarchy = ClassHierarchy(Triple(sub, RDFS.subClassOf, sup) for sub, sup in pairs)
    assert hierarchy.superclasses(A) == hierarchy.subclasses(A) == {A, B}
