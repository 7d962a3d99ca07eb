"""Ask and change one store: counts, graphs, updates; nothing here knows what a load is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyoxigraph as ox

from publisher.errors import EndpointError
from publisher.stores import Profile, Target
from publisher.wire import Wire

_RESULTS: Final = "application/sparql-results+json"
_LABELS: Final = "application/n-triples, text/turtle;q=0.9, text/plain;q=0.5"


def moving(profile: Profile, source: str, target: str, triples: int) -> list[str]:
    """Return the operations that put the graph ``source``, of so many triples, in the place of ``target``.

    Jena (UpdateEngineWorker of 5.6.0) reads a graph that it adds, copies or moves while it writes the other one. In
    TDB2 both are in the same pages: once the request has changed a page, the reader misses what a split moves out of
    it. INSERT … WHERE reads all before it writes, hence the parts; an index is read in one order within a transaction.
    CLEAR fails when ``source`` is not there, and with it the whole request, as MOVE does; DROP would not.
    """
    if not profile.copies:
        return [f"MOVE GRAPH <{source}> TO GRAPH <{target}>"]
    part = f"SELECT ?s ?p ?o {{ GRAPH <{source}> {{ ?s ?p ?o }} }} LIMIT {profile.copies} OFFSET"
    starts = range(0, triples, profile.copies)
    copies = (f"INSERT {{ GRAPH <{target}> {{ ?s ?p ?o }} }} WHERE {{ {part} {start} }}" for start in starts)
    return [f"DROP SILENT GRAPH <{target}>", *copies, f"CLEAR GRAPH <{source}>"]


def parcels(target: Target, lines: Sequence[str], has_blank_nodes: bool) -> Iterator[tuple[bool, Sequence[str]]]:
    """Yield the lines of each request that sends them, and whether it is an update, or one to the Graph Store."""
    profile = target.profile
    if target.method == "update" and (profile.takes_blank_nodes or not has_blank_nodes):
        yield True, lines
        return
    if profile.longest and not has_blank_nodes:
        yield from ((True, [line]) for line in lines if _bytes(line) > profile.longest)
        lines = [line for line in lines if _bytes(line) <= profile.longest]
    if lines:
        yield False, lines


class Session:
    """A store and an open connection to it."""

    def __init__(self, target: Target, wire: Wire) -> None:
        self.target, self._wire = target, wire

    def rows(self, query: str) -> list[ox.QuerySolution]:
        """Return the rows of a SELECT; raise ``EndpointError`` when the answer is none."""
        body = self._ask(query)
        try:
            found = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            if isinstance(found, ox.QuerySolutions):
                return list(found)
        except (SyntaxError, ValueError, RecursionError):
            pass
        started = body[:200].decode(errors="replace")
        raise EndpointError(f"{self.target.query}: the answer is no table of SPARQL results: {started}")

    def _ask(self, query: str) -> bytes:
        return self._wire.request("POST", self.target.query, form={"query": query}, headers={"Accept": _RESULTS}).body

    def table(self, query: str, *names: str) -> list[tuple[str, ...]]:
        """Return the values of these columns of a SELECT; raise ``EndpointError`` when the answer lacks one."""
        try:
            return [tuple(row[name].value for name in names) for row in self.rows(query)]
        except (AttributeError, KeyError):
            asked = ", ".join(f"?{name}" for name in names)
            raise EndpointError(f"{self.target.query}: the answer lacks {asked}; is this the URL of a store?") from None

    def counts(self, graphs: Sequence[str]) -> dict[str, int]:
        """Return the number of triples of each graph."""
        return {graph: self.count(graph) for graph in graphs}

    def count(self, graph: str) -> int:
        """Return the number of triples of a graph."""
        found = self.table(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", "n")
        if len(found) != 1:
            raise EndpointError(f"{self.target.query}: {len(found)} answers to a count; expected one")
        return self.whole(found[0][0])

    def whole(self, text: str) -> int:
        """Return a number that the store told; raise ``EndpointError`` when it is none."""
        try:
            return int(text)
        except ValueError:
            raise EndpointError(f"{self.target.query}: expected a whole number, found '{text[:40]}'") from None

    def update(self, *operations: str) -> None:
        """Run SPARQL Update operations in one request."""
        text = " ;\n".join(operations)
        if self.target.profile.takes_forms:
            self._wire.request("POST", self.target.update, form={"update": text})
        else:
            headers = {"Content-Type": "application/sparql-update; charset=UTF-8"}  # else RDF4J reads Latin-1
            self._wire.request("POST", self.target.update, content=text.encode(), headers=headers)

    def triples(self, graph: str) -> Iterator[ox.Triple]:
        """Yield the triples of a graph, over the Graph Store Protocol where there is one, else by CONSTRUCT."""
        headers = {"Accept": _LABELS}
        if not self.count(graph):  # for which Fuseki answers 404, as for a wrong URL
            return
        if self.target.data:
            told = self._wire.request("GET", self.target.data, params={"graph": graph}, headers=headers)
        else:
            query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
            told = self._wire.request("POST", self.target.query, form={"query": query}, headers=headers)
        known = ox.RdfFormat.from_media_type(told.media_type) or ox.RdfFormat.TURTLE
        try:
            yield from (quad.triple for quad in ox.parse(told.body, format=known, lenient=True))
        except (SyntaxError, ValueError) as error:
            raise EndpointError(f"{self.target.name}: graph <{graph}> did not come back as RDF: {error}") from None

    def send(self, graph: str, lines: Sequence[str], has_blank_nodes: bool) -> None:
        """Add lines of N-Triples to a graph by the method of the target."""
        for is_update, part in parcels(self.target, lines, has_blank_nodes):
            if is_update:
                self.update(f"INSERT DATA {{ GRAPH <{graph}> {{\n{''.join(part)}}} }}")
                continue
            self._wire.request(
                "POST",
                self.target.data,
                params={"graph": graph},
                content="".join(part).encode(),
                headers={"Content-Type": self.target.profile.media_type},
            )


def _bytes(line: str) -> int:
    return len(line) if line.isascii() else len(line.encode())
