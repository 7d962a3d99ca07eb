"""The compiled screen is silent only where pySHACL is: on the W3C suite, our examples, mutants and random graphs."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
import rdflib
import rdflib.util
from hypothesis import given
from hypothesis import strategies as st
from rdflib.namespace import RDF, SH

from publisher.build.screen.paths import Fact, Graph
from publisher.build.screen.screen import Screen, compile_shapes
from publisher.errors import ConfigError, SourceError
from publisher.rdf.interop import to_rdflib
from publisher.rdf.vocab import Term, plain
from publisher.validate.engines.reference import reference_report
from publisher.validate.engines.screening import fast_report
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.workspace.config import load_config
from publisher.workspace.sources import Workspace, read_workspace, triples_of
from tests.dataset.test_shapes import INVALID, STAGES, VALID, Stage, example, name_of, ontology, stage_of
from tests.validate.test_engine_agreement import (
    MF,
    MUTANTS,
    SHT,
    SUITE,
    Triples,
    complete,
    expected,
    load,
    mutant,
    shapes_of,
    suite_tests,
)
from tests.validate.test_mistakes import MISTAKES, _apply

# How many tests of the suite have a shape that the screen leaves to the reference.
LEFT_IN_SUITE: Final = 9
# Every so many mutants are compared in the slow way: pySHACL, and with what the rules infer.
SAMPLE: Final = 37


def facts(triples: Triples) -> list[Fact]:
    return [(str(t.subject), str(t.predicate), str(t.object)) for t in triples]


@functools.cache
def screen(stage: Stage) -> Screen:
    return compile_shapes(shapes_of(stage), ontology())


@functools.cache
def background() -> Graph:
    return Graph(facts(ontology()))


Flags = set[tuple[str, str]]
Engine = Callable[[Triples, Triples], Flags | None]


@dataclass(frozen=True)
class Owners:
    """Which shapes with targets a result may come from; below a value node the focus node is another than theirs."""

    direct: dict[str, set[str]]
    deep: dict[str, set[str]]


@functools.lru_cache(maxsize=8)
def owners(shapes: Triples) -> Owners:
    said = Graph(facts(shapes)).own
    tops = {s for s, p in said.items() if any("shacl#target" in name for name in p)}
    found = Owners({}, {})
    for top in tops:
        waiting: list[tuple[str, int]] = [(top, 0)]
        while waiting:
            shape, depth = waiting.pop()
            (found.deep if depth else found.direct).setdefault(shape, set()).add(top)
            below = depth or f"<{SH.path}>" in said.get(shape, {})
            waiting += [(each, int(below)) for each in said.get(shape, {}).get(f"<{SH.property}>", ())]
    return found


def named(shapes: Triples) -> Triples:
    """Give property shapes without a name one, by which a report can speak of them."""
    inner = {t.object for t in shapes if str(t.predicate) == f"<{SH.property}>" and isinstance(t.object, ox.BlankNode)}
    names: dict[object, Any] = {node: ox.NamedNode(f"x:{node.value}") for node in inner}
    return tuple(ox.Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object)) for t in shapes)


@functools.lru_cache(maxsize=4)
def graph_of(shapes: Triples) -> rdflib.Graph:
    return to_rdflib(shapes)


def results_of(report: rdflib.Graph) -> Flags:
    """Return (focus node, source shape). What ``sh:detail`` explains a result by is none."""
    nodes = report.objects(None, SH.result)
    return coarse((term(report.value(node, SH.focusNode)), term(report.value(node, SH.sourceShape))) for node in nodes)


def by_pyshacl(data: Triples, shapes: Triples) -> Flags | None:
    """Return what pySHACL reports, ``None`` when it stops."""
    try:
        return results_of(reference_report(to_rdflib(data), graph_of(shapes)))
    except Exception:  # noqa: BLE001 - it raises what it pleases
        return None


def by_pyshifty(data: Triples, shapes: Triples) -> Flags | None:
    try:
        return results_of(fast_report(data, shapes))
    except ValueError:
        return None


def missed(wanted: Flags, flags: Flags, shapes: Triples, left: Iterable[str]) -> Flags:
    """Return the results that no flag stands for, but for those of the shapes that are left."""
    owned, flagged_shapes, left = owners(shapes), {shape for _, shape in flags}, set(left)
    return {
        (focus, source)
        for focus, source in wanted
        for direct, deep in [(owned.direct.get(source, set()), owned.deep.get(source, set()))]
        if not (direct | deep) & left and not any((focus, top) in flags for top in direct) and not deep & flagged_shapes
    }


def unfounded(wanted: Flags, flags: Flags, shapes: Triples) -> Flags:
    """Return the flags that no result stands for."""
    owned = owners(shapes)
    exact = {(focus, top) for focus, source in wanted for top in owned.direct.get(source, ())}
    loose = {top for _, source in wanted for top in owned.deep.get(source, ())}
    return {(focus, top) for focus, top in flags if (focus, top) not in exact and top not in loose}


def term(node: rdflib.term.Node | None) -> str:
    assert node is not None
    triple = rdflib.Graph().add((rdflib.URIRef("x:s"), rdflib.URIRef("x:p"), node)).serialize(format="nt")
    return (
        "_:"
        if isinstance(node, rdflib.BNode)
        else str(next(iter(ox.parse(triple, format=ox.RdfFormat.N_TRIPLES))).object)
    )


def coarse(flags: Iterable[tuple[str, str]]) -> Flags:
    """Forget what a report does not keep: the labels of blank nodes, leading zeros."""
    return {(normal(node), shape) for node, shape in flags}


def normal(node: str) -> str:
    return term(rdflib.util.from_n3(node)) if node[0] == '"' else "_:" if node[0] == "_" else node  # type: ignore[arg-type]


def flagged_in(data: Triples, stage: Stage) -> Flags:
    return coarse(screen(stage).flagged(Graph(facts(data), background())))


def assert_nothing_missed(data: Triples, stage: Stage, engine: Engine) -> Flags:
    """Compare with an engine and return the false alarms; one that stops wants any flag at all."""
    found, wanted = flagged_in(data, stage), engine(data, shapes_of(stage))
    if wanted is None:
        assert found
        return set()
    assert not missed(wanted, found, shapes_of(stage), screen(stage).left)
    return unfounded(wanted, found, shapes_of(stage))


# --- the W3C suite -----------------------------------------------------------------------------------


def suite_parts(manifest: ShapesGraph, test: Term) -> tuple[Triples, Triples]:
    (action,) = manifest.objects(test, MF.action)
    data, shapes = (load(plain(manifest.objects(action, part)[0])) for part in (SHT.dataGraph, SHT.shapesGraph))
    return data.triples, shapes.triples


@pytest.mark.parametrize(("manifest", "test", "name"), list(suite_tests()))
def test_screen_agrees_with_the_w3c_suite(manifest: ShapesGraph, test: Term, name: str) -> None:
    data, shapes = suite_parts(manifest, test)
    compiled, wanted = compile_shapes(shapes, data), expected(manifest, test)
    if compiled.left:
        return
    assert wanted is not None, f"{name}: the shapes are ill-formed"
    assert bool(compiled.flagged(Graph(facts(data)))) == bool(wanted)


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C SHACL suite is not here; name its folder in W3C_SHACL_SUITE")
def test_few_tests_of_the_suite_are_left() -> None:
    left = set()
    for parameters in suite_tests():
        manifest, test, name = parameters.values  # type: ignore[attr-defined]
        data, shapes = suite_parts(manifest, test)
        compiled = compile_shapes(shapes, data)
        if compiled.left and name.startswith("core"):
            left.add(name)
    assert len(left) == LEFT_IN_SUITE, sorted(left)


# --- our shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_all_our_shapes_without_a_query_are_compiled(stage: Stage) -> None:
    with_query = {str(t.subject) for t in shapes_of(stage) if t.predicate == ox.NamedNode(str(SH.sparql))}
    assert set(screen(stage).left) == with_query


@pytest.mark.parametrize("stage", STAGES)
def test_this_dataset_conforms(stage: Stage, workspace: Workspace) -> None:
    assert not flagged_in(complete(tuple(triples_of(workspace.data)), stage), stage)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_valid_examples_conform(path: Path) -> None:
    for stage in STAGES:
        assert not flagged_in(complete(tuple(example(path)), stage), stage)


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_invalid_examples_are_flagged_where_another_engine_reports(path: Path) -> None:
    stage = stage_of(path)
    assert not assert_nothing_missed(complete(tuple(example(path)), stage), stage, by_pyshifty)


@pytest.mark.parametrize("seed", range(MUTANTS))
def test_no_mistake_of_a_mutant_is_missed(seed: int) -> None:
    assert_nothing_missed(complete(mutant(seed), "asserted"), "asserted", by_pyshifty)


@pytest.mark.parametrize("seed", range(0, MUTANTS, SAMPLE))
def test_no_mistake_of_a_mutant_is_missed_by_the_word_of_the_reference(seed: int) -> None:
    for stage in STAGES:
        assert_nothing_missed(complete(mutant(seed), stage), stage, by_pyshacl)


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_no_mistake_of_an_editor_is_missed(path: Path, small: Path) -> None:
    mistake = tomllib.loads(path.read_text(encoding="utf-8"))
    _apply(mistake, small)
    try:
        data = tuple(triples_of(read_workspace(load_config(small)).data))
    except (ConfigError, SourceError):
        return
    assert_nothing_missed((*data, *ontology()), "asserted", by_pyshifty)


# --- random graphs -----------------------------------------------------------------------------------

NAMES: Final = [f"<http://example.org/{name}>" for name in "abc"]
NODES: Final = [*NAMES, "_:d"]
VALUES: Final = [
    *("1", '"01"^^xsd:integer', "2.50", '"x"@en', '"X"@en', '"y"@en-gb', '"y"@fr', '"x"', '"7 b"', '""', "true"),
    *('"2018-11-19"^^xsd:date', '"2018-11-20"^^xsd:date', '"2018-11-20T10:00:00"^^xsd:dateTime', '"2018"^^xsd:gYear'),
]
PREDICATES: Final = [f"<http://example.org/{name}>" for name in "pqr"]
CLASSES: Final = [f"<http://example.org/{name}>" for name in "CDE"]
_ONCE: Final = (
    "in minLength maxLength minInclusive maxInclusive minExclusive maxExclusive datatype nodeKind languageIn pattern"
    " minCount maxCount uniqueLang closed"
)
ONCE: Final = _ONCE.split()
A: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

a_node, a_value = st.sampled_from(NODES), st.sampled_from(VALUES)
a_name, a_predicate, a_class = st.sampled_from(NAMES), st.sampled_from(PREDICATES), st.sampled_from(CLASSES)
random_facts = st.lists(
    st.one_of(
        st.tuples(a_node, a_predicate, st.one_of(a_node, a_value)),
        st.tuples(a_node, st.just(A), a_class),
    ),
    max_size=14,
    unique=True,
)


def lists_of(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=1, max_size=3).map(lambda found: f"( {' '.join(found)} )")


def some(name: str, items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return items.map(lambda item: f"sh:{name} {item}")


def any_of(names: str, items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names.split()), items).map(lambda pair: f"sh:{pair[0]} {pair[1]}")


random_path = st.recursive(
    a_predicate,
    lambda inner: st.one_of(
        a_predicate.map("[ sh:inversePath {} ]".format),
        st.builds("( {} {} )".format, inner, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
        st.builds("[ sh:{}Path {} ]".format, st.sampled_from(["zeroOrMore", "oneOrMore", "zeroOrOne"]), inner),
    ),
    max_leaves=3,
)
of_values = st.one_of(
    some("class", a_class),
    some("hasValue", st.one_of(a_name, a_value)),
    some("in", lists_of(st.one_of(a_name, a_value))),
    any_of("equals disjoint", a_predicate),
    any_of("minLength maxLength", st.integers(1, 4).map(str)),
    any_of("minInclusive maxInclusive minExclusive maxExclusive", st.sampled_from(["1", "2", VALUES[-4]])),
    any_of("datatype", st.sampled_from(["rdf:langString", "xsd:string", "xsd:integer", "xsd:date", "xsd:boolean"])),
    any_of(
        "nodeKind", st.sampled_from(["sh:IRI", "sh:Literal", "sh:BlankNode", "sh:IRIOrLiteral", "sh:BlankNodeOrIRI"])
    ),
    some("languageIn", lists_of(st.sampled_from(['"en"', '"EN-GB"', '"fr"']))),
    some("pattern", st.sampled_from(['"^[a-y]$"', '"^http://"', '"[0-9]"'])),
)
of_sets = st.one_of(
    any_of("minCount maxCount", st.integers(0, 2).map(str)),
    any_of("lessThan lessThanOrEquals", a_predicate),
    any_of("uniqueLang", st.sampled_from(["true", "false"])),
)


def joined(parts: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    """Join constraints; of those that a shape can have once, only the last is kept."""

    def join(found: list[str]) -> str:
        names = [part.split()[0] for part in found]
        keys = [name if name.removeprefix("sh:") in ONCE else f"{at}" for at, name in enumerate(names)]
        return " ; ".join(dict(zip(keys, found, strict=True)).values())

    return st.lists(parts, min_size=1, max_size=most).map(join)


def a_property(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("[ sh:path {} ; {} ]".format, random_path, parts)


def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return what has shapes within it."""
    shape = st.one_of(inner.map("[ {} ]".format), a_property(inner), a_property(of_sets))
    count = st.integers(0, 2)
    qualified = "[ sh:path {} ; sh:qualifiedValueShape {} ; {} ]".format
    counts = st.one_of(
        count.map("sh:qualifiedMinCount {}".format),
        count.map("sh:qualifiedMaxCount {}".format),
        st.just("sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1"),
        st.just("sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true"),
    )
    return st.one_of(
        any_of("and or xone", lists_of(shape)),
        any_of("not node", shape),
        any_of("not", st.builds("[ sh:deactivated true ; {} ]".format, inner)),
        some("property", a_property(joined(st.one_of(inner, of_sets), 3))),
        some("property", st.builds(qualified, random_path, shape, counts)),
        st.builds(
            "sh:closed {} ; sh:ignoredProperties {} ; sh:property {}".format,
            st.sampled_from(["true", "true", "false"]),
            lists_of(st.sampled_from([A, *PREDICATES])),
            a_property(of_sets),
        ),
    )


