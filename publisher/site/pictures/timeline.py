"""Draw the facts on a line of time, with a table behind."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from publisher.site.model import Model, Ref
from publisher.site.output import Page
from publisher.site.words import Time

_BARS: Final = 120  # facts on a time line: more could not be read
_WIDTH, _LEFT, _ROW = 832, 330, 22


class Bar(NamedTuple):
    """A fact on the time line: ``solid`` is when it certainly was, ``open`` how far it can reach, as x and width."""

    y: int
    ref: Ref
    when: str
    label: str
    solid: tuple[float, float] | None
    open: tuple[float, float] | None


class Tick(NamedTuple):
    """A date on the axis of time."""

    x: float
    label: str


def timeline(model: Model) -> Page | None:
    """Return the time line of the facts whose time is known; nothing where there are fewer than three."""
    dated = [(fact, time) for fact, time in model.facts.items() if _span(time)]
    if len(dated) < 3:
        return None
    shown = dated[-_BARS:]
    spans = [span for _, time in shown if (span := _span(time))]
    # The axis is by rank of months in which something begins or ends, not by days: one event of long ago would
    # otherwise press all others together.
    axis = _Axis(day for span in spans for day in span)
    bars = []
    for row, (fact, time) in enumerate(shown):
        label = model.index.label(fact).value
        short = textwrap.shorten(label, 56, placeholder=" …")
        solid, opened = axis.bar(time)
        bars.append(Bar(40 + row * _ROW, model.ref(fact), time.words, short, solid, opened))
    context: dict[str, Any] = {
        "bars": bars,
        "ticks": axis.ticks(),
        "width": _WIDTH,
        "height": 52 + len(bars) * _ROW,
        "left": _LEFT,
        "count": len(dated),
        "rows": [(time.words, model.ref(fact), model.class_label(fact).lower()) for fact, time in shown],
    }
    return Page("timeline.html", "Time line of the facts", "timeline.html", context)


def _span(time: Time) -> tuple[datetime.date, ...]:
    return tuple(day for day in (time.first, time.began_by, time.lasted_to, time.last) if day)


class _Axis:
    """An axis of months: those in which something happens have a width, and gaps between them are short."""

    def __init__(self, days: Iterable[datetime.date]) -> None:
        months = sorted({day.year * 12 + day.month - 1 for day in days})
        self._starts: dict[int, float] = {}
        x = 0.0
        for number, month in enumerate(months):
            x += 0.0 if not number else 1.0 if month - months[number - 1] == 1 else 1.35
            self._starts[month] = x
        self._scale = (_WIDTH - _LEFT - 40) / (x + 1)

    def x(self, day: datetime.date) -> float:
        """Return where a day is."""
        start = self._starts[day.year * 12 + day.month - 1]
        return round(_LEFT + 10 + (start + (day.day - 1) / 31) * self._scale, 1)

    def bar(self, time: Time) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """Return the certain and the possible stretch of a time."""
        begin, end = time.first or time.began_by, time.last or time.lasted_to
        known = [day for day in (begin, end) if day]
        left, right = self.x(min(known)), self.x(max(known)) + self._scale / 31
        is_bounded = bool(time.first and time.last) or bool(
            time.began_by and time.lasted_to and time.began_by <= time.lasted_to
        )
        solid = (left, round(max(right - left, 4), 1)) if is_bounded else None
        if is_bounded and time.first and time.last:
            return solid, None
        reach = 18.0
        low = left if time.first else left - reach
        high = right if time.last else right + reach
        return solid, (round(low, 1), round(high - low, 1))

    def ticks(self) -> list[Tick]:
        """Return the years, and the months as far as they have room."""
        ticks, last = [], -100.0
        for month, start in self._starts.items():
            x = round(_LEFT + 10 + start * self._scale, 1)
            if x - last > 46:
                ticks.append(Tick(x, f"{datetime.date(month // 12, month % 12 + 1, 1):%b %Y}"))
                last = x
        return ticks
