"""Hold what validation found, and write it for people."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

from publisher.rdf.curies import shorten
from publisher.rdf.vocab import GPS
from publisher.wording import plural

Severity = Literal["violation", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("violation", "warning", "info")

Key = tuple[str, str, str, str]


@dataclass(frozen=True, order=True)
class Finding:
    """One validation result (SHACL, 3.6.2): IRIs and values in their plain form, ``""`` where there is none.

    ``file``, ``line`` and ``column`` (from 1, in code points) are those of the term at fault, or of the subject
    when a triple is missing. ``because`` tells, for a culprit that was derived, from which triples and by which rule.
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

    @property
    def key(self) -> Key:
        """What the finding is about, without place or wording: shape, focus, path, value."""
        return self.shape, self.focus, self.path, self.value

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column, to sort by."""
        return str(self.file or ""), self.line or 0, self.column or 0


@dataclass(frozen=True)
class Report:
    """All findings of the stages that ran, in a stable order."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Tell whether the data may be published: no finding is a violation."""
        return not self.fails("violation")

    def fails(self, on: Severity) -> bool:
        """Tell whether a finding is of the severity ``on`` or of a worse one."""
        bad = SEVERITIES[: SEVERITIES.index(on) + 1]
        return any(finding.severity in bad for finding in self.findings)


def merge(*reports: Report) -> Report:
    """Return one report; what several stages or several constraints of one shape say is said once."""
    said: dict[tuple[Key, str], Finding] = {}
    for report in reports:
        for finding in report.findings:
            said.setdefault((finding.key, finding.message), finding)
    return Report(tuple(sorted(said.values())))


def write_findings(report: Report, root: Path) -> bytes:
    """Return a report as bytes, its files named from the workspace at ``root``."""
    kept = [{**asdict(f), "file": relative(f.file, root) if f.file else None} for f in report.findings]
    return json.dumps(kept, ensure_ascii=False).encode()


def read_findings(content: bytes, root: Path) -> Report:
    """Return the report that ``write_findings`` wrote."""
    return Report(
        tuple(
            Finding(
                **{**kept, "file": root / kept["file"] if kept["file"] else None, "because": tuple(kept["because"])}
            )
            for kept in json.loads(content)
        )
    )


def relative(file: Path, root: Path) -> str:
    """Return the path of a source file for people and tools: from the workspace, with slashes."""
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


# --- text ----------------------------------------------------------------------------------------------


def report_text(report: Report, prefixes: dict[str, str], root: Path) -> str:
    """Return the report as text: findings grouped by file, each with its source, and a line that sums up."""
    page = _Page(legible(prefixes), root)
    ordered = sorted(report.findings, key=lambda f: (f.place, f))
    blocks = [page.group(file, list(found)) for file, found in groupby(ordered, key=lambda f: f.file)]
    return "\n\n".join([*blocks, _summary(report)])


def legible(prefixes: dict[str, str]) -> dict[str, str]:
    """Return the prefixes with one for the names of checks, which every report has."""
    return {"gps": GPS.iri, **prefixes}


def source_text(message: str, file: Path, line: int | None, column: int | None) -> str:
    """Return the message of an error with the source that it is about below it."""
    excerpt = "\n".join(_Page({}, Path()).excerpt(file, line, column, "  "))
    return f"{message}\n{excerpt}" if excerpt else message


