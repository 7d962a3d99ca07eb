"""Shapes, rules and their examples: every constraint is seen to pass and to fail.

An example is merged with ``ontology/examples/context.ttl``. A valid one must report nothing in either stage. An
invalid one carries the ``sh:ValidationResult`` nodes that it must report, and reports nothing else.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from pyshacl.shapes_graph import ShapesGraph
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

from publisher.infer import Schema, close, materialize
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import to_ntriples
from publisher.rdf.vocab import CHECK, plain
from publisher.validate.edtf_level1 import edtf_bounds
from publisher.validate.engines import Validator, compile_shapes
from publisher.validate.engines.results import parse_term
from publisher.validate.report import Finding
from publisher.validate.value_checks import check_edtf_bounds, check_references
from publisher.workspace.sources import Rule, Source, read_triples
from tests.conftest import IN_CI

ONTOLOGY: Final = Path(__file__).parent.parent.parent / "ontology"
SHAPES: Final = ONTOLOGY / "shapes"
EXAMPLES: Final = ONTOLOGY / "examples"
VALID: Final = sorted((EXAMPLES / "valid").glob("*.ttl"))
INVALID: Final = sorted((EXAMPLES / "invalid").glob("*.ttl"))
RULES: Final = sorted((ONTOLOGY / "rules").glob("*.rq"))

GP: Final = rdflib.Namespace("https://w3id.org/geopol/ns#")
GPT: Final = rdflib.Namespace("https://w3id.org/geopol/terms#")
GPS: Final = rdflib.Namespace("https://w3id.org/geopol/shapes#")
SCHEMA: Final = rdflib.Namespace("http://schema.org/")
THINGS: Final = "https://w3id.org/geopol/id/"
ONTOLOGY_IRI: Final = rdflib.URIRef("https://w3id.org/geopol/ns")
SHAPES_IRI: Final = rdflib.URIRef("https://w3id.org/geopol/shapes")

SHAPES_OF_SHACL: Final = Path(pyshacl.__file__).parent / "assets" / "shacl-shacl.ttl"

# Checks of the publisher, which no shape describes.
CHECKS: Final = (CHECK["edtf-bounds"].value, CHECK["undescribed-thing"].value)
# The parameters in use; each stands for the constraint component of its name (SHACL, 4 and 5).
_PARAMETERS: Final = (
    "class datatype nodeKind minCount maxCount minInclusive maxInclusive pattern languageIn uniqueLang disjoint "
    "lessThan lessThanOrEquals not and or xone node qualifiedMinCount hasValue in"
)
PARAMETERS: Final = {
    SH[name]: SH[f"{name[0].upper()}{name[1:]}ConstraintComponent"] for name in _PARAMETERS.split()
} | {SH.sparql: SH.SPARQLConstraintComponent}

EDTF: Final = (
    "2018 2018-11 2018-11-19 2018-22 2018? 2018-11~ 2018-11-19% 201X 20XX 2018-XX 2016/2018 2018-11-18/2018-11-20 "
    "../2018-11-23 2018-11/.. 2018-11/ /2018-12 2015~/2018-11-19"
)
NOT_EDTF: Final = (
    " | / | .. | ../.. | /.. | ../ | 19.11.2018 | 2018-13 | 2018-00 | 2018-11-32 | 2018-11-00 | 18-11-19 | 2018-1-9 | "
    "2018-25 | November 2018 | 2018-11-19T10:00:00Z | 2018-11-18/2018-11-19/2018-11-20 | 2018 to 2019"
)

Stage = Literal["asserted", "derived"]
STAGES: Final[tuple[Stage, Stage]] = ("asserted", "derived")
Node = rdflib.term.Node


@dataclass(frozen=True, order=True)
class Result:
    """A validation result as plain text; ``value`` is empty where there is none or it is a blank node."""

    focus: str
    path: tuple[str, ...]
    value: str
    severity: str
    component: str
    shape: str


# --- files -------------------------------------------------------------------------------------------


@functools.cache
def triples(path: Path) -> tuple[ox.Triple, ...]:
    return tuple(read_triples(path))


def gather(*folders: Path) -> list[ox.Triple]:
    return [triple for folder in folders for path in sorted(folder.glob("*.ttl")) for triple in triples(path)]


@functools.cache
def ontology() -> tuple[ox.Triple, ...]:
    """Return the ontology and its terms without what no shape looks at: prose and references."""
    idle = {ox.NamedNode(str(p)) for p in (RDFS.isDefinedBy, RDFS.seeAlso)}
    return tuple(t for t in gather(ONTOLOGY) if not isinstance(t.object, ox.Literal) and t.predicate not in idle)


@functools.cache
def shapes(*stages: Stage) -> rdflib.Graph:
    return to_rdflib(shape_triples(*stages))


def shape_triples(*stages: Stage) -> list[ox.Triple]:
    folders = [SHAPES, *(SHAPES / stage for stage in stages), *([SHAPES / "corpus"] if "derived" in stages else [])]
    return gather(*folders)


@functools.cache
def schema() -> Schema:
    return close(tuple(Source(path, path.stem, triples(path)) for path in sorted(ONTOLOGY.glob("*.ttl"))))


@functools.cache
def rules() -> tuple[Rule, ...]:
    return tuple(Rule(path, path.read_text(encoding="utf-8")) for path in RULES)


def example(path: Path) -> list[ox.Triple]:
    """Return the data of an example, with the context, without what it must report."""
    found = triples(path)
    results = {t.subject for t in found if t.object == ox.NamedNode(str(SH.ValidationResult))}
    lists = {t.object for t in found if t.subject in results and isinstance(t.object, ox.BlankNode)}
    while more := {t.object for t in found if t.subject in lists and isinstance(t.object, ox.BlankNode)} - lists:
        lists |= more
    return [*triples(EXAMPLES / "context.ttl"), *(t for t in found if t.subject not in results | lists)]


@functools.cache
def expected(path: Path) -> tuple[Result, ...]:
    graph = to_rdflib(triples(path))
    return tuple(sorted(result(graph, node) for node in graph.subjects(RDF.type, SH.ValidationResult)))


# --- validation --------------------------------------------------------------------------------------


@functools.cache
def stated(path: Path, stage: Stage) -> tuple[ox.Triple, ...]:
    asserted = example(path)
    inferred = materialize(asserted, schema(), rules()) if stage == "derived" else []
    return (*asserted, *inferred, *ontology())


def to_bytes(facts: Iterable[ox.Triple]) -> bytes:
    return ox.serialize(facts, format=ox.RdfFormat.N_TRIPLES) or b""


@functools.cache
def validator(stage: Stage) -> Validator:
    return compile_shapes(shape_triples(stage))


@functools.cache
def report(path: Path, stage: Stage) -> tuple[Result, ...]:
    found = map(reported, validator(stage).validate([to_bytes(stated(path, stage))]))
    return tuple(sorted([*found, *(computed(path) if stage == "asserted" else [])]))


def reported(finding: Finding) -> Result:
    assert finding.terms
    focus, value = (plain(parse_term(text)) if text else "" for text in (finding.terms.focus, finding.terms.value))
    path = re.findall("<([^>]*)>", finding.path) if "<" in finding.path else [finding.path]
    return Result(
        focus=focus,
        path=tuple(filter(None, path)),
        value="" if finding.terms.value.startswith("_:") else value,
        severity=finding.terms.severity[1:-1],
        component=finding.component,
        shape=finding.shape,
    )


def result(graph: rdflib.Graph, node: Node) -> Result:
    value = graph.value(node, SH.value)
    return Result(
        focus=str(graph.value(node, SH.focusNode)),
        path=path_of(graph, graph.value(node, SH.resultPath)),
        value="" if value is None or isinstance(value, rdflib.BNode) else str(value),
        severity=str(graph.value(node, SH.resultSeverity)),
        component=str(graph.value(node, SH.sourceConstraintComponent)),
        shape=str(graph.value(node, SH.sourceShape)),
    )


def path_of(graph: rdflib.Graph, node: Node | None) -> tuple[str, ...]:
    if isinstance(node, rdflib.BNode):
        return tuple(str(step) for step in Collection(graph, node))
    return () if node is None else (str(node),)


def computed(path: Path) -> Iterator[Result]:
    facts = to_ntriples(example(path))
    described = {s for s, _, _ in facts}
    finding: Finding
    for finding in (*check_edtf_bounds(facts), *check_references(facts, THINGS, lambda _iri: True, described)):
        severity = str(SH[finding.severity.capitalize()])
        yield Result(finding.focus, (finding.path,), finding.value, severity, finding.component, finding.shape)


def stage_of(path: Path) -> Stage:
    """Return the stage of the shapes that the results of an invalid example name."""
    return "derived" if {found.shape for found in expected(path)} <= later_shapes() else "asserted"


@functools.cache
def later_shapes() -> set[str]:
    return {str(shape) for shape in reporting(to_rdflib(gather(SHAPES / "derived", SHAPES / "corpus")))}


# --- shapes ------------------------------------------------------------------------------------------


def reporting(graph: rdflib.Graph) -> Iterator[Node]:
    """Yield each active shape that results can name: the targeted ones and their property shapes."""
    for node in set(graph.subjects(RDF.type, SH.NodeShape)):
        if is_active(graph, node) and is_targeted(graph, node):
            yield node
            yield from graph.objects(node, SH.property)


def is_active(graph: rdflib.Graph, node: Node) -> bool:
    return (node, SH.deactivated, rdflib.Literal(True)) not in graph


def is_targeted(graph: rdflib.Graph, node: Node) -> bool:
    return any((node, target, None) in graph for target in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf))


def constraints(graph: rdflib.Graph, shape: Node) -> set[tuple[str, str]]:
    """Return a shape's constraints as (shape, component)."""
    return {
        (str(shape), str(component)) for parameter, component in PARAMETERS.items() if (shape, parameter, None) in graph
    }


