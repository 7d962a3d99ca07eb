"""Compute the triples that follow from data by a closed ontology and by the CONSTRUCT rules of a workspace.

Each rule of OWL 2 RL that has one triple of data among its premises is a look-up in the closed schema, so that one pass
over the data gives what a closure of data and ontology together would give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Triple

from publisher.errors import SourceError
from publisher.infer.lexical_forms import LexicalForms
from publisher.infer.schema import Schema
from publisher.rdf.hierarchy import reachable
from publisher.rdf.ntriples import NTriple, format_chunks, from_ntriples, to_ntriples
from publisher.rdf.sparql import syntax_error, unsupported
from publisher.workspace.sources import Rule
from publisher.workspace.time_limit import limited_time

_MAX_ROUNDS: Final = 100
# Rules that derive more than this many triples for each asserted one are taken for a mistake.
_MAX_GROWTH: Final = 1000
_TRIPLES_AT_ONCE: Final = 100_000

ApplyRule = Callable[[Rule, ox.Store], Iterable[Triple]]


def materialize(data: Iterable[Triple], schema: Schema, rules: tuple[Rule, ...] = ()) -> list[Triple]:
    """Return the new triples that follow from ``data``: sorted, without those about subjects that ``data`` lacks.

    Raises ``SourceError`` for a rule that is not a CONSTRUCT query.
    """
    asserted = set(to_ntriples(data))
    subjects = {s for s, _, _ in asserted}
    new = saturate(asserted, schema, rules) - asserted
    return list(from_ntriples(sorted(triple for triple in new if triple[0] in subjects)))


def construct(rule: Rule, store: ox.Store) -> list[Triple]:
    """Return the triples that a rule derives from all graphs of ``store``.

    Raises ``SourceError`` for what is not a CONSTRUCT query, with the line and column where the parser reports them.
    """
    try:
        with limited_time(rule.path):
            results = store.query(rule.text, use_default_graph_as_union=True)
            if isinstance(results, ox.QueryTriples):
                return list(results)
    except SyntaxError as error:
        fault = syntax_error(error, rule.path, rule.text)
        raise SourceError(f"not a SPARQL query: {fault.message}", rule.path, fault.line, fault.column) from None
    except RuntimeError as error:
        raise unsupported(error, rule.text, rule.path) from None
    raise SourceError("not a CONSTRUCT query; a rule derives triples", rule.path)


def saturate(
    asserted: set[NTriple],
    schema: Schema,
    rules: tuple[Rule, ...],
    apply_rule: ApplyRule = construct,
    rule_predicates: Container[str] | None = None,
) -> set[NTriple]:
    """Return ``asserted`` and all triples that follow from it, whatever their subject.

    The schema and the rules are applied alternately until no new triple follows. ``apply_rule`` is called with each
    rule and a store of the triples derived so far; with ``rule_predicates``, of those with one of these predicates.
    Raises ``SourceError`` for rules that do not come to an end.
    """
    closure = asserted | _apply_schema(asserted, asserted, schema)
    if not rules:
        return closure
    new, store = closure, ox.Store()
    for _ in range(_MAX_ROUNDS):
        _load(store, new if rule_predicates is None else (t for t in new if t[1] in rule_predicates))
        forms = LexicalForms(t for t in closure if rule_predicates is None or t[1] in rule_predicates)
        derived = set[NTriple]()
        for rule in rules:
            derived |= forms.restore(rule, set(to_ntriples(apply_rule(rule, store))), store)
        derived -= closure
        if len(derived) > _MAX_GROWTH * (len(asserted) + 1000):
            raise SourceError(f"the rules derive {len(derived):,} triples from {len(asserted):,}", rules[0].path)
        if not derived:
            return closure
        new = derived | _apply_schema(derived, closure | derived, schema)
        closure |= new
    raise SourceError(f"the rules still derive new triples after {_MAX_ROUNDS} rounds", rules[0].path)


def _load(store: ox.Store, triples: Iterable[NTriple]) -> None:
    """Add triples to a store, in batches; ``Store.load`` would rename blank nodes."""
    for content in format_chunks(triples, _TRIPLES_AT_ONCE):
        if b"_:" in content:
            store.extend(ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
        else:
            store.load(content, format=ox.RdfFormat.N_TRIPLES)


def _apply_schema(triples: Iterable[NTriple], closure: set[NTriple], schema: Schema) -> set[NTriple]:
    """Return what follows from ``triples`` by the schema and is not in ``closure``, which contains ``triples``."""
    new: set[NTriple] = set()
    agenda: Iterable[NTriple] = triples
    while agenda:
        agenda = schema.entailed_by(agenda) - closure - new
        new |= agenda
        if not agenda and schema.transitive:
            agenda = _transitive(closure | new, schema) - closure - new
            new |= agenda
    return new


def _transitive(triples: set[NTriple], schema: Schema) -> set[NTriple]:
    """Apply prp-trp: return a triple for each pair of nodes that a path of one transitive property connects."""
    connected = set()
    for prop in schema.transitive:
        edges: dict[str, set[str]] = defaultdict(set)
        for s, p, o in triples:
            if p == prop:
                edges[s].add(o)
        for start in list(edges):
            connected |= {(start, prop, node) for node in reachable(edges[start], edges.__getitem__)}
    return connected
