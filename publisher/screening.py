"""Tell which files of a shard the reference engine has to look at: fast, and never too few.

Whatever is not plainly in order is suspect. What people read comes from the reference alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from publisher.checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.constraints import Constraints
from publisher.constraints import Graph as NodeGraph
from publisher.facts import Fact, iri, write_lines
from publisher.rulebook import Rulebook
from publisher.screen import Screen, compile_shapes
from publisher.screen_paths import Graph
from publisher.shacl import flagged
from publisher.shard import Loan, Loans, Shard
from publisher.shared import Shared
from publisher.sources import triples_of
from publisher.vocab import Term

_ASSERTED: Final = ox.NamedNode("urn:x-publisher:asserted")
_INFERRED: Final = ox.NamedNode("urn:x-publisher:inferred")


class Surroundings:
    """What a shard is seen together with, and the shapes, prepared once in each process."""

    def __init__(self, book: Rulebook, shared: Shared) -> None:
        self.book, self.shared = book, shared
        asserted = (*book.ontology, *shared.asserted, *shared.foreign)
        ontology = triples_of(book.workspace.ontology)
        self._stages = tuple(
            _Stage(constraints, compile_shapes(constraints.shapes, ontology), facts, Graph(facts))
            for constraints, facts in ((book.asserted, asserted), (book.derived, (*asserted, *shared.inferred)))
        )
        self.others = frozenset(fact[0] for fact in (*shared.asserted, *shared.foreign))
        self._store = ox.Store()
        _load(self._store, asserted, _ASSERTED)
        _load(self._store, shared.inferred, _INFERRED)

    def faults(self, own: Iterable[Fact], inferred: Iterable[Fact], loans: Iterable[Loan]) -> Iterator[str | None]:
        """Yield each node that may be at fault, in the facts or around them; ``None`` where it is not told."""
        loans = tuple(loans)
        lent = [fact for loan in loans for fact in (*loan.asserted, *loan.near)]
        followed = [fact for loan in loans for fact in loan.inferred]
        asserted, derived = self._stages
        graphs: list[NodeGraph] = [_ASSERTED, ox.DefaultGraph()]
        try:
            _load(self._store, (*own, *lent))
            yield from asserted.faults(own, lent)
            yield from _first(asserted.constraints.rows(self._store, graphs))
            _load(self._store, (*inferred, *followed))
            yield from derived.faults((*own, *inferred), (*lent, *followed))
            yield from _first(derived.constraints.rows(self._store, [*graphs, _INFERRED]))
        finally:
            self._store.clear_graph(ox.DefaultGraph())


@dataclass(frozen=True)
class _Stage:
    constraints: Constraints
    screen: Screen
    background: tuple[Fact, ...]
    graph: Graph

    def faults(self, own: Iterable[Fact], lent: Iterable[Fact]) -> Iterator[str | None]:
        graph = Graph(own, Graph(lent, self.graph))
        yield from (node for node, _ in self.screen.flagged(graph))
        if self.screen.left:  # not compiled: another engine runs all shapes
            found = flagged(write_lines((*self.background, *own, *lent)).encode(), self.constraints.shapes)
            yield from (None,) if found is None else found


def _load(store: ox.Store, facts: Iterable[Fact], graph: ox.NamedNode | None = None) -> None:
    store.load(write_lines(facts), format=ox.RdfFormat.N_TRIPLES, to_graph=graph)


def _first(rows: Iterator[tuple[Term | None, ...]]) -> Iterator[str | None]:
    return (None if row[0] is None else str(row[0]) for row in rows)


def suspects(shard: Shard, around: Surroundings, borrowed: Loans) -> tuple[str, ...]:
    """Return the paths of the files of a shard that may break a constraint; all of them when it cannot be told.

    ``borrowed`` is what other shards say of the things of theirs that this one names.
    """
    found = _faults(shard, around, borrowed)
    others = {*around.others, *borrowed, *(fact[0] for loan in borrowed.values() for fact in loan.near)}
    nodes = {node for node in found if node in shard.subjects or node not in others}
    if not nodes:
        return ()
    if not nodes <= shard.subjects:
        return shard.paths
    return tuple(path for path, facts in shard.by_path() if any(fact[0] in nodes for fact in facts))


def _faults(shard: Shard, around: Surroundings, borrowed: Loans) -> Iterator[str | None]:
    near = {fact[0] for loan in borrowed.values() for fact in loan.near}
    facts, described = shard.asserted, shard.subjects | around.shared.subjects | borrowed.keys() | near
    checks = (
        check_lexical_forms(facts),
        check_references(facts, around.book.config.things, described),
        check_edtf_bounds(facts),
    )
    for check in checks:
        yield from (_term(finding.focus) for finding in check)
    yield from around.faults(facts, shard.inferred, borrowed.values())


def _term(focus: str) -> str:
    return iri(focus) if ":" in focus else f"_:{focus}"
