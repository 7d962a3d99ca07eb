"""Stage graphs in a store under names of their own, count them, and put them in service in one request."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

from publisher import bulk
from publisher.errors import EndpointError
from publisher.ledger import Entry, Ledger, staging_name
from publisher.progress import Progress
from publisher.session import Packet, Session, batched, moving
from publisher.spool import GraphFile, Part, Spool, join
from publisher.stores import Target


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


def tidy(session: Session, ledger: Ledger, todo: Sequence[GraphFile]) -> set[str]:
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
        progress.step(f"load {len(missing)} graphs")
        ledger.renew()
        if missing:
            with tempfile.TemporaryDirectory(prefix="publisher-bulk-") as folder:
                session.load([join(missing, Path(folder) / "staged.nq")])
    else:
        lanes = session.target.profile.lanes
        with ThreadPoolExecutor(lanes) as pool:
            for some in batched(packets(session.target, missing), lanes):
                progress.step(f"send {', '.join(missing[graph].name for packet in some for graph, _ in packet)}")
                ledger.renew()
                for _ in pool.map(session.send, some):
                    pass
    _check(session, missing)


def send_all(session: bulk.Bulk, ledger: Ledger, found: Spool, progress: Progress) -> None:
    """Send all graphs under their own names, as ``send`` does: the files go as they are, and are sorted meanwhile."""
    progress.step(f"load {len(found.names)} graphs")
    ledger.renew()
    with ThreadPoolExecutor(1) as pool:
        sorting = pool.submit(lambda: found.graphs)
        session.load(found.quads)
        graphs = sorting.result()
    _check(session, {graph.name: graph for graph in graphs})


def _check(session: Session, sent: Mapping[str, GraphFile]) -> None:
    found = session.counts(sent)
    for name, file in sent.items():
        if found[name] != file.triples:
            raise EndpointError(
                f"{session.target.name}: graph <{file.name}>: {file.triples} triples were sent, the store holds "
                f"{found[name]}; the old data are still in service. Is there a value that this store cannot hold? "
                "See docs/stores.md"
            )


def put_in_service(
    session: Session,
    ledger: Ledger,
    todo: Sequence[GraphFile],
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


def _swap(session: Session, ledger: Ledger, todo: Sequence[GraphFile], gone: Sequence[str]) -> list[str]:
    """Return the operations that put the staged graphs in service."""
    moves = list[str]()
    for file in todo:
        moves += moving(session.target.profile, staging_name(file), file.name, file.triples)
    return [*moves, *ledger.strike(gone), *ledger.record({f.name: Entry(f.digest, f.triples) for f in todo})]


def _done(session: Session, ledger: Ledger, staged: Set[str], late: Set[str]) -> list[str]:
    """Return the operations that take away what the ledger tells of graphs that were swapped, and what is left."""
    own = sorted(staged - late)
    notes = ledger.forget_staged(own) if session.target.profile.copies else ledger.forget(own)
    return [*notes, *ledger.forget_staged(staged & late, of_others=True)]


def wrong_ones(session: Session, files: Sequence[GraphFile]) -> list[GraphFile]:
    """Return the graphs that the store holds with another number of triples."""
    there = session.counts(file.name for file in files)
    return [file for file in files if there[file.name] != file.triples]
