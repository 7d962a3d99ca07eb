"""Run SPARQL-based constraints and constraint components (SHACL, 5 and 6) by Oxigraph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from publisher.rdf.vocab import RDF, RDFS, SH, XSD, Term, plain
from publisher.validate.engines.faults import Fault
from publisher.validate.engines.queries import PATH_VARIABLE, ask_as_select, substitute, uses
from publisher.validate.engines.results import SPARQL, Result, fill
from publisher.validate.engines.shapes_graph import Component, ShapesGraph, prefixes_of


@dataclass(frozen=True)
class SparqlConstraint:
    """A SELECT query that returns a row for each fault of a focus node ``$this``, or an ASK query about ``$value``.

    ``focus_nodes`` is a query for the focus nodes, or one focus node. ``path`` is that of a property shape, and
    ``sparql_path`` the same in the syntax of SPARQL. ``parameters`` are bound before the query runs.
    """

    shape: Term
    node: Term
    query: str
    prefixes: tuple[tuple[str, str], ...]
    messages: tuple[Literal, ...]
    path: str
    sparql_path: str
    focus_nodes: str | Term
    component: str = SPARQL
    parameters: tuple[tuple[str, Term], ...] = ()
    is_ask: bool = False

    @cached_property
    def is_about_dataset(self) -> bool:
        """Tell whether the query looks at no focus node: it runs once, and ``?value`` is what it is about."""
        is_of_one_node = self.component == SPARQL and not isinstance(self.focus_nodes, str)
        return is_of_one_node and not uses(self.query, "this")

    def run(self, store: ox.Store) -> Iterator[Result]:
        """Yield the validation results in the default graph of ``store``."""
        for focus in self._focus_nodes(store):
            bound = {**dict(self.parameters), "this": focus}
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
        found = store.query(text, prefixes=dict(self.prefixes), substitutions=dict[Variable, Term](blank))
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


# Datatypes that ``shacl`` does not compare, and Oxigraph does.
_COMPARED: Final = frozenset(
    XSD[name] for name in ("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay", "dayTimeDuration", "yearMonthDuration")
)
_OPERATORS: Final = {SH.minInclusive: ">=", SH.minExclusive: ">", SH.maxInclusive: "<=", SH.maxExclusive: "<"}


def is_compared(predicate: NamedNode, value: Term) -> bool:
    """Tell whether a triple of a shape is a range constraint (SHACL, 4.3) that is run as a query."""
    return predicate in _OPERATORS and isinstance(value, Literal) and value.datatype in _COMPARED


def read_constraints(graph: ShapesGraph) -> Iterator[SparqlConstraint]:
    """Yield what Oxigraph runs of a well-formed shapes graph: SPARQL-based constraints, components and some ranges."""
    for shape in graph.shapes:
        if graph.is_deactivated(shape):
            continue
        for parameter, operator in _OPERATORS.items():
            for value in graph.objects(shape, parameter):
                if is_compared(parameter, value):
                    yield from _range(graph, shape, parameter, f"?value {operator} {value}")
        for node in graph.objects(shape, SH.sparql):
            if not graph.is_deactivated(node):
                yield from _constraints(graph, shape, node, SPARQL, ())
        for component, parameters in _components(graph, shape):
            if validator := component.validator(graph, shape):
                yield from _constraints(graph, shape, validator, plain(component.node), parameters)


def check_nesting(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield each query whose results would not be results of the report, but would be a part of another constraint."""
    for shape in _nested(graph):
        for node in graph.objects(shape, SH.sparql):
            yield Fault(shape, SH.sparql, node, _NESTED, is_ill_formed=False, changes_meaning=True, is_kept=True)
        for predicate, values in graph.properties(shape).items():
            if is_compared(predicate, values[0]):
                yield Fault(shape, predicate, values[0], _NESTED, is_ill_formed=False, changes_meaning=True)
        for component, _ in _components(graph, shape):
            parameter = component.parameters[0].predicate
            value = graph.value(shape, parameter)
            yield Fault(shape, parameter, value, _NESTED, is_ill_formed=False, changes_meaning=True, is_kept=True)


_NESTED: Final = (
    "The native engine does not apply this in a shape within sh:not, sh:and, sh:or, sh:xone, sh:node or "
    "sh:qualifiedValueShape. Put it into a shape with a target of its own, or validate with --engine pyshacl."
)


def _nested(graph: ShapesGraph) -> Iterator[Term]:
    """Yield the shapes below another parameter than ``sh:property``, in the order of the graph."""
    references = [reference for shape in graph.shapes for reference in graph.references(shape)]
    pending, found = [child for parameter, child in references if parameter != SH.property], set[Term]()
    while pending:
        shape = pending.pop()
        if shape not in found:
            found.add(shape)
            pending += [child for _, child in graph.references(shape)]
    return (shape for shape in graph.shapes if shape in found)


