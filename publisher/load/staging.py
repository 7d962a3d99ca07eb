"""Stage graphs in a store under names of their own, count them, and put them in service in one request."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from publisher.batches import batched
from publisher.dump.reader import Graph, GraphFile, Part, Spool, join
from publisher.errors import EndpointError
from publisher.load import bulk
from publisher.load.client import Packet, Session, moving
from publisher.load.ledger import Ledger, staging_name
from publisher.load.profiles import Target
from publisher.progress import Progress

T = TypeVar("T")
G = TypeVar("G", bound=Graph)


def packets(target: Target, files: Mapping[str, GraphFile]) -> Iterator[Packet]:
    """Yield what one request takes: many small graphs, or a part of a large one."""
    size = target.profile.batch if target.method == "update" else target.profile.part
    packet: list[tuple[str, Part]] = []
    left = size
    for graph, file in files.items():
        for part in file.parts(size):
            if packet and part.triples > left:
                yield packet
                packet, left = [], size
            packet.append((graph, part))
            left -= part.triples
    if packet:
        yield packet


def tidy(session: Session, ledger: Ledger, todo: Sequence[Graph]) -> set[str]:
    """Remove what an earlier load staged and this one does not want, and note what this one will stage.

    Return what both stage.
    """
    size = session.target.profile.swaps
    wanted = {staging_name(file) for file in todo}
    staged = ledger.staged()
    twice = {name for name, was_removed in staged.items() if was_removed} - wanted
    once = staged.keys() - wanted - twice
    for names in batched(sorted(twice), size):
        session.update(*ledger.forget_staged(names))
    for names in batched(sorted(once), size):
        session.update(*ledger.forget_staged(names, of_others=True))
    for names in batched(sorted(wanted - staged.keys()), size):
        ledger.note_staged(names)
    return wanted & staged.keys()


def stage(session: Session, ledger: Ledger, todo: Mapping[str, GraphFile], progress: Progress) -> None:
    """Send what is not staged in full; the name holds the digest, so an earlier load may have got far."""
    there = session.counts(todo)
    missing = {name: file for name, file in todo.items() if there[name] != file.triples}
    if partial := [f"DROP SILENT GRAPH <{name}>" for name in missing if there[name]]:
        session.update(*partial)
    send(session, ledger, missing, progress)


def send(session: Session, ledger: Ledger, missing: Mapping[str, GraphFile], progress: Progress) -> None:
    """Send graphs under the names that are given; raise ``EndpointError`` when they are not there as they were sent."""
    if isinstance(session, bulk.Bulk):
        if missing:
            with tempfile.TemporaryDirectory(prefix="publisher-bulk-") as folder:
                _hand_over(session, ledger, [join(missing, Path(folder) / "staged.nq")], progress)
    else:
        _send_each(session, ledger, session.send, packets(session.target, missing), progress)
    _check(session, missing)


def send_all(session: Session, ledger: Ledger, found: Spool, progress: Progress) -> None:
    """Send all graphs under their own names, as ``send`` does, but out of the files that hold just these."""
    if isinstance(session, bulk.Bulk):
        _hand_over(session, ledger, found.quads, progress)
    else:
        _send_each(session, ledger, session.send_quads, found.parts(session.target.profile.part), progress)
    _check(session, {graph.name: graph for graph in found.graphs})


def _hand_over(session: bulk.Bulk, ledger: Ledger, quads: Sequence[Path], progress: Progress) -> None:
    progress.step("load with the loader of the store")
    ledger.renew()
    session.load(quads)


def _send_each(
    session: Session, ledger: Ledger, work: Callable[[T], None], items: Iterable[T], progress: Progress
) -> None:
    lanes = session.target.profile.lanes
    with ThreadPoolExecutor(lanes) as pool:
        for number, some in enumerate(batched(items, lanes)):
            progress.step(f"send part {number * lanes + 1}")
            ledger.renew()
            for _ in pool.map(work, some):
                pass


def _check(session: Session, sent: Mapping[str, Graph]) -> None:
    found = session.counts(sent)
    for name, graph in sent.items():
        if found[name] != graph.triples:
            state = "the load has not ended" if name == graph.name else "the old data are still in service"
            raise EndpointError(
                f"{session.target.name}: graph <{graph.name}>: {graph.triples} triples were sent, the store holds "
                f"{found[name]}; {state}. Is there a value that this store cannot hold? "
                "See docs/stores.md"
            )


def put_in_service(
    session: Session,
    ledger: Ledger,
    todo: Sequence[Graph],
    gone: Sequence[str],
    late: Set[str],
    progress: Progress,
    also: Sequence[str] = (),
) -> None:
    """Swap in one request, or in some where the store bears no large one; each tells the ledger what it did.

    ``late`` are the staged graphs that an earlier load began with, ``also`` operations that go with the first request.
    """
    if not (todo or gone or also):
        return
    progress.step("swap")
    size = session.target.profile.swaps
    batches = list(zip_longest(batched(todo, size), batched(gone, size), fillvalue=())) or [((), ())]
    for number, (files, names) in enumerate(batches):
        ledger.renew()
        operations = [*(() if number else also), *_swap(session, ledger, files, names)]
        done = _done(session, ledger, {staging_name(file) for file in files}, late)
        if session.target.profile.copies and done:
            session.update(*operations)  # which was seen to leave triples that it cleared
            progress.step("tidy up")
            session.update(*done)
        else:
            session.update(*operations, *done)


def _swap(session: Session, ledger: Ledger, todo: Sequence[Graph], gone: Sequence[str]) -> list[str]:
    """Return the operations that put the staged graphs in service."""
    moves = list[str]()
    for file in todo:
        moves += moving(session.target.profile, staging_name(file), file.name, file.triples)
    return [*moves, *ledger.strike(gone), *ledger.record({graph.name: graph.digest for graph in todo})]


def _done(session: Session, ledger: Ledger, staged: Set[str], late: Set[str]) -> list[str]:
    """Return the operations that take away what the ledger tells of graphs that were swapped, and what is left."""
    own = sorted(staged - late)
    notes = ledger.forget_staged(own) if session.target.profile.copies else ledger.forget(own)
    return [*notes, *ledger.forget_staged(staged & late, of_others=True)]


def wrong_ones(session: Session, graphs: Sequence[G]) -> list[G]:
    """Return the graphs that the store holds with another number of triples."""
    there = session.counts(graph.name for graph in graphs)
    return [graph for graph in graphs if there[graph.name] != graph.triples]
