"""A SHACL validation report (SHACL, 3.6) in Turtle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.io import format_turtle
from publisher.rdf.ntriples import from_ntriples
from publisher.rdf.vocab import RDF, SH, XSD
from publisher.validate.baseline import Compared
from publisher.validate.report import Finding, Terms
from publisher.validate.reporters.interface import Naming, Reporter, ordered
from publisher.validate.text import display_prefixes

_SEVERITIES: Final = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
_IRI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_PATH_TOKEN: Final = re.compile(r"<[^>]*>|[\^/|()*+?]")
_SUFFIXES: Final = {"*": SH.zeroOrMorePath, "+": SH.oneOrMorePath, "?": SH.zeroOrOnePath}

_Node = NamedNode | BlankNode


class TurtleReporter(Reporter):
    """Write a validation report, which conforms when there is no result of any severity."""

    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the report with the terms that the findings are about."""
        report = BlankNode("report")
        findings = ordered(compared)
        triples = [
            Triple(report, RDF.type, SH.ValidationReport),
            Triple(report, SH.conforms, Literal(str(not findings).lower(), datatype=XSD.boolean)),
        ]
        for number, finding in enumerate(findings, start=1):
            node = BlankNode(f"result{number}")
            triples += [Triple(report, SH.result, node), *_result(node, finding)]
        return format_turtle(triples, display_prefixes(naming.prefixes))


def _result(node: BlankNode, f: Finding) -> Iterator[Triple]:
    """Yield the properties of a validation result (SHACL, 3.6.2)."""
    terms = f.terms or Terms(_guess(f.focus), _guess(f.value) if f.value else "", _guess(f.shape))
    texts = {
        SH.focusNode: (terms.focus,),
        SH.value: (terms.value,),
        SH.sourceShape: (terms.shape,),
        SH.sourceConstraint: (terms.constraint,),
        SH.sourceConstraintComponent: (_guess(f.component),),
        SH.resultSeverity: (terms.severity or str(_SEVERITIES[f.severity]),),
        SH.resultMessage: terms.messages or (str(Literal(f.message)),),
    }
    yield Triple(node, RDF.type, SH.ValidationResult)
    lines = [("_:result", str(predicate), text) for predicate, values in texts.items() for text in values if text]
    for t in from_ntriples(lines):
        yield Triple(node, t.predicate, t.object)
    if tokens := _path_tokens(f.path):
        path = _Path(tokens, node.value)
        yield Triple(node, SH.resultPath, path.node)
        yield from path.triples


def _guess(value: str) -> str:
    """Return an IRI where the text is one, for findings that hold their values in plain form alone."""
    return f"<{value}>" if _IRI.fullmatch(value) else str(Literal(value))


def _path_tokens(text: str) -> list[str]:
    """Return the tokens of a path as findings have it: an IRI, or the syntax of SPARQL; none for what is no path."""
    tokens = [f"<{text}>"] if _IRI.fullmatch(text) else _PATH_TOKEN.findall(text)
    is_path = all(_IRI.fullmatch(token[1:-1]) for token in tokens if token[0] == "<")
    return tokens if is_path and len("".join(tokens)) >= len(text) else []


class _Path:
    """Read a property path into triples (SHACL, 2.3.1)."""

    def __init__(self, tokens: list[str], name: str) -> None:
        self.triples: list[Triple] = []
        self._tokens = tokens
        self._labels = (BlankNode(f"{name}path{number}") for number in count(1))
        self.node = self._choice()

    def _choice(self) -> _Node:
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return self._with(SH.alternativePath, self._list(choices)) if len(choices) > 1 else choices[0]

    def _sequence(self) -> _Node:
        steps = [self._step()]
        while self._take("/"):
            steps.append(self._step())
        return self._list(steps) if len(steps) > 1 else steps[0]

    def _step(self) -> _Node:
        if self._take("^"):
            return self._with(SH.inversePath, self._step())
        if self._take("("):
            node = self._choice()
            self._take(")")
        else:
            node = NamedNode(self._tokens.pop(0)[1:-1])
        while self._tokens and (suffix := _SUFFIXES.get(self._tokens[0])):
            self._tokens.pop(0)
            node = self._with(suffix, node)
        return node

    def _take(self, token: str) -> bool:
        is_next = self._tokens[:1] == [token]
        if is_next:
            self._tokens.pop(0)
        return is_next

    def _with(self, predicate: NamedNode, node: _Node) -> BlankNode:
        path = next(self._labels)
        self.triples.append(Triple(path, predicate, node))
        return path

    def _list(self, members: list[_Node]) -> _Node:
        head: _Node = RDF.nil
        for member in reversed(members):
            rest, head = head, next(self._labels)
            self.triples += [Triple(head, RDF.first, member), Triple(head, RDF.rest, rest)]
        return head
