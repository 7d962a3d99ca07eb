"""Turn the older dataset that a store holds into the newer one, by sending no more than what differs.

The store is asked first whether it holds the older one. Graphs with small changes get them in place, all others are
staged and moved, in the same request. A run that was interrupted goes on, or is mended by a load.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from publisher.dump.reader import GraphFile, Spool, has_blank_node
from publisher.errors import EndpointError
from publisher.http import Wire
from publisher.load.client import Session
from publisher.load.ledger import Ledger, staging_name
from publisher.load.load import leave, open_session, spooled
from publisher.load.profiles import Target
from publisher.load.staging import put_in_service, stage, tidy, wrong_ones
from publisher.progress import SILENT, Progress
from publisher.rdf.digest import GraphDigest
from publisher.workspace.config import Config


@dataclass(frozen=True)
class Migrated:
    """What was done to a store: the graphs changed in place, replaced and removed, and triples changed in place."""

    target: Target
    changed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    taken: int = 0
    added: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether the store held the newer dataset already."""
        return not (self.changed or self.replaced or self.removed)


@dataclass(frozen=True)
class Delta:
    """The lines of N-Triples that a graph loses and gets; none has a blank node."""

    file: GraphFile
    removed: frozenset[bytes]
    added: frozenset[bytes]

    @property
    def size(self) -> int:
        """The number of triples."""
        return len(self.removed) + len(self.added)


def migrate(
    config: Config, old: Path, new: Path, target: Target, timeout: float, *, progress: Progress = SILENT
) -> Migrated:
    """Make a store that holds ``old`` hold ``new`` (folders, or files of N-Quads) and return what was done.

    Raises ``EndpointError``, before anything is changed, when the store was not given ``old``, and when it fails.
    """
    with (
        tempfile.TemporaryDirectory(prefix="publisher-load-") as name,
        Wire(target.credentials, timeout, hangs_up=target.profile.hangs_up) as wire,
    ):
        before, after = (_spooled(config, dist, Path(name) / place) for dist, place in ((old, "old"), (new, "new")))
        session = open_session(target, wire, timeout)
        ledger = Ledger(session, config.graph("load"), timeout)
        ledger.lock()
        try:
            return _migrate(session, ledger, before, after, progress)
        finally:
            leave(ledger)


def _spooled(config: Config, dist: Path, folder: Path) -> Spool:
    folder.mkdir()
    return spooled(config, dist, folder)


def _migrate(session: Session, ledger: Ledger, before: Spool, after: Spool, progress: Progress) -> Migrated:
    known = ledger.entries()
    _check(session.target, known, before, after)
    todo = after.files(graph.name for graph in after.graphs if known.get(graph.name) != graph.digest)
    gone = sorted(known.keys() - set(after.names))
    if not todo and not gone:
        return Migrated(session.target)
    deltas = _deltas(session, before, todo)
    small = {delta.file.name for delta in deltas}
    whole = [file for file in todo if file.name not in small]
    late = tidy(session, ledger, whole)
    stage(session, ledger, {staging_name(file): file for file in whole}, progress)
    progress.step("change")
    _change(session, ledger, deltas, whole, gone, late, progress)
    mended = _mend(session, ledger, todo, progress)
    return Migrated(
        session.target,
        tuple(sorted(small - mended)),
        tuple(sorted({file.name for file in whole} | mended)),
        tuple(gone),
        sum(len(delta.removed) for delta in deltas),
        sum(len(delta.added) for delta in deltas),
    )


def _check(target: Target, known: Mapping[str, GraphDigest], before: Spool, after: Spool) -> None:
    """Refuse a store some graph of which is neither the older nor, after an interruption, the newer one."""
    old, new = ({graph.name: graph.digest for graph in found.graphs} for found in (before, after))
    names = sorted(known.keys() | old.keys() | new.keys())
    if strange := [name for name in names if known.get(name) not in (old.get(name), new.get(name))]:
        raise EndpointError(
            f"{target.name}: does not hold the older dataset: {len(strange)} graphs, such as <{strange[0]}>, were last "
            "loaded with other content, or not at all; nothing was changed. Use 'publisher load --sync' instead"
        )


def _deltas(session: Session, before: Spool, todo: Sequence[GraphFile]) -> list[Delta]:
    """Return the changes for one request: the smallest, of graphs that are as they were loaded."""
    there = session.counts(file.name for file in todo)
    loaded = {graph.name for graph in before.graphs if there.get(graph.name) == graph.triples}
    new = [file for file in todo if file.name in loaded]
    old = before.files(file.name for file in new)
    found = [delta for pair in zip(old, new, strict=True) if (delta := _delta(*pair))]
    left, small = session.target.profile.batch, []
    for delta in sorted(found, key=lambda delta: delta.size):
        left -= delta.size
        if left >= 0:
            small.append(delta)
    return small


def _delta(old: GraphFile, new: GraphFile) -> Delta | None:
    """Return what differs, unless blank nodes do: an update cannot name them (SPARQL 1.1 Update, section 3.1.2)."""
    before, after = (frozenset(file) for file in (old, new))
    if any(has_blank_node(line) for line in before ^ after):
        return None
    return Delta(new, before - after, after - before)


def _change(
    session: Session,
    ledger: Ledger,
    deltas: Sequence[Delta],
    whole: Sequence[GraphFile],
    gone: Sequence[str],
    late: Set[str],
    progress: Progress,
) -> None:
    """Send one request; further ones only move what is more than a store can move in one, and tidy up."""
    changes = [
        *_data("DELETE", ((delta.file.name, delta.removed) for delta in deltas)),
        *_data("INSERT", ((delta.file.name, delta.added) for delta in deltas)),
        *ledger.record({delta.file.name: delta.file.digest for delta in deltas}),
    ]
    put_in_service(session, ledger, whole, gone, late, progress, also=changes)


def _data(verb: str, changes: Iterable[tuple[str, frozenset[bytes]]]) -> list[str]:
    blocks = [f"GRAPH <{name}> {{\n{b''.join(sorted(lines)).decode()}}}" for name, lines in changes if lines]
    return [f"{verb} DATA {{ {' '.join(blocks)} }}"] if blocks else []


def _mend(session: Session, ledger: Ledger, todo: Sequence[GraphFile], progress: Progress) -> set[str]:
    """Replace the graphs whose number of triples is wrong: stores that write values anew may not find them again."""
    wrong = wrong_ones(session, todo)
    late = tidy(session, ledger, wrong)
    stage(session, ledger, {staging_name(file): file for file in wrong}, progress)
    put_in_service(session, ledger, wrong, [], late, progress)
    for file in wrong_ones(session, wrong):
        raise EndpointError(
            f"{session.target.name}: graph <{file.name}> should hold {file.triples} triples and does not; "
            "somebody else changes it: run 'publisher load --sync'"
        )
    return {file.name for file in wrong}
