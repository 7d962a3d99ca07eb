"""Check a workspace against its shapes, stage by stage; the result is a ``Report``, never an exception."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Triple

from publisher.checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.report import Finding, Report
from publisher.shacl import run_pyshacl
from publisher.sources import Shapes, Source, Workspace, to_rdflib, triples_of
from publisher.vocab import plain


def validate_asserted(workspace: Workspace, things: str) -> Report:
    """Check what people wrote, with inference off. ``things`` is the namespace that the dataset answers for."""
    data = triples_of(workspace.data)
    # Engines compare values and give up on what is none of its datatype.
    findings = list(check_lexical_forms(data)) or _shacl(data, workspace, workspace.shapes.asserted)
    return _report([*findings, *check_edtf_bounds(data), *check_references(data, things)], workspace.data)


def validate_derived(workspace: Workspace, inferred: Iterable[Triple]) -> Report:
    """Check what people wrote together with what follows from it."""
    findings = _shacl([*triples_of(workspace.data), *inferred], workspace, workspace.shapes.derived)
    return _report(findings, workspace.data)


def _report(findings: Iterable[Finding], data: tuple[Source, ...]) -> Report:
    files = {plain(t.subject): source.path for source in data for t in source.triples}
    located = {_with_file(finding, files.get(finding.focus)) for finding in findings}
    return Report(tuple(sorted(located)))


def _with_file(f: Finding, file: Path | None) -> Finding:
    return Finding(f.focus, f.path, f.component, f.value, f.severity, f.shape, f.message, file)


def _shacl(data: list[Triple], workspace: Workspace, stage: tuple[Source, ...]) -> list[Finding]:
    shapes = to_rdflib(triples_of(workspace.shapes.common, stage))
    if not shapes:
        return []
    return run_pyshacl(to_rdflib([*data, *triples_of(workspace.ontology)]), shapes, _any_path(workspace.shapes))


def _any_path(shapes: Shapes) -> Path:
    return (*shapes.common, *shapes.asserted, *shapes.derived)[0].path
