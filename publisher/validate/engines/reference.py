"""Validate with the reference engine, pySHACL; it and rdflib take long to import, and only this engine needs them."""

from __future__ import annotations

import contextlib
import functools
import logging
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.errors import ConstraintLoadWarning, ReportableRuntimeError
from pyshacl.shapes_graph import ShapesGraph as LoadedShapes
from rdflib.namespace import SH as SHACL
from rdflib.plugins.sparql import prepareQuery
from rdflib.term import Node

from publisher.rdf.interop import from_rdflib, to_rdflib
from publisher.rdf.vocab import SH, Term
from publisher.validate.engines import wellformed
from publisher.validate.engines.faults import Fault, without
from publisher.validate.engines.results import CLOSED, SPARQL, Findings, Result, stopped
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.engines.sparql import SparqlConstraint, read_queries
from publisher.validate.report import Finding


class ReferenceValidator:
    """Shapes that were loaded once, to validate any number of data graphs."""

    def __init__(self, graph: ShapesGraph) -> None:
        """Load the shapes. What is ill-formed or not supported is in ``faults``; the rest is validated."""
        faults = [*wellformed.check(graph)]
        rest = without(graph, faults)
        refused = list(_refused(rest))
        self._graph = without(rest, refused)
        self._findings = Findings(self._graph)
        self._shapes = to_rdflib(self._graph.named_triples)
        queries = (query for shape in self._graph.shapes for query in read_queries(self._graph, shape))
        self._about_dataset = {q.node for q in queries if isinstance(q, SparqlConstraint) and q.is_about_dataset}
        self.faults = tuple(fault.finding(graph) for fault in (*faults, *refused))

    def validate(self, parts: Iterable[bytes]) -> list[Finding]:
        """Return the findings in data in parts; pySHACL needs them in memory."""
        triples = (quad.triple for quad in ox.parse(b"".join(parts), format=ox.RdfFormat.N_TRIPLES))
        try:
            with _quiet():
                report = reference_report(to_rdflib(triples), self._shapes)
        except Exception as error:  # noqa: BLE001 - pySHACL stops at values without an order, each time in another way
            return [stopped("pySHACL", error)]
        results = (self._result(report, node) for node in report.objects(None, SHACL.result))
        return [self._findings.of(result) for result in results]

    def _result(self, report: rdflib.Graph, node: Node) -> Result:
        def term(predicate: rdflib.URIRef) -> Term | None:
            found = report.value(node, predicate)
            return None if found is None else from_rdflib(found)

        shape = self._graph.shapes_by_name[str(term(SHACL.sourceShape))]
        component = term(SHACL.sourceConstraintComponent)
        component_iri = component.value if isinstance(component, NamedNode) else ""
        is_filled = component_iri == SPARQL or not component_iri.startswith(SH.iri)  # by values that only it has
        texts = report.objects(node, SHACL.resultMessage) if is_filled else ()
        constraint, value = term(SHACL.sourceConstraint), term(SHACL.value)
        return Result(
            focus=term(SHACL.focusNode) or BlankNode(),
            path=self._path(shape, component_iri, term(SHACL.resultPath)),
            value=value,
            component=component_iri,
            shape=shape,
            messages=tuple(text for text in map(from_rdflib, texts) if isinstance(text, Literal)),
            constraint=constraint,
            is_about_value=constraint in self._about_dataset and value is not None,
        )

    def _path(self, shape: Term, component: str, path: Term | None) -> str:
        """Return the path of the result where the constraint sets it, else that of the shape."""
        if isinstance(path, NamedNode) and component in (CLOSED, SPARQL):
            return path.value
        return self._graph.shape_paths[shape]


def _refused(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield what pySHACL refuses to load, be it in use or not (SHACL, 3.4)."""
    with _quiet():
        for loaded in LoadedShapes(to_rdflib(graph.named_triples)).shapes:
            shape = graph.shapes_by_name.get(str(from_rdflib(loaded.node)))
            for parameter, values in graph.properties(shape).items() if shape is not None else ():
                load = CONSTRAINT_PARAMETERS_MAP.get(rdflib.URIRef(parameter.value))
                try:
                    with contextlib.suppress(ConstraintLoadWarning):
                        _ = load and load(loaded)
                except Exception as error:  # noqa: BLE001 - a pattern raises what its parser pleases
                    message = f"pySHACL does not support this: {' '.join(str(error).split())}"
                    yield Fault(shape, parameter, values[0], message)  # type: ignore[arg-type]


def reference_report(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the validation report of pySHACL as a graph (SHACL, 3.6).

    Raises pySHACL's ``ReportableRuntimeError`` when a shape cannot be loaded or run.
    """
    with _quiet():
        prepared = _Prepared(store=data.store, identifier=data.identifier)
        _, results, _ = pyshacl.validate(prepared, shacl_graph=shapes, inference="none", inplace=True)
    if not isinstance(results, rdflib.Graph):
        raise ReportableRuntimeError(str(results))
    return results


class _Prepared(rdflib.Graph):
    """A graph that parses a query text once: pySHACL hands it the same text for each focus node and run."""

    def query(self, query_object: Any, *args: Any, **options: Any) -> Any:
        if isinstance(query_object, str):
            query_object = _prepare(query_object)
        return super().query(query_object, *args, **options)


@functools.lru_cache(maxsize=1024)
def _prepare(text: str) -> Any:
    return prepareQuery(text, initNs=dict(rdflib.Graph().namespaces()))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries from logging, and from warning of, what the findings say."""
    loggers = [logging.getLogger(name) for name in ("pyshacl-validate", "rdflib.term")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