random_part = around(st.recursive(of_values, around, max_leaves=4))
random_target = st.one_of(
    some("targetClass", a_class),
    any_of("targetSubjectsOf targetObjectsOf", a_predicate),
    some("targetNode", st.one_of(a_name, a_value)),
)
random_shape = st.builds(
    "<http://example.org/shape> a sh:NodeShape ; {} ; {} ; sh:deactivated {} .".format,
    random_target,
    joined(st.one_of(random_part, of_values), 3),
    st.sampled_from(["false"] * 9 + ["true"]),
)
HEAD: Final = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""


def read(text: str) -> Triples:
    return tuple(quad.triple for quad in ox.parse(HEAD + text, format=ox.RdfFormat.TURTLE))


def as_triples(found: list[Fact]) -> Triples:
    return read("\n".join(" ".join(fact) + " ." for fact in found))


def assert_agreement(found: list[Fact], text: str, engine: Engine) -> None:
    """Compare (focus node, shape) with an engine; where the order of values is unsure, false alarms are right."""
    hierarchy = as_triples([(CLASSES[1], "<http://www.w3.org/2000/01/rdf-schema#subClassOf>", CLASSES[0])])
    data, shapes = as_triples(found), named(read(text))
    compiled = compile_shapes(shapes, hierarchy)
    assert bool(compiled.left) == ("ValueShapesDisjoint" in text)
    flags = coarse(compiled.flagged(Graph(facts(data), Graph(facts(hierarchy)))))
    wanted = engine((*data, *hierarchy), shapes)
    if wanted is None or compiled.left:
        return
    assert not missed(wanted, flags, shapes, ())
    if not re.search("Inclusive|Exclusive|lessThan", text):
        assert not unfounded(wanted, flags, shapes)


