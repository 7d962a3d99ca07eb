"""Find the place of a triple or a term in the file that says it, on demand."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.turtle import Bag, Block, Collection, Directive, Leaf, Node, Scope, statements
from publisher.rdf.vocab import RDF, Term
from publisher.workspace.files import read_text
from publisher.workspace.sources import read_triples

_READABLE: Final = {".ttl", ".trig", ".nt"}
_LABEL: Final = re.compile(r"b[0-9]+$")


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """From the first character to the one after the last; from 1, columns in code points of the line.

    Lines end at LF, CR LF or CR, and a byte order mark has no column.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple, and where its subject, predicate and object are written."""

    triple: Triple
    subject: Place
    predicate: Place
    object: Place


@dataclass(frozen=True)
class Positions:
    """The places of the triples of one file; the first place of what is said more than once.

    Blank nodes are known by the labels that ``publisher.sources`` gives them, whatever the name of the graph in
    front: bring a triple as it was read.
    """

    _facts: dict[Triple, Fact]
    _subjects: dict[Term, Place]
    _terms: dict[Term, Place]

    def triple(self, triple: Triple) -> Place | None:
        """Return the place of its object, the term that findings are about."""
        fact = self._facts.get(_unnamed(triple))
        return fact.object if fact else None

    def predicate(self, triple: Triple) -> Place | None:
        """Return the place of its predicate."""
        fact = self._facts.get(_unnamed(triple))
        return fact.predicate if fact else None

    def subject(self, node: Term) -> Place | None:
        """Return the first place where the node is a subject."""
        return self._subjects.get(_unnamed_node(node))

    def term(self, node: Term) -> Place | None:
        """Return the first place where the term is written, whatever its role."""
        return self._terms.get(_unnamed_node(node))


def index(path: Path) -> Positions:
    """Read where the triples of a Turtle, TriG or N-Triples file are; of another format nothing is known.

    Never raises: a file that cannot be read has no places, one with a syntax error has those before the error.
    """
    if path.suffix not in _READABLE:
        return Positions({}, {}, {})
    try:
        text = read_text(path)
    except SourceError:
        return Positions({}, {}, {})
    return _index(_with_labels_of_sources(list(_facts_before_error(text)), path))


def _facts_before_error(text: str) -> Iterator[Fact]:
    try:
        yield from facts(text)
    except SourceError:
        return


def _index(found: Iterable[Fact]) -> Positions:
    known: dict[Triple, Fact] = {}
    subjects: dict[Term, Place] = {}
    terms: dict[Term, Place] = {}
    for fact in found:
        triple = fact.triple
        known.setdefault(triple, fact)
        subjects.setdefault(triple.subject, fact.subject)
        terms.setdefault(triple.subject, fact.subject)
        terms.setdefault(triple.predicate, fact.predicate)
        terms.setdefault(triple.object, fact.object)
    return Positions(known, subjects, terms)


def facts(text: str, path: Path = Path("-")) -> Iterator[Fact]:
    """Yield the triples of the text in its order, with their places.

    Raises ``SourceError`` at the first fault of the syntax.
    """
    walk = _Walk(Scope(path))
    for statement in statements(text, path):
        match statement:
            case Directive():
                walk.scope.declare(statement)
            case Block():
                yield from walk.block(statement)
            case _:
                for block in statement.blocks:
                    yield from walk.block(block)


def place(node: Node) -> Place:
    """Return where the node is written, brackets included."""
    return Place(node.first.line, node.first.column, *node.last.end)


class _Walk:
    """Turn syntax into triples; each bracket makes blank nodes of its own."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._fresh = (BlankNode(f"n-{number}") for number in count())

    def block(self, block: Block) -> Iterator[Fact]:
        """Yield what is said of one subject, and what the brackets in it say."""
        subject, inner = self._node(block.subject)
        yield from inner
        if block.properties:
            yield from self._properties(subject, block)

    def _properties(self, subject: Term, of: Block | Bag) -> Iterator[Fact]:
        here = place(of if isinstance(of, Bag) else of.subject)
        for prop in of.properties:
            predicate = self.scope.iri(prop.verb)
            for item in prop.objects:
                term, inner = self._node(item)
                yield Fact(_triple(subject, predicate, term), here, place(prop.verb), place(item))
                yield from inner

    def _node(self, node: Node) -> tuple[Term, Iterator[Fact]]:
        """Return the term of a node, and the triples that its brackets make, if any."""
        if isinstance(node, Leaf):
            return self.scope.term(node), iter(())
        if isinstance(node, Collection) and not node.items:
            return RDF.nil, iter(())
        fresh = next(self._fresh)
        return fresh, (self._properties(fresh, node) if isinstance(node, Bag) else self._cells(fresh, node))

    def _cells(self, cell: BlankNode, of: Collection) -> Iterator[Fact]:
        """Yield the triples of a list; what follows an item is written where the next one is, or the bracket."""
        here, end = place(of), of.last
        closing = Place(end.line, end.column, *end.end)
        for number, item in enumerate(of.items, start=1):
            at = place(item)
            term, inner = self._node(item)
            yield Fact(_triple(cell, RDF.first, term), here, at, at)
            yield from inner
            is_last = number == len(of.items)
            following = RDF.nil if is_last else next(self._fresh)
            here = closing if is_last else place(of.items[number])
            yield Fact(_triple(cell, RDF.rest, following), at, at, here)
            if isinstance(following, BlankNode):
                cell = following


