"""The native engine finds what the reference finds: in the W3C suite, in examples, in mutants, in random graphs.

Two engines agree when they have the same findings by focus node, path, value, component, shape and severity, counted.
"""

from __future__ import annotations

import functools
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
import rdflib
import rdflib.compare
from hypothesis import given
from hypothesis import strategies as st

from publisher.infer import materialize
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import to_ntriples
from publisher.rdf.vocab import CHECK, RDF, SH, XSD, Namespace, Term, plain
from publisher.validate.baseline import Compared
from publisher.validate.engines import Engine, compile_shapes
from publisher.validate.engines.reference import reference_report
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.report import Finding, Report
from publisher.validate.reporters import Naming
from publisher.validate.reporters.turtle import write_turtle
from publisher.validate.value_checks import check_lexical_forms
from publisher.workspace.sources import Workspace, triples_of
from tests.conftest import IN_CI, in_ci
from tests.dataset.test_shapes import (
    CHECKS,
    EXAMPLES,
    INVALID,
    STAGES,
    VALID,
    Stage,
    example,
    name_of,
    ontology,
    rules,
    schema,
    shape_triples,
    stage_of,
    triples,
)
from tests.dataset.test_shapes import expected as expected_of
from tests.samples import sample

ROOT: Final = Path(__file__).parent.parent.parent
SUITE: Final = Path(os.environ.get("W3C_SHACL_SUITE", ROOT.parent / "shared" / "w3c-shacl"))

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT: Final = Namespace("http://www.w3.org/ns/shacl-test#")

# Tests of the suite whose expected results an engine does not give, each with the reason.
KNOWN: Final[dict[Engine, dict[str, str]]] = {
    "native": {
        "sparql/pre-binding/shapesGraph-001": "$shapesGraph is optional (SHACL, 5.3.1), and not supported",
    },
    "pyshacl": {
        "core/property/uniqueLang-002": 'reads "1"^^xsd:boolean as true, where 4.4.5 asks for the term true',
        "sparql/node/prefixes-001": "does not follow owl:imports from sh:prefixes (SHACL, 5.2.1)",
        "sparql/pre-binding/shapesGraph-001": "$shapesGraph is optional (SHACL, 5.3.1), and not supported",
    },
}

REFUSALS: Final = (CHECK["ill-formed-shape"].value, CHECK["engine-stopped"].value)

Key = tuple[str, ...]
Results = Counter[Key]
Triples = tuple[ox.Triple, ...]


def ntriples(triples: Triples) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


# A stage has one shapes graph, which takes pySHACL longer to load than to validate an example with it.
compiled: Final = functools.lru_cache(maxsize=8)(compile_shapes)


@functools.lru_cache(maxsize=8)
def findings(data: Triples, shapes: Triples, engine: Engine) -> tuple[Finding, ...]:
    """Return the findings, and what is ill-formed in the shapes, but not what is not supported."""
    validator = compiled(shapes, engine)
    faults = (fault for fault in validator.faults if fault.severity == "violation")
    return (*faults, *validator.validate([ntriples(data)]))


def key(finding: Finding) -> Key:
    return *finding.key, finding.component, finding.severity


# --- the W3C suite -----------------------------------------------------------------------------------


def suite_tests() -> Iterator[object]:
    for path in sorted((SUITE / "tests").rglob("*.ttl")):
        manifest = load(path.as_uri())
        for t in manifest.triples:
            if t.object == SHT.Validate:
                name = f"{path.parent.relative_to(SUITE / 'tests')}/{plain(t.subject).rpartition('/')[2]}"
                yield pytest.param(manifest, t.subject, name, id=name)


@functools.cache
def load(iri: str) -> ShapesGraph:
    content = Path(iri.removeprefix("file://")).read_bytes()
    return ShapesGraph(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.TURTLE, base_iri=iri))


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C SHACL suite is not here; name its folder in W3C_SHACL_SUITE")
def test_suite_was_discovered() -> None:
    assert len(list(suite_tests())) == 121


