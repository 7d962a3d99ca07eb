"""Check data against the SHACL shapes; the result is a ``Report``, never an exception.

pySHACL is the reference engine (https://www.w3.org/TR/shacl/). Two things that shapes cannot say without
a programme are checked here and reported the same way: date bounds against the EDTF value, and references
to things that no file describes.
"""

from __future__ import annotations

import calendar
import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from typing import Literal as OneOf

import edtf
import pyshacl
import rdflib
from pyoxigraph import Literal, NamedNode, Triple
from pyshacl.errors import ReportableRuntimeError, ShapeLoadError
from rdflib.namespace import SH

from publisher.errors import SourceError
from publisher.sources import Shapes, Source, Workspace, to_rdflib, triples_of
from publisher.vocab import EDTF_LEVEL_1, GP, GPS, RDF, plain, shorten

Severity = OneOf["violation", "warning", "info"]

_SEVERITIES: Final[dict[rdflib.term.Node, Severity]] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}


@dataclass(frozen=True, order=True)
class Finding:
    """One validation result (SHACL, 3.6.2): IRIs and values in their plain form, ``""`` where there is none.

    ``path`` names the file that describes the focus node, when one does.
    """

    focus: str
    path: str
    component: str
    value: str
    severity: Severity
    shape: str
    message: str
    file: Path | None = None


@dataclass(frozen=True)
class Report:
    """All findings of the stages that ran, in a stable order."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Tell whether the data may be published: no finding is a violation."""
        return all(finding.severity != "violation" for finding in self.findings)


def validate_asserted(workspace: Workspace, things: str) -> Report:
    """Check what people wrote, with inference off. ``things`` is the namespace that the dataset answers for."""
    data = triples_of(workspace.data)
    findings = _shacl(data, workspace, workspace.shapes.asserted)
    return _report([*findings, *check_edtf_bounds(data), *check_references(data, things)], workspace.data)


def validate_derived(workspace: Workspace, inferred: Iterable[Triple]) -> Report:
    """Check what people wrote together with what follows from it."""
    findings = _shacl([*triples_of(workspace.data), *inferred], workspace, workspace.shapes.derived)
    return _report(findings, workspace.data)


def merge(*reports: Report) -> Report:
    """Return one report; what several stages find is said once."""
    return Report(tuple(sorted({finding for report in reports for finding in report.findings})))


def _report(findings: Iterable[Finding], data: tuple[Source, ...]) -> Report:
    files = {plain(t.subject): source.path for source in data for t in source.triples}
    located = {_with_file(finding, files.get(finding.focus)) for finding in findings}
    return Report(tuple(sorted(located)))


def _with_file(f: Finding, file: Path | None) -> Finding:
    return Finding(f.focus, f.path, f.component, f.value, f.severity, f.shape, f.message, file)


# --- SHACL -------------------------------------------------------------------------------------------


def _shacl(data: list[Triple], workspace: Workspace, stage: tuple[Source, ...]) -> list[Finding]:
    shapes = to_rdflib(triples_of(workspace.shapes.common, stage))
    if not shapes:
        return []
    return run_pyshacl(to_rdflib([*data, *triples_of(workspace.ontology)]), shapes, _any_path(workspace.shapes))


def _any_path(shapes: Shapes) -> Path:
    return (*shapes.common, *shapes.asserted, *shapes.derived)[0].path


def run_pyshacl(data: rdflib.Graph, shapes: rdflib.Graph, blame: Path) -> list[Finding]:
    """Return the results of pySHACL for ``data``, which must hold the class hierarchy too.

    Raises ``SourceError`` naming ``blame`` when the shapes graph itself is ill-formed.
    """
    try:
        _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
    except (ShapeLoadError, ReportableRuntimeError) as error:
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


# --- dates -------------------------------------------------------------------------------------------

_BOUNDS: Final = ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd")


def check_edtf_bounds(data: Iterable[Triple]) -> Iterator[Finding]:
    """Yield each date bound that disagrees with the EDTF value of the same node, or is missing beside it.

    Begin and end of the value (Extended Date/Time Format, level 1) fix ``gp:earliestBegin`` and
    ``gp:latestEnd`` to the day; the two inner bounds must lie between them. The time of a claim is what the
    claim speaks of, and has no bounds.
    """
    times: dict[str, set[str]] = defaultdict(set)
    bounds: dict[str, dict[str, str]] = defaultdict(dict)
    claims: set[str] = set()
    names = {GP[name].value: name for name in _BOUNDS}
    for t in data:
        node = plain(t.subject)
        if t.predicate == GP.edtfTime and isinstance(t.object, Literal) and t.object.datatype == EDTF_LEVEL_1:
            times[node].add(t.object.value)
        elif t.predicate.value in names:
            bounds[node][names[t.predicate.value]] = plain(t.object)
        elif t.predicate == RDF.predicate:
            claims.add(node)
    for node, values in times.items():
        if node not in claims and len(values) == 1:  # more than one time has a shape of its own
            yield from _compare_bounds(node, values.pop(), bounds[node])