def queries() -> list[Node]:
    return sorted(shapes(*STAGES).subjects(RDF.type, SH.SPARQLConstraint), key=str)


def query_text(query: Node) -> str:
    """Return a query with the prefixes that the shapes graph declares."""
    graph = shapes(*STAGES)
    declared = [
        f"PREFIX {graph.value(prefix, SH.prefix)}: <{graph.value(prefix, SH.namespace)}>"
        for prefix in graph.objects(SHAPES_IRI, SH.declare)
    ]
    return "\n".join([*sorted(declared), str(graph.value(query, SH.select))])


def local_name(node: Node | str) -> str:
    return re.split(r"[#/]", str(node))[-1]


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def name_of(item: object) -> str:
    return item.stem if isinstance(item, Path) else local_name(str(item))


# --- the examples ------------------------------------------------------------------------------------


def test_something_was_discovered() -> None:
    assert len(VALID) > 40
    assert len(INVALID) > 40
    assert len(RULES) == 8
    assert len(queries()) > 15


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("path", [EXAMPLES / "context.ttl", *VALID], ids=name_of)
def test_valid_example_reports_nothing(path: Path, stage: Stage) -> None:
    assert report(path, stage) == ()


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_invalid_example_reports_what_it_names_and_nothing_else(path: Path) -> None:
    assert expected(path), "an invalid example says what it must report, as sh:ValidationResult nodes"
    assert report(path, stage_of(path)) == expected(path)


