from __future__ import annotations

import datetime

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from publisher.validate.edtf_level1 import edtf_bounds


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2018-11-19", "2018-11-19", "2018-11-19"),
        ("2018-02", "2018-02-01", "2018-02-28"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2018", "2018-01-01", "2018-12-31"),
        ("2018-22", "2018-06-01", "2018-08-31"),
        ("2018-24", "2018-12-01", "2019-02-28"),
        ("2019-24~", "2019-12-01", "2020-02-29"),
        ("1944-21?", "1944-03-01", "1944-05-31"),
        ("2018-11~", "2018-11-01", "2018-11-30"),
        ("2016-04?", "2016-04-01", "2016-04-30"),
        ("2016-04-01%", "2016-04-01", "2016-04-01"),
        ("2018-11-19T23:20:30Z", "2018-11-19", "2018-11-19"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("20XX", "2000-01-01", "2099-12-31"),
        ("2018-XX", "2018-01-01", "2018-12-31"),
        ("2018-11-XX", "2018-11-01", "2018-11-30"),
        ("2018-XX-XX", "2018-01-01", "2018-12-31"),
        ("-0044-03-15", "-0044-03-15", "-0044-03-15"),
        ("0000-02", "0000-02-01", "0000-02-29"),
        ("-015X", "-0159-01-01", "-0150-12-31"),
        ("Y17000", "17000-01-01", "17000-12-31"),
        ("Y-17000", "-17000-01-01", "-17000-12-31"),
        ("../2018-11-23", "None", "2018-11-23"),
        ("/2018-12", "None", "2018-12-31"),
        ("2018-12-01/..", "2018-12-01", "None"),
        ("2018-11/2018-12", "2018-11-01", "2018-12-31"),
        ("2018-11?/2018-24%", "2018-11-01", "2019-02-28"),
    ],
)
def test_bounds_of_edtf_values(value: str, first: str, last: str) -> None:
    assert tuple(map(str, edtf_bounds(value))) == (first, last)


_OTHER = (
    "summer 2018-13 2018-00 2018-11-31 2018-11-00 1943-02-29 18-11 Y17e7 2018-11-19/x 2018-25 2018-41 2018-1X 1XXX"
    " XXXX 156X-12 2018-XX-12 2018-22-01 2018-11-19T00:00 2018-11T10:00:00 2018?? 2018-?11 Y2018 +2018 2018-W01"
)


@pytest.mark.parametrize(
    "value",
    _OTHER.split(),
)
def test_other_values_have_no_bounds(value: str) -> None:
    with pytest.raises(ValueError, match="not an EDTF date"):
        edtf_bounds(value)


@given(st.dates())
def test_a_day_is_its_own_bounds(day: datetime.date) -> None:
    first, last = edtf_bounds(day.isoformat())
    assert first == last == (day.year, day.month, day.day)


@given(st.dates(), st.sampled_from((4, 7, 10)), st.sampled_from(("", "?", "~", "%")))
def test_bounds_are_those_of_another_implementation(day: datetime.date, length: int, qualifier: str) -> None:
    parsed = parse_edtf(day.isoformat()[:length] + qualifier)
    bounds = parsed.lower_strict()[:3], parsed.upper_strict()[:3]
    assert edtf_bounds(day.isoformat()[:length] + qualifier) == bounds


@given(st.text(max_size=20) | st.from_regex(r"[0-9XY?~%/.T:-]{1,20}", fullmatch=True))
def test_no_text_brings_a_traceback(value: str) -> None:
    try:
        edtf_bounds(value)
    except ValueError as error:
        assert "not an EDTF date" in str(error)
