"""JSON, as documented in docs/validating.md."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from publisher.validate.baseline import Compared
from publisher.validate.report import SEVERITIES, Finding
from publisher.validate.reporters.interface import Naming, Reporter, ordered


class JsonReporter(Reporter):
    """Write one object; within a ``version`` keys are added, never changed or removed."""

    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the object, with a line break at its end."""
        count = Counter(finding.severity for finding in compared.new.findings)
        document = {
            "version": 1,
            "conforms": compared.new.conforms,
            "counts": {severity: count[severity] for severity in SEVERITIES},
            "findings": [_entry(finding, naming) for finding in ordered(compared)],
            "baseline": {
                "known": compared.known,
                "stale": [dict(zip(("shape", "focus", "path", "value"), key, strict=True)) for key in compared.stale],
            },
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _entry(f: Finding, naming: Naming) -> dict[str, Any]:
    return {
        "file": naming.file(f) or None,
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