def _components(graph: ShapesGraph, shape: Term) -> Iterator[tuple[Component, tuple[tuple[str, Term], ...]]]:
    """Yield the constraint components that a shape uses, with each combination of values of the parameters."""
    for component in graph.components:
        if component.is_used_by(graph, shape):
            names = [parameter.name for parameter in component.parameters if graph.objects(shape, parameter.predicate)]
            values = [graph.objects(shape, parameter.predicate) for parameter in component.parameters]
            for combination in product(*filter(None, values)):
                yield component, tuple(zip(names, combination, strict=True))


def _constraints(
    graph: ShapesGraph, shape: Term, node: Term, component: str, parameters: tuple[tuple[str, Term], ...]
) -> Iterator[SparqlConstraint]:
    path = graph.value(shape, SH.path)
    query = plain((graph.objects(node, SH.select) or graph.objects(node, SH.ask))[0])
    if path is not None:
        query = PATH_VARIABLE.sub(lambda _: graph.sparql_path(path), query)
    is_ask = not graph.objects(node, SH.select)
    for focus_nodes in _focus_nodes(graph, shape):
        yield SparqlConstraint(
            shape=shape,
            node=node,
            query=ask_as_select(query) if is_ask else query,
            prefixes=tuple(prefixes_of(graph, node).items()),
            messages=tuple(graph.messages(node) or graph.messages(shape)),
            path=graph.path_text(path) if path is not None else "",
            sparql_path=graph.sparql_path(path) if path is not None else "",
            focus_nodes=focus_nodes,
            component=component,
            parameters=parameters,
            is_ask=is_ask,
        )


def _range(graph: ShapesGraph, shape: Term, parameter: NamedNode, condition: str) -> Iterator[SparqlConstraint]:
    path = graph.value(shape, SH.path)
    values = "BIND($this AS ?value)" if path is None else f"$this {graph.sparql_path(path)} ?value ."
    name = parameter.value.removeprefix(SH.iri)
    for focus_nodes in _focus_nodes(graph, shape):
        yield SparqlConstraint(
            shape=shape,
            node=shape,
            query=f"SELECT DISTINCT $this ?value {{ {values} FILTER (!COALESCE({condition}, false)) }}",
            prefixes=(),
            messages=tuple(graph.messages(shape)),
            path=graph.path_text(path) if path is not None else "",
            sparql_path=graph.sparql_path(path) if path is not None else "",
            focus_nodes=focus_nodes,
            component=f"{SH.iri}{name[0].upper()}{name[1:]}ConstraintComponent",
        )


# --- focus nodes ---------------------------------------------------------------------------------------


def _focus_nodes(graph: ShapesGraph, shape: Term) -> Iterator[str | Term]:
    """Yield queries for the focus nodes of a shape (SHACL, 2.1.3), or each single focus node."""
    patterns = list(_focus_patterns(graph, shape, "?this", frozenset()))
    if (targets := graph.objects(shape, SH.targetNode)) and len(patterns) == 1:
        yield from targets
    elif patterns:
        yield f"SELECT DISTINCT ?this {{ {' UNION '.join(f'{{ {pattern} }}' for pattern in patterns)} }}"


def _focus_patterns(graph: ShapesGraph, shape: Term, node: str, visited: frozenset[Term]) -> Iterator[str]:
    """Yield patterns that bind the variable ``node`` to the focus nodes of a shape, those from its parents included."""
    if targets := graph.objects(shape, SH.targetNode):
        yield f"VALUES {node} {{ {' '.join(map(str, targets))} }}"
    for target in (*graph.objects(shape, SH.targetClass), *([shape] if graph.is_class(shape) else [])):
        yield f"?class {RDFS.subClassOf}* {target} . {node} {RDF.type} ?class"
    for target in graph.objects(shape, SH.targetSubjectsOf):
        yield f"{node} {target} ?object"
    for target in graph.objects(shape, SH.targetObjectsOf):
        yield f"?subject {target} {node}"
    for parent, parameter in graph.parents.get(shape, ()):
        if parameter != SH.property or parent in visited or graph.is_deactivated(parent):
            continue
        path = graph.value(parent, SH.path)
        above = node if path is None else f"{node}_"
        step = "" if path is None else f" . {above} {graph.sparql_path(path)} {node}"
        for pattern in _focus_patterns(graph, parent, above, visited | {shape}):
            yield pattern + step
