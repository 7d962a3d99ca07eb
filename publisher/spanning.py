"""Check what sets articles against each other: the shapes of ``ontology/shapes/corpus``.

Each is one SELECT query (SHACL, 5) over all articles. Of these only what the queries can match is brought together: the
triples of their predicates, about things that one of these links to another thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

import pyoxigraph as ox
from pyoxigraph import Literal

from publisher.errors import SourceError
from publisher.facts import Fact, iri, read_lines, write_lines
from publisher.sources import Source, triples_of
from publisher.vocab import SH, Term, plain

_NAME: Final = re.compile(r"<([^<>\s]+)>|([A-Za-z][\w-]*):([A-Za-z_][\w-]*)")

Extract = dict[str, tuple[Fact, ...]]


@dataclass(frozen=True)
class Spanning:
    """The queries over all articles, the prefixes that they use, and the predicates that they name."""

    queries: tuple[str, ...]
    prefixes: dict[str, str]
    predicates: frozenset[str]


def prepare(corpus: tuple[Source, ...], shapes: tuple[Source, ...]) -> Spanning:
    """Return the queries of the shapes in ``corpus``; ``shapes`` are all, for the prefixes that one of them declares.

    Raises ``SourceError`` for a shape in ``corpus`` that is no query.
    """
    prefixes = _prefixes(shapes)
    for source in corpus:
        subjects = {t.subject for t in source.triples if t.predicate == SH.targetNode}
        others = [t for t in source.triples if t.predicate in (SH.property, SH.targetClass, SH.targetSubjectsOf)]
        if others or not subjects:
            raise SourceError(
                "a shape that looks at single things; here stand only queries (sh:sparql) with a sh:targetNode, "
                "move others one folder up",
                source.path,
            )
    queries = tuple(sorted(plain(t.object) for t in triples_of(corpus) if t.predicate == SH.select))
    names = {iri(name) for query in queries for name in _names(query, prefixes)}
    return Spanning(queries, prefixes, frozenset(names))


def extract(graphs: Iterable[tuple[str, Iterable[Fact]]], spanning: Spanning) -> Extract:
    """Return what the queries may match of the facts of some files, by the path of the file."""
    named_by_path = {path: [fact for fact in facts if fact[1] in spanning.predicates] for path, facts in graphs}
    linked = {s for named in named_by_path.values() for s, _, o in named if o[0] != '"'}
    found = {}
    for path, named in named_by_path.items():
        if kept := tuple(sorted({fact for fact in named if fact[0] in linked})):
            found[path] = kept
    return found


def pack(found: Extract) -> bytes:
    """Return an extract as bytes, which are few when there is nothing in it."""
    return json.dumps({path: write_lines(facts) for path, facts in found.items()}).encode()


def unpack(content: bytes) -> Extract:
    """Return the extract that ``pack`` wrote."""
    return {path: tuple(read_lines(lines)) for path, lines in json.loads(content).items()}


def suspects(spanning: Spanning, background: bytes, extracts: Iterator[Extract]) -> set[str]:
    """Return the things that a query returns; ``background`` is in N-Triples."""
    store = ox.Store()
    store.bulk_load(background, format=ox.RdfFormat.N_TRIPLES)
    for found in extracts:
        lines = "".join(write_lines(facts) for facts in found.values())
        store.load(lines, format=ox.RdfFormat.N_TRIPLES)
    things: set[str] = set()
    for query in spanning.queries:
        for row in _rows(store, query, spanning.prefixes):
            things.update(str(term) for term in row if term is not None and not isinstance(term, Literal))
    return things


def _rows(store: ox.Store, query: str, prefixes: dict[str, str]) -> Iterator[Sequence[Term | None]]:
    results = cast("ox.QuerySolutions", store.query(query, prefixes=prefixes))
    names = results.variables
    return ([solution[name] for name in names] for solution in results)


def _prefixes(shapes: tuple[Source, ...]) -> dict[str, str]:
    """Return what sh:declare declares (SHACL, 5.2.1)."""
    names: dict[Term, str] = {}
    namespaces: dict[Term, str] = {}
    for t in triples_of(shapes):
        if t.predicate == SH.prefix:
            names[t.subject] = plain(t.object)
        elif t.predicate == SH.namespace:
            namespaces[t.subject] = plain(t.object)
    return {name: namespaces[node] for node, name in names.items() if node in namespaces}


def _names(query: str, prefixes: dict[str, str]) -> Iterator[str]:
    for full, prefix, local in _NAME.findall(query):
        if full or prefix in prefixes:
            yield full or prefixes[prefix] + local
