"""Convert triples to the types of other libraries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import XSD, Term

if TYPE_CHECKING:
    import rdflib


def to_rdflib(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return the triples as an rdflib graph with the lexical forms of literals unchanged."""
    import rdflib

    def convert(term: Term) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
        match term:
            case NamedNode():
                return rdflib.URIRef(term.value)
            case BlankNode():
                return rdflib.BNode(term.value)
            case Literal() if term.language:
                return rdflib.Literal(term.value, lang=term.language)
            case Literal():
                datatype = None if term.datatype == XSD.string else rdflib.URIRef(term.datatype.value)
                return rdflib.Literal(term.value, datatype=datatype, normalize=False)
        raise TypeError(f"not an RDF 1.1 term: {term!r}")

    graph = rdflib.Graph()
    for t in triples:
        graph.add((convert(t.subject), rdflib.URIRef(t.predicate.value), convert(t.object)))
    return graph
