"""Derive what follows from the asserted data, and only that.

owlrl closes the *ontology* under OWL 2 RL/RDF (https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules).
From the closed schema every rule that looks at one triple of data is a table look-up, so one pass over
the data does what a full closure would; the CONSTRUCT rules of the workspace add the shortcuts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import owlrl
import pyoxigraph as ox
import rdflib
from pyoxigraph import Literal, NamedNode, Triple

from publisher.errors import SourceError
from publisher.guards import check_depth
from publisher.sources import Rule, Source, to_rdflib, triples_of
from publisher.vocab import OWL, RDF, RDFS, Term, plain

_ERROR: Final = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
_TAUTOLOGIES: Final = frozenset({OWL.Thing, RDFS.Resource, OWL.NamedIndividual})
# Axioms whose consequences need two or more triples of data, or mint identity: the pass does not draw them.
_BEYOND: Final = (
    OWL.propertyChainAxiom,
    OWL.hasKey,
    OWL.hasValue,
    OWL.allValuesFrom,
    OWL.someValuesFrom,
    OWL.intersectionOf,
    OWL.unionOf,
    OWL.oneOf,
)
_BEYOND_TYPES: Final = (OWL.FunctionalProperty, OWL.InverseFunctionalProperty)
# What a closure needs to know; labels and definitions only slow it down.
_LOGIC: Final = (RDF.iri, RDFS.iri + "sub", RDFS.domain.value, RDFS.range.value, OWL.iri)
_MAX_ROUNDS: Final = 100
_SERVICE: Final = re.compile(r"\bSERVICE\b", re.IGNORECASE)  # also in comments: better refused than asked
# Rules that multiply the data beyond this are taken for a mistake.
_MAX_GROWTH: Final = 1000

Table = dict[NamedNode, frozenset[NamedNode]]
Fire = Callable[[Rule, ox.Store], Iterable[Triple]]


@dataclass(frozen=True)
class Schema:
    """The closed ontology as look-up tables, the axioms that people wrote, and those that the pass cannot apply."""

    superclasses: Table
    superproperties: Table
    domains: Table
    ranges: Table
    inverses: Table
    transitive: frozenset[NamedNode]
    beyond: tuple[str, ...]
    axioms: frozenset[Triple] = frozenset()


def close(ontology: tuple[Source, ...]) -> Schema:
    """Return the OWL 2 RL closure of the ontology as tables.

    Raises ``SourceError`` when owlrl finds the ontology inconsistent.
    """
    axioms = [t for t in triples_of(ontology) if t.predicate.value.startswith(_LOGIC)]
    graph = to_rdflib(axioms)
    try:
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    except ValueError as error:  # such as a list that goes round in a circle
        raise SourceError(f"the ontology is ill-formed: {error}", ontology[0].path) from None
    if errors := sorted(str(message) for message in graph.objects(None, _ERROR)):
        raise SourceError(f"the ontology is inconsistent: {'; '.join(errors)}", ontology[0].path)
    symmetric = {s: {s} for s in _subjects(graph, OWL.SymmetricProperty)}
    return Schema(
        superclasses=_table(graph, RDFS.subClassOf),
        superproperties=_table(graph, RDFS.subPropertyOf),
        domains=_table(graph, RDFS.domain),
        ranges=_table(graph, RDFS.range),
        inverses=_merge(_table(graph, OWL.inverseOf, both_ways=True), symmetric),
        transitive=frozenset(_subjects(graph, OWL.TransitiveProperty)),
        beyond=_beyond(axioms),
        axioms=frozenset(axioms),
    )


def infer(data: Iterable[Triple], schema: Schema, rules: tuple[Rule, ...] = ()) -> list[Triple]:
    """Return the new triples that follow from ``data``: sorted, well formed, about things of ``data``.

    Raises ``SourceError`` for a rule that is no CONSTRUCT query.
    """
    asserted = set(data)
    things = {t.subject for t in asserted}
    return sorted((t for t in saturate(asserted, schema, rules) - asserted if t.subject in things), key=str)


def construct(rule: Rule, store: ox.Store) -> Iterator[Triple]:
    """Return what one rule derives from the triples of ``store``.

    Raises ``SourceError``, with the place in the file where the parser knows it, for what is no CONSTRUCT query.
    """
    check_depth(rule.text, rule.path)
    if _SERVICE.search(rule.text):
        raise SourceError("SERVICE in a rule; a build depends on nothing but the workspace", rule.path)
    try:
        results = store.query(rule.text)
    except SyntaxError as error:
        match = re.search(r"at (\d+):(\d+): (.*)", str(error), re.DOTALL)
        line, column, message = (int(match[1]), int(match[2]), match[3]) if match else (None, None, str(error))
        raise SourceError(f"not a SPARQL query: {message}", rule.path, line, column) from None
    if not isinstance(results, ox.QueryTriples):
        raise SourceError("not a CONSTRUCT query; a rule derives triples", rule.path)
    return iter(results)


def saturate(asserted: set[Triple], schema: Schema, rules: tuple[Rule, ...], fire: Fire = construct) -> set[Triple]:
    """Return ``asserted`` and everything that follows from it, about whatever.

    Schema rules and CONSTRUCT rules alternate until nothing new follows. Whoever wants to see each rule fire on
    the triples known by then gives another ``fire``.
    """
    known = asserted | _saturate(asserted, asserted, schema)
    fresh = known
    store = ox.Store()
    for _ in range(_MAX_ROUNDS):
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in fresh)
        derived = {t for rule in rules for t in fire(rule, store)} - known
        if len(derived) > _MAX_GROWTH * (len(asserted) + 1000):
            raise SourceError(f"the rules derive {len(derived):,} triples from {len(asserted):,}", rules[0].path)
        if not derived:
            return known
        fresh = derived | _saturate(derived, known | derived, schema)
        known |= fresh
    raise SourceError(f"the rules still derive new triples after {_MAX_ROUNDS} rounds", rules[0].path)


def _saturate(agenda: Iterable[Triple], known: set[Triple], schema: Schema) -> set[Triple]:
    """Return what follows from the agenda by the schema and is not in ``known``, which holds the agenda."""
    new: set[Triple] = set()
    todo = list(agenda)
    while todo:
        while todo:
            for triple in _consequences(todo.pop(), schema):
                if triple not in known and triple not in new:
                    new.add(triple)
                    todo.append(triple)
        if schema.transitive:
            todo = list(_transitive(known | new, schema) - known - new)
            new.update(todo)
    return new


def _consequences(t: Triple, schema: Schema) -> Iterator[Triple]:
    """Apply cax-sco, prp-spo1, prp-dom, prp-rng, prp-symp and prp-inv1/2 to one triple."""
    if t.predicate == RDF.type and isinstance(t.object, NamedNode):
        for superclass in schema.superclasses.get(t.object, ()):
            yield Triple(t.subject, RDF.type, superclass)
        return
    for superproperty in schema.superproperties.get(t.predicate, ()):
        yield Triple(t.subject, superproperty, t.object)
    for domain in schema.domains.get(t.predicate, ()):
        yield Triple(t.subject, RDF.type, domain)
    if isinstance(t.object, Literal | Triple):
        return
    for range_ in schema.ranges.get(t.predicate, ()):
        yield Triple(t.object, RDF.type, range_)
    for inverse in schema.inverses.get(t.predicate, ()):
        yield Triple(t.object, inverse, t.subject)


def _transitive(triples: set[Triple], schema: Schema) -> set[Triple]:
    """Apply prp-trp: return a triple for each pair that a path of one transitive property connects."""
    connected = set()
    for prop in schema.transitive:
        steps: dict[Term, set[Term]] = defaultdict(set)
        for t in triples:
            if t.predicate == prop:
                steps[t.subject].add(t.object)
        for start, neighbours in steps.items():
            reached: set[Term] = set()
            todo = list(neighbours)
            while todo:
                if (node := todo.pop()) not in reached:
                    reached.add(node)
                    todo.extend(steps.get(node, ()))
            connected |= {Triple(start, prop, node) for node in reached}  # type: ignore[arg-type]  # keys are subjects
    return connected


def _subjects(graph: rdflib.Graph, cls: NamedNode) -> Iterator[NamedNode]:
    for subject in graph.subjects(rdflib.RDF.type, rdflib.URIRef(cls.value)):
        if isinstance(subject, rdflib.URIRef):
            yield NamedNode(str(subject))


def _table(graph: rdflib.Graph, predicate: NamedNode, *, both_ways: bool = False) -> Table:
    table: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for subject, obj in graph.subject_objects(rdflib.URIRef(predicate.value)):
        if not (isinstance(subject, rdflib.URIRef) and isinstance(obj, rdflib.URIRef)):
            continue
        one, other = NamedNode(str(subject)), NamedNode(str(obj))
        if other not in _TAUTOLOGIES and (both_ways or one != other):
            table[one].add(other)
        if both_ways:
            table[other].add(one)
    return {key: frozenset(values) for key, values in table.items()}


def _merge(table: Table, more: dict[NamedNode, set[NamedNode]]) -> Table:
    return {key: table.get(key, frozenset()) | more.get(key, set()) for key in table.keys() | more.keys()}


def _beyond(axioms: list[Triple]) -> tuple[str, ...]:
    found = {t.predicate.value for t in axioms if t.predicate in _BEYOND}
    found |= {plain(t.object) for t in axioms if t.predicate == RDF.type and t.object in _BEYOND_TYPES}
    return tuple(sorted(found))
