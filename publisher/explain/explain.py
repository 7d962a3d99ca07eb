"""Explain why a triple is in the data, and why a node violates a shape.

A triple that is not in the data may still be claimed: then the explanation has the claims with their claimants and
verdicts, and the rules that nearly derived the triple.
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
from publisher.infer import Schema
from publisher.infer.proofs import ASSERTED, Derivations
from publisher.infer.tracing import NearMiss
from publisher.rdf.vocab import GP, RDF, Term, plain
from publisher.validate.hints import split_iri
from publisher.validate.report import Finding, Report
from publisher.workspace.config import Config
from publisher.workspace.positions import index
from publisher.workspace.sources import Rule, Workspace, triples_of

_CONTENT: Final = (RDF.subject.value, RDF.predicate.value, RDF.object.value)


@dataclass(frozen=True)
class DerivationTree:
    """A triple, the rule that derives it, the trees of its premises, and the places that state it.

    ``rule`` is ``asserted`` where sources state the triple; ``places`` are ``file:line:column`` from the workspace.
    """

    triple: Triple
    rule: str
    places: tuple[str, ...]
    premises: tuple[DerivationTree, ...]


@dataclass(frozen=True)
class ClaimMention:
    """A claim that says a triple, or denies it."""

    claim: Term
    kinds: tuple[Term, ...]
    claimants: tuple[Term, ...]
    verdicts: tuple[Term, ...]
    denies: bool


@dataclass(frozen=True)
class TripleExplanation:
    """Why a triple is in the data; ``derivation`` is ``None`` when it is not.

    ``published`` is false for a derived triple whose subject the dataset does not describe. ``mentions`` are the claims
    of the triple, ``None`` where the data hold no claims at all. ``rules`` has, by the name of its file, the path of
    each rule with the summary in its header.
    """

    triple: Triple
    derivation: DerivationTree | None
    published: bool
    mentions: tuple[ClaimMention, ...] | None
    misses: tuple[NearMiss, ...]
    rules: dict[str, str]


@dataclass(frozen=True)
class ExplainedFinding:
    """A finding, its place or ``""``, and the derivations of the triples that it is about."""

    finding: Finding
    place: str
    derivations: tuple[DerivationTree, ...]


@dataclass(frozen=True)
class NodeExplanation:
    """What a node violates, and the shapes whose focus node it is, each because of a triple; ``rules`` as for a triple.

    With ``shape``, only the findings and targets of that shape and its parts.
    """

    focus: NamedNode | BlankNode
    shape: str | None
    findings: tuple[ExplainedFinding, ...]
    targets: tuple[tuple[ShapeTarget, DerivationTree | None], ...]
    rules: dict[str, str]


class Explainer:
    """Explain triples and nodes of one workspace; its derivations are made once."""

    def __init__(self, config: Config, workspace: Workspace, schema: Schema) -> None:
        self._config, self.workspace = config, workspace
        self._data = triples_of(workspace.data)
        self._things = {t.subject for t in self._data}
        sources = (*workspace.data, *workspace.links, *workspace.ontology, *workspace.alignments)
        self._stated = {source.path: frozenset(source.triples) for source in sources}
        self._rules = {rule.path.name: _rule_text(rule, config) for rule in workspace.rules}
        self._positions = cache(index)
        self._derivations = Derivations(self._data, schema, workspace.rules)

    def explain_triple(self, triple: Triple) -> TripleExplanation:
        """Return why ``triple`` is in the data, or which claims and which rules come near to it."""
        derivation = self._derivation(triple)
        misses = () if derivation else tuple(self._derivations.near_misses(triple))
        published = derivation is not None and (triple.subject in self._things or bool(derivation.places))
        has_claims = any(t.predicate == RDF.predicate for t in self._data)
        mentions = tuple(_mentions(triple, self._data)) if has_claims else None
        return TripleExplanation(triple, derivation, published, mentions, misses, self._rules)

    def explain_node(self, focus: NamedNode | BlankNode, report: Report, shape: str | None = None) -> NodeExplanation:
        """Return what ``focus`` violates by ``report``, of one shape or of any.

        Raises ``UsageError`` for a node that is not in the data and for an unknown shape.
        """
        if not any(focus in (t.subject, t.object) for t in self._data):
            raise UsageError(f"the data do not speak of {focus}{self._nearest(focus)}")
        shapes = triples_of(self.workspace.shapes.all)
        findings = [f for f in report.findings if f.focus == plain(focus)]
        focused = list(targets(focus, shapes, self._derivations.closure))
        if shape is not None:
            wanted = within(shape, shapes)
            if shape not in shape_names(shapes) | {f.shape for f in report.findings}:
                raise UsageError(f"there is no shape <{shape}>; 'publisher explain FOCUS' names those that apply to it")
            findings = [f for f in findings if f.source_shape.removeprefix("_:") in wanted]
            focused = [target for target in focused if target.shape in wanted]
        return NodeExplanation(
            focus,
            shape,
            tuple(
                ExplainedFinding(f, self._place(f), self._derivations_of(self._at_fault(focus, f))) for f in findings
            ),
            tuple((target, self._derivation(target.triple) if target.triple else None) for target in focused),
            self._rules,
        )

    def _nearest(self, focus: Term) -> str:
        namespace, name = split_iri(plain(focus))
        split = (split_iri(plain(thing)) for thing in self._things)
        names = sorted(local for prefix, local in split if prefix == namespace)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
        return f"; did you mean <{namespace}{near[0]}>?" if near else ""

    def _derivations_of(self, triples: Iterable[Triple]) -> tuple[DerivationTree, ...]:
        return tuple(tree for triple in triples if (tree := self._derivation(triple)))

    def _derivation(self, triple: Triple) -> DerivationTree | None:
        step = self._derivations.step(triple)
        places = tuple(self._places(triple))
        if step is None:
            return DerivationTree(triple, ASSERTED, places, ()) if places else None
        return DerivationTree(triple, step.rule, places, self._derivations_of(step.premises))

    def _places(self, triple: Triple) -> Iterator[str]:
        for path, triples in self._stated.items():
            if triple in triples:
                place = self._positions(path).triple(triple)
                position = f":{place.line}:{place.column}" if place else ""
                yield f"{path.relative_to(self._config.root)}{position}"

    def _place(self, finding: Finding) -> str:
        if finding.file is None:
            return ""
        parts = (finding.file.relative_to(self._config.root), finding.line, finding.column)
        return ":".join(str(part) for part in parts if part is not None)

    def _at_fault(self, focus: NamedNode | BlankNode, finding: Finding) -> list[Triple]:
        """Return the triples that a finding is about: those at its path, or the triple that a claim is about."""
        inverse, path = finding.path.startswith("^"), finding.path.lstrip("^")
        triples = []
        for t in self._derivations.closure:
            here, there = (t.object, t.subject) if inverse else (t.subject, t.object)
            if here == focus and t.predicate.value == path and finding.value in ("", plain(there)):
                triples.append(t)
        if finding.path in _CONTENT:
            triples += _content(focus, self._data)
        return sorted(triples, key=str)


# --- rules, places and claims ----------------------------------------------------------------------------------


def _rule_text(rule: Rule, config: Config) -> str:
    path = rule.path.relative_to(config.root)
    lines = rule.text.splitlines()
    summaries = [line.removeprefix("#+ summary:").strip() for line in lines if line.startswith("#+ summary:")]
    return f"{path}: {summaries[0]}" if summaries else str(path)


def _mentions(triple: Triple, data: list[Triple]) -> Iterator[ClaimMention]:
    terms = {RDF.subject: triple.subject, RDF.predicate: triple.predicate, RDF.object: triple.object}
    matching = [{t.subject for t in data if t.predicate == p and t.object == o} for p, o in terms.items()]
    for claim in sorted(set.intersection(*matching), key=str):
        about = [t for t in data if t.subject == claim]

        def values(predicate: NamedNode, about: list[Triple] = about) -> tuple[Term, ...]:
            return tuple(sorted((t.object for t in about if t.predicate == predicate), key=str))

        denies = any(plain(value) in ("true", "1") for value in values(GP.isNegated))
        yield ClaimMention(claim, values(RDF.type), values(GP.hasClaimant), values(GP.hasVerdict), denies)


def _content(claim: Term, data: list[Triple]) -> Iterator[Triple]:
    """Yield the triple that a claim is about, if the node is a claim."""
    parts = {t.predicate: t.object for t in data if t.subject == claim}
    s, p, o = (parts.get(name) for name in (RDF.subject, RDF.predicate, RDF.object))
    if isinstance(s, NamedNode | BlankNode) and isinstance(p, NamedNode) and o is not None:
        yield Triple(s, p, o)
