"""Compile SHACL shapes (https://www.w3.org/TR/shacl/) to Python closures that screen many small graphs quickly.

Only its silence counts: a shape that it does not understand exactly is left to a reference engine, and whatever it
flags is to be validated by one. So a false alarm is slow and nothing worse.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Triple

from publisher.build.screen.constraints import Check
from publisher.build.screen.paths import SUBCLASS, TYPE, Graph
from publisher.build.screen.reader import LeftError, Meaning, Shapes, Target
from publisher.build.screen.shapes import Compiler
from publisher.build.screen.values import UnsureError

# Things have few combinations of types; the bound is for data that have many.
_CACHED: Final = 1 << 12


@dataclass(frozen=True)
class Screen:
    """Compiled shapes. ``left`` names those with something that is not compiled, which a reference engine must run."""

    left: tuple[str, ...]
    _shapes: dict[str, Meaning]
    _hierarchy: frozenset[tuple[str, str]]
    _by_types: Callable[[tuple[str, ...], tuple[str, ...], frozenset[str]], tuple[tuple[str, Check], ...]]
    _by_predicates: Callable[[tuple[str, ...], frozenset[str]], tuple[tuple[str, str, Check], ...]]
    _by_name: tuple[tuple[str, str, Check], ...]

    @property
    def reads(self) -> frozenset[str] | None:
        """The predicates that the shapes look at, and perhaps other IRIs; ``None`` when they may look at any."""
        found = [meaning.reads for meaning in self._shapes.values()]
        if self.left or any(reads is None for reads in found):
            return None
        return frozenset([TYPE, SUBCLASS, *(name for reads in found for name in reads or ())])

    def settled(self, before: Screen, changed: frozenset[str]) -> frozenset[str]:
        """Return the shapes that ``before`` has too, and whose verdict facts of the predicates ``changed`` cannot turn.

        What did not conform is flagged by then; what did, does so still.
        """
        return frozenset(
            shape
            for shape, meaning in self._shapes.items()
            if before._shapes.get(shape) == meaning and meaning.reads is not None and changed.isdisjoint(meaning.reads)
        )

    def flagged(
        self, graph: Graph, before: Graph | None = None, settled: frozenset[str] = frozenset()
    ) -> list[tuple[str, str]]:
        """Return (focus node, shape) of every own focus node that does not conform, whatever the severity.

        Focus nodes that a shape among the ``settled`` had in the graph ``before`` are left out. A graph with a
        hierarchy of its own is flagged for every shape.
        """
        if not graph.edges <= self._hierarchy:
            return [(node, shape) for node, _ in sorted(graph.edges - self._hierarchy) for shape in self._shapes]
        found: dict[tuple[str, str], None] = {}  # a node can be the object of many
        for node, shape, check in self._focus(graph, before, settled):
            try:
                is_right = check(graph, node)
            except UnsureError:
                is_right = False
            if not is_right:
                found[node, shape] = None
        return list(found)

    def _focus(self, graph: Graph, before: Graph | None, settled: frozenset[str]) -> Iterator[tuple[str, str, Check]]:
        """Yield each focus node with what it must conform to (SHACL, 2.1.3)."""
        for node in graph.own:
            said = graph.describe(node)
            had = tuple(before.describe(node).get(TYPE, ())) if before else ()
            for shape, check in self._by_types(tuple(said.get(TYPE, ())), had, settled):
                yield node, shape, check
            for predicate, shape, check in self._by_predicates(tuple(said), settled):
                for each in said[predicate] if predicate else (node,):
                    yield each, shape, check
        yield from (each for each in self._by_name if each[1] not in settled)


def compile_shapes(shapes: Iterable[Triple], ontology: Iterable[Triple]) -> Screen:
    """Compile a shapes graph once; the ontology gives ``rdfs:subClassOf*``."""
    read = Shapes(_facts(shapes), _facts(ontology))
    compiler = Compiler(read)
    left: list[str] = []
    compiled: list[tuple[str, Target, Check]] = []
    for shape in read.names():
        try:
            check = compiler.check(shape)
            compiled += [(shape, target, check) for target in read.targets(shape)]
        except LeftError:
            left.append(shape)
    by_class: dict[str, dict[str, Check]] = {}
    by_predicate: dict[str, list[tuple[str, str, Check]]] = {}
    for shape, (kind, name), check in compiled:
        if kind == "class":
            for each in read.subclasses(name):
                by_class.setdefault(each, {})[shape] = check
        elif kind != "node":
            by_predicate.setdefault(name, []).append((kind, shape, check))
    by_name = tuple((name, shape, check) for shape, (kind, name), check in compiled if kind == "node")
    meanings = {shape: read.meaning(shape) for shape, _, _ in compiled}
    return Screen(tuple(left), meanings, read.edges, _of_types(by_class), _of_predicates(by_predicate), by_name)


def _of_types(
    by_class: dict[str, dict[str, Check]],
) -> Callable[[tuple[str, ...], tuple[str, ...], frozenset[str]], tuple[tuple[str, Check], ...]]:
    """Return what finds the checks for types: with inferred types a shape is met by many, and is to be run once.

    Those of the settled shapes that the types of before lead to as well are left out.
    """

    @functools.lru_cache(_CACHED)
    def find(types: tuple[str, ...], had: tuple[str, ...], settled: frozenset[str]) -> tuple[tuple[str, Check], ...]:
        found = {shape: check for kind in types for shape, check in by_class.get(kind, {}).items()}
        done = settled.intersection(*[{shape for kind in had for shape in by_class.get(kind, {})}])
        return tuple((shape, check) for shape, check in found.items() if shape not in done)

    return find


def _of_predicates(
    by_predicate: dict[str, list[tuple[str, str, Check]]],
) -> Callable[[tuple[str, ...], frozenset[str]], tuple[tuple[str, str, Check], ...]]:
    """Return what finds the checks for the predicates of a node, each once for the node itself.

    A check comes with the predicate whose objects it is for, with none for the node.
    """

    @functools.lru_cache(_CACHED)
    def find(predicates: tuple[str, ...], settled: frozenset[str]) -> tuple[tuple[str, str, Check], ...]:
        found = {
            (predicate if kind == "objects" else "", shape): check
            for predicate in predicates
            for kind, shape, check in by_predicate.get(predicate, ())
            if shape not in settled
        }
        return tuple((predicate, shape, check) for (predicate, shape), check in found.items())

    return find


def _facts(triples: Iterable[Triple]) -> Graph:
    return Graph((str(t.subject), str(t.predicate), str(t.object)) for t in triples)
