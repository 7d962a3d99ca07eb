"""Look at many small sets of facts in front of one background, with the queries of Oxigraph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Final

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, NamedNode

from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples

# The engine keeps every string that it has seen for as long as a store lives, so the store is made anew after so many
# bytes, and after as many as the background has itself.
_MOST: Final = 32 * 1024 * 1024
# So many facts are handed over at once.
_AT_ONCE: Final = 100_000


class Overlay:
    """A background in named graphs, which a function provides, and a default graph that is filled and emptied again."""

    def __init__(self, provide: Callable[[], Mapping[NamedNode, NTriplesBuffer]]) -> None:
        self._provide = provide
        self._renew()

    def _renew(self) -> None:
        self._store, self._seen, size = ox.Store(), 0, 0
        for graph, lines in self._provide().items():
            self._store.load(lines.content, format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
            size += len(lines.content)
        self._most = max(_MOST, size)

    @contextmanager
    def store(self) -> Iterator[ox.Store]:
        """Yield the store, whose default graph is empty and free for more."""
        try:
            yield self._store
        finally:
            if self._seen > self._most:
                self._renew()
            else:
                self._store.clear_graph(DefaultGraph())

    def add(self, facts: Iterable[NTriple]) -> None:
        """Put facts into the default graph."""
        rest = iter(facts)
        while lines := format_ntriples(islice(rest, _AT_ONCE)).encode():
            self._seen += len(lines)
            self._store.load(lines, format=ox.RdfFormat.N_TRIPLES)
