"""Hold which shapes and rules are evaluated part by part, which over the whole, and divide the shapes by that.

A shape or rule is ``own`` when it reads the triples of one thing, ``forward`` when it follows a bounded number of steps
from there, and ``global`` otherwise. The types of things and the ontology are at hand in every part.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.infer import Schema
from publisher.rdf.hierarchy import reachable
from publisher.rdf.ntriples import iri
from publisher.rdf.sparql import tokenize
from publisher.rdf.vocab import RDF, RDFS, SH, Term, plain
from publisher.validate.engines.shapes_graph import TARGETS, ShapesGraph, prefixes_of

# Stands for any predicate, and TYPE alone for any class.
ANY: Final = "*"
TYPE: Final = iri(RDF.type.value)
# Before a predicate: things in the data describe a triple with it by rdf:subject, rdf:predicate and rdf:object.
REIFIED: Final = "reified "
# Stands for the triples that name a blank node.
BLANK: Final = "blank"
_PREDICATE: Final = iri(RDF.predicate.value)

# In the data of a part these triples name the things that another one owns.
PART: Final = NamedNode("urn:x-publisher:part")
LACKS: Final = NamedNode("urn:x-publisher:lacks")

Kind = Literal["shape", "query", "rule"]
Level = Literal["own", "forward", "global"]


class Signature:
    """The predicates and classes that some triples have, as keys; ``answers`` has what was asked of it."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = frozenset(keys)
        self.answers: dict[str, Any] = {}

    def answer(self, question: str) -> Any:
        """Return whether a pattern with a key may read such triples; for ``REIFIED``, all predicates after it."""
        self.answers[question] = answer = self._reified() if question == REIFIED else self._has(question)
        return answer

    def reads(self, key: str) -> bool:
        """Tell whether what a pattern reads may be among these triples."""
        return bool(self.answer(key))

    @property
    def reified(self) -> set[str]:
        """The predicates of the triples that things may describe by rdf:subject, rdf:predicate and rdf:object."""
        return set(self.answer(REIFIED))

    def _reified(self) -> list[str]:
        return (
            [ANY] if ANY in self.keys else sorted(k.removeprefix(REIFIED) for k in self.keys if k.startswith(REIFIED))
        )

    def _has(self, key: str) -> bool:
        if key == ANY:
            return bool(self.keys)
        if ANY in self.keys or key in self.keys or (key.startswith("a ") and TYPE in self.keys):
            return True
        return key == TYPE and any(one.startswith("a ") for one in self.keys)


def close_signature(keys: Iterable[str], schema: Schema) -> Signature:
    """Return the signature of triples with these keys and of all that follows from them by the schema."""
    closed, pending = set[str](), set(keys)
    while pending:
        key = pending.pop()
        closed.add(key)
        new = {f"a {c}" for c in schema.superclasses.get(key[2:], ())} if key.startswith("a ") else set[str]()
        for table in (schema.superproperties, schema.inverses):
            new.update(table.get(key, ()))
        for table in (schema.domains, schema.ranges):
            new.update(f"a {c}" for c in table.get(key, ()))
        if key == ANY:
            new.add(TYPE)
        if _PREDICATE in new:
            new.add(REIFIED + ANY)
        pending |= new - closed
    return Signature(closed)


def signatures(keys: Iterable[str], derived: Iterable[str], schema: Schema) -> tuple[Signature, Signature]:
    """Return the signature of data with these ``keys`` and of all that follows, and that of what others may derive.

    ``derived`` is what rules derive: like what axioms derive of objects, it may be about a thing of another part.
    """
    stated = close_signature({*keys, *derived}, schema)
    inverses = {q for p, others in schema.inverses.items() if p in stated.keys for q in others}
    classes = {f"a {c}" for p, ranges in schema.ranges.items() if p in stated.keys for c in ranges}
    objects = inverses | classes | (schema.transitive & stated.keys) | ({ANY} & stated.keys)
    return stated, close_signature(objects.union(derived), schema)


