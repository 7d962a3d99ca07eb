from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.turtle_positions import triple_positions
from publisher.rdf.vocab import RDF, XSD, Term
from publisher.workspace.positions import Position, Positions, index
from publisher.workspace.sources import read_triples
from tests.conftest import ROOT
from tests.turtle_texts import HEADER, documents, unescape


def cut(text: str, place: Position) -> str:
    """Return the text at a place, found by counting lines and characters again."""
    starts = line_starts(text)
    return text[starts[place.line] + place.column - 1 : starts[place.end_line] + place.end_column - 1]


@cache
def line_starts(text: str) -> list[int]:
    first = len(text) - len(text.removeprefix("\ufeff"))
    return [0, first, *(match.end() for match in re.finditer("\r\n|\n|\r", text))]


def says(written: str, term: Term, header: str) -> bool:
    """Tell whether the written text means the term; of a blank node, whether it is one."""
    if isinstance(term, BlankNode):
        return written.startswith(("[", "(", "_:"))
    if written == "a":
        return term == RDF.type
    (quad,) = ox.parse(f"{header} <urn:s> <urn:p> {written} .", format=ox.RdfFormat.TURTLE)
    return bool(quad.object == term)


@given(documents())
def test_places_hold_what_they_should(text: str) -> None:
    text += "\n<urn:end> ex:p ex:a ."
    header = HEADER + "@prefix new: <https://e.org/ns#> . @prefix z: <https://e.org/ns#> ."
    for fact in triple_positions(text):
        triple = fact.triple
        if triple.predicate == RDF.rest:
            continue  # is not written: its place is that of the next item
        assert says(cut(text, fact.object), triple.object, header)
        if triple.predicate == RDF.first:
            continue  # neither is this, nor the cell of the list: their place is that of the item
        assert says(cut(text, fact.subject), triple.subject, header)
        assert says(cut(text, fact.predicate), triple.predicate, header)


