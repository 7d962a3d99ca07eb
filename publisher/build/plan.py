"""Hold which shapes and rules are evaluated part by part, which over the whole, and what they read.

A shape or rule is ``own`` when it reads the triples of one thing, ``forward`` when it follows a bounded number of steps
from there, and ``global`` otherwise. The types of things and the ontology are at hand in every part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from publisher.infer import Schema
from publisher.rdf.ntriples import iri
from publisher.rdf.vocab import RDF

# Stands for any predicate, and TYPE alone for any class.
ANY: Final = "*"
TYPE: Final = iri(RDF.type.value)
# Before a predicate: things in the data describe a triple with it by rdf:subject, rdf:predicate and rdf:object.
REIFIED: Final = "reified "
# Stands for the triples that name a blank node.
BLANK: Final = "blank"

Kind = Literal["shape", "query", "rule"]
Level = Literal["own", "forward", "global"]


@dataclass(frozen=True)
class Unit:
    """A shape with a target, a property shape of it, or a rule; with all that it reads, as ``Reads`` has it.

    ``kind`` is ``query`` for a query over the dataset that has no focus node: its results belong to the ``anchor``.
    """

    name: str
    of: str
    kind: Kind
    level: Level
    reads: tuple[str, ...]
    beyond: tuple[str, ...]
    depth: int
    anchor: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The levels of all shapes and rules of a workspace, for data with a given signature."""

    units: tuple[Unit, ...]

    @property
    def beyond(self) -> frozenset[str]:
        """The predicates that shapes read of things of other parts; ``ANY`` for all."""
        return frozenset(key for unit in self._local_shapes for key in unit.beyond)

    @property
    def depth(self) -> int:
        """How many steps from a thing shapes look, at most."""
        return max((unit.depth for unit in self._local_shapes), default=0)

    @property
    def _local_shapes(self) -> list[Unit]:
        return [unit for unit in self.units if unit.kind != "rule" and unit.level != "global"]

    @property
    def whole(self) -> frozenset[str]:
        """The keys of the triples that global shapes read."""
        shapes = (unit for unit in self.units if unit.kind != "rule" and unit.level == "global")
        return frozenset(key for unit in shapes for key in unit.reads)

    @property
    def global_rules(self) -> tuple[Unit, ...]:
        """The rules that are evaluated over the whole."""
        return tuple(unit for unit in self.units if unit.kind == "rule" and unit.level == "global")

    @property
    def local_rules(self) -> frozenset[str]:
        """The predicates that the other rules read; ``ANY`` for all."""
        return _predicates(unit for unit in self.units if unit.kind == "rule" and unit.level != "global")

    @property
    def whole_rules(self) -> frozenset[str]:
        """The predicates that global rules read; ``ANY`` for all."""
        return _predicates(self.global_rules)

    def write(self) -> list[dict[str, Any]]:
        """Return the plan as values that JSON can hold."""
        return [asdict(unit) for unit in self.units]


def read_plan(values: list[dict[str, Any]]) -> Plan:
    """Return the plan that ``Plan.write`` returned."""
    rows: list[dict[str, Any]] = [{k: tuple(v) if type(v) is list else v for k, v in one.items()} for one in values]
    return Plan(tuple(Unit(**row) for row in rows))


def with_subclasses(keys: Iterable[str], schema: Schema) -> set[str]:
    """Return keys with those of the instances of subclasses."""
    subclasses = {f"a {s}" for s, above in schema.superclasses.items() if any(f"a {c}" in keys for c in above)}
    return subclasses.union(keys)


def _predicates(units: Iterable[Unit]) -> frozenset[str]:
    return frozenset(TYPE if key.startswith("a ") else key for unit in units for key in unit.reads)


def key_text(key: str) -> str:
    """Return in words what a pattern reads."""
    return "any predicate" if key == ANY else "the types of things" if key == TYPE else key


def plan_text(plan: Plan, shorten: Callable[[str], str] = str) -> str:
    """Return a line for each shape and rule with its level, and why; ``shorten`` abbreviates an IRI in brackets."""
    lines = []
    for unit in sorted(plan.units, key=lambda u: (u.kind == "rule", u.name)):
        reason = "; ".join(unit.reasons) or (f"reads of other things {', '.join(unit.beyond)}" if unit.beyond else "")
        lines.append(f"{unit.level:<8}{shorten(unit.name)}{': ' + shorten(reason) if reason else ''}")
    return "\n".join(lines)
