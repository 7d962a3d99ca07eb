"""Load the published graphs into a store, safely: stage, count, then swap in one request.

Until the swap the old data are in service. A load that was interrupted goes on where it stopped: what is staged
in full is not sent again, and what belongs to no load any more is removed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from publisher.batches import batched
from publisher.dump.reader import DESCRIPTION, GraphFile, Spool, spool
from publisher.errors import ConfigError, EndpointError, UsageError
from publisher.http import Wire
from publisher.load import bulk, verify
from publisher.load.client import Packet, Session, moving, parcels
from publisher.load.ledger import DAMAGED, STAGING, Ledger, staging_name
from publisher.load.profiles import Target
from publisher.load.staging import packets, put_in_service, send, send_all, stage, tidy, wrong_ones
from publisher.progress import SILENT, Progress
from publisher.rdf.digest import GraphDigest
from publisher.workspace.config import Config


@dataclass(frozen=True)
class Loaded:
    """What a load did: the graphs sent, those that were there already, those removed, and what was not kept."""

    target: Target
    sent: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    triples: int
    differences: tuple[verify.Difference, ...] = ()

    @property
    def exit_code(self) -> int:
        """3 when the store lost or added something, else 0."""
        return 3 if any(difference.is_loss for difference in self.differences) else 0


def load(
    config: Config,
    dist: Path,
    target: Target,
    timeout: float,
    *,
    sync: bool = False,
    full: bool = False,
    progress: Progress = SILENT,
) -> Loaded:
    """Make ``target`` hold the graphs of ``dist`` and return what was done; with ``full``, compare every triple.

    Other graphs of the store are never touched. Raises ``EndpointError`` when the store fails, refuses, or holds
    another number of triples than were sent: the old data then stay in service.
    """
    with (
        tempfile.TemporaryDirectory(prefix="publisher-load-") as folder,
        Wire(target.credentials, timeout, hangs_up=target.profile.hangs_up) as wire,
    ):
        found = spooled(config, dist, Path(folder))
        session = open_session(target, wire, timeout)
        ledger = Ledger(session, config.graph("load"), timeout)
        ledger.lock()
        try:
            return _load(session, ledger, found, sync=sync, full=full, progress=progress)
        finally:
            leave(ledger)


def plan(config: Config, dist: Path, target: Target) -> list[str]:
    """Return what a load would ask of the store, a line a request; nothing is sent."""
    profile, lines = target.profile, list[str]()
    offline = target.method == "bulk" and profile.name != "virtuoso"
    sender = "update" if offline else f"POST {target.update}"
    with tempfile.TemporaryDirectory(prefix="publisher-load-") as folder:
        found = spooled(config, dist, Path(folder))
        files = found.files(found.names)
        if target.method == "bulk":
            lines += bulk.plan(target)
        else:
            staged = {staging_name(file): file for file in files}
            lines += [
                _told(target, *parcel) for packet in packets(target, staged) for parcel in parcels(target, packet)
            ]
        for file in files:
            operations = moving(profile, staging_name(file), file.name, file.triples)
            lines += [f"{sender} {operation}" for operation in operations]
    return lines


def _told(target: Target, way: str, packet: Packet) -> str:
    data = [f"GRAPH <{graph}> {{ {part.triples} triples }}" for graph, part in packet]
    if way == "update":
        return f"POST {target.update} INSERT DATA {{ {' '.join(data)} }}"
    if way == "quads":
        return f"POST {target.quads} application/n-quads, {' '.join(data)}"
    ((graph, part),) = packet
    return f"POST {target.data}?graph={graph} {target.profile.media_type}, {part.triples} triples"


def spooled(config: Config, dist: Path, folder: Path) -> Spool:
    """Return the graphs; raise ``ConfigError`` when one has a name that the book-keeping in the store needs."""
    found = spool(dist, config.graph(DESCRIPTION), folder)
    for name in found.names:
        if name == config.graph("load") or name.startswith(STAGING):
            raise ConfigError(f"{dist}: the graph <{name}> has a name that loads keep their books in; rename it")
    return found


def open_session(target: Target, wire: Wire, patience: float) -> Session:
    """Return the way to a store by the method of the target; raise ``UsageError`` when there is none."""
    if target.method == "index":
        raise UsageError(
            f"{target.name}: the index of {target.profile.name} is built anew, not changed: 'publisher load'"
        )
    return bulk.open_bulk(target, wire, patience) if target.method == "bulk" else Session(target, wire)


def leave(ledger: Ledger) -> None:
    """Let others in, whatever happened."""
    with suppress(EndpointError):  # a store that is gone was told of already, and the lease ends by itself
        ledger.unlock()


def _load(session: Session, ledger: Ledger, found: Spool, *, sync: bool, full: bool, progress: Progress) -> Loaded:
    known = ledger.entries()
    there = session.counts(found.names) if sync or not known else {}
    gone = sorted(known.keys() - set(found.names))
    kept = {g.name for g in found.graphs if sync and known.get(g.name) == g.digest and there[g.name] == g.triples}
    todo = [graph for graph in found.graphs if graph.name not in kept]
    if known or any(there.values()):
        files = found.files(graph.name for graph in todo)
        late = tidy(session, ledger, files)
        stage(session, ledger, {staging_name(file): file for file in files}, progress)
        put_in_service(session, ledger, files, gone, late, progress)
        for graph in wrong_ones(session, found.graphs):
            raise EndpointError(
                f"{session.target.name}: graph <{graph.name}> should hold {graph.triples} triples and does not; "
                "somebody else changes it, or the swap was cut off: load again"
            )
    else:
        _start(session, ledger, found, progress)
    differences = _verify(session, ledger, found.files(found.names), progress) if full else ()
    return Loaded(
        session.target,
        tuple(graph.name for graph in todo),
        tuple(sorted(kept)),
        tuple(gone),
        sum(graph.triples for graph in todo),
        differences,
    )


def _start(session: Session, ledger: Ledger, found: Spool, progress: Progress) -> None:
    """Send the first data of a store in their places, for there is nothing in service that they could disturb.

    The ledger names them before: a load that was interrupted is known as such, and the next one replaces what there is.
    """
    tidy(session, ledger, [])
    if found.quads and session.target.takes_quads:
        ledger.begin(found.graphs)
        send_all(session, ledger, found, progress)
    else:
        files = found.files(found.names)  # which may be found broken
        ledger.begin(files)
        send(session, ledger, {file.name: file for file in files}, progress)
    ledger.end()


def _verify(
    session: Session, ledger: Ledger, files: Sequence[GraphFile], progress: Progress
) -> tuple[verify.Difference, ...]:
    """Return how the store differs from the files; note which graphs do, so that a later run sends them again."""
    progress.step("verify")
    found = tuple(verify.compare(session, files))
    lossy = {difference.graph for difference in found if difference.is_loss}
    damaged = [file for file in files if file.name in lossy]
    for batch in batched(damaged, session.target.profile.swaps):
        session.update(*ledger.record({file.name: GraphDigest(DAMAGED, file.triples) for file in batch}))
    return found
