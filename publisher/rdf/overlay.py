"""Query many small sets of triples, one after the other, together with one large set that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Final

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, NamedNode

from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples

# Oxigraph keeps every string for the lifetime of a store, so a store is replaced after so many bytes.
_LIMIT: Final = 32 * 1024 * 1024


class Overlay:
    """A store with a background in named graphs and an overlay in the default graph.

    ``provide`` returns the background, again whenever the store is replaced: when more than ``limit`` bytes were added
    and more than the background has. ``batch`` triples are loaded at a time.

    >>> background = {NamedNode("a:background"): NTriplesBuffer.of([("<a:s>", "<a:p>", "<a:o>")])}
    >>> overlay = Overlay(lambda: background)
    >>> with overlay.store() as store:
    ...     overlay.add([("<a:o>", "<a:p>", "<a:end>")])
    ...     bool(store.query("ASK { <a:s> <a:p>/<a:p> <a:end> }", use_default_graph_as_union=True))
    True
    """

    def __init__(
        self, provide: Callable[[], Mapping[NamedNode, NTriplesBuffer]], *, limit: int = _LIMIT, batch: int = 100_000
    ) -> None:
        self._provide, self._least, self._batch = provide, limit, batch
        self._renew()

    def _renew(self) -> None:
        self._store, self._added, size = ox.Store(), 0, 0
        for graph, buffer in self._provide().items():
            self._store.load(buffer.content, format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
            size += len(buffer.content)
        self._limit = max(self._least, size)

    @contextmanager
    def store(self) -> Iterator[ox.Store]:
        """Yield the store with an empty overlay; the overlay is cleared at the end."""
        try:
            yield self._store
        finally:
            if self._added > self._limit:
                self._renew()
            else:
                self._store.clear_graph(DefaultGraph())

    def add(self, triples: Iterable[NTriple]) -> None:
        """Add triples to the overlay."""
        rest = iter(triples)
        while content := format_ntriples(islice(rest, self._batch)).encode():
            self._added += len(content)
            self._store.load(content, format=ox.RdfFormat.N_TRIPLES)
