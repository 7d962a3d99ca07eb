from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple

from publisher.rdf.ntriples import NTriple, to_ntriples
from publisher.rdf.vocab import EDTF_LEVEL_1, GP, GPS, RDF, XSD
from publisher.validate.value_checks import check_edtf_bounds, check_lexical_forms, check_references, edtf_bounds

THING = NamedNode("https://e.org/id/x")


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2018-11-19", "2018-11-19", "2018-11-19"),
        ("2018-02", "2018-02-01", "2018-02-28"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2018", "2018-01-01", "2018-12-31"),
        ("2018-22", "2018-06-01", "2018-08-31"),
        ("2018-11~", "2018-11-01", "2018-11-30"),
        ("2016-04?", "2016-04-01", "2016-04-30"),
        ("../2018-11-23", None, "2018-11-23"),
        ("/2018-12", None, "2018-12-31"),
        ("2018-12-01/..", "2018-12-01", None),
        ("2018-11/2018-12", "2018-11-01", "2018-12-31"),
    ],
)
def test_bounds_of_edtf_values(value: str, first: str | None, last: str | None) -> None:
    found = edtf_bounds(value)
    assert [day and day.isoformat() for day in found] == [first, last]


@pytest.mark.parametrize(
    "value", ["summer", "2018-13", "2018-11-31", "18-11", "2018-11-19T00:00", "Y17e7", "2018-11-19/x"]
)
def test_other_values_have_no_bounds(value: str) -> None:
    with pytest.raises(ValueError, match="not an EDTF date"):
        edtf_bounds(value)


@given(st.dates(min_value=datetime.date(1000, 1, 1)))
def test_a_day_is_its_own_bounds(day: datetime.date) -> None:
    assert edtf_bounds(day.isoformat()) == (day, day)


@given(st.text(max_size=20))
def test_no_text_brings_a_traceback(value: str) -> None:
    try:
        edtf_bounds(value)
    except ValueError as error:
        assert "not an EDTF date" in str(error)


def _dated(time: str, **bounds: str) -> list[NTriple]:
    return to_ntriples(
        [
            Triple(THING, GP.edtfTime, Literal(time, datatype=EDTF_LEVEL_1)),
            *(Triple(THING, GP[name], Literal(day, datatype=XSD.date)) for name, day in bounds.items()),
        ]
    )


def test_bounds_that_agree_bring_no_finding() -> None:
    assert not list(check_edtf_bounds(_dated("2018-11", earliestBegin="2018-11-01", latestEnd="2018-11-30")))
    assert not list(check_edtf_bounds(_dated("../2018-11-23", latestEnd="2018-11-23", earliestEnd="2018-01-01")))


@pytest.mark.parametrize(
    ("time", "bounds", "path"),
    [
        ("2018-11", {"earliestBegin": "2018-11-02", "latestEnd": "2018-11-30"}, "earliestBegin"),
        ("2018-11", {"earliestBegin": "2018-11-01", "latestEnd": "2018-12-01"}, "latestEnd"),
        ("2018-11", {"earliestBegin": "2018-11-01"}, "latestEnd"),
        ("../2018-11-23", {}, "latestEnd"),
        ("../2018-11-23", {"earliestBegin": "2018-11-01", "latestEnd": "2018-11-23"}, "earliestBegin"),
        (
            "2018",
            {"earliestBegin": "2018-01-01", "latestEnd": "2018-12-31", "latestBegin": "2019-01-01"},
            "latestBegin",
        ),
    ],
)
def test_bounds_that_disagree_are_found(time: str, bounds: dict[str, str], path: str) -> None:
    (finding,) = check_edtf_bounds(_dated(time, **bounds))
    assert (finding.focus, finding.path, finding.shape) == (THING.value, GP[path].value, GPS.EdtfBoundsAgree.value)
    assert finding.severity == "violation"
    assert time in finding.message


def test_the_time_of_a_claim_has_no_bounds() -> None:
    claim = to_ntriples([Triple(THING, RDF.predicate, GP.visited)])
    assert list(check_edtf_bounds(_dated("2018-11")))
    assert not list(check_edtf_bounds([*_dated("2018-11"), *claim]))


@pytest.mark.parametrize(
    ("value", "datatype", "is_found"),
    [
        ("2018-02-28", "date", False),
        ("2018-02-30", "date", True),
        ("", "date", True),
        ("2018-12", "gYearMonth", False),
        ("x", "integer", True),
        ("01", "integer", False),
        ("anything", "string", False),
    ],
)
def test_literals_that_are_none_of_their_datatype_are_found(value: str, datatype: str, is_found: bool) -> None:
    found = list(check_lexical_forms(to_ntriples([Triple(THING, GP.x, Literal(value, datatype=XSD[datatype]))])))
    assert bool(found) == is_found
    assert not is_found or (found[0].value, found[0].shape) == (value, GPS.LexicalForm.value)


def test_a_reference_to_nothing_is_found() -> None:
    lost = NamedNode("https://e.org/id/typo")
    data = to_ntriples([Triple(THING, GP.hasHost, lost), Triple(THING, RDF.type, GP.Visit)])
    (finding,) = check_references(data, "https://e.org/id/", {str(THING)})
    assert (finding.focus, finding.path, finding.value) == (THING.value, GP.hasHost.value, lost.value)
    assert not list(check_references(data, "https://e.org/id/", {str(THING), str(lost)}))