@dataclass
class Reads:
    """What an evaluation reads: ``keys`` anywhere, ``beyond`` the predicates of other things than the anchor.

    ``types`` are the classes of other things, which a part has where it is validated, but not where it is inferred.
    ``depth`` is the largest number of steps from the anchor to a thing that is read. ``negated`` are the keys of
    patterns whose absence matters. With ``reasons`` it reads more than can be reached, and needs the whole.
    """

    keys: set[str] = field(default_factory=set)
    beyond: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    negated: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)
    depth: int = 0
    anchor: str = ""

    def read(self, key: str, depth: int) -> None:
        """Note that a pattern reads ``key`` of a thing ``depth`` steps away."""
        self.keys.add(key)
        self.depth = max(self.depth, depth)
        if depth:
            (self.types if key == TYPE or key.startswith("a ") else self.beyond).add(key)

    def fail(self, reason: str) -> None:
        """Note why the evaluation needs the whole."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def add(self, other: Reads) -> None:
        """Take over all that ``other`` reads."""
        self.keys |= other.keys
        self.beyond |= other.beyond
        self.types |= other.types
        self.negated |= other.negated
        self.depth = max(self.depth, other.depth)
        for reason in other.reasons:
            self.fail(reason)


@dataclass(frozen=True)
class Unit:
    """A shape with a target, a property shape ``of`` it, or a rule; and what it reads.

    ``kind`` is ``query`` for a query over the dataset that has no focus node: its results belong to the anchor.
    """

    name: str
    of: str
    kind: Kind
    reads: Reads

    @property
    def level(self) -> Level:
        """Where it is evaluated."""
        return "global" if self.reads.reasons else "forward" if self.reads.beyond else "own"

    def keys(self, schema: Schema) -> list[str]:
        """Return the keys of the triples that it reads, also those of instances of subclasses; ``ANY`` for all."""
        keys = self.reads.keys
        below = {f"a {s}" for s, above in schema.superclasses.items() if any(f"a {c}" in keys for c in above)}
        return [ANY] if ANY in keys else sorted(keys | below)


@dataclass(frozen=True)
class Plan:
    """The levels of all shapes and rules of a workspace, for data with a given signature."""

    units: tuple[Unit, ...]

    def select(self, *, are_rules: bool, are_global: bool) -> list[Unit]:
        """Return the rules or the shapes that are evaluated over the whole, or part by part, in order."""
        return [u for u in self.units if (u.kind == "rule") == are_rules and (u.level == "global") == are_global]

    def rule_predicates(self, *, are_global: bool) -> list[str]:
        """Return the predicates that rules read; ``ANY`` for all."""
        keys = {key for unit in self.select(are_rules=True, are_global=are_global) for key in unit.reads.keys}
        return sorted({TYPE if key.startswith("a ") else key for key in keys})


@dataclass(frozen=True)
class Analysis:
    """A plan with what it depends on, beside the shapes, the rules and the ontology.

    That is what the rules derive, ``derived``, and the answers that the two ``signatures`` of the data gave.
    """

    plan: Plan
    derived: frozenset[str]
    answers: tuple[dict[str, Any], dict[str, Any]]

    def holds(self, keys: Iterable[str], schema: Schema) -> bool:
        """Tell whether data whose triples have these ``keys`` have the same plan."""
        pairs = zip(signatures(keys, self.derived, schema), self.answers, strict=True)
        return all(one.answer(question) == answer for one, answers in pairs for question, answer in answers.items())


def key_text(key: str) -> str:
    """Return in words what a pattern reads."""
    return "any predicate" if key == ANY else "the types of things" if key == TYPE else key


def plan_text(plan: Plan, shorten: Callable[[str], str] = str) -> str:
    """Return a line for each shape and rule with its level, and why; ``shorten`` abbreviates an IRI in brackets."""
    lines = []
    for unit in sorted(plan.units, key=lambda u: (u.kind == "rule", u.name)):
        beyond = f"reads of other things {', '.join(sorted(unit.reads.beyond))}" if unit.reads.beyond else ""
        reason = "; ".join(unit.reads.reasons) or beyond
        lines.append(f"{unit.level:<8}{shorten(unit.name)}{': ' + shorten(reason) if reason else ''}")
    return "\n".join(lines)


# --- the shapes of some units --------------------------------------------------------------------------


def separable(graph: ShapesGraph, shape: Term) -> tuple[Term, ...]:
    """Return the property shapes of a shape that can be evaluated apart from it, with its targets."""
    if graph.parents.get(shape) or not isinstance(shape, NamedNode):
        return ()
    return tuple(p for p in graph.objects(shape, SH.property) if isinstance(p, NamedNode) and graph.value(p, SH.path))


def select_shapes(graph: ShapesGraph, units: Iterable[Unit]) -> list[Triple]:
    """Return a shapes graph in which only these units have targets, with what they refer to.

    Queries that are evaluated part by part leave out the things that the part ``LACKS``.
    """
    chosen = {(unit.of, unit.name): unit for unit in units}
    removed, added, selects = set[Triple](), list[Triple](), dict[Triple, Triple]()
    for shape, name, targets, parts in _targets_and_parts(graph):
        unit = chosen.get(("", name))
        if unit is None:
            removed.update(t for t in targets if t.predicate in TARGETS)
            removed.update(_class_types(graph, shape))
        elif unit.kind == "query" and unit.level != "global":
            selects |= _anchored_selects(graph, shape, unit)
        for part in parts:
            if (name, str(part)) not in chosen:
                removed.add(_triple(shape, SH.property, part))
            elif unit is None:
                added += [_triple(part, t.predicate, t.object) for t in targets]

    def following(node: Term) -> Iterator[Term]:
        for predicate, values in graph.properties(node).items():
            yield from (value for value in values if _triple(node, predicate, value) not in removed)
        yield from (t.object for t in added if t.subject == node)

    names = {name for of_and_name in chosen for name in of_and_name}
    start = {shape for shape, name, *_ in _targets_and_parts(graph) if name in names}
    selected = reachable(start.union(c.node for c in graph.components) if start else (), following)
    triples = dict.fromkeys((*(selects.get(t, t) for t in graph.triples if t not in removed), *added))
    return [t for t in triples if t.subject in selected or (selected and t.predicate == RDFS.subClassOf)]


@functools.lru_cache(maxsize=4)
def _targets_and_parts(graph: ShapesGraph) -> list[tuple[Term, str, list[Triple], tuple[Term, ...]]]:
    """Return each shape with its name, its targets, and the shapes that are separable from it if it has any."""
    rows = ((shape, list(_targets(graph, shape))) for shape in graph.shapes)
    return [(shape, str(shape), targets, separable(graph, shape) if targets else ()) for shape, targets in rows]


def _targets(graph: ShapesGraph, shape: Term) -> Iterator[Triple]:
    yield from (_triple(shape, target, value) for target in TARGETS for value in graph.objects(shape, target))
    if graph.is_class(shape):
        yield _triple(shape, SH.targetClass, shape)


def _class_types(graph: ShapesGraph, shape: Term) -> Iterator[Triple]:
    """Return the types that make a shape a class, so that it has no implicit target without them."""
    kinds = graph.objects(shape, RDF.type) if graph.is_class(shape) else ()
    return (_triple(shape, RDF.type, kind) for kind in kinds if kind not in (SH.NodeShape, SH.PropertyShape))


def _anchored_selects(graph: ShapesGraph, shape: Term, unit: Unit) -> dict[Triple, Triple]:
    found = {}
    for node in graph.objects(shape, SH.sparql):
        for select in graph.objects(node, SH.select):
            limited = anchored(plain(select), unit.reads.anchor, prefixes_of(graph, node))
            found[_triple(node, SH.select, select)] = _triple(node, SH.select, ox.Literal(limited or plain(select)))
    return found


def anchored(query: str, anchor: str, prefixes: dict[str, str]) -> str | None:
    """Return a query limited to the things that a part does not lack; ``None`` when it cannot be written so."""
    opening = next((token for token in tokenize(query) if token[0] == "{"), None)
    if opening is None:
        return None
    head, body = query[: opening.end()], query[opening.end() :]
    following = next((token[0].upper() for token in tokenize(body)), "")
    if following == "SELECT":
        end = body.rindex("}") if "}" in body else len(body)
        body = f"{{ {body[:end]} }} {body[end:]}"
    limited = f"{head} FILTER NOT EXISTS {{ {PART} {LACKS} ?{anchor} }} {body}"
    try:
        ox.Store().query(limited, prefixes=prefixes, substitutions={ox.Variable("this"): PART})
    except (SyntaxError, ValueError, RuntimeError, OSError):
        return None
    return limited


def _triple(subject: Term, predicate: NamedNode, obj: Term) -> Triple:
    return Triple(cast("NamedNode | BlankNode", subject), predicate, obj)
