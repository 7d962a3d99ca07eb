"""Cases of the search for the triple at fault that the seeded mistakes leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Triple

from publisher.infer.proofs import Derivations
from publisher.infer.schema import close
from publisher.rdf.vocab import SH, Namespace
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.locator import Locator
from publisher.validate.report import Finding
from publisher.workspace.sources import Source, read_triples

E = Namespace("http://e/")
SPARQL = f"{SH.iri}SPARQLConstraintComponent"
MIN = f"{SH.iri}MinCountConstraintComponent"
MAX = f"{SH.iri}MaxCountConstraintComponent"
ONE = """@prefix : <http://e/> .
:x a :Visit ;
  :host :a , :b ;
  :in [ :name "n" ] .
:a :knows :x .
"""
OTHER = """@prefix : <http://e/> .
:x :host :c ; :note "of :c" .
"""


@pytest.fixture
def locator(tmp_path: Path) -> Locator:
    sources = []
    for name, text in (("one.ttl", ONE), ("other.ttl", OTHER)):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        sources.append(Source(path, name, tuple(read_triples(path, name=name))))
    return Locator(tmp_path, {"": E.iri}, tuple(sources), ShapesGraph([]))


def _place(
    locator: Locator, path: str, value: str = "", component: str = MAX, message: str = "m", focus: str = "x"
) -> str:
    found = locator.locate(Finding(E[focus].value, path, component, value, "violation", E.S.value, message))
    return f"{found.file.name if found.file else '-'}:{found.line}:{found.column}"


def test_the_file_that_holds_the_triple_is_named(locator: Locator) -> None:
    assert _place(locator, E.host.value, E.b.value) == "one.ttl:3:14"
    assert _place(locator, E.host.value, E.c.value) == "other.ttl:2:10"


def test_too_many_values_are_reported_at_the_first_predicate(locator: Locator) -> None:
    assert _place(locator, E.host.value) == "one.ttl:3:3"


def test_a_missing_triple_is_reported_at_the_subject_in_the_source_that_states_its_class(locator: Locator) -> None:
    assert _place(locator, E.guest.value, component=MIN) == "one.ttl:2:1"


def test_an_inverse_path_leads_to_what_points_here(locator: Locator) -> None:
    assert _place(locator, f"^<{E.knows.value}>", E.a.value) == "one.ttl:5:11"
    assert _place(locator, f"^{E.knows.value}", E.a.value) == "one.ttl:5:11"
    assert _place(locator, f"^<{E.knows.value}>", component=MIN) == "one.ttl:2:1"


def test_a_sequence_leads_to_the_value_or_to_its_first_step(locator: Locator) -> None:
    path = f"<{E['in'].value}>/<{E.name.value}>"
    assert _place(locator, path, "n") == "one.ttl:4:7"
    assert _place(locator, path, E.c.value) == "other.ttl:2:10"


def test_a_query_names_the_object_or_the_predicate(locator: Locator) -> None:
    assert _place(locator, E.host.value, component=SPARQL, message="Not http://e/b, please.") == "one.ttl:3:14"
    assert _place(locator, E.host.value, component=SPARQL, message="No property http://e/host.") == "one.ttl:3:3"
    assert _place(locator, E.host.value, component=SPARQL, message="Something else.") == "one.ttl:3:9"


def test_derived_triples_are_read_once_for_any_number_of_findings(locator: Locator) -> None:
    class Counting(frozenset[Triple]):
        iterations = 0

        def __iter__(self) -> Iterator[Triple]:
            Counting.iterations += 1
            return super().__iter__()

    data = [t for source in locator.sources for t in source.triples]
    derivations = Derivations(data, close(()))
    derivations.closure = Counting(derivations.closure | {Triple(E.x, E.in2, E[f"p{i}"]) for i in range(50)})
    deriving = replace(locator, derive=lambda: derivations)
    for number in range(50):
        _place(deriving, E.in2.value, E[f"p{number}"].value)
    assert Counting.iterations == 1


def test_a_node_that_no_source_describes_has_no_place(locator: Locator) -> None:
    assert _place(locator, E.host.value, focus="nobody") == "-:None:None"


def test_a_place_that_is_known_stays(locator: Locator, tmp_path: Path) -> None:
    known = Finding(E.x.value, "", MIN, "", "info", "", "", tmp_path / "q.rq", 7, 1)
    assert locator.locate(known) is known


def test_other_formats_have_a_file_only(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonld"
    path.write_text('{"@id": "http://e/x", "http://e/host": "a"}', encoding="utf-8")
    locator = Locator(tmp_path, {}, (Source(path, "x", tuple(read_triples(path))),), ShapesGraph([]))
    assert _place(locator, E.host.value, "a") == "x.jsonld:None:None"
