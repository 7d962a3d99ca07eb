"""A SHACL validation report (SHACL, 3.6) in Turtle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.io import format_turtle
from publisher.rdf.ntriples import from_ntriples
from publisher.rdf.vocab import RDF, RDFS, SH, XSD
from publisher.validate.baseline import Compared
from publisher.validate.report import Finding, Terms
from publisher.validate.text import Naming

_SEVERITIES: Final = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
_NAME: Final = r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]+"
_IRI: Final = re.compile(_NAME, re.IGNORECASE)
_PATH: Final = re.compile(rf"(?:<{_NAME}>|[\^/|()*+?])+", re.IGNORECASE)
_SUFFIXES: Final = {"*": SH.zeroOrMorePath, "+": SH.oneOrMorePath, "?": SH.zeroOrOnePath}


def write_turtle(compared: Compared, naming: Naming) -> str:
    """Return a validation report, which conforms when there is no result of any severity."""
    report = BlankNode("report")
    triples = [
        Triple(report, RDF.type, SH.ValidationReport),
        Triple(report, SH.conforms, Literal(str(not compared.new.findings).lower(), datatype=XSD.boolean)),
    ]
    if compared.omission:
        triples.append(Triple(report, RDFS.comment, Literal(compared.omission, language="en")))
    for number, finding in enumerate(compared.shown(), start=1):
        node = BlankNode(f"result{number}")
        triples += [Triple(report, SH.result, node), *_result(node, finding)]
    return format_turtle(triples, naming.shown_prefixes)


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
    path = _Path(node.value)
    if (top := path.read(f.path)) is not None:
        yield Triple(node, SH.resultPath, top)
        yield from path.triples


def _guess(value: str) -> str:
    """Return an IRI where the text is one, for findings that hold their values in plain form alone."""
    return f"<{value}>" if _IRI.fullmatch(value) else str(Literal(value))


class _Path:
    """The triples of a property path (SHACL, 2.3.1), which findings have as an IRI or in the syntax of SPARQL."""

    def __init__(self, name: str) -> None:
        self.triples: list[Triple] = []
        self._labels = (BlankNode(f"{name}path{number}") for number in count(1))

    def read(self, text: str) -> NamedNode | BlankNode | None:
        """Return the node of a path; ``None`` for what is no path."""
        if _IRI.fullmatch(text):
            return NamedNode(text)
        from rdflib.plugins.sparql import prepareQuery

        try:
            query = prepareQuery(f"SELECT * {{ ?s {text} ?o }}") if _PATH.fullmatch(text) else None
        except Exception:  # noqa: BLE001 - rdflib's parser raises at will
            query = None
        return self._node(query.algebra.p.p.triples[0][1]) if query else None

    def _node(self, path: Any) -> NamedNode | BlankNode:
        from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

        match path:
            case InvPath():
                return self._with(SH.inversePath, path.arg)
            case MulPath():
                return self._with(_SUFFIXES[path.mod], path.path)
            case AlternativePath():
                return self._with(SH.alternativePath, path.args)
            case SequencePath():
                return self._list(path.args)
        return NamedNode(str(path))

    def _with(self, predicate: NamedNode, operand: Any) -> BlankNode:
        node = next(self._labels)
        self.triples.append(
            Triple(node, predicate, self._list(operand) if type(operand) is list else self._node(operand))
        )
        return node

    def _list(self, members: list[Any]) -> NamedNode | BlankNode:
        head: NamedNode | BlankNode = RDF.nil
        for member in reversed(members):
            rest, head = head, next(self._labels)
            self.triples += [Triple(head, RDF.first, self._node(member)), Triple(head, RDF.rest, rest)]
        return head
