"""A date may be a day, a month or a year; it has a first and a last day."""

from __future__ import annotations

import datetime

import pytest

from publisher.rdf.dates import first_day, last_day, last_day_of_month


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018", "2018-01-01", "2018-12-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2018-11", "2018-11-01", "2018-11-30"),
        ("2018-12-10", "2018-12-10", "2018-12-10"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_first_and_last_day(text: str, first: str, last: str) -> None:
    assert (first_day(text).isoformat(), last_day(text).isoformat()) == (first, last)


@pytest.mark.parametrize("text", ["", "0000", "2018-13", "2018-02-30", "18", "2018-1", "2018-12-10T00:00:00", "٢٠١٨"])
def test_what_is_no_date(text: str) -> None:
    for day in (first_day, last_day):
        with pytest.raises(ValueError, match=r"."):
            day(text)


def test_months() -> None:
    assert last_day_of_month(1900, 2) == datetime.date(1900, 2, 28)
