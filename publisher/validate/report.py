"""Findings, and reports that hold them in a stable order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import msgspec
from more_itertools import unique_everseen

from publisher.rdf.vocab import CHECK

Severity = Literal["violation", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("violation", "warning", "info")

FindingKey = tuple[str, str, str, str]
KEY_PARTS: Final = ("shape", "focus", "path", "value")
_OF_SHAPES: Final = (CHECK["ill-formed-shape"].value, CHECK["unsupported-shape"].value)


@dataclass(frozen=True, order=True, slots=True)
class Terms:
    """The terms of a validation result in N-Triples, of which the plain strings of a finding lose the kind.

    Only values are compared, so that ``42`` and ``"42"`` are two findings.

    ``value``, ``severity`` and ``constraint`` (SHACL, 5.3.2) are ``""`` and ``messages`` empty where there is none.
    """

    focus: str = field(compare=False)
    value: str
    shape: str = field(compare=False)
    severity: str = field(default="", compare=False)
    messages: tuple[str, ...] = field(default=(), compare=False)
    constraint: str = field(default="", compare=False)


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One validation result (SHACL, 3.6.2): IRIs and values in their plain form, ``""`` where there is none.

    ``file``, ``line`` and ``column`` (from 1, in code points) are those of the term at fault, or of the subject
    when a triple is missing. ``because`` holds, for a triple at fault that was derived, one sentence for each step of
    the derivation. ``shape`` is an IRI, or node shape, path and component of an anonymous shape; ``terms`` has the node
    itself. Findings are compared and sorted by what comes before ``file``, and by the term of the value.

    >>> finding = Finding("https://e.org/id/x", "https://e.org/ns#p", "", "7", "info", "https://e.org/ns#S", "Seven.")
    >>> finding.key
    ('https://e.org/ns#S', 'https://e.org/id/x', 'https://e.org/ns#p', '7')
    """

    focus: str
    path: str
    component: str
    value: str
    severity: Severity
    shape: str
    message: str
    file: Path | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)
    expected: str = field(default="", compare=False)
    hint: str = field(default="", compare=False)
    because: tuple[str, ...] = field(default=(), compare=False)
    terms: Terms | None = None

    @property
    def node(self) -> str:
        """The subject of the triples at fault: the focus node, or the node that the focus of a finding is a name of."""
        if self.terms and (self.terms.focus.startswith("_:") or self.shape in _OF_SHAPES):
            return self.terms.focus.removeprefix("_:").strip("<>")
        return self.focus

    @property
    def source_shape(self) -> str:
        """The IRI of the shape, or ``_:`` and the label of an anonymous one."""
        return self.terms.shape if self.terms and self.terms.shape.startswith("_:") else self.shape

    def under(self, check: str) -> Finding:
        """Return the finding as one of a check of the tool."""
        iri = CHECK[check].value
        terms = self.terms and replace(self.terms, shape=f"<{iri}>")
        return replace(self, shape=iri, component=iri, terms=terms)

    @property
    def key(self) -> FindingKey:
        """What the finding is about, without place or wording: shape, focus node, path, value."""
        return self.shape, self.focus, self.path, self.value

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column, to sort by."""
        return str(self.file or ""), self.line or 0, self.column or 0

    @property
    def is_of_shapes(self) -> bool:
        """Tell whether the finding is that a shape is ill-formed, which says nothing of the data."""
        return self.shape == CHECK["ill-formed-shape"].value

    @property
    def is_of_workspace(self) -> bool:
        """Whether the finding is that nothing was checked, which concerns every file."""
        return self.shape == CHECK["missing-shapes"].value


@dataclass(frozen=True)
class Report:
    """The findings of all stages that ran, sorted.

    >>> Report(()).conforms
    True
    """

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Whether the data may be published: no finding is a violation."""
        return not self.fails("violation")

    def fails(self, on: Severity) -> bool:
        """Tell whether a finding is of the severity ``on`` or of a worse one."""
        failing = SEVERITIES[: SEVERITIES.index(on) + 1]
        return any(finding.severity in failing for finding in self.findings)

    def shown(self, most: int | None = None) -> list[Finding]:
        """Return the findings by file, line and column; at most ``most``, of which a worse severity comes first.

        >>> places = [Finding(focus, "", "", "", "info", "s", "m") for focus in "ba"]
        >>> [finding.focus for finding in Report((*places, Finding("c", "", "", "", "violation", "s", "m"))).shown(2)]
        ['a', 'c']
        """
        ordered = sorted(self.findings, key=lambda f: (f.place, f))
        if most is None or most >= len(ordered):
            return ordered
        ranks = sorted(range(len(ordered)), key=lambda index: SEVERITIES.index(ordered[index].severity))
        return [ordered[index] for index in sorted(ranks[:most])]


def merge(*reports: Report) -> Report:
    """Return one sorted report; of findings with the same key, value term and message only the first one stays."""
    findings = (finding for report in reports for finding in report.findings)
    return Report(tuple(sorted(unique_everseen(findings, key=lambda f: (f.key, f.terms, f.message)))))


def write_findings(report: Report, root: Path) -> bytes:
    """Return a report as JSON, with files relative to the workspace at ``root``."""
    return msgspec.json.encode(report.findings, enc_hook=lambda file: relative(file, root))


def read_findings(content: bytes, root: Path) -> Report:
    """Return the report that ``write_findings`` wrote."""
    findings = msgspec.json.decode(content, type=tuple[Finding, ...], dec_hook=lambda _, file: root / file)
    return Report(findings)


def relative(file: Path, root: Path) -> str:
    """Return the path of a file from the folder ``root`` with slashes; the path as it is when it is elsewhere."""
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()
