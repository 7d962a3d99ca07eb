"""Follow references between nodes, such as those between the classes of an ontology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from pyoxigraph import NamedNode, Triple

from publisher.rdf.vocab import RDFS

Node = TypeVar("Node")


def reachable(start: Iterable[Node], following: Callable[[Node], Iterable[Node]]) -> dict[Node, None]:
    """Return the nodes that can be reached from ``start``, itself among them, each once.

    >>> list(reachable([12], lambda number: [number // 2, number // 3]))
    [12, 4, 1, 0, 2, 6, 3]
    """
    reached, agenda = dict[Node, None](), [*start]
    while agenda:
        if (node := agenda.pop()) not in reached:
            reached[node] = None
            agenda += following(node)
    return reached


class ClassHierarchy:
    """The reflexive and transitive closure of ``rdfs:subClassOf`` between the named classes of an ontology.

    >>> a, b, c = (NamedNode(f"urn:{name}") for name in "abc")
    >>> hierarchy = ClassHierarchy([Triple(a, RDFS.subClassOf, b), Triple(b, RDFS.subClassOf, c)])
    >>> hierarchy.superclasses(a) == hierarchy.subclasses(c) == {a, b, c}
    True
    """

    def __init__(self, ontology: Iterable[Triple]) -> None:
        self._above: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        self._below: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for t in ontology:
            if t.predicate == RDFS.subClassOf and isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode):
                self._above[t.subject].add(t.object)
                self._below[t.object].add(t.subject)

    def superclasses(self, cls: NamedNode) -> set[NamedNode]:
        """Return a class and all classes above it."""
        return set(reachable([cls], lambda one: self._above.get(one, ())))

    def subclasses(self, cls: NamedNode) -> set[NamedNode]:
        """Return a class and all classes below it."""
        return set(reachable([cls], lambda one: self._below.get(one, ())))
