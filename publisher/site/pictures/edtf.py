"""Read dates of EDTF and XML Schema as times: which days they cover."""

from __future__ import annotations

import datetime
import re
from typing import Final

from publisher.rdf.dates import first_day, last_day
from publisher.site.words import ENGLISH, Time, Words

_DATE: Final = re.compile(r"([0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:.]+(?:Z|[-+][0-9:]+)?)?)?)?)[?~%]?")
_OPEN: Final = ("", "..")
# Seasons of the northern hemisphere: the first and the last month, and how many years later that is.
_SEASONS: Final = {"21": ("03", "05", 0), "22": ("06", "08", 0), "23": ("09", "11", 0), "24": ("12", "02", 1)}

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
    date = match[1][:10].removesuffix("-00").removesuffix("-00")
    year, _, month = date.partition("-")
    try:
        if month in _SEASONS:
            begin, end, later = _SEASONS[month]
            return first_day(f"{year}-{begin}"), last_day(f"{int(year) + later:04}-{end}")
        return first_day(date), last_day(date)
    except ValueError:
        return None