def _triple(subject: Term, predicate: NamedNode, term: Term) -> Triple:
    if isinstance(subject, NamedNode | BlankNode):
        return Triple(subject, predicate, term)
    raise TypeError(f"{subject} cannot be a subject")  # the grammar has none


def _unnamed_node(node: Term) -> Term:
    """Take the name of the graph off the label that ``publisher.sources`` gave a blank node."""
    if isinstance(node, BlankNode) and (match := _LABEL.search(node.value)):
        return BlankNode(match[0])
    return node


def _unnamed(triple: Triple) -> Triple:
    return _triple(_unnamed_node(triple.subject), triple.predicate, _unnamed_node(triple.object))


def _with_labels_of_sources(found: list[Fact], path: Path) -> list[Fact]:
    """Give blank nodes the labels that ``publisher.sources`` gives them, without the name of the graph."""
    ours = [fact.triple for fact in found]
    if not any(isinstance(node, BlankNode) for t in ours for node in (t.subject, t.object)):
        return found
    try:
        theirs = [_unnamed(t) for t in read_triples(path)]
    except SourceError:
        return found
    labels = _pairs(ours, theirs)

    def labelled(triple: Triple) -> Triple:
        subject, term = labels.get(triple.subject, triple.subject), labels.get(triple.object, triple.object)
        return _triple(subject, triple.predicate, term)

    return [Fact(labelled(f.triple), f.subject, f.predicate, f.object) for f in found]


def _pairs(ours: list[Triple], theirs: list[Triple]) -> dict[Term, Term]:
    """Pair the blank nodes of two readings of one text, from the subjects that are known down to what they point at.

    The parser yields what is in brackets in another order than it is written, but the statements, and the objects of
    one subject and predicate, in that of the text.
    """
    below_ours, below_theirs = _blank_objects(ours), _blank_objects(theirs)
    known = dict.fromkeys(t.subject for t in ours if isinstance(t.subject, NamedNode))
    queue = deque(zip((*known, *_roots(ours)), (*known, *_roots(theirs)), strict=False))
    pairs: dict[Term, Term] = {}
    while queue:
        our, their = queue.popleft()
        if our not in pairs:
            pairs[our] = their
            for predicate, nodes in below_ours[our].items():
                queue.extend(zip(nodes, below_theirs[their][predicate], strict=False))
    return pairs


def _blank_objects(triples: list[Triple]) -> defaultdict[Term, defaultdict[NamedNode, list[Term]]]:
    below: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in triples:
        if isinstance(t.object, BlankNode):
            below[t.subject][t.predicate].append(t.object)
    return below


def _roots(triples: list[Triple]) -> list[Term]:
    """Return the blank nodes that are nobody's object; labels that make a ring have none, and no place."""
    objects = {t.object for t in triples}
    subjects = dict.fromkeys(t.subject for t in triples if isinstance(t.subject, BlankNode))
    return [node for node in subjects if node not in objects]
