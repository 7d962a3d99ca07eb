"""Find the positions of the triples of a Turtle, TriG or N-Triples text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.turtle import BlankNodePropertyList, Collection, Leaf, SubjectBlock, TurtleNode, parse
from publisher.rdf.turtle_tokens import tokens
from publisher.rdf.vocab import RDF, Term


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
    directives, blocks = "", list[SubjectBlock]()
    with suppress(SourceError):
        for statement in parse(tokens(text)):
            if isinstance(statement, SubjectBlock):
                blocks.append(statement)
                continue
            yield from _located(blocks, directives)
            directives += " ".join(token.text for token in statement.tokens) + "\n"
            blocks = []
    yield from _located(blocks, directives)


def _located(blocks: list[SubjectBlock], directives: str) -> Iterator[TriplePosition]:
    leaves = (leaf.text for block in blocks for leaf in (*_leaves(block.subject), *_leaves_below(block)))
    walk = _Walk(_read_terms(dict.fromkeys(leaves), directives))
    with suppress(KeyError):  # at a term that cannot be read
        for block in blocks:
            yield from walk.block(block)


def _leaves(node: TurtleNode) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Collection):
        for item in node.items:
            yield from _leaves(item)
    else:
        yield from _leaves_below(node)


def _leaves_below(node: SubjectBlock | BlankNodePropertyList) -> Iterator[Leaf]:
    for prop in node.properties:
        yield prop.verb
        for item in prop.objects:
            yield from _leaves(item)


def _read_terms(texts: Iterable[str], directives: str) -> dict[str, Term]:
    """Return the term of each text, up to the first that pyoxigraph cannot read under these prefixes and base."""
    terms: dict[str, Term] = {"a": RDF.type}
    texts = [text for text in texts if text not in terms]
    with suppress(SyntaxError):
        quads = ox.parse(f"{directives}<x:> <x:> {' , '.join(texts)} .", format=ox.RdfFormat.TURTLE)
        terms.update((text, quad.object) for text, quad in zip(texts, quads, strict=False))
    return terms


def _position(node: TurtleNode) -> Position:
    """Return the position of the node, brackets included."""
    return Position(node.first.line, node.first.column, *node.last.end)


class _Walk:
    """Turn syntax into triples."""

    def __init__(self, terms: dict[str, Term]) -> None:
        self._terms = terms

    def block(self, block: SubjectBlock) -> Iterator[TriplePosition]:
        """Yield the triples of one subject, and those of the brackets in it."""
        subject, inner = self._node(block.subject)
        yield from inner
        yield from self._properties(subject, _position(block.subject), block)

    def _properties(
        self, subject: Term, here: Position, of: SubjectBlock | BlankNodePropertyList
    ) -> Iterator[TriplePosition]:
        for prop in of.properties:
            predicate = self._terms[prop.verb.text]
            for item in prop.objects:
                term, inner = self._node(item)
                yield TriplePosition(make_triple(subject, predicate, term), here, _position(prop.verb), _position(item))
                yield from inner

    def _node(self, node: TurtleNode) -> tuple[Term, Iterator[TriplePosition]]:
        """Return the term of a node, and the triples of its brackets."""
        if isinstance(node, Leaf):
            return self._terms[node.text], iter(())
        if isinstance(node, Collection):
            return (fresh := BlankNode(), self._cells(fresh, node)) if node.items else (RDF.nil, iter(()))
        return (fresh := BlankNode(), self._properties(fresh, _position(node), node))

    def _cells(self, cell: BlankNode, of: Collection) -> Iterator[TriplePosition]:
        """Yield the triples of a list; the rest of a list begins at its first item, the empty one at the bracket."""
        here, end = _position(of), of.last
        places = [*map(_position, of.items), Position(end.line, end.column, *end.end)]
        for number, item in enumerate(of.items):
            at, place = places[number], places[number + 1]
            term, inner = self._node(item)
            yield TriplePosition(make_triple(cell, RDF.first, term), here, at, at)
            yield from inner
            following = BlankNode() if number + 1 < len(of.items) else RDF.nil
            yield TriplePosition(make_triple(cell, RDF.rest, following), at, at, place)
            if isinstance(following, BlankNode):
                cell, here = following, place


def make_triple(subject: Term, predicate: Term, term: Term) -> Triple:
    """Return a triple. Raises ``TypeError`` where the terms cannot be its subject and predicate."""
    if isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode):
        return Triple(subject, predicate, term)
    raise TypeError(f"{subject} and {predicate} cannot be subject and predicate")
