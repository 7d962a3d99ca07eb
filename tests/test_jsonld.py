from __future__ import annotations

import io
import json

import rdflib
from hypothesis import given
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Triple, parse
from rdflib.compare import isomorphic

from publisher import jsonld
from publisher.jsonld import Context
from publisher.sources import Workspace, to_rdflib, triples_of
from publisher.vocab import OWL, RDF, Namespace
from tests.strategies import triples

E = Namespace("https://e.org/ns#")
CONTEXT: Context = jsonld.make_context(
    {"e": E.iri, "id": "https://e.org/id/", "odd": "urn:x:o", "xsd": "http://www.w3.org/2001/XMLSchema#"},
    [Triple(E.knows, RDF.type, OWL.ObjectProperty), Triple(E.name, RDF.type, OWL.DatatypeProperty)],
)


def _written(found: list[Triple], context: Context) -> str:
    out = io.StringIO()
    jsonld.write(sorted(set(found), key=str), context, out)
    return out.getvalue()


def canonical(found: list[Triple]) -> list[str]:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in found)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


@given(triples())
def test_oxigraph_reads_back_what_was_written(found: list[Triple]) -> None:
    read = [q.triple for q in parse(_written(found, CONTEXT), format=RdfFormat.JSON_LD)]
    assert canonical(read) == canonical(found)


def test_rdflib_reads_the_dataset_back(workspace: Workspace) -> None:
    found = triples_of(workspace.data)
    context = jsonld.make_context({"gp": "https://w3id.org/geopol/ns#"}, triples_of(workspace.ontology))
    graph = rdflib.Graph().parse(data=_written(found, context), format="json-ld")
    assert isomorphic(graph, to_rdflib(found))


def test_declared_terms_are_used_and_references_are_plain() -> None:
    found = [
        Triple(E["a"], RDF.type, E.Person),
        Triple(E["a"], E.knows, E["b"]),
        Triple(E["a"], E.other, E["b"]),
    ]
    node = json.loads(_written(found, CONTEXT))["@graph"][0]
    assert node == {"@id": "e:a", "@type": "e:Person", "knows": "e:b", "e:other": {"@id": "e:b"}}


def test_a_prefix_that_ends_in_a_letter_says_that_it_is_one() -> None:
    assert CONTEXT["odd"] == {"@id": "urn:x:o", "@prefix": True}


def test_the_context_document_is_json_with_a_context() -> None:
    assert json.loads(jsonld.document(CONTEXT)) == {"@context": CONTEXT}
