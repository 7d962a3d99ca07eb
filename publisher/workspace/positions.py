"""Index the positions of triples and terms in a Turtle, TriG or N-Triples file."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.turtle import (
    BlankNodePropertyList,
    Collection,
    Directive,
    Leaf,
    Scope,
    SubjectBlock,
    TurtleNode,
    statements,
)
from publisher.rdf.vocab import RDF, Term
from publisher.workspace.files import read_text
from publisher.workspace.sources import read_triples

_READABLE: Final = {".ttl", ".trig", ".nt"}
_LABEL: Final = re.compile(r"b[0-9]+$")


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


@dataclass(frozen=True)
class Positions:
    """The positions of the triples of one file; of a repeated triple, the first.

    Look up triples as ``publisher.workspace.sources`` reads them: the lookup uses its labels of blank nodes, without
    the name of the graph that precedes them.
    """

    _triples: dict[Triple, TriplePosition]
    _subjects: dict[Term, Position]
    _terms: dict[Term, Position]

    def triple(self, triple: Triple) -> Position | None:
        """Return the position of its object, the term that findings are about."""
        entry = self._triples.get(_unnamed(triple))
        return entry.object if entry else None

    def predicate(self, triple: Triple) -> Position | None:
        """Return the position of its predicate."""
        entry = self._triples.get(_unnamed(triple))
        return entry.predicate if entry else None

    def subject(self, node: Term) -> Position | None:
        """Return the first position where the node is a subject."""
        return self._subjects.get(_unnamed_node(node))

    def term(self, node: Term) -> Position | None:
        """Return the first position where the term is written, whatever its role."""
        return self._terms.get(_unnamed_node(node))


def index(path: Path) -> Positions:
    """Index the triples of a Turtle, TriG or N-Triples file; the index of a file in another format is empty.

    Never raises: the index of a file that cannot be read is empty, that of a file with a syntax error ends there.
    """
    if path.suffix not in _READABLE:
        return Positions({}, {}, {})
    try:
        text = read_text(path)
    except SourceError:
        return Positions({}, {}, {})
    return _index(_with_labels_of_sources(list(_positions_before_error(text)), path))


def _positions_before_error(text: str) -> Iterator[TriplePosition]:
    try:
        yield from triple_positions(text)
    except SourceError:
        return


def _index(entries: Iterable[TriplePosition]) -> Positions:
    triples: dict[Triple, TriplePosition] = {}
    subjects: dict[Term, Position] = {}
    terms: dict[Term, Position] = {}
    for entry in entries:
        triple = entry.triple
        triples.setdefault(triple, entry)
        subjects.setdefault(triple.subject, entry.subject)
        terms.setdefault(triple.subject, entry.subject)
        terms.setdefault(triple.predicate, entry.predicate)
        terms.setdefault(triple.object, entry.object)
    return Positions(triples, subjects, terms)


def triple_positions(text: str, path: Path = Path("-")) -> Iterator[TriplePosition]:
    """Yield the triples of the text, in its order, with their positions.

    Raises ``SourceError`` at the first syntax error.
    """
    walk = _Walk(Scope(path))
    for statement in statements(text, path):
        match statement:
            case Directive():
                walk.scope.declare(statement)
            case SubjectBlock():
                yield from walk.block(statement)
            case _:
                for block in statement.blocks:
                    yield from walk.block(block)


def position(node: TurtleNode) -> Position:
    """Return the position of the node, brackets included."""
    return Position(node.first.line, node.first.column, *node.last.end)


class _Walk:
    """Turn syntax into triples; each pair of brackets makes new blank nodes."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._fresh = (BlankNode(f"n-{number}") for number in count())

    def block(self, block: SubjectBlock) -> Iterator[TriplePosition]:
        """Yield the triples of one subject, and those of the brackets in it."""
        subject, inner = self._node(block.subject)
        yield from inner
        if block.properties:
            yield from self._properties(subject, block)

    def _properties(self, subject: Term, of: SubjectBlock | BlankNodePropertyList) -> Iterator[TriplePosition]:
        here = position(of if isinstance(of, BlankNodePropertyList) else of.subject)
        for prop in of.properties:
            predicate = self.scope.iri(prop.verb)
            for item in prop.objects:
                term, inner = self._node(item)
                yield TriplePosition(_triple(subject, predicate, term), here, position(prop.verb), position(item))
                yield from inner

    def _node(self, node: TurtleNode) -> tuple[Term, Iterator[TriplePosition]]:
        """Return the term of a node, and the triples of its brackets."""
        if isinstance(node, Leaf):
            return self.scope.term(node), iter(())
        if isinstance(node, Collection) and not node.items:
            return RDF.nil, iter(())
        fresh = next(self._fresh)
        return fresh, (
            self._properties(fresh, node) if isinstance(node, BlankNodePropertyList) else self._cells(fresh, node)
        )

    def _cells(self, cell: BlankNode, of: Collection) -> Iterator[TriplePosition]:
        """Yield the triples of a list; the rest of a list begins at its first item, the empty one at the bracket."""
        here, end = position(of), of.last
        closing = Position(end.line, end.column, *end.end)
        for number, item in enumerate(of.items, start=1):
            at = position(item)
            term, inner = self._node(item)
            yield TriplePosition(_triple(cell, RDF.first, term), here, at, at)
            yield from inner
            is_last = number == len(of.items)
            following = RDF.nil if is_last else next(self._fresh)
            here = closing if is_last else position(of.items[number])
            yield TriplePosition(_triple(cell, RDF.rest, following), at, at, here)
            if isinstance(following, BlankNode):
                cell = following


