from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.rdf.turtle import DEEPEST, BlankNodePropertyList, Directive, SubjectBlock
from publisher.rdf.turtle_positions import triple_positions
from publisher.rdf.turtle_tokens import tokens
from tests.conftest import ROOT
from tests.turtle_texts import documents, statements, unescape

FILES = sorted(
    path for folder in ("ontology", "data", "queries", "publisher") for path in (ROOT / folder).rglob("*.ttl")
)


def graph(text: str) -> set[ox.Quad]:
    """What the parser of the project reads, independently of how blank nodes are labelled."""
    return _canonical(ox.Dataset(ox.parse(text.removeprefix("\ufeff"), format=ox.RdfFormat.TURTLE)))


def ours(text: str) -> set[ox.Quad]:
    triples = [fact.triple for fact in triple_positions(text)]
    return _canonical(ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples))


def _canonical(dataset: ox.Dataset) -> set[ox.Quad]:
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


@given(documents())
def test_the_triples_are_those_of_the_parser(text: str) -> None:
    assert ours(text) == graph(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_triples_of_our_files_are_those_of_the_parser(path: Path) -> None:
    text = path.read_bytes().decode()
    assert ours(text) == graph(text)


@given(documents())
def test_tokens_are_where_they_say(text: str) -> None:
    lines = re.split("\r\n|\n|\r", text.removeprefix("\ufeff"))
    at = 0
    for token in tokens(text):
        assert lines[token.line - 1][token.column - 1 :].startswith(re.split("[\r\n]", token.text)[0])
        assert text[token.offset :].startswith(token.text)
        assert text[at : token.offset].strip("\ufeff \t\r\n") == "", "only white space is left out"
        at = token.offset + len(token.text)
    assert text[at:].strip("\ufeff \t\r\n") == ""


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a:b.", ["name", "."]),
        ("1.", ["integer", "."]),
        ("1.5.", ["decimal", "."]),
        ("1.e3.", ["double", "."]),
        ("_:a.b.", ["blank", "."]),
        ("a:b.c..d.", ["name", "."]),
        ('"x"@en.', ["string", "at", "."]),
        ("''''a'''", ["string"]),
        ("<a#b>#c\rx:", ["iri", "comment", "name"]),
        ("a:\\#b#c", ["name", "comment"]),
        ("a:x;a:y,()[]{}^^", ["name", ";", "name", ",", "(", ")", "[", "]", "{", "}", "^^"]),
        ("true.PREFIX:", ["name"]),
    ],
)
def test_tokens_end_where_the_grammar_says(text: str, kinds: list[str]) -> None:
    assert [token.kind for token in tokens(text)] == kinds


def test_ends_are_exclusive_and_count_code_points() -> None:
    first, second = tokens('"""é𝔘\r\n\n12""" :x')
    assert (first.line, first.column, *first.end) == (1, 1, 3, 6)
    assert (second.line, second.column, *second.end) == (3, 7, 3, 9)


def test_statements_keep_the_shape() -> None:
    first, second, third = statements("@prefix : <urn:x:> . :s a :T ; :p [ :q 1 ] , ( 2 ) . [] :r 3 .")
    assert isinstance(first, Directive)
    assert isinstance(second, SubjectBlock)
    assert isinstance(third, SubjectBlock)
    assert [len(prop.objects) for prop in second.properties] == [1, 2]
    assert isinstance(third.subject, BlankNodePropertyList)


def test_the_triples_of_graphs_are_read() -> None:
    text = "@prefix : <urn:x:> . :s :p 1 . { :s :p 2 } GRAPH :g { :s :p 3 . :t :p [ :q 4 ] . } :h { }"
    read = ox.Dataset(ox.parse(text, format=ox.RdfFormat.TRIG))
    assert len(list(triple_positions(text))) == len(read)
    quad = "<urn:s> <urn:p> 1 <urn:g> . <urn:s> <urn:p> 2 _:g ."
    assert [t.triple.object.value for t in triple_positions(quad) if isinstance(t.triple.object, ox.Literal)] == [
        "1",
        "2",
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (':s :p "x\n" .', 1, 7, "does not end"),
        (':s :p """x\n" .', 1, 7, "does not end"),
        (":s\n <a b> 1 .", 2, 2, "not an IRI"),
        (":s :p ¬ .", 1, 7, "no token"),
        (":s :p 1\n:t :p 2 .", 2, 1, "':t' cannot be here"),
        ('"s" :p 1 .', 1, 1, "cannot be here"),
        (":s _:p 1 .", 1, 4, "cannot be here"),
        (":s :p [ :q 1", 1, 13, "cannot be here"),
    ],
)
def test_faults_are_told_with_their_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        statements(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "rest",
    [
        '"x\n" .',
        ":o1 :t :p 2 .",
        "",
        "name .",
        "a .",
        "[ :q 1",
        "no:o .",
        "<rel> .",
        r'"\q" .',
        r'"\uD800" .',
        '"a"@en--ltr .',
    ],
)
def test_triples_are_those_before_the_fault(rest: str) -> None:
    text = f"@prefix : <urn:x:> . :s :p :o . :t :q {rest}"
    assert [str(t.triple) for t in triple_positions(text)][:1] == ["<urn:x:s> <urn:x:p> <urn:x:o>"]


@given(documents(), st.integers(0, 2000), st.text(max_size=3))
def test_damaged_text_is_read_up_to_the_fault(text: str, cut: int, insert: str) -> None:
    list(triple_positions(text[:cut] + insert + text[cut + len(insert) :]))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    list(triple_positions(text))
    try:
        statements(text)
    except SourceError as error:
        assert error.line is not None


@pytest.mark.parametrize(("opened", "closed"), [("[ <urn:q> ", " ]"), ("( ", " )")])
def test_depth_has_a_limit(opened: str, closed: str) -> None:
    def nested(depth: int) -> str:
        return f"<urn:s> <urn:p> {opened * depth}1{closed * depth} ."

    assert ours(nested(DEEPEST)) == graph(nested(DEEPEST))
    with pytest.raises(SourceError, match="levels"):
        statements(nested(DEEPEST + 1))
    with pytest.raises(SourceError, match="levels"):
        statements(f"<urn:s> <urn:p> {opened * 100_000}")


def test_huge_literals_take_no_time() -> None:
    long = "".join(["x\\n\"'é"] * 200_000)
    (fact,) = triple_positions(f'<urn:s> <urn:p> """{long}""" .')
    assert isinstance(fact.triple.object, ox.Literal)
    assert fact.triple.object.value == unescape(long)
