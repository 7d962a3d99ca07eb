"""Text for people, JSON as documented in docs/validating.md, and GitHub's workflow commands."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

from publisher.errors import plural
from publisher.validate.baseline import Compared
from publisher.validate.report import KEY_PARTS, SEVERITIES, Finding
from publisher.validate.text import Naming, report_text

_COMMANDS: Final = {"violation": "error", "warning": "warning", "info": "notice"}
_ENTRY: Final = ("severity", "shape", "component", "focus", "path", "value", "message", "expected", "hint", "because")


def write_text(compared: Compared, naming: Naming) -> str:
    """Return the findings with excerpts of their sources, a summary, and what became of the baseline."""
    lines = [report_text(compared.new, naming, compared.most)]
    if compared.known:
        lines.append(f"{plural(compared.known, 'finding')} of the baseline not shown.")
    if compared.stale:
        lines.append(f"{plural(len(compared.stale), 'entry')} of the baseline found nothing; --write-baseline drops:")
        lines += [f"  {' · '.join(naming.curie(part) for part in key if part)}" for key in compared.stale]
    if compared.omission:
        lines.append(compared.omission)
    return "\n".join(lines) + "\n"


def write_json(compared: Compared, naming: Naming) -> str:
    """Return one object; within a ``version`` keys are added, never changed or removed."""
    count = Counter(finding.severity for finding in compared.new.findings)
    document = {
        "version": 1,
        "conforms": compared.new.conforms,
        "counts": {severity: count[severity] for severity in SEVERITIES},
        "total": len(compared.new.findings),
        "omitted": compared.omitted,
        "findings": [
            {"file": naming.file(f) or None, "line": f.line, "column": f.column, **{k: getattr(f, k) for k in _ENTRY}}
            for f in compared.shown()
        ],
        "baseline": {
            "known": compared.known,
            "stale": [dict(zip(KEY_PARTS, key, strict=True)) for key in compared.stale],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_github(compared: Compared, naming: Naming) -> str:
    """Return workflow commands, one a line, which annotate the files of a pull request."""
    commands = [_command(finding, naming) for finding in compared.shown()]
    if compared.omission:
        commands.append(f"::notice::{_escape(compared.omission)}")
    return "".join(f"{command}\n" for command in commands)


def _command(f: Finding, naming: Naming) -> str:
    values = {"file": naming.file(f), "line": f.line, "col": f.column, "title": naming.shape(f.shape)}
    properties = ",".join(f"{name}={_escape_property(str(value))}" for name, value in values.items() if value)
    about = " · ".join(filter(None, (naming.curie(f.focus), naming.shape(f.path), naming.curie(f.value))))
    return f"::{_COMMANDS[f.severity]} {properties}::{_escape(f'{about}: {naming.message(f)}')}"


def _escape(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(value: str) -> str:
    return _escape(value).replace(":", "%3A").replace(",", "%2C")
