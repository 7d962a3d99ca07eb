"""Keep a ledger in the store: the digest of each loaded graph, the staging graphs, and the lease of a running load.

The ledger is one small graph of each dataset, ``BASE/graph/load``. Graphs that it does not name are never changed.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from more_itertools import chunked

from publisher.errors import EndpointError
from publisher.load.client import StoreClient
from publisher.load.graphs import GraphInfo
from publisher.rdf.digest import GraphDigest

LEASE: Final = 600  # seconds until the lease of a load that was killed ends
DAMAGED: Final = "damaged"  # in place of a digest: the graph was loaded, but does not hold what was sent
STAGING: Final = "urn:publisher:staging:"
_REMOVED: Final = "removed"
_NS: Final = "urn:publisher:load:"
_HOLDS: Final = f"<{_NS}holds>"
_BEGUN: Final = f"<{_NS}begun>"


def staging_name(graph: GraphInfo) -> str:
    """Return the name of the staging graph; it depends on the content, so that a later load can use what is staged."""
    name_digest = hashlib.sha256(graph.name.encode()).hexdigest()
    return f"{STAGING}{name_digest[:24]}:{graph.digest.value[:24]}"


class Ledger:
    """The ledger ``graph`` of a store; ``timeout`` is how many seconds a request may take, and prolongs the lease.

    Methods that return operations leave it to the caller to run them together with others, in one request.
    """

    def __init__(self, client: StoreClient, graph: str, timeout: float = 0) -> None:
        self._client, self.graph = client, graph
        self._lease = max(LEASE, int(timeout) + 60)
        self._token = f"urn:uuid:{uuid.uuid4()}"
        self._renewed = 0.0  # by the clock of the system, as a machine that sleeps does not stop the lease

    def entries(self) -> dict[str, GraphDigest]:
        """Return the digests of the loaded graphs by name, ``DAMAGED`` for a first load that has not ended."""
        query = (
            f"SELECT ?g ?p ?entry WHERE {{ GRAPH <{self.graph}> "
            f"{{ ?g ?p ?entry FILTER(?p IN ({_HOLDS}, {_BEGUN})) }} }}"
        )
        entries = dict[str, GraphDigest]()
        for graph, predicate, entry in self._client.table(query, "g", "p", "entry"):
            digest, _, triples = entry.partition(" ")
            has_begun = f"<{predicate}>" == _BEGUN
            entries[graph] = GraphDigest(DAMAGED if has_begun else digest, self._client.integer(triples))
        return entries

    def staged(self) -> dict[str, bool]:
        """Return the names of the staging graphs, and whether a load other than the one that staged it removed it."""
        query = f"SELECT ?s ?t WHERE {{ GRAPH <{self.graph}> {{ ?s <{_NS}staged> ?t }} }}"
        rows = self._client.table(query, "s", "t")
        return {name: state == _REMOVED for name, state in rows if name.startswith(STAGING)}

    def note_staged(self, names: Iterable[str]) -> None:
        """Record staging graphs before they are created, so that a later load can remove them."""
        self._client.update(self._insert(f"<{name}> <{_NS}staged> true" for name in names))

    def forget(self, names: Sequence[str]) -> list[str]:
        """Return the operation that deletes the entries of graphs; none when there are no graphs."""
        if not names:
            return []
        values = " ".join(f"<{name}>" for name in names)
        pattern = f"GRAPH <{self.graph}> {{ ?s ?p ?o }}"
        return [f"DELETE {{ {pattern} }} WHERE {{ VALUES ?s {{ {values} }} {pattern} }}"]

    def forget_staged(self, names: Iterable[str], *, of_other_load: bool = False) -> list[str]:
        """Return the operations that drop staging graphs and delete their entries.

        The entries of graphs ``of_other_load`` stay until the next load, marked as removed: a request that timed out
        may still run in the store, and create its graph again.
        """
        graphs = sorted(names)
        marks = [self._insert(f'<{name}> <{_NS}staged> "{_REMOVED}"' for name in graphs)]
        return [*self.drop(graphs), *(marks if of_other_load and graphs else [])]

    def record(self, digests: Mapping[str, GraphDigest]) -> list[str]:
        """Return the operations that record what graphs now hold."""
        if not digests:
            return []
        entries = (_entry(name, _HOLDS, digest) for name, digest in digests.items())
        return [*self.forget(list(digests)), self._insert(entries)]

    def begin(self, graphs: Iterable[GraphInfo]) -> None:
        """Record the graphs of a first load and what they will hold; until ``end`` they count as damaged."""
        for batch in chunked(graphs, self._client.target.profile.update_size):
            self._client.update(self._insert(_entry(graph.name, _BEGUN, graph.digest) for graph in batch))

    def end(self) -> None:
        """Record that the graphs of a first load hold what ``begin`` recorded."""
        begun, holds = (f"GRAPH <{self.graph}> {{ ?g {predicate} ?entry }}" for predicate in (_BEGUN, _HOLDS))
        self._client.update(f"DELETE {{ {begun} }} INSERT {{ {holds} }} WHERE {{ {begun} }}")

    def drop(self, graphs: Sequence[str]) -> list[str]:
        """Return the operations that drop graphs and delete their entries."""
        return [*(f"DROP SILENT GRAPH <{graph}>" for graph in graphs), *self.forget(graphs)]

    def lock(self, *, breaks: bool = False) -> None:
        """Take the lease. Raises ``EndpointError`` when another load holds it, unless this load ``breaks`` that."""
        now = int(time.time())
        for holder, until in self._holders().items():
            if until > now and not breaks:
                raise EndpointError(self._busy(until))
            self._client.update(self._delete(f"<{holder}>"))
        self.renew()
        # of two loads that wrote at once, the later one sees both: then neither, or only the first, goes on
        if rivals := [until for holder, until in self._holders().items() if holder != self._token and until > now]:
            self.unlock()
            raise EndpointError(self._busy(max(rivals)))

    def renew(self, *, at_once: bool = False) -> None:
        """Prolong the lease, unless that was done in the last minute and need not be ``at_once``.

        Raises ``EndpointError`` when another load has ended it.
        """
        if 0 <= time.time() - self._renewed <= LEASE / 10 and not at_once:
            return
        if self._renewed and self._token not in self._holders():
            raise EndpointError(
                f"{self._client.target.name}: another load has ended the lease of this one, which stops here; when the "
                "other has ended, run 'publisher load --sync'"
            )
        until = int(time.time()) + self._lease
        self._client.update(self._delete(f"<{self._token}>"), self._insert([f"<{self._token}> <{_NS}until> {until}"]))
        self._renewed = time.time()

    def unlock(self) -> None:
        """Give the lease up."""
        self._client.update(self._delete(f"<{self._token}>"))

    def _holders(self) -> dict[str, int]:
        """Return the holders of leases, and when these end, in seconds since the epoch."""
        query = f"SELECT ?h ?until WHERE {{ GRAPH <{self.graph}> {{ ?h <{_NS}until> ?until }} }}"
        return {holder: self._client.integer(until) for holder, until in self._client.table(query, "h", "until")}

    def _busy(self, until: int) -> str:
        clock = " by its clock, which may be ahead of the one here" if until > time.time() + self._lease else ""
        return (
            f"{self._client.target.name}: another load is at work; it keeps others out until {_moment(until)}{clock}. "
            "Try again after it, or later if it was killed; if you know that no other load runs, end its lease with "
            "'publisher load --break-lease'"
        )

    def _delete(self, subject: str) -> str:
        return f"DELETE WHERE {{ GRAPH <{self.graph}> {{ {subject} ?p ?o }} }}"

    def _insert(self, triples: Iterable[str]) -> str:
        return f"INSERT DATA {{ GRAPH <{self.graph}> {{ {' . '.join(triples)} }} }}"


def _moment(seconds: int) -> str:
    """Return date and time, in the time zone of this machine; what the calendar does not have as the number it is."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(seconds))
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s after 1970"


def _entry(graph: str, predicate: str, digest: GraphDigest) -> str:
    return f'<{graph}> {predicate} "{digest.value} {digest.triples}"'
