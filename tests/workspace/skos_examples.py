"""Apply the shapes of the SKOS template to the examples beside them, as a build does, in both stages."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

import publisher
from publisher.infer import Schema, close, materialize
from publisher.rdf.ntriples import NTriple, iri, to_ntriples
from publisher.rdf.vocab import SH
from publisher.validate.engines import Validator, compile_shapes
from publisher.workspace.sources import Source, read_triples

ONTOLOGY: Final = Path(publisher.__file__).parent / "workspace" / "templates" / "skos" / "ontology"
SHAPES: Final = "https://example.org/dataset/shapes#"
_RESULT: Final = ("focusNode", "resultPath", "value", "resultSeverity", "sourceShape")


class Result(NamedTuple):
    """A validation result; ``value`` is a term as in N-Triples, the others are IRIs, empty where there is none."""

    focus: str
    path: str
    value: str
    severity: str
    shape: str


def camel(name: str) -> str:
    """Return the name of the shape of an example: ``NoCycle`` for ``no-cycle``."""
    return "".join(map(str.capitalize, name.split("-")))


def triples_of_text(text: str) -> list[ox.Triple]:
    """Return the triples of a text in Turtle."""
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]


@functools.cache
def _schema() -> Schema:
    path = ONTOLOGY / "skos.ttl"
    return close((Source(path, path.stem, tuple(read_triples(path))),))


@functools.cache
def _validator(*folders: str) -> Validator:
    paths = (path for folder in folders for path in sorted((ONTOLOGY / "shapes" / folder).glob("*.ttl")))
    return compile_shapes(triple for path in paths for triple in read_triples(path))


def report(data: list[ox.Triple]) -> list[Result]:
    """Return what the shapes report of the data without and with inference, each result once, sorted."""
    inferred = materialize(data, _schema(), ())
    found = set[Result]()
    for folders, triples in (((".",), data), ((".", "derived"), [*data, *inferred])):
        for finding in _validator(*folders).validate([ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""]):
            assert finding.terms
            path = "" if finding.path.startswith("(") or "|" in finding.path else finding.path
            result = Result(finding.focus, path, finding.terms.value, finding.terms.severity[1:-1], finding.shape)
            found.add(result)
    return sorted(found)


def split(triples: Iterable[ox.Triple]) -> tuple[list[ox.Triple], list[Result]]:
    """Return the data of an example and the results that it must give."""
    triples = list(triples)
    nodes = sorted({str(t.subject) for t in triples if t.object == SH.ValidationResult})
    rows = to_ntriples(triples)
    expected = [Result(*(_value(rows, node, name) for name in _RESULT)) for node in nodes]
    return [t for t in triples if str(t.subject) not in nodes], sorted(expected)


def _value(rows: list[NTriple], node: str, name: str) -> str:
    value = next((o for s, p, o in rows if s == node and p == iri(SH[name].value)), "")
    return value if name == "value" else value.strip("<>")
