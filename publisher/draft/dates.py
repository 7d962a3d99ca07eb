"""Find the dates that an English text prints, and resolve them to EDTF level 1.

A small exact grammar, not a general parser of dates: what it does not know is not found, and nothing is guessed.
A day without a year is the most recent one not after the publication; a season that is "past" is the last one
that was over. See https://www.loc.gov/standards/datetime/.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from publisher.draft.sentences import Span
from publisher.errors import UsageError
from publisher.rdf.dates import first_day, last_day


@dataclass(frozen=True, order=True)
class Dated:
    """A date in a text: its place, its EDTF value, and whether the text leaves out the year."""

    span: Span
    edtf: str
    is_year_inferred: bool = False


@dataclass(frozen=True)
class Period:
    """The first and the last day of a year, a month or a day."""

    first: datetime.date
    last: datetime.date


def period(edtf: str) -> Period:
    """Return the days of ``2018``, ``2018-12`` or ``2018-12-10``; raise ``UsageError`` for anything else."""
    try:
        return Period(first_day(edtf), last_day(edtf))
    except ValueError:
        raise UsageError(f"'{edtf}' is no date of publication; write 2018-12-10, or 2018-12, or 2018") from None


_NAMES: Final = [name.lower() for name in calendar.month_name[1:]]
_MONTHS: Final = {name[:n]: number for number, name in enumerate(_NAMES, start=1) for n in (3, len(name))} | {"sept": 9}
_SEASONS: Final = {"spring": ("21", 5), "summer": ("22", 8), "autumn": ("23", 11), "fall": ("23", 11)}  # last month
_SEASON_NAMES: Final = "spring|summer|autumn|fall"

_M: Final = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d|\.\d|,\d{3}|:\d|\s?%|\spercent)"
_NO_COUNT: Final = r"(?!\s(?!(?:and|at|in|of|to|with)\b)[a-z])"  # "on November 9, 21 people" is one day
_DAYS: Final = rf"(?P<days>{_DAY}(?:(?:,\s|,?\sand\s|–|-|\sto\s){_DAY}{_NO_COUNT})*)"
_Y: Final = r"(?P<year>1[5-9]\d\d|20\d\d)(?!\d|\.\d|s\b)"
_BEFORE: Final = r"(?<![\w-])"
_AFTER_WORD: Final = r"(?i:in|since|until|by|of|during|before|after|from|through|early|late|mid)"

_FORMS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("iso", rf"{_BEFORE}(?P<iso>(?:1[5-9]|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w-])"),
        ("days", rf"{_BEFORE}{_M}\s{_DAYS}(?:,?\s{_Y})?(?!\w)"),
        ("days", rf"{_BEFORE}{_DAYS}(?:\sof)?\s{_M}(?:,?\s{_Y})?(?!\w)"),
        ("month", rf"{_BEFORE}{_M}(?:\sof|,)?\s{_Y}(?!\w)"),
        ("season", rf"{_BEFORE}(?i:(?P<season>{_SEASON_NAMES}))(?:\sof|,)?\s{_Y}(?!\w)"),
        ("season", rf"{_BEFORE}(?i:(?:this|last)(?:\spast)?\s(?P<season>{_SEASON_NAMES}))(?!\w)"),
        ("this month", rf"{_BEFORE}(?i:(?:earlier|later)\sthis|this|(?P<last>last))\smonth(?!\w)"),
        ("this year", rf"{_BEFORE}(?i:(?:earlier|later)\sthis|this|(?P<last>last))\syear(?!\w)"),
        ("month", rf"(?<=\b){_AFTER_WORD}[\s-]{_M}(?!\w|\s\d)"),
        ("decade", rf"{_BEFORE}(?P<decade>1[5-9]\d|20\d)0s(?!\w)"),
        ("year", rf"(?<=\b){_AFTER_WORD}[\s-]{_Y}(?!\w|-)"),
    )
)


def find(text: str, published: str | None) -> tuple[Dated, ...]:
    """Return the dates in the text, in order and apart from each other.

    ``published`` is the year, month or day of publication; without it, only dates that print their year are found.
    """
    today = period(published).last if published else None
    precision = len(published or "")
    taken: list[Span] = []
    found: list[Dated] = []
    for kind, form in _FORMS:
        for match in form.finditer(text):
            span = Span(*match.span())
            if any(span.overlaps(other) for other in taken):
                continue
            dates = list(_resolve(kind, match, today, precision))
            found += dates
            taken += [span] if dates else []
    return tuple(sorted(found))


def _resolve(kind: str, match: re.Match[str], today: datetime.date | None, precision: int) -> Iterator[Dated]:
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else None
    span = Span(match.start("month") if kind == "month" else match.start(), match.end())
    if kind == "iso":
        yield from (Dated(span, parts["iso"]) for _ in _exists(parts["iso"]))
    elif kind == "days":
        yield from _days(match, _MONTHS[parts["month"].rstrip(".").lower()], year, today)
    elif kind == "decade":
        yield Dated(span, f"{parts['decade']}X")
    elif kind == "year":
        yield Dated(Span(*match.span("year")), f"{year}")
    elif value := _long(kind, parts, year, today, precision):
        yield Dated(span, value, year is None)


def _long(
    kind: str, parts: dict[str, str], year: int | None, today: datetime.date | None, precision: int
) -> str | None:
    """Return the EDTF value of a month, a season or a year that may be told from the publication alone."""
    if kind == "month":
        month = _MONTHS[parts["month"].rstrip(".").lower()]
        year = year or (today.year - (today.month < month) if today else None)
        return f"{year}-{month:02}" if year else None
    if kind == "season":
        code, last = _SEASONS[parts["season"].lower()]
        year = year or (today.year - (today.month <= last) if today else None)
        return f"{year}-{code}" if year else None
    if today is None or (kind == "this month" and precision < len("2018-12")):
        return None
    day = today.replace(day=1)
    if kind == "this month":
        day = day - datetime.timedelta(days=1) if parts["last"] else day
        return f"{day:%Y-%m}"
    return f"{day.year - bool(parts['last'])}"


def _days(match: re.Match[str], month: int, year: int | None, today: datetime.date | None) -> Iterator[Dated]:
    """Yield "November 9, 21" as two days, and "November 9-11" as one interval."""
    days = [(int(re.sub(r"\D", "", m.group())), m) for m in re.finditer(r"\d+[a-z]*", match["days"])]
    whole, offset = Span(*match.span()), match.start("days")
    values = [_latest(month, day, year, today) for day, _ in days]
    if None in values:
        return
    if len(values) == 1:
        yield Dated(whole, f"{values[0]}", year is None)
    elif re.search(r"–|-|\sto\s", match["days"]):
        if len(values) == 2 and values[0] < values[1]:  # type: ignore[operator]  # neither is None
            yield Dated(whole, f"{values[0]}/{values[1]}", year is None)
    else:
        for value, (_, m) in zip(values, days, strict=True):
            yield Dated(Span(offset + m.start(), offset + m.end()), f"{value}", year is None)


_CALENDAR_CYCLE: Final = 8  # 29 February is at most eight years away


def _latest(month: int, day: int, year: int | None, today: datetime.date | None) -> datetime.date | None:
    """Return the day in its year, or the most recent one not after ``today``; ``None`` where there is none."""
    years = [year] if year else range(today.year, today.year - _CALENDAR_CYCLE - 1, -1) if today else ()
    for candidate in years:
        if day <= calendar.monthrange(candidate, month)[1]:
            found = datetime.date(candidate, month, day)
            if year or (today and found <= today):
                return found
    return None


def _exists(iso: str) -> Iterator[datetime.date]:
    try:
        yield datetime.date.fromisoformat(iso)
    except ValueError:
        return
