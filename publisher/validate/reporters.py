"""Write a report for programs: JSON, SARIF 2.1.0, workflow commands of GitHub, and a SHACL validation report."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher import __version__
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import RDF, SH, XSD
from publisher.validate.baseline import Compared
from publisher.validate.report import SEVERITIES, Finding, legible, relative, report_text, shorten_all
from publisher.wording import plural

_SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"violation": "error", "warning": "warning", "info": "note"}
_COMMANDS: Final = {"violation": "error", "warning": "warning", "info": "notice"}
_SEVERITIES: Final = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
_IRI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+", re.IGNORECASE)
_INVERSE: Final = re.compile(r"\^<?([^<>^]+)>?")


@dataclass(frozen=True)
class Page:
    """What a format needs to know of the workspace."""

    prefixes: dict[str, str]
    root: Path

    def short(self, iri: str) -> str:
        """Return an IRI as people write it."""
        return shorten(iri, legible(self.prefixes))

    def told(self, f: Finding) -> str:
        """Return all that a finding says in words, for readers of one line."""
        parts = [f.message, f.expected and f"Expected: {f.expected}.", f.hint and _hint(f.hint)]
        parts += [f"Because: {reason}." for reason in f.because]
        return shorten_all(" ".join(part for part in parts if part), legible(self.prefixes))

    def file(self, f: Finding) -> str:
        """Return the path of the file from the workspace, or nothing."""
        return relative(f.file, self.root) if f.file else ""


def _hint(hint: str) -> str:
    return f"Hint: {hint}{'' if hint.endswith('?') else '.'}"


def text(compared: Compared, page: Page) -> str:
    """Write for people."""
    lines = [report_text(compared.new, page.prefixes, page.root)]
    if compared.known:
        lines.append(f"{plural(compared.known, 'finding')} of the baseline not shown.")
    if compared.stale:
        lines.append(f"{plural(len(compared.stale), 'entry')} of the baseline found nothing; --write-baseline drops:")
        lines += [f"  {' · '.join(page.short(part) for part in key if part)}" for key in compared.stale]
    return "\n".join(lines) + "\n"


def as_json(compared: Compared, page: Page) -> str:
    """Write the findings as documented in docs/validating.md; the keys are stable."""
    count = Counter(finding.severity for finding in compared.new.findings)
    return _dump(
        {
            "version": 1,
            "conforms": compared.new.conforms,
            "counts": {severity: count[severity] for severity in SEVERITIES},
            "findings": [_entry(finding, page) for finding in _ordered(compared)],
            "baseline": {
                "known": compared.known,
                "stale": [dict(zip(("shape", "focus", "path", "value"), key, strict=True)) for key in compared.stale],
            },
        }
    )


def _entry(f: Finding, page: Page) -> dict[str, Any]:
    return {
        "file": page.file(f) or None,
        "line": f.line,
        "column": f.column,
        "severity": f.severity,
        "shape": f.shape,
        "component": f.component,
        "focus": f.focus,
        "path": f.path,
        "value": f.value,
        "message": f.message,
        "expected": f.expected,
        "hint": f.hint,
        "because": list(f.because),
    }


def sarif(compared: Compared, page: Page) -> str:
    """Write the Static Analysis Results Interchange Format, version 2.1.0."""
    findings = _ordered(compared)
    rules = sorted({finding.shape for finding in findings})
    driver = {"name": "publisher", "version": __version__, "rules": [_rule(shape, page) for shape in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules.index(finding.shape), page) for finding in findings],
    }
    return _dump({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(shape: str, page: Page) -> dict[str, Any]:
    return {"id": page.short(shape) or "shape", "properties": {"shape": shape}}


def _result(f: Finding, rule: int, page: Page) -> dict[str, Any]:
    key = "\n".join(f.key)
    result: dict[str, Any] = {
        "ruleId": page.short(f.shape) or "shape",
        "ruleIndex": rule,
        "level": _LEVELS[f.severity],
        "message": {"text": page.told(f)},
        "partialFingerprints": {"finding/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()},
        "properties": {"focus": f.focus, "path": f.path, "value": f.value, "component": f.component},
    }
    if f.file:
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(page.file(f)), "uriBaseId": "%SRCROOT%"}}
        if f.line:
            physical["region"] = {"startLine": f.line, **({"startColumn": f.column} if f.column else {})}
        logical = [{"fullyQualifiedName": page.short(f.focus)}]
        result["locations"] = [{"physicalLocation": physical, "logicalLocations": logical}]
    return result


def github(compared: Compared, page: Page) -> str:
    """Write workflow commands, which annotate the files of a pull request."""
    return "".join(f"{_command(finding, page)}\n" for finding in _ordered(compared))


def _command(f: Finding, page: Page) -> str:
    values = {"file": page.file(f), "line": f.line, "col": f.column, "title": page.short(f.shape)}
    told = ",".join(f"{name}={_property(str(value))}" for name, value in values.items() if value)
    about = " · ".join(page.short(part) for part in (f.focus, f.path, f.value) if part)
    return f"::{_COMMANDS[f.severity]} {told}::{_data(f'{about}: {page.told(f)}')}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def turtle(compared: Compared, page: Page) -> str:
    """Write a validation report (SHACL, 3.6); it conforms when there is no result of any severity."""
    report = BlankNode("report")
    findings = _ordered(compared)
    triples = [
        Triple(report, RDF.type, SH.ValidationReport),
        Triple(report, SH.conforms, Literal(str(not findings).lower(), datatype=XSD.boolean)),
    ]
    for number, finding in enumerate(findings, start=1):
        node = BlankNode(f"result{number}")
        triples += [Triple(report, SH.result, node), *_result_triples(node, finding)]
    with io.BytesIO() as written:
        ox.serialize(triples, written, format=ox.RdfFormat.TURTLE, prefixes=legible(page.prefixes))
        return written.getvalue().decode("utf-8")


def _result_triples(node: BlankNode, f: Finding) -> list[Triple]:
    triples = [
        Triple(node, RDF.type, SH.ValidationResult),
        Triple(node, SH.focusNode, _term(f.focus)),
        Triple(node, SH.resultSeverity, _SEVERITIES[f.severity]),
        Triple(node, SH.resultMessage, Literal(f.message)),
        Triple(node, SH.sourceConstraintComponent, _term(f.component)),
        Triple(node, SH.sourceShape, _term(f.shape)),
    ]
    if f.value:
        triples.append(Triple(node, SH.value, _term(f.value)))
    inverse = _INVERSE.fullmatch(f.path)
    if inverse and _IRI.fullmatch(inverse[1]):
        path = BlankNode(f"{node.value}path")
        triples += [Triple(node, SH.resultPath, path), Triple(path, SH.inversePath, NamedNode(inverse[1]))]
    elif _IRI.fullmatch(f.path):
        triples.append(Triple(node, SH.resultPath, NamedNode(f.path)))
    return triples


def _term(value: str) -> NamedNode | Literal:
    """Return an IRI where the text is one; findings keep values in their plain form."""
    return NamedNode(value) if _IRI.fullmatch(value) else Literal(value)


def _ordered(compared: Compared) -> list[Finding]:
    return sorted(compared.new.findings, key=lambda f: (f.place, f))


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMATS: Final[dict[str, Callable[[Compared, Page], str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
    "turtle": turtle,
}
