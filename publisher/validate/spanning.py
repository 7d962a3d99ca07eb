"""Find what sets articles against each other: the shapes of ``ontology/shapes/corpus``, each one query over everything.

Of all articles only what the queries can match is brought together: the triples of the predicates that they name, about
things that one of these links to another thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pyoxigraph as ox
from pyoxigraph import Literal

from publisher.rdf.ntriples import NTriple, format_ntriples, parse_ntriples
from publisher.validate.sparql_constraints import Constraints

Extract = dict[str, tuple[NTriple, ...]]


def extract(graphs: Iterable[tuple[str, Iterable[NTriple]]], predicates: frozenset[str]) -> Extract:
    """Return what queries that name ``predicates`` may match of the facts of some files, by the path of the file."""
    named = {path: [fact for fact in facts if fact[1] in predicates] for path, facts in graphs}
    linked = {s for facts in named.values() for s, _, o in facts if o[0] != '"'}
    kept = {path: tuple(sorted({fact for fact in facts if fact[0] in linked})) for path, facts in named.items()}
    return {path: facts for path, facts in kept.items() if facts}


def pack(found: Extract) -> bytes:
    """Return an extract as bytes, which are few when there is nothing in it."""
    return json.dumps({path: format_ntriples(facts) for path, facts in found.items()}).encode()


def unpack(content: bytes) -> Extract:
    """Return the extract that ``pack`` wrote."""
    return {path: tuple(parse_ntriples(lines)) for path, lines in json.loads(content).items()}


def suspects(constraints: Constraints, background: bytes, extracts: Iterator[Extract]) -> set[str]:
    """Return the things that a query returns; ``background`` is in N-Triples."""
    store = ox.Store()
    store.bulk_load(background, format=ox.RdfFormat.N_TRIPLES)
    for found in extracts:
        lines = "".join(format_ntriples(facts) for facts in found.values())
        store.load(lines, format=ox.RdfFormat.N_TRIPLES)
    rows = constraints.rows(store, [ox.DefaultGraph()])
    return {str(term) for row in rows for term in row if term is not None and not isinstance(term, Literal)}