@pytest.mark.parametrize(("manifest", "test", "name"), list(suite_tests()))
def test_engines_pass_the_w3c_suite(manifest: ShapesGraph, test: Term, name: str) -> None:
    (action,) = manifest.objects(test, MF.action)
    data, shapes = (load(plain(manifest.objects(action, part)[0])) for part in (SHT.dataGraph, SHT.shapesGraph))
    wanted = expected(manifest, test)
    for engine, known in KNOWN.items():
        found = findings(data.triples, shapes.triples, engine)
        is_refused = any(finding.shape in REFUSALS for finding in found)
        results = None if is_refused else Counter(map(suite_key, found))
        assert (results == wanted) == (name not in known), found
    if wanted is not None and name not in KNOWN["pyshacl"]:
        assert_reports_agree(data.triples, shapes.triples)


def suite_key(finding: Finding) -> Key:
    """Return what the suite compares: focus node, path, value, component and severity, blank nodes being all alike."""
    assert finding.terms
    focus, value = ("_:" if term.startswith("_:") else term for term in (finding.terms.focus, finding.terms.value))
    return focus, finding.path, value, finding.component, finding.terms.severity


def expected(manifest: ShapesGraph, test: Term) -> Results | None:
    (outcome,) = manifest.objects(test, MF.result)
    if outcome == SHT.Failure:
        return None
    return Counter(expected_key(manifest, node) for node in manifest.objects(outcome, SH.result))


def expected_key(manifest: ShapesGraph, result: Term) -> Key:
    def text(predicate: ox.NamedNode) -> str:
        term = manifest.value(result, predicate)
        return "_:" if isinstance(term, ox.BlankNode) else str(term or "")

    path = manifest.value(result, SH.resultPath)
    component = text(SH.sourceConstraintComponent)[1:-1]
    severity = text(SH.resultSeverity)
    return text(SH.focusNode), manifest.path_text(path) if path else "", text(SH.value), component, severity


