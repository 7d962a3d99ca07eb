"""Tell which triples a SPARQL query reads, starting from one variable of it: its anchor.

A query can be evaluated part by part when every triple pattern, also in EXISTS and OPTIONAL, is reached from the anchor
subject first, or reads what only the ontology states. The anchor is bound in every solution.

The module is longer than most: the algebra of SPARQL has that many operators, and each decides what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, Final

from rdflib import RDF, BNode, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql import prepareQuery

from publisher.build.plan import ANY, BLANK, REIFIED, Reads, Signature

_TRANSPARENT: Final = ("Project", "Distinct", "Reduced", "SelectQuery", "ConstructQuery", "OrderBy")


def read_key(predicate: Any, obj: Any) -> str:
    """Return what a triple pattern reads: the N-Triples of its predicate, ``a`` and a class, or ``ANY``."""
    if predicate == RDF.type and isinstance(obj, URIRef):
        return f"a {obj.n3()}"
    return predicate.n3() if isinstance(predicate, URIRef) else ANY


def read_query(text: str, prefixes: Mapping[str, str], stated: Signature, anchor: str | None = None) -> Reads:
    """Return what a query reads from ``anchor``, by default from the variable that needs least.

    ``stated`` is the signature of the data with all that follows from them: other patterns match in the ontology alone.
    """
    try:
        algebra = _algebra(text, tuple(sorted(prefixes.items())))
    except Exception as error:  # noqa: BLE001 - rdflib's parser raises at will; the engine reports what is ill-formed
        return Reads({ANY}, negated={ANY}, reasons=[f"not analysed: {' '.join(str(error).split())[:60]}"])
    anchors = {Variable(anchor)} if anchor else _certain(_body(algebra))
    candidates = [_from(algebra, variable, stated) for variable in sorted(anchors)]
    if not candidates:
        candidates = [_from(algebra, Variable(" none"), stated)]
        candidates[0].reasons = ["no variable is bound in every solution"]
    return min(candidates, key=lambda reads: (len(reads.reasons), len(reads.beyond), reads.depth))


@lru_cache(maxsize=64)
def _algebra(text: str, prefixes: tuple[tuple[str, str], ...] = ()) -> Any:
    return prepareQuery(text, initNs=dict(prefixes)).algebra


def path_patterns(start: Variable, path: str, end: Variable) -> list[Any]:
    """Return the triple patterns of a property path between two variables."""
    return list(_body(_algebra(f"SELECT * {{ ?{start} {path} ?{end} }}")).triples)


def template_keys(text: str) -> set[str]:
    """Return the keys of what a CONSTRUCT query derives; ``ANY`` when it cannot be told."""
    try:
        algebra = _algebra(text)
        template = list(algebra.template or ())
        reified = {REIFIED + (o.n3() if isinstance(o, URIRef) else ANY) for _, p, o in template if p == RDF.predicate}
        return {read_key(p, o) for _, p, o in template} | reified or {ANY}
    except Exception:  # noqa: BLE001 - as above
        return {ANY}


def _from(algebra: Any, anchor: Variable, stated: Signature) -> Reads:
    walker = Walker(anchor, stated)
    walker.walk(algebra, {anchor: 0})
    walker.reads.anchor = str(anchor)
    return walker.reads


def _name(node: Any) -> str:
    return getattr(node, "name", "")


def _body(algebra: Any) -> Any:
    """Return what the WHERE clause holds: the anchor need not be selected."""
    while _name(algebra) in _TRANSPARENT:
        algebra = algebra.p
    return algebra


def _certain(node: Any) -> set[Variable]:
    """Return the variables that are bound in every solution."""
    match _name(node):
        case "BGP":
            return {t for triple in node.triples for t in triple if isinstance(t, Variable)}
        case "Join":
            return _certain(node.p1) | _certain(node.p2)
        case "LeftJoin":
            return _certain(node.p1)
        case "Union":
            return _certain(node.p1) & _certain(node.p2)
        case "Project":
            return _certain(node.p) & set(node.PV)
        case "Group":
            return _certain(node.p) & {one for one in node.expr or () if isinstance(one, Variable)}
        case "Filter" | "Extend" | "AggregateJoin" | "ToMultiSet":
            return _certain(node.p)
    return _certain(node.p) if _name(node) in _TRANSPARENT else set()


def _of_all_solutions(node: Any, conditions: Callable[[Any], set[Any]]) -> set[Any]:
    """Return what holds in every solution, of what the ``conditions`` of the parts of a pattern are."""
    match _name(node):
        case "Join":
            return _of_all_solutions(node.p1, conditions) | _of_all_solutions(node.p2, conditions)
        case "Union":
            return _of_all_solutions(node.p1, conditions) & _of_all_solutions(node.p2, conditions)
        case "LeftJoin":
            return _of_all_solutions(node.p1, conditions)
        case "Filter" | "Extend":
            return _of_all_solutions(node.p, conditions) | conditions(node)
    return conditions(node)


def _patterns(node: Any) -> set[Any]:
    return set(node.triples) if _name(node) == "BGP" else set()


def _blank(node: Any) -> set[Variable]:
    return _tested_as_blank(node.expr) & _certain(node.p) if _name(node) == "Filter" else set()


def _tested_as_blank(expression: Any) -> set[Variable]:
    """Return the variables of which a condition demands ``isBlank``."""
    if _name(expression) == "ConditionalAndExpression":
        return set().union(*map(_tested_as_blank, (expression.expr, *expression.other)))
    return {expression.arg} if _name(expression) == "Builtin_isBLANK" else set()


def _is_monotone(node: Any) -> bool:
    """Tell whether more bindings from outside change nothing but which solutions are left."""
    if _name(node) in ("BGP", "Join", "Union", "Project", "Distinct", "ToMultiSet"):
        return all(_is_monotone(one) for one in (node.get("p"), node.get("p1"), node.get("p2")) if _name(one))
    return False


class Walker:
    """Walk the algebra of a query (SPARQL 1.1, 18.2); ``reached`` maps variables to their distance from the anchor."""

    def __init__(self, anchor: Variable, stated: Signature) -> None:
        self.anchor, self.stated, self.reads = anchor, stated, Reads()
        self._numbers = count()
        self._given: set[Any] = set()  # the patterns that hold where EXISTS is evaluated
        self._blank: set[Variable] = set()  # the variables whose values must be blank nodes in a pattern

    def walk(self, node: Any, reached: dict[Any, int]) -> None:
        """Read what a node of the algebra reads, and add the variables that it reaches."""
        name = _name(node)
        if name in _TRANSPARENT:
            self.walk(node.p, reached)
        elif operator := self._operators.get(name):
            operator(node, reached)
        else:
            self.reads.keys |= self._keys_of(node)
            self.reads.negated |= self._keys_of(node)
            self.reads.fail("LIMIT or OFFSET" if name == "Slice" else f"{name.upper() or 'this form'} is not analysed")

    @cached_property
    def _operators(self) -> dict[str, Callable[[Any, dict[Any, int]], None]]:
        return {
            "BGP": lambda node, reached: self.read_patterns(list(node.triples), reached),
            "ToMultiSet": lambda node, reached: self._subquery(node.p, reached),
            "Join": self._join,
            "LeftJoin": self._optional,
            "Union": self._union,
            "Filter": self._filter,
            "Extend": self._bind,
            "AggregateJoin": self._aggregate,
            "Group": self._aggregate,
        }

    def _optional(self, node: Any, reached: dict[Any, int]) -> None:
        self.walk(node.p1, reached)
        inner = dict(reached)  # what is bound in here may be unbound outside
        self._blank = _of_all_solutions(node.p1, _blank) if _name(node.p2) == "BGP" else set()
        self.walk(node.p2, inner)
        self._blank = set()
        self._expression(node.expr, inner)
        self.reads.negated |= self._keys_of(node.p2) | self._keys_of(node.expr)

    def _union(self, node: Any, reached: dict[Any, int]) -> None:
        one, other = dict(reached), dict(reached)
        self.walk(node.p1, one)
        self.walk(node.p2, other)
        reached.update({name: max(one[name], other[name]) for name in one.keys() & other.keys()})

    def _filter(self, node: Any, reached: dict[Any, int]) -> None:
        self._blank = _tested_as_blank(node.expr) if _name(node.p) == "BGP" else set()
        self.walk(node.p, reached)
        self._blank = set()
        before = self._given
        self._given = before | _of_all_solutions(node.p, _patterns)
        self._expression(node.expr, reached, is_positive=True)
        self._given = before

    def _bind(self, node: Any, reached: dict[Any, int]) -> None:
        self.walk(node.p, reached)
        self._expression(node.expr, reached)
        if isinstance(node.expr, Variable) and node.expr in reached:
            reached.setdefault(node.var, reached[node.expr])

    def _aggregate(self, node: Any, reached: dict[Any, int]) -> None:
        keys = node.expr if _name(node) == "Group" else node.p.expr
        if self.anchor not in (keys or ()):
            self.reads.fail("an aggregate over more than one thing")
        self.walk(node.p, reached)
        self.reads.negated |= self._keys_of(node.p)

    def _join(self, node: Any, reached: dict[Any, int]) -> None:
        """Walk the operand first that has the anchor; the other sees its bindings unless absence matters in it."""
        first, second = sorted((node.p1, node.p2), key=lambda one: self.anchor not in _certain(one))
        for operand in (first, second):
            if _is_monotone(operand) or operand is first:
                self.walk(operand, reached)
            else:
                inside = {self.anchor: 0} if self.anchor in _certain(operand) else {}
                self.walk(operand, inside)
                for name, depth in inside.items():
                    reached[name] = min(depth, reached.get(name, depth))

    def _subquery(self, node: Any, reached: dict[Any, int]) -> None:
        """Walk a sub-query, which sees no binding from outside, or VALUES, which reads nothing."""
        if _name(node) in ("", "values"):
            return
        if self.anchor not in _certain(node):
            self.reads.fail("a sub-query without the thing that the query is about")
        inside = {self.anchor: 0}
        self.walk(node, inside)
        selected = getattr(node, "PV", None) or inside
        for name, depth in inside.items():
            if name in selected:
                reached[name] = min(depth, reached.get(name, depth))

    def _expression(self, node: Any, reached: dict[Any, int], *, is_positive: bool = False) -> None:
        name = _name(node)
        if name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            self.walk(node.graph, dict(reached))  # the algebra; node["graph"] is the syntax tree
            if name == "Builtin_NOTEXISTS" or not is_positive:
                self.reads.negated |= self._keys_of(node.graph)
        elif hasattr(node, "items"):
            for one in node.values():
                self._expression(one, reached, is_positive=is_positive and name == "ConditionalAndExpression")
        elif isinstance(node, list | tuple):
            for one in node:
                self._expression(one, reached, is_positive=is_positive)

    def _keys_of(self, node: Any) -> set[str]:
        """Return what all patterns within a node read."""
        if _name(node) == "BGP":
            return {key for s, p, o in node.triples for key in _path_keys(p, o)}
        if _name(node) in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            return self._keys_of(node.graph)
        if hasattr(node, "items"):
            return set().union(*(self._keys_of(one) for one in node.values()))
        if isinstance(node, list | tuple) and not isinstance(node, str):
            return set().union(*(self._keys_of(one) for one in node))
        return set()

    # --- triple patterns ---

    def read_patterns(self, pending: list[Any], reached: dict[Any, int]) -> None:
        """Read a basic graph pattern subject first; what is left over needs the whole."""
        for triple in [triple for triple in pending if self._is_reified(*triple)]:
            pending.remove(triple)
            self.reads.keys |= self.stated.reified
            self.reads.fail(f"{' '.join(term.n3() for term in triple)} is what any reification describes")
        progress = True
        while pending and progress:
            progress = False
            for triple in list(pending):
                (s, p, o), before = triple, set(self.reads.keys)
                if s not in reached and self._is_stated(p, o):
                    continue
                depth = self._step(p, o, reached.get(s))
                if self._names_blank(s, p, o):
                    self.reads.keys = before | {BLANK}
                for term in (o, p):
                    if depth is not None and isinstance(term, Variable | BNode):
                        reached[term] = min(reached.get(term, depth), depth)
                pending.remove(triple)
                progress = True
        for s, p, o in pending:
            self.reads.keys |= {BLANK} if self._names_blank(s, p, o) else _path_keys(p, o)
            self.reads.fail(f"{s.n3()} {_text(p)} {o.n3()} is not reached from one thing")

    def _names_blank(self, s: Any, p: Any, o: Any) -> bool:
        """Tell whether a pattern matches only triples that name a blank node."""
        return isinstance(p, URIRef | Variable) and not self._blank.isdisjoint((s, o))

    def _is_reified(self, s: Any, p: Any, o: Any) -> bool:
        """Tell whether a pattern matches only what a thing describes by rdf:subject, rdf:predicate and rdf:object."""
        things = {subject for subject, predicate, _ in self._given if predicate == RDF.predicate}
        parts = ((RDF.subject, s), (RDF.predicate, p), (RDF.object, o))
        return isinstance(p, Variable) and any(
            all((thing, predicate, term) in self._given for predicate, term in parts) for thing in things
        )

    def _is_stated(self, path: Any, obj: Any) -> bool:
        """Tell whether the data may have what a path reads; what the ontology alone has, all parts have."""
        return any(self.stated.reads(key) for key in _path_keys(path, obj))

    def _step(self, path: Any, obj: Any, depth: int | None) -> int | None:
        """Read a path from a thing at some distance; return the distance of what it leads to, if that is a thing.

        ``None`` is the distance of a term of the ontology.
        """
        keys = _path_keys(path, obj)
        if not self._is_stated(path, obj):
            self.reads.keys |= keys
            return None
        if isinstance(path, SequencePath):
            end = depth
            for one in path.args[:-1]:
                end = self._step(one, None, end)
            return self._step(path.args[-1], obj, end)
        if isinstance(path, AlternativePath):
            ends = [self._step(one, obj, depth) for one in path.args]
            known = [end for end in ends if end is not None]
            return max(known) if len(known) == len(ends) else None
        if isinstance(path, MulPath) and path.mod == "?":
            return self._step(path.path, None, depth)
        if depth is not None and isinstance(path, URIRef | Variable):
            for key in keys:
                self.reads.read(key, depth)
            return depth + 1
        self.reads.keys |= keys
        self.reads.fail(f"the path {_text(path)} leads backwards, has no end, or starts at a term of the ontology")
        return None


def _path_keys(path: Any, obj: Any) -> set[str]:
    """Return what a predicate or a path reads."""
    if isinstance(path, SequencePath):
        return set().union(*(_path_keys(one, None) for one in path.args[:-1]), _path_keys(path.args[-1], obj))
    if isinstance(path, AlternativePath):
        return set().union(*(_path_keys(one, obj) for one in path.args))
    if isinstance(path, InvPath):
        return _path_keys(path.arg, None)
    if isinstance(path, MulPath):
        return _path_keys(path.path, None)
    if isinstance(path, NegatedPath):
        return {ANY}
    return {read_key(path, obj)}


def _text(path: Any) -> str:
    return path.n3() if hasattr(path, "n3") else str(path)
