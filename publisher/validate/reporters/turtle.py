"""A SHACL validation report (SHACL, 3.6) in Turtle."""

from __future__ import annotations

import io
import re
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import RDF, SH, XSD
from publisher.validate.baseline import Compared
from publisher.validate.report import Finding
from publisher.validate.reporters.interface import Naming, Reporter, ordered
from publisher.validate.text import display_prefixes

_SEVERITIES: Final = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
_IRI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+", re.IGNORECASE)
_INVERSE: Final = re.compile(r"\^<?([^<>^]+)>?")


class TurtleReporter(Reporter):
    """Write a validation report, which conforms when there is no result of any severity."""

    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the report; paths of more than one step are left out, as findings hold them as text."""
        report = BlankNode("report")
        findings = ordered(compared)
        triples = [
            Triple(report, RDF.type, SH.ValidationReport),
            Triple(report, SH.conforms, Literal(str(not findings).lower(), datatype=XSD.boolean)),
        ]
        for number, finding in enumerate(findings, start=1):
            node = BlankNode(f"result{number}")
            triples += [Triple(report, SH.result, node), *_result(node, finding)]
        with io.BytesIO() as written:
            ox.serialize(triples, written, format=ox.RdfFormat.TURTLE, prefixes=display_prefixes(naming.prefixes))
            return written.getvalue().decode("utf-8")


def _result(node: BlankNode, f: Finding) -> list[Triple]:
    triples = [
        Triple(node, RDF.type, SH.ValidationResult),
        Triple(node, SH.focusNode, _term(f.focus)),
        Triple(node, SH.resultSeverity, _SEVERITIES[f.severity]),
        Triple(node, SH.resultMessage, Literal(f.message)),
        Triple(node, SH.sourceConstraintComponent, _term(f.component)),
        Triple(node, SH.sourceShape, _term(f.shape)),
    ]
    if f.value:
        triples.append(Triple(node, SH.value, _term(f.value)))
    inverse = _INVERSE.fullmatch(f.path)
    if inverse and _IRI.fullmatch(inverse[1]):
        path = BlankNode(f"{node.value}path")
        triples += [Triple(node, SH.resultPath, path), Triple(path, SH.inversePath, NamedNode(inverse[1]))]
    elif _IRI.fullmatch(f.path):
        triples.append(Triple(node, SH.resultPath, NamedNode(f.path)))
    return triples


def _term(value: str) -> NamedNode | Literal:
    """Return an IRI where the text is one; findings keep values in their plain form."""
    return NamedNode(value) if _IRI.fullmatch(value) else Literal(value)
