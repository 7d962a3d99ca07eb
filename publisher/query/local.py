"""Run queries on RDF files, in memory."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.query.files import STDIN, query_form
from publisher.query.results import Answer, graph_answer, row_answer
from publisher.rdf.io import UNREADABLE, format_of, open_rdf
from publisher.rdf.safety import NO_SERVICE, check_keywords, check_query
from publisher.rdf.sparql import syntax_error, tokenize, unsupported


def load_store(paths: Iterable[Path]) -> ox.Store:
    """Load RDF files of any format, also ``.gz``, into a store in memory; the default graph gets all triples.

    Raises ``SourceError`` with line and column for a file that cannot be read.
    """
    store = ox.Store()
    for path in paths:
        try:
            with open_rdf(path) as file:
                store.bulk_load(file, format=format_of(path))
        except SyntaxError as error:
            raise SourceError(str(error), path, error.lineno, error.offset) from None
        except (*UNREADABLE, ValueError) as error:
            raise SourceError(f"cannot be loaded: {error}", path) from None
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
    check_query(text, path)
    form = query_form(text, path)
    check_keywords(text, path, NO_SERVICE)
    try:
        result = store.query(text)
        if isinstance(result, ox.QueryTriples):
            return graph_answer(form, result)
        return row_answer(form, result)
    except SyntaxError as error:
        fault = syntax_error(error, path)
        message = textwrap.shorten(fault.message, 160, placeholder=" …") if fault.line else fault.message
        raise SourceError(message, path, fault.line, fault.column) from None
    except RuntimeError as error:
        raise unsupported(error, text, path) from None
