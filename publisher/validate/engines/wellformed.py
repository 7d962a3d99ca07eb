"""Check shapes against the syntax rules of SHACL (https://www.w3.org/TR/shacl/#syntax-rules), before an engine runs.

Engines pass over much of what is ill-formed, and over what they do not support. Here each is a fault of its own, at the
shape, and what does not depend on it is validated all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode

from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import RDF, SH, XSD, Term, plain
from publisher.validate.engines.faults import Fault
from publisher.validate.engines.queries import check_queries
from publisher.validate.engines.shapes_graph import ShapesGraph

# --- the table of parameters ---------------------------------------------------------------------------


def _is_text(term: Term) -> bool:
    return isinstance(term, Literal) and (term.language is not None or term.datatype == XSD.string)


def _is_integer(term: Term) -> bool:
    is_integer = isinstance(term, Literal) and term.datatype == XSD.integer
    return is_integer and plain(term).removeprefix("+").removeprefix("-").isdecimal()


class _Parameter(NamedTuple):
    """What a value is; of a list, each of its members."""

    is_valid: Callable[[Term], bool]
    expected: str
    is_single: bool = False
    is_of_property: bool = False
    is_list: bool = False

    def accepts(self, value: Term, graph: ShapesGraph) -> bool:
        """Tell whether a value is as expected."""
        if not self.is_list:
            return self.is_valid(value)
        members = graph.members(value)
        return members is not None and all(map(self.is_valid, members))


_NODE_KINDS: Final = tuple(
    SH[name] for name in ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
)
_ANY: Final = _Parameter(lambda _: True, "a term")
_IRI: Final = _Parameter(lambda term: isinstance(term, NamedNode), "an IRI")
_SHAPE: Final = _Parameter(lambda term: isinstance(term, NamedNode | BlankNode), "a shape")
_SHAPES: Final = _SHAPE._replace(expected="a list of shapes", is_list=True)
_COUNT: Final = _Parameter(_is_integer, "an xsd:integer", is_single=True)
_BOUND: Final = _Parameter(lambda term: isinstance(term, Literal), "a literal", is_single=True)
_TEXT: Final = _Parameter(_is_text, "a text")
_STRING: Final = _Parameter(lambda term: isinstance(term, Literal) and term.datatype == XSD.string, "an xsd:string")
_BOOLEANS: Final = tuple(Literal(value, datatype=XSD.boolean) for value in ("true", "false", "1", "0"))
_FLAG: Final = _Parameter(lambda term: term in _BOOLEANS, "true or false", is_single=True)

# What the values of each property of a shape are, and whether there is at most one (SHACL, 2 and 4).
_PARAMETERS: Final[dict[NamedNode, _Parameter]] = {
    SH[name]: parameter
    for names, parameter in {
        "targetNode": _ANY._replace(
            is_valid=lambda term: not isinstance(term, BlankNode), expected="an IRI or a literal"
        ),
        "targetClass targetSubjectsOf targetObjectsOf class equals disjoint": _IRI,
        "severity datatype": _IRI._replace(is_single=True),
        "lessThan lessThanOrEquals": _IRI._replace(is_of_property=True),
        "ignoredProperties": _IRI._replace(expected="a list of properties", is_single=True, is_list=True),
        "nodeKind": _Parameter(
            lambda term: term in _NODE_KINDS, "one of sh:IRI, sh:BlankNode, sh:Literal …", is_single=True
        ),
        "message": _TEXT,
        "name description": _TEXT._replace(is_of_property=True),
        "deactivated closed qualifiedValueShapesDisjoint": _FLAG,
        "uniqueLang": _FLAG._replace(is_of_property=True),
        "minLength maxLength qualifiedMinCount qualifiedMaxCount": _COUNT,
        "minCount maxCount": _COUNT._replace(is_of_property=True),
        "minExclusive minInclusive maxExclusive maxInclusive": _BOUND,
        "pattern": _STRING,
        "flags": _STRING._replace(is_single=True),
        "languageIn": _STRING._replace(expected="a list of language ranges", is_single=True, is_list=True),
        "not node property": _SHAPE,
        "qualifiedValueShape": _SHAPE._replace(is_single=True),
        "sparql": _SHAPE._replace(expected="a SPARQL-based constraint"),
        "and or xone": _SHAPES,
        "hasValue": _ANY,
        "path": _ANY._replace(is_single=True),
        "in": _ANY._replace(expected="a list", is_single=True, is_list=True),
    }.items()
    for name in names.split()
}
# Terms of SHACL that may stand at a shape and constrain nothing, and those of constraints, components and reports.
_OTHER: Final = frozenset(
    SH[name]
    for name in (
        "order", "group", "defaultValue", "declare", "prefixes", "prefix", "namespace", "select", "ask", "parameter",
        "optional", "labelTemplate", "validator", "nodeValidator", "propertyValidator", "shapesGraph",
        "suggestedShapesGraph", "entailment", "result", "conforms",
    )
)  # fmt: skip
# Of SHACL Advanced Features (https://www.w3.org/TR/shacl-af/) and SHACL JavaScript Extensions.
_ADVANCED: Final = frozenset(SH[name] for name in ("target", "rule", "expression", "values", "js"))


def check(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield the faults of all shapes, be they used or not."""
    for shape in graph.shapes:
        yield from _check_path(graph, shape)
        for parameter, values in graph.properties(shape).items():
            if rule := _PARAMETERS.get(parameter):
                yield from _check_values(graph, shape, parameter, rule, values)
            elif parameter.value.startswith(SH.iri) and parameter not in _OTHER:
                yield _unknown(shape, parameter, values[0])
        yield from _check_qualified(graph, shape)
    yield from check_queries(graph)
    yield from _check_nesting(graph)


