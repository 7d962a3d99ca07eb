"""Whatever the terms, each format holds the triples that were given, and every reader finds them there."""

from __future__ import annotations

import shutil
import subprocess

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.term import Node

from publisher.dump.formats import MEDIA_TYPES, SerializedUnion, Serializers, frame, serialize_graphs
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import to_ntriples
from publisher.rdf.vocab import RDF, XSD
from tests.conftest import Requirement
from tests.dump.test_jsonld import canonical
from tests.strategies import xml_triples

GRAPH = "https://e.org/id/g."
PREFIXES = [
    {},
    {"e": "https://e.org/ns#", "id": "https://e.org/id/", "rdf": RDF.iri, "xsd": XSD.iri},
    # namespaces that end within a name, lie within each other, or are no names at all
    {"e": "https://e.org/ns#", "k": "https://e.org/ns#kno", "base": "https://e.org/", "odd": "urn:x:o"},
    {"a": "https://e.org/id/a", "b": "https://e.org/id/a/", "c": "https://e.org/id/a-b"},
]
_NAMES = ["a", "b-c", "1a", ".a", "a/b", "a/b#c", "_", "a_b", "é", "kno"]
# no element of XML can be named after these
_NAMELESS = ["", "-b", "1", "a#", "a%20", "a(b)", "a&b.1", "a'1"]
_DOTTED = ["a.", "b..", "a/b.", "1.", ".", "a,_D.C."]
_STARTS = ["https://e.org/ns#", "https://e.org/id/", "https://e.org/", "urn:x:o", "https://other.org/x/"]


def _named(ends: list[str]) -> list[NamedNode]:
    return [NamedNode(start + end) for start in _STARTS for end in ends if f"{start}{end}".count("#") < 2]


names = st.sampled_from(_named([*_NAMES, *_NAMELESS, *_DOTTED]))
predicates = st.sampled_from([*_named(_NAMES), RDF.type])
numbers = st.sampled_from(["1", "+1", "-01", "1.5", "1.", ".5", "1e5", "1.0E-7", "true", "false", "1 ", "NaN", ""])
typed = st.builds(
    lambda text, kind: Literal(text, datatype=XSD[kind]),
    numbers,
    st.sampled_from(["integer", "decimal", "double", "boolean", "float", "int", "string", "date"]),
)
texts = st.builds(Literal, st.text("a\"\\'\n\t\r<&]>.", max_size=5))
objects = st.one_of(names, typed, texts, st.just(BlankNode("b")))
awkward = st.lists(st.builds(Triple, st.one_of(names, st.just(BlankNode("a"))), predicates, objects), max_size=8)


def _document(triples: list[Triple], extension: str, prefixes: dict[str, str]) -> bytes:
    rows = sorted(set(to_ntriples(triples)))
    graphs = serialize_graphs({GRAPH: rows}, prefixes)
    head, foot = frame(extension, prefixes, {})
    return head + SerializedUnion(rows, graphs, Serializers(prefixes, {})).body(extension) + foot


def _read(document: bytes, extension: str) -> list[Triple]:
    return [quad.triple for quad in ox.parse(document, format=ox.RdfFormat.from_extension(extension))]


_TYPED = [Triple(NamedNode("urn:x:a"), RDF.type, NamedNode(kind)) for kind in ("urn:x:1", "urn:x:A", "urn:x:-")]


@pytest.mark.parametrize("extension", MEDIA_TYPES)
@given(st.sampled_from(PREFIXES), st.one_of(xml_triples, awkward))
@example(PREFIXES[1], _TYPED)
@example(PREFIXES[1], [Triple(BlankNode("b"), RDF.type, NamedNode("https://e.org/?a='1'&b=1"))])
@example(
    PREFIXES[1], [Triple(NamedNode("urn:x:o."), NamedNode("https://e.org/ns#a"), Literal("a\rb <https://e.org/.> c"))]
)
def test_every_format_holds_the_triples(extension: str, prefixes: dict[str, str], triples: list[Triple]) -> None:
    document = _document(triples, extension, prefixes)
    assert canonical(list(set(_read(document, extension)))) == canonical(list(set(triples)))


