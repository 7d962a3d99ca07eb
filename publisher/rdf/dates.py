"""Compute the first and the last day of a date that may be a year or a month (xsd:gYear, xsd:gYearMonth, xsd:date)."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from publisher.rdf.vocab import Term, plain

_DATE: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)
_YEAR, _DAY = len("2018"), len("2018-12-10")


def first_day(text: str) -> datetime.date:
    """Return the first day of ``2018``, ``2018-12`` or ``2018-12-10``. Raises ``ValueError`` for anything else.

    >>> first_day("2018-12").isoformat()
    '2018-12-01'
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"'{text}' is not a year, a month or a day")
    return datetime.date.fromisoformat(f"{text}{'-01-01'[len(text) - _YEAR :]}")


def last_day(text: str) -> datetime.date:
    """Return the last day of ``2018``, ``2018-12`` or ``2018-12-10``. Raises ``ValueError`` for anything else.

    >>> last_day("2020-02").isoformat(), last_day("2018").isoformat()
    ('2020-02-29', '2018-12-31')
    """
    first = first_day(text)
    if len(text) == _DAY:
        return first
    return last_day_of_month(first.year, 12 if len(text) == _YEAR else first.month)


def days_of(values: Iterable[Term], day: Callable[[str], datetime.date] = first_day) -> list[datetime.date]:
    """Return a day of each value that is a date, or begins with one, in the years 1 to 9999.

    Other values are passed over: data are read here that no validation has accepted, and dates of others.

    >>> from pyoxigraph import Literal
    >>> [day.isoformat() for day in days_of(map(Literal, ("2018-12-10Z", "2018", "spring", "1712-02-30", "-0044")))]
    ['2018-12-10', '2018-01-01']
    """
    days = list[datetime.date]()
    for value in values:
        with suppress(ValueError):
            days.append(day(plain(value)[:_DAY]))
    return days


def last_day_of_month(year: int, month: int) -> datetime.date:
    """Return the last day of a month."""
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
