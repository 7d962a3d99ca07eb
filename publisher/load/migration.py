"""Turn the older dataset that a store holds into a newer one, sending only what differs.

The store is first asked whether it holds the older dataset. Graphs with small changes are changed in place, all others
are staged and swapped in, in the same request. A migration that was interrupted can be repeated, or mended by a load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from publisher.errors import EndpointError
from publisher.load.client import StoreClient
from publisher.load.graphs import GraphFile, GraphSet, has_blank_node
from publisher.load.ledger import Ledger
from publisher.load.profiles import Target
from publisher.load.staging import Transaction, begin, ensure_counts, replace, wrong_counts
from publisher.load.transfer import opened_dataset
from publisher.progress import SILENT, Progress
from publisher.rdf.digest import GraphDigest
from publisher.workspace.config import Config


@dataclass(frozen=True)
class MigrationResult:
    """What a migration did: the names of the graphs changed in place, replaced and removed.

    The two numbers are those of the triples of the graphs changed in place.
    """

    target: Target
    changed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    triples_removed: int = 0
    triples_added: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the store held the newer dataset already."""
        return not (self.changed or self.replaced or self.removed)


@dataclass(frozen=True)
class GraphDelta:
    """The lines of N-Triples to remove from a graph and to add to it; none has a blank node."""

    file: GraphFile
    removed: frozenset[bytes]
    added: frozenset[bytes]

    @property
    def size(self) -> int:
        """The number of triples."""
        return len(self.removed) + len(self.added)


def migrate(
    config: Config, old: Path, new: Path, target: Target, timeout: float, *, progress: Progress = SILENT
) -> MigrationResult:
    """Make a store that holds the dataset ``old`` hold ``new``; ``timeout`` is in seconds, for each request.

    Both are published folders or files of RDF. Raises ``EndpointError``, before anything is changed, when the store
    does not hold ``old``, and when it fails.
    """
    progress.step("read the datasets")
    with (
        opened_dataset(config, old) as before,
        opened_dataset(config, new) as after,
        begin(config, target, after, timeout, progress) as transaction,
    ):
        return _migrate(transaction, before)


def _migrate(transaction: Transaction, before: GraphSet) -> MigrationResult:
    client, after = transaction.client, transaction.graphs
    transaction.progress.step("compare with the ledger")
    entries = transaction.ledger.entries()
    _ensure_holds(client.target, entries, before, after)
    files = after.files(graph.name for graph in after.graphs if entries.get(graph.name) != graph.digest)
    removed = sorted(entries.keys() - set(after.names))
    if not files and not removed:
        return MigrationResult(client.target)
    deltas = _deltas(client, before, files)
    changed = {delta.file.name for delta in deltas}
    replaced = [file for file in files if file.name not in changed]
    transaction.progress.step("change graphs")
    replace(transaction, replaced, removed, also=_change_operations(transaction.ledger, deltas))
    # a store that changes the lexical form of values may not find the triples that it should delete
    by_name = {file.name: file for file in files}
    mended = wrong_counts(client, by_name, after).keys()
    replace(transaction, [by_name[name] for name in mended])
    ensure_counts(transaction, {name: by_name[name] for name in mended})
    return MigrationResult(
        client.target,
        changed=tuple(sorted(changed - mended)),
        replaced=tuple(sorted({file.name for file in replaced} | mended)),
        removed=tuple(removed),
        triples_removed=sum(len(delta.removed) for delta in deltas),
        triples_added=sum(len(delta.added) for delta in deltas),
    )


def _ensure_holds(target: Target, entries: Mapping[str, GraphDigest], before: GraphSet, after: GraphSet) -> None:
    """Raise ``EndpointError`` when a graph is neither the older nor, after an interruption, the newer one."""
    old, new = ({graph.name: graph.digest for graph in graphs.graphs} for graphs in (before, after))
    names = sorted(entries.keys() | old.keys() | new.keys())
    if others := [name for name in names if entries.get(name) not in (old.get(name), new.get(name))]:
        raise EndpointError(
            f"{target.name}: does not hold the older dataset: {len(others)} graphs, such as <{others[0]}>, were last "
            "loaded with other content, or not at all; nothing was changed. Use 'publisher load --sync' instead"
        )


def _deltas(client: StoreClient, before: GraphSet, files: Sequence[GraphFile]) -> list[GraphDelta]:
    """Return the smallest changes, as many as one update holds, of graphs whose count is that of the older dataset."""
    counts = client.counts(file.name for file in files)
    intact = {graph.name for graph in before.graphs if counts.get(graph.name) == graph.triples}
    new = [file for file in files if file.name in intact]
    old = before.files(file.name for file in new)
    candidates = [delta for pair in zip(old, new, strict=True) if (delta := _delta(*pair))]
    smallest = sorted(candidates, key=lambda delta: delta.size)
    totals = accumulate(delta.size for delta in smallest)
    return [delta for delta, total in zip(smallest, totals, strict=True) if total <= client.target.profile.update_size]


def _delta(old: GraphFile, new: GraphFile) -> GraphDelta | None:
    """Return the difference, unless it has blank nodes: an update cannot name them (SPARQL 1.1 Update, 3.1.2)."""
    before, after = (frozenset(file) for file in (old, new))
    if any(has_blank_node(line) for line in before ^ after):
        return None
    return GraphDelta(new, before - after, after - before)


def _change_operations(ledger: Ledger, deltas: Sequence[GraphDelta]) -> list[str]:
    return [
        *_data("DELETE", ((delta.file.name, delta.removed) for delta in deltas)),
        *_data("INSERT", ((delta.file.name, delta.added) for delta in deltas)),
        *ledger.record({delta.file.name: delta.file.digest for delta in deltas}),
    ]


def _data(verb: str, changes: Iterable[tuple[str, frozenset[bytes]]]) -> list[str]:
    graphs = [f"GRAPH <{name}> {{\n{b''.join(sorted(lines)).decode()}}}" for name, lines in changes if lines]
    return [f"{verb} DATA {{ {' '.join(graphs)} }}"] if graphs else []