@given(random_facts, random_shape)
def test_random_shapes_agree_with_the_reference(found: list[Fact], text: str) -> None:
    assert_agreement(found, text, by_pyshacl)


@given(random_facts, random_shape)
def test_random_shapes_agree_with_the_fast_engine(found: list[Fact], text: str) -> None:
    assert_agreement(found, text, by_pyshifty)


@given(random_facts, random_facts, random_shape)
def test_a_background_changes_nothing(own: list[Fact], shared: list[Fact], text: str) -> None:
    own, shared = facts(as_triples(own)), facts(as_triples(shared))
    compiled = compile_shapes(read(text), ())
    whole = set(compiled.flagged(Graph([*own, *shared])))
    split = set(compiled.flagged(Graph(own, Graph(shared))))
    subjects = {s for s, _, _ in own}
    of_own = {flag for flag in whole if flag[0] in subjects}
    assert of_own >= {flag for flag in split if flag[0] in subjects}
    if "targetObjectsOf" not in text:  # an object of the background's facts alone is none of the small graph's
        assert of_own == {flag for flag in split if flag[0] in subjects}


only_types = st.lists(st.tuples(a_node, st.just(A), a_class), min_size=1, max_size=5)


@given(random_facts, st.one_of(random_facts, only_types), random_shape)
def test_what_is_settled_need_not_be_looked_at_again(found: list[Fact], more: list[Fact], text: str) -> None:
    compiled = compile_shapes(read(text), ())
    before = Graph(facts(as_triples(found)))
    after = before.grown(facts(as_triples(more)))
    settled = compiled.settled(compiled, frozenset(p for _, p, _ in after.facts[len(before.facts) :]))
    again = set(compiled.flagged(after, before, settled))
    whole = set(compiled.flagged(after))
    assert again <= whole <= again | set(compiled.flagged(before))
    assert whole == set(compiled.flagged(Graph(after.facts)))


