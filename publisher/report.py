"""Hold what validation found, and write it for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from publisher.vocab import shorten

Severity = Literal["violation", "warning", "info"]


@dataclass(frozen=True, order=True)
class Finding:
    """One validation result (SHACL, 3.6.2): IRIs and values in their plain form, ``""`` where there is none.

    ``file`` is the one that describes the focus node, when one does.
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


def merge(*reports: Report) -> Report:
    """Return one report; what several stages find is said once."""
    return Report(tuple(sorted({finding for report in reports for finding in report.findings})))


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
