"""Find the smallest derivation of an inferred triple from asserted triples and axioms.

Each application of a rule is recorded as a ``Step``. For every triple, the step that ends the smallest derivation tree
is chosen with Knuth's generalisation of Dijkstra's algorithm (https://doi.org/10.1016/0020-0190(77)90002-3). Among
equally small ones the names decide, so that the answer is the same each time.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.infer.materialization import construct, saturate
from publisher.infer.schema import Schema, Table
from publisher.infer.tracing import NearMiss, TracedRule, near_misses, trace
from publisher.rdf.ntriples import from_ntriples, name_of, to_ntriples
from publisher.rdf.vocab import OWL, RDF, RDFS, Term
from publisher.workspace.sources import Rule

ASSERTED: Final = "asserted"
ONTOLOGY: Final = "closure of the ontology"

# The cost of an axiom that owlrl derived: more than that of any chain of asserted axioms that entails the same.
_DERIVED_AXIOM: Final = 100
# The cost of a step with unknown premises: any other derivation is better.
_UNTRACED: Final = 10_000


@dataclass(frozen=True)
class Step:
    """The application of a rule that derives a triple.

    ``rule`` is the name of a rule of OWL 2 RL, the file name of a CONSTRUCT rule, ``ASSERTED`` or ``ONTOLOGY``. The
    premises are triples of the data, then axioms of the ontology.
    """

    triple: Triple
    rule: str
    premises: tuple[Triple, ...] = ()


class Derivations:
    """The derivations of all triples that follow from ``data``: computed once, then a look-up for each triple.

    Raises ``SourceError`` for a rule that is not a CONSTRUCT query.
    """

    def __init__(self, data: Iterable[Triple], schema: Schema, rules: tuple[Rule, ...] = ()) -> None:
        self.asserted = frozenset(data)
        self._axioms = frozenset(from_ntriples(schema.axioms))
        self._traced: dict[Rule, TracedRule | None] = {}
        self._steps: dict[Triple, set[Step]] = defaultdict(set)
        closure = saturate(set(to_ntriples(self.asserted)), schema, rules, self._apply_rule)
        self.closure = frozenset(from_ntriples(closure))
        for step in _schema_steps(self.closure, schema, self._axioms):
            self._record(step)
        self._costs = _smallest_costs((step for steps in self._steps.values() for step in steps), self._leaf_costs())

    def why(self, triple: Triple) -> tuple[Step, ...]:
        """Return the step that derives ``triple`` and all steps before it, each once; empty if it does not follow."""
        steps: dict[Triple, Step] = {}
        agenda = [triple]
        while agenda:
            current = agenda.pop()
            if current not in steps and (step := self.step(current)):
                steps[current] = step
                agenda.extend(reversed(step.premises))
        return tuple(steps.values())

    def step(self, triple: Triple) -> Step | None:
        """Return the last step of the smallest derivation of ``triple``; ``None`` if it does not follow."""
        if triple in self.asserted or triple in self._axioms:
            return Step(triple, ASSERTED)
        if steps := self._steps.get(triple):
            return min(steps, key=lambda step: (_cost(step, self._costs), step.rule, [str(t) for t in step.premises]))
        return Step(triple, ONTOLOGY) if triple in self._costs else None

    def near_misses(self, triple: Triple) -> list[NearMiss]:
        """Return the applications of rules that would derive ``triple`` if one FILTER did not fail."""
        if triple in self.closure:
            return []
        traced = [(rule, trace_) for rule, trace_ in self._traced.items() if trace_]
        misses = {miss for rule, trace_ in traced for miss in near_misses(rule, trace_, triple, self._store)}
        return sorted(misses, key=str)

    @cached_property
    def _store(self) -> ox.Store:
        store = ox.Store()
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in self.closure)
        return store

    def _apply_rule(self, rule: Rule, store: ox.Store) -> Iterator[Triple]:
        """Derive triples and record a step for each solution of the rule, or one without premises if there is none."""
        derived = set(construct(rule, store))  # raises the error for a bad rule before anything else parses it
        unexplained = set(derived)
        if rule not in self._traced:
            self._traced[rule] = trace(rule)
        traced = self._traced[rule]
        for conclusions, premises in traced.solutions(store) if traced else ():
            for triple in conclusions:
                if triple in derived:
                    self._record(Step(triple, rule.path.name, premises))
                    unexplained.discard(triple)
        for triple in unexplained:
            self._record(Step(triple, rule.path.name))
        return iter(derived)

    def _record(self, step: Step) -> None:
        if step.triple not in self.asserted and step.triple not in step.premises:
            self._steps[step.triple].add(step)

    def _leaf_costs(self) -> dict[Triple, int]:
        premises = {t for steps in self._steps.values() for step in steps for t in step.premises}
        derived_axioms = premises - self.closure - self._axioms
        leaves = dict.fromkeys(derived_axioms, _DERIVED_AXIOM)
        leaves.update(dict.fromkeys(self.asserted | (premises & self._axioms), 1))
        return leaves


def _cost(step: Step, costs: dict[Triple, int]) -> int:
    return sum(costs[t] for t in step.premises) + 1 if step.premises else _UNTRACED


def _smallest_costs(steps: Iterable[Step], leaves: dict[Triple, int]) -> dict[Triple, int]:
    """Return the cost of the smallest derivation of each triple, from its steps and the costs of asserted triples."""
    using: dict[Triple, list[Step]] = defaultdict(list)
    missing: dict[Step, int] = {}
    order = count()  # so that the heap never compares triples, which have no order
    heap = [(cost, next(order), triple) for triple, cost in leaves.items()]
    for step in steps:
        missing[step] = len(set(step.premises))
        for premise in set(step.premises):
            using[premise].append(step)
        if not step.premises:
            heap.append((_UNTRACED, next(order), step.triple))
    heapq.heapify(heap)
    costs: dict[Triple, int] = {}
    while heap:
        cost, _, triple = heapq.heappop(heap)
        if triple in costs:
            continue
        costs[triple] = cost
        for step in using[triple]:
            missing[step] -= 1
            if not missing[step]:
                heapq.heappush(heap, (_cost(step, costs), next(order), step.triple))
    return costs


# --- the rules of OWL 2 RL/RDF (OWL 2 Profiles, section 4.3) -------------------------------------------


def _schema_steps(closure: Iterable[Triple], schema: Schema, axioms: frozenset[Triple]) -> Iterator[Step]:
    """Yield every application of a rule of the schema to triples of the closure."""
    chains: dict[tuple[Term, NamedNode], list[Triple]] = defaultdict(list)
    for t in closure:
        yield from _type_steps(t, schema) if t.predicate == RDF.type else _property_steps(t, schema, axioms)
        if str(t.predicate) in schema.transitive:
            chains[t.subject, t.predicate].append(t)
    for links in list(chains.values()):
        for first in links:
            for second in chains.get((first.object, first.predicate), ()):
                derived = Triple(first.subject, first.predicate, second.object)
                axiom = Triple(first.predicate, RDF.type, OWL.TransitiveProperty)
                yield Step(derived, "prp-trp", (first, second, axiom))


def _nodes(table: Table, term: Term) -> list[NamedNode]:
    return [NamedNode(name_of(entailed)) for entailed in table.get(str(term), ())]


def _type_steps(t: Triple, schema: Schema) -> Iterator[Step]:
    """Apply cax-sco."""
    if isinstance(t.object, NamedNode):
        for cls in _nodes(schema.superclasses, t.object):
            yield Step(Triple(t.subject, RDF.type, cls), "cax-sco", (t, Triple(t.object, RDFS.subClassOf, cls)))


def _property_steps(t: Triple, schema: Schema, axioms: frozenset[Triple]) -> Iterator[Step]:
    """Apply prp-spo1, prp-dom, prp-rng and the inverses."""
    for prop in _nodes(schema.superproperties, t.predicate):
        axiom = Triple(t.predicate, RDFS.subPropertyOf, prop)
        yield Step(Triple(t.subject, prop, t.object), "prp-spo1", (t, axiom))
    for cls in _nodes(schema.domains, t.predicate):
        yield Step(Triple(t.subject, RDF.type, cls), "prp-dom", (t, Triple(t.predicate, RDFS.domain, cls)))
    if isinstance(t.object, NamedNode | BlankNode):
        for cls in _nodes(schema.ranges, t.predicate):
            yield Step(Triple(t.object, RDF.type, cls), "prp-rng", (t, Triple(t.predicate, RDFS.range, cls)))
        for inverse in _nodes(schema.inverses, t.predicate):
            yield _inverse_step(t, Triple(t.object, inverse, t.subject), axioms)


def _inverse_step(t: Triple, derived: Triple, axioms: frozenset[Triple]) -> Step:
    """Apply prp-symp, prp-inv1 or prp-inv2, whichever has an asserted axiom."""
    symmetric = Triple(t.predicate, RDF.type, OWL.SymmetricProperty)
    backward = Triple(derived.predicate, OWL.inverseOf, t.predicate)
    if derived.predicate == t.predicate and symmetric in axioms:
        return Step(derived, "prp-symp", (t, symmetric))
    if backward in axioms:
        return Step(derived, "prp-inv2", (t, backward))
    return Step(derived, "prp-inv1", (t, Triple(t.predicate, OWL.inverseOf, derived.predicate)))
