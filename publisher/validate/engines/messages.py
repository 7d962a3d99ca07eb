"""Say in words what a core constraint asks for, where its shape has no ``sh:message``."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from publisher.rdf.vocab import SH, Term, plain
from publisher.validate.engines.shapes_graph import ShapesGraph

_COMPONENT: Final = "ConstraintComponent"
_LISTS: Final = (SH["in"], SH.languageIn, SH["and"], SH["or"], SH.xone)
# By parameter; {} is its value. Without braces the value says nothing to people, as with an anonymous shape.
_TEXTS: Final = {
    "class": "The value is not of class {}.",
    "datatype": "The value is not a literal of datatype {}.",
    "nodeKind": "The value is not of node kind {}.",
    "minCount": "There are fewer than {} values.",
    "maxCount": "There are more than {} values.",
    "minExclusive": "The value is not greater than {}.",
    "minInclusive": "The value is not {} or greater.",
    "maxExclusive": "The value is not less than {}.",
    "maxInclusive": "The value is not {} or less.",
    "minLength": "The value has fewer than {} characters.",
    "maxLength": "The value has more than {} characters.",
    "pattern": "The value does not match the pattern '{}'.",
    "languageIn": "The value is not a text in one of the languages {}.",
    "uniqueLang": "More than one value has the same language.",
    "equals": "The values are not the same as those of {}.",
    "disjoint": "The value is also a value of {}.",
    "lessThan": "The value is not less than each value of {}.",
    "lessThanOrEquals": "The value is not less than or equal to each value of {}.",
    "not": "The value conforms to a shape that it must not conform to.",
    "and": "The value does not conform to all of the shapes.",
    "or": "The value does not conform to any of the shapes.",
    "xone": "The value does not conform to exactly one of the shapes.",
    "node": "The value does not conform to the shape.",
    "qualifiedMinCount": "Fewer than {} values conform to the qualified shape.",
    "qualifiedMaxCount": "More than {} values conform to the qualified shape.",
    "closed": "The shape is closed and does not allow this property.",
    "hasValue": "{} is not among the values.",
    "in": "The value is not one of {}.",
    "sparql": "The query of the shape returns this node.",
}  # fmt: skip
_MOST_NAMED: Final = 20


def default_message(graph: ShapesGraph, shape: Term, component: str) -> str:
    """Return what a result of ``component`` (an IRI) at ``shape`` means; values are told in the order of the shape."""
    parameter = parameter_of(component)
    values = graph.objects(shape, parameter) if parameter else []
    name = parameter.value.removeprefix(SH.iri) if parameter else ""
    text = _TEXTS.get(name, "The node does not conform to the shape.")
    if parameter in _LISTS:
        values = [member for head in values for member in graph.members(head) or ()]
    words = [plain(value) for value in values]
    if len(words) > _MOST_NAMED:
        words = [*words[:_MOST_NAMED], f"… ({len(words)} in all)"]
    return text.format(", ".join(words))


def parameter_of(component: str) -> NamedNode | None:
    """Return the parameter after which a core constraint component is named; ``None`` for another component."""
    if not component.startswith(SH.iri):
        return None
    name = component.removeprefix(SH.iri).removesuffix(_COMPONENT)
    return SH.sparql if name == "SPARQL" else SH[name[:1].lower() + name[1:]]
