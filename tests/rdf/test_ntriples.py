from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.ntriples import (
    format_ntriples,
    from_ntriples,
    name_of,
    parse_ntriples,
    split_literal,
    to_ntriples,
)
from tests.turtle_texts import unescape

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
_NODES = st.one_of(
    st.from_regex(r"[a-z]{1,6}", fullmatch=True).map(lambda name: NamedNode(f"https://e.org/{name}")),
    st.from_regex(r"[a-z][a-z0-9]{0,4}", fullmatch=True).map(BlankNode),
)
_LITERALS = st.one_of(
    _TEXTS.map(Literal),
    _TEXTS.map(lambda text: Literal(text, language="en-gb")),
    _TEXTS.map(lambda text: Literal(text, datatype=NamedNode("https://e.org/type"))),
)
_PREDICATES = st.sampled_from([NamedNode("https://e.org/p"), NamedNode("https://e.org/q")])
_TRIPLES = st.lists(st.builds(Triple, _NODES, _PREDICATES, st.one_of(_NODES, _LITERALS)))


@given(_TRIPLES)
def test_strings_and_objects_are_the_same_triples(triples: list[Triple]) -> None:
    rows = to_ntriples(triples)
    assert list(from_ntriples(rows)) == triples
    assert parse_ntriples(format_ntriples(rows)) == rows


@given(_TRIPLES)
def test_triples_sort_as_their_lines_do(triples: list[Triple]) -> None:
    rows = to_ntriples(triples)
    assert format_ntriples(sorted(rows)).split("\n")[:-1] == sorted(format_ntriples(rows).split("\n")[:-1])


@given(_LITERALS)
def test_a_literal_splits_into_its_parts(literal: Literal) -> None:
    text, language, datatype = split_literal(str(literal))
    assert (
        Literal(unescape(text), language=language or None, datatype=NamedNode(datatype) if datatype else None)
        == literal
    )


def test_names_are_without_marks() -> None:
    assert (name_of("<https://e.org/a>"), name_of("_:b0")) == ("https://e.org/a", "b0")