def test_every_invalid_example_has_a_valid_counterpart() -> None:
    assert [path.name for path in INVALID] == [path.name for path in VALID]


def test_every_constraint_has_a_failing_example() -> None:
    graph = shapes(*STAGES)
    declared = {constraint for shape in reporting(graph) for constraint in constraints(graph, shape)}
    declared |= {(check, check) for check in CHECKS}
    failing = {(found.shape, found.component) for path in INVALID for found in expected(path)}
    assert failing == declared


@pytest.mark.parametrize("stage", STAGES)
def test_every_shape_has_a_passing_example_that_is_not_vacuous(stage: Stage) -> None:
    graph, terms = shapes(stage), {term.value for t in ontology() if isinstance(term := t.subject, ox.NamedNode)}
    missing = set(reporting(graph)) - must_be_absent(graph)
    missing = {shape for shape in missing if not has_valid_example_of_its_own(shape)}
    harvest = ShapesGraph(graph).shapes
    always = {*ontology(), *triples(EXAMPLES / "context.ttl")}
    data = to_rdflib(always)
    for path in VALID:
        own = to_rdflib({*stated(path, stage)} - always)
        data += own  # and taken away again: what all have is far larger than an example
        for shape in harvest:
            if missing.isdisjoint({shape.node, *shape.property_shapes()}):
                continue
            focus = {node for node in shape.focus_nodes(data) if str(node) not in terms}
            missing -= {shape.node} if focus else set()
            for part in missing.intersection(shape.property_shapes()) if focus else ():
                if any(shape.get_other_shape(part).value_nodes(data, focus).values()):
                    missing.remove(part)
        data -= own
    assert not missing


