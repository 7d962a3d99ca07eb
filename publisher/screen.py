"""Compile SHACL shapes (https://www.w3.org/TR/shacl/) to Python closures that screen many small graphs quickly.

Only its silence counts: a shape that it does not understand exactly is left to a reference engine, and whatever it
flags is to be validated by one. So a false alarm is slow and nothing worse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Triple

from publisher.screen_paths import TYPE, Graph
from publisher.screen_shapes import Check, Compiler, LeftError, Target
from publisher.screen_values import UnsureError


@dataclass(frozen=True)
class Screen:
    """Compiled shapes. ``left`` names those with something that is not compiled, which a reference engine must run."""

    left: tuple[str, ...]
    _by_class: dict[str, list[tuple[str, Check]]]
    _others: list[tuple[str, Target, Check]]
    _shapes: list[str]
    _hierarchy: frozenset[tuple[str, str]]

    def flagged(self, graph: Graph) -> list[tuple[str, str]]:
        """Return (focus node, shape) of every own focus node that does not conform, whatever the severity.

        A graph with a hierarchy of its own is flagged for every shape.
        """
        if not graph.edges <= self._hierarchy:
            return [(node, shape) for node, _ in sorted(graph.edges - self._hierarchy) for shape in self._shapes]
        return list(dict.fromkeys([*self._by_types(graph), *self._by_other_targets(graph)]))

    def _by_types(self, graph: Graph) -> Iterable[tuple[str, str]]:
        for node in graph.own:
            for kind in graph.describe(node).get(TYPE, ()):
                for shape, check in self._by_class.get(kind, ()):
                    if not _conforms(check, graph, node):
                        yield node, shape

    def _by_other_targets(self, graph: Graph) -> Iterable[tuple[str, str]]:
        # One pass over the predicates that occur, rather than one over the graph for each shape.
        subjects: dict[str, list[str]] = {}
        for node in graph.own:
            for predicate in graph.describe(node):
                subjects.setdefault(predicate, []).append(node)
        for shape, (kind, name), check in self._others:
            if kind == "node":
                nodes: Iterable[str] = (name,)
            elif name not in subjects:
                continue
            elif kind == "subjects":
                nodes = subjects[name]
            else:
                nodes = dict.fromkeys(o for s in subjects[name] for o in graph.describe(s)[name])
            for node in nodes:
                if not _conforms(check, graph, node):
                    yield node, shape


def _conforms(check: Check, graph: Graph, node: str) -> bool:
    try:
        return check(graph, node)
    except UnsureError:
        return False


def compile_shapes(shapes: Iterable[Triple], ontology: Iterable[Triple]) -> Screen:
    """Compile a shapes graph once; the ontology gives ``rdfs:subClassOf*``."""
    compiler = Compiler(_facts(shapes), _facts(ontology))
    left: list[str] = []
    compiled: list[tuple[str, list[Target], Check]] = []
    for shape in compiler.shapes():
        try:
            compiled.append((shape, compiler.targets(shape), compiler.check(shape)))
        except LeftError:
            left.append(shape)
    kept = [(shape, targets, check) for shape, targets, check in compiled if shape not in left and targets]
    by_class: dict[str, list[tuple[str, Check]]] = {}
    others: list[tuple[str, Target, Check]] = []
    for shape, targets, check in kept:
        kinds = {sub for kind, name in targets if kind == "class" for sub in compiler.subclasses(name)}
        for kind in sorted(kinds):
            by_class.setdefault(kind, []).append((shape, check))
        others += [(shape, target, check) for target in targets if target[0] != "class"]
    names = [shape for shape, _, _ in kept]
    return Screen(tuple(left), by_class, others, names, compiler.edges)


def _facts(triples: Iterable[Triple]) -> Graph:
    return Graph((str(t.subject), str(t.predicate), str(t.object)) for t in triples)
