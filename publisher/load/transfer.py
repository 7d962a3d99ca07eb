"""Load the graphs of a published dataset into a store: stage and count them, then swap them in with one request.

Until the swap the old data are in service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from more_itertools import chunked

from publisher.errors import ConfigError, SourceError
from publisher.load import bulk, staging, verify
from publisher.load.client import Batch, Service, StoreClient, move_operations, split_by_service
from publisher.load.graphs import GraphFile, GraphInfo, GraphSet, read_graphs
from publisher.load.ledger import DAMAGED, STAGING, staging_name
from publisher.load.profiles import Target
from publisher.progress import SILENT, Progress
from publisher.rdf.digest import GraphDigest
from publisher.workspace.atomic import temporary_folder
from publisher.workspace.config import Config

_DOT_SEGMENT: Final = re.compile(r"/\.\.?(?=[/?#]|$)")  # RFC 3986, section 5.2.4


@dataclass(frozen=True)
class LoadResult:
    """What a load did: the names of the graphs sent, left unchanged and removed, and the number of triples sent.

    ``differences`` are those that a full verification found; empty without one. ``has_union`` tells whether the default
    graph of the store is the union of all graphs, as far as its server can be asked.
    """

    target: Target
    sent: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    triples: int
    differences: tuple[verify.Difference, ...] = ()
    has_union: bool = True

    @property
    def exit_code(self) -> int:
        """3 when the store lost or added a value, else 0."""
        return 3 if any(difference.is_loss for difference in self.differences) else 0


def load(
    config: Config,
    dist: Path,
    target: Target,
    timeout: float,
    *,
    sync: bool = False,
    full: bool = False,
    breaks_lease: bool = False,
    progress: Progress = SILENT,
) -> LoadResult:
    """Make ``target`` hold the graphs of ``dist``, a published folder or a file of RDF; ``timeout`` is in seconds.

    With ``sync``, only graphs that differ from what the store was last given are sent. With ``full``, every triple is
    compared afterwards. With ``breaks_lease``, the lease of another load is ended. Other graphs of the store are never
    changed. Raises ``EndpointError`` when the store fails, refuses, or holds another number of triples than were sent;
    the old data then stay in service.
    """
    progress.step("read the dataset")
    with (
        opened_dataset(config, dist) as graphs,
        staging.begin(config, target, graphs, timeout, progress, breaks_lease=breaks_lease) as transaction,
    ):
        return _load(transaction, sync=sync, full=full)


def plan(config: Config, dist: Path, target: Target, timeout: float = 60, *, sync: bool = False) -> list[str]:
    """Return the requests that would load ``dist`` into ``target``, a line each; nothing is sent.

    With ``sync``, they are those for the graphs that differ from what the store holds, which is asked for that;
    ``timeout`` is in seconds, for each answer.
    """
    with opened_dataset(config, dist) as graphs:
        changed, removed = list(graphs.graphs), list[str]()
        if sync:
            with staging.open_ledger(config, target, timeout) as (client, ledger):
                changed, removed = _changes(client, graphs, ledger.entries(), sync=True)
        return _requests(target, graphs.files(graph.name for graph in changed), removed)


def _requests(target: Target, files: Sequence[GraphFile], removed: Sequence[str]) -> list[str]:
    lines = list[str]()
    sender = "update" if target.is_offline else f"POST {target.update}"
    if files and target.method == "bulk":
        lines += bulk.plan(target)
    else:
        for batch in staging.batches(target, {staging_name(file): file for file in files}):
            lines += [_request_line(target, *request) for request in split_by_service(target, batch)]
    for file in files:
        operations = move_operations(target.profile, staging_name(file), file.name, file.triples)
        lines += [f"{sender} {operation}" for operation in operations]
    return lines + [f"{sender} DROP SILENT GRAPH <{name}>" for name in removed]


def _request_line(target: Target, service: Service, batch: Batch) -> str:
    counts = [(graph, part.count(b"\n")) for graph, part in batch]
    data = " ".join(f"GRAPH <{graph}> {{ {triples} triples }}" for graph, triples in counts)
    if service == "update":
        return f"POST {target.update} INSERT DATA {{ {data} }}"
    if service == "quads":
        return f"POST {target.quads} application/n-quads, {data}"
    ((graph, triples),) = counts
    return f"POST {target.data}?graph={graph} {target.profile.media_type}, {triples} triples"


@contextmanager
def opened_dataset(config: Config, dist: Path) -> Iterator[GraphSet]:
    """Yield the graphs of ``dist``, whose sorted triples are in a temporary folder.

    Raises ``ConfigError`` when a graph has a name that the ledger or the staging graphs need, or that stores change,
    ``SourceError`` when there are no triples, else as ``read_graphs``.
    """
    with temporary_folder("load") as folder:
        graphs = read_graphs(dist, config.graph("void"), folder)
        if not graphs.names:
            raise SourceError("holds no triples; a load of it would remove the whole dataset from the store", dist)
        for name in graphs.names:
            if _DOT_SEGMENT.search(name):
                raise ConfigError(f"{dist}: the graph <{name}> has a '/.' or '/..' that some stores resolve; rename it")
            if name == config.graph("load") or name.startswith(STAGING):
                raise ConfigError(f"{dist}: the graph <{name}> has a name that loads keep their books in; rename it")
        yield graphs


def _changes(
    client: StoreClient, graphs: GraphSet, entries: Mapping[str, GraphDigest], *, sync: bool
) -> tuple[list[GraphInfo], list[str]]:
    """Return the graphs to send, and the names of those to remove; with ``sync``, those that are there are not sent."""
    recorded = {graph.name: graph for graph in graphs.graphs if sync and entries.get(graph.name) == graph.digest}
    unchanged = recorded.keys() - staging.wrong_counts(client, recorded, graphs).keys()
    changed = [graph for graph in graphs.graphs if graph.name not in unchanged]
    return changed, sorted(entries.keys() - set(graphs.names))


def _load(transaction: staging.Transaction, *, sync: bool, full: bool) -> LoadResult:
    client, graphs = transaction.client, transaction.graphs
    transaction.progress.step("compare with the ledger")
    entries = transaction.ledger.entries()
    changed, removed = _changes(client, graphs, entries, sync=sync)
    unchanged = set(graphs.names) - {graph.name for graph in changed}
    if entries or any(client.counts(graphs.names).values()):
        staging.replace(transaction, graphs.files(graph.name for graph in changed), removed)
        staging.ensure_counts(transaction, {graph.name: graph for graph in graphs.graphs})
    else:
        _load_first(transaction)
    return LoadResult(
        client.target,
        sent=tuple(graph.name for graph in changed),
        unchanged=tuple(sorted(unchanged)),
        removed=tuple(removed),
        triples=sum(graph.triples for graph in changed),
        differences=_verify(transaction, graphs.files(graphs.names)) if full else (),
        has_union=client.target.is_offline or client.has_union(transaction.ledger.graph),
    )


def _load_first(transaction: staging.Transaction) -> None:
    """Send the graphs under their own names, as no data are in service that this could disturb.

    The ledger records them first, so that the next load replaces them if this one is interrupted.
    """
    ledger, graphs, target = transaction.ledger, transaction.graphs, transaction.client.target
    staging.prepare(transaction, [])
    if graphs.quads and (target.method == "bulk" or (target.method == "gsp" and target.quads)):
        ledger.begin(graphs.graphs)
        staging.send_all(transaction)
    else:
        files = graphs.files(graphs.names)  # before anything is recorded: they may be found broken
        ledger.begin(files)
        staging.send(transaction, {file.name: file for file in files})
    ledger.end()


def _verify(transaction: staging.Transaction, files: list[GraphFile]) -> tuple[verify.Difference, ...]:
    """Return the differences between store and files; record damaged graphs, which a later load sends again."""
    client, ledger = transaction.client, transaction.ledger
    transaction.progress.step("verify")
    differences = tuple(verify.compare(client, files, transaction.progress))
    lossy = {difference.graph for difference in differences if difference.is_loss}
    damaged = [file for file in files if file.name in lossy]
    for batch in chunked(damaged, client.target.profile.moves_per_update):
        client.update(*ledger.record({file.name: GraphDigest(DAMAGED, file.triples) for file in batch}))
    return differences