def must_be_absent(graph: rdflib.Graph) -> set[Node]:
    """Return the shapes that allow no value, or that only mere absence satisfies."""
    none = set(graph.subjects(SH.maxCount, rdflib.Literal(0)))
    return none | {node for shape in none for node in graph.subjects(SH.property, shape)}


def has_valid_example_of_its_own(shape: Node) -> bool:
    return EXAMPLES / "valid" / f"{kebab(local_name(shape))}.ttl" in VALID


# --- the shapes graph --------------------------------------------------------------------------------


def test_shapes_graph_conforms_to_the_shapes_of_shacl() -> None:
    """pySHACL, which takes seconds for this, confirms it in CI."""
    assert not compile_shapes(read_triples(SHAPES_OF_SHACL)).validate([to_bytes(shape_triples(*STAGES))])
    if IN_CI:
        conforms, _, text = pyshacl.validate(rdflib.Graph(), shacl_graph=shapes(*STAGES), meta_shacl=True)
        assert conforms, text


def test_the_shapes_of_shacl_find_an_ill_formed_shape() -> None:
    shape = ox.NamedNode(f"{GPS}Claim")
    ill_formed = [*shape_triples(*STAGES), ox.Triple(shape, ox.NamedNode(str(SH.minCount)), ox.Literal("x"))]
    found = compile_shapes(read_triples(SHAPES_OF_SHACL)).validate([to_bytes(ill_formed)])
    assert {finding.focus for finding in found} == {shape.value}


def test_header_is_complete() -> None:
    graph = shapes(*STAGES)
    header = {local_name(predicate) for predicate in graph.predicates(SHAPES_IRI)}
    assert header >= {"title", "description", "license", "versionIRI", "versionInfo", "declare"}


def test_every_shape_is_named_and_labelled() -> None:
    graph = shapes(*STAGES)
    nodes = set(graph.subjects(RDF.type, SH.NodeShape))
    properties = set(graph.subjects(RDF.type, SH.PropertyShape))
    unnamed = {node for node in graph.objects(None, SH.property) if not isinstance(node, rdflib.URIRef)}
    assert unnamed <= members(graph)
    assert all(str(node).startswith(GPS) for node in nodes | properties)
    assert all((node, RDFS.label, None) in graph for node in nodes)
    assert all((node, SH.name, None) in graph for node in properties)


def members(graph: rdflib.Graph) -> set[Node]:
    """Return what hangs from a member of a list: the operands of sh:or and its like have no names."""
    found: set[Node] = set(graph.objects(None, RDF.first))
    while more := {o for node in found for o in graph.objects(node) if isinstance(o, rdflib.BNode)} - found:
        found |= more
    return found


