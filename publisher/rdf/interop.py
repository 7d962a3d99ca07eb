"""Convert terms and triples to those of rdflib and back, and lists to Python sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import RDF, XSD, Term

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


def list_items(head: Term, objects: Callable[[Term, NamedNode], Sequence[Term]]) -> Iterator[Term]:
    """Yield the members of an RDF list; a list that contains itself ends there.

    ``objects`` returns the values of a property of a node.

    >>> cell = BlankNode()
    >>> [item.value for item in list_items(cell, lambda s, p: [Literal("a")] if p == RDF.first else [cell])]
    ['a']
    """
    visited: set[Term] = set()
    while head not in visited and (first := objects(head, RDF.first)):
        visited.add(head)
        yield first[0]
        head = next(iter(objects(head, RDF.rest)), RDF.nil)
