"""Stage graphs in a store under names of their own, count them, and swap them in with one request.

A load that was interrupted is resumed: what it staged in full is not sent again, and what no load needs is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

from more_itertools import chunked, constrained_batches

from publisher.errors import EndpointError, UsageError
from publisher.load import bulk
from publisher.load.client import Batch, StoreClient, connect, move_operations
from publisher.load.graphs import GraphFile, GraphInfo, GraphSet, write_nquads
from publisher.load.ledger import Ledger, staging_name
from publisher.load.profiles import Target
from publisher.load.verify import holds_values
from publisher.progress import Progress
from publisher.workspace.atomic import temporary_folder
from publisher.workspace.config import Config


@dataclass(frozen=True)
class Transaction:
    """A change of a store by the holder of the lease: ``graphs`` are those that it shall hold."""

    client: StoreClient
    ledger: Ledger
    graphs: GraphSet
    progress: Progress


@contextmanager
def begin(
    config: Config, target: Target, graphs: GraphSet, timeout: float, progress: Progress, *, breaks_lease: bool = False
) -> Iterator[Transaction]:
    """Connect to a store and hold the lease; ``timeout`` is in seconds, for each request.

    Raises ``UsageError`` for a store that cannot be changed, ``EndpointError`` when another load holds the lease,
    unless ``breaks_lease``.
    """
    with open_ledger(config, target, timeout) as (client, ledger):
        progress.step("take the lease")
        ledger.lock(breaks=breaks_lease)
        try:
            yield Transaction(client, ledger, graphs, progress)
        finally:
            with suppress(EndpointError):  # a store that is gone was reported already, and the lease ends by itself
                ledger.unlock()


@contextmanager
def open_ledger(config: Config, target: Target, timeout: float) -> Iterator[tuple[StoreClient, Ledger]]:
    """Connect to a store, without the lease. Raises ``UsageError`` for a store that cannot be changed."""
    if target.method == "index":
        raise UsageError(
            f"{target.name}: the index of {target.profile.name} is built anew, not changed: 'publisher load'"
        )
    with connect(target, timeout) as http:
        is_bulk = target.method == "bulk"
        client = bulk.open_client(target, http, timeout) if is_bulk else StoreClient(target, http)
        yield client, Ledger(client, config.graph("load"), timeout)


# --- sending --------------------------------------------------------------------------------------------


def batches(target: Target, files: Mapping[str, GraphFile]) -> Iterator[Batch]:
    """Yield graphs, under the names that are the keys, as many in a batch as one request takes; large ones in parts."""
    parts = ((graph, part) for graph, file in files.items() for part in file.parts(target.batch_size))
    return constrained_batches(parts, target.batch_size, get_len=lambda item: item[1].count(b"\n"), strict=False)


def send(transaction: Transaction, files: Mapping[str, GraphFile]) -> None:
    """Send graphs under the names that are the keys. Raises ``EndpointError`` when a count is wrong afterwards."""
    client = transaction.client
    if files and isinstance(client, bulk.BulkClient):
        with temporary_folder("bulk") as folder:
            _load_files(transaction, client, [write_nquads(files, folder / "staged.nq")])
    elif files:
        requests = (
            (sum(part.count(b"\n") for _, part in batch), partial(client.send, batch))
            for batch in batches(client.target, files)
        )
        _send(transaction, requests, sum(file.triples for file in files.values()))
    _ensure_sent(transaction, files)


def send_all(transaction: Transaction) -> None:
    """Send all graphs under their own names as ``send`` does, but from the files of N-Quads that hold them."""
    client, graphs = transaction.client, transaction.graphs
    if isinstance(client, bulk.BulkClient):
        _load_files(transaction, client, graphs.quads)
    else:
        parts = graphs.quad_parts(client.target.profile.request_size)
        requests = ((part.count(b"\n"), partial(client.send_quads, part)) for part in parts)
        _send(transaction, requests, graphs.triples)
    graphs.check_quads()
    _ensure_sent(transaction, {graph.name: graph for graph in graphs.graphs})


def _load_files(transaction: Transaction, client: bulk.BulkClient, quads: Sequence[Path]) -> None:
    transaction.progress.step("load with the loader of the store")
    transaction.ledger.renew()
    client.load_files(quads)


def _send(transaction: Transaction, requests: Iterable[tuple[int, Callable[[], None]]], total: int) -> None:
    """Send requests, each given with its number of triples, as many at once as the store processes."""
    transaction.progress.step("send triples")
    transaction.progress.expect(total)
    concurrency = transaction.client.target.profile.concurrency
    with ThreadPoolExecutor(concurrency) as pool:
        for group in chunked(requests, concurrency):
            transaction.ledger.renew()
            for triples, future in [(triples, pool.submit(request)) for triples, request in group]:
                future.result()
                transaction.progress.advance(triples)


def _ensure_sent(transaction: Transaction, sent: Mapping[str, GraphInfo]) -> None:
    client = transaction.client
    for name, count in wrong_counts(client, sent, transaction.graphs).items():
        graph = sent[name]
        state = "the load has not ended" if name == graph.name else "the old data are still in service"
        raise EndpointError(
            f"{client.target.name}: graph <{graph.name}>: {graph.triples} triples were sent, the store holds "
            f"{count}; {state}. Is there a value that this store cannot hold? "
            "See docs/stores.md"
        )


# --- staging and swapping -------------------------------------------------------------------------------


def replace(
    transaction: Transaction, files: Sequence[GraphFile], removed: Sequence[str] = (), also: Sequence[str] = ()
) -> None:
    """Stage graphs and swap them in, drop the graphs ``removed``, and record both.

    ``also`` are operations that go with the first request of the swap.
    """
    resumed = prepare(transaction, files)
    staging = {staging_name(file): file for file in files}
    counts = wrong_counts(transaction.client, staging, transaction.graphs)
    missing = {name: staging[name] for name in counts}
    if partial_graphs := [f"DROP SILENT GRAPH <{name}>" for name, count in counts.items() if count]:
        transaction.client.update(*partial_graphs)
    send(transaction, missing)
    if files or removed or also:
        _swap(transaction, files, removed, resumed, also)


def prepare(transaction: Transaction, graphs: Sequence[GraphInfo]) -> set[str]:
    """Drop the staging graphs of earlier loads, except those of ``graphs``, and record those of this load.

    Return the names of the staging graphs of ``graphs`` that an earlier load had recorded.
    """
    client, ledger = transaction.client, transaction.ledger
    size = client.target.profile.moves_per_update
    wanted = {staging_name(graph) for graph in graphs}
    staged = ledger.staged()
    removed_before = {name for name, was_removed in staged.items() if was_removed} - wanted
    unwanted = staged.keys() - wanted - removed_before
    for names in chunked(sorted(removed_before), size):
        client.update(*ledger.forget_staged(names))
    for names in chunked(sorted(unwanted), size):
        client.update(*ledger.forget_staged(names, of_other_load=True))
    for names in chunked(sorted(wanted - staged.keys()), size):
        ledger.note_staged(names)
    return wanted & staged.keys()


def _swap(
    transaction: Transaction,
    graphs: Sequence[GraphInfo],
    removed: Sequence[str],
    resumed: Set[str],
    also: Sequence[str],
) -> None:
    """Move staged graphs to their names, in one request, or several for a store that takes only so many moves in one.

    ``resumed`` are the staging graphs that an earlier load recorded.
    """
    transaction.progress.step("swap graphs")
    transaction.progress.expect(len(graphs) + len(removed))
    client, ledger, profile = transaction.client, transaction.ledger, transaction.client.target.profile
    size = profile.moves_per_update
    parts = zip_longest(chunked(graphs, size), chunked(removed, size), fillvalue=())
    for moved, dropped in list(parts) or [((), ())]:  # there may be other operations alone
        ledger.renew(at_once=True)
        moves = (move_operations(profile, staging_name(graph), graph.name, graph.triples) for graph in moved)
        operations = [*also, *(operation for move in moves for operation in move)]
        operations += [*ledger.drop(dropped), *ledger.record({graph.name: graph.digest for graph in moved})]
        staged = {staging_name(graph) for graph in moved}
        own = sorted(staged - resumed)
        cleanup = [
            *(ledger.forget_staged(own) if profile.copy_size else ledger.forget(own)),
            *ledger.forget_staged(staged & resumed, of_other_load=True),
        ]
        # Fuseki may still hold triples of graphs that the update cleared: they are removed by another one.
        client.update(*operations, *([] if profile.copy_size else cleanup))
        transaction.progress.advance(len(moved) + len(dropped))
        if profile.copy_size and cleanup:
            client.update(*cleanup)
        also = ()


def wrong_counts(client: StoreClient, expected: Mapping[str, GraphInfo], graphs: GraphSet) -> dict[str, int]:
    """Return the numbers of triples of those graphs, by their names in the store, that do not hold what they should.

    A graph with fewer triples is right when it holds every value: then the store has made one triple of two that differ
    in lexical form alone. ``graphs`` includes those that are ``expected``.
    """
    counts = client.counts(expected)
    smaller = [name for name, graph in expected.items() if 0 < counts[name] < graph.triples]
    pairs = zip(smaller, graphs.files(expected[name].name for name in smaller), strict=True)
    whole = {name for name, file in pairs if holds_values(client, file, name, counts[name])}
    return {name: counts[name] for name in expected if counts[name] != expected[name].triples and name not in whole}


def ensure_counts(transaction: Transaction, expected: Mapping[str, GraphInfo]) -> None:
    """Raise ``EndpointError`` for the first graph that ``wrong_counts`` returns."""
    client = transaction.client
    for name in wrong_counts(client, expected, transaction.graphs):
        raise EndpointError(
            f"{client.target.name}: graph <{name}> should hold {expected[name].triples} triples and does not; somebody "
            "else changes it, or the swap was cut off: run 'publisher load --sync'"
        )