def test_most_of_our_shapes_are_settled_when_only_types_are_inferred() -> None:
    settled = screen("derived").settled(screen("asserted"), frozenset([A]))
    assert len(settled) > len(screen("derived").settled(screen("derived"), frozenset())) / 2
    assert not screen("derived").settled(screen("asserted"), frozenset(OUR_PREDICATES))


# --- what is left, and what is unsure ----------------------------------------------------------------

S: Final = "<http://example.org/s> a sh:NodeShape ; sh:targetNode <http://example.org/a> "
P: Final = "sh:property [ sh:path <http://example.org/p> ; "


@pytest.mark.parametrize(
    "text",
    [
        "; sh:nodeKind sh:IRI . <x:g> sh:entailment <http://www.w3.org/ns/entailment/RDFS> .",
        "; sh:nodeKind sh:IRI . <x:c> a sh:ConstraintComponent .",
        '; sh:sparql [ sh:select "SELECT $this WHERE { $this a $this }" ] .',
        "; sh:node <http://example.org/s> .",
        "; sh:not [ sh:node <http://example.org/s> ] .",
        "; sh:node <x:nothing> .",
        '; sh:pattern "(?i)a" .',
        '; sh:pattern "a++" .',
        '; sh:pattern "[a-c-[b]]" .',
        '; sh:pattern "a{,2}" .',
        '; sh:pattern "a" ; sh:flags "i" .',
        "; sh:nodeKind sh:IRIOrNothing .",
        '; sh:languageIn ( "*" ) .',
        "; sh:minCount 1 .",
        "; sh:class [] .",
        '; sh:deactivated "1"^^xsd:boolean .',
        "; sh:expression true .",
        "; sh:target [] .",
        "; sh:in <x:nothing> .",
        "; sh:targetClass [] ; sh:nodeKind sh:IRI .",
        "; a <x:Kind> ; sh:nodeKind sh:IRI .",
        "; sh:minInclusive 1e0 .",
        f"; {P} sh:minCount 1 , 2 ] .",
        f"; {P} sh:minCount +1 ] .",
        f"; {P} sh:minCount xsd:integer ] .",
        f'; {P} sh:minCount "1"^^xsd:int ] .',
        f"; {P} sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ] .",
        f'; {P} sh:uniqueLang "1"^^xsd:boolean ] .',
        "; sh:property [ sh:nodeKind sh:IRI ] .",
        "; sh:property [ sh:path [ sh:inversePath ( <x:p> <x:q> ) ] ; sh:minCount 1 ] .",
        "; sh:property [ sh:path ( <x:p> ) ; sh:minCount 1 ] .",
    ],
)
def test_what_is_not_understood_is_left(text: str) -> None:
    assert compile_shapes(read(S + text), ()).left == ("<http://example.org/s>",)


