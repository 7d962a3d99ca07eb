"""Tell which files of a shard the reference engine has to look at: fast, and never too few.

Whatever is not plainly in order is suspect. What people read comes from the reference alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from publisher.build.context import Rulebook
from publisher.build.screen.paths import Graph
from publisher.build.screen.screen import Screen, compile_shapes
from publisher.build.shard import Loan, Loans, Shard
from publisher.build.shared import Shared
from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples, iri
from publisher.rdf.overlay import Overlay
from publisher.rdf.vocab import Term
from publisher.validate.engines.screening import flagged
from publisher.validate.sparql_constraints import Constraints
from publisher.validate.sparql_constraints import Graph as NodeGraph
from publisher.validate.value_checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.workspace.sources import triples_of

_ASSERTED: Final = ox.NamedNode("urn:x-publisher:asserted")
_INFERRED: Final = ox.NamedNode("urn:x-publisher:inferred")


class Surroundings:
    """What a shard is seen together with, and the shapes, prepared once in each process.

    Of the facts about shared things, which are more the more articles there are, no Python object is kept that no shape
    looks at; the queries find all of them in a store. ``provide`` reads them, whenever that is made anew.
    """

    def __init__(self, book: Rulebook, provide: Callable[[], Shared]) -> None:
        shared = provide()
        self.book, self.subjects = book, shared.subjects
        self.others = frozenset(fact[0] for fact in (*shared.asserted, *shared.foreign))
        self._followed = frozenset(p for _, p, _ in shared.inferred)
        ontology = triples_of(book.workspace.ontology)
        asserted = (*book.ontology, *shared.asserted, *shared.foreign)
        screens = [compile_shapes(constraints.shapes, ontology) for constraints in (book.asserted, book.derived)]
        reads = [screen.reads for screen in screens]
        seen = None if None in reads else frozenset[str]().union(*(names or () for names in reads))
        around = Graph(fact for fact in asserted if seen is None or fact[1] in seen)
        after = around.grown(fact for fact in shared.inferred if seen is None or fact[1] in seen)
        self._asserted = _Stage(book.asserted, screens[0], around)
        self._derived = _Stage(book.derived, screens[1], after)
        del shared, around, after
        said = NTriplesBuffer.of(asserted)
        self._overlay = Overlay(lambda: {_ASSERTED: said, _INFERRED: provide().inferred})

    def faults(
        self, own: Sequence[NTriple], inferred: Sequence[NTriple], loans: Iterable[Loan]
    ) -> Iterator[str | None]:
        """Yield each node that may be at fault, in the facts or around them; ``None`` where it is not told.

        What is looked at before and after inference, and cannot come out otherwise then, is looked at once.
        """
        loans = tuple(loans)
        lent = [fact for loan in loans for fact in (*loan.asserted, *loan.near)]
        followed = [*inferred, *(fact for loan in loans for fact in loan.inferred)]
        changed = self._followed.union([p for _, p, _ in followed])
        first, second = self._asserted, self._derived
        graphs: list[NodeGraph] = [_ASSERTED, ox.DefaultGraph()]
        with self._overlay.store() as store:
            self._overlay.add((*own, *lent))
            said = Graph(own, Graph(lent, first.graph))
            yield from first.faults(said, first.screen.flagged(said))
            yield from _first(first.constraints.rows(store, graphs))
            self._overlay.add(followed)
            around = Graph((*lent, *(fact for loan in loans for fact in loan.inferred)), second.graph)
            known = said.grown(inferred, around)
            settled = second.screen.settled(first.screen, changed)
            yield from second.faults(known, second.screen.flagged(known, said, settled))
            done = second.constraints.settled(first.constraints, changed)
            yield from _first(second.constraints.rows(store, [*graphs, _INFERRED], done))


@dataclass(frozen=True)
class _Stage:
    constraints: Constraints
    screen: Screen
    graph: Graph

    def faults(self, graph: Graph, found: Iterable[tuple[str, str]]) -> Iterator[str | None]:
        """Yield the nodes that were found, and, where shapes are not compiled, those that another engine finds."""
        yield from (node for node, _ in found)
        if self.screen.left:
            lent = graph.shared.facts if graph.shared else ()
            facts = (*self.graph.facts, *graph.facts, *lent)
            flags = flagged(format_ntriples(facts).encode(), self.constraints.shapes)
            yield from (None,) if flags is None else flags


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
    facts, described = shard.asserted, shard.subjects | around.subjects | borrowed.keys() | near
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
