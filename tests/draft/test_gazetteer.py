from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from publisher.draft.gazetteer import Gazetteer, make_gazetteer
from publisher.workspace.sources import Workspace, triples_of

DATA = """
@prefix gp: <https://w3id.org/geopol/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix : <urn:> .
:azerbaijan a gp:SovereignState ; skos:prefLabel "Azerbaijan"@en , "Azərbaycan"@az ; gp:hasMetonym :baku .
:baku a gp:Place ; skos:prefLabel "Baku"@en , "Bakı"@az , "Баку"@ru , "Բաքու"@hy .
:school a gp:Organization ; skos:prefLabel "Baku School"@en .
:one a gp:Person ; skos:prefLabel "Zoë Trend"@en ; skos:altLabel "Trend"@en .
:two a gp:MediaOrganization ; skos:prefLabel "Trend"@en .
:office a gp:Office ; skos:prefLabel "President of Azerbaijan"@en .
:topic a gp:Topic ; skos:hiddenLabel "joint declaration"@en .
:claim a gp:Assertion ; skos:prefLabel "Baku"@en ; gp:hasVerdict :accepted .
:odd skos:prefLabel " " .
"""


@pytest.fixture(scope="module")
def gazetteer(workspace: Workspace) -> Gazetteer:
    return make_gazetteer([q.triple for q in parse(DATA, format=RdfFormat.TURTLE)], triples_of(workspace.ontology))


def _found(gazetteer: Gazetteer, text: str) -> list[tuple[str, str]]:
    return [(text[m.span.start : m.span.end], " ".join(m.candidates)) for m in gazetteer.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Baku’s envoy", [("Baku", "urn:baku urn:azerbaijan")]),
        ("Bakuvian, Bakus, Abaku, baku", []),
        ("in the Baku School", [("Baku School", "urn:school")]),
        ("Azerbaijan-Baku", [("Azerbaijan", "urn:azerbaijan"), ("Baku", "urn:baku urn:azerbaijan")]),
        ("в Баку, Բաքու, Bakı. Бакутин", [(name, "urn:baku urn:azerbaijan") for name in ("Баку", "Բաքու", "Bakı")]),
        ("Azərbaycanın; Azərbaycan", [("Azərbaycan", "urn:azerbaijan")]),
        ("a trend; Trend", [("Trend", "urn:one urn:two")]),
        ("the president of\nAzerbaijan", [("president of\nAzerbaijan", "urn:office")]),
        (
            "Joint declaration, JOINT DECLARATION",
            [("Joint declaration", "urn:topic"), ("JOINT DECLARATION", "urn:topic")],
        ),
    ],
)
def test_names(gazetteer: Gazetteer, text: str, found: list[tuple[str, str]]) -> None:
    assert _found(gazetteer, text) == found


def test_decomposed_letters_are_the_same_letters(gazetteer: Gazetteer) -> None:
    decomposed = unicodedata.normalize("NFD", "Zoë Trend")
    assert _found(gazetteer, decomposed) == [(decomposed, "urn:one")]
    assert _found(gazetteer, "Baku\u0301") == []


def test_names_within_a_name_are_told_apart(gazetteer: Gazetteer) -> None:
    (mention,) = gazetteer.find("Baku School")
    assert mention.inner == ("urn:azerbaijan", "urn:baku")


def test_kinds_follow_from_the_ontology(gazetteer: Gazetteer) -> None:
    assert gazetteer.agents == {"urn:azerbaijan", "urn:school", "urn:one", "urn:two"}
    assert gazetteer.outlets == {"urn:two"}
    assert gazetteer.places == {"urn:baku"}


@given(st.text(max_size=60) | st.text(alphabet="Baku School’'", max_size=60))
def test_any_text_gives_mentions_in_order(gazetteer: Gazetteer, text: str) -> None:
    found = gazetteer.find(text)
    for before, after in itertools.pairwise(found):
        assert before.span.end <= after.span.start
    assert all(m.entities for m in found)


def test_no_names_find_nothing() -> None:
    assert make_gazetteer([], []).find("Baku") == ()
