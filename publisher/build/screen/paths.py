"""Hold small graphs of terms in N-Triples form over a shared background, and follow SHACL paths (SHACL, 2.3.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

Fact = tuple[str, str, str]
Description = dict[str, list[str]]
Path = Callable[["Graph", str], list[str]]

TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
SUBCLASS: Final = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_NOTHING: Final[Description] = {}


class Graph:
    """Facts of its own, in which focus nodes are looked for, over the facts of a background shared by many graphs."""

    def __init__(self, own: Iterable[Fact], shared: Graph | None = None) -> None:
        self.shared = shared
        self.own: dict[str, Description] = {}
        self.facts = list(dict.fromkeys(own))
        for s, p, o in self.facts:
            self.own.setdefault(s, {}).setdefault(p, []).append(o)
        self._said: dict[str, Description] = self.own if shared is None else {}
        self._inverse: dict[str, dict[str, list[str]]] = {}
        self.edges = _edges(self.facts)
        if shared is not None:
            self.edges |= shared.edges

    def grown(self, more: Iterable[Fact], shared: Graph | None = None) -> Graph:
        """Return a graph with more facts of its own, over another background."""
        graph = Graph((), shared)
        graph.own.update(self.own)
        new = [fact for fact in more if fact[2] not in self.own.get(fact[0], _NOTHING).get(fact[1], ())]
        changed: dict[str, Description] = {}
        for s, p, o in new:
            if s not in changed:
                changed[s] = graph.own[s] = {**self.own.get(s, _NOTHING)}
            changed[s][p] = [*changed[s].get(p, ()), o]
        graph.facts = [*self.facts, *new]
        graph.edges |= self.edges | _edges(new)
        return graph

    def describe(self, subject: str) -> Description:
        """Return what own facts and the background say of the subject."""
        found = self._said.get(subject)
        if found is None:
            if self.shared is None:
                return _NOTHING
            own, others = self.own.get(subject), self.shared.describe(subject)
            found = self._said[subject] = _merge(own, others) if own else others
        return found

    def subjects(self, predicate: str, value: str) -> list[str]:
        """Return the subjects of a value: what an inverse path leads to."""
        found = self._inverse.get(predicate)
        if found is None:
            found = self._inverse[predicate] = {}
            for s, p, o in self.facts:
                if p == predicate:
                    found.setdefault(o, []).append(s)
        own = found.get(value, [])
        return own if self.shared is None else _union(own, self.shared.subjects(predicate, value))


def _edges(facts: Iterable[Fact]) -> frozenset[tuple[str, str]]:
    return frozenset((s, o) for s, p, o in facts if p == SUBCLASS)


def _merge(one: Description, other: Description) -> Description:
    return {p: _union(one.get(p, []), other.get(p, [])) for p in {**one, **other}} if other else one


def _union(one: list[str], other: list[str]) -> list[str]:
    return list(dict.fromkeys((*one, *other))) if one and other else one or other


def predicate(iri: str) -> Path:
    """Return the path to the objects of a predicate."""
    return lambda graph, node: graph.describe(node).get(iri, [])


def inverse_predicate(iri: str) -> Path:
    """Return the path to the subjects of a predicate."""
    return lambda graph, node: graph.subjects(iri, node)


def sequence(steps: list[Path]) -> Path:
    """Return the path that takes one step after the other."""

    def follow(graph: Graph, node: str) -> list[str]:
        nodes = [node]
        for step in steps:
            nodes = list(dict.fromkeys(value for each in nodes for value in step(graph, each)))
        return nodes

    return follow


def alternative(choices: list[Path]) -> Path:
    """Return the path that takes any of the choices."""
    return lambda graph, node: list(dict.fromkeys(value for choice in choices for value in choice(graph, node)))


def repeated(step: Path, *, zero: bool) -> Path:
    """Return the path of one or more steps, or of none too."""

    def follow(graph: Graph, node: str) -> list[str]:
        found = dict.fromkeys([node] if zero else step(graph, node))
        waiting = list(found)
        while waiting:
            for value in step(graph, waiting.pop()):
                if value not in found:
                    found[value] = None
                    waiting.append(value)
        return list(found)

    return follow


def optional(step: Path) -> Path:
    """Return the path of one step or none."""
    return lambda graph, node: list(dict.fromkeys((node, *step(graph, node))))
