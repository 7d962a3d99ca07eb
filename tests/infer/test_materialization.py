from __future__ import annotations

from pathlib import Path

import owlrl
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from publisher.errors import SourceError
from publisher.infer import Schema, close, materialize
from publisher.rdf.interop import to_rdflib
from publisher.rdf.vocab import OWL, RDF, RDFS
from publisher.workspace.sources import Rule, Source, Workspace, triples_of
from tests.conftest import IN_CI
from tests.samples import sample

PREFIXES = """
@prefix e: <http://e/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
ONTOLOGY = """
e:Dog a owl:Class ; rdfs:subClassOf e:Animal . e:Animal a owl:Class ; rdfs:subClassOf e:Being .
e:hasPuppy a owl:ObjectProperty ; rdfs:subPropertyOf e:hasChild ; rdfs:domain e:Dog ; rdfs:range e:Dog .
e:hasChild a owl:ObjectProperty ; owl:inverseOf e:hasParent ; rdfs:subPropertyOf e:hasDescendant .
e:hasParent a owl:ObjectProperty . e:hasDescendant a owl:ObjectProperty, owl:TransitiveProperty .
e:knows a owl:ObjectProperty, owl:SymmetricProperty ; rdfs:domain e:Animal .
e:name a owl:DatatypeProperty ; rdfs:subPropertyOf e:label . e:label a owl:DatatypeProperty .
"""


def _triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse(PREFIXES + turtle, format=RdfFormat.TURTLE)]


def _source(turtle: str, name: str = "o.ttl") -> Source:
    return Source(Path(name), "http://e/graph", tuple(_triples(turtle)))


def _rule(text: str) -> Rule:
    return Rule(Path("r.rq"), "PREFIX e: <http://e/> " + text)


def _e(*names: str) -> Triple:
    s, p, o = (NamedNode("http://e/" + name) if name != "a" else RDF.type for name in names)
    return Triple(s, p, o)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return close((_source(ONTOLOGY),))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("e:rex a e:Dog .", [("rex", "a", "Animal"), ("rex", "a", "Being")]),
        (
            "e:rex e:knows e:tim . e:tim a e:Dog .",
            [("tim", "knows", "rex"), ("rex", "a", "Animal"), ("rex", "a", "Being")],
        ),
        ("e:a1 e:hasDescendant e:b . e:b e:hasDescendant e:c .", [("a1", "hasDescendant", "c")]),
        ("e:a1 e:hasChild e:b . e:b a e:Being .", [("a1", "hasDescendant", "b"), ("b", "hasParent", "a1")]),
    ],
)
def test_each_rule_of_the_profile_is_applied(schema: Schema, data: str, expected: list[tuple[str, str, str]]) -> None:
    assert {_e(*names) for names in expected} <= set(materialize(_triples(data), schema))


def test_what_is_asserted_is_not_derived_again(schema: Schema) -> None:
    data = _triples("e:rex a e:Dog, e:Animal, e:Being .")
    assert materialize(data, schema) == []


def test_only_things_of_the_dataset_are_spoken_of(schema: Schema) -> None:
    derived = materialize(_triples("e:rex e:hasPuppy e:elsewhere ."), schema)
    assert {t.subject for t in derived} == {NamedNode("http://e/rex")}


def test_no_literal_becomes_a_subject_and_no_tautology_is_told(schema: Schema) -> None:
    derived = materialize(_triples('e:rex e:name "Rex" ; e:knows "a string" .'), schema)
    assert Triple(NamedNode("http://e/rex"), NamedNode("http://e/label"), Literal("Rex")) in derived
    assert not [t for t in derived if t.object in (OWL.Thing, RDFS.Resource) or t.predicate == OWL.sameAs]


def test_rules_see_inferred_triples_and_feed_the_schema(schema: Schema) -> None:
    rule = _rule("CONSTRUCT { ?a e:knows ?b } WHERE { ?a e:hasChild ?b }")
    derived = materialize(_triples("e:rex e:hasPuppy e:tim . e:tim a e:Dog ."), schema, (rule,))
    assert {_e("rex", "knows", "tim"), _e("tim", "knows", "rex")} <= set(derived)


def test_rules_derive_triples_about_blank_nodes_of_the_data(schema: Schema) -> None:
    rule = _rule("CONSTRUCT { ?a e:seenIn ?b } WHERE { ?a e:hasName ?b }")
    (data,) = triples = _triples("_:rex e:hasName 'Rex' .")
    derived = materialize(triples, schema, (rule,))
    assert Triple(data.subject, NamedNode("http://e/seenIn"), data.object) in derived


def test_a_rule_that_never_ends_is_stopped(schema: Schema) -> None:
    rule = _rule("CONSTRUCT { ?a e:n ?m } WHERE { ?a e:n ?n BIND(?n + 1 AS ?m) }")
    with pytest.raises(SourceError, match="still derive new triples after 100 rounds"):
        materialize(_triples("e:rex e:n 1 ."), schema, (rule,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CONSTRUCT { ?a e:x } WHERE { ?a e:p ?b }", "r.rq:1:"),
        ("SELECT * WHERE { ?a e:p ?b }", "not a CONSTRUCT query"),
    ],
    ids=["syntax", "form"],
)
def test_a_bad_rule_is_named(schema: Schema, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        materialize(_triples("e:rex e:p 1 ."), schema, (_rule(text),))


def test_an_inconsistent_ontology_is_refused() -> None:
    turtle = "e:A owl:disjointWith e:B . e:x a e:A, e:B ."
    with pytest.raises(SourceError, match="inconsistent"):
        close((_source(turtle),))


def test_a_circular_list_in_the_ontology_is_explained() -> None:
    turtle = "e:A owl:unionOf _:l . _:l rdf:first e:B ; rdf:rest _:l ."
    with pytest.raises(SourceError, match="ill-formed"):
        close((_source("@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . " + turtle),))


def test_the_closure_of_the_same_axioms_is_kept_and_others_are_closed_anew() -> None:
    schema = close((_source("e:A rdfs:subClassOf e:B ."),))
    assert close((_source("e:A rdfs:subClassOf e:B ; rdfs:label 'a' ."),)) is schema
    assert close((_source("e:A rdfs:subClassOf e:C ."),)) != schema


def test_axioms_that_the_pass_cannot_apply_are_told() -> None:
    assert close((_source("e:p a owl:FunctionalProperty . e:q owl:propertyChainAxiom ( e:p e:p ) ."),)).unsupported == (
        "http://www.w3.org/2002/07/owl#FunctionalProperty",
        "http://www.w3.org/2002/07/owl#propertyChainAxiom",
    )


_NAMES = st.sampled_from(["rex", "tim", "ann"])
_PROPERTIES = st.sampled_from(["hasPuppy", "hasChild", "hasParent", "hasDescendant", "knows"])
_CLASSES = st.sampled_from(["Dog", "Animal"])
_FACTS = st.one_of(st.tuples(_NAMES, _PROPERTIES, _NAMES), st.tuples(_NAMES, st.just("a"), _CLASSES))


@given(st.lists(_FACTS, min_size=1, max_size=6))
def test_the_pass_equals_a_full_closure(facts: list[tuple[str, str, str]]) -> None:
    schema = close((_source(ONTOLOGY),))
    _assert_equals_owlrl(_triples(ONTOLOGY), [_e(*fact) for fact in facts], schema)


def test_the_pass_equals_a_full_closure_of_this_dataset(workspace: Workspace) -> None:
    data = triples_of(workspace.data) if IN_CI else sample(triples_of(workspace.data), 12)
    logic = [t for t in triples_of(workspace.ontology) if t.predicate.value.startswith((RDF.iri, RDFS.iri, OWL.iri))]
    _assert_equals_owlrl(logic, data, close(workspace.ontology))


def _assert_equals_owlrl(ontology: list[Triple], data: list[Triple], schema: Schema) -> None:
    """owlrl also says that everything is a thing and the same as itself; those it alone may say."""
    graph = to_rdflib([*ontology, *data])
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    things = {str(s) for s in to_rdflib(data).subjects()}
    asserted = set(to_rdflib([*data, *ontology]))
    reference = {t for t in set(graph) - asserted if str(t[0]) in things and not _is_noise(t)}
    ours = set(to_rdflib(materialize(data, schema)))
    assert ours - set(graph) == set(), "sound"
    assert reference - ours == set(), "complete"


def _is_noise(t: tuple[rdflib.term.Node, ...]) -> bool:
    s, p, o = t
    same = (rdflib.OWL.sameAs, rdflib.OWL.equivalentClass, rdflib.OWL.equivalentProperty)
    return isinstance(s, rdflib.Literal) or o in (rdflib.OWL.Thing, rdflib.RDFS.Resource) or (p in same and s == o)