@given(documents())
def test_whatever_is_read_is_found(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("positions") / "file.ttl"
    path.write_bytes(text.encode())
    known = index(path)
    for triple in read_triples(path, name="some/graph-b1"):
        if isinstance(triple.subject, NamedNode) and not isinstance(triple.object, BlankNode):
            assert known.triple(triple)
            assert known.predicate(triple)
        if not any(isinstance(node, BlankNode) for node in (triple.subject, triple.object)):
            assert known.subject(triple.subject)
            assert known.term(triple.object)


FILES = sorted(path for folder in ("ontology", "data") for path in (ROOT / folder).rglob("*.ttl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_triple_of_our_files_has_its_place(path: Path) -> None:
    known, text = index(path), path.read_bytes().decode()
    for triple in read_triples(path, name="articles/a-b0"):
        place = known.triple(triple)
        assert place is not None
        if isinstance(triple.object, Literal):
            assert triple.object.value in unescape(cut(text, place))
        assert known.predicate(triple)
        assert known.subject(triple.subject)


SAMPLE = """@prefix : <urn:x:> .
BASE <urn:base>
# a comment about :s
:s a :T ;
   :p 01 , "é𝔘"@en,
     \"\"\"two
lines\"\"\"^^:odd ;   :q [ :r ( 1 :s ) ] . # :q
:t :p :s .
_:b :p :t, 3.0 .
"""


@pytest.fixture
def sample(tmp_path: Path) -> Positions:
    path = tmp_path / "sample.ttl"
    path.write_text(SAMPLE, encoding="utf-8")
    return index(path)


def _x(name: str) -> NamedNode:
    return NamedNode(f"urn:x:{name}")


@pytest.mark.parametrize(
    ("triple", "predicate", "place"),
    [
        (Triple(_x("s"), RDF.type, _x("T")), (4, 4), (4, 6, 4, 8)),
        (Triple(_x("s"), _x("p"), Literal("01", datatype=XSD.integer)), (5, 4), (5, 7, 5, 9)),
        (Triple(_x("s"), _x("p"), Literal("é𝔘", language="en")), (5, 4), (5, 12, 5, 19)),
        (Triple(_x("s"), _x("p"), Literal("two\nlines", datatype=_x("odd"))), (5, 4), (6, 6, 7, 15)),
        (Triple(_x("t"), _x("p"), _x("s")), (8, 4), (8, 7, 8, 9)),
    ],
)
def test_places_counted_by_hand(
    sample: Positions, triple: Triple, predicate: tuple[int, int], place: tuple[int, int, int, int]
) -> None:
    assert sample.triple(triple) == Position(*place)
    found = sample.predicate(triple)
    assert found is not None
    assert (found.line, found.column) == predicate


def test_the_first_place_counts(sample: Positions) -> None:
    assert sample.subject(_x("s")) == Position(4, 1, 4, 3)
    assert sample.subject(_x("t")) == Position(8, 1, 8, 3)
    assert sample.term(_x("t")) == Position(8, 1, 8, 3)
    assert sample.term(_x("q")) == Position(7, 20, 7, 22)
    assert sample.subject(_x("T")) is None
    assert sample.term(_x("nobody")) is None
    assert sample.triple(Triple(_x("s"), _x("p"), _x("nobody"))) is None


def test_blank_nodes_have_the_places_of_their_brackets(tmp_path: Path) -> None:
    path = tmp_path / "sample.ttl"
    path.write_text(SAMPLE, encoding="utf-8")
    known, triples = index(path), read_triples(path)
    (q,) = [t for t in triples if t.predicate == _x("q")]
    (r,) = [t for t in triples if t.predicate == _x("r")]
    assert known.triple(q) == known.subject(r.subject) == Position(7, 23, 7, 38)
    assert known.triple(r) == Position(7, 28, 7, 36)
    (b,) = [t.subject for t in triples if t.object == Literal("3.0", datatype=XSD.decimal)]
    assert known.subject(b) == Position(9, 1, 9, 4)
    firsts = [known.triple(t) for t in triples if t.predicate == RDF.first]
    assert firsts == [Position(7, 30, 7, 31), Position(7, 32, 7, 34)]
    rests = [known.triple(t) for t in triples if t.predicate == RDF.rest]
    assert rests == [Position(7, 32, 7, 34), Position(7, 35, 7, 36)]


def test_brackets_that_look_alike_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("@prefix : <urn:x:> .\n:s :p [ :q 1 ] ,\n [ :q 1 ] ,\n [ :q [ :q 1 ] ] .\n", encoding="utf-8")
    known = index(path)
    lines = [place.line for t in read_triples(path) if t.predicate == _x("p") and (place := known.triple(t))]
    assert lines == [2, 3, 4]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_marks_do_not_matter(tmp_path: Path, start: str, end: str) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes((start + f"<urn:s> <urn:p> 1 .{end}# one{end}{end}<urn:t> <urn:p> 2 .").encode())
    known = index(path)
    assert known.subject(NamedNode("urn:s")) == Position(1, 1, 1, 8)
    assert known.subject(NamedNode("urn:t")) == Position(4, 1, 4, 8)


def test_n_triples_and_trig_are_read_and_others_are_not(tmp_path: Path) -> None:
    line = "<urn:s> <urn:p> <urn:o> ."
    for name, text in {"a.nt": line, "a.trig": f"{{ {line} }}", "a.rdf": line, "a.jsonld": line}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    triple = Triple(NamedNode("urn:s"), NamedNode("urn:p"), NamedNode("urn:o"))
    assert index(tmp_path / "a.nt").triple(triple) == Position(1, 17, 1, 24)
    assert index(tmp_path / "a.trig").triple(triple) == Position(1, 19, 1, 26)
    assert index(tmp_path / "a.rdf").triple(triple) is None
    assert index(tmp_path / "a.jsonld").triple(triple) is None


def test_what_cannot_be_read_has_no_places(tmp_path: Path) -> None:
    (tmp_path / "latin.ttl").write_bytes(b'<urn:s> <urn:p> "\xe9" .')
    (tmp_path / "broken.ttl").write_text("<urn:s> <urn:p> 1 . <urn:t> <urn:p> [ .", encoding="utf-8")
    subject = NamedNode("urn:s")
    assert index(tmp_path / "latin.ttl").subject(subject) is None
    assert index(tmp_path / "none.ttl").subject(subject) is None
    assert index(tmp_path).subject(subject) is None
    assert index(tmp_path / "broken.ttl").subject(subject) == Position(1, 1, 1, 8), "known up to the error"
