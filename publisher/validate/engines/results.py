"""Turn the validation results of an engine into findings, with names, severities and texts from the shapes graph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from publisher.rdf.ntriples import from_ntriples
from publisher.rdf.vocab import CHECK, SH, Term, plain
from publisher.validate.engines.messages import default_message
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.report import Finding, Severity, Terms

CLOSED: Final = SH.ClosedConstraintComponent.value
SPARQL: Final = SH.SPARQLConstraintComponent.value
_SEVERITIES: Final[dict[NamedNode, Severity]] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")


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
    """Make findings from results; what a shape says of all its results is looked up once."""

    def __init__(self, graph: ShapesGraph, language: str) -> None:
        """Take names, severities and texts from ``graph``; messages are in ``language`` where shapes have one in it."""
        self._graph, self._language = graph, language
        self._labels: dict[tuple[Term, str], str] = {}
        self._texts: dict[tuple[Term, str], tuple[str, tuple[str, ...]]] = {}
        self._severities: dict[Term, tuple[Severity, str]] = {}

    def of(self, result: Result) -> Finding:
        """Return the finding of a result."""
        about = (result.shape, result.component)
        if (label := self._labels.get(about)) is None:
            label = self._labels[about] = self._graph.label(*about)
        text, messages = self._message(result)
        if (severity := self._severities.get(result.shape)) is None:
            node = self._graph.severity(result.shape)
            severity = self._severities[result.shape] = (_SEVERITIES.get(node, "violation"), str(node))
        value = "" if result.value is None else plain(result.value)
        return Finding(
            focus=value if result.is_about_value else plain(result.focus),
            path=result.path,
            component=result.component,
            value="" if result.is_about_value else value,
            severity=severity[0],
            shape=label,
            message=text,
            terms=Terms(
                focus=str(result.focus),
                value="" if result.value is None else str(result.value),
                shape=str(result.shape),
                severity=severity[1],
                messages=messages,
                constraint="" if result.constraint is None else str(result.constraint),
            ),
        )

    def _message(self, result: Result) -> tuple[str, tuple[str, ...]]:
        """Return the text to show, and all texts as terms."""
        if result.messages:
            return choose(result.messages, self._language), tuple(map(str, result.messages))
        about = (result.shape, result.component)
        if about not in self._texts:
            messages = self._graph.messages(result.shape)
            text = choose(messages, self._language) or default_message(self._graph, *about)
            self._texts[about] = text, tuple(map(str, messages))
        return self._texts[about]


def stopped(engine: str, error: Exception, shape: str = "") -> Finding:
    """Return the finding that an engine stopped, at a shape or at all of them, so that its findings are not known."""
    kind = CHECK["engine-stopped"].value
    message = f"{engine} stopped, so its findings are not known: {' '.join(str(error).split()) or type(error).__name__}"
    return Finding(shape, "", kind, "", "violation", kind, message)


def choose(messages: Iterable[Literal], language: str) -> str:
    """Return the text in ``language``, else in English, else without a language, else the first in order."""

    def rank(text: Literal) -> tuple[bool, bool, bool, str]:
        tag = (text.language or "").lower()
        return not _is_in(tag, language.lower()), not _is_in(tag, "en"), bool(tag), str(text)

    return min(messages, key=rank, default=Literal("")).value


def _is_in(tag: str, language: str) -> bool:
    """Tell whether a language tag is matched by a basic language range (RFC 4647, 3.3.1)."""
    return tag == language or tag.startswith(f"{language}-")


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