def test_property_shape_is_named_after_a_shape_that_has_it() -> None:
    graph = shapes(*STAGES)
    strays = [
        (owner, part)
        for owner, part in graph.subject_objects(SH.property)
        if isinstance(owner, rdflib.URIRef) and local_name(part).split("-")[0] != local_name(owner)
    ]
    assert not strays


def test_every_constraint_tells_an_editor_what_to_do() -> None:
    graph = shapes(*STAGES)
    told = {node for node in graph.subjects(SH.message) if isinstance(node, rdflib.URIRef)}
    named = {*graph.subjects(RDF.type, SH.NodeShape), *graph.subjects(RDF.type, SH.PropertyShape)}
    own = {shape for shape in named if any((shape, p, None) in graph for p in PARAMETERS if p != SH.sparql)}
    assert told >= own | set(queries())
    for message in graph.objects(None, SH.message):
        assert isinstance(message, rdflib.Literal)
        assert message.language == "en"
        assert re.search(r"[.:] .*\.$", message), f"says what is wrong, then what to do, in sentences: {message}"


def test_severities_are_those_of_shacl() -> None:
    assert set(shapes(*STAGES).objects(None, SH.severity)) <= {SH.Warning, SH.Info}


def test_code_lists_in_shapes_agree_with_the_schemes() -> None:
    graph, terms = shapes(*STAGES), to_rdflib(gather(ONTOLOGY))
    for name, scheme in (
        ("Claim-hasModality", GPT.modality),
        ("Claim-hasDegree", GPT.degree),
        ("ArmsTransfer-hasTransferStatus", GPT.transferStatus),
        ("ArmsTransfer-hasPaymentTerms", GPT.paymentTerms),
        ("EventType-hasEventType", GPT.eventType),
        ("InstrumentAction-hasSubtype", GPT.instrumentStep),
        ("SanctionMeasure-hasSubtype", GPT.sanctionKind),
    ):
        assert listed(graph, GPS[name]) == set(terms.subjects(SKOS.inScheme, scheme)), name
    kinds = ("Assertion", "Allegation", "Forecast", "Evaluation", "PositionStatement")
    verdicts = set().union(*(listed(graph, GPS[f"{kind}-hasVerdict"]) for kind in kinds))
    assert verdicts == set(terms.subjects(SKOS.inScheme, GPT.verdict))


def listed(graph: rdflib.Graph, shape: Node) -> set[Node]:
    head = graph.value(shape, SH["in"])
    assert head is not None
    return set(Collection(graph, head))


def test_domains_in_shapes_agree_with_the_ontology() -> None:
    graph, terms = to_rdflib(triples(SHAPES / "asserted" / "domains.ttl")), to_rdflib(gather(ONTOLOGY))
    targets = {target: shape for shape, target in graph.subject_objects(SH.targetSubjectsOf)}
    properties = {*terms.subjects(RDF.type, OWL.ObjectProperty), *terms.subjects(RDF.type, OWL.DatatypeProperty)}
    for prop in sorted((node for node in properties if str(node).startswith(GP)), key=str):
        if (prop, GP.hasUsage, None) in terms:
            continue
        assert prop in targets, f"{prop} has no shape that says which things have it"
        wanted = {*terms.objects(prop, RDFS.domain)} or {*terms.objects(prop, SCHEMA.domainIncludes)}
        found = {*graph.objects(targets[prop], SH["class"])} or union(graph, targets[prop])
        assert found == wanted, prop


def union(graph: rdflib.Graph, shape: Node) -> set[Node]:
    head = graph.value(shape, SH["or"])
    assert head is not None
    return {cls for member in Collection(graph, head) for cls in graph.objects(member, SH["class"])}


def test_every_shape_reference_is_a_declared_term() -> None:
    graph, terms = shapes(*STAGES), to_rdflib(gather(ONTOLOGY))
    iris = {node for triple in graph for node in triple if isinstance(node, rdflib.URIRef)}
    used = {iri for iri in iris if str(iri).startswith((str(GP), str(GPT)))}
    assert not {node for node in used if (node, RDF.type, None) not in terms}