@pytest.mark.parametrize(
    ("constraint", "value"),
    [
        ("sh:datatype xsd:date", '"2018-02-30"^^xsd:date'),
        ("sh:datatype xsd:date", '"2018-11-19Z"^^xsd:date'),
        ("sh:datatype xsd:dateTime", '"2018-11-19T24:00:00"^^xsd:dateTime'),
        ("sh:datatype xsd:integer", '"1.5"^^xsd:integer'),
        ("sh:datatype xsd:integer", '"1x"^^xsd:integer'),
        ("sh:datatype rdf:XMLLiteral", '"<a>"^^rdf:XMLLiteral'),
        ("sh:datatype xsd:anyURI", '"x:y"^^xsd:anyURI'),
        ('sh:minInclusive "2018-11-19"^^xsd:date', '"2018-11-20T10:00:00"^^xsd:dateTime'),
        ('sh:maxInclusive "2018-11-19"^^xsd:date', '"2018-11-18Z"^^xsd:date'),
        ("sh:minInclusive 1", '"b"'),
        ("sh:minInclusive 1", "<http://example.org/b>"),
        ("sh:minInclusive 1", "2e0"),
        ('sh:pattern "a$"', '"a\\n"'),
        ('sh:pattern "^.$"', '"\\u2028"'),
        ("sh:lessThan <http://example.org/p>", '"b"'),
    ],
)
def test_what_is_unsure_is_flagged_below_a_negation_too(constraint: str, value: str) -> None:
    property_shape = f"[ sh:path <http://example.org/p> ; {constraint} ]"
    data = Graph(facts(read(f"<http://example.org/a> <http://example.org/p> {value} .")))
    for place in ("sh:property", "sh:not"):
        compiled = compile_shapes(read(f"{S} ; {place} {property_shape} ."), ())
        assert not compiled.left
        assert compiled.flagged(data) == [("<http://example.org/a>", "<http://example.org/s>")]


