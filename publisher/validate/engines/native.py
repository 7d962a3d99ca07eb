"""Validate with the native engine: SHACL Core by ``shacl``, SPARQL-based constraints by Oxigraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import SH, Term, plain
from publisher.validate.engines import wellformed
from publisher.validate.engines.faults import Fault, without
from publisher.validate.engines.patterns import to_rust
from publisher.validate.engines.results import CLOSED, Findings, Result, parse_term, stopped
from publisher.validate.engines.shapes_graph import TARGETS, ShapesGraph
from publisher.validate.engines.sparql import NestedQueries, is_core_query, read_queries
from publisher.validate.engines.stores import with_store
from publisher.validate.report import Finding

try:
    import shacl
except ImportError:  # no wheel for this platform
    shacl = None  # type: ignore[assignment]

_BLANK_NODE: Final = re.compile(r"^_:(\S+)|(?<= )_:(\S+)(?= \.$)", re.MULTILINE)
_RENAMED: Final = "_:0_b"
# A shape that reports the blank node of one triple, by which the engine shows where it starts to count blank nodes.
_PROBE: Final = NamedNode("urn:x-publisher:probe")
_PROBE_SHAPE: Final = (Triple(_PROBE, SH.targetSubjectsOf, _PROBE), Triple(_PROBE, SH.nodeKind, SH.Literal))
# What Oxigraph runs.
_NOT_CORE: Final = frozenset((SH.sparql, SH.validator, SH.nodeValidator, SH.propertyValidator, SH.parameter))
# What states no constraint of SHACL Core.
_SILENT: Final = _NOT_CORE | {*TARGETS, SH.severity, SH.message, SH.name, SH.description, SH.deactivated}
# What Oxigraph and the native engine raise.
_STOPS: Final = (RuntimeError, ValueError, OSError)
_PROBE_DATA: Final = f"_:b {_PROBE} {_PROBE} .\n"


def is_available() -> bool:
    """Tell whether the native engine is installed."""
    return shacl is not None


class NativeValidator:
    """Shapes that were compiled once, to validate any number of data graphs."""

    def __init__(self, graph: ShapesGraph) -> None:
        """Compile the shapes. What is ill-formed or not supported is in ``faults``; the rest is validated."""
        faults = [*wellformed.check(graph)]
        self._graph, self._core, refused = _supported(without(graph, faults))
        self._nested = NestedQueries(self._graph)
        if self._nested:
            self._core = _shapes(self._graph, self._nested.triples())
        self._findings = Findings(self._graph)
        self._has_core = any(map(self._graph.has_target, filter(self._states_core, self._graph.shapes)))
        self._queries = tuple(query for shape in self._graph.shapes for query in read_queries(self._graph, shape))
        self.faults = tuple(fault.finding(graph) for fault in (*faults, *refused))

    def validate(self, parts: Iterable[bytes]) -> list[Finding]:
        """Return the findings in data in parts, which are not held in memory where queries alone read them."""
        if not self._has_core:
            return with_store(parts, self._run_queries)
        whole = list(parts)

        def run(store: ox.Store) -> list[Finding]:
            return [*self._run_core(whole, store), *self._run_queries(store)]

        return with_store(whole if self._nested or self._queries else [], run)

    def _run_queries(self, store: ox.Store) -> list[Finding]:
        findings = list[Finding]()
        for query in self._queries:
            try:
                findings += map(self._findings.of, query.run(store))
            except _STOPS as error:
                findings.append(stopped("A query", error, self._graph.label(query.shape)))
        return findings

    def _run_core(self, parts: list[bytes], store: ox.Store) -> list[Finding]:
        try:
            text = b"".join((*parts, self._nested.marks(store))).decode()
            parts.clear()  # large data are not held twice
            results = self._core.validate_text(text, "ntriples").results
        except _STOPS as error:
            return [stopped("The native engine", error)]
        blank_nodes = self._blank_nodes(text) if any(map(_has_blank_node, results)) else {}
        return [
            self._findings.of(self._result(r, blank_nodes))
            for r in results
            if not NestedQueries.is_mark(str(r.source_shape))
        ]

    def _states_core(self, shape: Term) -> bool:
        return any(p.value.startswith(SH.iri) and p not in _SILENT for p in self._graph.properties(shape))

    def _result(self, r: shacl.Result, blank_nodes: dict[str, BlankNode]) -> Result:
        shape = self._graph.shapes_by_name[str(r.source_shape)]
        path = (r.path or "")[1:-1] if r.component_iri == CLOSED else self._graph.shape_paths[shape]
        value = None if r.value is None else blank_nodes.get(r.value) or parse_term(r.value)
        focus = blank_nodes.get(r.focus_node) or parse_term(r.focus_node)
        return Result(focus, path, value, r.component_iri, shape)

    def _blank_nodes(self, text: str) -> dict[str, BlankNode]:
        """Return the blank nodes of N-Triples by the labels that the engine gives them.

        It numbers them in the order of appearance, after those of the shapes.
        """
        results = self._core.validate_text(_PROBE_DATA, "ntriples").results
        probe = next(r for r in results if r.source_shape == str(_PROBE))
        start = int(probe.focus_node.removeprefix(_RENAMED))
        labels = dict.fromkeys(match[1] or match[2] for match in _BLANK_NODE.finditer(text))
        return {f"{_RENAMED}{number}": BlankNode(label) for number, label in enumerate(labels, start)}


def _has_blank_node(r: shacl.Result) -> bool:
    return r.focus_node.startswith(_RENAMED) or (r.value or "").startswith(_RENAMED)


def _supported(graph: ShapesGraph) -> tuple[ShapesGraph, shacl.Shapes, list[Fault]]:
    """Return what of the shapes the engine compiles, compiled, and what it refuses.

    The engine tells the first error alone and not its shape, so each parameter is compiled alone when all fail.
    """
    try:
        return graph, _shapes(graph), []
    except ValueError as error:
        faults = list(_refused(graph))
        # where nothing can be told apart, nothing is applied
        message = f"The native engine does not support these shapes: {_words(error)}"
        supported = without(graph, faults) if faults else ShapesGraph(())
        return supported, _shapes(supported), faults or [Fault(next(iter(graph.shapes)), None, None, message)]


def _shapes(graph: ShapesGraph, named: Iterable[Triple] | None = None) -> shacl.Shapes:
    core = (
        t
        for t in named or graph.named_triples
        if t.predicate not in _NOT_CORE and not is_core_query(t.predicate, t.object)
    )
    triples = [*_PROBE_SHAPE, *(_with_pattern(graph, t) if t.predicate == SH.pattern else t for t in core)]
    return shacl.Shapes.from_text((ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode(), "ntriples")


def _with_pattern(graph: ShapesGraph, t: Triple) -> Triple:
    shape = graph.shapes_by_name.get(str(t.subject), t.subject)
    flags = "".join(plain(value) for value in graph.objects(shape, SH.flags))
    return Triple(t.subject, t.predicate, Literal(to_rust(plain(t.object), flags)))


def _refused(graph: ShapesGraph) -> Iterator[Fault]:
    for shape in graph.shapes:
        for parameter, (value, *_) in graph.properties(shape).items():
            if parameter.value.startswith(SH.iri) and isinstance(value, Literal) and parameter not in _NOT_CORE:
                beside = (Triple(_PROBE, SH.flags, flags) for flags in graph.objects(shape, SH.flags))
                alone = (Triple(_PROBE, SH.path, _PROBE), Triple(_PROBE, SH.qualifiedValueShape, _PROBE), *beside)
                try:
                    _shapes(ShapesGraph((*alone, Triple(_PROBE, parameter, value))))
                except ValueError as error:
                    yield Fault(shape, parameter, value, f"The native engine does not support this: {_words(error)}")


def _words(error: Exception) -> str:
    return " ".join(str(error).split())
