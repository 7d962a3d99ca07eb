"""Find the dates that an English text prints, and resolve them to EDTF level 1.

The grammar is small and exact: an expression that it does not cover is not found, and nothing is guessed. A day
without a year is the most recent one not after the publication, or of the year that the end of its span prints; "on
Wednesday" is the most recent one; a "past" season is the most recent one that had
ended. See https://www.loc.gov/standards/datetime/ for EDTF.
"""

from __future__ import annotations

import calendar
import datetime
import re
from bisect import insort
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from publisher.draft.sentences import Span, overlapping
from publisher.errors import UsageError
from publisher.rdf.dates import first_day, last_day


@dataclass(frozen=True, order=True)
class DateMention:
    """A date in a text: its span, its EDTF value, and whether the text leaves out the year."""

    span: Span
    edtf: str
    is_year_inferred: bool = False


def period(edtf: str) -> tuple[datetime.date, datetime.date]:
    """Return first and last day of ``2018``, ``2018-12`` or ``2018-12-10``. Raises ``UsageError`` for anything else."""
    try:
        return first_day(edtf), last_day(edtf)
    except ValueError:
        raise UsageError(f"'{edtf}' is no date of publication; write 2018-12-10, or 2018-12, or 2018") from None


_NAMES: Final = [name.lower() for name in calendar.month_name[1:]]
_MONTHS: Final = {name[:n]: number for number, name in enumerate(_NAMES, start=1) for n in (3, len(name))} | {"sept": 9}
# EDTF code and last month.
_SEASONS: Final = {"spring": ("21", 5), "summer": ("22", 8), "autumn": ("23", 11), "fall": ("23", 11)}

_MONTH: Final = (
    rf"(?P<month>{'|'.join(calendar.month_name[1:])}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d|\.\d|,\d{3}|:\d|\s?%|\spercent)"
_NO_COUNT: Final = r"(?!\s(?!(?:and|at|in|of|to|with)\b)[a-z])"  # "on November 9, 21 people" is one day
_DAYS: Final = rf"(?P<days>{_DAY}(?:(?:,\s|,?\sand\s|–|-|\sto\s){_DAY}{_NO_COUNT})*)"
_YEAR: Final = r"(?P<year>1[5-9]\d\d|20\d\d)(?!\d|\.\d|s\b)"
_BEFORE: Final = r"(?<![\w-])"
_AFTER_WORD: Final = r"(?i:in|since|until|by|of|during|before|after|from|through|early|late|mid)"

_FORMS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("iso", rf"{_BEFORE}(?P<iso>(?:1[5-9]|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w-])"),
        ("days", rf"{_BEFORE}{_MONTH}\s{_DAYS}(?:,?\s{_YEAR})?(?!\w)"),
        ("days", rf"{_BEFORE}{_DAYS}(?:\sof)?\s{_MONTH}(?:,?\s{_YEAR})?(?!\w)"),
        ("month", rf"{_BEFORE}{_MONTH}(?:\sof|,)?\s{_YEAR}(?!\w)"),
        ("season", rf"{_BEFORE}(?i:(?P<season>{'|'.join(_SEASONS)}))(?:\sof|,)?\s{_YEAR}(?!\w)"),
        ("season", rf"{_BEFORE}(?i:(?:this|last)(?:\spast)?\s(?P<season>{'|'.join(_SEASONS)}))(?!\w)"),
        ("this month", rf"{_BEFORE}(?i:(?:earlier|later)\sthis|this|(?P<last>last))\smonth(?!\w)"),
        ("this year", rf"{_BEFORE}(?i:(?:earlier|later)\sthis|this|(?P<last>last))\syear(?!\w)"),
        ("yesterday", rf"{_BEFORE}(?i:yesterday|(?P<ago>two|three|four|five|six|\d{{1,2}})\sdays\sago)(?!\w)"),
        ("weekday", rf"{_BEFORE}(?i:on\s(?P<weekday>{'|'.join(calendar.day_name)}))(?!\w|,?\s(?:{_MONTH}|\d))"),
        (
            "years",
            r"(?<=\b)(?i:in|from|during|between)\s(?P<year>1[5-9]\d\d|20\d\d)(?:–|-(?=\d{4})|\s(?:to|and|until)\s)"
            r"(?P<end>(?:1[5-9]|20)?\d\d)(?!\w|-)",
        ),
        ("month", rf"(?<=\b){_AFTER_WORD}[\s-]{_MONTH}(?!\w|\s\d)"),
        ("decade", rf"{_BEFORE}(?P<decade>1[5-9]\d|20\d)0s(?!\w)"),
        ("year", rf"(?<=\b){_AFTER_WORD}[\s-]{_YEAR}(?!\w|-|–\d)"),
    )
)


