from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.rdf.ntriples import NTriple, iri
from publisher.validate import spanning
from publisher.validate.sparql_constraints import Constraints, split
from publisher.workspace.sources import Source, Workspace

PREFIXES = """@prefix e: <https://e.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DECLARED = 'e:prefixes sh:declare [ sh:prefix "e" ; sh:namespace "https://e.org/"^^xsd:anyURI ] .'
QUERY = """e:Twice a sh:NodeShape ; sh:targetNode e:all ; rdfs:label "twice" ; sh:sparql e:Twice-query .
e:Twice-query sh:prefixes e:prefixes ; sh:message "twice" ;
  sh:select "SELECT $this ?value ?other WHERE { ?value e:is ?x . ?other e:is ?x . FILTER(STR(?value) < STR(?other)) }" .
"""


def _source(turtle: str) -> tuple[Source, ...]:
    quads = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return (Source(Path("shapes.ttl"), "urn:g", tuple(quad.triple for quad in quads)),)


def _split(turtle: str) -> Constraints:
    return split(_source(turtle), _source(DECLARED))


def _e(*parts: str) -> NTriple:
    s, p, o = (iri(f"https://e.org/{part}") for part in parts)
    return s, p, o


def test_a_query_on_one_node_is_taken_out_of_the_shapes() -> None:
    found = _split(QUERY + "e:Other a sh:NodeShape ; sh:targetClass e:C ; sh:nodeKind sh:IRI .")
    assert [constraint.shape for constraint in found.queries] == ["https://e.org/Twice"]
    assert {str(t.subject) for t in found.shapes} == {"<https://e.org/Other>"}
    assert found.reads == frozenset(("<https://e.org/is>",))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("e:Twice sh:property e:p .", "it constrains more than the query says"),
        ("e:Twice sh:targetClass e:C .", "it looks at other nodes too"),
        ("e:Twice sh:deactivated true .", "it does not run"),
        ("e:Twice-query sh:deactivated true .", "its query does not run"),
        ('e:Twice-query sh:ask "ASK {}" .', "it is another query too"),
        ("e:Other sh:node e:Twice .", "another shape refers to it"),
        ("e:Other sh:not e:Twice .", "another shape turns it round"),
    ],
)
def test_what_is_more_than_a_query_stays_a_shape(more: str, why: str) -> None:
    found = _split(QUERY + more)
    assert not found.queries, why
    assert any(str(t.subject) == "<https://e.org/Twice-query>" for t in found.shapes)


def test_all_our_queries_are_taken_out(workspace: Workspace) -> None:
    shapes = workspace.shapes
    found = split(shapes.all, shapes.all)
    assert len(found.queries) >= 18
    assert not [t for t in found.shapes if t.predicate.value.endswith("#select")]


def test_things_are_set_against_each_other_across_extracts() -> None:
    constraints = _split(QUERY)
    files = {
        "a.ttl": [_e("one", "is", "x"), _e("one", "unrelated", "y")],
        "b.ttl": [_e("two", "is", "x")],
        "c.ttl": [_e("three", "is", "z")],
    }
    extracts = [spanning.extract([(path, facts)], constraints.named) for path, facts in files.items()]
    assert extracts[0] == {"a.ttl": (_e("one", "is", "x"),)}
    kept = [spanning.unpack(spanning.pack(extract)) for extract in extracts]
    assert kept == extracts
    found = spanning.suspects(constraints, b"", iter(kept))
    assert found == {"<https://e.org/one>", "<https://e.org/two>"}
    assert not spanning.suspects(constraints, b"", iter(kept[1:]))
