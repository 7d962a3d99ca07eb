"""Compute the first and the last day of a date that may be a year or a month (xsd:gYear, xsd:gYearMonth, xsd:date)."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Final

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


def last_day_of_month(year: int, month: int) -> datetime.date:
    """Return the last day of a month."""
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
