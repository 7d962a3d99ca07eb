"""The fast engine says what the reference says: on the W3C suite, on our examples, and on mutants of them.

Two engines agree when their reports have the same results as (focus node, path, constraint component), counted.
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
from rdflib.namespace import RDF, SH

from publisher.infer import materialize
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import to_ntriples
from publisher.rdf.vocab import XSD
from publisher.validate import engines
from publisher.validate.value_checks import check_lexical_forms
from publisher.workspace.sources import Workspace, triples_of
from tests.dataset.test_shapes import (
    EXAMPLES,
    INVALID,
    SHAPES,
    STAGES,
    VALID,
    Stage,
    example,
    gather,
    name_of,
    ontology,
    rules,
    schema,
    stage_of,
)

shifty = pytest.importorskip("shifty", reason="the fast engine is an extra; get it with: pip install '.[fast]'")

ROOT: Final = Path(__file__).parent.parent.parent
SUITE: Final = Path(os.environ.get("W3C_SHACL_SUITE", ROOT.parent / "shared" / "w3c-shacl"))

MF: Final = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT: Final = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")

# The only differences there are, and why each is harmless.
KNOWN: Final = {
    "a blank node where a date is to come before another": "pySHACL stops where the specification (4.5.4) wants a"
    " result; the report is then that of the fast engine",
    "an ill-formed date that is to come before another": "pySHACL stops, or finds it early enough; such a literal is"
    " reported by publisher.checks anyway",
    "sparql/node/prefixes-001": "pySHACL does not follow owl:imports from sh:prefixes; ours declare what they use",
    "sparql/pre-binding/shapesGraph-001": "pySHACL does not bind $shapesGraph, which is optional and ours do not use",
}

# Where both engines differ from the suite in what is compared here.
UNEXPECTED: Final = {
    "core/property/uniqueLang-002": 'both read sh:uniqueLang "1"^^xsd:boolean as true',
}

Results = Counter[tuple[str, str, str]]
Triples = tuple[ox.Triple, ...]


# --- reports -----------------------------------------------------------------------------------------


def reference(data: Triples, shapes: Triples) -> Results | None:
    """Return what pySHACL finds, ``None`` when it rejects the shapes."""
    try:
        return results(engines.reference_report(to_rdflib(data), graph_of(shapes)), graph_of(shapes))
    except Exception:  # noqa: BLE001 - it raises what the parser of a query raises
        return None


def fast(data: Triples, shapes: Triples) -> Results | None:
    try:
        return results(engines.fast_report(data, shapes), graph_of(shapes))
    except ValueError:
        return None


@functools.lru_cache(maxsize=4)
def graph_of(shapes: Triples) -> rdflib.Graph:
    return to_rdflib(shapes)


def results(report: rdflib.Graph, shapes: rdflib.Graph) -> Results:
    return Counter(result(report, shapes, node) for node in report.objects(None, SH.result))


def result(report: rdflib.Graph, shapes: rdflib.Graph, node: rdflib.term.Node) -> tuple[str, str, str]:
    focus = report.value(node, SH.focusNode)
    component = str(report.value(node, SH.sourceConstraintComponent)).rpartition("#")[2]
    return "_:" if isinstance(focus, rdflib.BNode) else str(focus), engines.result_path(report, node, shapes), component


def assert_agreement(data: Triples, shapes: Triples) -> Results:
    """Compare the reports, and the verdict that ``auto`` trusts with them."""
    found, other = reference(data, shapes), fast(data, shapes)
    assert other is not None
    assert engines.passes_screening(data, shapes) == (not other)
    if found is None:
        assert other, "only data without an order where a shape asks for one stop pySHACL: see KNOWN"
        assert engines.run(data, shapes, Path("shapes.ttl")).engine == "pyshifty"
    elif any(check_lexical_forms(to_ntriples(data))):
        assert unordered(other) == unordered(found), "see KNOWN"
    else:
        assert other == found
    return other


def unordered(found: Results) -> Results:
    return Counter({result: count for result, count in found.items() if "LessThan" not in result[2]})


# --- the W3C suite -----------------------------------------------------------------------------------


def suite_tests() -> Iterator[object]:
    for path in sorted((SUITE / "tests").rglob("*.ttl")):
        manifest = to_rdflib(load(path.as_uri()))
        for node in manifest.subjects(RDF.type, SHT.Validate):
            name = f"{path.parent.relative_to(SUITE / 'tests')}/{str(node).rpartition('/')[2]}"
            yield pytest.param(manifest, node, name, id=name)


@functools.cache
def load(iri: str) -> Triples:
    content = Path(iri.removeprefix("file://")).read_bytes()
    return tuple(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.TURTLE, base_iri=iri))


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C SHACL suite is not here; name its folder in W3C_SHACL_SUITE")
def test_suite_was_discovered() -> None:
    assert len(list(suite_tests())) == 121


@pytest.mark.parametrize(("manifest", "test", "name"), list(suite_tests()))
def test_engines_agree_on_the_w3c_suite(manifest: rdflib.Graph, test: rdflib.term.Node, name: str) -> None:
    action = manifest.value(test, MF.action)
    data, shapes = (load(str(manifest.value(action, part))) for part in (SHT.dataGraph, SHT.shapesGraph))
    found, wanted = fast(data, shapes), expected(manifest, test)
    if name not in UNEXPECTED:
        assert found == wanted
    assert engines.passes_screening(data, shapes) == (wanted == Counter())
    assert (reference(data, shapes) == found) == (name not in KNOWN)


def expected(manifest: rdflib.Graph, test: rdflib.term.Node) -> Results | None:
    outcome = manifest.value(test, MF.result)
    return None if outcome == SHT.Failure else results(manifest, manifest)


# --- our examples ------------------------------------------------------------------------------------


@functools.cache
def shapes_of(stage: Stage) -> Triples:
    return tuple(gather(SHAPES, SHAPES / stage))


def complete(asserted: Triples, stage: Stage) -> Triples:
    """Return what a stage validates."""
    inferred = materialize(list(asserted), schema(), rules()) if stage == "derived" else ()
    return (*asserted, *inferred, *ontology())


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_engines_agree_on_each_invalid_example(path: Path) -> None:
    stage = stage_of(path)
    assert_agreement(complete(tuple(example(path)), stage), shapes_of(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_engines_agree_on_this_dataset(stage: Stage, workspace: Workspace) -> None:
    assert not assert_agreement(complete(tuple(triples_of(workspace.data)), stage), shapes_of(stage))


# --- mutants -----------------------------------------------------------------------------------------

MUTANTS: Final = 340
LABEL: Final = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
RDF_TYPE: Final = ox.NamedNode(str(RDF.type))

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


def text_of(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else ""


@functools.cache
def classes() -> tuple[ox.NamedNode, ...]:
    kind = ox.NamedNode("http://www.w3.org/2002/07/owl#Class")
    found = {t.subject for t in ontology() if t.predicate == RDF_TYPE and t.object == kind}
    return tuple(sorted((node for node in found if isinstance(node, ox.NamedNode)), key=str))


def mutant(seed: int) -> Triples:
    """Return one of the valid examples with one mistake in it, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    operator = OPERATORS[seed % len(OPERATORS)]
    asserted = tuple(example(VALID[rng.randrange(len(VALID))]))
    own = asserted[len(gather(EXAMPLES)) :] or asserted
    # Which triple of many is at fault matters less than that each kind of mistake meets each kind of triple.
    position = rng.randrange(len(asserted) - len(own), len(asserted))
    triple = asserted[position]
    rest = asserted[:position] + asserted[position + 1 :]
    if operator is none_left:
        rest = tuple(t for t in rest if (t.subject, t.predicate) != (triple.subject, triple.predicate))
    return (*rest, *operator(rng, triple, asserted))


@functools.cache
def agreed(seed: int) -> Results:
    stage = STAGES[seed // len(OPERATORS) % 2]
    return assert_agreement(complete(mutant(seed), stage), shapes_of(stage))


@pytest.mark.parametrize("seed", range(MUTANTS), ids=lambda seed: f"{seed}-{OPERATORS[seed % len(OPERATORS)].__name__}")
def test_engines_agree_on_mutants(seed: int) -> None:
    agreed(seed)


def test_mutants_are_mistakes_of_many_kinds() -> None:
    found = [agreed(seed) for seed in range(MUTANTS)]
    assert sum(map(bool, found)) > MUTANTS / 2
    assert len({component for results in found for _, _, component in results}) > 12
