from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from publisher.rdf.ntriples import NTriple, to_ntriples
from publisher.rdf.vocab import CHECK, EDTF_LEVEL_1, GP, RDF, XSD
from publisher.validate.value_checks import check_edtf_bounds, check_lexical_forms, check_references

THING = NamedNode("https://e.org/id/x")


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
    assert (finding.focus, finding.path, finding.shape) == (THING.value, GP[path].value, CHECK["edtf-bounds"].value)
    assert finding.severity == "violation"
    assert time in finding.message


def test_the_time_of_a_claim_has_no_bounds() -> None:
    claim = to_ntriples([Triple(THING, RDF.predicate, GP.visited)])
    assert list(check_edtf_bounds(_dated("2018-11")))
    assert not list(check_edtf_bounds([*_dated("2018-11"), *claim]))


def test_literals_that_are_none_of_their_datatype_are_found() -> None:
    def found(value: str, datatype: NamedNode) -> list[str]:
        data = to_ntriples([Triple(THING, GP.x, Literal(value, datatype=datatype))])
        return [f"{finding.value} {finding.shape} {finding.message}" for finding in check_lexical_forms(data)]

    assert found("2018-02-28", XSD.date) == []
    assert found("2018-02-30", XSD.date) == [
        f"2018-02-30 {CHECK['ill-formed-literal'].value} This is no xsd:date. Correct the value or its datatype."
    ]
    assert found('a "b" \\ \n', XSD.string) == []
    assert len(found('"1"\n', XSD.integer)) == 1
    assert found("anything", NamedNode("http://e.org/datatype")) == []


def test_a_day_that_there_is_not_is_found() -> None:
    (finding,) = check_edtf_bounds(_dated("1943-02-29", earliestBegin="1943-02-28", latestEnd="1943-03-01"))
    assert (finding.path, finding.value) == (GP.edtfTime.value, "1943-02-29")
    assert not list(check_edtf_bounds(_dated("1944-02-29", earliestBegin="1944-02-29", latestEnd="1944-02-29")))


def test_a_qualifier_does_not_keep_bounds_from_being_checked() -> None:
    assert len(list(check_edtf_bounds(_dated("1944-21?", earliestBegin="1900-01-01", latestEnd="1999-12-31")))) == 2


def _is_thing(iri: str) -> bool:
    return iri.startswith("https://e.org/") and "#" not in iri


@pytest.mark.parametrize("name", ["id/typo", "place/typo", "typo"])
def test_a_reference_to_nothing_is_found(name: str) -> None:
    lost = NamedNode(f"https://e.org/{name}")
    data = to_ntriples([Triple(THING, GP.hasHost, lost), Triple(THING, RDF.type, GP.Visit)])
    (finding,) = check_references(data, "https://e.org/", _is_thing, {str(THING)})
    assert (finding.focus, finding.path, finding.value) == (THING.value, GP.hasHost.value, lost.value)
    assert not list(check_references(data, "https://e.org/", _is_thing, {str(THING), str(lost)}))
    assert not list(check_references(data, "https://e.org/", lambda _iri: False, {str(THING)}))
