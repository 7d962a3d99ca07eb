from __future__ import annotations

import datetime
import itertools

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.dates import find_dates, period
from publisher.errors import UsageError


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("on November 19", ["2018-11-19"]),
        ("on 31 December", ["2018-12-31"]),
        ("on December 12, 2017", ["2017-12-12"]),
        ("the 12th of May 2010", ["2010-05-12"]),
        ("on Feb. 29", ["2016-02-29"]),
        ("(Eurasianet.org, November 9, 21)", ["2018-11-09", "2018-11-21"]),
        ("November 9 and 21, 2017", ["2017-11-09", "2017-11-21"]),
        ("March 12–14, 2018", ["2018-03-12/2018-03-14"]),
        ("the April 2016 escalation", ["2016-04"]),
        ("In May he left", ["2018-05"]),
        ("This past summer", ["2018-22"]),
        ("the autumn of 2017", ["2017-23"]),
        ("last autumn", ["2018-23"]),
        ("earlier this month", ["2018-12"]),
        ("last month", ["2018-11"]),
        ("last year", ["2017"]),
        ("in the 1990s", ["199X"]),
        ("since 2014", ["2014"]),
        ("2018-02-03", ["2018-02-03"]),
        ("from 28 November to 2 December 2016", ["2016-11-28", "2016-12-02"]),
        ("28 December – 3 January 2016", ["2015-12-28", "2016-01-03"]),
        ("from March to May 2015", ["2015-03", "2015-05"]),
        ("in 2014–2015 and in 2016–17", ["2014/2015", "2016/2017"]),
        ("between 1999 and 2001", ["1999/2001"]),
    ],
)
def test_dates_are_resolved_against_the_publication(text: str, edtf: list[str]) -> None:
    assert [d.edtf for d in find_dates(text, "2018-12")] == edtf


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("On Wednesday he met her", ["2018-12-05"]),
        ("on Monday", ["2018-12-10"]),
        ("yesterday, and two days ago", ["2018-12-09", "2018-12-08"]),
        ("On Wednesday, December 5, 2018", ["2018-12-05"]),
        ("Last Friday", []),  # of this week or of the one before
        ("in the mid-1990s", []),  # EDTF level 1 has no such period
    ],
)
def test_days_near_the_publication(text: str, edtf: list[str]) -> None:
    assert [d.edtf for d in find_dates(text, "2018-12-10")] == edtf
    assert [d.edtf for d in find_dates(text, "2018-12")] == [date for date in edtf if "2018" in text]


@pytest.mark.parametrize(
    "text",
    ["It may 5 be", "June 31", "2018-02-30", "room 2014", "December 9, 1,200 men", "in 2018-19", "a summer house"],
)
def test_what_is_no_date_is_not_found(text: str) -> None:
    assert [d.edtf for d in find_dates(text, "2018-12") if d.edtf != "2018-12-09"] == []


def test_a_count_after_a_comma_is_no_day() -> None:
    assert [d.edtf for d in find_dates("On November 9, 21 people came", "2018-12")] == ["2018-11-09"]


def test_the_last_summer_is_the_one_that_is_over() -> None:
    assert [find_dates("last summer", p)[0].edtf for p in ("2018-07", "2018-08-31", "2018-09", "2019-01")] == [
        "2017-22",
        "2017-22",
        "2018-22",
        "2018-22",
    ]


def test_without_a_publication_only_full_dates_are_found() -> None:
    text = "November 19, last year, this month, May 5, 2017, summer 2016"
    assert [d.edtf for d in find_dates(text, None)] == ["2017-05-05", "2016-22"]
    assert [d.edtf for d in find_dates("earlier this month", "2018")] == []


@pytest.mark.parametrize("wrong", ["", "18", "2018-13", "2018-02-30", "0000", "2018-1", "٢٠١٨", "2018-12-10T"])
def test_a_wrong_publication_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="no date of publication"):
        period(wrong)


@given(st.dates(datetime.date(1600, 1, 1), datetime.date(2099, 12, 31)), st.sampled_from(["%B %-d, %Y", "%-d %B %Y"]))
def test_every_day_is_found_as_it_is_printed(day: datetime.date, form: str) -> None:
    assert [d.edtf for d in find_dates(f"It was on {day:{form}}.", None)] == [str(day)]


@given(st.text(max_size=80) | st.text(alphabet="May 1,23–-0s9JunDec.()", max_size=80))
def test_any_text_gives_valid_edtf_in_order(text: str) -> None:
    found = find_dates(text, "2018-12")
    for before, after in itertools.pairwise(found):
        assert before.span.end <= after.span.start or before.span == after.span
    for date in found:
        parse_edtf(date.edtf)
