"""Find the positions of the triples of a Turtle, TriG or N-Triples text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import pyoxigraph as ox
from pyoxigraph import BlankNode, Triple

from publisher.errors import SourceError
from publisher.rdf.turtle import BlankNodePropertyList, Collection, Leaf, SubjectBlock, TurtleNode, parse
from publisher.rdf.turtle_tokens import tokens
from publisher.rdf.vocab import RDF


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """The range from the first character to the one after the last.

    Lines and columns count from 1, columns in code points. Lines end at LF, CR LF or CR; a byte order mark has no
    column.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class TriplePosition:
    """A triple with the positions of its subject, predicate and object."""

    triple: Triple
    subject: Position
    predicate: Position
    object: Position


def triple_positions(text: str) -> Iterator[TriplePosition]:
    """Yield the triples of the text, in its order, with their positions, up to where it is not Turtle.

    Each pair of brackets has a new blank node; blank nodes with labels keep them.
    """
    directives, rows = "", list[_Row]()
    with suppress(SourceError):
        for statement in parse(tokens(text)):
            if isinstance(statement, SubjectBlock):
                subject, inner = _term(statement.subject)
                rows += (*inner, *_properties(subject, statement))
                continue
            yield from _read(rows, directives)
            directives += " ".join(token.text for token in statement.tokens) + "\n"
            rows = []
    yield from _read(rows, directives)


class _Term(NamedTuple):
    """A term as Turtle writes it, where brackets are a blank node with a label, and its position."""

    text: str
    position: Position


_Row = tuple[_Term, _Term, _Term]


def _read(rows: Iterable[_Row], directives: str) -> Iterator[TriplePosition]:
    """Yield the triples of the rows, up to the first that cannot be read under these prefixes and base."""
    document = "".join(f"{subject.text} {predicate.text} {term.text} .\n" for subject, predicate, term in rows)
    with suppress(SyntaxError):
        for row, quad in zip(rows, ox.parse(directives + document, format=ox.RdfFormat.TURTLE), strict=False):
            yield TriplePosition(quad.triple, *(term.position for term in row))


def _properties(subject: _Term, of: SubjectBlock | BlankNodePropertyList) -> Iterator[_Row]:
    for prop in of.properties:
        for item in prop.objects:
            term, inner = _term(item)
            yield subject, _Term(prop.verb.text, _position(prop.verb)), term
            yield from inner


def _term(node: TurtleNode) -> tuple[_Term, Iterator[_Row]]:
    """Return the term of a node, and the triples of its brackets."""
    here = _position(node)
    if isinstance(node, Leaf):
        return _Term(node.text, here), iter(())
    if isinstance(node, BlankNodePropertyList):
        return (fresh := _Term(str(BlankNode()), here)), _properties(fresh, node)
    return (cell := _Term(str(BlankNode() if node.items else RDF.nil), here)), _cells(cell, node)


def _cells(cell: _Term, of: Collection) -> Iterator[_Row]:
    """Yield the triples of a list; the rest of a list begins at its first item, the empty one at the bracket."""
    end = Position(of.last.line, of.last.column, *of.last.end)
    for item, following in zip(of.items, (*of.items[1:], None), strict=False):
        term, inner = _term(item)
        yield cell, _Term(str(RDF.first), term.position), term
        yield from inner
        rest = _Term(str(BlankNode()), _position(following)) if following else _Term(str(RDF.nil), end)
        yield cell, _Term(str(RDF.rest), term.position), rest
        cell = rest


def _position(node: TurtleNode) -> Position:
    """Return the position of the node, brackets included."""
    return Position(node.first.line, node.first.column, *node.last.end)
