"""Run the constraints that are one query over the whole data graph (SHACL, 5): ``sh:sparql`` on a ``sh:targetNode``.

Such a query runs once and not once for each thing; it returns the thing at fault as ``?value``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple, Variable

from publisher.rdf.sparql import named_iris, predicates_read, union_predicates
from publisher.rdf.vocab import OWL, RDF, RDFS, SH, Term, plain
from publisher.workspace.sources import Source, triples_of

# What a shape may have besides its query and its target, without constraining anything.
_SILENT: Final = frozenset((RDF.type, RDFS.label, RDFS.comment, SH.severity, SH.message, SH.name, SH.description))
Graph = NamedNode | BlankNode | DefaultGraph

_VALUE: Final = "value"
_THIS: Final = "this"


@dataclass(frozen=True)
class Constraint:
    """A query, the node that it is about, and the shape that has it."""

    shape: str
    query: str
    this: Term


@dataclass(frozen=True)
class Constraints:
    """Queries with the prefixes that they use; ``shapes`` are the triples of the shapes that are none."""

    queries: tuple[Constraint, ...]
    prefixes: dict[str, str]
    shapes: tuple[Triple, ...]

    @property
    def named(self) -> frozenset[str]:
        """The IRIs that the queries name, as terms of N-Triples."""
        return frozenset(name for constraint in self.queries for name in named_iris(constraint.query, self.prefixes))

    @property
    def reads(self) -> frozenset[str] | None:
        """The predicates that the queries may look at, and perhaps other IRIs; ``None`` when they may look at any."""
        return union_predicates(predicates_read(constraint.query, self.prefixes) for constraint in self.queries)

    def settled(self, before: Constraints, changed: frozenset[str]) -> frozenset[Constraint]:
        """Return the queries that ``before`` has too, and that look at none of the predicates ``changed``."""
        return frozenset(
            constraint
            for constraint in set(self.queries) & set(before.queries)
            if (looked_at := predicates_read(constraint.query, self.prefixes)) is not None
            and changed.isdisjoint(looked_at)
        )

    def rows(
        self, store: ox.Store, graphs: list[Graph], settled: frozenset[Constraint] = frozenset()
    ) -> Iterator[tuple[Term | None, ...]]:
        """Yield what the queries return: the thing at fault, or ``None`` where it is not told, then all others.

        The data graph is the union of some graphs of the store. Queries that are ``settled`` are left out.
        """
        for constraint in self.queries:
            if constraint in settled:
                continue
            results = cast(
                "ox.QuerySolutions",
                store.query(
                    constraint.query,
                    prefixes=self.prefixes,
                    default_graph=graphs,
                    substitutions={Variable(_THIS): constraint.this},
                ),
            )
            names = [v.value for v in results.variables]
            others = [name for name in names if name not in (_VALUE, _THIS)]
            for row in results:
                yield (row[_VALUE] if _VALUE in names else None, *(row[name] for name in others))


def split(stage: tuple[Source, ...], all_shapes: tuple[Source, ...]) -> Constraints:
    """Return the constraints of a stage that are one query, and its other shapes; ``all_shapes`` declare prefixes."""
    triples = triples_of(stage)
    by_subject: dict[Term, list[Triple]] = {}
    for t in triples:
        by_subject.setdefault(t.subject, []).append(t)
    queries, taken = [], set()
    for node, described in by_subject.items():
        if found := _constraint(node, described, by_subject):
            queries.append(found[0])
            taken |= {node, found[1]}
    rest = tuple(t for t in triples if t.subject not in taken)
    if any(t.object in taken for t in rest):  # a query shape that another shape refers to
        return Constraints((), {}, tuple(triples))
    return Constraints(tuple(sorted(queries, key=lambda c: c.shape)), _prefixes(all_shapes), rest)


def _constraint(
    node: Term, described: list[Triple], by_subject: dict[Term, list[Triple]]
) -> tuple[Constraint, Term] | None:
    targets = [t.object for t in described if t.predicate == SH.targetNode]
    queries = [t.object for t in described if t.predicate == SH.sparql]
    others = [t for t in described if t.predicate not in (SH.targetNode, SH.sparql, *_SILENT)]
    if len(targets) != 1 or len(queries) != 1 or others or any(t.object == OWL.Class for t in described):
        return None
    parts = by_subject.get(queries[0], [])
    texts = [t.object for t in parts if t.predicate == SH.select]
    odd = [t for t in parts if t.predicate not in (SH.select, SH.prefixes, *_SILENT)]
    if len(texts) != 1 or odd or not isinstance(texts[0], Literal):
        return None
    return Constraint(plain(node), texts[0].value, targets[0]), queries[0]


def _prefixes(shapes: tuple[Source, ...]) -> dict[str, str]:
    """Return what sh:declare declares (SHACL, 5.2.1)."""
    names: dict[Term, str] = {}
    namespaces: dict[Term, str] = {}
    for t in triples_of(shapes):
        if t.predicate == SH.prefix:
            names[t.subject] = plain(t.object)
        elif t.predicate == SH.namespace:
            namespaces[t.subject] = plain(t.object)
    return {name: namespaces[node] for node, name in names.items() if node in namespaces}
