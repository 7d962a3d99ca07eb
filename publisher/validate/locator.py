"""Find the line and column of a finding: those of the triple at fault, or of the subject when a triple is missing.

A derived triple is traced back to the asserted triples from which it follows. Only files with findings are read again.
The cost is linear in the triples, which are indexed once, and in the findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal, NamedTuple

from more_itertools import map_reduce
from pyoxigraph import NamedNode, Triple

from publisher.infer.proofs import ASSERTED, Derivations, Step
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import RDF, SH, Term, plain
from publisher.validate.engines.shapes_graph import SHAPE_LIST_PARAMETERS, ShapesGraph, node_of
from publisher.validate.report import Finding, relative
from publisher.workspace.positions import Positions, index
from publisher.workspace.sources import Source

_SPARQL: Final = "SPARQLConstraintComponent"
_INVERSE: Final = re.compile(r"\^<?([^<>]+)>?$")
_STEP: Final = re.compile(r"<([^<>]+)>")
_NESTED: Final = (SH["not"], *SHAPE_LIST_PARAMETERS)
_DOMAIN: Final = "prp-dom"
_MAX_REASONS: Final = 6

_Role = Literal["subject", "predicate", "object"]


class _Occurrence(NamedTuple):
    """A triple, the source that states it, and the role of the term of it that is at fault."""

    source: Source
    triple: Triple
    role: _Role = "object"


@dataclass(frozen=True)
class Locator:
    """Find the places of findings in the sources of a workspace.

    ``derive`` returns why each triple is there, and is called only for findings about triples that no source states;
    it is ``None`` where nothing was derived.
    """

    root: Path
    prefixes: dict[str, str]
    sources: tuple[Source, ...]
    shapes: ShapesGraph
    derive: Callable[[], Derivations] | None = None

    def locate(self, f: Finding) -> Finding:
        """Return the finding with file, line and column, and with its derivation when it is about a derived triple.

        A finding that has a file is returned as it is; one about a node that no source describes gets none.
        """
        if f.file is not None:
            return f
        about, steps = replace(f, focus=f.node), list[Step]()
        occurrences = self._at_fault(about)
        if f.component.endswith(_SPARQL) or not occurrences:
            steps, grounds = self._derived(about)
            occurrences = grounds or occurrences
        return self._placed(f, occurrences or self._of_subject(about), steps)

    def _placed(self, f: Finding, occurrences: list[_Occurrence], steps: list[Step]) -> Finding:
        """Return the finding at the first of the occurrences, by source, line and column."""
        because = f.because or tuple(self._reason(step) for step in steps[:_MAX_REASONS])
        first = min((place for one in occurrences if (place := self._place(one))), default=None)
        if first is None:
            return replace(f, file=occurrences[0].source.path if occurrences else None, because=because)
        number, line, column = first
        return replace(f, file=self.sources[number].path, line=line, column=column, because=because)

    def _place(self, occurrence: _Occurrence) -> tuple[int, int, int] | None:
        """Return the number of the source, line and column."""
        positions, t = self._positions(occurrence.source.path), occurrence.triple
        if occurrence.role == "subject":
            place = positions.subject(t.subject)
        else:
            place = positions.predicate(t) if occurrence.role == "predicate" else positions.triple(t)
        return (self._numbers[occurrence.source.path], place.line, place.column) if place else None

    # --- indexes, each made when it is first asked for ---

    @cached_property
    def _positions(self) -> Callable[[Path], Positions]:
        return cache(index)

    @cached_property
    def _numbers(self) -> dict[Path, int]:
        return {source.path: number for number, source in enumerate(self.sources)}

    @cached_property
    def _by_subject(self) -> dict[str, list[_Occurrence]]:
        stated = (_Occurrence(source, t) for source in self.sources for t in source.triples)
        return map_reduce(stated, lambda one: plain(one.triple.subject))

    @cached_property
    def _about(self) -> Callable[[str], tuple[dict[str, list[_Occurrence]], dict[str, list[_Occurrence]]]]:
        """The triples of a subject by predicate and by object, which are grouped when a finding first asks for them."""

        def about(subject: str) -> tuple[dict[str, list[_Occurrence]], dict[str, list[_Occurrence]]]:
            stated = self._by_subject.get(subject, [])
            by_predicate = map_reduce(stated, lambda one: one.triple.predicate.value)
            return by_predicate, map_reduce(stated, lambda one: plain(one.triple.object))

        return cache(about)

    @cached_property
    def _inferred(self) -> dict[tuple[str, str], list[Triple]]:
        """The derived triples by subject and predicate, sorted by their N-Triples."""
        if self.derive is None:
            return {}
        derivations = self.derive()
        inferred = sorted((t for t in derivations.closure if t not in derivations.asserted), key=str)
        return map_reduce(inferred, lambda t: (plain(t.subject), t.predicate.value))

    # --- which triple ---

    def _at_fault(self, f: Finding) -> list[_Occurrence]:
        """Return the terms at fault that a source states."""
        if not f.path:
            return self._of_node(f)
        if inverse := _INVERSE.match(f.path):
            return self._objects(f.value, inverse[1], f.focus)
        if step := _STEP.search(f.path):
            return self._of_value(f) or self._triples(f.focus, step[1])
        if f.value:
            stated = self._objects(f.focus, f.path, f.value)
            exact = [one for one in stated if f.terms and str(one.triple.object) == f.terms.value]
            return exact or stated
        stated = self._triples(f.focus, f.path)
        if f.component.endswith(_SPARQL) and f.path not in f.message:
            return [one for one in stated if _is_named(one.triple, f.message)] or stated
        return _in_role("predicate", stated)

    def _triples(self, subject: str, predicate: str) -> list[_Occurrence]:
        return self._about(subject)[0].get(predicate, [])

    def _leading_to(self, subject: str, value: str) -> list[_Occurrence]:
        return self._about(subject)[1].get(value, [])

    def _objects(self, subject: str, predicate: str, value: str) -> list[_Occurrence]:
        return [one for one in self._leading_to(subject, value) if one.triple.predicate.value == predicate]

    def _of_value(self, f: Finding) -> list[_Occurrence]:
        """Return the triples that lead from the focus node to the value in one step."""
        return self._leading_to(f.focus, f.value) if f.value else []

    def _of_node(self, f: Finding) -> list[_Occurrence]:
        """Return what a finding without a path is about: the property that its shape constrains, or the class."""
        if f.value != f.focus and (direct := self._of_value(f)):
            return direct
        for target in self.shapes.objects(node_of(f.source_shape), SH.targetSubjectsOf):
            if stated := self._triples(f.focus, plain(target)):
                return _in_role("predicate", stated)
        for path in sorted(self._paths(node_of(f.source_shape)), key=lambda path: self._rank(path, f.message)):
            if stated := self._triples(f.focus, path):
                return stated
        return []

    def _rank(self, path: str, message: str) -> int:
        """Return where the message names the property: the first one named is taken for the one at fault."""
        at = message.find(shorten(path, self.prefixes))
        return at if at >= 0 else len(message)

    def _paths(self, shape: Term, visited: frozenset[Term] = frozenset()) -> Iterator[str]:
        """Yield the properties that the constraints of a shape are about, in their order."""
        for path in self.shapes.objects(shape, SH.path):
            yield plain((self.shapes.members(path) or [path])[0])
        if self.shapes.objects(shape, SH["class"]):
            yield RDF.type.value
        for parameter, inner in self.shapes.references(shape):
            if parameter in _NESTED and inner not in visited:
                yield from self._paths(inner, visited | {shape})

    def _of_subject(self, f: Finding) -> list[_Occurrence]:
        """Return the focus node itself, in the source that states its class if there is one."""
        stated = self._triples(f.focus, RDF.type.value) or self._by_subject.get(f.focus, [])
        return _in_role("subject", stated[:1])

    # --- derived triples ---

    def _derived(self, f: Finding) -> tuple[list[Step], list[_Occurrence]]:
        """Return the derivation of the triple at fault, and the asserted triple that it rests on."""
        if self.derive is None:
            return [], []
        derivations = self.derive()
        for triple in self._inferred_at_fault(f):
            steps = [step for step in derivations.why(triple) if step.rule != ASSERTED]
            if steps:
                return steps, self._grounds(steps, derivations)
        claimed = self._claimed(f.focus)
        if claimed and claimed not in derivations.asserted:
            return [step for step in derivations.why(claimed) if step.premises], []
        return [], []

    def _inferred_at_fault(self, f: Finding) -> Iterator[Triple]:
        for t in self._inferred.get((f.focus, f.path), ()):
            value = plain(t.object)
            if value == f.value or (not f.value and f.component.endswith(_SPARQL) and _is_named(t, f.message)):
                yield t

    def _grounds(self, steps: Iterable[Step], derivations: Derivations) -> list[_Occurrence]:
        """Return the first triple of the data that the derivation rests on."""
        for step in steps:
            for premise in step.premises:
                if premise in derivations.asserted:
                    return _in_role("predicate" if step.rule == _DOMAIN else "object", self._stating(premise)[:1])
        return []

    def _stating(self, t: Triple) -> list[_Occurrence]:
        return [one for one in self._leading_to(plain(t.subject), plain(t.object)) if one.triple == t]

    def _claimed(self, claim: str) -> Triple | None:
        """Return the triple that a claim is about, if the claim names all three terms."""
        subject, predicate, term = (
            next((one.triple.object for one in self._triples(claim, p.value)), None)
            for p in (RDF.subject, RDF.predicate, RDF.object)
        )
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode) and term is not None:
            return Triple(subject, predicate, term)
        return None

    def _reason(self, step: Step) -> str:
        premises = ", ".join(self._premise(t) for t in step.premises)
        return f"{self._short(step.triple)} follows by {Path(step.rule).name} from {premises or 'the data'}"

    def _premise(self, t: Triple) -> str:
        for one in self._stating(t):
            if place := self._positions(one.source.path).triple(t):
                return f"{self._short(t)} ({relative(one.source.path, self.root)}:{place.line}:{place.column})"
        return self._short(t)

    def _short(self, t: Triple) -> str:
        words = (shorten(plain(term), self.prefixes) for term in (t.subject, t.predicate, t.object))
        return " ".join("a" if word == "rdf:type" else word for word in words)


def _in_role(role: _Role, occurrences: list[_Occurrence]) -> list[_Occurrence]:
    return [one._replace(role=role) for one in occurrences]


def _is_named(t: Triple, message: str) -> bool:
    """Tell whether a message names the object of a triple."""
    value = plain(t.object)
    return len(value) > 3 and re.search(rf"{re.escape(value)}(?![\w/-])", message) is not None