@pytest.mark.parametrize(
    ("constraint", "right", "wrong"),
    [
        ("sh:minInclusive 2", "2.0", "1.9"),
        ("sh:maxInclusive 2", "2.0", "2.1"),
        ("sh:minExclusive 2", "2.1", "2.0"),
        ("sh:maxExclusive 2", "1.9", "2.0"),
        ('sh:maxExclusive "2018-11-20"^^xsd:date', '"2018-11-19"^^xsd:date', '"2018-11-20"^^xsd:date'),
        ("sh:minLength 2", '"éé"', '"é"'),
        ("sh:maxLength 2", "12", "123"),
        ('sh:languageIn ( "en" )', '"x"@en-GB', '"x"@eng'),
        ("sh:in ( 1 2 )", "2", "3"),
        ("sh:datatype xsd:string", '"x"', '"x"@en'),
        ("sh:datatype rdf:langString", '"x"@en', '"x"'),
        ("sh:nodeKind sh:BlankNodeOrLiteral", "[]", "<x:y>"),
        ("sh:maxCount 2", "1, 2", "1, 2, 3"),
        ("sh:uniqueLang true", '"x"@en, "y"@fr', '"x"@en, "y"@en'),
        ("sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMaxCount 1", "<x:y>, 1, 2", "<x:y>, <x:z>, 1"),
    ],
)
def test_bounds_are_exact(constraint: str, right: str, wrong: str) -> None:
    compiled = compile_shapes(read(f"{S} ; {P} {constraint} ] ."), ())
    for value, is_right in ((right, True), (wrong, False), (f"{right}, {wrong}", False)):
        data = Graph(facts(read(f"<http://example.org/a> <http://example.org/p> {value} .")))
        assert bool(compiled.flagged(data)) != is_right


@pytest.mark.parametrize(
    ("constraint", "is_right"),
    [
        ("sh:minCount 0", True),
        ("sh:minCount 1", False),
        ("sh:maxCount 0", True),
        ("sh:hasValue 1", False),
        ("sh:equals <http://example.org/q>", False),
        ("sh:equals <http://example.org/r>", True),
        ("sh:disjoint <http://example.org/q>", True),
        ("sh:lessThan <http://example.org/q>", True),
        ("sh:uniqueLang true", True),
        ("sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 1", False),
        ("sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMaxCount 0", True),
    ],
)
def test_what_is_absent_can_be_wrong(constraint: str, *, is_right: bool) -> None:
    compiled = compile_shapes(read(f"{S} ; {P} {constraint} ] ."), ())
    data = Graph([(NAMES[0], PREDICATES[1], NAMES[1])])
    assert bool(compiled.flagged(data)) != is_right


@pytest.mark.parametrize(
    "constraint",
    ["sh:disjoint <http://example.org/q>", "sh:equals <http://example.org/q>", "sh:lessThan <http://example.org/q>"],
)
def test_every_value_is_compared_with_every_other(constraint: str) -> None:
    compiled = compile_shapes(read(f"{S} ; {P} {constraint} ] ."), ())
    for one, other in (("1, 7", "7, 8"), ("7, 1", "8, 7")):
        text = f"<http://example.org/a> <http://example.org/p> {one} ; <http://example.org/q> {other} ."
        assert compiled.flagged(Graph(facts(read(text))))