def assert_reports_agree(data: Triples, shapes: Triples) -> None:
    """Compare the report in Turtle with that of pySHACL."""
    compared = Compared(Report(findings(data, shapes, "native")), 0, ())
    text = write_turtle(compared, Naming({}, ROOT))
    own = to_rdflib(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
    theirs = reference_report(to_rdflib(data), to_rdflib(shapes))
    assert Counter(canonical_results(own)) == Counter(canonical_results(theirs))


def canonical_results(report: rdflib.Graph) -> Iterator[str]:
    """Yield each result with its path, but without messages and anonymous shapes, by names for its blank nodes."""
    names = ("focusNode", "value", "resultSeverity", "sourceConstraintComponent", "sourceShape", "resultPath")
    for result in report.objects(None, rdflib.URIRef(SH.result.value)):
        graph = rdflib.Graph()
        for predicate in (rdflib.URIRef(SH[name].value) for name in names):
            for value in report.objects(result, predicate):
                if not (isinstance(value, rdflib.BNode) and predicate.endswith("sourceShape")):
                    graph.add((result, predicate, value))
                if isinstance(value, rdflib.BNode) and predicate.endswith("resultPath"):
                    graph += report.cbd(value)
        yield str(rdflib.compare.to_isomorphic(graph).graph_digest())  # type: ignore[no-untyped-call]


# --- our examples ------------------------------------------------------------------------------------


@functools.cache
def shapes_of(stage: Stage) -> Triples:
    return tuple(shape_triples(stage))


def complete(asserted: Triples, stage: Stage) -> Triples:
    """Return what a stage validates."""
    inferred = materialize(list(asserted), schema(), rules()) if stage == "derived" else ()
    return (*asserted, *inferred, *ontology())


def assert_agreement(data: Triples, shapes: Triples) -> Results:
    """Compare the findings, but for values that pySHACL cannot compare, where it stops or reads them as Python does."""
    native, reference = (findings(data, shapes, engine) for engine in ("native", "pyshacl"))
    results = Counter(map(key, native))
    if any(finding.shape == CHECK["engine-stopped"].value for finding in reference):
        assert any("LessThan" in finding.component for finding in native), reference
    elif any(check_lexical_forms(to_ntriples(data))):
        assert unordered(results) == unordered(Counter(map(key, reference)))
    else:
        assert results == Counter(map(key, reference))
    return results


def unordered(found: Results) -> Results:
    return Counter({result: count for result, count in found.items() if "LessThan" not in result[4]})


@functools.cache
def context() -> Triples:
    return triples(EXAMPLES / "context.ttl")


def own_triples(path: Path) -> Triples:
    """Return an example without the context."""
    return tuple(example(path))[len(context()) :]


def renamed(own: Triples, number: int) -> Triples:
    """Return an example in which what it alone describes, and each blank node, has a name with the number."""
    others = {t.subject for t in context()}
    things = {t.subject for t in own if isinstance(t.subject, ox.NamedNode)} - others

    def name(term: object) -> object:
        if isinstance(term, ox.BlankNode) and term not in others:
            return ox.BlankNode(f"{term.value}m{number:03}")
        if isinstance(term, ox.NamedNode) and term in things:
            return ox.NamedNode(f"{term.value}-m{number:03}")
        return term

    return tuple(put(t, s=name(t.subject), o=name(t.object)) for t in own)


def assert_agreement_on_examples(examples: dict[int, Triples], stage: Stage) -> Results:
    """Compare the findings in examples with the context: as many together as pySHACL can compare.

    It takes long for what all have. Each example has names of its own, so that none hides what another lacks.
    """
    ill_formed = [n for n, own in examples.items() if any(check_lexical_forms(to_ntriples(own)))]
    groups = [[n] for n in ill_formed] + [[n for n in examples if n not in ill_formed]]
    results: Results = Counter()
    while groups:
        group = groups.pop()
        together = (triple for n in group for triple in renamed(examples[n], n))
        data = complete((*context(), *together), stage)
        if len(group) > 1 and is_stopped(data, shapes_of(stage)):
            groups += [group[: len(group) // 2], group[len(group) // 2 :]]
        else:
            results += assert_agreement(data, shapes_of(stage))
    return results


def is_stopped(data: Triples, shapes: Triples) -> bool:
    return any(finding.shape == CHECK["engine-stopped"].value for finding in findings(data, shapes, "pyshacl"))


def groups_of(paths: list[Path]) -> list[object]:
    """Return the numbers of examples by sixteen."""
    numbers = range(len(paths))
    groups = [numbers[start : start + 16] for start in numbers[::16]]
    return [pytest.param(group, id=f"{name_of(paths[group[0]])} to {name_of(paths[group[-1]])}") for group in groups]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("numbers", groups_of(INVALID))
def test_engines_agree_on_each_invalid_example(numbers: range, stage: Stage) -> None:
    examples = {n: own_triples(INVALID[n]) for n in numbers if stage_of(INVALID[n]) == stage}
    results = assert_agreement_on_examples(examples, stage)
    wanted = {result.shape for n in examples for result in expected_of(INVALID[n])} - {*CHECKS}
    assert wanted <= {part for result in results for part in result}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("numbers", groups_of(VALID))
def test_engines_agree_on_valid_examples(numbers: range, stage: Stage) -> None:
    assert_agreement_on_examples({n: own_triples(VALID[n]) for n in numbers}, stage)


@pytest.mark.parametrize("stage", STAGES)
def test_engines_agree_on_what_a_part_of_this_dataset_lacks(stage: Stage, workspace: Workspace) -> None:
    assert assert_agreement(complete(tuple(sample(triples_of(workspace.data), 8)), stage), shapes_of(stage))


@in_ci
@pytest.mark.parametrize("stage", STAGES)
def test_engines_agree_on_this_dataset(stage: Stage, workspace: Workspace) -> None:
    assert not assert_agreement(complete(tuple(triples_of(workspace.data)), stage), shapes_of(stage))


# --- mutants -----------------------------------------------------------------------------------------

LABEL: Final = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
RDF_TYPE: Final = RDF.type

Operator = Callable[[random.Random, ox.Triple, Triples], list[ox.Triple]]


def put(triple: ox.Triple, *, s: object = None, p: object = None, o: object = None) -> ox.Triple:
    return ox.Triple(s or triple.subject, p or triple.predicate, o or triple.object)  # type: ignore[arg-type]


def drop(_rng: random.Random, _triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return []


def other_object(rng: random.Random, triple: ox.Triple, everything: Triples) -> list[ox.Triple]:
    return [put(triple, o=rng.choice(everything).object)]


def second_object(rng: random.Random, triple: ox.Triple, everything: Triples) -> list[ox.Triple]:
    same = [t.object for t in everything if t.predicate == triple.predicate]
    return [triple, put(triple, o=rng.choice(same)), put(triple, o=rng.choice(everything).object)]


def other_predicate(rng: random.Random, triple: ox.Triple, everything: Triples) -> list[ox.Triple]:
    return [put(triple, p=rng.choice(everything).predicate)]


def other_subject(rng: random.Random, triple: ox.Triple, everything: Triples) -> list[ox.Triple]:
    return [put(triple, s=rng.choice(everything).subject)]


def swapped(_rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [triple if isinstance(triple.object, ox.Literal) else put(triple, s=triple.object, o=triple.subject)]


def to_itself(_rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, o=triple.subject)]


def misspelt_predicate(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, p=misspelt(rng, triple.predicate))]


def misspelt_object(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, o=misspelt(rng, triple.object)) if isinstance(triple.object, ox.NamedNode) else triple]


def misspelt_subject(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, s=misspelt(rng, triple.subject))]


def misspelt(rng: random.Random, node: object) -> ox.NamedNode:
    text = node.value if isinstance(node, ox.NamedNode) else "https://w3id.org/geopol/id/nothing"
    start = max(text.rfind("/"), text.rfind("#")) + 1
    at = rng.randrange(start, len(text) + 1)
    return ox.NamedNode(f"{text[:at]}{rng.choice('xQé1')}{text[at + 1 :]}")


def other_class(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, p=RDF_TYPE, o=rng.choice(classes()))]


