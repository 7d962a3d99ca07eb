"""Tell which files of a shard the reference engine has to look at: fast, and never too few.

Whatever is not plainly in order is suspect. What people read comes from the reference alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Triple

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
        self._asserted = _stage(book.asserted, ontology, asserted)
        self._derived = _stage(book.derived, ontology, (*asserted, *shared.inferred))
        self._followed = frozenset(p for _, p, _ in shared.inferred)
        self.others = frozenset(fact[0] for fact in (*shared.asserted, *shared.foreign))
        self._store = ox.Store()
        _load(self._store, asserted, _ASSERTED)
        _load(self._store, shared.inferred, _INFERRED)

    def faults(self, own: Sequence[Fact], inferred: Sequence[Fact], loans: Iterable[Loan]) -> Iterator[str | None]:
        """Yield each node that may be at fault, in the facts or around them; ``None`` where it is not told.

        What is looked at before and after inference, and cannot come out otherwise then, is looked at once.
        """
        loans = tuple(loans)
        lent = [fact for loan in loans for fact in (*loan.asserted, *loan.near)]
        followed = [*inferred, *(fact for loan in loans for fact in loan.inferred)]
        changed = self._followed.union([p for _, p, _ in followed])
        first, second = self._asserted, self._derived
        graphs: list[NodeGraph] = [_ASSERTED, ox.DefaultGraph()]
        try:
            _load(self._store, (*own, *lent))
            said = Graph(own, Graph(lent, first.graph))
            yield from first.faults(said, first.screen.flagged(said))
            yield from _first(first.constraints.rows(self._store, graphs))
            _load(self._store, followed)
            around = Graph((*lent, *(fact for loan in loans for fact in loan.inferred)), second.graph)
            known = said.grown(inferred, around)
            yield from second.faults(
                known, second.screen.flagged(known, said, second.screen.settled(first.screen, changed))
            )
            settled = second.constraints.settled(first.constraints, changed)
            yield from _first(second.constraints.rows(self._store, [*graphs, _INFERRED], settled))
        finally:
            self._store.clear_graph(ox.DefaultGraph())


@dataclass(frozen=True)
class _Stage:
    constraints: Constraints
    screen: Screen
    background: tuple[Fact, ...]
    graph: Graph

    def faults(self, graph: Graph, found: Iterable[tuple[str, str]]) -> Iterator[str | None]:
        """Yield the nodes that were found, and, where shapes are not compiled, those that another engine finds."""
        yield from (node for node, _ in found)
        if self.screen.left:
            lent = graph.shared.facts if graph.shared else ()
            flags = flagged(write_lines((*self.background, *graph.facts, *lent)).encode(), self.constraints.shapes)
            yield from (None,) if flags is None else flags


def _stage(constraints: Constraints, ontology: list[Triple], facts: tuple[Fact, ...]) -> _Stage:
    return _Stage(constraints, compile_shapes(constraints.shapes, ontology), facts, Graph(facts))


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
