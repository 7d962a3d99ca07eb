"""Convert terms and triples to those of rdflib and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import XSD, Term

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node


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


def from_rdflib(term: Node) -> NamedNode | BlankNode | Literal:
    """Return a term of rdflib as one of pyoxigraph, with the lexical form that it has."""
    import rdflib

    match term:
        case rdflib.Literal() if term.language:
            return Literal(str(term), language=term.language)
        case rdflib.Literal():
            return Literal(str(term), datatype=NamedNode(str(term.datatype)) if term.datatype else None)
        case rdflib.BNode():
            return BlankNode(str(term))
    return NamedNode(str(term))
