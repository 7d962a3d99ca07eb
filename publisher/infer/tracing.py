"""See what a CONSTRUCT rule matched: for each solution its conclusions and the triples that they came from.

The rule runs as it stands, with ``SELECT *`` in place of its template; template and patterns are read from rdflib's
algebra of it. Premises are the plain triple patterns outside of NOT EXISTS and MINUS that a solution fills with triples
of the data. Sequence and inverse paths count as the patterns that they abbreviate, EXISTS as patterns with one
witness; longer paths contribute nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.paths import InvPath, SequencePath

from publisher.rdf.sparql import as_select, tokenize
from publisher.rdf.vocab import Term
from publisher.workspace.sources import Rule

Slot = Term | str  # a term, or the name of a variable
Pattern = tuple[Slot, Slot, Slot]
Solution = tuple[tuple[Triple, ...], tuple[Triple, ...]]

_NEGATIVE: Final = {"Builtin_NOTEXISTS", "UnaryNot"}


@dataclass(frozen=True)
class TracedRule:
    """A rule as a SELECT query, the template it fills, and the groups of patterns that it matches."""

    select: str
    template: tuple[Pattern, ...]
    groups: tuple[tuple[Pattern, ...], ...]

    def solutions(self, store: ox.Store) -> Iterator[Solution]:
        """Yield, for each solution, its conclusions and its premises."""
        results = store.query(self.select)
        if not isinstance(results, ox.QuerySolutions):
            return
        names = [variable.value for variable in results.variables]
        for row in results:
            bound = {name: row[name] for name in names if row[name] is not None}
            heads = tuple(t for pattern in self.template if (t := fill(pattern, bound)))
            yield heads, premises(self.groups, bound, set(names), store)


def trace(rule: Rule) -> TracedRule | None:
    """Return the rule in a form that can be watched; ``None`` where that is not possible (aggregates at the top)."""
    from rdflib.plugins.sparql import prepareQuery  # which takes a while, and few runs need it

    try:
        algebra: Any = prepareQuery(rule.text).algebra
        select = as_select(rule.text)
        ox.Store().query(select)
    except Exception:  # noqa: BLE001 - rdflib's parser raises at will; the rule still runs, it only cannot be watched
        return None
    fresh = count()
    groups = tuple(tuple(_patterns(triples, fresh)) for triples in _groups(algebra.p))
    template = algebra.template or [t for triples in _groups(algebra.p) for t in triples]
    return TracedRule(select, tuple(_patterns(template, fresh)), groups)


def fill(pattern: Pattern, bound: Mapping[str, Term]) -> Triple | None:
    """Return the pattern with its variables replaced; ``None`` when one is unbound or no triple can be made."""
    s, p, o = (bound.get(slot) if isinstance(slot, str) else slot for slot in pattern)
    if isinstance(s, NamedNode | BlankNode) and isinstance(p, NamedNode) and o is not None:
        return Triple(s, p, o)
    return None


def premises(
    groups: Iterable[tuple[Pattern, ...]], bound: Mapping[str, Term], selected: set[str], store: ox.Store
) -> tuple[Triple, ...]:
    """Return the triples of ``store`` that the patterns stand for in one solution, in the order of the rule."""
    found: dict[Triple, None] = {}
    for group in groups:
        # A selected variable without a value belongs to an OPTIONAL or a branch of UNION that did not match.
        live = [p for p in group if not any(isinstance(s, str) and s in selected and s not in bound for s in p)]
        hidden = [p for p in live if any(isinstance(s, str) and s not in bound for s in p)]
        every = {**bound, **_witness(hidden, bound, store)} if hidden else bound
        for pattern in live:
            if (t := fill(pattern, every)) and ox.Quad(t.subject, t.predicate, t.object) in store:
                found[t] = None
    return tuple(found)


def _witness(patterns: list[Pattern], bound: Mapping[str, Term], store: ox.Store) -> dict[str, Term]:
    """Return values of the variables that the rule does not select, the first in the order of their text."""
    body = " . ".join(" ".join(_text(slot, bound) for slot in pattern) for pattern in patterns)
    rows = [row for row in _rows(store, f"SELECT * {{ {body} }}") if all(bound.get(n, v) == v for n, v in row.items())]
    return min(rows, key=lambda row: sorted((name, str(term)) for name, term in row.items()), default={})


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


def _patterns(triples: Iterable[tuple[Any, Any, Any]], fresh: Iterator[int]) -> Iterator[Pattern]:
    for s, p, o in triples:
        if isinstance(p, InvPath):
            yield from _patterns([(o, p.arg, s)], fresh)
        elif isinstance(p, SequencePath):
            nodes = [s, *(rdflib.BNode(f"path{next(fresh)}") for _ in p.args[1:]), o]
            yield from _patterns(zip(nodes, p.args, nodes[1:], strict=False), fresh)
        elif isinstance(p, rdflib.URIRef | rdflib.Variable):
            yield _slot(s), _slot(p), _slot(o)


def _slot(term: rdflib.term.Node) -> Slot:
    match term:
        case rdflib.URIRef():
            return NamedNode(str(term))
        case rdflib.Literal() if term.language:
            return Literal(str(term), language=term.language)
        case rdflib.Literal() if term.datatype:
            return Literal(str(term), datatype=NamedNode(str(term.datatype)))
        case rdflib.Literal():
            return Literal(str(term))
        case rdflib.BNode():
            return "bnode_" + re.sub(r"\W", "_", str(term))
    return str(term)


# --- rules that did not fire --------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Miss:
    """A rule that all patterns would let fire but for one FILTER; ``values`` are those it speaks of."""

    rule: str
    condition: str
    premises: tuple[Triple, ...]
    values: tuple[tuple[str, Term], ...]


def near_misses(rule: Rule, traced: TracedRule, triple: Triple, store: ox.Store) -> Iterator[Miss]:
    """Yield why the rule does not derive ``triple``, where its patterns match and only conditions fail."""
    bare, conditions = without_conditions(traced.select)
    for pattern in traced.template if conditions else ():
        bound = _unify(pattern, triple)
        for row in _rows(store, _with(bare, bound)) if bound is not None else ():
            for condition in conditions:
                if not _rows(store, _with(bare, row, condition)):
                    found = premises(traced.groups, row, set(row), store)
                    yield Miss(rule.path.name, _one_line(condition), found, _values(store, bare, row, condition))


def without_conditions(select: str) -> tuple[str, tuple[str, ...]]:
    """Return the query without the FILTERs of its outermost group, and those FILTERs."""
    kept, conditions = [], []
    depth, begin, end = 0, -1, 0
    for token in tokenize(select):
        if depth == 1 and begin < 0 and token[0].upper() == "FILTER":
            begin = token.start()
        if token[0] not in tuple("{}()"):
            continue
        depth += 1 if token[0] in "{(" else -1
        if depth == 1 and begin >= 0:
            kept.append(select[end:begin])
            conditions.append(select[begin : token.end()])
            begin, end = -1, token.end()
    return "".join([*kept, select[end:]]), tuple(conditions)


def _unify(pattern: Pattern, triple: Triple) -> dict[str, Term] | None:
    bound: dict[str, Term] = {}
    for slot, term in zip(pattern, (triple.subject, triple.predicate, triple.object), strict=True):
        if (bound.setdefault(slot, term) if isinstance(slot, str) else slot) != term:
            return None
    return bound


def _with(select: str, bound: Mapping[str, Term], more: str = "") -> str:
    """Return the query for these values; a blank node cannot be named in one and stays open."""
    named = {name: term for name, term in bound.items() if not isinstance(term, BlankNode)}
    brace = next(token.end() for token in tokenize(select) if token[0] == "{")
    values = "".join(f" VALUES ?{name} {{ {term} }}" for name, term in named.items())
    return f"{select[:brace]}{values} {more}\n{select[brace:]}"


def _rows(store: ox.Store, query: str) -> list[dict[str, Term]]:
    results = store.query(query)
    if not isinstance(results, ox.QuerySolutions):
        return []
    names = [variable.value for variable in results.variables]
    return [{name: row[name] for name in names if row[name] is not None} for row in results]


def _values(store: ox.Store, bare: str, row: Mapping[str, Term], condition: str) -> tuple[tuple[str, Term], ...]:
    """Return the values of the variables of a condition, for NOT EXISTS also of those that it found."""
    seen = dict(row)
    if negated := re.match(r"FILTER\s+NOT\s+EXISTS\s*", condition, re.IGNORECASE):
        found = _rows(store, _with(bare, row, condition[negated.end() :]))
        seen |= min(found, key=str, default={})
    named = dict.fromkeys(token[0][1:] for token in tokenize(condition) if token.lastgroup == "variable")
    return tuple((name, seen[name]) for name in named if name in seen)


def _one_line(text: str) -> str:
    return " ".join(text.split())
