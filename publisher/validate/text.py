"""Name things in reports, and lay out reports as text: findings by file, each with the line that it is about."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Final

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


@dataclass(frozen=True)
class Naming:
    """How a report names things: IRIs by ``prefixes``, files from the folder ``root``; and the width of a terminal."""

    prefixes: dict[str, str]
    root: Path
    width: int | None = None

    @cached_property
    def shown_prefixes(self) -> dict[str, str]:
        """The prefixes with those of the checks of the tool and of the shapes that it comes with."""
        return display_prefixes(self.prefixes)

    def curie(self, iri: str) -> str:
        """Return an IRI as people write it."""
        return shorten(iri, self.shown_prefixes)

    def shape(self, name: str) -> str:
        """Return a shape or a property path with its IRIs as CURIEs; the name of an anonymous shape has several parts.

        >>> Naming({"e": "https://e.org/ns#"}, Path()).shape("https://e.org/ns#S <https://e.org/ns#p>/^<urn:q> Class")
        'e:S e:p/^<urn:q> Class'
        """
        return " ".join(self.text(part) if "<" in part else self.curie(part) for part in name.split(" "))

    def text(self, text: str) -> str:
        """Return a text with the IRIs in it as CURIEs."""
        return shorten_iris(text, self.shown_prefixes)

    def file(self, f: Finding) -> str:
        """Return the path of the file of a finding, or ``""``."""
        return relative(f.file, self.root) if f.file else ""

    def message(self, f: Finding) -> str:
        """Return the message of a finding on one line, with what was expected, the hint and the derivation."""
        expected = f"Expected: {f.expected}." if f.expected else ""
        hint = f"Hint: {f.hint}{'' if f.hint.endswith('?') else '.'}" if f.hint else ""
        parts = (f.message, expected, hint, *(f"Because: {reason}." for reason in f.because))
        return self.text(" ".join(filter(None, parts)))


def report_text(report: Report, naming: Naming, most: int | None = None) -> str:
    """Return a report as text, with a line that sums it up at the end.

    For a terminal lines are wrapped, but for the first one of a finding, which editors read. ``most`` is how many
    findings are shown; the summary counts all.
    """
    if naming.width:
        naming = replace(naming, width=max(naming.width, _MARGIN + _NARROWEST))
    blocks = [_file_block(file, list(group), naming) for file, group in groupby(report.shown(most), lambda f: f.file)]
    return "\n\n".join([*blocks, _summary(report)])


def source_text(message: str, file: Path, line: int | None, column: int | None) -> str:
    """Return an error message with the line of the source that it is about below it."""
    source = _lines(file) if line else []  # the name of a file without a place may be the fault
    return "\n".join((message, *_excerpt(source, line, column, "  ")))


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


def _file_block(file: Path | None, findings: list[Finding], naming: Naming) -> str:
    """Return the findings of a file, those at one place with one excerpt of the source."""
    name = naming.file(findings[0]) or "(no file)"
    has_places = any(finding.line for finding in findings)  # a file that has none may be large, or a folder
    lines, source = [name], _lines(file) if file and has_places else []
    place = None
    for finding in findings:
        lines.append(_head(finding, name, naming))
        if finding.place != place:
            lines += _excerpt(source, finding.line, finding.column, _INDENT, naming.width)
            place = finding.place
        for line in _body(finding, naming):
            lines += _wrapped(line, naming.width)
    return "\n".join(lines)


def _head(f: Finding, name: str, naming: Naming) -> str:
    place = ":".join(str(part) for part in (name, f.line, f.column) if part is not None)
    about = " · ".join(filter(None, (naming.shape(f.focus), naming.shape(f.path), naming.curie(f.value))))
    return f"  {f'{place}: ' if f.line else ''}{f.severity}: {printable(about)}"


def _body(f: Finding, naming: Naming) -> Iterator[str]:
    sentences = [("", f.message), ("Expected: ", f.expected), ("Hint: ", f.hint)]
    sentences += [("Because: ", reason) for reason in f.because]
    for label, sentence in sentences:
        if sentence:
            yield label + printable(naming.text(sentence))
    yield f"({printable(naming.shape(f.shape))})"


def _wrapped(line: str, width: int | None) -> list[str]:
    if width is None or len(line) + len(_INDENT) <= width:
        return [_INDENT + line]
    wrapper = textwrap.TextWrapper(width, _INDENT, _INDENT, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(line)


def _excerpt(
    lines: list[str], line: int | None, column: int | None, indent: str, width: int | None = None
) -> Iterator[str]:
    """Yield the line of the source and carets under the token at ``column``; nothing when there is no such line."""
    from rich.cells import cell_len

    if not line or line > len(lines):
        return
    size = min(_MAX_SHOWN, (width or _MAX_SHOWN + _MARGIN) - _MARGIN)
    shown, start, length = _window(lines[line - 1].replace("\t", " "), (column or 1) - 1, size)
    shown = printable(shown)
    yield f"{indent}{line:>4} │ {shown}"
    if column:
        carets = "^" * max(1, cell_len(shown[start : start + length]))
        yield f"{indent}     │ {' ' * cell_len(shown[:start])}{carets}"


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return []
    return re.split(r"\r\n|\n|\r", text)


def _window(line: str, start: int, size: int) -> tuple[str, int, int]:
    """Return what is shown of a line, where the token at ``start`` begins in it, and how long the token is."""
    most_before = size * 6 // 11
    token = _TOKEN.match(line, min(start, len(line)))
    length = len(token[0]) if token else 1
    cut = start - most_before if len(line) > size and start > most_before else 0
    before, after = "…" if cut else "", "…" if cut + size < len(line) else ""
    shown = f"{before}{line[cut : cut + size]}{after}"
    return shown, start - cut + len(before), min(length, size - (start - cut))
