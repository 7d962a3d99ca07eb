"""Run a SHACL engine (https://www.w3.org/TR/shacl/); pySHACL is the reference."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import pyshacl
import rdflib
from rdflib.namespace import SH

from publisher.errors import SourceError
from publisher.report import Finding, Severity

_SEVERITIES: Final[dict[rdflib.term.Node, Severity]] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}


def run_pyshacl(data: rdflib.Graph, shapes: rdflib.Graph, blame: Path) -> list[Finding]:
    """Return the results of pySHACL for ``data``, which must hold the class hierarchy too.

    Raises ``SourceError`` naming ``blame`` when the shapes graph itself is ill-formed.
    """
    # It logs what it raises; the error below says it once.
    logging.getLogger("pyshacl-validate").disabled = True
    try:
        _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
    except Exception as error:  # noqa: BLE001 - it raises all sorts of things on ill-formed shapes
        raise SourceError(f"the shapes beside this file are ill-formed: {error}", blame) from None
    if not isinstance(results, rdflib.Graph):
        raise SourceError(f"the shapes beside this file cannot be run: {results}", blame)
    return [_finding(results, node, shapes) for node in results.objects(None, SH.result)]


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
        path=_path_text(results, results.value(node, SH.resultPath)),
        component=text(SH.sourceConstraintComponent),
        value=value,
        severity=_SEVERITIES.get(severity, "violation") if severity else "violation",
        shape=text(SH.sourceShape),
        message=text(SH.resultMessage),
    )


def _is_stand_in(shapes: rdflib.Graph, focus: str) -> bool:
    return (None, SH.targetNode, rdflib.URIRef(focus)) in shapes


def _path_text(graph: rdflib.Graph, path: rdflib.term.Node | None) -> str:
    if isinstance(path, rdflib.BNode):
        inverse = graph.value(path, SH.inversePath)
        return f"^{inverse}" if inverse else "(a path)"
    return str(path or "")
