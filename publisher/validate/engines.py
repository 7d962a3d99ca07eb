"""Run SHACL engines (https://www.w3.org/TR/shacl/): a fast one screens, pySHACL, the reference, reports.

Only ``conforms`` of the fast engine is trusted, and only where it ran every shape without a remark; whatever it
flags is validated again, so that what people read always comes from one engine. Without it pySHACL does everything.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pyoxigraph as ox
import rdflib
from pyoxigraph import Triple
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

from publisher.errors import SourceError
from publisher.rdf.interop import to_rdflib
from publisher.validate.report import Finding, Severity

try:
    import shifty
except ImportError:  # an extra: every result is the same without it, only later
    shifty = None  # type: ignore[assignment]

if TYPE_CHECKING:  # the reference is loaded when it is asked for, which a build of good data does not
    from rdflib.plugins.sparql.sparql import Query
    from rdflib.query import Result

Engine = Literal["auto", "pyshacl"]

_SEVERITIES: Final[dict[rdflib.term.Node, Severity]] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}


@dataclass(frozen=True)
class Outcome:
    """What validation found, and the engine whose word it is: ``"pyshifty"`` or ``"pyshacl"``."""

    findings: tuple[Finding, ...]
    engine: str


def validate(data: Iterable[Triple], shapes: Iterable[Triple], blame: Path, engine: Engine = "auto") -> list[Finding]:
    """Return the validation results for ``data``, which must hold the class hierarchy too.

    Raises ``SourceError`` naming ``blame`` when the shapes graph itself is ill-formed.
    """
    return list(run(data, shapes, blame, engine).findings)


def run(data: Iterable[Triple], shapes: Iterable[Triple], blame: Path, engine: Engine = "auto") -> Outcome:
    """Validate as ``validate`` does, and tell which engine had the last word."""
    data, shapes = tuple(data), tuple(shapes)
    with _quiet():
        return _run(data, shapes, blame, engine)


def _run(data: tuple[Triple, ...], shapes: tuple[Triple, ...], blame: Path, engine: Engine) -> Outcome:
    try:
        loaded = _load_shapes(shapes)
        if engine == "auto" and passes_screening(data, shapes):
            return Outcome((), "pyshifty")
        results, name = _report(data, shapes, loaded)
    except _IncomparableError as error:
        raise SourceError(f"a date or number is ill-formed, and a shape compares it: {error}", blame) from None
    except Exception as error:  # noqa: BLE001 - a query or a pattern in a shape raises what its parser pleases
        raise SourceError(f"the shapes beside this file are ill-formed: {_told(error)}", blame) from None
    return Outcome(tuple(_finding(results, node, loaded) for node in results.objects(None, SH.result)), name)


def _report(data: tuple[Triple, ...], shapes: tuple[Triple, ...], loaded: rdflib.Graph) -> tuple[rdflib.Graph, str]:
    """Return the reference's report, or the fast engine's of data that stop the reference."""
    from pyshacl.errors import ReportableRuntimeError

    try:
        return reference_report(to_rdflib(data), loaded), "pyshacl"
    except (ReportableRuntimeError, TypeError) as error:
        if not _is_incomparable(error):
            raise
        if shifty is None:
            raise _IncomparableError(_told(error)) from None
        return fast_report(data, shapes), "pyshifty"


class _IncomparableError(Exception):
    """Two values have no order, where SHACL wants a result (4.5.3, 4.5.4) and pySHACL stops."""


def _is_incomparable(error: Exception) -> bool:
    return isinstance(error, TypeError) or "to compare a BlankNode" in str(error)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries from logging, and from warning of, what the findings and the error messages say."""
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