def second_class(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [triple, *other_class(rng, triple, ())]


def none_left(_rng: random.Random, _triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    """Stand for a mistake of `mutant`: nothing is left of what one property says of one thing."""
    return []


def as_text(_rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, o=ox.Literal(text_of(triple.object)))]


def as_iri(_rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, o=ox.NamedNode("http://example.org/" + "".join(filter(str.isalnum, text_of(triple.object)))))]


def as_blank_node(_rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, o=ox.BlankNode("b1"))]


def other_datatype(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    name = rng.choice(["date", "dateTime", "gYear", "boolean", "integer", "decimal", "anyURI", "token"])
    return [put(triple, o=ox.Literal(text_of(triple.object), datatype=XSD[name]))]


def other_language(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    return [put(triple, o=ox.Literal(text_of(triple.object), language=rng.choice(("en", "EN", "uk", "xx", "en-gb"))))]


def second_label(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    text = rng.choice(("", " ", "x", "a second label", "\u202eabc", "é" * 300, 'a "quoted" \\ \n line'))
    return [triple, put(triple, p=LABEL, o=ox.Literal(text, language=rng.choice(("en", "fr"))))]


def other_value(rng: random.Random, triple: ox.Triple, _all: Triples) -> list[ox.Triple]:
    """Change a date, a truth value or a number, within its datatype or not."""
    values = "0001-01-01 2018-11-19 2018-02-30 2018-11-19Z 2018 9999-12-31 -1 0 1.50 007 true false 1 yes"
    literal = triple.object
    datatype = literal.datatype if isinstance(literal, ox.Literal) and not literal.language else XSD.date
    return [put(triple, o=ox.Literal(rng.choice(values.split()), datatype=datatype))]


OPERATORS: Final[tuple[Operator, ...]] = (
    drop,
    other_object,
    second_object,
    other_predicate,
    other_subject,
    swapped,
    to_itself,
    misspelt_predicate,
    misspelt_object,
    misspelt_subject,
    other_class,
    second_class,
    none_left,
    as_text,
    as_iri,
    as_blank_node,
    other_datatype,
    other_language,
    second_label,
    other_value,
)

# Each operator meets as many examples: in CI all of them, else one of each stage. A round has each operator once.
ROUNDS: Final = range(17 if IN_CI else 2)


def text_of(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else ""


@functools.cache
def classes() -> tuple[ox.NamedNode, ...]:
    kind = ox.NamedNode("http://www.w3.org/2002/07/owl#Class")
    found = {t.subject for t in ontology() if t.predicate == RDF_TYPE and t.object == kind}
    return tuple(sorted((node for node in found if isinstance(node, ox.NamedNode)), key=str))


def mutant(seed: int) -> Triples:
    """Return one of the valid examples without the context, and with one mistake in it, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    operator = OPERATORS[seed % len(OPERATORS)]
    own = own_triples(VALID[rng.randrange(len(VALID))])
    # Which triple of many is at fault matters less than that each kind of mistake meets each kind of triple.
    position = rng.randrange(len(own))
    triple = own[position]
    rest = own[:position] + own[position + 1 :]
    if operator is none_left:
        rest = tuple(t for t in rest if (t.subject, t.predicate) != (triple.subject, triple.predicate))
    return (*rest, *operator(rng, triple, (*context(), *own)))


@functools.cache
def agreed(number: int) -> Results:
    """Return what the engines find in the mutants of a round, of the two stages in turn."""
    seeds = range(number * len(OPERATORS), (number + 1) * len(OPERATORS))
    return assert_agreement_on_examples({seed: mutant(seed) for seed in seeds}, STAGES[number % 2])


@pytest.mark.parametrize("number", ROUNDS)
def test_engines_agree_on_mutants(number: int) -> None:
    agreed(number)


def test_mutants_are_mistakes_of_many_kinds() -> None:
    found = {result for number in ROUNDS for result in agreed(number)}
    seeds = range(len(ROUNDS) * len(OPERATORS))
    mistaken = [seed for seed in seeds if any(f"-m{seed:03}" in part for result in found for part in result)]
    assert len(mistaken) > len(seeds) / 2
    assert len({result[4] for result in found}) > min(12, len(seeds) // 4)  # a sample has fewer


# --- random shapes on random graphs ------------------------------------------------------------------

NODES: Final = [f"e:n{number}" for number in range(4)]
# Without dates and truth values, which pySHACL compares with numbers (SHACL, 4.3, wants a result).
VALUES: Final = [*NODES, "1", "2", "1.5", "3.0e0", '"a"', '"b"', '"a"@en', '"b"@de', "_:b"]
PATHS: Final = [
    "e:p",
    "e:q",
    "[ sh:inversePath e:p ]",
    "( e:p e:q )",
    "[ sh:alternativePath ( e:p e:q ) ]",
    "[ sh:zeroOrMorePath e:p ]",
    "( e:q [ sh:oneOrMorePath e:p ] )",
    "[ sh:zeroOrOnePath [ sh:inversePath e:q ] ]",
]
OF_VALUES: Final = """sh:class e:C|sh:class e:D|sh:datatype xsd:integer|sh:datatype xsd:string|sh:nodeKind sh:IRI
    sh:nodeKind sh:BlankNodeOrLiteral|sh:minInclusive 2|sh:maxExclusive 2|sh:minLength 2|sh:maxLength 1
    sh:pattern "^[a1]"|sh:languageIn ( "en" "de-AT" )|sh:in ( e:n0 1 "a"@en )|sh:hasValue 1|sh:disjoint e:q
    sh:equals e:q
    sh:closed true|sh:minLength 1|sh:hasValue e:n1"""
OF_PROPERTIES: Final = """sh:minCount 1|sh:maxCount 1|sh:minCount 2|sh:uniqueLang true|sh:maxCount 0
    sh:qualifiedValueShape [ sh:class e:C ] ; sh:qualifiedMinCount 1
    sh:qualifiedValueShape [ sh:nodeKind sh:Literal ] ; sh:qualifiedMaxCount 1"""
TARGETS: Final = ["sh:targetClass e:C", "sh:targetSubjectsOf e:p", "sh:targetObjectsOf e:q", "sh:targetNode e:n0 , 1"]


def choices(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([choice.strip() for line in text.splitlines() for choice in line.split("|")])


def node_shapes(depth: int) -> st.SearchStrategy[str]:
    parts = choices(OF_VALUES)
    if depth:
        inner = node_shapes(depth - 1)
        lists = st.tuples(st.sampled_from(["and", "or", "xone"]), inner, inner).map(
            lambda t: f"sh:{t[0]} ( {t[1]} {t[2]} )"
        )
        nested = st.tuples(st.sampled_from(["not", "node"]), inner).map(lambda t: f"sh:{t[0]} {t[1]}")
        parts = parts | lists | nested | property_shapes(depth - 1).map(lambda shape: f"sh:property {shape}")
    return st.lists(parts, min_size=1, max_size=2, unique=True).map(
        lambda chosen: f"[ {' ; '.join(distinct(chosen))} ]"
    )


def property_shapes(depth: int) -> st.SearchStrategy[str]:
    parts = choices(OF_VALUES).filter(lambda part: "closed" not in part) | choices(OF_PROPERTIES)
    if depth:
        parts = parts | node_shapes(depth - 1).map(lambda shape: f"sh:node {shape}")
    chosen = st.lists(parts, min_size=1, max_size=3, unique=True).map(distinct)
    return st.tuples(st.sampled_from(PATHS), chosen).map(lambda t: f"[ sh:path {t[0]} ; {' ; '.join(t[1])} ]")


def distinct(parts: list[str]) -> list[str]:
    """Return the parts with one value for each parameter, of which some may have one alone."""
    return list({part.split()[0]: part for part in parts}.values())


SHAPES_GRAPHS: Final = st.lists(st.tuples(st.sampled_from(TARGETS), node_shapes(2)), min_size=1, max_size=3)
FACTS: Final = st.tuples(st.sampled_from([*NODES, "_:b"]), st.sampled_from(["e:p", "e:q"]), st.sampled_from(VALUES))
KINDS: Final = st.tuples(st.sampled_from(NODES), st.just("a"), st.sampled_from(["e:C", "e:D"]))
PREFIXES: Final = """@prefix e: <http://e.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."""


@given(SHAPES_GRAPHS, st.lists(FACTS | KINDS, min_size=1, max_size=12))
def test_engines_agree_on_random_shapes_and_graphs(
    shapes: list[tuple[str, str]], facts: list[tuple[str, str, str]]
) -> None:
    text = " ".join(f"e:s{n} {target} ; sh:node {shape} ; {shape[1:-1]} ." for n, (target, shape) in enumerate(shapes))
    data = " ".join(f"{' '.join(fact)} ." for fact in facts) + " e:D rdfs:subClassOf e:C ."
    assert_agreement(turtle(data), turtle(text))


def turtle(text: str) -> Triples:
    return tuple(quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE))
