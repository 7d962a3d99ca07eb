"""Compare the answers of saved queries on two published datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from publisher import dump
from publisher.query.files import Query
from publisher.query.local import load_store, run
from publisher.query.results import GRAPH_FORMS


def changed_answers(old: Path, new: Path, queries: Iterable[Query]) -> list[str]:
    """Return the names of the queries that two datasets answer differently, with the defaults of their parameters.

    Neither the order of rows nor the labels of blank nodes counts as a difference.
    """
    before, after = (load_store([dump.open(path).path]) for path in (old, new))
    return [query.name for query in queries if _answer(query, before) != _answer(query, after)]


def _answer(query: Query, store: ox.Store) -> object:
    answer = run(query.text, store, query.path)
    if query.form in GRAPH_FORMS:
        triples = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in answer.triples())
        triples.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        return set(triples)
    rows = answer.rows()
    if isinstance(rows, ox.QueryBoolean):
        return bool(rows)
    return Counter(tuple("_:" if isinstance(term, ox.BlankNode) else str(term) for term in row) for row in rows)
