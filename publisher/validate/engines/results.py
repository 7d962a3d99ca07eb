"""Turn the validation results of an engine into findings, with names, severities and texts from the shapes graph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from publisher.rdf.ntriples import from_ntriples
from publisher.rdf.vocab import CHECK, SH, Term, plain
from publisher.validate.engines.shapes_graph import ShapesGraph, parameter_of
from publisher.validate.report import Finding, Severity, Terms

CLOSED: Final = SH.ClosedConstraintComponent.value
SPARQL: Final = SH.SPARQLConstraintComponent.value
_SEVERITIES: Final[dict[NamedNode, Severity]] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")

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


@dataclass(frozen=True)
class Result:
    """A validation result (SHACL, 3.6.2) as an engine gives it.

    ``path`` is as ``ShapesGraph.path_text`` writes it; ``shape`` is a node of the shapes graph. ``messages`` are empty
    where those of the shape are meant. ``is_about_value`` is set for a query that looks at no focus node: what it
    returns is what people read as the focus node, while a validation report keeps to the specification.
    """

    focus: Term
    path: str
    value: Term | None
    component: str
    shape: Term
    messages: tuple[Literal, ...] = ()
    constraint: Term | None = None
    is_about_value: bool = False


class Findings:
    """Make findings from results, with names, severities and texts from ``graph``."""

    def __init__(self, graph: ShapesGraph) -> None:
        self._graph = graph
        self._of_constraint = cache(self._describe)  # shapes have few, results are many

    def of(self, result: Result) -> Finding:
        """Return the finding of a result."""
        label, severity, text, messages = self._of_constraint(result.shape, result.component)
        if result.messages:
            text, messages = choose(result.messages), result.messages
        value = "" if result.value is None else plain(result.value)
        return Finding(
            focus=value if result.is_about_value else plain(result.focus),
            path=result.path,
            component=result.component,
            value="" if result.is_about_value else value,
            severity=_SEVERITIES.get(severity, "violation"),
            shape=label,
            message=text,
            terms=Terms(
                focus=str(result.focus),
                value="" if result.value is None else str(result.value),
                shape=str(result.shape),
                severity=str(severity),
                messages=tuple(map(str, messages)),
                constraint="" if result.constraint is None else str(result.constraint),
            ),
        )

    def _describe(self, shape: Term, component: str) -> tuple[str, NamedNode, str, tuple[Literal, ...]]:
        """Return the name and the severity of a shape, and the text and all messages of a constraint of it."""
        messages = tuple(self._graph.messages(shape))
        text = choose(messages) or _default_message(self._graph, shape, component)
        return self._graph.label(shape, component), self._graph.severity(shape), text, messages


def _default_message(graph: ShapesGraph, shape: Term, component: str) -> str:
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


def stopped(engine: str, error: Exception, shape: str = "") -> Finding:
    """Return the finding that an engine stopped, at a shape or at all of them, so that its findings are not known."""
    kind = CHECK["engine-stopped"].value
    message = f"{engine} stopped, so its findings are not known: {' '.join(str(error).split()) or type(error).__name__}"
    return Finding(shape, "", kind, "", "violation", kind, message)


def choose(messages: Iterable[Literal]) -> str:
    """Return the text in English, else the one without a language, else the first in order."""

    def rank(text: Literal) -> tuple[bool, bool, str]:
        tag = (text.language or "").lower()
        return tag.partition("-")[0] != "en", bool(tag), str(text)

    return min(messages, key=rank, default=Literal("")).value


def fill(message: Literal, bindings: Mapping[str, Term]) -> Literal:
    """Return a message with ``{?name}`` and ``{$name}`` replaced by the bindings (SHACL, 5.3.2)."""

    def value(match: re.Match[str]) -> str:
        return plain(bindings[match[1]]) if match[1] in bindings else match[0]

    return Literal(_PLACEHOLDER.sub(value, message.value), language=message.language)


@lru_cache(maxsize=1 << 12)
def parse_term(text: str) -> Term:
    """Return the term that N-Triples writes as ``text``."""
    if text.startswith("_:"):
        return BlankNode(text[2:])
    (triple,) = from_ntriples([("<urn:s>", "<urn:p>", text)])
    return triple.object
