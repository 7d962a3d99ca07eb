"""Run SPARQL-based constraints and constraint components (SHACL, 5 and 6) by Oxigraph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import RDF, RDFS, SH, XSD, Term, plain
from publisher.validate.engines.queries import PATH_VARIABLE, ask_as_select, substitute, uses
from publisher.validate.engines.results import SPARQL, Result, fill
from publisher.validate.engines.shapes_graph import Component, ShapesGraph, prefixes_of
from publisher.workspace.time_limit import limited_time


@dataclass(frozen=True)
class SparqlConstraint:
    """A SELECT query that returns a row for each fault of a focus node ``$this``, or an ASK query about ``$value``.

    ``focus_nodes`` is a query for the focus nodes, or one focus node. ``path`` is that of a property shape, and
    ``sparql_path`` the same in the syntax of SPARQL. ``parameters`` are bound before the query runs.
    """

    shape: Term
    node: Term
    query: str
    prefixes: dict[str, str]
    messages: tuple[Literal, ...]
    path: str
    sparql_path: str
    focus_nodes: str | Term
    component: str
    parameters: dict[str, Term]
    is_ask: bool

    @cached_property
    def is_about_dataset(self) -> bool:
        """Tell whether the query looks at no focus node: it runs once, and ``?value`` is what it is about."""
        is_of_one_node = self.component == SPARQL and not isinstance(self.focus_nodes, str)
        return is_of_one_node and not uses(self.query, "this")

    def run(self, store: ox.Store) -> Iterator[Result]:
        """Yield the validation results in the default graph of ``store``."""
        for focus in self._focus_nodes(store):
            bound = {**self.parameters, "this": focus}
            if not self.is_ask:
                yield from (self._result({**row, **bound}) for row in self._rows(store, self.query, bound))
                continue
            for value in self._values(store, focus):
                if not any(True for _ in self._rows(store, self.query, {**bound, "value": value})):
                    yield self._result({**bound, "value": value})

    def _focus_nodes(self, store: ox.Store) -> Iterator[Term]:
        if isinstance(self.focus_nodes, str):
            yield from (row["this"] for row in self._rows(store, self.focus_nodes, {}))
        else:
            yield self.focus_nodes

    def _values(self, store: ox.Store, focus: Term) -> Iterator[Term]:
        """Yield the value nodes of a focus node (SHACL, 2.1.1)."""
        if not self.sparql_path:
            yield focus
            return
        query = f"SELECT DISTINCT ?this ?value {{ ?this {self.sparql_path} ?value }}"
        yield from (row["value"] for row in self._rows(store, query, {"this": focus}))

    def _rows(self, store: ox.Store, query: str, bound: dict[str, Term]) -> Iterator[dict[str, Term]]:
        blank = {Variable(name): term for name, term in bound.items() if isinstance(term, BlankNode)}
        text = substitute(query, bound)
        with limited_time(f"the SPARQL constraint of {self.shape}"):
            found = store.query(text, prefixes=self.prefixes, substitutions=dict[Variable, Term](blank))
            solutions = cast("ox.QuerySolutions", found)
            names = [variable.value for variable in solutions.variables]
            for row in solutions:
                yield {name: term for name, term in zip(names, row, strict=True) if term is not None}

    def _result(self, bindings: dict[str, Term]) -> Result:
        """Map a solution to a result (SHACL, 5.3.2)."""
        focus, path, value = bindings["this"], bindings.get("path"), bindings.get("value")
        own = bindings.get("message")
        messages = (own,) if isinstance(own, Literal) else self.messages
        return Result(
            focus=focus,
            path=path.value if isinstance(path, NamedNode) and not self.path else self.path,
            value=value if value is not None or self.path else focus,
            component=self.component,
            shape=self.shape,
            messages=tuple(fill(message, bindings) for message in messages),
            constraint=self.node if self.component == SPARQL else None,
            is_about_value=self.is_about_dataset and value is not None,
        )


@dataclass(frozen=True)
class CoreQuery:
    """A constraint of SHACL Core that Oxigraph evaluates, for all focus nodes at once."""

    shape: Term
    path: str
    component: str
    query: str

    def run(self, store: ox.Store) -> Iterator[Result]:
        """Yield the validation results in the default graph of ``store``."""
        for row in cast("ox.QuerySolutions", store.query(self.query)):
            yield Result(cast("Term", row["this"]), self.path, row["value"], self.component, self.shape)


Constraint = SparqlConstraint | CoreQuery

# Datatypes that ``shacl`` does not compare, and Oxigraph does.
_COMPARED: Final = frozenset(
    XSD[name] for name in ("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay", "dayTimeDuration", "yearMonthDuration")
)
_RANGES: Final = {SH.minInclusive: ">=", SH.minExclusive: ">", SH.maxInclusive: "<=", SH.maxExclusive: "<"}
_PAIRS: Final = {SH.lessThan: "<", SH.lessThanOrEquals: "<="}


def is_core_query(predicate: NamedNode, value: Term) -> bool:
    """Tell whether a triple of a shape is a constraint of SHACL Core that is run as a query (4.3, 4.5.3 and 4.5.4)."""
    is_range = predicate in _RANGES and isinstance(value, Literal) and value.datatype in _COMPARED
    return is_range or predicate in _PAIRS


def read_queries(graph: ShapesGraph, shape: Term, *, is_nested: bool = False) -> Iterator[Constraint]:
    """Yield what Oxigraph evaluates of a well-formed shape: SPARQL-based constraints, components, comparisons.

    ``is_nested`` is for the focus nodes of the shape within sh:not, sh:node and the like, where it reports nothing.
    """
    if graph.is_deactivated(shape):
        return
    patterns = list(_focus_patterns(graph, shape, "?this", frozenset(), is_nested=is_nested))
    for parameter in (*_RANGES, *_PAIRS) if patterns else ():
        for value in graph.objects(shape, parameter):
            if is_core_query(parameter, value):
                yield _core_query(graph, shape, parameter, value, patterns)
    for node in graph.objects(shape, SH.sparql):
        if not graph.is_deactivated(node):
            yield from _constraints(graph, shape, node, patterns, SPARQL, {})
    for component, parameters in _components(graph, shape):
        if validator := component.validator(graph, shape):
            yield from _constraints(graph, shape, validator, patterns, plain(component.node), parameters)


def _core_query(graph: ShapesGraph, shape: Term, parameter: NamedNode, value: Term, patterns: list[str]) -> CoreQuery:
    path = graph.value(shape, SH.path)
    values = "BIND (?this AS ?value)" if path is None else f"?this {graph.sparql_path(path)} ?value ."
    condition = f"?value {_RANGES.get(parameter)} {value}"
    if parameter in _PAIRS:
        values, condition = f"{values} ?this {value} ?other .", _less(_PAIRS[parameter])
    query = (
        f"SELECT DISTINCT ?this ?value ?other {{ {_union(patterns)} {values} FILTER (!COALESCE({condition}, false)) }}"
    )
    name = parameter.value.removeprefix(SH.iri)
    component = f"{SH.iri}{name[0].upper()}{name[1:]}ConstraintComponent"
    return CoreQuery(shape, graph.shape_paths[shape], component, query)


def _less(operator: str) -> str:
    """Return the comparison of ``?value`` with ``?other`` (SPARQL 1.1, 17.3), of which Oxigraph lacks truth values."""
    integers = f"<{XSD.iri}integer>(?value) {operator} <{XSD.iri}integer>(?other)"
    are_truth_values = f"DATATYPE(?value) = {XSD.boolean} && DATATYPE(?other) = {XSD.boolean}"
    return f"IF({are_truth_values}, {integers}, ?value {operator} ?other)"


# --- shapes within other shapes ------------------------------------------------------------------------

_FAILS: Final = "urn:x-publisher:fails:"
_VALUES: Final = (SH.node, SH["not"], SH.qualifiedValueShape)
_TESTED: Final = NamedNode("urn:x-publisher:tested")


class NestedQueries:
    """The queries of shapes within sh:not, sh:and, sh:or, sh:xone, sh:node and sh:qualifiedValueShape.

    Their results are no results of the report but decide those of other constraints, which ``shacl`` evaluates. So they
    run before it; a triple for each node that does not conform goes into the data, and a constraint that finds it into
    the shape.
    """

    def __init__(self, graph: ShapesGraph) -> None:
        queries = ((shape, [*read_queries(graph, shape, is_nested=True)]) for shape in _nested(graph))
        self._graph = graph
        self._queries = {shape: found for shape, found in queries if found}
        self._names = {shape: NamedNode(f"{_FAILS}{n}") for n, shape in enumerate(self._queries)}

    def __bool__(self) -> bool:
        return bool(self._queries)

    def triples(self) -> Iterator[Triple]:
        """Yield the named triples of the shapes graph with the constraints that find the marks.

        A property shape that is a value itself is put into a node shape, which has the constraint.
        """
        graph, names = self._graph, self._graph.names
        nodes = {
            names.get(shape, shape): NamedNode(f"{name.value}:node")
            for shape, name in self._names.items()
            if graph.objects(shape, SH.path)
        }
        cells = graph.cells_of_shapes() if nodes else frozenset()
        for t in graph.named_triples:
            is_value = t.predicate in _VALUES or (t.predicate == RDF.first and t.subject in cells)
            yield Triple(t.subject, t.predicate, nodes[t.object]) if is_value and t.object in nodes else t
        for shape, name in self._names.items():
            inverse, marker, own = BlankNode(), NamedNode(f"{name.value}:shape"), names.get(shape, shape)
            hosts: list[Term] = [own]
            if node := nodes.get(own):
                hosts = [node, *(names.get(above, above) for above, p in graph.parents[shape] if p == SH.property)]
                yield Triple(node, SH.property, own)
            for host in hosts:
                yield Triple(host, SH.property, marker)  # type: ignore[arg-type]
            yield Triple(marker, SH.path, inverse)
            yield Triple(inverse, SH.inversePath, name)
            yield Triple(marker, SH.maxCount, Literal(0))

    def marks(self, store: ox.Store) -> bytes:
        """Return a triple in N-Triples for each node of the data that does not conform."""
        failing = {
            f"{_TESTED} {self._names[shape]} {result.focus} .\n"
            for shape, queries in self._queries.items()
            for query in queries
            for result in query.run(store)
        }
        return "".join(sorted(failing)).encode()

    @staticmethod
    def is_mark(source_shape: str) -> bool:
        """Tell whether a result is that of a constraint that finds marks."""
        return source_shape.startswith(f"<{_FAILS}")


def _nested(graph: ShapesGraph) -> Iterator[Term]:
    """Yield the shapes below another parameter than ``sh:property``, in the order of the graph."""
    references = [reference for shape in graph.shapes for reference in graph.references(shape)]
    start = [child for parameter, child in references if parameter != SH.property]
    below = reachable(start, lambda shape: (child for _, child in graph.references(shape)))
    return (shape for shape in graph.shapes if shape in below)


def _components(graph: ShapesGraph, shape: Term) -> Iterator[tuple[Component, dict[str, Term]]]:
    """Yield the constraint components that a shape uses, with each combination of values of the parameters."""
    for component in graph.components:
        if component.is_used_by(graph, shape):
            given = {p.name: values for p in component.parameters if (values := graph.objects(shape, p.predicate))}
            for combination in product(*given.values()):
                yield component, dict(zip(given, combination, strict=True))


def _constraints(
    graph: ShapesGraph,
    shape: Term,
    node: Term,
    patterns: list[str],
    component: str,
    parameters: dict[str, Term],
) -> Iterator[SparqlConstraint]:
    path = graph.value(shape, SH.path)
    query = plain((graph.objects(node, SH.select) or graph.objects(node, SH.ask))[0])
    if path is not None:
        query = PATH_VARIABLE.sub(lambda _: graph.sparql_path(path), query)
    is_ask = not graph.objects(node, SH.select)
    focus: list[str | Term] = [f"SELECT DISTINCT ?this {{ {_union(patterns)} }}"] if patterns else []
    if len(patterns) == 1 and (targets := graph.objects(shape, SH.targetNode)):
        focus = [*targets]
    for focus_nodes in focus:
        yield SparqlConstraint(
            shape=shape,
            node=node,
            query=ask_as_select(query) if is_ask else query,
            prefixes=prefixes_of(graph, node),
            messages=tuple(graph.messages(node) or graph.messages(shape)),
            path=graph.shape_paths[shape],
            sparql_path=graph.sparql_path(path) if path is not None else "",
            focus_nodes=focus_nodes,
            component=component,
            parameters=parameters,
            is_ask=is_ask,
        )


def _union(patterns: list[str]) -> str:
    """Return a pattern that binds ``?this`` to each focus node."""
    return " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)


# --- focus nodes ---------------------------------------------------------------------------------------


def _focus_patterns(
    graph: ShapesGraph, shape: Term, node: str, visited: frozenset[Term], *, is_nested: bool
) -> Iterator[str]:
    """Yield patterns that bind the variable ``node`` to the focus nodes of a shape (SHACL, 2.1.3).

    They are those of its targets and those that its parents give it: of the parents, all with ``is_nested``, else only
    those by ``sh:property``, whose results are reported.
    """
    if targets := graph.objects(shape, SH.targetNode):
        yield f"VALUES {node} {{ {' '.join(map(str, targets))} }}"
    for target in (*graph.objects(shape, SH.targetClass), *([shape] if graph.is_class(shape) else [])):
        yield f"?class {RDFS.subClassOf}* {target} . {node} {RDF.type} ?class"
    for target in graph.objects(shape, SH.targetSubjectsOf):
        yield f"{node} {target} ?object"
    for target in graph.objects(shape, SH.targetObjectsOf):
        yield f"?subject {target} {node}"
    for parent, parameter in graph.parents.get(shape, ()):
        is_followed = is_nested or parameter == SH.property
        if not is_followed or parent in visited or graph.is_deactivated(parent):
            continue
        path = graph.value(parent, SH.path)
        above = node if path is None else f"{node}_"
        step = "" if path is None else f" . {above} {graph.sparql_path(path)} {node}"
        for pattern in _focus_patterns(graph, parent, above, visited | {shape}, is_nested=is_nested):
            yield pattern + step
