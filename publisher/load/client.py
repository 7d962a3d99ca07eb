"""Ask and change one store: counts, graphs, updates; nothing here knows what a load is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Final, TypeVar

import pyoxigraph as ox

from publisher.batches import batched
from publisher.dump.reader import Part, split
from publisher.errors import EndpointError
from publisher.http import Wire
from publisher.load.profiles import Profile, Target

T = TypeVar("T")

_RESULTS: Final = "application/sparql-results+json"
_LABELS: Final = "application/n-triples, text/turtle;q=0.9, text/plain;q=0.5"
_COUNTED: Final = 50  # graphs of one question

Packet = Sequence[tuple[str, Part]]  # parts of graphs, with the names that they get


def _counting(names: Iterable[str]) -> str:
    counts = (f"SELECT ({i} AS ?i) (COUNT(*) AS ?n) {{ GRAPH <{g}> {{ ?s ?p ?o }} }}" for i, g in enumerate(names))
    each = " UNION ".join(f"{{ {count} }}" for count in counts)
    return f"SELECT ?i ?n WHERE {{ {each} }}"  # stores join VALUES with all they have


@dataclass(frozen=True)
class Fetched:
    """A graph as a store wrote it."""

    store: str
    graph: str
    body: bytes
    format: ox.RdfFormat

    @property
    def lines(self) -> list[bytes]:
        """The triples as lines, where the format has one for each."""
        return self.body.splitlines(keepends=True) if self.format == ox.RdfFormat.N_TRIPLES else []

    def triples(self, without: Set[bytes] = frozenset()) -> Iterator[ox.Triple]:
        """Yield the triples but those of some lines; raise ``EndpointError`` when it is no RDF."""
        body = b"".join(line for line in self.lines if line not in without) if without else self.body
        try:
            yield from (quad.triple for quad in ox.parse(body, format=self.format, lenient=True))
        except (SyntaxError, ValueError) as error:
            raise EndpointError(f"{self.store}: graph <{self.graph}> did not come back as RDF: {error}") from None


def from_dump(store: str, dump: Path, graphs: Sequence[str]) -> Iterator[Fetched]:
    """Yield graphs out of all that a store holds as N-Quads."""
    with tempfile.TemporaryDirectory(prefix="publisher-dump-") as folder:
        there = {file.name: file for file in split(dump, Path(folder), graphs)}
        for graph in graphs:
            body = there[graph].read() if graph in there else b""
            yield Fetched(store, graph, body, ox.RdfFormat.N_TRIPLES)


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


def parcels(target: Target, packet: Packet) -> Iterator[tuple[str, Packet]]:
    """Yield what each request is (``update``, ``quads``, or ``data``: the Graph Store, of one graph) and holds."""
    profile, rest = target.profile, packet
    if target.method == "update":
        takes = [profile.takes_blank_nodes or not part.has_blank_nodes for _, part in packet]
        if any(takes):
            yield "update", list(compress(packet, takes))
        rest = [parts for parts, is_taken in zip(packet, takes, strict=True) if not is_taken]
    elif target.quads:
        yield "quads", packet
        return
    for graph, part in rest:
        long, short = part.divided(profile.longest) if profile.longest else ([], part)
        yield from (("update", [(graph, line)]) for line in long)
        if short.triples:
            yield "data", [(graph, short)]


class Session:
    """A store and an open connection to it."""

    def __init__(self, target: Target, wire: Wire) -> None:
        self.target, self._wire = target, wire
        self.counts_all = target.profile.counts_all

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

    def counts(self, graphs: Iterable[str]) -> dict[str, int]:
        """Return the number of triples of each graph; many are asked for at once."""
        found = dict.fromkeys(graphs, 0)
        if len(found) > _COUNTED and self.counts_all:
            # of nothing, RDF4J makes a group
            query = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g HAVING (COUNT(*) > 0)"
            told = {name: self.whole(n) for name, n in self.table(query, "g", "n") if name in found}
            odd = [name for name in found if name not in told]  # Virtuoso does not give all names back as they were
            return found | told | (self.counts(odd) if len(odd) <= _COUNTED else {})
        for names in batched(found, _COUNTED):
            numbers = {self.whole(i): self.whole(n) for i, n in self.table(_counting(names), "i", "n")}
            if numbers.keys() != set(range(len(names))):
                raise EndpointError(f"{self.target.query}: {len(numbers)} answers to {len(names)} counts")
            found |= {name: numbers[number] for number, name in enumerate(names)}
        return found

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
        """Yield the triples of a graph."""
        for fetched in self.fetch_all([graph]):
            yield from fetched.triples()

    def fetch_all(self, graphs: Iterable[str]) -> Iterator[Fetched]:
        """Yield the content of graphs, in their order."""
        names = list(graphs)
        if len(names) > _COUNTED and self.counts_all and self.target.quads:
            yield from self._fetch_together(names)
            return
        there = self.counts(names)
        for name in names:  # for an empty one Fuseki answers 404, as for a wrong URL
            yield self._fetch(name) if there[name] else Fetched(self.target.name, name, b"", ox.RdfFormat.N_TRIPLES)

    def _fetch_together(self, graphs: Sequence[str]) -> Iterator[Fetched]:
        """Get all that the store holds: to find each graph, it would have to look through everything anyway."""
        told = self._wire.request("GET", self.target.quads, headers={"Accept": "application/n-quads"})
        with tempfile.NamedTemporaryFile(suffix=".nq") as dump:
            dump.write(told.body)
            dump.flush()
            yield from from_dump(self.target.name, Path(dump.name), graphs)

    def _fetch(self, graph: str) -> Fetched:
        """Return a graph, over the Graph Store Protocol where there is one, else by CONSTRUCT."""
        headers = {"Accept": _LABELS}
        if self.target.data:
            told = self._wire.request("GET", self.target.data, params={"graph": graph}, headers=headers)
        else:
            query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
            told = self._wire.request("POST", self.target.query, form={"query": query}, headers=headers)
        known = ox.RdfFormat.from_media_type(told.media_type) or ox.RdfFormat.TURTLE
        return Fetched(self.target.name, graph, told.body, known)

    def add(self, graph: str, part: Part) -> None:
        """Add triples of ours to a graph: by the method of the target, which may be sooner than by an update."""
        self.send([(graph, part)])

    def send(self, packet: Packet) -> None:
        """Add parts of graphs by the method of the target, in one request where it takes more than one graph."""
        for way, parts in parcels(self.target, packet):
            if way == "update":
                data = "".join(f"GRAPH <{graph}> {{\n{part.content.decode()}}}\n" for graph, part in parts)
                self.update(f"INSERT DATA {{ {data} }}")
            elif way == "quads":
                self.send_quads(b"".join(part.in_graph(graph) for graph, part in parts))
            else:
                ((graph, part),) = parts
                headers = {"Content-Type": self.target.profile.media_type}
                where = {"graph": graph}
                self._wire.request("POST", self.target.data, params=where, content=part.content, headers=headers)

    def send_quads(self, content: bytes) -> None:
        """Add N-Quads, in one request."""
        self._wire.request("POST", self.target.quads, content=content, headers={"Content-Type": "application/n-quads"})