# --- the queries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", queries(), ids=name_of)
def test_query_runs_once_with_pinned_prefixes(query: Node) -> None:
    graph = shapes(*STAGES)
    shape = graph.value(None, SH.sparql, query)
    assert set(graph.objects(shape, SH.targetNode)) == {ONTOLOGY_IRI}
    assert set(graph.objects(query, SH.prefixes)) == {SHAPES_IRI}
    text = str(graph.value(query, SH.select))
    assert re.match(r"SELECT DISTINCT \$this \?value \?path\b", text)
    assert not re.search(r"\b(MINUS|VALUES|SERVICE|PREFIX)\b", text), "not allowed in SHACL-SPARQL, or pinned elsewhere"
    said = set(re.findall(r"\{\?(\w+)\}", str(graph.value(query, SH.message))))
    assert said <= set(re.findall(r"\?(\w+)", text.partition("WHERE")[0])), "a message may only name what is selected"


@pytest.mark.parametrize("query", queries(), ids=name_of)
def test_query_means_the_same_to_another_engine(query: Node) -> None:
    """Compare pyoxigraph with what the failing examples expect of pySHACL, which runs rdflib."""
    shape = str(shapes(*STAGES).value(None, SH.sparql, query))
    paths = [path for path in INVALID if any(found.shape == shape for found in expected(path))]
    assert paths
    for path in paths:
        store = ox.Store()
        store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in stated(path, stage_of(path)))
        solutions = store.query(query_text(query))
        assert isinstance(solutions, ox.QuerySolutions)
        found = {(iri_of(s["value"]), iri_of(s["path"])) for s in solutions}
        assert found == {(e.value, "".join(e.path)) for e in expected(path) if e.shape == shape}


def iri_of(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""


# --- dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", EDTF.split())
def test_edtf_pattern_accepts_what_the_publisher_understands(value: str) -> None:
    assert re.search(edtf_pattern(), value)
    edtf_bounds(value)


@pytest.mark.parametrize("value", NOT_EDTF.split(" | "))
def test_edtf_pattern_rejects_other_text(value: str) -> None:
    assert not re.search(edtf_pattern(), value)


def edtf_pattern() -> str:
    return str(shapes(*STAGES).value(GPS["Time-edtfTime"], SH.pattern))


# --- the rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_rule_derives_what_its_example_expects_and_nothing_else(path: Path) -> None:
    facts = list(triples(EXAMPLES / "rules" / f"{path.stem}.ttl"))
    wanted = set(triples(EXAMPLES / "rules" / f"{path.stem}.expected.ttl"))
    # What is derived is published of things of the dataset only: make everything in the example one.
    things = [ox.Triple(t.object, t.predicate, t.object) for t in facts if isinstance(t.object, ox.NamedNode)]
    known = [*facts, *things_only(things)]
    rule = Rule(path, path.read_text(encoding="utf-8"))
    assert set(materialize(known, schema(), (rule,))) - set(materialize(known, schema())) == wanted


def things_only(pairs: list[ox.Triple]) -> list[ox.Triple]:
    individual = ox.NamedNode(str(OWL.NamedIndividual))
    return [
        ox.Triple(t.subject, ox.NamedNode(str(RDF.type)), individual)
        for t in pairs
        if isinstance(t.subject, ox.NamedNode) and t.subject.value.startswith(THINGS)
    ]


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_rule_has_a_header_and_derives_one_shortcut(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"#\+ summary: \S.*\.\n#\+ description: \S.*\.\n\nPREFIX gp: ", text)
    head = re.search(r"CONSTRUCT \{ \?\w+ gp:(\w+) \?\w+ \}", text)
    assert head
    assert kebab(head[1]) == path.stem


def test_every_derived_property_has_a_rule() -> None:
    derived = set(to_rdflib(gather(ONTOLOGY)).subjects(GP.hasUsage, GPT.derivedOnly))
    assert {kebab(local_name(prop)) for prop in derived} == {path.stem for path in RULES}
