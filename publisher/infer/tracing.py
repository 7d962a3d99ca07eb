"""Trace a CONSTRUCT rule: for each of its solutions, the triples that it constructs and those that it matched.

The rule runs with ``SELECT *`` in place of its template; template and patterns are taken from rdflib's algebra. The
premises of a solution are the triples of the data that its triple patterns match, outside of NOT EXISTS and MINUS.
Paths of sequences and inverses count as the patterns that they abbreviate; a pattern in EXISTS counts with one of its
matches; other paths contribute no premise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.rdf.interop import from_rdflib
from publisher.rdf.sparql import as_select, tokenize
from publisher.rdf.vocab import Term
from publisher.workspace.sources import Rule

if TYPE_CHECKING:
    import rdflib

Slot = Term | str  # a term, or the name of a variable
TriplePattern = tuple[Slot, Slot, Slot]
RuleSolution = tuple[tuple[Triple, ...], tuple[Triple, ...]]  # the constructed triples, and the matched ones

_NEGATIVE: Final = {"Builtin_NOTEXISTS", "UnaryNot"}


@dataclass(frozen=True)
class TracedRule:
    """A rule as a SELECT query with its variables, its template, and its basic graph patterns."""

    select: str
    selected: frozenset[str]
    template: tuple[TriplePattern, ...]
    groups: tuple[tuple[TriplePattern, ...], ...]

    def solutions(self, store: ox.Store) -> Iterator[RuleSolution]:
        """Yield the conclusions and the premises of each solution."""
        for bound in rows(store, self.select):
            conclusions = tuple(t for pattern in self.template if (t := fill(pattern, bound)))
            yield conclusions, self.premises(bound, store)

    def premises(self, bound: Mapping[str, Term], store: ox.Store) -> tuple[Triple, ...]:
        """Return the triples of ``store`` that the patterns match in one solution, in the order of the patterns."""
        matched: dict[Triple, None] = {}
        for group in self.groups:
            # A selected variable without a value belongs to an OPTIONAL or a branch of UNION that did not match.
            lacking = self.selected - bound.keys()
            active = [pattern for pattern in group if lacking.isdisjoint(pattern)]
            unselected = [p for p in active if any(isinstance(s, str) and s not in bound for s in p)]
            values = {**bound, **_first_match(unselected, bound, store)} if unselected else bound
            for pattern in active:
                if (t := fill(pattern, values)) and ox.Quad(t.subject, t.predicate, t.object) in store:
                    matched[t] = None
        return tuple(matched)


def trace(rule: Rule) -> TracedRule | None:
    """Return the traceable form of a rule; ``None`` for a rule that has none, such as one with GROUP BY."""
    return _trace(rule.text)


@lru_cache(maxsize=64)
def _trace(text: str) -> TracedRule | None:
    from rdflib.plugins.sparql import prepareQuery  # slow to import, and seldom needed

    try:
        algebra: Any = prepareQuery(text).algebra
        select = as_select(text)
        results = cast("ox.QuerySolutions", ox.Store().query(select))
    except Exception:  # noqa: BLE001 - rdflib's parser raises errors of any type; the rule runs, but has no trace
        return None
    fresh = count()
    groups = tuple(tuple(_patterns(triples, fresh)) for triples in _groups(algebra.p))
    template = algebra.template or [t for triples in _groups(algebra.p) for t in triples]
    selected = frozenset(variable.value for variable in results.variables)
    return TracedRule(select, selected, tuple(_patterns(template, fresh)), groups)


def fill(pattern: TriplePattern, bound: Mapping[str, Term]) -> Triple | None:
    """Return a pattern with its variables replaced; ``None`` when one is unbound or the result is not a triple."""
    s, p, o = (bound.get(slot) if isinstance(slot, str) else slot for slot in pattern)
    if isinstance(s, NamedNode | BlankNode) and isinstance(p, NamedNode) and o is not None:
        return Triple(s, p, o)
    return None


def _first_match(patterns: list[TriplePattern], bound: Mapping[str, Term], store: ox.Store) -> dict[str, Term]:
    """Return values for the variables that the rule does not select: the first row in the order of its text."""
    body = " . ".join(" ".join(_text(slot, bound) for slot in pattern) for pattern in patterns)
    matches = rows(store, f"SELECT * {{ {body} }}")
    agreeing = [row for row in matches if all(bound.get(n, v) == v for n, v in row.items())]
    return min(agreeing, key=lambda row: sorted((name, str(term)) for name, term in row.items()), default={})


def _text(slot: Slot, bound: Mapping[str, Term]) -> str:
    if not isinstance(slot, str):
        return str(slot)
    value = bound.get(slot)
    # A blank node of the data cannot be named in a query, where its label is one more variable.
    return f"?{slot}" if value is None or isinstance(value, BlankNode) else str(value)


def _groups(node: object) -> Iterator[list[Any]]:
    """Yield the triples of each basic graph pattern that has to match (SPARQL 1.1, section 18.2)."""
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(node, CompValue):
        if node.name in _NEGATIVE:
            return
        if isinstance(node.get("triples"), list):
            yield node["triples"]
        for key, child in node.items():
            if not (node.name == "Minus" and key == "p2") and key != "triples":
                yield from _groups(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _groups(child)


def _patterns(triples: Iterable[tuple[Any, Any, Any]], fresh: Iterator[int]) -> Iterator[TriplePattern]:
    import rdflib
    from rdflib.paths import InvPath, SequencePath

    for s, p, o in triples:
        if isinstance(p, InvPath):
            yield from _patterns([(o, p.arg, s)], fresh)
        elif isinstance(p, SequencePath):
            nodes = [s, *(rdflib.BNode(f"path{next(fresh)}") for _ in p.args[1:]), o]
            yield from _patterns(zip(nodes, p.args, nodes[1:], strict=False), fresh)
        elif isinstance(p, rdflib.URIRef | rdflib.Variable):
            yield _slot(s), _slot(p), _slot(o)


def _slot(term: rdflib.term.Node) -> Slot:
    import rdflib

    if isinstance(term, rdflib.Variable):
        return str(term)
    return "bnode_" + re.sub(r"\W", "_", str(term)) if isinstance(term, rdflib.BNode) else from_rdflib(term)


# --- rules that almost apply --------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class NearMiss:
    """A solution that only one FILTER of a rule rejects: its premises, and the values of the variables in it."""

    rule: str
    condition: str
    premises: tuple[Triple, ...]
    values: tuple[tuple[str, Term], ...]


def near_misses(rule: Rule, traced: TracedRule, triple: Triple, store: ox.Store) -> Iterator[NearMiss]:
    """Yield the solutions that would derive ``triple`` if one FILTER of the rule did not fail."""
    bare, conditions = without_conditions(traced.select)
    for pattern in traced.template if conditions else ():
        bound = _unify(pattern, triple)
        for row in rows(store, _with(bare, bound)) if bound is not None else ():
            for condition in conditions:
                if not rows(store, _with(bare, row, condition)):
                    matched = traced.premises(row, store)
                    values = _values(store, bare, row, condition)
                    yield NearMiss(rule.path.name, " ".join(condition.split()), matched, values)


def without_conditions(select: str) -> tuple[str, tuple[str, ...]]:
    """Return a query without the FILTERs of its outermost group, and those FILTERs."""
    rest, conditions = [], []
    depth, begin, end = 0, -1, 0
    for token in tokenize(select):
        if depth == 1 and begin < 0 and token[0].upper() == "FILTER":
            begin = token.start()
        if token[0] not in tuple("{}()"):
            continue
        depth += 1 if token[0] in "{(" else -1
        if depth == 1 and begin >= 0:
            rest.append(select[end:begin])
            conditions.append(select[begin : token.end()])
            begin, end = -1, token.end()
    return "".join([*rest, select[end:]]), tuple(conditions)


def _unify(pattern: TriplePattern, triple: Triple) -> dict[str, Term] | None:
    bound: dict[str, Term] = {}
    for slot, term in zip(pattern, (triple.subject, triple.predicate, triple.object), strict=True):
        if (bound.setdefault(slot, term) if isinstance(slot, str) else slot) != term:
            return None
    return bound


def _with(select: str, bound: Mapping[str, Term], more: str = "") -> str:
    """Return the query restricted to values of its variables; a blank node, which it cannot name, stays a variable."""
    named = {name: term for name, term in bound.items() if not isinstance(term, BlankNode)}
    brace = next(token.end() for token in tokenize(select) if token[0] == "{")
    values = "".join(f" VALUES ?{name} {{ {term} }}" for name, term in named.items())
    return f"{select[:brace]}{values} {more}\n{select[brace:]}"


def rows(store: ox.Store, query: str) -> list[dict[str, Term]]:
    """Return the solutions of a SELECT query over a store: its variables, by name, that are bound."""
    results = cast("ox.QuerySolutions", store.query(query))
    names = [variable.value for variable in results.variables]
    return [{name: row[name] for name in names if row[name] is not None} for row in results]


def _values(store: ox.Store, bare: str, row: Mapping[str, Term], condition: str) -> tuple[tuple[str, Term], ...]:
    """Return the values of the variables of a FILTER, for NOT EXISTS including those of its first match."""
    values = dict(row)
    if negated := re.match(r"FILTER\s+NOT\s+EXISTS\s*", condition, re.IGNORECASE):
        matches = rows(store, _with(bare, row, condition[negated.end() :]))
        values |= min(matches, key=str, default={})
    named = dict.fromkeys(token[0][1:] for token in tokenize(condition) if token.lastgroup == "variable")
    return tuple((name, values[name]) for name in named if name in values)