def _told(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


# --- the fast engine ---------------------------------------------------------------------------------


def passes_screening(data: tuple[Triple, ...], shapes: tuple[Triple, ...]) -> bool:
    """Tell whether the fast engine is here, ran every shape, and found nothing of any severity."""
    return flagged(_ntriples(data), shapes) == frozenset()


def flagged(data: bytes, shapes: tuple[Triple, ...]) -> frozenset[str] | None:
    """Return the focus nodes that the fast engine flags in N-Triples; ``None`` when its word does not count."""
    if shifty is None:
        return None
    try:
        validator = _prepare_validator(shapes)
        # Inference is switched off, and shapes are no data: both as in the reference.
        result = validator.validate_algebra(
            data, graph_mode="data", infer=False, sort_results=False, on_unsupported="error"
        )
    except Exception:  # noqa: BLE001 - whatever it cannot do, the reference does
        return None
    nodes = frozenset(violation.focus_node for violation in result.violations)
    if validator.diagnostics or result.diagnostics or result.conforms == bool(nodes):
        return None
    return nodes


def fast_report(data: tuple[Triple, ...], shapes: tuple[Triple, ...]) -> rdflib.Graph:
    """Return the validation report of the fast engine as a graph.

    Raises ``ValueError`` when it rejects the shapes.
    """
    with _quiet():
        _, report, _ = _prepare_validator(shapes).validate(_ntriples(data), graph_mode="data", infer=False)
    return report


@functools.lru_cache(maxsize=4)
def _prepare_validator(shapes: tuple[Triple, ...]) -> shifty.PreparedValidator:
    return shifty.PreparedValidator(_ntriples(shapes))


def _ntriples(triples: Iterable[Triple]) -> bytes:
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    return text or b""


# --- the reference -----------------------------------------------------------------------------------


class _Prepared(rdflib.Graph):
    """A graph that parses a query text once: pySHACL hands it the same text for each focus node and run."""

    def query(self, query_object: str | Query, *args: Any, **options: Any) -> Result:
        if isinstance(query_object, str):
            query_object = _prepare(query_object)
        return super().query(query_object, *args, **options)


@functools.lru_cache(maxsize=1024)
def _prepare(text: str) -> Query:
    from rdflib.plugins.sparql import prepareQuery

    return prepareQuery(text, initNs=dict(rdflib.Graph().namespaces()))


def reference_report(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the validation report of pySHACL as a graph (SHACL, 3.6).

    Raises pySHACL's ``ReportableRuntimeError`` when a shape cannot be loaded or run.
    """
    import pyshacl
    from pyshacl.errors import ReportableRuntimeError

    prepared = _Prepared(store=data.store, identifier=data.identifier)
    with _quiet():
        _, results, _ = pyshacl.validate(prepared, shacl_graph=shapes, inference="none", inplace=True)
    if not isinstance(results, rdflib.Graph):
        raise ReportableRuntimeError(str(results))
    return results


@functools.lru_cache(maxsize=4)
def _load_shapes(shapes: tuple[Triple, ...]) -> rdflib.Graph:
    """Return the shapes graph after the reference has loaded each shape, be it in use or not (SHACL, 3.4).

    The fast engine skips in silence much of what is ill-formed. Both engines are asked for the same few graphs
    again and again while someone edits, so the last ones are kept.
    """
    from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
    from pyshacl.errors import ConstraintLoadWarning
    from pyshacl.shapes_graph import ShapesGraph

    graph = to_rdflib(shapes)
    for shape in ShapesGraph(graph).shapes:
        for parameter in set(graph.predicates(shape.node)) & CONSTRAINT_PARAMETERS_MAP.keys():
            with contextlib.suppress(ConstraintLoadWarning):
                CONSTRAINT_PARAMETERS_MAP[parameter](shape)
    return graph


def _finding(results: rdflib.Graph, node: rdflib.term.Node, shapes: rdflib.Graph) -> Finding:
    def text(predicate: rdflib.URIRef) -> str:
        return str(results.value(node, predicate) or "")

    focus, value = text(SH.focusNode), text(SH.value)
    severity = results.value(node, SH.resultSeverity)
    # A whole-dataset query runs once, on a stand-in node: the culprit is what it returns.
    if value and _is_stand_in(shapes, focus):
        focus, value = value, ""
    return Finding(
        focus=focus,
        path=result_path(results, node, shapes),
        component=text(SH.sourceConstraintComponent),
        value=value,
        severity=_SEVERITIES.get(severity, "violation") if severity else "violation",
        shape=text(SH.sourceShape),
        message=text(SH.resultMessage),
    )


def _is_stand_in(shapes: rdflib.Graph, focus: str) -> bool:
    return (None, SH.targetNode, rdflib.URIRef(focus)) in shapes


# --- paths -------------------------------------------------------------------------------------------

_SUFFIXES: Final = ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?"))


def result_path(results: rdflib.Graph, node: rdflib.term.Node, shapes: rdflib.Graph) -> str:
    """Return the path of a result: one IRI, or as SPARQL writes it, with its IRIs in angle brackets (SHACL, 2.3.1)."""
    path = results.value(node, SH.resultPath)
    if not isinstance(path, rdflib.BNode):
        return str(path or "")
    if (path, None, None) in results:
        return _path(results, path)
    # The fast engine does not copy a compound path: it is the one of the source shape.
    shape = results.value(node, SH.sourceShape)
    return _path(shapes, shapes.value(shape, SH.path) or path)


def _path(graph: rdflib.Graph, path: rdflib.term.Node) -> str:
    if not isinstance(path, rdflib.BNode):
        return f"<{path}>"
    if (path, RDF.first, None) in graph:
        return "/".join(_parts(graph, path))
    if (inner := graph.value(path, SH.inversePath)) is not None:
        return f"^{_path(graph, inner)}"
    if (choices := graph.value(path, SH.alternativePath)) is not None:
        return f"({'|'.join(_parts(graph, choices))})"
    for predicate, suffix in _SUFFIXES:
        if (inner := graph.value(path, predicate)) is not None:
            return f"({_path(graph, inner)}){suffix}"
    return "(a path)"


def _parts(graph: rdflib.Graph, head: rdflib.term.Node) -> Iterator[str]:
    return (_path(graph, step) for step in Collection(graph, head))
