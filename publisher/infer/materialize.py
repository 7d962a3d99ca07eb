"""Derive what follows from the asserted data, and only that.

owlrl closes the *ontology* under OWL 2 RL/RDF (https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules).
From the closed schema every rule that looks at one triple of data is a table look-up, so one pass over
the data does what a full closure would; the CONSTRUCT rules of the workspace add the shortcuts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from pyoxigraph import NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples, from_ntriples, parse_ntriples, to_ntriples
from publisher.rdf.overlay import Overlay
from publisher.rdf.vocab import OWL, RDF, RDFS, plain
from publisher.workspace.sources import Rule, Source, triples_of

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
_TABLES: Final = ("superclasses", "superproperties", "domains", "ranges", "inverses")
_MAX_ROUNDS: Final = 100
_TYPE: Final = str(RDF.type)
_SHARED: Final = NamedNode("urn:x-publisher:background")
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

    @cached_property
    def effects(self) -> Effects:
        """The tables in the form in which they are applied."""
        return Effects(self)


def close(ontology: tuple[Source, ...]) -> Schema:
    """Return the OWL 2 RL closure of the ontology as tables.

    Raises ``SourceError`` when owlrl finds the ontology inconsistent.
    """
    import owlrl  # what is closed is kept, so that few builds need it

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
    return list(from_ntriples(infer_facts(to_ntriples(data), schema, rules)))


def infer_facts(
    data: Iterable[NTriple],
    schema: Schema,
    rules: tuple[Rule, ...] = (),
    background: Background | None = None,
    looked_at: Container[str] | None = None,
) -> list[NTriple]:
    """Return what ``infer`` returns, as facts: about things of ``data``, which is read together with ``background``.

    The rules see facts of the predicates ``looked_at`` alone, of any when there are none.
    """
    asserted = set(data)
    shared = background.facts if background else frozenset()
    things = {s for s, _, _ in asserted} | (background.subjects if background else frozenset())
    following = saturate(asserted, schema, rules, background=background, looked_at=looked_at) - asserted - shared
    return sorted(fact for fact in following if fact[0] in things)


class Background:
    """Facts that are read together with many small sets of facts: given to the rules once, and not for each set."""

    def __init__(self, facts: Iterable[NTriple]) -> None:
        self.facts = frozenset(facts)
        self.subjects = frozenset(s for s, _, _ in self.facts)
        self.predicates = frozenset(p for _, p, _ in self.facts)
        lines = NTriplesBuffer.of(self.facts)
        self.backdrop = Overlay(lambda: {_SHARED: lines})


def construct(rule: Rule, store: ox.Store) -> Iterator[Triple]:
    """Return what one rule derives from the triples of ``store``.

    Raises ``SourceError``, with the place in the file where the parser knows it, for what is no CONSTRUCT query.
    """
    try:
        results = store.query(rule.text, use_default_graph_as_union=True)
    except SyntaxError as error:
        match = re.search(r"at (\d+):(\d+): (.*)", str(error), re.DOTALL)
        line, column, message = (int(match[1]), int(match[2]), match[3]) if match else (None, None, str(error))
        raise SourceError(f"not a SPARQL query: {message}", rule.path, line, column) from None
    if not isinstance(results, ox.QueryTriples):
        raise SourceError("not a CONSTRUCT query; a rule derives triples", rule.path)
    return iter(results)


def saturate(
    asserted: set[NTriple],
    schema: Schema,
    rules: tuple[Rule, ...],
    fire: Fire = construct,
    background: Background | None = None,
    looked_at: Container[str] | None = None,
) -> set[NTriple]:
    """Return ``asserted`` and everything that follows from it and from the background, about whatever.

    Schema rules and CONSTRUCT rules alternate until nothing new follows. Whoever wants to see each rule fire on
    the triples known by then gives another ``fire``.
    """
    background = background or Background(())
    known = asserted | _saturate(asserted, asserted, schema, background)
    fresh = known
    with background.backdrop.store() as store:
        for _ in range(_MAX_ROUNDS):
            background.backdrop.show(fresh if looked_at is None else (fact for fact in fresh if fact[1] in looked_at))
            derived = {fact for rule in rules for fact in to_ntriples(fire(rule, store))} - known - background.facts
            if len(derived) > _MAX_GROWTH * (len(asserted) + 1000):
                raise SourceError(f"the rules derive {len(derived):,} triples from {len(asserted):,}", rules[0].path)
            if not derived:
                return known
            fresh = derived | _saturate(derived, known | derived, schema, background)
            known |= fresh
    raise SourceError(f"the rules still derive new triples after {_MAX_ROUNDS} rounds", rules[0].path)


def _saturate(agenda: Iterable[NTriple], known: set[NTriple], schema: Schema, background: Background) -> set[NTriple]:
    """Return what follows from the agenda by the schema and is not in ``known``, which holds the agenda."""
    new: set[NTriple] = set()
    todo: Iterable[NTriple] = agenda
    while todo:
        todo = schema.effects.consequences(todo) - known - new
        new |= todo
        if not todo and schema.transitive:
            connected = _transitive(known | new, schema, background)
            todo = connected - known - new - background.facts
            new |= todo
    return new


class Effects:
    """What one fact entails, read off its predicate or its class in one look-up."""

    def __init__(self, schema: Schema) -> None:
        self._superclasses = _terms(schema.superclasses)
        tables = [_terms(t) for t in (schema.superproperties, schema.domains, schema.ranges, schema.inverses)]
        self._by_predicate = {
            predicate: tuple(table.get(predicate, ()) for table in tables) for table in tables for predicate in table
        }

    def consequences(self, facts: Iterable[NTriple]) -> set[NTriple]:
        """Apply cax-sco, prp-spo1, prp-dom, prp-rng, prp-symp and prp-inv1/2 once to each fact."""
        found: set[NTriple] = set()
        add = found.add
        for s, p, o in facts:
            if p == _TYPE:
                for superclass in self._superclasses.get(o, ()):
                    add((s, _TYPE, superclass))
                continue
            effect = self._by_predicate.get(p)
            if effect is None:
                continue
            superproperties, domains, ranges, inverses = effect
            for superproperty in superproperties:
                add((s, superproperty, o))
            for domain in domains:
                add((s, _TYPE, domain))
            if o[0] != '"':
                for range_ in ranges:
                    add((o, _TYPE, range_))
                for inverse in inverses:
                    add((o, inverse, s))
        return found


def _terms(table: Table) -> dict[str, tuple[str, ...]]:
    return {str(key): tuple(str(value) for value in values) for key, values in table.items()}


def _transitive(facts: set[NTriple], schema: Schema, background: Background) -> set[NTriple]:
    """Apply prp-trp: return a fact for each pair that a path of one transitive property connects."""
    connected = set()
    for prop in (str(p) for p in schema.transitive):
        steps: dict[str, set[str]] = defaultdict(set)
        for s, p, o in facts:
            if p == prop:
                steps[s].add(o)
        if steps and prop in background.predicates:
            for s, p, o in background.facts:
                if p == prop:
                    steps[s].add(o)
        for start, neighbours in steps.items():
            reached: set[str] = set()
            todo = list(neighbours)
            while todo:
                if (node := todo.pop()) not in reached:
                    reached.add(node)
                    todo.extend(steps.get(node, ()))
            connected |= {(start, prop, node) for node in reached}
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


def write_schema(schema: Schema) -> dict[str, Any]:
    """Return a schema as values that JSON can hold."""
    tables = {name: _terms(getattr(schema, name)) for name in _TABLES}
    axioms = format_ntriples(to_ntriples(schema.axioms))
    return {**tables, "transitive": [t.value for t in schema.transitive], "beyond": schema.beyond, "axioms": axioms}


def read_schema(kept: dict[str, Any]) -> Schema:
    """Return the schema that ``write_schema`` wrote."""
    return Schema(
        **{name: _nodes(kept[name]) for name in _TABLES},
        transitive=frozenset(NamedNode(value) for value in kept["transitive"]),
        beyond=tuple(kept["beyond"]),
        axioms=frozenset(from_ntriples(parse_ntriples(kept["axioms"]))),
    )


def _nodes(table: dict[str, list[str]]) -> Table:
    return {NamedNode(key[1:-1]): frozenset(NamedNode(value[1:-1]) for value in table[key]) for key in table}
