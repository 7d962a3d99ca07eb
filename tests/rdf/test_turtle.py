from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.rdf.turtle import DEEPEST, BlankNodePropertyList, Directive, GraphBlock, SubjectBlock, statements
from publisher.rdf.turtle_tokens import tokens, unescape
from publisher.workspace.positions import triple_positions
from tests.conftest import ROOT
from tests.turtle_texts import documents

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


def test_trig_has_graph_blocks() -> None:
    text = "@prefix : <urn:x:> . :s :p 1 . { :s :p 2 } GRAPH :g { :s :p 3 . :t :p [ :q 4 ] . } :h { }"
    found = list(statements(text))
    assert [type(statement) for statement in found] == [Directive, SubjectBlock, GraphBlock, GraphBlock, GraphBlock]
    read = ox.Dataset(ox.parse(text, format=ox.RdfFormat.TRIG))
    assert len(list(triple_positions(text))) == len(read)


FAULTS = {
    "unclosed string": (':s :p "x\n" .', 1, 7, "does not end"),
    "unclosed long string": (':s :p """x\n" .', 1, 7, "does not end"),
    "space in an IRI": (":s\n <a b> 1 .", 2, 2, "not an IRI"),
    "odd character": (":s :p ¬ .", 1, 7, "no token"),
    "missing full stop": (":s :p 1\n:t :p 2 .", 2, 1, "expected ';', ',' or '.'"),
    "missing object": (":s :p .", 1, 7, "expected an object"),
    "literal as subject": ('"s" :p 1 .', 1, 1, "expected a subject"),
    "blank predicate": (":s _:p 1 .", 1, 4, "expected a predicate"),
    "name without prefix": (":s :p name .", 1, 7, "a name without a prefix"),
    "unclosed bracket": (":s :p [ :q 1", 1, 13, "the end of the file"),
    "unknown prefix": ("@prefix : <urn:x:> . :s no:p 1 .", 1, 25, "the prefix 'no:'"),
    "relative IRI": ("<s> <p> 1 .", 1, 1, "scheme"),
    "odd escape": (r'<urn:s> <urn:p> "\q" .', 1, 17, "escape"),
    "half a character": (r'<urn:s> <urn:p> "\uD800" .', 1, 17, "no character"),
    "odd directive": ("@prefx : <urn:x:> .", 1, 1, "@prefix or @base"),
    "prefix with a local name": ("@prefix a:b <urn:x:> .", 1, 9, "colon"),
    "unclosed graph": ("{ <urn:s> <urn:p> 1 ", 1, 20, "the end of the file"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_told_with_their_place(name: str) -> None:
    text, line, column, message = FAULTS[name]
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        list(triple_positions(text, Path("file.ttl")))
    assert (caught.value.line, caught.value.column) == (line, column)


@given(documents(), st.integers(0, 2000), st.text(max_size=3))
def test_damaged_text_is_read_or_refused(text: str, cut: int, insert: str) -> None:
    damaged = text[:cut] + insert + text[cut + len(insert) :]
    try:
        list(triple_positions(damaged))
    except SourceError as error:
        assert error.line is not None


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        list(triple_positions(text))
    except SourceError as error:
        assert error.line is not None


@pytest.mark.parametrize(("opened", "closed"), [("[ <urn:q> ", " ]"), ("( ", " )")])
def test_depth_has_a_limit(opened: str, closed: str) -> None:
    def nested(depth: int) -> str:
        return f"<urn:s> <urn:p> {opened * depth}1{closed * depth} ."

    assert ours(nested(DEEPEST)) == graph(nested(DEEPEST))
    with pytest.raises(SourceError, match="levels"):
        list(triple_positions(nested(DEEPEST + 1)))
    with pytest.raises(SourceError, match="levels"):
        list(triple_positions(f"<urn:s> <urn:p> {opened * 100_000}"))


def test_huge_literals_take_no_time() -> None:
    long = "".join(["x\\n\"'é"] * 200_000)
    (fact,) = triple_positions(f'<urn:s> <urn:p> """{long}""" .')
    assert isinstance(fact.triple.object, ox.Literal)
    assert fact.triple.object.value == unescape(long)
