"""Read a shapes graph: its shapes, targets, lists and paths, over a class hierarchy (SHACL, 2)."""

from __future__ import annotations

from typing import Final, NamedTuple

from publisher.build.screen import paths
from publisher.build.screen.paths import TYPE, Description, Fact, Graph, Path
from publisher.build.screen.values import UnsureError, literal_of
from publisher.rdf.vocab import XSD

Target = tuple[str, str]  # ("class" | "node" | "subjects" | "objects", term)

RDF: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SH: Final = "<http://www.w3.org/ns/shacl#"
CLASS: Final = "<http://www.w3.org/2000/01/rdf-schema#Class>"
TARGETS: Final = {
    "targetClass": "class",
    "targetNode": "node",
    "targetSubjectsOf": "subjects",
    "targetObjectsOf": "objects",
}
_DENYING: Final = {SH + "not>", SH + "xone>", SH + "qualifiedMaxCount>"}
_SHAPES: Final = {SH + "NodeShape>", SH + "PropertyShape>"}


class LeftError(Exception):
    """Something that only the reference understands."""


class Meaning(NamedTuple):
    """What says what a shape means, and the predicates that its verdict depends on; ``None`` for all."""

    facts: frozenset[Fact]
    reads: frozenset[str] | None


class Shapes:
    """A shapes graph and the class hierarchy of an ontology."""

    def __init__(self, shapes: Graph, ontology: Graph) -> None:
        self.graph = shapes
        self.edges = ontology.edges
        self._below: dict[str, list[str]] = {}
        for sub, sup in sorted(self.edges):
            self._below.setdefault(sup, []).append(sub)
        # What gives shapes a meaning that they do not show themselves.
        self.is_custom = any(
            o in (SH + "ConstraintComponent>", SH + "SPARQLTargetType>") or p == SH + "entailment>"
            for _, p, o in shapes.facts
        )

    def names(self) -> list[str]:
        """Return what is declared a shape or has a target."""
        marks = {SH + name + ">" for name in TARGETS}
        nodes = self.graph.own.items()
        return [node for node, said in nodes if marks & said.keys() or _SHAPES & set(said.get(TYPE, ()))]

    def targets(self, shape: str) -> list[Target]:
        """Return where focus nodes are looked for (SHACL, 2.1.3)."""
        said = self.graph.describe(shape)
        found = [(kind, o) for name, kind in TARGETS.items() for o in said.get(SH + name + ">", ())]
        if any(name[0] != "<" for kind, name in found if kind != "node"):
            raise LeftError(shape)
        return [*found, ("class", shape)] if CLASS in said.get(TYPE, ()) else found

    def subclasses(self, kind: str) -> set[str]:
        """Return the class and those below it."""
        found, waiting = {kind}, [kind]
        while waiting:
            for sub in self._below.get(waiting.pop(), ()):
                if sub not in found:
                    found.add(sub)
                    waiting.append(sub)
        return found

    def _reach(self, shape: str) -> frozenset[Fact]:
        """Return the description of a shape, and those of what it refers to."""
        found: set[Fact] = set()
        seen, waiting = {shape}, [shape]
        while waiting:
            node = waiting.pop()
            for p, values in self.graph.describe(node).items():
                found.update((node, p, o) for o in values)
                new = set(values) - seen
                seen |= new
                waiting += new
        return frozenset(found)

    def meaning(self, shape: str) -> Meaning:
        """Return what a shape means. More types than before only matter where being of a kind can be wrong."""
        facts = self._reach(shape)
        if (SH + "closed>") in {p for _, p, _ in facts}:
            return Meaning(facts, None)
        named = {o for _, _, o in facts if o[0] == "<" and not o.startswith(SH)}
        denies = any(p in _DENYING for _, p, _ in facts)
        return Meaning(facts, frozenset(named | {TYPE} if denies else named))

    def items(self, head: str) -> list[str]:
        """Return the members of a list. Raises ``LeftError`` for one that is ill-formed."""
        found: list[str] = []
        seen: set[str] = set()
        while head != RDF + "nil>":
            said = self.graph.describe(head)
            first, rest = said.get(RDF + "first>", []), said.get(RDF + "rest>", [])
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise LeftError(head)
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return found

    def path(self, node: str) -> Path:
        """Compile a property path (SHACL, 2.3.1)."""
        if node[0] == "<":
            return paths.predicate(node)
        said = self.graph.describe(node)
        if set(said) == {RDF + "first>", RDF + "rest>"}:
            steps = self.items(node)
            if len(steps) > 1:
                return paths.sequence([self.path(step) for step in steps])
        if len(said) != 1 or len(next(iter(said.values()))) != 1:
            raise LeftError(node)
        (kind, (inner,)) = next(iter(said.items()))
        match kind.removeprefix(SH):
            case "inversePath>" if inner[0] == "<":
                return paths.inverse_predicate(inner)
            case "alternativePath>":
                choices = self.items(inner)
                if len(choices) > 1:
                    return paths.alternative([self.path(choice) for choice in choices])
            case "zeroOrMorePath>" | "oneOrMorePath>" as name:
                return paths.repeated(self.path(inner), zero=name.startswith("zero"))
            case "zeroOrOnePath>":
                return paths.optional(self.path(inner))
        raise LeftError(node)


def one(said: Description, name: str) -> str:
    """Return the one value of a parameter. Raises ``LeftError`` where there is none or are several."""
    found = said.get(SH + name + ">", [])
    if len(found) != 1:
        raise LeftError(name)
    return found[0]


def number(term: str) -> int:
    """Return the number that a literal is. Raises ``LeftError`` for any other term."""
    try:
        text, _, datatype = literal_of(term)
    except UnsureError:
        raise LeftError(term) from None
    if datatype != XSD.integer.value or not (text.isascii() and text.isdecimal()):
        raise LeftError(term)
    return int(text)
