"""Query and change one store: count and fetch graphs, run updates, and send triples by the method of its target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pyoxigraph as ox
from more_itertools import chunked, partition

from publisher.dump.reader import read_dump
from publisher.errors import EndpointError
from publisher.http import Client
from publisher.load.graphs import has_blank_node, sort_graphs, split_long_lines, to_nquads
from publisher.load.profiles import Profile, Target
from publisher.rdf.safety import check_foreign
from publisher.workspace.atomic import temporary_folder

_RESULTS: Final = "application/sparql-results+json"
_TRIPLES: Final = "application/n-triples, text/turtle;q=0.9, text/plain;q=0.5"
_COUNTS_PER_QUERY: Final = 50
_LIMIT: Final = 1 << 36  # bytes of an answer: a store returns all that it holds
_ADVICE: Final = {
    401: "; set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment, and PUBLISHER_HOST to the host that they are "
    "for; or those of this store (docs/stores.md)",
    403: "; the store does not let this user write: is it read-only, or are the credentials of another user?",
    404: "; is this the URL of the store, and does its dataset or repository exist?",
    405: "; is the store read-only, or is this the URL of something else?",
    413: "; a proxy in front of the store may bound the size of requests: raise that, or use '--method update', whose "
    "requests are smaller",
    500: "; its log may tell more: is its disk full, or is it short of memory?",
    507: "; is its disk full?",
}
_DENIED: Final = re.compile(rb"access denied|no permission|not allowed|read-only", re.IGNORECASE)  # Virtuoso says 500

Batch = Sequence[tuple[str, bytes]]  # lines of N-Triples that are sent together, each part with the name of its graph
Service = Literal["update", "quads", "data"]


@dataclass(frozen=True)
class FetchedGraph:
    """A graph as a store serialised it."""

    store: str
    graph: str
    body: bytes
    format: ox.RdfFormat

    @property
    def lines(self) -> list[bytes]:
        """The lines of N-Triples; empty for another format."""
        return self.body.splitlines(keepends=True) if self.format == ox.RdfFormat.N_TRIPLES else []

    def triples(self, without: Set[bytes] = frozenset()) -> Iterator[ox.Triple]:
        """Yield the triples, except those of the lines in ``without``. Raises ``EndpointError`` for what is not RDF."""
        body = b"".join(line for line in self.lines if line not in without) if without else self.body
        try:
            check_foreign(body, self.format)
            yield from (quad.triple for quad in ox.parse(body, format=self.format, lenient=True))
        except (SyntaxError, ValueError) as error:
            raise EndpointError(f"{self.store}: graph <{self.graph}> did not come back as RDF: {error}") from None


def fetch_from_dump(store: str, write: Callable[[Path], object], graphs: Sequence[str]) -> Iterator[FetchedGraph]:
    """Yield graphs, in the given order, from the content of a whole store, which ``write`` saves as N-Quads."""
    with temporary_folder("dump") as folder:
        dump = folder / "all.nq"
        write(dump)
        wanted = {graph.encode() for graph in graphs}
        selected = ((name, triples) for name, triples in read_dump(dump) if name in wanted)
        files = {file.name: file for file in sort_graphs(selected, folder, dump)}
        for graph in graphs:
            body = files[graph].read() if graph in files else b""
            yield FetchedGraph(store, graph, body, ox.RdfFormat.N_TRIPLES)


def move_operations(profile: Profile, source: str, target: str, triples: int) -> list[str]:
    """Return the SPARQL Update operations that replace the graph ``target`` by ``source``, which has so many triples.

    Where ``profile.copy_size`` is set, MOVE is replaced: Jena (UpdateEngineWorker of 5.6.0) reads the graph that it
    adds, copies or moves while it writes the other one. In TDB2 both are in the same pages: once the request has
    changed a page, the reader misses what a split moves out of it. INSERT … WHERE reads all before it writes; it works
    on parts, as an index is read in one order within a transaction. CLEAR fails when ``source`` does not exist, and
    with it the whole request, as MOVE does; DROP would not.
    """
    if not profile.copy_size:
        return [f"MOVE GRAPH <{source}> TO GRAPH <{target}>"]
    part = f"SELECT ?s ?p ?o {{ GRAPH <{source}> {{ ?s ?p ?o }} }} LIMIT {profile.copy_size} OFFSET"
    starts = range(0, triples, profile.copy_size)
    copies = (f"INSERT {{ GRAPH <{target}> {{ ?s ?p ?o }} }} WHERE {{ {part} {start} }}" for start in starts)
    return [f"DROP SILENT GRAPH <{target}>", *copies, f"CLEAR GRAPH <{source}>"]


def split_by_service(target: Target, batch: Batch) -> Iterator[tuple[Service, Batch]]:
    """Yield the requests that send a batch: the service (``data`` is the Graph Store) and what it gets.

    A request to the Graph Store holds one part. Triples that a store does not take by the method of its target go by
    another one.
    """
    profile, rest = target.profile, batch
    if target.method == "update":
        parts = partition(lambda item: profile.inserts_blank_nodes or not has_blank_node(item[1]), batch)
        rest, inserted = map(list, parts)
        if inserted:
            yield "update", inserted
    elif target.quads:
        yield "quads", batch
        return
    for graph, part in rest:
        long, short = split_long_lines(part, profile.max_line) if profile.max_line else ([], part)
        yield from (("update", [(graph, line)]) for line in long)
        if short:
            yield "data", [(graph, short)]


def connect(target: Target, timeout: float) -> Client:
    """Return an HTTP client with the credentials of a store; ``timeout`` is in seconds, for each request."""
    return Client(timeout, target.credentials, limit=_LIMIT, hangs_up=target.profile.closes_connections, advise=_advise)


def _advise(status: int, body: bytes) -> str:
    return _ADVICE.get(403 if _DENIED.search(body) else status, "")


class StoreClient:
    """A client of one store, over an open connection."""

    def __init__(self, target: Target, http: Client) -> None:
        self.target, self._http = target, http
        self._counts_together = target.profile.counts_together or target.is_offline  # where a query starts a program

    def rows(self, query: str) -> list[ox.QuerySolution]:
        """Return the rows of a SELECT query. Raises ``EndpointError`` when the answer is not a result table."""
        body = self._select(query)
        try:
            results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            if isinstance(results, ox.QuerySolutions):
                return list(results)
        except (SyntaxError, ValueError, RecursionError):
            pass
        start = body[:200].decode(errors="replace")
        raise EndpointError(f"{self.target.query}: the answer is no table of SPARQL results: {start}")

    def _select(self, query: str) -> bytes:
        return self._http.request("POST", self.target.query, data={"query": query}, headers={"Accept": _RESULTS}).body

    def table(self, query: str, *names: str) -> list[tuple[str, ...]]:
        """Return the values of some variables of a SELECT query. Raises ``EndpointError`` when one is missing."""
        try:
            return [tuple(row[name].value for name in names) for row in self.rows(query)]
        except (AttributeError, KeyError):
            variables = ", ".join(f"?{name}" for name in names)
            raise EndpointError(
                f"{self.target.query}: the answer lacks {variables}; is this the URL of a store?"
            ) from None

    def counts(self, graphs: Iterable[str]) -> dict[str, int]:
        """Return the number of triples of each graph."""
        counts = dict.fromkeys(graphs, 0)
        if len(counts) > _COUNTS_PER_QUERY and self._counts_together:
            # without HAVING, RDF4J answers with a group when there are no triples
            query = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g HAVING (COUNT(*) > 0)"
            counted = {name: self.integer(n) for name, n in self.table(query, "g", "n") if name in counts}
            rest = [name for name in counts if name not in counted]  # Virtuoso returns some names in another form
            return counts | counted | (self.counts(rest) if len(rest) <= _COUNTS_PER_QUERY else {})
        for names in chunked(counts, _COUNTS_PER_QUERY):
            numbers = {self.integer(i): self.integer(n) for i, n in self.table(_count_query(names), "i", "n")}
            if numbers.keys() != set(range(len(names))):
                raise EndpointError(f"{self.target.query}: {len(numbers)} answers to {len(names)} counts")
            counts |= {name: numbers[number] for number, name in enumerate(names)}
        return counts

    def has_union(self, graph: str) -> bool:
        """Return whether the default graph of a query includes a graph that is not empty; also without an answer."""
        with suppress(EndpointError):
            return not self.rows(union_query(graph))
        return True

    def integer(self, text: str) -> int:
        """Return the number in an answer. Raises ``EndpointError`` when it is not one."""
        try:
            return int(text)
        except ValueError:
            raise EndpointError(f"{self.target.query}: expected a whole number, found '{text[:40]}'") from None

    def update(self, *operations: str) -> None:
        """Run SPARQL Update operations in one request."""
        text = " ;\n".join(operations)
        if self.target.profile.takes_form_updates:
            self._http.request("POST", self.target.update, data={"update": text})
        else:
            headers = {"Content-Type": "application/sparql-update; charset=UTF-8"}  # else RDF4J reads Latin-1
            self._http.request("POST", self.target.update, content=text.encode(), headers=headers)

    def fetch(self, graphs: Iterable[str]) -> Iterator[FetchedGraph]:
        """Yield the content of graphs, in the given order."""
        names = list(graphs)
        if len(names) > _COUNTS_PER_QUERY and self._counts_together and self.target.quads:
            # to find each single graph, the store would read all of its triples each time
            body = self._http.request("GET", self.target.quads, headers={"Accept": "application/n-quads"}).body
            yield from fetch_from_dump(self.target.name, lambda dump: dump.write_bytes(body), names)
            return
        counts = self.counts(names)
        for name in names:  # for an empty graph Fuseki answers 404, as for a wrong URL
            if counts[name]:
                yield self._fetch(name)
            else:
                yield FetchedGraph(self.target.name, name, b"", ox.RdfFormat.N_TRIPLES)

    def _fetch(self, graph: str) -> FetchedGraph:
        """Fetch a graph over the Graph Store Protocol, or by CONSTRUCT where there is no Graph Store."""
        headers = {"Accept": _TRIPLES}
        if self.target.data:
            response = self._http.request("GET", self.target.data, params={"graph": graph}, headers=headers)
        else:
            query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
            response = self._http.request("POST", self.target.query, data={"query": query}, headers=headers)
        rdf_format = ox.RdfFormat.from_media_type(response.media_type) or ox.RdfFormat.TURTLE
        return FetchedGraph(self.target.name, graph, response.body, rdf_format)

    def send(self, batch: Batch) -> None:
        """Add parts of graphs by the method of the target, in one request where the store can take them together."""
        for service, parts in split_by_service(self.target, batch):
            if service == "update":
                data = "".join(f"GRAPH <{graph}> {{\n{part.decode()}}}\n" for graph, part in parts)
                self.update(f"INSERT DATA {{ {data} }}")
            elif service == "quads":
                self.send_quads(b"".join(to_nquads(part, graph) for graph, part in parts))
            else:
                ((graph, part),) = parts
                headers = {"Content-Type": self.target.profile.media_type}
                self._http.request("POST", self.target.data, params={"graph": graph}, content=part, headers=headers)

    def send_quads(self, content: bytes) -> None:
        """Add N-Quads in one request."""
        self._http.request("POST", self.target.quads, content=content, headers={"Content-Type": "application/n-quads"})


def union_query(graph: str) -> str:
    """Return a SELECT query that has a row when the default graph does not include a graph."""
    one = f"{{ SELECT ?s ?p ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} LIMIT 1 }}"
    return f"SELECT ?s {{ {one} FILTER NOT EXISTS {{ ?s ?p ?o }} }}"


EMPTY_DEFAULT_QUERY: Final = (
    "SELECT ?s { { SELECT ?s { GRAPH ?g { ?s ?p ?o } } LIMIT 1 } FILTER NOT EXISTS { ?x ?y ?z } }"
)
"""A query that has a row when the default graph is empty and a named graph is not."""


def _count_query(names: Iterable[str]) -> str:
    """Return a query for the counts of graphs; a UNION, because stores join VALUES with all their triples."""
    counts = (f"SELECT ({i} AS ?i) (COUNT(*) AS ?n) {{ GRAPH <{g}> {{ ?s ?p ?o }} }}" for i, g in enumerate(names))
    return f"SELECT ?i ?n WHERE {{ {' UNION '.join(f'{{ {count} }}' for count in counts)} }}"
