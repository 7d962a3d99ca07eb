"""Read and write baselines, files of known findings, and compare reports with them.

A baseline is JSON, one entry for each finding without its line or wording, and meant to be kept under version control::

    {"version": 1, "findings": [{"shape": "…", "focus": "…", "path": "…", "value": "…"}]}

``count`` is the number of findings of an entry, when it is more than one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from publisher.errors import ConfigError, OutputError, reason
from publisher.rdf.vocab import CHECK
from publisher.validate.report import KEY_PARTS, Finding, FindingKey, Report
from publisher.workspace.atomic import write_atomically
from publisher.workspace.switches import ALWAYS_ON, SWITCHABLE

_VERSION: Final = 1
# The checks had names in the namespace of the shapes, which baselines may still have: most are now written in words.
_FORMER: Final = "https://w3id.org/geopol/shapes#"
_RENAMED: Final = {
    "Readable": "unreadable-file",
    "WellFormedShape": "ill-formed-shape",
    "Described": "undescribed-thing",
    "LexicalForm": "ill-formed-literal",
    "EdtfBoundsAgree": "edtf-bounds",
}


@dataclass(frozen=True)
class Compared:
    """A report against a baseline: the new findings, the number of known ones, and the entries that match none.

    ``most`` is how many of the new findings reporters show; ``None`` stands for all.
    """

    new: Report
    known: int = 0
    stale: tuple[FindingKey, ...] = ()
    most: int | None = None

    @property
    def omitted(self) -> int:
        """How many of the new findings are not shown."""
        return 0 if self.most is None else max(0, len(self.new.findings) - self.most)

    @property
    def omission(self) -> str:
        """The sentence that not all new findings are shown; ``""`` where they are."""
        advice = "chosen by severity; raise --max-findings to see more"
        return f"Showing {self.most} of {len(self.new.findings)} findings, {advice}." if self.omitted else ""

    def shown(self) -> list[Finding]:
        """Return the new findings that reporters show, in the order of ``Report.shown``."""
        return self.new.shown(self.most)


def read_baseline(path: Path) -> Counter[FindingKey]:
    """Return the number of known findings for each key.

    Raises ``ConfigError`` when the file is missing or is not as documented.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; make it with '--baseline {path} --write-baseline'") from None
    except OSError as error:
        raise ConfigError(f"{path}: the baseline cannot be read: {reason(error)}; name a file") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a baseline in JSON: {error}; write it anew with '--write-baseline'") from None
    entries = document.get("findings") if isinstance(document, dict) and document.get("version") == _VERSION else None
    if not isinstance(entries, list):
        raise ConfigError(f"{path}: not a baseline of version {_VERSION}; write it anew with '--write-baseline'")
    known: Counter[FindingKey] = Counter()
    for number, entry in enumerate(entries):
        key, count = _entry(entry, number, path)
        known[key] += count
    return known


def _entry(entry: Any, number: int, path: Path) -> tuple[FindingKey, int]:
    match entry:
        case {"shape": str(shape), "focus": str(focus), "path": str(about), "value": str(value)}:
            count = entry.get("count", 1)
            if type(count) is int and count > 0:
                return (_present_name(shape), focus, about, value), count
    raise ConfigError(f"{path}: findings[{number}] needs the texts {', '.join(KEY_PARTS)}, and at most a count beside")


def _present_name(shape: str) -> str:
    name = shape.removeprefix(_FORMER)
    check = _RENAMED.get(name) or re.sub(r"\B([A-Z])", r"-\1", name).lower()
    return CHECK[check].value if shape.startswith(_FORMER) and check in (*SWITCHABLE, *ALWAYS_ON) else shape


def write_baseline(path: Path, findings: Iterable[Finding]) -> int:
    """Write the findings to a baseline, sorted, and return their number."""
    known = Counter(finding.key for finding in findings)
    entries = [
        dict(zip(KEY_PARTS, key, strict=True)) | ({"count": count} if count > 1 else {})
        for key, count in sorted(known.items())
    ]
    document = json.dumps({"version": _VERSION, "findings": entries}, indent=2, ensure_ascii=False)
    try:
        write_atomically(path, f"{document}\n")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {reason(error)}") from None
    return known.total()


def compare(report: Report, known: Counter[FindingKey]) -> Compared:
    """Split a report into the findings of the baseline and new ones.

    >>> finding = Finding("x", "p", "c", "7", "info", "s", "Seven.")
    >>> compared = compare(Report((finding,)), Counter({finding.key: 1, ("s", "y", "p", "7"): 1}))
    >>> compared.new.findings, compared.known, compared.stale
    ((), 1, (('s', 'y', 'p', '7'),))
    """
    left = Counter(known)
    new = []
    for finding in report.findings:
        if left[finding.key] > 0:
            left[finding.key] -= 1
        else:
            new.append(finding)
    stale = tuple(sorted(key for key, count in left.items() if count > 0))
    return Compared(Report(tuple(new)), len(report.findings) - len(new), stale)