def _check_values(
    graph: ShapesGraph, shape: Term, parameter: NamedNode, rule: _Parameter, values: list[Term]
) -> Iterator[Fault]:
    name = _curie(parameter)
    for value in values:
        if not rule.accepts(value, graph):
            yield Fault(shape, parameter, value, f"The value of {name} is not {rule.expected}.")
    if rule.is_single and len(values) > 1:
        yield Fault(shape, parameter, values[1], f"There are {len(values)} values of {name}; a shape has at most one.")
    if rule.is_of_property and not graph.objects(shape, SH.path) and not _is_property_shape(graph, shape):
        yield Fault(shape, parameter, values[0], f"{name} belongs to a property shape, but this shape has no sh:path.")


def _check_path(graph: ShapesGraph, shape: Term) -> Iterator[Fault]:
    """Yield faults of the path, of which a property shape has one and a node shape none (SHACL, 2.2 and 2.3)."""
    paths, kinds = graph.objects(shape, SH.path), graph.objects(shape, RDF.type)
    if not paths and _is_property_shape(graph, shape):
        yield Fault(shape, None, None, "This property shape has no sh:path. Give it one.")
    if paths and SH.NodeShape in kinds:
        yield Fault(shape, SH.path, paths[0], "A node shape has no sh:path. Make it a sh:PropertyShape.")
    if len(paths) == 1:
        try:
            graph.sparql_path(paths[0])
        except ValueError as error:
            yield Fault(shape, SH.path, paths[0], f"The value of sh:path is not a property path: {error}.")
    for child in graph.objects(shape, SH.property):
        if isinstance(child, NamedNode | BlankNode) and child not in graph.shapes:
            yield Fault(shape, SH.property, child, "The property shape is not described.")


def _is_property_shape(graph: ShapesGraph, shape: Term) -> bool:
    """Tell whether a shape is meant to be a property shape."""
    is_used = any(parameter == SH.property for _, parameter in graph.parents.get(shape, ()))
    return is_used or SH.PropertyShape in graph.objects(shape, RDF.type)


def _check_qualified(graph: ShapesGraph, shape: Term) -> Iterator[Fault]:
    """Yield a qualified value shape without a count, and a count without a shape (SHACL, 4.7.3)."""
    counts = [name for name in (SH.qualifiedMinCount, SH.qualifiedMaxCount) if graph.objects(shape, name)]
    qualified = graph.objects(shape, SH.qualifiedValueShape)
    if qualified and not counts:
        message = "sh:qualifiedValueShape needs sh:qualifiedMinCount or sh:qualifiedMaxCount beside it."
        yield Fault(shape, SH.qualifiedValueShape, qualified[0], message)
    for name in counts if not qualified else ():
        message = f"{_curie(name)} checks nothing without sh:qualifiedValueShape beside it."
        yield Fault(shape, name, graph.objects(shape, name)[0], message, is_ill_formed=False)


def _check_nesting(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield each shape that refers to itself, which SHACL leaves undefined (3.4.3), and those nested too deep."""
    recursive = _recursive(graph)
    for shape in recursive:
        parameter, child = next(reference for reference in graph.references(shape) if reference[1] in recursive)
        yield Fault(shape, parameter, child, _RECURSIVE, is_ill_formed=False, is_kept=True)
    level = dict.fromkeys(shape for shape in graph.shapes if shape not in recursive)
    for _ in range(_DEEPEST_NESTING):
        children = (child for shape in level for _, child in graph.references(shape))
        level = dict.fromkeys(child for child in children if child not in recursive)
    for shape in level:
        yield Fault(shape, None, None, f"Shapes are nested more than {_DEEPEST_NESTING} levels deep.")


_DEEPEST_NESTING: Final = 40
_RECURSIVE: Final = (
    "This shape refers to itself. SHACL does not define what that means (3.4.3), and engines differ: findings beyond "
    "the first round are not to be relied upon."
)


def _recursive(graph: ShapesGraph) -> dict[Term, None]:
    """Return the shapes that refer to themselves, be it by way of others."""
    children = {shape: [child for _, child in graph.references(shape)] for shape in graph.shapes}

    def below(shape: Term) -> dict[Term, None]:
        return reachable(children[shape], lambda child: children.get(child, ()))

    return dict.fromkeys(shape for shape in graph.shapes if shape in below(shape))


def _unknown(shape: Term, parameter: NamedNode, value: Term) -> Fault:
    name = _curie(parameter)
    if parameter in _ADVANCED:
        message = f"{name} is not applied: SHACL Advanced Features and JavaScript are not supported."
        changes = parameter in (SH.expression, SH.js)
        return Fault(shape, parameter, value, message, is_ill_formed=False, changes_meaning=changes)
    message = f"{name} is not a term of SHACL, or does not belong to a shape, so nothing is checked by it."
    return Fault(shape, parameter, value, message)


def _curie(node: NamedNode) -> str:
    return f"sh:{node.value.removeprefix(SH.iri)}"
