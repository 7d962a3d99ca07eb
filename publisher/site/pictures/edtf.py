"""Read dates of EDTF and XML Schema as times: which days they cover."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Final

from publisher.site.words import ENGLISH, Time, Words

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T[0-9:.]+(?:Z|[-+][0-9:]+)?)?)?)?[?~%]?")
_OPEN: Final = ("", "..")
_FIRST_SEASON: Final = 21  # spring, of the northern hemisphere

Days = tuple[datetime.date, datetime.date]


def time_of_text(text: str, words: Words = ENGLISH) -> Time | None:
    """Return the time that a text of EDTF level 1 or XML Schema means; nothing for any other text.

    >>> time_of_text("2018-02").last
    datetime.date(2018, 2, 28)
    >>> time_of_text("../2018-11-23").first, time_of_text("about 1900")
    (None, None)
    """
    begin, slash, end = text.partition("/")
    first, last = _days(begin), _days(end if slash else begin)
    if (first is None and begin not in _OPEN) or (last is None and end not in _OPEN) or not (first or last):
        return None
    if not slash and first is None:
        return None
    return Time(words.edtf(text), first[0] if first else None, last[1] if last else None)


def _days(text: str) -> Days | None:
    """Return the first and the last day of a day, month, season or year."""
    if not (match := _DATE.fullmatch(text)):
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    try:
        if day:
            return datetime.date(year, month, day), datetime.date(year, month, day)
        if not month:
            return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        if _FIRST_SEASON <= month < _FIRST_SEASON + 4:
            begin = 3 * (month - _FIRST_SEASON + 1)
            return datetime.date(year, begin, 1), _last_of_month(year + (begin + 2) // 13, (begin + 1) % 12 + 1)
        return datetime.date(year, month, 1), _last_of_month(year, month)
    except (ValueError, calendar.IllegalMonthError):
        return None


def _last_of_month(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
