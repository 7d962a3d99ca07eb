"""Load the published graphs into a store, safely: stage, count, then swap in one request.

Until the swap the old data are in service. A load that was interrupted goes on where it stopped: what is staged
in full is not sent again, and what belongs to no load any more is removed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from publisher import bulk, compare
from publisher.config import Config
from publisher.errors import ConfigError, EndpointError
from publisher.ledger import DAMAGED, STAGING, Entry, Ledger, staging_name
from publisher.progress import SILENT, Progress
from publisher.session import Session, moving, parcels
from publisher.spool import DESCRIPTION, GraphFile, spool
from publisher.stores import Target
from publisher.wire import Wire


@dataclass(frozen=True)
class Loaded:
    """What a load did: the graphs sent, those that were there already, those removed, and what was not kept."""

    target: Target
    sent: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    triples: int
    differences: tuple[compare.Difference, ...] = ()

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
    with tempfile.TemporaryDirectory(prefix="publisher-load-") as folder, Wire(target.credentials, timeout) as wire:
        files = _files(config, dist, Path(folder))
        session = bulk.open_bulk(target, wire, timeout) if target.method == "bulk" else Session(target, wire)
        ledger = Ledger(session, config.graph("load"))
        ledger.lock()
        try:
            return _load(session, ledger, files, sync=sync, full=full, progress=progress)
        finally:
            _leave(ledger)


def plan(config: Config, dist: Path, target: Target) -> list[str]:
    """Return what a load would ask of the store, a line a request; nothing is sent."""
    profile, lines, swap = target.profile, list[str](), list[str]()
    offline = target.method == "bulk" and profile.name != "virtuoso"
    sender = "update" if offline else f"POST {target.update}"
    with tempfile.TemporaryDirectory(prefix="publisher-load-") as folder:
        files = _files(config, dist, Path(folder))
        if target.method == "bulk":
            lines += bulk.plan(target, {staging_name(file): file.path for file in files})
        for file in files:
            staged = staging_name(file)
            if target.method != "bulk":
                lines += _requests(target, file, staged)
            swap += [f"{sender} {operation}" for operation in moving(profile, staged, file.name, file.triples)]
    return lines + swap


def _requests(target: Target, file: GraphFile, staged: str) -> Iterator[str]:
    for sent, has_blank_nodes in _parts(target, file):
        for is_update, part in parcels(target, sent, has_blank_nodes):
            if is_update:
                yield f"POST {target.update} INSERT DATA {{ GRAPH <{staged}> {{ {len(part)} triples }} }}"
            else:
                yield f"POST {target.data}?graph={staged} {target.profile.media_type}, {len(part)} triples"


def _parts(target: Target, file: GraphFile) -> Iterator[tuple[list[str], bool]]:
    return file.parts(target.profile.batch if target.method == "update" else target.profile.part)


def _files(config: Config, dist: Path, folder: Path) -> list[GraphFile]:
    """Return the graphs; raise ``ConfigError`` when one has a name that the book-keeping in the store needs."""
    files = spool(dist, config.graph(DESCRIPTION), folder)
    for file in files:
        if file.name == config.graph("load") or file.name.startswith(STAGING):
            raise ConfigError(f"{dist}: the graph <{file.name}> has a name that loads keep their books in; rename it")
    return files


def _leave(ledger: Ledger) -> None:
    with suppress(EndpointError):  # a store that is gone was told of already, and the lease ends by itself
        ledger.unlock()


def _load(
    session: Session, ledger: Ledger, files: Sequence[GraphFile], *, sync: bool, full: bool, progress: Progress
) -> Loaded:
    known = ledger.entries()
    there = session.counts([file.name for file in files]) if sync else {}
    todo = [file for file in files if not (sync and _is_there(file, known.get(file.name), there[file.name]))]
    gone = sorted(known.keys() - {file.name for file in files})
    late = _tidy(session, ledger, todo)
    _stage(session, ledger, todo, progress)
    if todo or gone:
        progress.step("swap")
        session.update(*_swap(session, ledger, todo, gone, late))
    for file in _wrong(session, files):
        raise EndpointError(
            f"{session.target.name}: graph <{file.name}> should hold {file.triples} triples and does not; "
            "somebody else changes it, or the swap was cut off: load again"
        )
    found = _verify(session, ledger, files, progress) if full else ()
    names = {file.name for file in todo}
    return Loaded(
        session.target,
        tuple(file.name for file in todo),
        tuple(file.name for file in files if file.name not in names),
        tuple(gone),
        sum(file.triples for file in todo),
        found,
    )


def _is_there(file: GraphFile, entry: Entry | None, found: int) -> bool:
    return entry == Entry(file.digest, file.triples) and found == file.triples


def _tidy(session: Session, ledger: Ledger, todo: Sequence[GraphFile]) -> set[str]:
    """Remove what an earlier load staged and this one does not want, and note what this one will stage.

    Return what both stage.
    """
    wanted = {staging_name(file) for file in todo}
    staged = ledger.staged()
    twice = {name for name, was_removed in staged.items() if was_removed} - wanted
    once = staged.keys() - wanted - twice
    if operations := [*ledger.forget_staged(twice), *ledger.forget_staged(once, of_others=True)]:
        session.update(*operations)
    if new := wanted - staged.keys():
        ledger.note_staged(sorted(new))
    return wanted & staged.keys()


def _stage(session: Session, ledger: Ledger, todo: Sequence[GraphFile], progress: Progress) -> None:
    """Send what is not staged in full; the name holds the digest, so an earlier load may have got far."""
    there = session.counts([staging_name(file) for file in todo]) if todo else {}
    missing = {name: file for file in todo if there[name := staging_name(file)] != file.triples}
    if partial := [f"DROP SILENT GRAPH <{name}>" for name in missing if there[name]]:
        session.update(*partial)
    if isinstance(session, bulk.Bulk):
        progress.step(f"load {len(missing)} graphs")
        ledger.renew()
        if missing:
            session.load({name: file.path for name, file in missing.items()})
    else:
        for file in missing.values():
            progress.step(f"send {file.name}")
            _send(session, ledger, file)
    found = session.counts(list(missing)) if missing else {}
    for name, file in missing.items():
        if found[name] != file.triples:
            raise EndpointError(
                f"{session.target.name}: graph <{file.name}>: {file.triples} triples were sent, the store holds "
                f"{found[name]}; the old data are still in service. Is there a value that this store cannot hold? "
                "See docs/stores.md"
            )


def _send(session: Session, ledger: Ledger, file: GraphFile) -> None:
    for lines, has_blank_nodes in _parts(session.target, file):
        ledger.renew()
        session.send(staging_name(file), lines, has_blank_nodes)


def _swap(
    session: Session, ledger: Ledger, todo: Sequence[GraphFile], gone: Sequence[str], late: set[str]
) -> list[str]:
    """Return the operations that put the staged graphs in service; one request, which most stores run as a whole."""
    profile, moves = session.target.profile, list[str]()
    for file in todo:
        moves += moving(profile, staging_name(file), file.name, file.triples)
    ours = {staging_name(file) for file in todo} - late
    notes = [*ledger.forget_staged(ours), *ledger.forget_staged(late, of_others=True)]
    drops = [operation for name in gone for operation in ledger.strike(name)]
    return [*moves, *drops, *notes, *ledger.record({file.name: Entry(file.digest, file.triples) for file in todo})]


def _verify(
    session: Session, ledger: Ledger, files: Sequence[GraphFile], progress: Progress
) -> tuple[compare.Difference, ...]:
    """Return how the store differs from the files; note which graphs do, so that a later run sends them again."""
    progress.step("verify")
    found = tuple(difference for file in files for difference in compare.compare(session, file))
    if lossy := {difference.graph for difference in found if difference.is_loss}:
        session.update(
            *ledger.record({file.name: Entry(DAMAGED, file.triples) for file in files if file.name in lossy})
        )
    return found


def _wrong(session: Session, files: Sequence[GraphFile]) -> list[GraphFile]:
    there = session.counts([file.name for file in files])
    return [file for file in files if there[file.name] != file.triples]
