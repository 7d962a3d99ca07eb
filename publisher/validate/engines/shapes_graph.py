"""Read a shapes graph (SHACL, 2): its shapes, how they refer to each other, and what a report says of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

from more_itertools import map_reduce
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import OWL, RDF, RDFS, SH, Term, plain

# Parameters whose value is a shape, and those whose value is a list of shapes (SHACL, 4.6 and 4.7).
SHAPE_PARAMETERS: Final = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
SHAPE_LIST_PARAMETERS: Final = (SH["and"], SH["or"], SH.xone)
TARGETS: Final = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_PATH_SUFFIXES: Final = ((SH.zeroOrMorePath, "*"), (SH.oneOrMorePath, "+"), (SH.zeroOrOnePath, "?"))
_VALIDATORS: Final = frozenset((SH.validator, SH.nodeValidator, SH.propertyValidator))
_SHAPE_CLASSES: Final = frozenset((SH.NodeShape, SH.PropertyShape))
# What makes its subject a shape (SHACL, 2.1): a target, or a parameter of a constraint.
_SHAPE_MAKING: Final = frozenset(
    SH[name]
    for name in (
        "targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf", "target", "rule", "sparql", "js",
        "expression", "class", "datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive",
        "maxExclusive", "maxInclusive", "minLength", "maxLength", "pattern", "languageIn", "uniqueLang",
        "equals", "disjoint", "lessThan", "lessThanOrEquals", "not", "and", "or", "xone", "node", "property",
        "qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount", "closed", "hasValue", "in",
    )
)  # fmt: skip


class ComponentParameter(NamedTuple):
    """A parameter of a SPARQL-based constraint component (SHACL, 6.2.1)."""

    predicate: NamedNode
    name: str
    is_optional: bool


@dataclass(frozen=True)
class Component:
    """A SPARQL-based constraint component (SHACL, 6)."""

    node: Term
    parameters: tuple[ComponentParameter, ...]

    def is_used_by(self, graph: ShapesGraph, shape: Term) -> bool:
        """Tell whether a shape has values for all parameters that are not optional."""
        needed = [parameter.predicate for parameter in self.parameters if not parameter.is_optional]
        return bool(needed) and all(graph.objects(shape, predicate) for predicate in needed)

    def validator(self, graph: ShapesGraph, shape: Term) -> Term | None:
        """Return the validator for a node shape or a property shape (SHACL, 6.2.3)."""
        special = SH.propertyValidator if graph.objects(shape, SH.path) else SH.nodeValidator
        return graph.value(self.node, special) or graph.value(self.node, SH.validator)


def node_of(name: str) -> Term:
    """Return what findings name, an IRI, or ``_:`` and the label of a blank node; a new node for what is neither."""
    try:
        return BlankNode(name[2:]) if name.startswith("_:") else NamedNode(name)
    except ValueError:
        return BlankNode()


class ShapesGraph:
    """The triples of a shapes graph by subject and predicate."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(dict.fromkeys(triples))
        self._properties: dict[Term, dict[NamedNode, list[Term]]] = defaultdict(dict)
        for t in self.triples:
            self._properties[t.subject].setdefault(t.predicate, []).append(t.object)

    def properties(self, node: Term) -> dict[NamedNode, list[Term]]:
        """Return the values of ``node`` by predicate, in the order of the files."""
        return self._properties.get(node, {})

    def objects(self, node: Term, predicate: NamedNode) -> list[Term]:
        """Return the values of one property of ``node``, in the order of the files."""
        return self.properties(node).get(predicate, [])

    def value(self, node: Term, predicate: NamedNode) -> Term | None:
        """Return the first value of a property, or ``None``."""
        return next(iter(self.objects(node, predicate)), None)

    def members(self, head: Term) -> list[Term] | None:
        """Return the members of an RDF list, or ``None`` when ``head`` is not a well-formed list (RDF Schema, 5.2)."""
        found, visited = list[Term](), set[Term]()
        while head != RDF.nil:
            first, rest = self.objects(head, RDF.first), self.objects(head, RDF.rest)
            if head in visited or len(first) != 1 or len(rest) != 1:
                return None
            visited.add(head)
            found.append(first[0])
            head = rest[0]
        return found

    # --- shapes ---

    @cached_property
    def shapes(self) -> dict[Term, None]:
        """All shapes (SHACL, 2.1), in the order of their first triple."""
        declared = (
            node
            for node, properties in self._properties.items()
            if not (_SHAPE_MAKING.isdisjoint(properties) and _SHAPE_CLASSES.isdisjoint(self.objects(node, RDF.type)))
        )
        children = (child for parent in self._properties for _, child in self.references(parent))
        return dict.fromkeys(chain(declared, (child for child in children if child in self._properties)))

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The SPARQL-based constraint components that the shapes graph declares."""
        return tuple(
            Component(node, tuple(self._parameters(properties[SH.parameter])))
            for node, properties in self._properties.items()
            if SH.parameter in properties and not _VALIDATORS.isdisjoint(properties)
        )

    def _parameters(self, nodes: Iterable[Term]) -> Iterator[ComponentParameter]:
        for node in nodes:
            path, optional = self.value(node, SH.path), self.value(node, SH.optional)
            if isinstance(path, NamedNode):
                name = re.split("[/#]", path.value)[-1]
                yield ComponentParameter(path, name, isinstance(optional, Literal) and optional.value in ("true", "1"))

    def references(self, node: Term) -> Iterator[tuple[NamedNode, Term]]:
        """Yield the shapes that a shape refers to, each with the parameter that does."""
        properties = self.properties(node)
        for parameter in SHAPE_PARAMETERS:
            for child in properties.get(parameter, ()):
                yield parameter, child
        for parameter in SHAPE_LIST_PARAMETERS:
            for head in properties.get(parameter, ()):
                for child in self.members(head) or ():
                    yield parameter, child

    def cells_of_shapes(self) -> frozenset[Term]:
        """Return the cells of the lists of shapes: those of sh:and, sh:or and sh:xone."""
        heads = (head for shape in self.shapes for p in SHAPE_LIST_PARAMETERS for head in self.objects(shape, p))
        return frozenset(reachable(heads, lambda cell: self.objects(cell, RDF.rest)))

    @cached_property
    def parents(self) -> dict[Term, list[tuple[Term, NamedNode]]]:
        """The shapes that refer to a shape, each with the parameter that does."""
        references = ((child, (shape, p)) for shape in self.shapes for p, child in self.references(shape))
        return map_reduce(references, itemgetter(0), itemgetter(1))

    def has_target(self, shape: Term) -> bool:
        """Tell whether a shape has a target (SHACL, 2.1.3), be it the implicit one of a class."""
        return any(self.objects(shape, target) for target in TARGETS) or self.is_class(shape)

    def is_class(self, shape: Term) -> bool:
        """Tell whether a shape is a class in the shapes graph and so targets its instances (SHACL, 2.1.3.3)."""
        return isinstance(shape, NamedNode) and not self._classes.isdisjoint(self.objects(shape, RDF.type))

    @cached_property
    def _classes(self) -> frozenset[Term]:
        axioms = (t for t in self.triples if t.predicate == RDFS.subClassOf)
        subclasses: dict[Term, list[Term]] = map_reduce(axioms, lambda t: t.object, lambda t: t.subject)
        return frozenset(reachable(list[Term]([RDFS.Class]), lambda cls: subclasses.get(cls, [])))

    def is_deactivated(self, shape: Term) -> bool:
        """Tell whether a shape or a SPARQL-based constraint is switched off (SHACL, 2.1.6)."""
        values = self.objects(shape, SH.deactivated)
        return any(isinstance(value, Literal) and value.value in ("true", "1") for value in values)

    # --- what a report says of a shape ---

    @cached_property
    def names(self) -> dict[Term, NamedNode]:
        """An IRI for each anonymous shape, which engines report as the source shape."""
        anonymous = (shape for shape in self.shapes if isinstance(shape, BlankNode))
        return {shape: NamedNode(f"urn:x-publisher:shape:{n}") for n, shape in enumerate(anonymous)}

    @cached_property
    def named_triples(self) -> tuple[Triple, ...]:
        """The triples with the IRIs of ``names`` in the place of anonymous shapes."""
        names = self.names
        return tuple(
            Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object)) for t in self.triples
        )

    @cached_property
    def shapes_by_name(self) -> dict[str, Term]:
        """All shapes by the N-Triples form of what engines report as the source shape."""
        return {str(self.names.get(shape, shape)): shape for shape in self.shapes}

    def label(self, shape: Term, component: str = "") -> str:
        """Return the name of a shape in findings: its IRI, or for an anonymous one node shape, path and component.

        It depends on nothing else in the shapes graph, so that baselines stay valid when other shapes change.
        """
        if isinstance(shape, NamedNode):
            return shape.value
        name = component.rpartition("#")[2].removesuffix("ConstraintComponent")
        return " ".join((*self._steps(shape, frozenset()), name)).rstrip()

    def _steps(self, shape: Term, visited: frozenset[Term]) -> tuple[str, ...]:
        if isinstance(shape, NamedNode):
            return (shape.value,)
        own = [self._words(path) for path in self.objects(shape, SH.path)[:1]]
        if len(visited) > _DEEPEST_PATH:
            return ("…",)
        parents = [parent for parent, _ in self.parents.get(shape, ()) if parent not in visited]
        above = min((self._steps(parent, visited | {shape}) for parent in parents), default=self._target_words(shape))
        return (*above, *own)

    def _words(self, path: Term) -> str:
        try:
            return self.path_text(path)
        except ValueError:  # an ill-formed path, which is a fault of its own
            return "sh:path"

    def _target_words(self, shape: Term) -> tuple[str, ...]:
        targets = ((target.value, plain(value)) for target in TARGETS for value in self.objects(shape, target))
        return min(targets, default=())

    def messages(self, node: Term) -> list[Literal]:
        """Return the values of ``sh:message``, sorted."""
        texts = [text for text in self.objects(node, SH.message) if isinstance(text, Literal)]
        return sorted(texts, key=str)

    def severity(self, shape: Term) -> NamedNode:
        """Return the severity of a shape (SHACL, 2.1.4)."""
        value = self.value(shape, SH.severity)
        return value if isinstance(value, NamedNode) else SH.Violation

    # --- paths ---

    @cached_property
    def shape_paths(self) -> dict[Term, str]:
        """The path of each shape of a well-formed graph, as ``path_text`` writes it; ``""`` for node shapes."""
        paths = ((shape, self.value(shape, SH.path)) for shape in self.shapes)
        return {shape: "" if path is None else self.path_text(path) for shape, path in paths}

    def path_text(self, path: Term) -> str:
        """Return a property path: one IRI, or as SPARQL writes it, with its IRIs in angle brackets (SHACL, 2.3.1)."""
        return path.value if isinstance(path, NamedNode) else self.sparql_path(path)

    def sparql_path(self, path: Term, depth: int = 0) -> str:
        """Return a property path in the syntax of SPARQL. Raises ``ValueError`` for a node that is no path."""
        if isinstance(path, NamedNode) and path != RDF.nil:
            return f"<{path.value}>"
        properties = self.properties(path)
        if depth > _DEEPEST_PATH or isinstance(path, Literal):
            raise ValueError("expected an IRI or a node of a path")
        if path == RDF.nil or RDF.first in properties:
            return "/".join(self._paths(path, depth))
        if inner := properties.get(SH.inversePath):
            text = self.sparql_path(inner[0], depth + 1)
            is_simple = not (text.startswith("^") or RDF.first in self.properties(inner[0]))
            return f"^{text}" if is_simple else f"^({text})"
        if choices := properties.get(SH.alternativePath):
            return f"({'|'.join(self._paths(choices[0], depth))})"
        for predicate, suffix in _PATH_SUFFIXES:
            if inner := properties.get(predicate):
                return f"({self.sparql_path(inner[0], depth + 1)}){suffix}"
        raise ValueError("expected an IRI, a list, or one of sh:inversePath, sh:alternativePath, sh:zeroOrMorePath …")

    def _paths(self, head: Term, depth: int) -> list[str]:
        members = self.members(head) or []
        if len(members) < _SHORTEST_LIST:
            raise ValueError("expected a list of at least two paths")
        return [self.sparql_path(member, depth + 1) for member in members]


_DEEPEST_PATH: Final = 40
_SHORTEST_LIST: Final = 2


def prefixes_of(graph: ShapesGraph, node: Term) -> dict[str, str]:
    """Return the prefixes that ``sh:prefixes`` of a query brings, over ``owl:imports`` too (SHACL, 5.2.1)."""
    found = dict[str, str]()
    for source in reachable(graph.objects(node, SH.prefixes), lambda one: graph.objects(one, OWL.imports)):
        for declaration in graph.objects(source, SH.declare):
            prefix, namespace = graph.value(declaration, SH.prefix), graph.value(declaration, SH.namespace)
            if prefix is not None and namespace is not None:
                found[plain(prefix)] = plain(namespace)
    return found


def parameter_of(component: str) -> NamedNode | None:
    """Return the parameter after which a core constraint component is named; ``None`` for another component."""
    if not component.startswith(SH.iri):
        return None
    name = component.removeprefix(SH.iri).removesuffix("ConstraintComponent")
    return SH.sparql if name == "SPARQL" else SH[name[:1].lower() + name[1:]]
