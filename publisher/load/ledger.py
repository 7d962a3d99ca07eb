"""Keep in the store what was loaded into it: the digest of each graph, what is being staged, and who is loading.

One small graph of each dataset, ``BASE/graph/load``, holds it. Every graph that it does not name is somebody else's.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from publisher.batches import batched
from publisher.dump.reader import Graph, Part
from publisher.errors import EndpointError
from publisher.load.client import Session
from publisher.rdf.digest import GraphDigest

LEASE: Final = 600  # seconds for which a load that says nothing keeps others out
DAMAGED: Final = "damaged"  # in the place of a digest: the graph is ours, and not what was sent
STAGING: Final = "urn:publisher:staging:"
_REMOVED: Final = "removed"
_NS: Final = "urn:publisher:load:"
_HOLDS: Final = f"<{_NS}holds>"
_BEGUN: Final = f"<{_NS}begun>"


def staging_name(graph: Graph) -> str:
    """Return the name under which a graph waits; it depends on the content, so that a later run can go on."""
    told = hashlib.sha256(graph.name.encode()).hexdigest()
    return f"{STAGING}{told[:24]}:{graph.digest.value[:24]}"


def _note(graph: str, predicate: str, told: GraphDigest) -> str:
    return f'<{graph}> {predicate} "{told.value} {told.triples}"'


class Ledger:
    """The book-keeping graph ``graph`` of a store; ``patience`` is how many seconds a request may take."""

    def __init__(self, session: Session, graph: str, patience: float = 0) -> None:
        self._session, self.graph = session, graph
        self._lease = max(LEASE, int(patience) + 60)
        self._token = f"urn:uuid:{uuid.uuid4()}"
        self._renewed = 0.0

    def entries(self) -> dict[str, GraphDigest]:
        """Return what is loaded, by the name of the graph."""
        query = (
            f"SELECT ?g ?p ?told WHERE {{ GRAPH <{self.graph}> {{ ?g ?p ?told FILTER(?p IN ({_HOLDS}, {_BEGUN})) }} }}"
        )
        found = dict[str, GraphDigest]()
        for graph, predicate, told in self._session.table(query, "g", "p", "told"):
            digest, _, triples = told.partition(" ")
            has_begun = f"<{predicate}>" == _BEGUN
            found[graph] = GraphDigest(DAMAGED if has_begun else digest, self._session.whole(triples))
        return found

    def staged(self) -> dict[str, bool]:
        """Return the names of the graphs that a load began to stage, and whether another has removed them since."""
        query = f"SELECT ?s ?t WHERE {{ GRAPH <{self.graph}> {{ ?s <{_NS}staged> ?t }} }}"
        return {
            name: told == _REMOVED for name, told in self._session.table(query, "s", "t") if name.startswith(STAGING)
        }

    def note_staged(self, names: Iterable[str]) -> None:
        """Write down what will be staged, before it is: whatever happens then can be cleaned up."""
        self._session.update(self._insert(f"<{name}> <{_NS}staged> true" for name in names))

    def forget(self, names: Sequence[str]) -> list[str]:
        """Return the operation that takes away what is written down of graphs, if there are any."""
        if not names:
            return []
        values = " ".join(f"<{name}>" for name in names)
        found = f"GRAPH <{self.graph}> {{ ?s ?p ?o }}"
        return [f"DELETE {{ {found} }} WHERE {{ VALUES ?s {{ {values} }} {found} }}"]

    def forget_staged(self, names: Iterable[str], *, of_others: bool = False) -> list[str]:
        """Return the operations that take staging graphs and their notes away.

        The notes of graphs ``of_others`` stay for the next load: a request that was given up may still be at work in
        the store, and bring its graph back.
        """
        told = sorted(names)
        notes = [self._insert(f'<{name}> <{_NS}staged> "{_REMOVED}"' for name in told)] if of_others and told else []
        return [*self.strike(told), *notes]

    def record(self, found: Mapping[str, GraphDigest]) -> list[str]:
        """Return the operations that write down what graphs now hold."""
        if not found:
            return []
        return [*self.forget(list(found)), self._insert(_note(name, _HOLDS, told) for name, told in found.items())]

    def begin(self, graphs: Iterable[Graph]) -> None:
        """Write down the graphs of a first load, and what they will hold: until it has ended, they are damaged."""
        target = self._session.target
        lines = (f"{_note(graph.name, _BEGUN, graph.digest)} .\n" for graph in graphs)
        for some in batched(lines, target.profile.batch if target.method == "update" else target.profile.part):
            self._session.add(self.graph, Part("".join(some).encode(), len(some), has_blank_nodes=False))

    def end(self) -> None:
        """Write down that the graphs which ``begin`` told of are there."""
        begun, holds = (f"GRAPH <{self.graph}> {{ ?g {predicate} ?told }}" for predicate in (_BEGUN, _HOLDS))
        self._session.update(f"DELETE {{ {begun} }} INSERT {{ {holds} }} WHERE {{ {begun} }}")

    def strike(self, graphs: Sequence[str]) -> list[str]:
        """Return the operations that remove graphs of ours and what is written down of them."""
        return [*(f"DROP SILENT GRAPH <{graph}>" for graph in graphs), *self.forget(graphs)]

    def lock(self) -> None:
        """Keep other loads out; raise ``EndpointError`` when one is at work."""
        now = int(time.time())
        for holder, until in self._holders().items():
            if until > now:
                raise EndpointError(self._told(until))
            self._session.update(self._clear(f"<{holder}>"))
        self.renew()
        # whoever wrote later sees both: then neither, or only the first, goes on
        if rivals := [until for holder, until in self._holders().items() if holder != self._token and until > now]:
            self.unlock()
            raise EndpointError(self._told(max(rivals)))

    def renew(self) -> None:
        """Say that this load is still at work, at most once in a while."""
        if time.monotonic() - self._renewed > LEASE / 10 or not self._renewed:
            until = int(time.time()) + self._lease
            self._session.update(
                self._clear(f"<{self._token}>"), self._insert([f"<{self._token}> <{_NS}until> {until}"])
            )
            self._renewed = time.monotonic()

    def unlock(self) -> None:
        """Let others in."""
        self._session.update(self._clear(f"<{self._token}>"))

    def _holders(self) -> dict[str, int]:
        query = f"SELECT ?h ?until WHERE {{ GRAPH <{self.graph}> {{ ?h <{_NS}until> ?until }} }}"
        return {holder: self._session.whole(until) for holder, until in self._session.table(query, "h", "until")}

    def _told(self, until: int) -> str:
        return (
            f"{self._session.target.name}: another load is at work; it has kept others out until "
            f"{time.strftime('%H:%M:%S', time.localtime(until))}. Try again after it, or later if it was killed"
        )

    def _clear(self, subject: str) -> str:
        return f"DELETE WHERE {{ GRAPH <{self.graph}> {{ {subject} ?p ?o }} }}"

    def _insert(self, facts: Iterable[str]) -> str:
        return f"INSERT DATA {{ GRAPH <{self.graph}> {{ {' . '.join(facts)} }} }}"
