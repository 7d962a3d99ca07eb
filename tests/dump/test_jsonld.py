from __future__ import annotations

import json

import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)
from rdflib.compare import isomorphic

from publisher.dump import jsonld
from publisher.dump.jsonld import JsonLdContext
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import to_ntriples
from publisher.rdf.vocab import OWL, RDF, Namespace
from publisher.workspace.sources import Workspace, triples_of
from tests import strategies

E = Namespace("https://e.org/ns#")
CONTEXT: JsonLdContext = jsonld.make_context(
    {"e": E.iri, "id": "https://e.org/id/", "odd": "urn:x:o", "xsd": "http://www.w3.org/2001/XMLSchema#"},
    [Triple(E.knows, RDF.type, OWL.ObjectProperty), Triple(E.name, RDF.type, OWL.DatatypeProperty)],
)


def _written(triples: list[Triple], context: JsonLdContext) -> str:
    return jsonld.head(context) + jsonld.NodeWriter(context).body(sorted(set(to_ntriples(triples)))) + jsonld.FOOT


def canonical(triples: list[Triple]) -> list[str]:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


@given(strategies.triples())
def test_oxigraph_reads_back_what_was_written(expected: list[Triple]) -> None:
    read = [q.triple for q in parse(_written(expected, CONTEXT), format=RdfFormat.JSON_LD)]
    assert canonical(read) == canonical(expected)


SCHEMES = ["e", "id", "odd", "urn", "mailto", "http", "geo", "knows", "none"]
SHADOWED = jsonld.make_context(
    {
        "e": E.iri,
        "id": "https://e.org/id/",
        "odd": "geo:x:o",
        "geo": "https://e.org/geo#",
        "urn": "https://e.org/urn#",
        "mailto": "https://e.org/mailto/",
        "http": "http://e.org/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    },
    [
        Triple(E.knows, RDF.type, OWL.ObjectProperty),
        Triple(E["odd@name"], RDF.type, OWL.DatatypeProperty),
        Triple(E["@id"], RDF.type, OWL.DatatypeProperty),
        Triple(E["@foo"], RDF.type, OWL.ObjectProperty),
        Triple(E.urn, RDF.type, OWL.ObjectProperty),
        Triple(NamedNode("geo:x:own"), RDF.type, OWL.ObjectProperty),
    ],
)
# an authority with ':' or '@' in it may be no IRI
_LOCALS = st.from_regex(r"(?!//.?[:@])[a-z@:/.]{1,4}", fullmatch=True)
awkward = st.one_of(
    st.builds(lambda scheme, rest: NamedNode(f"{scheme}:{rest}"), st.sampled_from(SCHEMES), _LOCALS),
    st.builds(lambda ns, rest: NamedNode(ns + rest), st.sampled_from([E.iri, "geo:x:o", "http://e.org/"]), _LOCALS),
    st.sampled_from([RDF.type, E.knows, E["odd@name"], E["@id"], E["@foo"], E.urn, NamedNode("geo:x:own")]),
)
values = st.one_of(
    awkward,
    st.sampled_from([BlankNode("b"), Literal("x"), Literal("x", language="en")]),
    st.builds(lambda datatype: Literal("x", datatype=datatype), awkward),
)


@given(st.lists(st.builds(Triple, st.one_of(awkward, st.just(BlankNode("b"))), awkward, values), max_size=8))
def test_iris_that_look_like_compact_ones_come_back(expected: list[Triple]) -> None:
    text = _written(expected, SHADOWED)
    assert canonical([q.triple for q in parse(text, format=RdfFormat.JSON_LD)]) == canonical(expected)
    assert isomorphic(rdflib.Graph().parse(data=text, format="json-ld"), to_rdflib(expected))


@given(strategies.triples())
def test_rdflib_reads_back_what_was_written(expected: list[Triple]) -> None:
    graph = rdflib.Graph().parse(data=_written(expected, CONTEXT), format="json-ld")
    assert isomorphic(graph, to_rdflib(expected))


def test_only_the_node_that_needs_it_has_a_context_of_its_own() -> None:
    expected = [Triple(NamedNode("urn:a"), E.knows, E["b"]), Triple(E["a"], E.knows, NamedNode("https://e.org/urn#b"))]
    plain, shadowed = json.loads(_written(expected, SHADOWED))["@graph"]
    assert plain == {"@id": "e:a", "knows": "urn:b"}
    assert shadowed == {"@context": {"urn": None}, "@id": "urn:a", "knows": "e:b"}


def test_predicates_in_any_order_lose_nothing() -> None:
    expected = [Triple(E["a"], E.other, E["b"]), Triple(E["a"], E.knows, E["b"]), Triple(E["a"], E.other, E["c"])]
    text = jsonld.head(CONTEXT) + jsonld.NodeWriter(CONTEXT).body(to_ntriples(expected)) + jsonld.FOOT
    assert canonical([q.triple for q in parse(text, format=RdfFormat.JSON_LD)]) == canonical(expected)


def test_rdflib_reads_the_dataset_back(workspace: Workspace) -> None:
    expected = triples_of(workspace.data)
    context = jsonld.make_context({"gp": "https://w3id.org/geopol/ns#"}, triples_of(workspace.ontology))
    graph = rdflib.Graph().parse(data=_written(expected, context), format="json-ld")
    assert isomorphic(graph, to_rdflib(expected))


def test_declared_terms_are_used_and_references_are_plain() -> None:
    expected = [
        Triple(E["a"], RDF.type, E.Person),
        Triple(E["a"], E.knows, E["b"]),
        Triple(E["a"], E.other, E["b"]),
    ]
    node = json.loads(_written(expected, CONTEXT))["@graph"][0]
    assert node == {"@id": "e:a", "@type": "e:Person", "knows": "e:b", "e:other": {"@id": "e:b"}}


def test_a_prefix_that_ends_in_a_letter_says_that_it_is_one() -> None:
    assert CONTEXT["odd"] == {"@id": "urn:x:o", "@prefix": True}


def test_a_prefix_that_would_change_a_namespace_is_left_out() -> None:
    assert "odd" in SHADOWED
    assert "geo" not in SHADOWED


def test_the_context_document_is_json_with_a_context() -> None:
    assert json.loads(jsonld.document(CONTEXT)) == {"@context": CONTEXT}