def _compare_bounds(node: str, time: str, bounds: dict[str, str]) -> Iterator[Finding]:
    try:
        first, last = edtf_bounds(time)
    except ValueError:
        return  # the syntax has a shape of its own
    for name, expected in (("earliestBegin", first), ("latestEnd", last)):
        found = bounds.get(name)
        if found != (expected.isoformat() if expected else None):
            yield _bound_finding(node, name, found, f"'{expected or 'no value'}'", time)
    for name in ("latestBegin", "earliestEnd"):
        found = bounds.get(name)
        if found and not (first or datetime.date.min).isoformat() <= found <= (last or datetime.date.max).isoformat():
            yield _bound_finding(node, name, found, f"a day from {first or '…'} to {last or '…'}", time)


def _bound_finding(node: str, name: str, found: str | None, expected: str, time: str) -> Finding:
    return Finding(
        focus=node,
        path=GP[name].value,
        component=GPS.EdtfBoundsConstraintComponent.value,
        value=found or "",
        severity="violation",
        shape=GPS.EdtfBoundsAgree.value,
        message=f"gp:{name} is '{found or 'missing'}', but gp:edtfTime '{time}' asks for {expected}. "
        "Mend the one that is wrong.",
    )


def edtf_bounds(value: str) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and the last day of an EDTF level 1 date, season or interval.

    A side that is open (``..``) or unknown (empty) is ``None``. Raises ``ValueError`` for anything else.
    """
    first, slash, last = value.partition("/")
    return _day(first, "lower_strict"), _day(last if slash else first, "upper_strict")


def _day(part: str, bound: OneOf["lower_strict", "upper_strict"]) -> datetime.date | None:
    if part in ("", ".."):
        return None
    try:
        year, month, day = getattr(edtf.parse_edtf(part), bound)()[:3]
    except (edtf.EDTFParseException, TypeError, AttributeError) as error:
        raise ValueError(f"'{part}' is not an EDTF date") from error
    return datetime.date(year, month, min(day, calendar.monthrange(year, month)[1]))


# --- references --------------------------------------------------------------------------------------


def check_references(data: list[Triple], things: str) -> Iterator[Finding]:
    """Yield each use of a thing of the dataset that no file describes."""
    described = {t.subject for t in data}
    for t in data:
        if isinstance(t.object, NamedNode) and t.object.value.startswith(things) and t.object not in described:
            yield Finding(
                focus=plain(t.subject),
                path=t.predicate.value,
                component=GPS.DescribedConstraintComponent.value,
                value=t.object.value,
                severity="violation",
                shape=GPS.Described.value,
                message="Nothing describes this thing. Check the spelling, or describe it under data/.",
            )


# --- for people --------------------------------------------------------------------------------------


def report_text(report: Report, prefixes: dict[str, str], root: Path) -> str:
    """Return the report as text: findings grouped by file, and a line that sums up."""
    lines: list[str] = []
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_file[str(finding.file.relative_to(root)) if finding.file else "(no file)"].append(finding)
    for file, findings in sorted(by_file.items()):
        lines.append(f"{file}")
        for finding in findings:
            lines += _finding_lines(finding, prefixes)
        lines.append("")
    return "\n".join([*lines, _summary(report)])


def _finding_lines(f: Finding, prefixes: dict[str, str]) -> list[str]:
    head = f"  {f.severity}: {shorten(f.focus, prefixes)}"
    if f.path:
        head += f" · {shorten(f.path, prefixes)}"
    if f.value:
        head += f" · {shorten(f.value, prefixes)}"
    return [head, f"    {f.message}", f"    ({shorten(f.shape, prefixes)})"]


def _summary(report: Report) -> str:
    count = Counter(finding.severity for finding in report.findings)
    if not count:
        return "The data conform to the shapes."
    told = ", ".join(f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in sorted(count.items(), reverse=True))
    return f"{told}. The data {'conform' if report.conforms else 'do not conform'} to the shapes."
