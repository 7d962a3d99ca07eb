"""The Static Analysis Results Interchange Format, version 2.1.0, which code hosts read."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from publisher import __version__
from publisher.validate.baseline import Compared
from publisher.validate.report import Finding
from publisher.validate.reporters.interface import Naming, Reporter, ordered

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"violation": "error", "warning": "warning", "info": "note"}


class SarifReporter(Reporter):
    """Write one run, whose rules are the shapes; a finding keeps its fingerprint when lines above it change."""

    is_for_code_host = True

    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the log, with a line break at its end."""
        findings = ordered(compared)
        shapes = sorted({finding.shape for finding in findings})
        rules = [{"id": naming.shape(shape) or "shape", "properties": {"shape": shape}} for shape in shapes]
        run = {
            "tool": {"driver": {"name": "publisher", "version": __version__, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": [_result(finding, shapes.index(finding.shape), naming) for finding in findings],
        }
        document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


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
