"""The compiled screen is silent only where pySHACL is: on the W3C suite, our examples, mutants and random graphs."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import SH

from publisher import shacl
from publisher.screen import Screen, compile_shapes
from publisher.screen_paths import Fact, Graph
from publisher.sources import Workspace, to_rdflib, triples_of
from tests.test_engines import (
    MF,
    MUTANTS,
    SHT,
    SUITE,
    Triples,
    complete,
    expected,
    graph_of,
    load,
    mutant,
    reference,
    shapes_of,
    suite_tests,
)
from tests.test_shapes import INVALID, STAGES, VALID, Stage, example, name_of, ontology, stage_of

# How many tests of the suite have a shape that the screen leaves to the reference.
LEFT_IN_SUITE: Final = 9


def facts(triples: Triples) -> list[Fact]:
    return [(str(t.subject), str(t.predicate), str(t.object)) for t in triples]


@functools.cache
def screen(stage: Stage) -> Screen:
    return compile_shapes(shapes_of(stage), ontology())


@functools.cache
def background() -> Graph:
    return Graph(facts(ontology()))


def focus_nodes(data: Triples, shapes: Triples) -> set[str] | None:
    """Return the focus nodes that pySHACL reports, ``None`` when it stops."""
    try:
        report = shacl.reference_report(to_rdflib(data), graph_of(shapes))
    except Exception:  # noqa: BLE001 - it raises what it pleases
        return None
    # The results alone: what sh:detail explains them by has focus nodes of nested shapes.
    return {term(report.value(node, SH.focusNode)) for node in report.objects(None, SH.result)}


def term(node: rdflib.term.Node | None) -> str:
    assert node is not None
    triple = rdflib.Graph().add((rdflib.URIRef("x:s"), rdflib.URIRef("x:p"), node)).serialize(format="nt")
    return (
        "_:"
        if isinstance(node, rdflib.BNode)
        else str(next(iter(ox.parse(triple, format=ox.RdfFormat.N_TRIPLES))).object)
    )


def flagged_in(data: Triples, stage: Stage) -> set[str]:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*data, *ontology()))
    graph = Graph(facts(data), background())
    return {"_:" if node.startswith("_:") else node for node, _ in screen(stage).flagged(graph, store)}


def assert_nothing_missed(data: Triples, stage: Stage) -> set[str]:
    """Compare with pySHACL. ``data`` may hold the ontology, whose own faults are no faults of the data."""
    found, wanted = flagged_in(data, stage), focus_nodes(data, shapes_of(stage))
    if wanted is None:
        assert found
    else:
        assert wanted <= found
    return found - (wanted or found)


# --- the W3C suite -----------------------------------------------------------------------------------


def suite_parts(manifest: rdflib.Graph, test: rdflib.term.Node) -> tuple[Triples, Triples]:
    action = manifest.value(test, MF.action)
    data, shapes = (load(str(manifest.value(action, part))) for part in (SHT.dataGraph, SHT.shapesGraph))
    return data, shapes


@pytest.mark.parametrize(("manifest", "test", "name"), list(suite_tests()))
def test_screen_agrees_with_the_w3c_suite(manifest: rdflib.Graph, test: rdflib.term.Node, name: str) -> None:
    data, shapes = suite_parts(manifest, test)
    compiled, wanted = compile_shapes(shapes, data), expected(manifest, test)
    if compiled.left or compiled.queries:
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
        if (compiled.left or compiled.queries) and name.startswith("core"):
            left.add(name)
    assert len(left) == LEFT_IN_SUITE, sorted(left)


# --- our shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_all_our_shapes_are_compiled(stage: Stage) -> None:
    assert screen(stage).left == ()
    assert screen(stage).queries


@pytest.mark.parametrize("stage", STAGES)
def test_this_dataset_conforms(stage: Stage, workspace: Workspace) -> None:
    assert not flagged_in(complete(tuple(triples_of(workspace.data)), stage), stage)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_valid_examples_conform(path: Path) -> None:
    for stage in STAGES:
        assert not flagged_in(complete(tuple(example(path)), stage), stage)


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_invalid_examples_are_flagged_where_the_reference_reports(path: Path) -> None:
    stage = stage_of(path)
    assert not assert_nothing_missed(complete(tuple(example(path)), stage), stage)


@pytest.mark.parametrize("seed", range(MUTANTS))
def test_no_mistake_of_a_mutant_is_missed(seed: int) -> None:
    data = mutant(seed)
    for stage in STAGES:
        assert_nothing_missed(complete(data, stage), stage)


# --- random graphs -----------------------------------------------------------------------------------

NODES: Final = [f"<http://example.org/{name}>" for name in "abcd"]
LITERALS: Final = ['"1"^^<http://www.w3.org/2001/XMLSchema#integer>', '"x"@en', '"y"@en', '"x"', '"7 b"']
PREDICATES: Final = [f"<http://example.org/{name}>" for name in "pqr"]
CLASSES: Final = [f"<http://example.org/{name}>" for name in "CDE"]
A: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

random_facts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from(NODES + LITERALS)),
        st.tuples(st.sampled_from(NODES), st.just(A), st.sampled_from(CLASSES)),
    ),
    max_size=12,
    unique=True,
)
random_constraint = st.one_of(
    st.builds("sh:minCount {}".format, st.integers(0, 2)),
    st.builds("sh:maxCount {}".format, st.integers(0, 2)),
    st.builds("sh:class {}".format, st.sampled_from(CLASSES)),
    st.builds("sh:hasValue {}".format, st.sampled_from(NODES + LITERALS)),
    st.builds("sh:in ( {} )".format, st.lists(st.sampled_from(NODES + LITERALS), max_size=4).map(" ".join)),
    st.builds("sh:{} {}".format, st.sampled_from(["equals", "disjoint"]), st.sampled_from(PREDICATES)),
    st.sampled_from(["sh:nodeKind sh:IRI", "sh:uniqueLang true", 'sh:pattern "^[a-y]$"', "sh:minLength 2"]),
    st.sampled_from(["sh:datatype rdf:langString", "sh:minInclusive 1", 'sh:languageIn ( "en" )']),
)
random_path = st.one_of(
    st.sampled_from(PREDICATES),
    st.builds("( {} {} )".format, st.sampled_from(PREDICATES), st.sampled_from(PREDICATES)),
    st.builds(
        "[ sh:{}Path {} ]".format,
        st.sampled_from(["inverse", "zeroOrMore", "oneOrMore", "zeroOrOne"]),
        st.sampled_from(PREDICATES),
    ),
)
random_property = st.builds("[ sh:path {} ; {} ]".format, random_path, random_constraint)
random_part = st.one_of(
    st.builds("sh:property {}".format, random_property),
    st.builds("sh:not {}".format, random_property),
    st.builds("sh:{} ( {} {} )".format, st.sampled_from(["or", "and", "xone"]), random_property, random_property),
)
random_target = st.one_of(
    st.builds("sh:targetClass {}".format, st.sampled_from(CLASSES)),
    st.builds("sh:target{} {}".format, st.sampled_from(["SubjectsOf", "ObjectsOf"]), st.sampled_from(PREDICATES)),
    st.builds("sh:targetNode {}".format, st.sampled_from(NODES)),
)
random_shape = st.builds("<http://example.org/shape> a sh:NodeShape ; {} ; {} .".format, random_target, random_part)
HEAD: Final = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
)


def read(text: str) -> Triples:
    return tuple(quad.triple for quad in ox.parse(HEAD + text, format=ox.RdfFormat.TURTLE))


def as_triples(found: list[Fact]) -> Triples:
    return read("\n".join(" ".join(fact) + " ." for fact in found))


@settings(max_examples=400)
@given(random_facts, random_shape)
def test_random_shapes_agree_with_the_reference(found: list[Fact], text: str) -> None:
    hierarchy = as_triples([(CLASSES[1], "<http://www.w3.org/2000/01/rdf-schema#subClassOf>", CLASSES[0])])
    data, shapes = as_triples(found), read(text)
    compiled = compile_shapes(shapes, hierarchy)
    assert not compiled.left
    flags = {node for node, _ in compiled.flagged(Graph(facts(data), Graph(facts(hierarchy))))}
    wanted = focus_nodes((*data, *hierarchy), shapes)
    if wanted is None:
        assert reference(data, shapes) is None
        return
    missed = wanted - flags
    assert not missed
    if "Inclusive" not in text:  # text is not compared with a number here but flagged
        assert flags == wanted


@given(random_facts, random_facts, random_shape)
def test_a_background_changes_nothing(own: list[Fact], shared: list[Fact], text: str) -> None:
    compiled = compile_shapes(read(text), ())
    whole = set(compiled.flagged(Graph([*own, *shared])))
    split = set(compiled.flagged(Graph(own, Graph(shared))))
    subjects = {s for s, _, _ in own}
    assert {flag for flag in whole if flag[0] in subjects} >= split - {f for f in split if f[0] not in subjects}
    if "targetObjectsOf" not in text:  # an object of the background's facts alone is none of the small graph's
        assert {flag for flag in whole if flag[0] in subjects} == {flag for flag in split if flag[0] in subjects}
