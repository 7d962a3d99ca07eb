"""Index the positions of triples and terms in a Turtle, TriG or N-Triples file."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.turtle_positions import Position, TriplePosition, triple_positions
from publisher.rdf.vocab import Term
from publisher.workspace.files import read_text
from publisher.workspace.sources import read_triples

__all__ = ["Position", "Positions", "index"]

_READABLE: Final = {".ttl", ".trig", ".nt"}
_LABEL: Final = re.compile(r"b[0-9]+$")


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
    triples: dict[Triple, TriplePosition] = {}
    subjects: dict[Term, Position] = {}
    terms: dict[Term, Position] = {}
    for entry in _entries(path):
        triple = entry.triple
        triples.setdefault(triple, entry)
        subjects.setdefault(triple.subject, entry.subject)
        terms.setdefault(triple.subject, entry.subject)
        terms.setdefault(triple.predicate, entry.predicate)
        terms.setdefault(triple.object, entry.object)
    return Positions(triples, subjects, terms)


def _entries(path: Path) -> list[TriplePosition]:
    """Return the triples, whose blank nodes have the labels of ``sources`` without the name of the graph."""
    if path.suffix not in _READABLE:
        return []
    try:
        entries = list(triple_positions(read_text(path)))
    except SourceError:
        return []
    triples = [entry.triple for entry in entries]
    if not any(isinstance(node, BlankNode) for t in triples for node in (t.subject, t.object)):
        return entries
    try:
        labels = _labels(triples, [_unnamed(t) for t in read_triples(path)])
    except SourceError:
        return entries
    return [replace(entry, triple=_relabelled(entry.triple, lambda node: labels.get(node, node))) for entry in entries]


def _unnamed_node(node: Term) -> Term:
    """Remove the name of the graph from the label that ``publisher.workspace.sources`` gave a blank node."""
    if isinstance(node, BlankNode) and (match := _LABEL.search(node.value)):
        return BlankNode(match[0])
    return node


def _unnamed(triple: Triple) -> Triple:
    return _relabelled(triple, _unnamed_node)


def _relabelled(triple: Triple, label: Callable[[Term], Any]) -> Triple:
    return Triple(label(triple.subject), triple.predicate, label(triple.object))


def _labels(triples: list[Triple], parsed: list[Triple]) -> dict[Term, Term]:
    """Map the blank nodes of this reader to those of the parser, from top-level subjects down to nested brackets.

    The parser yields the triples of brackets in another order than the text, but it keeps the order of statements,
    and that of the objects of one subject and predicate.
    """
    below, below_parsed = _blank_objects(triples), _blank_objects(parsed)
    queue = deque(zip(_top_level(triples), _top_level(parsed), strict=False))
    labels: dict[Term, Term] = {}
    while queue:
        node, parsed_node = queue.popleft()
        if node not in labels:
            labels[node] = parsed_node
            for predicate, nodes in below[node].items():
                queue.extend(zip(nodes, below_parsed[parsed_node][predicate], strict=False))
    return labels


def _blank_objects(triples: list[Triple]) -> defaultdict[Term, defaultdict[NamedNode, list[Term]]]:
    below: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in triples:
        if isinstance(t.object, BlankNode):
            below[t.subject][t.predicate].append(t.object)
    return below


def _top_level(triples: list[Triple]) -> dict[Term, None]:
    """Return the subjects but for blank nodes that are an object, too; a cycle of these is not at the top level."""
    objects = {t.object for t in triples if isinstance(t.object, BlankNode)}
    return dict.fromkeys(t.subject for t in triples if t.subject not in objects)
