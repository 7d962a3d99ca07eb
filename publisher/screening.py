"""Tell which files of a shard the reference engine has to look at: fast, and never too few.

Whatever is not plainly in order is suspect. What people read comes from the reference alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox
from pyoxigraph import Triple

from publisher.checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.constraints import Constraints
from publisher.facts import Fact, iri, write_lines
from publisher.infer import Background
from publisher.rulebook import Rulebook
from publisher.screen import compile_shapes
from publisher.screen_paths import Graph
from publisher.shacl import flagged
from publisher.shard import Loans, Shard
from publisher.shared import Shared
from publisher.sources import triples_of


class Stage:
    """The shapes of one stage and what is seen together with every shard, prepared once in each process."""

    def __init__(self, constraints: Constraints, ontology: Iterable[Triple], background: Iterable[Fact]) -> None:
        self._constraints = constraints
        self._screen = compile_shapes(constraints.shapes, ontology)
        self._background = Background(background)
        self._graph = Graph(self._background.facts)

    def faults(self, own: Iterable[Fact], lent: Iterable[Fact]) -> Iterator[str | None]:
        """Yield each node that may be at fault, in the facts or in what surrounds them; ``None`` if it is not told."""
        own, lent = tuple(own), tuple(lent)
        graph = Graph(own, Graph(lent, self._graph))
        yield from (node for node, _ in self._screen.flagged(graph))
        lines = write_lines((*own, *lent))
        if self._screen.left or self._screen.queries:  # not compiled: another engine runs all shapes
            found = flagged((write_lines(self._background.facts) + lines).encode(), self._constraints.shapes)
            yield from (None,) if found is None else found
        with self._background.store() as store:
            store.load(lines, format=ox.RdfFormat.N_TRIPLES)
            for row in self._constraints.rows(store):
                yield None if row[0] is None else str(row[0])


@dataclass(frozen=True)
class Surroundings:
    """What a shard is seen together with."""

    book: Rulebook
    shared: Shared

    @cached_property
    def asserted(self) -> Stage:
        """The shapes for what people wrote, on what they wrote of shared things."""
        return Stage(self.book.asserted, self._ontology, self._asserted)

    @cached_property
    def derived(self) -> Stage:
        """The shapes for that together with what follows from it."""
        return Stage(self.book.derived, self._ontology, (*self._asserted, *self.shared.inferred))

    @cached_property
    def others(self) -> frozenset[str]:
        """The things of other shards: whether they are at fault is not for this one to say."""
        return frozenset(fact[0] for fact in self._others)

    @property
    def _others(self) -> tuple[Fact, ...]:
        return (*self.shared.asserted, *self.shared.foreign)

    @property
    def _ontology(self) -> list[Triple]:
        return triples_of(self.book.workspace.ontology)

    @property
    def _asserted(self) -> tuple[Fact, ...]:
        return (*self.book.ontology, *self._others)


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
    lent = [fact for loan in borrowed.values() for fact in (*loan.asserted, *loan.near)]
    followed = [fact for loan in borrowed.values() for fact in loan.inferred]
    yield from around.asserted.faults(facts, lent)
    yield from around.derived.faults((*facts, *shard.inferred), (*lent, *followed))


def _term(focus: str) -> str:
    return iri(focus) if ":" in focus else f"_:{focus}"
