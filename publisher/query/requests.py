"""Say which query is to be run, what it may take, and how it may end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from publisher.errors import PublisherError, UsageError
from publisher.query import worker
from publisher.query.files import STDIN, query_form
from publisher.query.results import GRAPH_FORMS
from publisher.rdf.safety import NO_SERVICE, check_keywords, check_query


@dataclass(frozen=True)
class Limits:
    """What a query may take; ``None`` is no limit.

    ``seconds`` are from the start of the query to the last byte that is read of the answer; ``memory`` is in bytes,
    beside what a process has before a query, where the system lets it be limited (Linux); ``rows`` are rows or triples,
    ``size`` is in bytes of the answer. ``queue`` queries may wait for a worker, each for at most ``seconds``.
    """

    seconds: float = 30
    memory: int | None = 1 << 30
    rows: int | None = 1_000_000
    size: int | None = 1 << 29
    queue: int = 32


def unlimited(seconds: float) -> Limits:
    """Return the limits for a query of somebody on their own machine: that on time alone."""
    return Limits(seconds, memory=None, rows=None, size=None)


@dataclass(frozen=True)
class QueryRequest:
    """A query, and how its answer is wanted.

    ``format`` is csv, tsv, json or xml for SELECT and ASK, and ttl, nt, jsonld, rdf, nq or trig for CONSTRUCT and
    DESCRIBE. ``default_graphs`` and ``named_graphs`` are the IRIs of the dataset of the SPARQL 1.1 Protocol
    (section 2.1.4): where any is given, they replace that of the query. ``prefixes`` may be used in the query without
    being declared; they shorten the IRIs of Turtle, as do ``own_prefixes``. ``base`` resolves relative IRIs. ``path``
    is named in messages.
    """

    text: str
    format: str = "json"
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    own_prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    path: Path = STDIN

    def check(self) -> str:
        """Return the form of the query, as ``checked_form`` does; raise ``UsageError`` for a format of another form."""
        form = checked_form(self.text, self.path)
        formats = worker.GRAPH_FORMATS if form in GRAPH_FORMS else worker.RESULT_FORMATS
        if self.format not in formats:
            raise UsageError(f"the answer to {form.upper()} is written as {', '.join(formats)}; not as {self.format}")
        return form


@lru_cache(maxsize=32)  # what takes a query, and what runs it, both want it checked
def checked_form(text: str, path: Path) -> str:
    """Return the form of a query. Raises ``SourceError`` for SPARQL Update, SERVICE, and what is nested too deep."""
    check_query(text, path)
    form = query_form(text, path)
    check_keywords(text, path, NO_SERVICE)
    return form


class QueryStopped(PublisherError):  # noqa: N818 (it is no error of the query)
    """A query that was stopped, or not run.

    ``limit`` is the name of what stopped it: time, memory, rows, bytes, queue where too many others wait, or worker
    where its process ended for another reason. Servers have more.
    """

    exit_code = 3

    def __init__(self, limit: str, message: str) -> None:
        self.limit = limit
        super().__init__(message)
