from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.infer.tracing import near_misses, trace, without_conditions
from publisher.rdf.terms import triple_text
from publisher.workspace.sources import Rule, Workspace

PREFIXES = {"e": "http://e/"}
DATA = """PREFIX e: <http://e/>
e:t a e:Tenure ; e:holder e:ann ; e:office e:mayor .
e:u a e:Tenure ; e:holder e:bob ; e:office e:mayor ; e:end 2018 .
[] e:knows e:ann , e:bob .
e:x e:in e:y . e:y e:in e:z .
"""


def _store() -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in ox.parse(DATA, format=ox.RdfFormat.TURTLE))
    return store


def _rule(text: str) -> Rule:
    return Rule(Path("r.rq"), f"PREFIX e: <http://e/> # CONSTRUCT {{ no }}\n{text}")


def _solutions(text: str) -> list[tuple[list[str], list[str]]]:
    traced = trace(_rule(text))
    assert traced
    found = [
        ([triple_text(t, PREFIXES) for t in heads], sorted(triple_text(t, PREFIXES) for t in premises))
        for heads, premises in traced.solutions(_store())
    ]
    return sorted(found)


@pytest.mark.parametrize(
    ("text", "heads", "premises"),
    [
        (
            "CONSTRUCT { ?p e:holds ?o } WHERE { ?t e:holder ?p ; e:office ?o FILTER NOT EXISTS { ?t e:end ?end } }",
            ["e:ann e:holds e:mayor"],
            ["e:t e:holder e:ann", "e:t e:office e:mayor"],
        ),
        (
            "CONSTRUCT { ?p e:holds ?o } WHERE { ?t e:holder ?p ; e:office ?o MINUS { ?t e:end ?end } }",
            ["e:ann e:holds e:mayor"],
            ["e:t e:holder e:ann", "e:t e:office e:mayor"],
        ),
        (
            "CONSTRUCT { ?p e:left ?end } WHERE { ?t e:holder ?p . { ?t e:end ?end } UNION { ?t e:until ?end } }",
            ['e:bob e:left "2018"^^<http://www.w3.org/2001/XMLSchema#integer>'],
            ['e:u e:end "2018"^^<http://www.w3.org/2001/XMLSchema#integer>', "e:u e:holder e:bob"],
        ),
        (
            "CONSTRUCT { ?p e:was e:official } WHERE { ?p ^e:holder/e:end ?end }",
            ["e:bob e:was e:official"],
            ['e:u e:end "2018"^^<http://www.w3.org/2001/XMLSchema#integer>', "e:u e:holder e:bob"],
        ),
        (
            "CONSTRUCT { ?p e:was e:official } WHERE { ?p e:in ?q FILTER EXISTS { ?q e:in ?r } }",
            ["e:x e:was e:official"],
            ["e:x e:in e:y", "e:y e:in e:z"],
        ),
        (
            "CONSTRUCT { ?p e:was e:official } WHERE { [] e:holder ?p ; e:end ?end }",
            ["e:bob e:was e:official"],
            ['e:u e:end "2018"^^<http://www.w3.org/2001/XMLSchema#integer>', "e:u e:holder e:bob"],
        ),
        (
            "CONSTRUCT { ?p e:far ?q } WHERE { ?p e:in+ ?q . ?q e:in e:z }",
            ["e:x e:far e:y"],
            ["e:y e:in e:z"],
        ),
        ("CONSTRUCT WHERE { ?p e:end ?end }", *[['e:u e:end "2018"^^<http://www.w3.org/2001/XMLSchema#integer>']] * 2),
    ],
    ids=["not-exists", "minus", "union", "path", "exists", "blank", "long-path", "short-form"],
)
def test_premises_are_the_triples_that_matched(text: str, heads: list[str], premises: list[str]) -> None:
    assert (heads, premises) in _solutions(text)


def test_an_optional_that_did_not_match_is_no_premise() -> None:
    solutions = _solutions(
        "CONSTRUCT { ?p e:holds ?o } WHERE { ?t e:holder ?p ; e:office ?o OPTIONAL { ?t e:end ?end } }"
    )
    assert [len(premises) for _, premises in solutions] == [2, 3]


def test_a_rule_with_aggregates_has_no_trace() -> None:
    assert trace(_rule("CONSTRUCT { ?p e:n ?n } WHERE { ?t e:holder ?p } GROUP BY ?p")) is None


def test_conditions_of_inner_groups_stay() -> None:
    select = "SELECT * WHERE { ?a ?b ?c FILTER(?b != (?c)) { ?a ?d ?e FILTER(?e) } FILTER NOT EXISTS { ?a ?f ?g } }"
    bare, conditions = without_conditions(select)
    assert conditions == ("FILTER(?b != (?c))", "FILTER NOT EXISTS { ?a ?f ?g }")
    assert bare.split() == [
        "SELECT",
        "*",
        "WHERE",
        "{",
        "?a",
        "?b",
        "?c",
        "{",
        "?a",
        "?d",
        "?e",
        "FILTER(?e)",
        "}",
        "}",
    ]


def test_the_condition_that_failed_is_named_with_its_values() -> None:
    rule = _rule(
        "CONSTRUCT { ?p e:holds ?o } WHERE { ?t e:holder ?p ; e:office ?o FILTER NOT EXISTS { ?t e:end ?end } }"
    )
    traced = trace(rule)
    assert traced
    e = PREFIXES["e"]
    triple = ox.Triple(ox.NamedNode(e + "bob"), ox.NamedNode(e + "holds"), ox.NamedNode(e + "mayor"))
    (miss,) = near_misses(rule, traced, triple, _store())
    assert miss.condition == "FILTER NOT EXISTS { ?t e:end ?end }"
    assert {name: str(value) for name, value in miss.values} == {
        "t": "<http://e/u>",
        "end": '"2018"^^<http://www.w3.org/2001/XMLSchema#integer>',
    }
    assert len(miss.premises) == 2


def test_each_rule_of_this_dataset_has_a_trace(workspace: Workspace) -> None:
    assert workspace.rules
    for rule in workspace.rules:
        assert trace(rule), rule.path.name
