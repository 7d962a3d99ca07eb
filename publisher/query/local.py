"""Run queries on RDF files, in memory; compare the answers on two datasets; let a copy stand for a SPARQL service."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.query.files import STDIN, Query
from publisher.query.requests import Limits, checked_form
from publisher.query.results import GRAPH_FORMS, Answer, graph_answer, row_answer
from publisher.query.worker import in_order
from publisher.rdf.io import load_file
from publisher.rdf.sparql import position_of, selected_star, syntax_error, tokenize, unsupported
from publisher.workspace.time_limit import limited_time

if TYPE_CHECKING:
    from publisher.query.process import QueryWorker

WIKIDATA: Final = "https://query.wikidata.org/sparql"


def load_store(paths: Iterable[Path]) -> ox.Store:
    """Load RDF files of any format, also ``.gz``, into a store in memory; the default graph gets all triples.

    Raises ``SourceError`` with line and column for a file that cannot be read.
    """
    store = ox.Store()
    for path in paths:
        load_file(store, path)
    if any(store.named_graphs()):  # a union that the engine makes for a query has a triple of two graphs twice
        store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return store


def names_graphs(text: str) -> bool:
    """Return whether the answer to a query depends on the graphs in which triples are: by ``FROM`` or ``GRAPH``."""
    return any(token.lastgroup == "word" and token[0].upper() in ("FROM", "GRAPH") for token in tokenize(text))


def run(text: str, store: ox.Store, path: Path = STDIN) -> Answer:
    """Run a query of any form and return its answer.

    Raises ``SourceError`` with line and column for SPARQL Update, for SERVICE and for a syntax error.
    """
    form = checked_form(text, path)
    try:
        with limited_time(path):
            star, variables = selected_star(text)
            result = store.query(text if star is None else in_order(text, star, variables, {}))
            if isinstance(result, ox.QueryTriples):
                return graph_answer(form, result)
            return row_answer(form, result)
    except SyntaxError as error:
        fault = syntax_error(error, path)
        message = textwrap.shorten(fault.message, 160, placeholder=" …") if fault.line else fault.message
        raise SourceError(message, path, fault.line, fault.column) from None
    except RuntimeError as error:
        raise unsupported(error, text, path) from None


# --- federated queries ----------------------------------------------------------------------------------


def localize(text: str, services: Iterable[str], graph: ox.NamedNode, path: Path = STDIN) -> str:
    """Return a query in which each ``SERVICE`` of one of the services is replaced by ``GRAPH`` of their copy.

    Raises ``SourceError`` at the name of any other service.
    """
    copied = {f"<{service}>" for service in services}
    tokens = [token for token in tokenize(text) if token[0].upper() != "SILENT" or token.lastgroup != "word"]
    spans: list[tuple[int, int]] = []
    for word, name in pairwise(tokens):
        if word.lastgroup == "word" and word[0].upper() == "SERVICE":
            if name[0] not in copied:
                message = f"there is no copy of the service {name[0]}; only of {', '.join(sorted(copied))}"
                raise SourceError(message, path, *position_of(name))
            spans.append((word.start(), name.end()))
    for start, end in reversed(spans):
        text = f"{text[:start]}GRAPH {graph}{text[end:]}"
    return text


# --- comparison -----------------------------------------------------------------------------------------


def changed_answers(
    old: Path, new: Path, queries: Iterable[Query], limits: Limits, cache: Path | None = None
) -> list[str]:
    """Return the names of the queries that two datasets answer differently, with the defaults of their parameters.

    Neither the order of rows nor the labels of blank nodes counts as a difference. ``cache`` is the folder for indexes.
    Raises ``QueryStopped`` where a query reaches a limit.
    """
    from publisher import dump
    from publisher.query.index import opened_index
    from publisher.query.process import QueryWorker

    with ExitStack() as stack:
        indexes = [stack.enter_context(opened_index(dump.open(path).path, cache)) for path in (old, new)]
        before, after = (stack.enter_context(QueryWorker(index, limits)) for index in indexes)
        return [query.name for query in queries if _answer(query, before) != _answer(query, after)]


def _answer(query: Query, worker: QueryWorker) -> object:
    answer = worker.answer(query.text, query.path)
    if query.form in GRAPH_FORMS:
        triples = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in answer.triples())
        triples.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        return set(triples)
    rows = answer.rows()
    if isinstance(rows, ox.QueryBoolean):
        return bool(rows)
    return Counter(tuple("_:" if isinstance(term, ox.BlankNode) else str(term) for term in row) for row in rows)
