"""Tell which shapes and rules can be evaluated part by part, and which need the whole dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from publisher.build.divide_shapes import anchored, separable
from publisher.build.plan import ANY, BLANK, Kind, Level, Plan, Unit, key_text
from publisher.build.reads import Reads, Signature, close_signature, read_query, template_keys
from publisher.errors import SourceError
from publisher.infer import Schema
from publisher.infer.materialization import construct
from publisher.rdf.sparql import tokenize
from publisher.rdf.vocab import RDF, SH, Term, plain
from publisher.validate.engines.shapes_graph import TARGETS, ShapesGraph, prefixes_of
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
_SHAPES: Final = (SH.node, SH.qualifiedValueShape, SH["not"])
_LISTS: Final = (SH["and"], SH["or"], SH.xone)


def analyse(shapes: Iterable[Triple], rules: tuple[Rule, ...], schema: Schema, keys: Iterable[str]) -> Plan:
    """Return the levels of shapes and rules for data whose triples have these ``keys``.

    Raises ``SourceError`` for a rule that is not a CONSTRUCT query, or whose result depends on the order of rules.
    """
    keys = set(keys)
    for rule in rules:
        construct(rule, ox.Store())
    heads = {rule: template_keys(rule.text) for rule in rules}
    derived = set().union(*heads.values())
    stated = close_signature(keys | derived, schema)
    foreign = close_signature(_about_objects(keys | derived, schema) | derived, schema)
    by_rules = close_signature(derived, schema)
    found = [_rule_unit(rule, stated, foreign, by_rules) for rule in rules]
    graph = ShapesGraph(shapes)
    return Plan((*_shape_units(graph, stated), *found))


def _about_objects(keys: set[str], schema: Schema) -> set[str]:
    """Return what the axioms derive about the objects of triples, which another part may own."""
    closed = close_signature(keys, schema).keys
    inverses = {str(q) for p, others in schema.inverses.items() if str(p) in closed for q in others}
    classes = {f"a {c}" for p, ranges in schema.ranges.items() if str(p) in closed for c in ranges}
    return inverses | classes | ({str(p) for p in schema.transitive} & closed) | ({ANY} & closed)


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
        )
    for key in sorted(reads.keys):
        if foreign.reads(key):
            reads.fail(f"it reads {key_text(key)}, which other things may derive")
    if reads.beyond:
        reads.fail(f"it reads other things: {', '.join(sorted(map(key_text, reads.beyond)))}")
    return _unit(rule.path.name, "", "rule", reads)


def _unit(name: str, of: str, kind: Kind, reads: Reads) -> Unit:
    level: Level = "global" if reads.reasons else "forward" if reads.beyond else "own"
    keys, beyond = tuple(sorted(reads.keys)), tuple(sorted(reads.beyond))
    return Unit(name, of, kind, level, keys, beyond, reads.depth, reads.anchor, tuple(reads.reasons))


# --- shapes --------------------------------------------------------------------------------------------


def _shape_units(graph: ShapesGraph, stated: Signature) -> Iterator[Unit]:
    analysis = _Shapes(graph, stated)
    for shape in graph.shapes:
        if not graph.has_target(shape) or graph.is_deactivated(shape):
            continue
        if is_dataset_query(graph, shape):
            yield _unit(str(shape), "", "query", analysis.query(shape))
            continue
        apart = separable(graph, shape)
        yield _unit(str(shape), "", "shape", analysis.shape(shape, apart))
        for part in apart:
            yield _unit(str(part), str(shape), "shape", analysis.shape(part, (), targets_of=shape))


def is_dataset_query(graph: ShapesGraph, shape: Term) -> bool:
    """Tell whether a shape is nothing but queries that run once, and look at no focus node."""
    constraints = {p for p in graph.properties(shape) if p.value.startswith(SH.iri)} - {
        SH.severity,
        SH.message,
        SH.name,
    }
    if constraints - {SH.description, SH.sparql, SH.targetNode} or not {SH.sparql, SH.targetNode} <= constraints:
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


class _Shapes:
    """Tell what shapes read (SHACL, 2 to 5)."""

    def __init__(self, graph: ShapesGraph, stated: Signature) -> None:
        self._graph, self._stated = graph, stated

    def query(self, shape: Term) -> Reads:
        """Return what the queries of a shape read that have no focus node."""
        found = Reads()
        for query, prefixes in _queries(self._graph, shape):
            reads = read_query(query, prefixes, self._stated)
            if not reads.reasons and anchored(query, reads.anchor, prefixes) is None:
                reads.fail("the query cannot be limited to the things of a part")
            if found.anchor and found.anchor != reads.anchor:
                found.fail("queries about different variables")
            found.add(reads)
            found.anchor = reads.anchor
        return found

    def shape(self, shape: Term, without: tuple[Term, ...], targets_of: Term | None = None) -> Reads:
        """Return what a shape with a target reads, ``without`` some of its property shapes."""
        found = Reads()
        for target in TARGETS:
            for value in self._graph.objects(targets_of or shape, target):
                self._target(target, value, found)
        if self._graph.is_class(targets_of or shape):
            found.keys.add(f"a {targets_of or shape}")
        self._shape(shape, found, 0, (), without, is_reported=True)
        return found

    def _target(self, target: NamedNode, value: Term, found: Reads) -> None:
        if target == SH.targetSubjectsOf:
            found.read(str(value), 0)
        elif target == SH.targetObjectsOf:
            found.keys.add(str(value))
            found.fail(f"sh:targetObjectsOf {value}: another thing tells that this is a target")
        elif target == SH.targetNode:
            found.fail(f"sh:targetNode {value}: the data need not describe it")
        else:
            found.keys.add(f"a {value}")

    def _shape(
        self, shape: Term, found: Reads, depth: int, above: tuple[Term, ...], without: tuple[Term, ...] = (),
        *, is_reported: bool = False,
    ) -> None:  # fmt: skip
        if shape in above:
            found.fail("the shape refers to itself")
            return
        if self._graph.is_deactivated(shape):
            return
        end = depth
        for path in self._graph.objects(shape, SH.path)[:1]:
            end = self._path(path, found, depth)
        for parameter, values in self._graph.properties(shape).items():
            for value in values:
                if value not in without:
                    self._parameter(shape, parameter, value, found, (depth, end), above, is_reported=is_reported)

    def _parameter(
        self, shape: Term, parameter: NamedNode, value: Term, found: Reads, depths: tuple[int, int],
        above: tuple[Term, ...], *, is_reported: bool,
    ) -> None:  # fmt: skip
        depth, end = depths
        if parameter == SH["class"]:
            found.read(f"a {value}", end)
        elif parameter in _OF_FOCUS:
            found.read(str(value), depth)
        elif parameter == SH.closed:
            found.read(ANY, end)
        elif parameter in (SH.property, *_SHAPES, *_LISTS):
            self._nested(shape, parameter, value, found, end, above, is_reported=is_reported)
        elif parameter == SH.sparql and is_reported and not depth:
            self._sparql(shape, value, found)
        elif parameter.value.startswith(SH.iri) and parameter not in _OF_VALUES:
            found.keys.add(ANY)
            found.fail(f"sh:{parameter.value.removeprefix(SH.iri)} is not analysed here")

    def _nested(
        self, shape: Term, parameter: NamedNode, value: Term, found: Reads, depth: int, above: tuple[Term, ...],
        *, is_reported: bool,
    ) -> None:  # fmt: skip
        is_property = parameter == SH.property
        if is_property and is_reported and depth:
            found.fail("a property shape of a property shape: its focus nodes are values of a path")
        inner = self._graph.members(value) or () if parameter in _LISTS else (value,)
        for one in inner:
            self._shape(one, found, depth, (*above, shape), is_reported=is_reported and is_property)

    def _sparql(self, shape: Term, node: Term, found: Reads) -> None:
        path = self._graph.value(shape, SH.path)
        for select in self._graph.objects(node, SH.select):
            query = plain(select)
            if path is not None:
                query = query.replace("$PATH", self._graph.sparql_path(path)).replace("?PATH", "$PATH")
            found.add(read_query(query, prefixes_of(self._graph, node), self._stated, "this"))

    def _path(self, path: Term, found: Reads, depth: int) -> int:
        """Read a property path (SHACL, 2.3); return the distance of its value nodes."""
        graph = self._graph
        if isinstance(path, NamedNode):
            found.read(str(path), depth) if self._stated.reads(str(path)) else found.keys.add(str(path))
            return depth + 1
        if graph.objects(path, RDF.first):
            for step in graph.members(path) or ():
                depth = self._path(step, found, depth)
            return depth
        for inner in graph.objects(path, SH.zeroOrOnePath):
            return self._path(inner, found, depth)
        for head in graph.objects(path, SH.alternativePath):
            return max((self._path(one, found, depth) for one in graph.members(head) or ()), default=depth + 1)
        names = set(_path_iris(graph, path))
        found.keys |= names
        if any(self._stated.reads(name) for name in names):
            kind = "leads backwards" if graph.objects(path, SH.inversePath) else "has no end"
            found.fail(f"a path that {kind}: {_safe_path(graph, path)}")
        return depth + 1


def _path_iris(graph: ShapesGraph, path: Term) -> Iterator[str]:
    if isinstance(path, NamedNode):
        yield str(path)
    for values in graph.properties(path).values() if not isinstance(path, NamedNode) else ():
        for value in values:
            if value != RDF.nil:
                yield from _path_iris(graph, value)


def _safe_path(graph: ShapesGraph, path: Term) -> str:
    try:
        return graph.sparql_path(path)
    except ValueError:
        return "an ill-formed path"
