"""Tell which shapes and rules can be evaluated part by part, and which need the whole dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple
from rdflib import RDF, URIRef, Variable

from publisher.build.plan import (
    ANY,
    BLANK,
    Analysis,
    Plan,
    Reads,
    Signature,
    Unit,
    anchored,
    close_signature,
    key_text,
    separable,
    signatures,
)
from publisher.build.reads import Walker, path_patterns, read_query, template_keys
from publisher.errors import SourceError
from publisher.infer import Schema
from publisher.infer.materialization import construct
from publisher.rdf.sparql import position_of, tokenize
from publisher.rdf.vocab import SH, Term, plain
from publisher.validate.engines.shapes_graph import ShapesGraph, prefixes_of
from publisher.validate.lint_context import QueryText
from publisher.workspace.sources import Rule

# Parameters that look at a value node and nothing else, and what is no constraint.
_OF_VALUES: Final = frozenset(
    SH[name]
    for name in (
        "datatype", "nodeKind", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive", "minLength",
        "maxLength", "pattern", "flags", "languageIn", "uniqueLang", "hasValue", "in", "minCount", "maxCount",
        "severity", "message", "name", "description", "order", "group", "defaultValue", "deactivated", "path",
        "qualifiedMinCount", "qualifiedMaxCount", "ignoredProperties", "targetClass", "targetSubjectsOf",
        "targetNode", "targetObjectsOf",
    )
)  # fmt: skip
_OF_FOCUS: Final = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_NEGATIVE: Final = ("NOT", "OPTIONAL", "MINUS", "GROUP", "SELECT")
_SHAPES: Final = (SH.node, SH.qualifiedValueShape, SH["not"])
_LISTS: Final = (SH["and"], SH["or"], SH.xone)
_OF_QUERIES: Final = {SH.sparql, SH.targetNode, SH.severity, SH.message, SH.name, SH.description}
_OTHER: Final = _OF_VALUES.union(_SHAPES, _LISTS, (SH.property, SH.sparql))


def analyse(shapes: Iterable[Triple], rules: tuple[Rule, ...], schema: Schema, keys: Iterable[str]) -> Analysis:
    """Return the levels of shapes and rules for data whose triples have these ``keys``.

    Raises ``SourceError`` for a rule that is not a CONSTRUCT query, or whose result depends on the order of rules.
    """
    for rule in rules:
        construct(rule, ox.Store())
    derived = set[str]().union(*(template_keys(rule.text) for rule in rules))
    stated, foreign = signatures(keys, derived, schema)
    by_rules = close_signature(derived, schema)
    found = [_rule_unit(rule, stated, foreign, by_rules) for rule in rules]
    plan = Plan((*_shape_units(ShapesGraph(shapes), stated), *found))
    return Analysis(plan, frozenset(derived), (stated.answers, foreign.answers))


# --- rules ---------------------------------------------------------------------------------------------


def _rule_unit(rule: Rule, stated: Signature, foreign: Signature, by_rules: Signature) -> Unit:
    reads = read_query(rule.text, {}, stated)
    if BLANK in reads.keys:
        reads.keys.add(ANY)  # rules get triples by their predicates
    if unstable := sorted(key for key in reads.negated if by_rules.reads(key)):
        raise SourceError(
            f"the rule depends on the absence of what rules derive ({key_text(unstable[0])}), so its result depends "
            "on the order of rules; ask for the absence of what is only asserted",
            rule.path,
            *_place_of(rule, unstable[0]),
        )
    for key in sorted(reads.keys):
        if foreign.reads(key):
            reads.fail(f"it reads {key_text(key)}, which other things may derive")
    if others := reads.beyond | reads.types:
        reads.fail(f"it reads other things: {', '.join(sorted(map(key_text, others)))}")
    return Unit(rule.path.name, "", "rule", reads)


def _place_of(rule: Rule, key: str) -> tuple[int, int]:
    """Return line and column of the term that a rule may not ask the absence of, or of the keyword before it."""
    query = QueryText(rule.path, rule.text)
    start = min((position_of(t) for t in tokenize(rule.text) if t[0].upper() in _NEGATIVE), default=(1, 1))
    name = key.removeprefix("a ").strip("<>")
    return min((place for iri, place in query.iris if iri == name and place > start), default=start)


# --- shapes --------------------------------------------------------------------------------------------


def _shape_units(graph: ShapesGraph, stated: Signature) -> Iterator[Unit]:
    def reads(shape: Term, without: tuple[Term, ...], targets_of: Term) -> Reads:
        reader = _ShapeReader(graph, stated)
        reader.read_targets(targets_of)
        reader.read_shape(shape, without=without)
        return reader.reads

    for shape in graph.shapes:
        if not graph.has_target(shape) or graph.is_deactivated(shape):
            continue
        if is_dataset_query(graph, shape):
            yield Unit(str(shape), "", "query", _dataset_query(graph, shape, stated))
            continue
        apart = separable(graph, shape)
        yield Unit(str(shape), "", "shape", reads(shape, apart, shape))
        for part in apart:
            yield Unit(str(part), str(shape), "shape", reads(part, (), shape))


def _dataset_query(graph: ShapesGraph, shape: Term, stated: Signature) -> Reads:
    """Return what the queries of a shape read that have no focus node."""
    found = Reads()
    for query, prefixes in _queries(graph, shape):
        reads = read_query(query, prefixes, stated)
        if not reads.reasons and anchored(query, reads.anchor, prefixes) is None:
            reads.fail("the query cannot be limited to the things of a part")
        if found.anchor and found.anchor != reads.anchor:
            found.fail("queries about different variables")
        found.add(reads)
        found.anchor = reads.anchor
    return found


def is_dataset_query(graph: ShapesGraph, shape: Term) -> bool:
    """Tell whether a shape is nothing but queries that run once, and look at no focus node."""
    properties = {p for p in graph.properties(shape) if p.value.startswith(SH.iri)}
    if not {SH.sparql, SH.targetNode} <= properties <= _OF_QUERIES:
        return False
    return not graph.is_class(shape) and not any(_names_this(query) for query, _ in _queries(graph, shape))


def _queries(graph: ShapesGraph, shape: Term) -> Iterator[tuple[str, dict[str, str]]]:
    for node in graph.objects(shape, SH.sparql):
        for select in graph.objects(node, SH.select):
            yield plain(select), prefixes_of(graph, node)


def _names_this(query: str) -> bool:
    """Tell whether a query has ``$this`` anywhere but in what it selects and groups by."""
    is_listed = False
    for token in tokenize(query):
        word = token[0].upper()
        is_listed = word in ("SELECT", "GROUP") or (is_listed and word not in ("{", "}", "WHERE", "HAVING", "ORDER"))
        if token.lastgroup == "variable" and word[1:] == "THIS" and not is_listed:
            return True
    return False


class _ShapeReader(Walker):
    """Tell what a shape reads (SHACL, 2 to 5), from ``?this``."""

    def __init__(self, graph: ShapesGraph, stated: Signature) -> None:
        super().__init__(Variable("this"), stated)
        self._graph, self._reached = graph, {self.anchor: 0}
        self._custom = {parameter.predicate for component in graph.components for parameter in component.parameters}

    def _fresh(self) -> Variable:
        return Variable(f"v{next(self._numbers)}")

    def read_targets(self, shape: Term) -> None:
        """Read what makes a node a focus node of a shape (SHACL, 2.1.3)."""
        for value in self._graph.objects(shape, SH.targetSubjectsOf):
            self.read_patterns([(self.anchor, URIRef(plain(value)), self._fresh())], self._reached)
        for value in self._graph.objects(shape, SH.targetObjectsOf):
            self.reads.keys.add(str(value))
            self.reads.fail(f"sh:targetObjectsOf {value}: another thing tells that this is a target")
        for value in self._graph.objects(shape, SH.targetNode):
            self.reads.fail(f"sh:targetNode {value}: the data need not describe it")
        classes = [*self._graph.objects(shape, SH.targetClass), *([shape] if self._graph.is_class(shape) else ())]
        self.reads.keys.update(f"a {value}" for value in classes)

    def read_shape(
        self, shape: Term, focus: Variable | None = None, above: tuple[Term, ...] = (), without: tuple[Term, ...] = (),
        *, is_reported: bool = True,
    ) -> None:  # fmt: skip
        """Read what a shape looks at from its focus nodes, ``without`` some of its property shapes."""
        graph, focus = self._graph, focus or self.anchor
        if shape in above:
            self.reads.fail("the shape refers to itself")
        if shape in above or graph.is_deactivated(shape):
            return
        value = focus
        for path in graph.objects(shape, SH.path)[:1]:
            value = self._fresh()
            self._read_path(path, focus, value)
        for parameter, values in graph.properties(shape).items():
            for other in (one for one in values if one not in without):
                self.read_patterns(list(self._patterns_of(parameter, other, focus, value)), self._reached)
                if parameter in (SH.property, *_SHAPES, *_LISTS):
                    self._read_nested(parameter, other, value, (*above, shape), is_reported=is_reported)
                elif parameter == SH.sparql:
                    self._read_query(shape, other, self._reached[focus])

    def _patterns_of(self, parameter: NamedNode, other: Term, focus: Variable, value: Variable) -> Iterator[Any]:
        """Yield the triple patterns that a parameter asks for, of a focus node or of a value node."""
        if parameter == SH["class"]:
            yield value, RDF.type, URIRef(plain(other))
        elif parameter in _OF_FOCUS:
            yield focus, URIRef(plain(other)), self._fresh()
        elif parameter == SH.closed:
            yield value, self._fresh(), self._fresh()
        elif parameter in self._custom or (parameter.value.startswith(SH.iri) and parameter not in _OTHER):
            self.reads.keys.add(ANY)
            name = parameter.value.replace(SH.iri, "sh:")
            self.reads.fail(f"{name} is not analysed here")

    def _read_nested(
        self, parameter: NamedNode, other: Term, value: Variable, above: tuple[Term, ...], *, is_reported: bool
    ) -> None:
        is_property = parameter == SH.property
        if is_property and is_reported and self._reached[value]:
            self.reads.fail("a property shape of a property shape: its focus nodes are values of a path")
        for inner in self._graph.members(other) or () if parameter in _LISTS else (other,):
            self.read_shape(inner, value, above, is_reported=is_reported and is_property)

    def _read_path(self, path: Term, focus: Variable, value: Variable) -> None:
        """Read a property path (SHACL, 2.3) as the triple patterns that SPARQL has for it."""
        try:
            text = self._graph.sparql_path(path)
        except ValueError:
            self.reads.keys.add(ANY)
            self.reads.fail("an ill-formed path")
        else:
            is_predicate = isinstance(path, NamedNode)
            patterns = [(focus, URIRef(plain(path)), value)] if is_predicate else path_patterns(focus, text, value)
            self.read_patterns(patterns, self._reached)
        self._reached.setdefault(value, self._reached[focus] + 1)

    def _read_query(self, shape: Term, node: Term, depth: int) -> None:
        """Read a query about focus nodes that are ``depth`` steps away."""
        path = self._graph.value(shape, SH.path)
        for select in self._graph.objects(node, SH.select):
            query = plain(select)
            if path is not None:
                query = query.replace("$PATH", self._graph.sparql_path(path)).replace("?PATH", "$PATH")
            reads = read_query(query, prefixes_of(self._graph, node), self.stated, "this")
            self.reads.add(reads)
            for key in reads.keys if depth else ():
                self.reads.read(key, depth + reads.depth)
