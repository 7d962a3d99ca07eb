"""Which terms of OWL are applied, checked or have no effect."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox
import pytest
import rdflib

from publisher.infer.axioms import NOT_APPLIED, SILENT, is_axiom, unapplied

PREFIXES = (
    "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX : <urn:> "
)

# Entailed triple by triple (OWL 2 RL/RDF), between classes and properties that have names.
APPLIED = frozenset({"equivalentClass", "equivalentProperty", "inverseOf", "SymmetricProperty", "TransitiveProperty"})
# A contradiction in the data is a finding: see ``publisher.workspace.consistency``.
CHECKED = frozenset(
    {
        *("disjointWith", "AllDisjointClasses", "members", "complementOf", "Nothing"),
        *("IrreflexiveProperty", "AsymmetricProperty", "propertyDisjointWith", "AllDisjointProperties"),
        *("NegativePropertyAssertion", "sourceIndividual", "assertionProperty", "targetIndividual", "targetValue"),
    }
)


def _triples(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(f"{PREFIXES}{turtle} .", format=ox.RdfFormat.TURTLE)]


def test_each_term_of_owl_is_in_one_of_the_sets() -> None:
    terms = Counter((*APPLIED, *CHECKED, *NOT_APPLIED, *SILENT))
    assert [term for term, count in terms.items() if count > 1] == []
    assert set(rdflib.OWL.__annotations__) - {"_NS"} <= set(terms)


@pytest.mark.parametrize(
    ("axiom", "terms"),
    [
        (":p owl:propertyChainAxiom ( :q :r )", ["propertyChainAxiom"]),
        (":C owl:hasKey ( :p )", ["hasKey"]),
        (":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :D ]", ["someValuesFrom"]),
        (":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 1 ]", ["maxCardinality"]),
        (":C rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 00 ]", []),
        (":p a owl:FunctionalProperty , owl:ObjectProperty", ["FunctionalProperty"]),
        (":p rdfs:range [ a owl:Class ; owl:unionOf ( :C :D ) ]", ["unionOf"]),
        ("[] owl:inverseOf :p", ["inverseOf of an anonymous property"]),
        (":p owl:inverseOf :q ; a owl:TransitiveProperty . :C owl:disjointWith :D", []),
        (":p a owl:Class ; owl:deprecated true ; owl:versionInfo '1'", []),
        (":o owl:imports :other", ["imports"]),
        (":o owl:imports :read", []),
    ],
)
def test_what_has_no_effect_on_the_data(axiom: str, terms: list[str]) -> None:
    read = {ox.NamedNode("urn:read")}
    assert [term for _, term, _ in unapplied(_triples(axiom), read)] == terms


@pytest.mark.parametrize(
    ("triple", "expected"),
    [
        (":a rdfs:subClassOf :b", True),
        (":a owl:disjointWith :b", True),
        (":a a owl:Restriction", True),
        (":a a owl:ObjectProperty", True),
        (":a owl:onProperty :p", True),
        (":a owl:deprecated true", False),
        (":a a owl:NamedIndividual", False),
        (":a rdfs:label 'a'", False),
        (":a a :Class", False),
    ],
)
def test_axioms_are_told_from_facts(triple: str, expected: bool) -> None:
    (t,) = _triples(triple)
    assert is_axiom(t) == expected