def test_languages_are_one_whatever_their_case() -> None:
    compiled = compile_shapes(read(f"{S} ; {P} sh:uniqueLang true ] ."), ())
    assert compiled.flagged(Graph([(NAMES[0], PREDICATES[0], '"x"@en'), (NAMES[0], PREDICATES[0], '"y"@EN')]))


def test_an_implicit_class_is_a_target() -> None:
    compiled = compile_shapes(
        read(f"{CLASSES[0]} a sh:NodeShape, <http://www.w3.org/2000/01/rdf-schema#Class> ; {P} sh:minCount 1 ] ."), ()
    )
    assert compiled.flagged(Graph([(NAMES[0], A, CLASSES[0])])) == [(NAMES[0], CLASSES[0])]


def test_a_hierarchy_that_the_ontology_has_not_is_flagged() -> None:
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    compiled = compile_shapes(read(f"{S} ; sh:nodeKind sh:IRI ."), as_triples([(CLASSES[1], below, CLASSES[0])]))
    known, new = (CLASSES[1], below, CLASSES[0]), (CLASSES[2], below, CLASSES[0])
    assert not compiled.flagged(Graph([known]))
    assert compiled.flagged(Graph([known, new]))
    assert compiled.flagged(Graph([known], Graph([new])))


def test_a_hierarchy_is_followed_to_its_end() -> None:
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    hierarchy = [(CLASSES[1], below, CLASSES[0]), (CLASSES[2], below, CLASSES[1])]
    compiled = compile_shapes(
        read(f"<x:s> a sh:NodeShape ; sh:targetClass {CLASSES[0]} ; {P} sh:minCount 1 ] ."), as_triples(hierarchy)
    )
    assert compiled.flagged(Graph([(NAMES[0], A, CLASSES[2])], Graph(hierarchy))) == [(NAMES[0], "<x:s>")]


def test_a_background_is_seen_from_the_other_end_too() -> None:
    inverse = "sh:property [ sh:path [ sh:inversePath <http://example.org/p> ] ; sh:maxCount 1 ]"
    compiled = compile_shapes(read(f"{S} ; {inverse} ."), ())
    own, shared = (NODES[1], PREDICATES[0], NODES[0]), (NODES[2], PREDICATES[0], NODES[0])
    assert not compiled.flagged(Graph([own], Graph([own])))
    assert compiled.flagged(Graph([own], Graph([shared])))


# --- our shapes on random graphs ---------------------------------------------------------------------


def our_terms(name: str) -> list[str]:
    """Return what our shapes have as the value of a parameter, with the members of lists."""
    found = {str(t.object) for t in shapes_of("derived") + shapes_of("asserted") if str(t.predicate) == f"<{name}>"}
    return sorted(term for term in found if term[0] == "<")


OUR_PREDICATES: Final = [A, *our_terms(str(SH.path)), *our_terms(str(SH.targetSubjectsOf))]
OUR_CLASSES: Final = sorted({*our_terms(str(SH.targetClass)), *our_terms(str(SH["class"]))})
OUR_VALUES: Final = sorted({*our_terms(str(SH.hasValue)), *our_terms(str(RDF.first))})
EDTF: Final = '"2018-11"^^<http://id.loc.gov/datatypes/edtf/EDTF-level1>'

our_facts = st.lists(
    st.one_of(
        st.tuples(a_node, st.just(A), st.sampled_from(OUR_CLASSES)),
        st.tuples(
            a_node,
            st.sampled_from(OUR_PREDICATES),
            st.one_of(a_node, a_value, st.just(EDTF), st.sampled_from([*OUR_CLASSES, *OUR_VALUES])),
        ),
    ),
    min_size=1,
    max_size=30,
    unique=True,
)


@given(our_facts, st.sampled_from(STAGES))
def test_our_shapes_miss_nothing_in_random_graphs(found: list[Fact], stage: Stage) -> None:
    assert_nothing_missed((*as_triples(found), *ontology()), stage, by_pyshifty)


@given(st.lists(st.integers(0, 10 * MUTANTS), min_size=2, max_size=8))
def test_many_mistakes_at_once_hide_none(seeds: list[int]) -> None:
    data = tuple(dict.fromkeys(triple for seed in seeds for triple in mutant(seed)))
    assert_nothing_missed((*data, *ontology()), "asserted", by_pyshifty)
