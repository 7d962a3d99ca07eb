"""Compare the graphs of a store with what was sent, by value: a store may change a lexical form, but not a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from publisher.load.client import FetchedGraph, StoreClient
from publisher.load.graphs import GraphFile, has_blank_node
from publisher.progress import SILENT, Progress
from publisher.rdf.terms import value
from publisher.rdf.vocab import Term

WRITTEN_DIFFERENTLY: Final = "the same value, written differently"


@dataclass(frozen=True)
class Difference:
    """A triple that differs: as it was ``sent``, empty for one that was not, and as it was ``found`` in the store."""

    graph: str
    sent: str
    found: str
    why: str

    @property
    def is_loss(self) -> bool:
        """Whether a value was lost, changed or added, and not only written differently."""
        return self.why != WRITTEN_DIFFERENTLY


def compare(client: StoreClient, files: Sequence[GraphFile], progress: Progress = SILENT) -> Iterator[Difference]:
    """Yield the differences between graphs and the graphs of those names in the store, in the order of the files."""
    progress.expect(len(files))
    for file, fetched in zip(files, client.fetch(file.name for file in files), strict=True):
        yield from _compare(file, fetched)
        progress.advance()


def holds_values(client: StoreClient, file: GraphFile, name: str, count: int) -> bool:
    """Return whether the graph ``name`` of a store, of ``count`` triples, holds every value of a graph that has more.

    Most stores keep one triple of two that differ only in the lexical form of a value, such as ``"01"`` and ``"1"``.
    """
    values = _by_value(quad.triple for quad in ox.parse(file.read(), format=ox.RdfFormat.N_TRIPLES))
    if not len(values) <= count < file.triples:
        return False
    return not any(difference.is_loss for fetched in client.fetch([name]) for difference in _compare(file, fetched))


def _compare(file: GraphFile, fetched: FetchedGraph) -> Iterator[Difference]:
    sent_lines = list(file)
    same = {line for line in set(sent_lines).intersection(fetched.lines) if not has_blank_node(line)}
    rest = b"".join(line for line in sent_lines if line not in same)
    sent = _by_value(quad.triple for quad in ox.parse(rest, format=ox.RdfFormat.N_TRIPLES))
    found = _by_value(fetched.triples(without=same))
    for key in sorted(sent.keys() & found.keys()):
        if sent[key] != found[key] and not _has_blank_node(sent[key]):
            yield Difference(file.name, str(sent[key]), str(found[key]), WRITTEN_DIFFERENTLY)
    lost, added = sorted(sent.keys() - found.keys()), sorted(found.keys() - sent.keys())
    intact = _by_value(q.triple for q in ox.parse(b"".join(same), format=ox.RdfFormat.N_TRIPLES)) if lost else {}
    for key in lost:
        if key in intact:  # the store has made one triple of both
            yield Difference(file.name, str(sent[key]), str(intact[key]), WRITTEN_DIFFERENTLY)
            continue
        if near := [other for other in added if other[:2] == key[:2]]:
            added.remove(near[0])
            yield Difference(file.name, str(sent[key]), str(found[near[0]]), "the store changed the value")
        else:
            yield Difference(file.name, str(sent[key]), "", "lost")
    for key in added:
        yield Difference(file.name, "", str(found[key]), "not sent")


def _has_blank_node(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)


def _by_value(triples: Iterable[ox.Triple]) -> dict[tuple[str, str, str], ox.Triple]:
    """Return triples by their values; blank nodes get canonical labels (RDFC-1.0)."""
    by_value: dict[tuple[str, str, str], ox.Triple] = {}
    blank = ox.Dataset()
    for triple in triples:
        if _has_blank_node(triple):
            # its label depends on the lexical forms of the literals beside it: normalise these first
            blank.add(ox.Quad(triple.subject, triple.predicate, _plain(triple.object)))
        else:
            by_value[_key(triple)] = triple
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    by_value.update((_key(quad.triple), quad.triple) for quad in blank)
    return by_value


def _plain(term: Term) -> Term:
    return ox.Literal(value(term)) if isinstance(term, ox.Literal) else term


def _key(triple: ox.Triple) -> tuple[str, str, str]:
    return str(triple.subject), str(triple.predicate), value(triple.object)
