"""Answer questions about the class hierarchy of an ontology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyoxigraph import NamedNode, Triple

from publisher.rdf.vocab import RDFS


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
        return _reachable(cls, self._above)

    def subclasses(self, cls: NamedNode) -> set[NamedNode]:
        """Return a class and all classes below it."""
        return _reachable(cls, self._below)


def _reachable(start: NamedNode, edges: Mapping[NamedNode, set[NamedNode]]) -> set[NamedNode]:
    reached, agenda = set[NamedNode](), [start]
    while agenda:
        node = agenda.pop()
        reached.add(node)
        agenda += edges.get(node, set()) - reached
    return reached
