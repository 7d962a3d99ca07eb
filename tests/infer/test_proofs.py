from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Triple

from publisher.errors import SourceError
from publisher.infer.materialization import materialize, saturate
from publisher.infer.proofs import ASSERTED, ONTOLOGY, Derivations, Step
from publisher.infer.schema import Schema, close
from publisher.rdf.ntriples import from_ntriples, to_ntriples
from publisher.rdf.vocab import RDF
from publisher.workspace.sources import Rule, Source, Workspace, triples_of
from tests.infer.test_materialization import _FACTS, _e, _rule, _source, _triples
from tests.infer.test_materialization import ONTOLOGY as SMALL

EMPTY = Schema({}, {}, {}, {}, {}, frozenset(), ())


def why(triple: Triple, data: list[Triple], schema: Schema, rules: tuple[Rule, ...] = ()) -> tuple[Step, ...]:
    return Derivations(data, schema, rules).why(triple)


def _shown(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    def name(triple: Triple) -> str:
        terms = (triple.subject, triple.predicate, triple.object)
        return " ".join(str(term).strip("<>").replace("#", "/").rsplit("/", 1)[-1] for term in terms)

    return [(name(step.triple), step.rule) for step in steps]


@pytest.fixture(scope="module")
def schema() -> Schema:
    return close((_source(SMALL),))


@pytest.mark.parametrize(
    ("data", "asked", "shown"),
    [
        ("e:rex a e:Dog .", ("rex", "a", "Dog"), [("rex type Dog", ASSERTED)]),
        (
            "e:rex a e:Dog .",
            ("rex", "a", "Being"),
            [
                ("rex type Being", "cax-sco"),
                ("rex type Animal", "cax-sco"),
                ("rex type Dog", ASSERTED),
                ("Dog subClassOf Animal", ASSERTED),
                ("Animal subClassOf Being", ASSERTED),
            ],
        ),
        (
            "e:rex e:hasPuppy e:tim . e:tim e:name 'Tim' .",
            ("tim", "a", "Dog"),
            [
                ("tim type Dog", "prp-rng"),
                ("rex hasPuppy tim", ASSERTED),
                ("hasPuppy range Dog", ASSERTED),
            ],
        ),
        (
            "e:a1 e:hasParent e:b . e:b a e:Dog .",
            ("b", "hasChild", "a1"),
            [
                ("b hasChild a1", "prp-inv2"),
                ("a1 hasParent b", ASSERTED),
                ("hasChild inverseOf hasParent", ASSERTED),
            ],
        ),
        (
            "e:a1 e:hasDescendant e:b . e:b e:hasDescendant e:c .",
            ("a1", "hasDescendant", "c"),
            [
                ("a1 hasDescendant c", "prp-trp"),
                ("a1 hasDescendant b", ASSERTED),
                ("b hasDescendant c", ASSERTED),
                ("hasDescendant type TransitiveProperty", ASSERTED),
            ],
        ),
        (
            "e:rex e:knows e:tim . e:tim a e:Dog .",
            ("tim", "knows", "rex"),
            [
                ("tim knows rex", "prp-symp"),
                ("rex knows tim", ASSERTED),
                ("knows type SymmetricProperty", ASSERTED),
            ],
        ),
        ("e:rex a e:Dog .", ("tim", "a", "Dog"), []),
    ],
)
def test_a_derivation_names_rules_and_axioms(
    schema: Schema, data: str, asked: tuple[str, str, str], shown: list[tuple[str, str]]
) -> None:
    assert _shown(why(_e(*asked), _triples(data), schema)) == shown


def test_the_smallest_of_several_derivations_whatever_the_order(schema: Schema) -> None:
    data = _triples("e:rex a e:Dog ; e:knows e:tim . e:ann e:knows e:rex .")
    told = {why(_e("rex", "a", "Animal"), order, schema) for order in (data, data[::-1])}
    assert [_shown(steps)[0] for steps in told] == [("rex type Animal", "cax-sco")]
    assert {len(steps) for steps in told} == {3}


def test_a_rule_is_named_by_its_file_with_its_premises(schema: Schema) -> None:
    rule = _rule("CONSTRUCT { ?a e:likes ?b } WHERE { ?a e:hasChild ?b FILTER NOT EXISTS { ?b e:hates ?a } }")
    steps = why(_e("rex", "likes", "tim"), _triples("e:rex e:hasPuppy e:tim ."), schema, (rule,))
    assert _shown(steps) == [
        ("rex likes tim", "r.rq"),
        ("rex hasChild tim", "prp-spo1"),
        ("rex hasPuppy tim", ASSERTED),
        ("hasPuppy subPropertyOf hasChild", ASSERTED),
    ]


def test_a_rule_that_later_triples_would_block_was_still_applied(schema: Schema) -> None:
    rule = _rule("CONSTRUCT { ?a e:x ?b } WHERE { ?a e:name ?b FILTER NOT EXISTS { ?a e:x ?c } }")
    (step, leaf) = why(
        Triple(NamedNode("http://e/rex"), NamedNode("http://e/x"), _triples("e:rex e:name 'R' .")[0].object),
        _triples("e:rex e:name 'R' ."),
        schema,
        (rule,),
    )
    assert (step.rule, leaf.rule) == ("r.rq", ASSERTED)


def test_a_rule_without_a_trace_is_still_named(schema: Schema) -> None:
    rule = _rule("CONSTRUCT { ?a e:likes ?b } WHERE { ?a e:hasChild ?b FILTER(!isTriple(?b)) }")  # of SPARQL 1.2
    steps = why(_e("rex", "likes", "tim"), _triples("e:rex e:hasChild e:tim ."), schema, (rule,))
    assert steps == (Step(_e("rex", "likes", "tim"), "r.rq"),)


def test_a_derived_axiom_follows_from_the_ontology() -> None:
    schema = close((_source("e:A a owl:Class ; owl:equivalentClass e:B . e:B a owl:Class ."),))
    steps = why(_e("x", "a", "B"), _triples("e:x a e:A ."), schema)
    assert _shown(steps)[-1] == ("A subClassOf B", ONTOLOGY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT * WHERE { ?a e:p ?b }", r"r\.rq: not a CONSTRUCT query"),
    ],
    ids=["form"],
)
def test_a_bad_rule_is_named(schema: Schema, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        Derivations(_triples("e:rex a e:Dog ."), schema, (_rule(text),))


@given(facts=st.lists(_FACTS, min_size=1, max_size=6))
def test_every_derivation_ends_in_asserted_triples(schema: Schema, facts: list[tuple[str, str, str]]) -> None:
    data = [_e(*fact) for fact in facts]
    made = Derivations(data, schema)
    for triple in materialize(data, schema):
        _assert_ends_in(made.why(triple), {*data, *from_ntriples(schema.axioms)})


def _assert_ends_in(steps: tuple[Step, ...], written: set[Triple]) -> None:
    """Every premise has its step, every leaf is written, and no triple stands on itself."""
    by_triple = {step.triple: step for step in steps}
    below: dict[Triple, bool] = {}

    def grounded(triple: Triple) -> bool:
        if triple not in below:
            below[triple] = False  # in the making: whoever meets it again goes round in a circle
            step = by_triple[triple]
            below[triple] = all(map(grounded, step.premises)) if step.premises else triple in written
        return below[triple]

    assert steps
    assert grounded(steps[0].triple), steps
    assert len(by_triple) == len(steps)


def test_every_inferred_triple_of_this_dataset_is_derived_step_by_step(workspace: Workspace) -> None:
    schema, data = close(workspace.ontology), triples_of(workspace.data)
    made = Derivations(data, schema, workspace.rules)
    inferred = materialize(data, schema, workspace.rules)
    assert len(inferred) > 1000
    written = {*data, *from_ntriples(schema.axioms)}
    steps: set[Step] = set()
    for triple in inferred:
        told = made.why(triple)
        _assert_ends_in(told, written)
        steps.update(step for step in told if step.premises)
    assert {step.rule for step in steps} >= {"cax-sco", "prp-spo1", *(rule.path.name for rule in workspace.rules)}
    _assert_each_rederives(steps, {rule.path.name: rule for rule in workspace.rules})


def _assert_each_rederives(steps: set[Step], rules: dict[str, Rule]) -> None:
    """A rule leads from the premises of its step alone, and one axiom alone from those of all its steps."""
    by_axiom: dict[Triple, list[Step]] = defaultdict(list)
    for step in steps:
        if step.rule in rules:
            derived = set(from_ntriples(saturate(set(to_ntriples(step.premises)), EMPTY, (rules[step.rule],))))
            assert step.triple in derived, step
        else:
            by_axiom[step.premises[-1]].append(step)
    for axiom, ours in by_axiom.items():
        schema = close((Source(Path("axiom.ttl"), "http://e/graph", (axiom,)),))
        derived = set(from_ntriples(saturate(set(to_ntriples(step.premises[0] for step in ours)), schema, ())))
        assert {step.triple for step in ours} <= derived, axiom


def test_asserted_triples_of_the_ontology_are_known_too(workspace: Workspace) -> None:
    schema = close(workspace.ontology)
    axiom = min((t for t in from_ntriples(schema.axioms) if t.predicate == RDF.type), key=str)
    assert why(axiom, [], schema) == (Step(axiom, ASSERTED),)
