from __future__ import annotations

import warnings
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.errors import SourceError
from publisher.validate import engines
from publisher.validate.engines import run, validate

BLAME = Path("shapes.ttl")
PREFIXES = """
@prefix e: <http://e.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = "e:x a e:C ; e:p e:y ; e:n 1 . e:y e:q 2 ."
WHOLE_DATASET = """
e:s a sh:NodeShape ; sh:targetNode e:dataset ; sh:sparql [ a sh:SPARQLConstraint ;
  sh:message "It has {?value} and {?path}: {?n}." ;
  sh:select "SELECT $this ?value ?path ?n WHERE { ?value <http://e.org/n> ?n BIND(<http://e.org/n> AS ?path) }" ] .
"""


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)]


def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "shifty", None)


@pytest.fixture
def fast_engine() -> None:
    pytest.importorskip("shifty", reason="the fast engine is an extra; get it with: pip install '.[fast]'")


# --- findings ----------------------------------------------------------------------------------------


def test_message_is_filled_and_the_culprit_of_a_whole_dataset_query_is_the_focus() -> None:
    (finding,) = validate(triples(DATA), triples(WHOLE_DATASET), BLAME)
    assert (finding.focus, finding.value, finding.path) == ("http://e.org/x", "", "http://e.org/n")
    assert "http://e.org/n" in finding.message
    assert "{" not in finding.message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("e:none", "http://e.org/none"),
        ("( e:p e:none )", "<http://e.org/p>/<http://e.org/none>"),
        ("[ sh:inversePath e:none ]", "^<http://e.org/none>"),
        ("[ sh:alternativePath ( e:none e:nil ) ]", "(<http://e.org/none>|<http://e.org/nil>)"),
        ("( e:none [ sh:oneOrMorePath e:p ] )", "<http://e.org/none>/(<http://e.org/p>)+"),
        ("( e:none [ sh:zeroOrMorePath e:p ] )", "<http://e.org/none>/(<http://e.org/p>)*"),
        ("( e:none [ sh:zeroOrOnePath [ sh:inversePath e:p ] ] )", "<http://e.org/none>/(^<http://e.org/p>)?"),
    ],
)
def test_path_reads_as_in_sparql(path: str, text: str) -> None:
    shapes = triples(f"e:s sh:targetClass e:C ; sh:property e:t . e:t sh:path {path} ; sh:minCount 1 .")
    (finding,) = validate(triples(DATA), shapes, BLAME)
    assert finding.path == text


def test_results_within_results_are_not_findings() -> None:
    shapes = triples("e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:node [ sh:class e:D ] ] .")
    assert len(validate(triples(DATA), shapes, BLAME)) == 1


@pytest.mark.parametrize("severity", ["Violation", "Warning", "Info"])
def test_whatever_the_severity_the_reference_reports(severity: str) -> None:
    shapes = triples(f"e:s sh:targetClass e:C ; sh:severity sh:{severity} ; sh:class e:D .")
    outcome = run(triples(DATA), shapes, BLAME)
    assert outcome.engine == "pyshacl"
    assert [finding.severity for finding in outcome.findings] == [severity.lower()]


# --- engines -----------------------------------------------------------------------------------------

CLASS = "e:s sh:targetClass e:C ; sh:nodeKind sh:IRI ."


@pytest.mark.usefixtures("fast_engine")
def test_fast_engine_has_the_word_where_it_finds_nothing() -> None:
    assert run(triples(DATA), triples(CLASS), BLAME).engine == "pyshifty"
    assert run(triples(DATA), triples(CLASS), BLAME, "pyshacl").engine == "pyshacl"


def test_without_the_extra_the_reference_does_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    no_extra(monkeypatch)
    assert run(triples(DATA), triples(CLASS), BLAME).engine == "pyshacl"


@pytest.mark.usefixtures("fast_engine")
def test_reference_takes_over_what_the_fast_engine_cannot_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("unsupported")

    monkeypatch.setattr(engines, "_prepare_validator", fail)
    assert run(triples(DATA), triples(CLASS), BLAME).engine == "pyshacl"


@pytest.mark.usefixtures("fast_engine")
def test_a_remark_of_the_fast_engine_is_reason_to_ask_the_reference() -> None:
    shapes = triples("e:s sh:targetClass e:C ; sh:nodeKind e:Nonsense .")
    assert [f.component.rpartition("#")[2] for f in validate(triples(DATA), shapes, BLAME)] == [
        "NodeKindConstraintComponent"
    ]


INCOMPARABLE = [
    'e:x a e:C ; e:from "2018-11-19"^^xsd:date ; e:to "2018"^^xsd:date .',
    'e:x a e:C ; e:from [] ; e:to "2018-11-19"^^xsd:date .',
]
ORDER = "e:s sh:targetClass e:C ; sh:property [ sh:path e:from ; sh:lessThanOrEquals e:to ] ."


@pytest.mark.usefixtures("fast_engine")
@pytest.mark.parametrize("engine", ["auto", "pyshacl"])
@pytest.mark.parametrize("data", INCOMPARABLE)
def test_data_that_stop_the_reference_are_reported(
    data: str, engine: engines.Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = run(triples(data), triples(ORDER), BLAME, engine)
    assert [f.component.rpartition("#")[2] for f in outcome.findings] == ["LessThanOrEqualsConstraintComponent"]
    assert outcome.engine == "pyshifty"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("data", INCOMPARABLE)
def test_data_that_stop_the_reference_are_explained_without_the_extra(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_extra(monkeypatch)
    with pytest.raises(SourceError, match="compare"):
        run(triples(data), triples(ORDER), BLAME)


# --- ill-formed shapes -------------------------------------------------------------------------------

ILL_FORMED = {
    "a property shape without path": "sh:property e:t . e:t a sh:PropertyShape ; sh:minCount 1",
    "two paths": "sh:property [ sh:path e:p , e:q ; sh:minCount 0 ]",
    "a count that is text": 'sh:property [ sh:path e:p ; sh:minCount "x" ]',
    "two counts": "sh:property [ sh:path e:p ; sh:minCount 0 , 1 ]",
    "a count of what": "sh:property [ sh:path e:p ; sh:qualifiedMinCount 1 ]",
    "alternatives that are no list": "sh:or e:y",
    "a pattern that does not compile": 'sh:pattern "("',
    "no query": "sh:sparql [ a sh:SPARQLConstraint ]",
    "a query that does not parse": 'sh:sparql [ a sh:SPARQLConstraint ; sh:select "SELECT $this WHERE {" ]',
    "a prefix from nowhere": 'sh:sparql [ a sh:SPARQLConstraint ; sh:select "SELECT $this WHERE { $this zz:p ?x }" ]',
    "what a query must not do": 'sh:sparql [ a sh:SPARQLConstraint ; sh:select "SELECT $this WHERE { $this ?p ?o'
    ' MINUS { $this e:p ?o } }" ]',
}


@pytest.mark.parametrize("engine", ["auto", "pyshacl"])
@pytest.mark.parametrize("text", ILL_FORMED.values(), ids=ILL_FORMED)
def test_ill_formed_shapes_are_explained_once(
    text: str, engine: engines.Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    shapes = triples(f"e:s a sh:NodeShape ; sh:targetClass e:C ; {text} .")
    with pytest.raises(SourceError, match=r"shapes\.ttl: the shapes beside this file are ill-formed: \S") as caught:
        validate(triples(DATA), shapes, BLAME, engine)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_ill_formed_shapes_are_told_even_where_nothing_uses_them() -> None:
    shapes = triples("e:s a sh:NodeShape ; sh:targetClass e:Nothing ; sh:property e:t . e:t sh:minCount 1 .")
    with pytest.raises(SourceError, match="ill-formed"):
        validate(triples(DATA), shapes, BLAME)


def test_a_shape_that_refers_to_itself_is_run_without_a_warning() -> None:
    shapes = triples("e:s a sh:NodeShape ; sh:targetNode e:x ; sh:property [ sh:path e:p ; sh:node e:s ] .")
    with warnings.catch_warnings(action="error"):
        assert validate(triples("e:x e:p e:x ."), shapes, BLAME, "pyshacl") == []
