"""Find the line and column that a finding is about: the triple at fault, or the subject when one is missing.

What follows from a wrong triple is traced back to it. Only files with findings are read again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from pyoxigraph import NamedNode, Triple

from publisher.infer.proofs import ASSERTED, Derivations, Step
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import RDF, SH, Term, plain
from publisher.validate.hints import Graph
from publisher.validate.report import Finding, relative
from publisher.workspace.positions import Position, Positions, index
from publisher.workspace.sources import Source

Part = Literal["subject", "predicate", "object"]

_SPARQL: Final = "SPARQLConstraintComponent"
_INVERSE: Final = re.compile(r"\^<?([^<>]+)>?$")
_STEP: Final = re.compile(r"<([^<>]+)>")
_NESTED: Final = (SH["and"], SH["or"], SH["xone"])
_DOMAIN: Final = "prp-dom"
_MAX_REASONS: Final = 6


@dataclass(frozen=True)
class Spot:
    """A term of a triple of a source."""

    source: Source
    triple: Triple
    part: Part


@dataclass(frozen=True)
class Locator:
    """Know who says what, and where; ``derive`` tells why a triple is there and is asked only when it must be."""

    root: Path
    prefixes: dict[str, str]
    sources: tuple[Source, ...]
    shapes: Graph
    derive: Callable[[], Derivations] | None = None

    def locate(self, f: Finding) -> Finding:
        """Return the finding with file, line and column, and with what it follows from when it was derived."""
        if f.file is not None:
            return f
        spots = self._spots(f)
        reasons: list[Step] = []
        if f.component.endswith(_SPARQL) or not spots:
            reasons, derived = self._derived(f)
            spots = derived or spots
        return self._placed(f, spots or self._subject(f), reasons)

    def _placed(self, f: Finding, spots: list[Spot], reasons: list[Step]) -> Finding:
        because = f.because or tuple(self._told(step) for step in reasons[:_MAX_REASONS])
        first = min((place for spot in spots if (place := self._place(spot))), default=None)
        if first is None:
            return replace(f, file=spots[0].source.path if spots else None, because=because)
        number, line, column = first
        return replace(f, file=self.sources[number].path, line=line, column=column, because=because)

    def _place(self, spot: Spot) -> tuple[int, int, int] | None:
        """Return the number of the source, line and column."""
        known = self._positions(spot.source.path)
        place: Position | None
        match spot.part:
            case "subject":
                place = known.subject(spot.triple.subject)
            case "predicate":
                place = known.predicate(spot.triple)
            case "object":
                place = known.triple(spot.triple)
        return (self.sources.index(spot.source), place.line, place.column) if place else None

    @cached_property
    def _read(self) -> dict[Path, Positions]:
        return {}

    def _positions(self, path: Path) -> Positions:
        if path not in self._read:
            self._read[path] = index(path)
        return self._read[path]

    @cached_property
    def _said(self) -> dict[str, list[tuple[Source, Triple]]]:
        said: dict[str, list[tuple[Source, Triple]]] = defaultdict(list)
        for source in self.sources:
            for t in source.triples:
                said[plain(t.subject)].append((source, t))
        return dict(said)

    # --- which triple ---

    def _spots(self, f: Finding) -> list[Spot]:
        """Return the terms at fault that people wrote."""
        if not f.path:
            return self._of_node(f)
        if inverse := _INVERSE.match(f.path):
            return [Spot(s, t, "object") for s, t in self._triples(f.value, inverse[1]) if plain(t.object) == f.focus]
        if step := _STEP.search(f.path):
            return self._direct(f) or [Spot(s, t, "object") for s, t in self._triples(f.focus, step[1])]
        triples = self._triples(f.focus, f.path)
        if f.value:
            return [Spot(s, t, "object") for s, t in triples if plain(t.object) == f.value]
        if not f.component.endswith(_SPARQL) or f.path in f.message:
            return [Spot(s, t, "predicate") for s, t in triples]
        named = [(s, t) for s, t in triples if _is_named(t, f.message)]
        return [Spot(s, t, "object") for s, t in named or triples]

    def _triples(self, focus: str, predicate: str) -> list[tuple[Source, Triple]]:
        return [(s, t) for s, t in self._said.get(focus, ()) if t.predicate.value == predicate]

    def _direct(self, f: Finding) -> list[Spot]:
        """Return the triples that lead from the focus node to the value in one step."""
        return [Spot(s, t, "object") for s, t in self._said.get(f.focus, ()) if f.value and plain(t.object) == f.value]

    def _of_node(self, f: Finding) -> list[Spot]:
        """Return what a shape without a path complains of: the property that it is about, or the kind of the node."""
        if f.value != f.focus and (direct := self._direct(f)):
            return direct
        for target in self.shapes.objects(f.shape, SH.targetSubjectsOf):
            if found := self._triples(f.focus, plain(target)):
                return [Spot(s, t, "predicate") for s, t in found]
        for path in sorted(self._paths(f.shape), key=lambda path: self._rank(path, f.message)):
            if found := self._triples(f.focus, path):
                return [Spot(s, t, "object") for s, t in found]
        return []

    def _rank(self, path: str, message: str) -> int:
        """Return where the message names the property, so that what it complains of comes first."""
        at = message.find(shorten(path, self.prefixes))
        return at if at >= 0 else len(message)

    def _paths(self, shape: str | Term) -> Iterator[str]:
        """Yield the properties that the constraints within a shape speak of, in their order."""
        for path in self.shapes.objects(shape, SH.path):
            first = next(self.shapes.items(path), path)
            yield plain(first)
        if self.shapes.objects(shape, SH["class"]):
            yield RDF.type.value
        for inner in self.shapes.objects(shape, SH["not"]):
            yield from self._paths(inner)
        for parameter in _NESTED:
            for head in self.shapes.objects(shape, parameter):
                for item in self.shapes.items(head):
                    yield from self._paths(item)

    def _subject(self, f: Finding) -> list[Spot]:
        """Return the focus node itself, in the file that says what it is."""
        said = self._said.get(f.focus, [])
        typed = [(s, t) for s, t in said if t.predicate == RDF.type]
        return [Spot(s, t, "subject") for s, t in (typed or said)[:1]]

    # --- what follows ---

    def _derived(self, f: Finding) -> tuple[list[Step], list[Spot]]:
        """Return why the culprit is there, and the asserted triple that it rests on."""
        if self.derive is None:
            return [], []
        derivations = self.derive()
        for triple in self._culprits(f, derivations):
            steps = [step for step in derivations.why(triple) if step.rule != ASSERTED]
            if steps:
                return steps, list(self._grounds(steps, derivations))
        triple_of_claim = self._content(f.focus)
        if triple_of_claim and triple_of_claim not in derivations.asserted:
            return [step for step in derivations.why(triple_of_claim) if step.premises], []
        return [], []

    def _culprits(self, f: Finding, derivations: Derivations) -> Iterator[Triple]:
        for t in sorted(derivations.known - derivations.asserted, key=str):
            if plain(t.subject) == f.focus and t.predicate.value == f.path:
                value = plain(t.object)
                if value == f.value or (not f.value and f.component.endswith(_SPARQL) and _is_named(t, f.message)):
                    yield t

    def _grounds(self, steps: Iterable[Step], derivations: Derivations) -> Iterator[Spot]:
        """Yield the first triple of the data that the derivation rests on."""
        for step in steps:
            part: Part = "predicate" if step.rule == _DOMAIN else "object"
            for premise in step.premises:
                if premise in derivations.asserted:
                    yield next(Spot(s, t, part) for s, t in self._said[plain(premise.subject)] if t == premise)
                    return

    def _content(self, claim: str) -> Triple | None:
        """Return the triple that a claim speaks of, if it is whole."""
        parts = [
            next((t.object for _, t in self._triples(claim, p.value)), None)
            for p in (RDF.subject, RDF.predicate, RDF.object)
        ]
        subject, predicate, term = parts
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode) and term is not None:
            return Triple(subject, predicate, term)
        return None

    def _told(self, step: Step) -> str:
        premises = ", ".join(self._premise(t) for t in step.premises)
        return f"{self._short(step.triple)} follows by {Path(step.rule).name} from {premises or 'the data'}"

    def _premise(self, t: Triple) -> str:
        for source, said in self._said.get(plain(t.subject), ()):
            if said == t and (place := self._positions(source.path).triple(t)):
                return f"{self._short(t)} ({relative(source.path, self.root)}:{place.line}:{place.column})"
        return self._short(t)

    def _short(self, t: Triple) -> str:
        words = (shorten(plain(term), self.prefixes) for term in (t.subject, t.predicate, t.object))
        return " ".join("a" if word == "rdf:type" else word for word in words)


def _is_named(t: Triple, message: str) -> bool:
    """Tell whether a message names the object of a triple."""
    value = plain(t.object)
    return len(value) > 3 and re.search(rf"{re.escape(value)}(?![\w/-])", message) is not None
