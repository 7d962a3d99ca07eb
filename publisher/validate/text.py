"""Lay out reports as text for people: findings by file, each with the line of the source that it is about."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from publisher.errors import plural
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import CHECK
from publisher.validate.report import SEVERITIES, Finding, Report, Severity, relative

_INDENT: Final = "    "
# What is shown of a longer line, at most: this many characters, and the columns of its number and of two dots.
_MAX_SHOWN: Final = 110
_MARGIN: Final = 13
_NARROWEST: Final = 20
_IRI: Final = re.compile(r"<?(https?://[^\s<>\"{}|\\^`()]*[^\s<>\"{}|\\^`().,;:!?])>?")
_TOKEN: Final = re.compile(
    r"""  "{3}[^"]*(?:"{3}\S*)? | '{3}[^']*(?:'{3}\S*)? | "(?:[^"\\]|\\.)*"?(?:@[\w-]+|\^\^[^\s;,.]+)?
      | <[^>]*>? | [?$@]?[^\s;,()\[\]{}"<]*[^\s;,()\[\]{}"<.] | . """,
    re.VERBOSE,
)


def report_text(
    report: Report, prefixes: dict[str, str], root: Path, width: int | None = None, most: int | None = None
) -> str:
    """Return a report as text, with a line that sums it up at the end; files are named from ``root``.

    ``width`` is that of a terminal in columns, for which lines are wrapped, but for the first one of a finding, which
    editors read. ``most`` is how many findings are shown; the summary counts all.
    """
    layout = _Layout(display_prefixes(prefixes), root, max(width, _MARGIN + _NARROWEST) if width else None)
    blocks = [layout.file_block(file, list(group)) for file, group in groupby(report.shown(most), key=lambda f: f.file)]
    return "\n\n".join([*blocks, _summary(report)])


def source_text(message: str, file: Path, line: int | None, column: int | None) -> str:
    """Return an error message with the line of the source that it is about below it."""
    excerpt = "\n".join(_Layout({}, Path()).excerpt(file, line, column, "  "))
    return f"{message}\n{excerpt}" if excerpt else message


def display_prefixes(prefixes: dict[str, str]) -> dict[str, str]:
    """Return the prefixes with those of the checks of the tool and of the shapes that it comes with."""
    return {"check": CHECK.iri, "gps": "https://w3id.org/geopol/shapes#", **prefixes}


def shorten_iris(text: str, prefixes: dict[str, str]) -> str:
    """Replace the IRIs within a text by CURIEs.

    >>> shorten_iris("No property <https://e.org/ns#p>.", {"e": "https://e.org/ns#"})
    'No property e:p.'
    """

    def short(match: re.Match[str]) -> str:
        curie = shorten(match[1], prefixes)
        return match[0] if curie == match[1] else curie

    return _IRI.sub(short, text)


def shape_name(shape: str, prefixes: dict[str, str]) -> str:
    """Return the name of a shape as findings have it, with its IRIs as CURIEs; an anonymous shape has several."""
    return " ".join(path_name(part, prefixes) for part in shape.split(" "))


def path_name(path: str, prefixes: dict[str, str]) -> str:
    """Return an IRI, or a property path of SPARQL, with its IRIs as CURIEs.

    >>> path_name("<https://e.org/ns#p>/^<https://e.org/ns#q>", {"e": "https://e.org/ns#"})
    'e:p/^e:q'
    """
    return shorten_iris(path, prefixes) if "<" in path else shorten(path, prefixes)


def printable(text: str) -> str:
    """Replace control and format characters, which would steer a terminal or reverse the reading order."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _summary(report: Report) -> str:
    if not report.findings:
        return "The data conform to the shapes."
    count: Counter[Severity] = Counter(finding.severity for finding in report.findings)
    counts = ", ".join(plural(count[severity], severity) for severity in SEVERITIES if count[severity])
    if report.conforms and any(finding.is_of_workspace for finding in report.findings):
        return f"{counts}. The data were not checked: there are no shapes."
    if any(finding.is_of_shapes for finding in report.findings):
        return f"{counts}. Shapes are ill-formed, so not all of them were applied."
    return f"{counts}. The data {'conform' if report.conforms else 'do not conform'} to the shapes."


@dataclass(frozen=True)
class _Layout:
    """Lay out findings; the source file of the last one is in memory."""

    prefixes: dict[str, str]
    root: Path
    width: int | None = None

    def file_block(self, file: Path | None, findings: list[Finding]) -> str:
        """Return the findings of a file, those at one place with one excerpt of the source."""
        name = relative(file, self.root) if file else "(no file)"
        lines = [name]
        place = None
        for finding in findings:
            lines.append(self._head(finding, name))
            if finding.place != place:
                lines += self.excerpt(file, finding.line, finding.column, _INDENT)
                place = finding.place
            for line in self._body(finding):
                lines += self._wrapped(line)
        return "\n".join(lines)

    def _head(self, f: Finding, name: str) -> str:
        place = ":".join(str(part) for part in (name, f.line, f.column) if part is not None)
        focus = printable(shape_name(f.focus, self.prefixes))
        path = [printable(path_name(f.path, self.prefixes))] if f.path else []
        about = " · ".join((focus, *path, *([self._curie(f.value)] if f.value else [])))
        return f"  {f'{place}: ' if f.line else ''}{f.severity}: {about}"

    def _body(self, f: Finding) -> Iterator[str]:
        yield self._sentence(f.message)
        if f.expected:
            yield f"Expected: {self._sentence(f.expected)}"
        if f.hint:
            yield f"Hint: {self._sentence(f.hint)}"
        for reason in f.because:
            yield f"Because: {self._sentence(reason)}"
        yield f"({printable(shape_name(f.shape, self.prefixes))})"

    def _wrapped(self, line: str) -> list[str]:
        if self.width is None or len(line) + len(_INDENT) <= self.width:
            return [_INDENT + line]
        options: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
        return textwrap.wrap(line, self.width, initial_indent=_INDENT, subsequent_indent=_INDENT, **options)

    def _curie(self, iri: str) -> str:
        return printable(shorten(iri, self.prefixes))

    def _sentence(self, text: str) -> str:
        return printable(shorten_iris(text, self.prefixes))

    def excerpt(self, file: Path | None, line: int | None, column: int | None, indent: str) -> Iterator[str]:
        """Yield the line of the source and carets under the token at ``column``; nothing when there is no such line."""
        if file is None or not line or line > len(self._lines(file)):
            return
        shown, start, length = _window(
            self._lines(file)[line - 1],
            (column or 1) - 1,
            min(_MAX_SHOWN, (self.width or _MAX_SHOWN + _MARGIN) - _MARGIN),
        )
        yield f"{indent}{line:>4} │ {printable(shown)}"
        if column:
            carets = "^" * max(1, _width(shown[start : start + length]))
            yield f"{indent}     │ {' ' * _width(shown[:start])}{carets}"

    @cached_property
    def _read(self) -> dict[Path, list[str]]:
        return {}

    def _lines(self, file: Path) -> list[str]:
        if file not in self._read:
            try:
                text = file.read_text(encoding="utf-8-sig", errors="replace")
            except OSError:
                text = ""
            self._read.clear()
            self._read[file] = re.split(r"\r\n|\n|\r", text)
        return self._read[file]


def _window(line: str, start: int, size: int) -> tuple[str, int, int]:
    """Return what is shown of a line, where the token at ``start`` begins in it, and how long the token is."""
    most_before = size * 6 // 11
    line = line.replace("\t", " ")
    token = _TOKEN.match(line, min(start, len(line)))
    length = len(token[0]) if token else 1
    cut = start - most_before if len(line) > size and start > most_before else 0
    before, after = "…" if cut else "", "…" if cut + size < len(line) else ""
    shown = f"{before}{line[cut : cut + size]}{after}"
    return shown, start - cut + len(before), min(length, size - (start - cut))


def _width(text: str) -> int:
    """Return how many columns of a terminal a text fills (UAX #11)."""
    return sum(_columns(c) for c in printable(text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