def _triple(subject: Term, predicate: NamedNode, term: Term) -> Triple:
    if isinstance(subject, NamedNode | BlankNode):
        return Triple(subject, predicate, term)
    raise TypeError(f"{subject} cannot be a subject")  # the grammar has none


def _unnamed_node(node: Term) -> Term:
    """Remove the name of the graph from the label that ``publisher.workspace.sources`` gave a blank node."""
    if isinstance(node, BlankNode) and (match := _LABEL.search(node.value)):
        return BlankNode(match[0])
    return node


def _unnamed(triple: Triple) -> Triple:
    return _triple(_unnamed_node(triple.subject), triple.predicate, _unnamed_node(triple.object))


def _with_labels_of_sources(entries: list[TriplePosition], path: Path) -> list[TriplePosition]:
    """Give blank nodes the labels of ``publisher.workspace.sources``, without the name of the graph."""
    triples = [entry.triple for entry in entries]
    if not any(isinstance(node, BlankNode) for t in triples for node in (t.subject, t.object)):
        return entries
    try:
        parsed = [_unnamed(t) for t in read_triples(path)]
    except SourceError:
        return entries
    labels = _pairs(triples, parsed)

    def labelled(triple: Triple) -> Triple:
        subject, term = labels.get(triple.subject, triple.subject), labels.get(triple.object, triple.object)
        return _triple(subject, triple.predicate, term)

    return [replace(entry, triple=labelled(entry.triple)) for entry in entries]


def _pairs(triples: list[Triple], parsed: list[Triple]) -> dict[Term, Term]:
    """Map the blank nodes of this reader to those of the parser, from named subjects down to nested brackets.

    The parser yields the triples of brackets in another order than the text, but it keeps the order of statements,
    and that of the objects of one subject and predicate.
    """
    below, below_parsed = _blank_objects(triples), _blank_objects(parsed)
    named = dict.fromkeys(t.subject for t in triples if isinstance(t.subject, NamedNode))
    queue = deque(zip((*named, *_roots(triples)), (*named, *_roots(parsed)), strict=False))
    pairs: dict[Term, Term] = {}
    while queue:
        node, parsed_node = queue.popleft()
        if node not in pairs:
            pairs[node] = parsed_node
            for predicate, nodes in below[node].items():
                queue.extend(zip(nodes, below_parsed[parsed_node][predicate], strict=False))
    return pairs


def _blank_objects(triples: list[Triple]) -> defaultdict[Term, defaultdict[NamedNode, list[Term]]]:
    below: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in triples:
        if isinstance(t.object, BlankNode):
            below[t.subject][t.predicate].append(t.object)
    return below


def _roots(triples: list[Triple]) -> list[Term]:
    """Return the blank nodes that are no triple's object; a cycle of labelled blank nodes has none."""
    objects = {t.object for t in triples}
    subjects = dict.fromkeys(t.subject for t in triples if isinstance(t.subject, BlankNode))
    return [node for node in subjects if node not in objects]
