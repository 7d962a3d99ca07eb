"""The Static Analysis Results Interchange Format, version 2.1.0, which code hosts read."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from publisher import __version__
from publisher.rdf.vocab import CHECK
from publisher.validate.baseline import Compared
from publisher.validate.lints import FINDING_KINDS
from publisher.validate.report import Finding
from publisher.validate.text import Naming

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"violation": "error", "warning": "warning", "info": "note"}


def write_sarif(compared: Compared, naming: Naming) -> str:
    """Return one run, whose rules are shapes and checks; a fingerprint does not change with the lines above it."""
    findings = compared.shown()
    shapes = {shape: index for index, shape in enumerate(sorted({finding.shape for finding in findings}))}
    rules = [_rule(shape, naming) for shape in shapes]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "publisher", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, shapes[finding.shape], naming) for finding in findings],
    }
    if compared.omission:
        notification = {"level": "note", "message": {"text": compared.omission}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [notification]}]
        run["properties"] = {"total": len(compared.new.findings), "omitted": compared.omitted}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(shape: str, naming: Naming) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": naming.shape(shape) or "shape", "properties": {"shape": shape}}
    if kind := _KINDS.get(shape):
        rule["shortDescription"] = {"text": kind.description}
        rule["help"] = {"text": f"See docs/validating.md#{kind.id}"}
    return rule


_KINDS: Final = {CHECK[kind.id].value: kind for kind in FINDING_KINDS}


def _result(f: Finding, rule: int, naming: Naming) -> dict[str, Any]:
    key = "\n".join(f.key)
    result: dict[str, Any] = {
        "ruleId": naming.shape(f.shape) or "shape",
        "ruleIndex": rule,
        "level": _LEVELS[f.severity],
        "message": {"text": naming.message(f)},
        "partialFingerprints": {"finding/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()},
        "properties": {"focus": f.focus, "path": f.path, "value": f.value, "component": f.component},
    }
    if f.file:
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(naming.file(f)), "uriBaseId": "%SRCROOT%"}}
        if f.line:
            physical["region"] = {"startLine": f.line, **({"startColumn": f.column} if f.column else {})}
        logical = [{"fullyQualifiedName": naming.curie(f.focus)}]
        result["locations"] = [{"physicalLocation": physical, "logicalLocations": logical}]
    return result
