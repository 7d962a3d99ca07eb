"""Find the citations in the parentheses of a text.

"(President.az 1 and 2, Belta.by, November 19; see EDM, December 12, 2017)" cites four documents of three outlets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from more_itertools import split_when

from publisher.draft.dates import DateMention, find_dates
from publisher.draft.gazetteer import Gazetteer
from publisher.draft.sentences import Span


@dataclass(frozen=True)
class Citation:
    """A cited document: its span, its printed form, the IRIs of its outlets if known, and its date in EDTF."""

    span: Span
    printed: str
    outlets: tuple[str, ...]
    edtf: str
    is_year_inferred: bool


_PARENTHESIS: Final = re.compile(r"\(([^()]+)\)")
_SEE: Final = re.compile(r"\s*(?:(?:see|cf\.?|e\.g\.,?|i\.a\.,?)\s+)(?:also\s+)?", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"(?P<name>\S.*?)\s(?P<numbers>\d{1,2}(?:(?:,\s|,?\sand\s|\s&\s)\d{1,2})*)")
_DOMAIN: Final = re.compile(r"\w[\w.-]*\.[a-z]{2,}")
_WORD: Final = re.compile(r"(?!and\b)\b[^\W\d]")
_MONTH_BEFORE: Final = re.compile(r"[A-Z][a-z]+\.?\s\Z")  # of a list of days, whose spans are the days alone
_TITLE: Final = re.compile(r"“[^”]*”|«[^»]*»|„[^“”]*[“”]|\"[^\"]*\"")  # of the document, beside its outlet
_REMARK: Final = re.compile(r"\s*\[[^\]]*\]")  # as in "Kommersant [Moscow]"
_LONGEST_NAME: Final = 6  # words of the name of an outlet; what is longer is prose


def find_citations(text: str, gazetteer: Gazetteer, published: str | None) -> tuple[Citation, ...]:
    """Return the citations in order.

    ``published`` is the date of publication in EDTF, which resolves dates without a year. Raises ``UsageError`` when
    it is no such date.
    """
    return tuple(
        citation
        for parenthesis in _PARENTHESIS.finditer(text)
        for part in re.finditer(r"[^;]+", parenthesis[1])
        for citation in _citations(part.group(), parenthesis.start(1) + part.start(), gazetteer, published)
    )


def _citations(part: str, offset: int, gazetteer: Gazetteer, published: str | None) -> Iterator[Citation]:
    """Yield the citations between two semicolons: groups of outlets, each followed by the dates of all of them."""
    see = _SEE.match(part)
    for start, dates in _groups(part, see.end() if see else 0, find_dates(part, published)):
        names = _TITLE.sub("", part[start : dates[0].span.start])
        outlets = [_split_numbers(name) for name in _names(names)]
        if not outlets or not all(_is_outlet(name, gazetteer, is_cited=see is not None) for name, _ in outlets):
            continue
        blanks = re.match(r"[\s,]*", part[start:])
        span = Span(offset + start + (blanks.end() if blanks else 0), offset + dates[-1].span.end)
        for name, number in ((name, number) for name, numbers in outlets for number in numbers):
            iris = _outlets(name, gazetteer)
            for date in dates:
                printed = f"{f'{name} {number}'.strip()}, {_printed(part, dates, date)}"
                yield Citation(span, printed, iris, date.edtf, date.is_year_inferred)


def _groups(part: str, start: int, dates: Sequence[DateMention]) -> Iterator[tuple[int, list[DateMention]]]:
    """Yield where each group begins, and its dates: those with no word between them."""
    for group in split_when(dates, lambda one, other: bool(_WORD.search(part[one.span.end : other.span.start]))):
        yield start, group
        start = group[-1].span.end


def _names(part: str) -> list[str]:
    """Return the names before a date, without the month that precedes a list of days."""
    if month := _MONTH_BEFORE.search(part):
        part = part[: month.start()]
    names: list[str] = []
    for piece in re.split(r",\s*(?:and\s)?|\sand\s(?=[^\W\d])", part):
        name = piece.strip()
        if re.fullmatch(r"(?:and\s)?\d{1,2}", name) and names:
            names[-1] += f", {name}"  # "President.az 1, 2"
        elif name:
            names.append(name)
    return names


def _split_numbers(name: str) -> tuple[str, tuple[str, ...]]:
    """Split "President.az 1 and 2" into the name of the outlet and the numbers of the documents."""
    match = _NUMBERED.fullmatch(name)
    return (match["name"], tuple(re.findall(r"\d+", match["numbers"]))) if match else (name, ("",))


def _outlets(name: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return the outlets of a name: as it is printed, else without a remark, case or domain ("BelTA", "Belta.by")."""
    if exact := tuple(iri for iri in gazetteer.named(name) if iri in gazetteer.outlets):
        return exact
    spelling = _spelling(name)
    names = (each for each, iris in gazetteer.names.items() if gazetteer.outlets.intersection(iris))
    similar = {iri for each in names if _spelling(each) == spelling for iri in gazetteer.names[each]}
    return tuple(sorted(similar & gazetteer.outlets))


def _spelling(name: str) -> str:
    return re.sub(r"\A(?:www\.|the\s+)|\.[a-z]{2,4}\Z|[\s.’'-]", "", _REMARK.sub("", name).casefold())


def _is_outlet(name: str, gazetteer: Gazetteer, *, is_cited: bool) -> bool:
    entities = gazetteer.named(name)
    if entities:
        is_known = not gazetteer.outlets.isdisjoint(entities)
        return is_known or (is_cited and gazetteer.places.isdisjoint(entities))
    is_name = name[0].isupper() or _DOMAIN.fullmatch(name) is not None
    return is_name and len(name.split()) <= _LONGEST_NAME


def _printed(part: str, dates: Sequence[DateMention], date: DateMention) -> str:
    """Return a date as it would be printed alone: "November 21" of "November 9, 21"."""
    words = part[date.span.start : date.span.end]
    if not re.fullmatch(r"\d{1,2}\w*", words):
        return words
    month = _MONTH_BEFORE.search(part[: dates[0].span.start])
    year = "" if date.is_year_inferred else f", {date.edtf[:4]}"
    return f"{month.group() if month else ''}{words}{year}"
