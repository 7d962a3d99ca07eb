"""Explain to people why a triple is there, and why a node violates a shape.

A triple that is not in the data may still be what somebody says: then its claims are named, with their voice and
their verdict, and so are the rules that nearly derived it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.errors import UsageError
from publisher.explain.targets import ShapeTarget, shape_names, targets, within
from publisher.infer import Schema, close
from publisher.infer.proofs import ASSERTED, Derivations, Step, why
from publisher.infer.tracing import NearMiss
from publisher.rdf.vocab import GP, GPS, RDF, Term, plain
from publisher.validate.report import Finding, Report
from publisher.workspace.config import Config
from publisher.workspace.positions import Positions, index
from publisher.workspace.sources import Rule, Workspace, read_workspace, triples_of

_CONTENT: Final = (RDF.subject.value, RDF.predicate.value, RDF.object.value)

__all__ = ["Derivations", "Step", "why"]


@dataclass(frozen=True)
class Node:
    """A triple of a derivation: by which rule from which others, and where it is written if it is."""

    triple: Triple
    rule: str
    places: tuple[str, ...]
    premises: tuple[Node, ...]


@dataclass(frozen=True)
class ClaimMention:
    """A claim that says a triple, or denies it."""

    claim: Term
    kinds: tuple[Term, ...]
    claimants: tuple[Term, ...]
    verdicts: tuple[Term, ...]
    denies: bool


@dataclass(frozen=True)
class TripleExplained:
    """Why a triple is there; ``node`` is ``None`` when it is not.

    ``published`` is false for what follows but speaks of nothing that the dataset describes. ``rules`` has, by the
    name of its file, the path of each rule and what the rule says that it does.
    """

    triple: Triple
    node: Node | None
    published: bool
    mentions: tuple[ClaimMention, ...]
    misses: tuple[NearMiss, ...]
    rules: dict[str, str]


@dataclass(frozen=True)
class Culprit:
    """A finding, its place if it has one, and the triples of its focus that it is about, each derived."""

    finding: Finding
    place: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class FocusExplained:
    """What a node violates, and which shapes look at it for which triple; ``rules`` as for a triple.

    With ``shape``, only what that shape and its parts say.
    """

    focus: NamedNode | BlankNode
    shape: str | None
    culprits: tuple[Culprit, ...]
    targets: tuple[tuple[ShapeTarget, Node | None], ...]
    rules: dict[str, str]


def prefixes_of(config: Config) -> dict[str, str]:
    """Return the prefixes of the workspace, and one for its shapes."""
    return {"gps": GPS.iri, **config.prefixes}


def explainer(config: Config) -> Explainer:
    """Return an explainer of the workspace as it is on disk. Raises ``SourceError`` where it cannot be read."""
    workspace = read_workspace(config)
    return Explainer(config, workspace, close(workspace.ontology))


class Explainer:
    """Answer questions about one workspace; the derivations are made once."""

    def __init__(self, config: Config, workspace: Workspace, schema: Schema) -> None:
        self._config, self.workspace = config, workspace
        self._data = triples_of(workspace.data)
        self._things = {t.subject for t in self._data}
        sources = (*workspace.data, *workspace.links, *workspace.ontology, *workspace.alignments)
        self._said = {source.path: frozenset(source.triples) for source in sources}
        self._rules = {rule.path.name: _rule_text(rule, config) for rule in workspace.rules}
        self._positions = cache(index)
        self._derivations = Derivations(self._data, schema, workspace.rules)

    def triple(self, triple: Triple) -> TripleExplained:
        """Say why ``triple`` is in the data, or who says it though it is not."""
        node = self._node(triple)
        misses = () if node else tuple(self._derivations.near_misses(triple))
        published = bool(node) and (triple.subject in self._things or bool(node and node.places))
        return TripleExplained(triple, node, published, tuple(_mentions(triple, self._data)), misses, self._rules)

    def focus(self, focus: NamedNode | BlankNode, report: Report, shape: str | None = None) -> FocusExplained:
        """Say what ``focus`` violates, of one shape or of any. Raises ``UsageError`` for an unknown node or shape."""
        if not any(focus in (t.subject, t.object) for t in self._data):
            raise UsageError(f"the data do not speak of {focus}{self._nearest(focus)}")
        shapes = _shape_triples(self.workspace)
        findings = [f for f in report.findings if f.focus == plain(focus)]
        looking = list(targets(focus, shapes, self._derivations.closure))
        if shape is not None:
            wanted = within(shape, shapes)
            if shape not in shape_names(shapes) | {f.shape for f in report.findings}:
                raise UsageError(f"there is no shape <{shape}>; 'publisher explain FOCUS' names those that look at it")
            findings = [f for f in findings if f.shape in wanted]
            looking = [target for target in looking if target.shape in wanted]
        return FocusExplained(
            focus,
            shape,
            tuple(Culprit(f, self._place(f), tuple(self._nodes(self._involved(focus, f)))) for f in findings),
            tuple((target, self._node(target.triple) if target.triple else None) for target in looking),
            self._rules,
        )

    def _nearest(self, focus: Term) -> str:
        names = {plain(thing) for thing in self._things}
        near = difflib.get_close_matches(plain(focus), names, n=1, cutoff=0.8)
        return f"; did you mean <{near[0]}>?" if near else ""

    def _nodes(self, triples: Iterable[Triple]) -> Iterator[Node]:
        return (node for triple in triples if (node := self._node(triple)))

    def _node(self, triple: Triple) -> Node | None:
        step = self._derivations.step(triple)
        places = tuple(self._places(triple))
        if step is None:
            return Node(triple, ASSERTED, places, ()) if places else None
        return Node(triple, step.rule, places, tuple(self._nodes(step.premises)))

    def _places(self, triple: Triple) -> Iterator[str]:
        for path, said in self._said.items():
            if triple in said:
                yield f"{path.relative_to(self._config.root)}{_position(self._positions(path), triple)}"

    def _place(self, finding: Finding) -> str:
        if finding.file is None:
            return ""
        parts = (finding.file.relative_to(self._config.root), finding.line, finding.column)
        return ":".join(str(part) for part in parts if part is not None)

    def _involved(self, focus: NamedNode | BlankNode, finding: Finding) -> list[Triple]:
        """Return the triples that a finding is about: those at its path, or the triple that a claim says."""
        inverse, path = finding.path.startswith("^"), finding.path.lstrip("^")
        found = []
        for t in self._derivations.closure:
            here, there = (t.object, t.subject) if inverse else (t.subject, t.object)
            if here == focus and t.predicate.value == path and finding.value in ("", plain(there)):
                found.append(t)
        if finding.path in _CONTENT:
            found += _content(focus, self._data)
        return sorted(found, key=str)


# --- what the data say ----------------------------------------------------------------------------------


def _rule_text(rule: Rule, config: Config) -> str:
    path = rule.path.relative_to(config.root)
    lines = rule.text.splitlines()
    said = [line.removeprefix("#+ summary:").strip() for line in lines if line.startswith("#+ summary:")]
    return f"{path}: {said[0]}" if said else str(path)


def _position(positions: Positions, triple: Triple) -> str:
    place = positions.triple(triple)
    return f":{place.line}:{place.column}" if place else ""


def _shape_triples(workspace: Workspace) -> list[Triple]:
    return triples_of(workspace.shapes.all)


def _mentions(triple: Triple, data: list[Triple]) -> Iterator[ClaimMention]:
    said = {RDF.subject: triple.subject, RDF.predicate: triple.predicate, RDF.object: triple.object}
    matching = [{t.subject for t in data if t.predicate == p and t.object == o} for p, o in said.items()]
    for claim in sorted(set.intersection(*matching), key=str):
        about = [t for t in data if t.subject == claim]

        def values(predicate: NamedNode, about: list[Triple] = about) -> tuple[Term, ...]:
            return tuple(sorted((t.object for t in about if t.predicate == predicate), key=str))

        denies = any(plain(value) in ("true", "1") for value in values(GP.isNegated))
        yield ClaimMention(claim, values(RDF.type), values(GP.hasClaimant), values(GP.hasVerdict), denies)


def _content(claim: Term, data: list[Triple]) -> Iterator[Triple]:
    """Yield the triple that a claim says, if the node is a claim."""
    parts = {t.predicate: t.object for t in data if t.subject == claim}
    s, p, o = (parts.get(name) for name in (RDF.subject, RDF.predicate, RDF.object))
    if isinstance(s, NamedNode | BlankNode) and isinstance(p, NamedNode) and o is not None:
        yield Triple(s, p, o)
