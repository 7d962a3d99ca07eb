"""What is written term by term is what the engine writes, and says what was given."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple

from publisher.dump.writers import RdfXml, Turtle, head_length
from publisher.rdf.ntriples import NTriple, from_ntriples, split_literal, to_ntriples
from publisher.rdf.turtle_tokens import unescape
from publisher.rdf.vocab import RDF, XSD
from tests.dump.test_jsonld import canonical
from tests.strategies import triples, xml_triples

PREFIXES = [
    {},
    {"e": "https://e.org/ns#", "id": "https://e.org/id/", "rdf": RDF.iri, "xsd": XSD.iri},
    # namespaces that end within a name, lie within each other, or are no names at all
    {"e": "https://e.org/ns#", "k": "https://e.org/ns#kno", "base": "https://e.org/", "odd": "urn:x:o"},
    {"a": "https://e.org/id/a", "b": "https://e.org/id/a/", "c": "https://e.org/id/a-b"},
]
_ENDS = [
    "",
    "a",
    "b-c",
    "-b",
    "1",
    "1a",
    "a.",
    ".a",
    "a/b",
    "a/b#c",
    "a#",
    "_",
    "a_b",
    "a%20b",
    "a&b",
    "a'b",
    "é",
    "a(b)",
]
_STARTS = ["https://e.org/ns#", "https://e.org/id/", "https://e.org/", "urn:x:", "https://other.org/x/"]
pairs = st.tuples(st.sampled_from(_STARTS), st.sampled_from(_ENDS)).filter(lambda pair: "".join(pair).count("#") < 2)
names = pairs.map(lambda pair: NamedNode("".join(pair)))
numbers = st.sampled_from(["1", "+1", "-01", "1.5", "1.", ".5", "1e5", "1.0E-7", "true", "false", "1 ", "NaN", ""])
typed = st.builds(
    lambda text, kind: Literal(text, datatype=XSD[kind]),
    numbers,
    st.sampled_from(["integer", "decimal", "double", "boolean", "float", "int", "string", "date"]),
)
objects = st.one_of(names, typed, st.builds(Literal, st.text("a\"\\'\n\t\r<&]>", max_size=5)), st.just(BlankNode("b")))
awkward = st.lists(st.builds(Triple, st.one_of(names, st.just(BlankNode("a"))), names, objects), max_size=8)


def engine(found: list[NTriple], rdf_format: RdfFormat, prefixes: dict[str, str]) -> str:
    written = ox.serialize(from_ntriples(found), format=rdf_format, prefixes=prefixes) or b""
    return written[head_length(written) :].decode().removesuffix("</rdf:RDF>")


@pytest.mark.parametrize("prefixes", PREFIXES)
@given(st.one_of(triples(), awkward))
def test_turtle_is_that_of_the_engine(prefixes: dict[str, str], given_triples: list[Triple]) -> None:
    found = sorted(set(to_ntriples(given_triples)))
    assert Turtle(prefixes).body(found) == engine(found, RdfFormat.TURTLE, prefixes)


@pytest.mark.parametrize("prefixes", PREFIXES)
@given(st.one_of(triples(), awkward))
def test_trig_is_that_of_the_engine(prefixes: dict[str, str], given_triples: list[Triple]) -> None:
    found = sorted(set(to_ntriples(given_triples)))
    quads = [ox.Quad(t.subject, t.predicate, t.object, NamedNode("https://e.org/id/g")) for t in from_ntriples(found)]
    written = ox.serialize(quads, format=RdfFormat.TRIG, prefixes=prefixes) or b""
    assert Turtle(prefixes).graph("https://e.org/id/g", found) == written[head_length(written) :].decode()


def _is_named(term: object) -> bool:
    """Whether an element can be named after it."""
    return not isinstance(term, NamedNode) or bool(re.search(r"[^\W\d][\w.-]*\Z", term.value))


@pytest.mark.parametrize("prefixes", PREFIXES)
@given(st.one_of(xml_triples, awkward))
@example([Triple(NamedNode("urn:x:a"), RDF.type, NamedNode("urn:x:1"))])
@example([Triple(NamedNode("urn:x:a"), NamedNode("https://e.org/ns#a"), Literal("a\rb"))])
def test_rdf_xml_says_what_the_engine_says(prefixes: dict[str, str], given_triples: list[Triple]) -> None:
    good = [t for t in given_triples if _is_named(t.predicate)]
    found = sorted(set(to_ntriples(good)))
    written = RdfXml(prefixes).body(found)
    if all(t.predicate != RDF.type or _is_named(t.object) for t in good) and "\\r" not in str(found):
        assert written == engine(found, RdfFormat.RDF_XML, prefixes)
    head = ox.serialize([], format=RdfFormat.RDF_XML, prefixes=prefixes) or b""
    start = head.decode().removesuffix("</rdf:RDF>").removesuffix("/>").rstrip()
    document = f"{start if start.endswith('>') else f'{start}>'}\n{written}</rdf:RDF>"
    read = [quad.triple for quad in ox.parse(document, format=RdfFormat.RDF_XML)]
    assert canonical(list(set(read))) == canonical(list(set(good)))


def test_terms_are_forgotten_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publisher.rdf.ntriples._CACHE_SIZE", 3)
    turtle = Turtle(PREFIXES[1])
    found = [(f"<https://e.org/id/s{n}>", "<https://e.org/ns#p>", f'"{n}"') for n in range(20)]
    assert turtle.body(found) == engine(found, RdfFormat.TURTLE, PREFIXES[1])


@given(triples())
def test_literals_come_apart(found: list[Triple]) -> None:
    for triple, (_, _, term) in zip(found, to_ntriples(found), strict=True):
        if isinstance(triple.object, Literal):
            text, language, datatype = split_literal(term)
            assert language == (triple.object.language or "")
            assert (datatype or XSD.string.value) == triple.object.datatype.value or language
            assert unescape(text) == triple.object.value