@dataclass(frozen=True)
class _Page:
    """Lay out findings; source files are read once."""

    prefixes: dict[str, str]
    root: Path

    @cached_property
    def _sources(self) -> dict[Path, list[str]]:
        return {}

    def group(self, file: Path | None, findings: list[Finding]) -> str:
        name = relative(file, self.root) if file else "(no file)"
        lines = [name]
        for _, found in groupby(findings, key=lambda f: f.place):
            same = list(found)
            for finding in same:
                lines += self._head(finding, name)
                if finding is same[0]:
                    lines += self.excerpt(file, finding.line, finding.column, "    ")
                lines += self._body(finding)
        return "\n".join(lines)

    def _head(self, f: Finding, name: str) -> Iterator[str]:
        place = ":".join(str(part) for part in (name, f.line, f.column) if part is not None)
        about = [self._short(part) for part in (f.focus, f.path, f.value) if part]
        at = f"{place}: " if f.line else ""
        yield f"  {at}{f.severity}: {' · '.join(about)}"

    def _body(self, f: Finding) -> Iterator[str]:
        yield f"    {self._said(f.message)}"
        if f.expected:
            yield f"    Expected: {self._said(f.expected)}"
        if f.hint:
            yield f"    Hint: {self._said(f.hint)}"
        for reason in f.because:
            yield f"    Because: {self._said(reason)}"
        yield f"    ({self._short(f.shape)})"

    def _short(self, iri: str) -> str:
        return printable(shorten(iri, self.prefixes))

    def _said(self, text: str) -> str:
        return printable(shorten_all(text, self.prefixes))

    def excerpt(self, file: Path | None, line: int | None, column: int | None, indent: str) -> Iterator[str]:
        """Yield the line of the source and a caret under the token at ``column``; nothing when there is none."""
        if file is None or not line:
            return
        source = self._lines(file)
        if line > len(source):
            return
        shown, start, width = _window(source[line - 1], (column or 1) - 1)
        yield f"{indent}{line:>4} │ {printable(shown)}"
        if column:
            yield f"{indent}     │ {' ' * _width(shown[:start])}{'^' * max(1, _width(shown[start : start + width]))}"

    def _lines(self, file: Path) -> list[str]:
        if file not in self._sources:
            try:
                text = file.read_text(encoding="utf-8-sig", errors="replace")
            except OSError:
                text = ""
            self._sources[file] = re.split(r"\r\n|\n|\r", text)
        return self._sources[file]


_TOKEN: Final = re.compile(
    r"""  "{3}[^"]*(?:"{3}\S*)? | '{3}[^']*(?:'{3}\S*)? | "(?:[^"\\]|\\.)*"?(?:@[\w-]+|\^\^[^\s;,.]+)?
      | <[^>]*>? | [?$@]?[^\s;,()\[\]{}"<]*[^\s;,()\[\]{}"<.] | . """,
    re.VERBOSE,
)
_BEFORE: Final = 60
_LONGEST: Final = 110


def _window(line: str, start: int) -> tuple[str, int, int]:
    """Return what is shown of a line, where the token at ``start`` begins in it, and how long the token is."""
    line = line.replace("\t", " ")
    token = _TOKEN.match(line, min(start, len(line)))
    length = len(token[0]) if token else 1
    cut = 0
    if len(line) > _LONGEST and start > _BEFORE:
        cut = start - _BEFORE
    shown = line[cut : cut + _LONGEST]
    before, after = "…" if cut else "", "…" if cut + _LONGEST < len(line) else ""
    return f"{before}{shown}{after}", start - cut + len(before), min(length, _LONGEST - (start - cut))


def _width(text: str) -> int:
    """Return how many columns of a terminal a text fills (UAX #11)."""
    return sum(_columns(c) for c in printable(text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


_STRANGE: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Replace what would steer a terminal or reverse the reading order: control and format characters."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


_IRI: Final = re.compile(r"<?(https?://[^\s<>\"{}|\\^`()]*[^\s<>\"{}|\\^`().,;:!?])>?")


def shorten_all(text: str, prefixes: dict[str, str]) -> str:
    """Write the IRIs within a text with prefixes, as far as a prefix is known."""

    def short(match: re.Match[str]) -> str:
        curie = shorten(match[1], prefixes)
        return match[0] if curie == match[1] else curie

    return _IRI.sub(short, text)


def _summary(report: Report) -> str:
    if not report.findings:
        return "The data conform to the shapes."
    if report.conforms and any(map(is_about_everything, report.findings)):
        return f"{counted(report.findings)}. The data were not checked: there are no shapes."
    return f"{counted(report.findings)}. The data {'conform' if report.conforms else 'do not conform'} to the shapes."


def is_about_everything(finding: Finding) -> bool:
    """Tell whether a finding is that nothing was checked, which concerns every file."""
    return finding.shape == GPS.MissingShapes.value


def counted(findings: Iterable[Finding]) -> str:
    """Return how many findings of each severity there are, the worst first."""
    count: Counter[Any] = Counter(finding.severity for finding in findings)
    return ", ".join(plural(count[s], s) for s in SEVERITIES if count[s])
