"""Draw the facts on a line of time, with a table behind."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from publisher.site.index import Text
from publisher.site.model import Model, Ref
from publisher.site.output import Page
from publisher.site.words import Time, Words

_BARS: Final = 120  # facts on one page: more could not be read
_MONTHS: Final = 24  # from which the axis is of years
_LETTER: Final = 5.7  # pixels, about, of a letter of a label
_HEAD: Final = 40  # pixels for the axis
_REACH: Final = 18.0  # pixels of an end that is not known


class Dated(NamedTuple):
    """What is on a time line: a name that leads to it, its label, its time, and its mark.

    ``mark`` is the class of its lines: that of facts by default, ``said`` for a claim, ``bare`` for neither.
    """

    ref: Ref
    label: str
    time: Time
    mark: str = ""


class Bar(NamedTuple):
    """A fact on the time line: ``solid`` is when it certainly was, ``open`` how far it can reach, as x and width.

    ``when`` stands at ``when_x``, with its start or its end there. ``full`` is the label where it had to be cut.
    """

    y: int
    ref: Ref
    label: str
    solid: tuple[float, float] | None
    open: tuple[float, float] | None
    when: str
    when_x: float
    anchor: str
    mark: str
    full: str


class Tick(NamedTuple):
    """The beginning of a month or a year on the axis of time; names are empty where they have no room."""

    x: float
    month: str
    year: str


class Drawing(NamedTuple):
    """A time line of one width. ``breaks`` are where months without facts are left out."""

    name: str
    width: int
    height: int
    bars: list[Bar]
    ticks: list[Tick]
    breaks: list[float]


def timeline(model: Model) -> list[Page]:
    """Return the time line of the facts whose time is known, the latest first; nothing where they are fewer than three.

    Each page has a drawing for wide and one for narrow screens.
    """
    dated, _ = [(fact, time) for fact, time in model.facts.items() if span(time)], model.words.gettext
    if len(dated) < 3:
        return []
    ends = range(len(dated), 0, -_BARS)
    paths = [f"timeline{f'-{number}' if number > 1 else ''}.html" for number in range(1, len(ends) + 1)]
    links = [Ref(Text(str(number)), path) for number, path in enumerate(paths, 1)] if len(paths) > 1 else []
    pages = []
    for number, (end, path) in enumerate(zip(ends, paths, strict=True)):
        shown = dated[max(end - _BARS, 0) : end]
        title = model.words.title(_("Time line of the facts"), number)
        bars = [Dated(model.ref(fact), model.index.label(fact).value, time) for fact, time in shown]
        context: dict[str, Any] = {
            "short": _("Time line"),
            "drawings": drawings(bars, model.words),
            "rows": [
                (time.words, model.ref(fact), model.words.within(model.class_label(fact))) for fact, time in shown
            ],
            "count": len(dated),
            "number": number,
            "links": links,
        }
        pages.append(Page(path, title, "timeline.html", context))
    return pages


def drawings(dated: Sequence[Dated], words: Words) -> list[Drawing]:
    """Return the time line of what has a known time, for wide and for narrow screens."""
    times = [each.time for each in dated]
    return [
        _drawing("wide", dated, _Axis(times, 832, 300, words), 22),
        _drawing("narrow", dated, _Axis(times, 328, 0, words), 34),
    ]


def span(time: Time) -> tuple[datetime.date, ...]:
    """Return the days that are known of a time."""
    return tuple(day for day in (time.first, time.began_by, time.lasted_to, time.last) if day)


def _drawing(name: str, dated: Sequence[Dated], axis: _Axis, row: int) -> Drawing:
    """Return a drawing; labels are left of the bars where there is room for them, else above."""
    bars = []
    room = int((axis.left or axis.width) / _LETTER)
    for number, (ref, text, time, mark) in enumerate(dated):
        label = textwrap.shorten(text, room, placeholder=" …")
        solid, opened = axis.bar(time)
        right = max(x + width for x, width in filter(None, (solid, opened)))
        left = min(x for x, _ in filter(None, (solid, opened)))
        is_right = right + 6 + len(time.words) * _LETTER < axis.width
        place = (right + 6, "start") if is_right else (left - 6, "end")
        when = time.words if axis.left else ""
        y = _HEAD + 14 + number * row
        bars.append(
            Bar(y, ref, label, solid, opened, when, round(place[0], 1), place[1], mark, text if label != text else "")
        )
    return Drawing(name, axis.width, _HEAD + 8 + len(bars) * row, bars, axis.ticks(), axis.breaks)


class _Axis:
    """An axis of months, or of years where the months are many: those without facts are left out.

    It is not by days, since one event of long ago would otherwise press all others together.
    """

    def __init__(self, times: Iterable[Time], width: int, left: int, words: Words) -> None:
        self.width, self.left, self._words = width, left, words
        days = [day for time in times for day in span(time)]
        self._is_by_year = len({(day.year, day.month) for day in days}) > _MONTHS
        periods = sorted(set(map(self._period, days)))
        starts: dict[int, float] = {}
        gaps: list[float] = []
        x = 0.0
        for number, period in enumerate(periods):
            if number and period - periods[number - 1] > 1:
                gaps.append(x + 1.2)
                x += 0.4
            x += bool(number)
            starts[period] = x
        self._scale = (width - left - 2 * _REACH) / (x + 1)
        self._starts = {period: left + _REACH + start * self._scale for period, start in starts.items()}
        self.breaks = [round(left + _REACH + gap * self._scale, 1) for gap in gaps]

    def _period(self, day: datetime.date) -> int:
        return day.year if self._is_by_year else day.year * 12 + day.month - 1

    def x(self, day: datetime.date, days: int = 0) -> float:
        """Return where a day begins, or the day some days after it that is in the same month or year."""
        share = (day.timetuple().tm_yday - 1 + days) / 366 if self._is_by_year else (day.day - 1 + days) / 31
        return self._starts[self._period(day)] + share * self._scale

    def bar(self, time: Time) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """Return the certain and the possible stretch of a time."""
        begin, end = time.first or time.began_by, time.last or time.lasted_to
        known = [day for day in (begin, end) if day]
        left, right = self.x(min(known)), self.x(max(known), 1)
        is_bounded = bool(time.first and time.last) or bool(
            time.began_by and time.lasted_to and time.began_by <= time.lasted_to
        )
        solid = (round(left, 1), round(max(right - left, 4), 1)) if is_bounded else None
        if is_bounded and time.first and time.last:
            return solid, None
        low = left if time.first else left - _REACH
        high = right if time.last else right + _REACH
        return solid, (round(low, 1), round(high - low, 1))

    def ticks(self) -> list[Tick]:
        """Return the months and years, with their names as far as these have room."""
        ticks, last_month, last_year, year = list[Tick](), -99.0, -99.0, 0
        for period, start in self._starts.items():
            own_year = period if self._is_by_year else period // 12
            has_month = not self._is_by_year and start - last_month > 24
            has_year = own_year != year and start - last_year > 30
            month = self._words.month(period % 12 + 1, short=True, is_alone=True) if has_month else ""
            ticks.append(Tick(round(start, 1), month, str(own_year) if has_year else ""))
            last_month = start if month else last_month
            if has_year:
                last_year, year = start, own_year
        return ticks
