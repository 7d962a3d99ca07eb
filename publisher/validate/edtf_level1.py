"""Read dates and intervals of the Extended Date/Time Format, level 1 (https://www.loc.gov/standards/datetime/).

>>> [str(day) for day in edtf_bounds("1944-21?")]
['1944-03-01', '1944-05-31']
"""

from __future__ import annotations

import calendar
import functools
import re
from typing import Final, NamedTuple

from publisher.validate.lexical_forms import is_day

# A year, month, season or day, of which the last digits may be unspecified, with a qualifier of the whole; a date and
# time; a year with more than four digits.
_DATE: Final = re.compile(
    r"(?P<year>-?(?:[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)|Y-?[1-9][0-9]{4,})"
    r"(?:(?<!X)(?<!Y.....)-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?"
    r"(?P<time>T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(?:Z|[+-][0-9]{2}(?::[0-9]{2})?)?)?(?P<qualifier>[?~%])?"
)
# The first and the last month of what stands for a month, counted on into the next year.
_MONTHS: Final[dict[str | None, tuple[int, int]]] = {
    None: (1, 12),
    "XX": (1, 12),
    **{f"{month:02}": (month, month) for month in range(1, 13)},
    "21": (3, 5),  # the seasons of the northern hemisphere
    "22": (6, 8),
    "23": (9, 11),
    "24": (12, 14),
}


class Day(NamedTuple):
    """A day of the proleptic Gregorian calendar, in any year."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        """Return the day as ``xsd:date`` writes it."""
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04}-{self.month:02}-{self.day:02}"


@functools.lru_cache(maxsize=1 << 16)
def edtf_bounds(value: str) -> tuple[Day | None, Day | None]:
    """Return the first and the last day of a date, season or interval.

    A side that is open (``..``) or unknown (empty) is ``None``. Raises ``ValueError`` for anything else.
    """
    first, slash, last = value.partition("/")
    return _days(first)[0], _days(last if slash else first)[1]


def _days(part: str) -> tuple[Day | None, Day | None]:
    if part in ("", ".."):
        return None, None
    match = _DATE.fullmatch(part)
    if match is None or match["month"] not in _MONTHS:
        raise ValueError(f"'{part}' is not an EDTF date")
    (first_month, last_month), day = _MONTHS[match["month"]], match["day"] or "XX"
    if (match["time"] and day == "XX") or (first_month != last_month and day != "XX"):
        raise ValueError(f"'{part}' is not an EDTF date")
    year = match["year"].removeprefix("Y")
    first, last = sorted(int(year.replace("X", digit)) for digit in "09")
    if day != "XX":
        if not is_day(first, first_month, int(day)):
            raise ValueError(f"'{part}' is not an EDTF date: there is no such day")
        return Day(first, first_month, int(day)), Day(last, last_month, int(day))
    end_year, end_month = last + (last_month - 1) // 12, (last_month - 1) % 12 + 1
    return Day(first, first_month, 1), Day(end_year, end_month, calendar.monthrange(end_year % 400 + 400, end_month)[1])
