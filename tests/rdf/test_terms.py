from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.errors import UsageError
from publisher.rdf.terms import read_node, read_term, read_triple, term_text, triple_text
from publisher.rdf.vocab import RDF, XSD

PREFIXES = {"e": "http://e/", "xsd": XSD.iri, "rdf": RDF.iri}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("e:rex", NamedNode("http://e/rex")),
        ("e:a/b", NamedNode("http://e/a/b")),
        (r"e:a\,b", NamedNode("http://e/a,b")),
        ("<urn:x>", NamedNode("urn:x")),
        ("http://f/x", NamedNode("http://f/x")),
        ("_:b1", BlankNode("b1")),
        ('"Rex"', Literal("Rex")),
        ("'Rex'@en", Literal("Rex", language="en")),
        ('"2018-11-19"^^xsd:date', Literal("2018-11-19", datatype=XSD.date)),
        ("42", Literal("42", datatype=XSD.integer)),
        ("true", Literal("true", datatype=XSD.boolean)),
    ],
)
def test_terms_are_read_as_in_turtle(text: str, term: NamedNode) -> None:
    assert read_term(text, PREFIXES) == term


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rex", "'rex' is no RDF term"),
        ("", "'' is no RDF term"),
        ("f:rex", "the prefix 'f:' is not in publisher.toml"),
        ("xs:date", "did you mean 'xsd:'?"),
        ('"1"^^xs:date', "did you mean 'xsd:'?"),
        ("e:a b", "'e:a b' is no RDF term"),
        ('"open', "is no RDF term"),
        ('"a" , "b"', "is no RDF term"),
        ('"a" . <x:s> <x:p> "b"', "is no RDF term"),
        ("_:", "is no RDF term"),
        ("\udcff", "is no RDF term"),
        ('"\udcff"', "is no RDF term"),
    ],
)
def test_anything_else_is_a_usage_error(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_term(text, PREFIXES)
    assert message in str(caught.value)


def test_a_triple_has_a_thing_and_a_property() -> None:
    assert read_triple("e:rex", "a", "e:Dog", PREFIXES) == Triple(
        NamedNode("http://e/rex"), RDF.type, NamedNode("http://e/Dog")
    )
    with pytest.raises(UsageError, match="is a literal"):
        read_node('"Rex"', PREFIXES)
    with pytest.raises(UsageError, match="is no property"):
        read_triple("e:rex", '"a"', "e:Dog", PREFIXES)


_TEXT = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.text('^"@\\:\n.<>x'))
_TERMS = st.one_of(
    st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).map(lambda name: NamedNode(f"http://e/{name}")),
    _TEXT.map(Literal),
    _TEXT.map(lambda value: Literal(value, language="en")),
    _TEXT.map(lambda value: Literal(value, datatype=XSD.date)),
)


@given(_TERMS)
def test_what_is_written_is_read_again(term: NamedNode | Literal) -> None:
    assert read_term(term_text(term, PREFIXES), PREFIXES) == term


@given(st.text())
def test_no_text_makes_a_traceback(text: str) -> None:
    try:
        term = read_term(text, PREFIXES)
    except UsageError:
        return
    assert term_text(term, PREFIXES)


def test_triples_are_short() -> None:
    triple = Triple(NamedNode("http://e/rex"), RDF.type, NamedNode("urn:Dog"))
    assert triple_text(triple, PREFIXES) == "e:rex a <urn:Dog>"