_TO: Final = re.compile(r"\s?(?:–|—|-|to|until|till|through|and)\s?(?:(?:early|mid|late)[\s-])?")
_NUMBERS: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def find_dates(text: str, published: str | None) -> tuple[DateMention, ...]:
    """Return the dates in the text, in order and without overlaps.

    ``published`` is the year, month or day of publication in EDTF; without it, only dates that print their year are
    found. Raises ``UsageError`` as ``period`` does.

    >>> [(date.span.start, date.edtf) for date in find_dates("On May 5, and again on 12 May 2017", "2018-12")]
    [(3, '2018-05-05'), (23, '2017-05-12')]
    """
    today = period(published)[1] if published else None
    precision = len(published or "")
    taken: list[Span] = []
    dates: list[DateMention] = []
    for kind, form in _FORMS:
        for match in form.finditer(text):
            span = Span(*match.span())
            if not overlapping(taken, span) and (resolved := list(_resolve(kind, match, today, precision))):
                dates += resolved
                insort(taken, span)
    return tuple(sorted(_with_year_of_the_end(text, sorted(dates))))


def _with_year_of_the_end(text: str, dates: list[DateMention]) -> Iterator[DateMention]:
    """Yield the dates; one without a year before "to" and a date with a year is of that year, or the one before it."""
    end: DateMention | None = None
    for printed in reversed(dates):
        date = printed
        if (
            end
            and date.is_year_inferred
            and "/" not in date.edtf
            and _TO.fullmatch(text, date.span.end, end.span.start)
        ):
            rest = date.edtf[4:]
            value = f"{int(end.edtf[:4]) - (rest > end.edtf[4:])}{rest}"
            with suppress(ValueError):  # there is no 29 February in that year
                first_day(value)
                date = DateMention(date.span, value, is_year_inferred=True)
        end = date
        yield date


def _resolve(kind: str, match: re.Match[str], today: datetime.date | None, precision: int) -> Iterator[DateMention]:
    """Yield the dates that a match of the form ``kind`` means; ``precision`` is the length of the publication date."""
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else None
    span = Span(match.start("month") if kind == "month" else match.start(), match.end())
    if kind == "iso":
        with suppress(ValueError):  # the day does not exist
            yield DateMention(span, datetime.date.fromisoformat(parts["iso"]).isoformat())
    elif kind == "days":
        yield from _days(match, _MONTHS[parts["month"].rstrip(".").lower()], year, today)
    elif kind == "decade":
        yield DateMention(span, f"{parts['decade']}X")
    elif kind == "years":
        end = int(parts["end"]) if len(parts["end"]) > 2 else (year or 0) // 100 * 100 + int(parts["end"])
        if year and year < end:
            yield DateMention(Span(match.start("year"), match.end()), f"{year}/{end}")
    elif kind in ("yesterday", "weekday"):
        if today and precision == len("2018-12-10"):
            days = _days_before(parts, today)
            yield DateMention(span, f"{today - datetime.timedelta(days)}", is_year_inferred=True)
    elif kind == "year":
        yield DateMention(Span(*match.span("year")), f"{year}")
    elif value := _long_date(kind, parts, year, today, precision):
        yield DateMention(span, value, year is None)


def _days_before(parts: dict[str, str], today: datetime.date) -> int:
    """Return how many days before ``today`` a weekday or a number of days is; the most recent such weekday."""
    if weekday := parts.get("weekday"):
        return (today.weekday() - [*calendar.day_name].index(weekday.capitalize())) % 7
    ago = parts["ago"]
    return _NUMBERS.get(ago.lower()) or int(ago) if ago else 1


def _long_date(
    kind: str, parts: dict[str, str], year: int | None, today: datetime.date | None, precision: int
) -> str | None:
    """Return the EDTF value of a month, of a season, or of a year that is given relative to the publication."""
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


def _days(match: re.Match[str], month: int, year: int | None, today: datetime.date | None) -> Iterator[DateMention]:
    """Yield "November 9, 21" as two days, and "November 9-11" as one interval."""
    days = [(int(re.sub(r"\D", "", m.group())), m) for m in re.finditer(r"\d+[a-z]*", match["days"])]
    span, offset = Span(*match.span()), match.start("days")
    values = [_most_recent(month, day, year, today) for day, _ in days]
    if None in values:
        return
    if len(values) == 1:
        yield DateMention(span, f"{values[0]}", year is None)
    elif re.search(r"–|-|\sto\s", match["days"]):
        if len(values) == 2 and values[0] < values[1]:  # type: ignore[operator]  # neither is None
            yield DateMention(span, f"{values[0]}/{values[1]}", year is None)
    else:
        for value, (_, m) in zip(values, days, strict=True):
            yield DateMention(Span(offset + m.start(), offset + m.end()), f"{value}", year is None)


_CALENDAR_CYCLE: Final = 8  # 29 February is at most eight years away


def _most_recent(month: int, day: int, year: int | None, today: datetime.date | None) -> datetime.date | None:
    """Return the day in its year, or the most recent one not after ``today``; ``None`` where there is none."""
    years = [year] if year else range(today.year, today.year - _CALENDAR_CYCLE - 1, -1) if today else ()
    for candidate in years:
        with suppress(ValueError):  # the day does not exist in that year
            date = datetime.date(candidate, month, day)
            if year or (today and date <= today):
                return date
    return None