_RDFLIB = {"ttl": "turtle", "trig": "trig", "nt": "nt", "nq": "nquads", "rdf": "xml"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its parser of datasets uses what it deprecates
@pytest.mark.parametrize("extension", _RDFLIB)
@given(st.sampled_from(PREFIXES), st.one_of(xml_triples, awkward))
@example(PREFIXES[1], _TYPED)
@example(
    PREFIXES[1], [Triple(NamedNode("urn:x:o."), NamedNode("https://e.org/ns#a"), NamedNode("https://e.org/id/a."))]
)
def test_rdflib_reads_every_format(extension: str, prefixes: dict[str, str], triples: list[Triple]) -> None:
    document = _document(triples, extension, prefixes)
    if extension in ("trig", "nq"):
        dataset = rdflib.Dataset().parse(data=document, format=_RDFLIB[extension])
        graph = dataset.graph(rdflib.URIRef(GRAPH))
    else:
        graph = rdflib.Graph().parse(data=document, format=_RDFLIB[extension])
    assert _canonical(graph) == _canonical(to_rdflib(triples))


def _canonical(graph: rdflib.Graph) -> list[str]:
    return canonical([Triple(_term(s), _term(p), _term(o)) for s, p, o in graph])  # type: ignore[arg-type]


def _term(term: Node) -> NamedNode | BlankNode | Literal:
    """Convert a term of rdflib, with ``"-01"^^xsd:integer`` as ``"-1"``, as which rdflib reads the bare number -01."""
    if isinstance(term, rdflib.Literal):
        term = term.normalize()
        datatype = NamedNode(term.datatype) if term.datatype and not term.language else None
        return Literal(str(term), language=term.language, datatype=datatype)
    return BlankNode(str(term)) if isinstance(term, rdflib.BNode) else NamedNode(str(term))


def test_an_iri_that_ends_in_a_dot_is_written_in_full() -> None:
    capital, prefixes = "http://dbpedia.org/resource/Washington,_D.C.", {"dbr": "http://dbpedia.org/resource/"}
    for extension in ("ttl", "trig"):
        text = _document([Triple(NamedNode("urn:x:a"), RDF.value, NamedNode(capital))], extension, prefixes).decode()
        assert f" <{capital}> .\n" in text


_SERD = {"ttl": "turtle", "trig": "trig", "nt": "ntriples", "nq": "nquads"}
_AWKWARD = [
    *(Triple(name, RDF.type, name) for name in _named([*_NAMES, *_NAMELESS, *_DOTTED])),
    *(
        Triple(BlankNode("b"), RDF.value, Literal(text))
        for text in ('a"b', "a\\b", "a\nb\tc", "\u00e9<&]]>.", "a\rb", "")
    ),
    *(
        Triple(BlankNode("b"), RDF.value, Literal(text, datatype=XSD[kind]))
        for text in ("1", "+1", "-01", "1.5", "1.", ".5", "1e5", "true")
        for kind in ("integer", "decimal", "double", "boolean")
    ),
]


@pytest.mark.parametrize("extension", _SERD)
@pytest.mark.parametrize("prefixes", PREFIXES)
def test_serd_reads_awkward_terms(extension: str, prefixes: dict[str, str], require: Requirement) -> None:
    require("serdi", "apt-get install serdi", found=shutil.which("serdi") is not None)
    command = ["serdi", "-q", "-i", _SERD[extension], "-o", "nquads", "-"]
    read = subprocess.run(command, input=_document(_AWKWARD, extension, prefixes), check=True, capture_output=True)
    assert canonical(_read(read.stdout, "nq")) == canonical(_AWKWARD)


@pytest.mark.parametrize("extension", _RDFLIB)
@pytest.mark.parametrize("prefixes", PREFIXES)
def test_raptor_reads_awkward_terms(extension: str, prefixes: dict[str, str], require: Requirement) -> None:
    require("rapper", "apt-get install raptor2-utils", found=shutil.which("rapper") is not None)
    syntax = {**_SERD, "rdf": "rdfxml"}[extension]
    command = ["rapper", "-q", "-i", syntax, "-o", "ntriples", "-", "https://e.org/"]
    triples = [t for t in _AWKWARD if "/." not in str(t)]  # raptor resolves the segment "." of absolute IRIs
    read = subprocess.run(command, input=_document(triples, extension, prefixes), check=True, capture_output=True)
    assert canonical(_read(read.stdout, "nt")) == canonical(triples)
