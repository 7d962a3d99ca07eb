"""Write explanations, for people as indented text and for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher.errors import plural
from publisher.explain.explain import ClaimMention, DerivationTree, ExplainedFinding, NodeExplanation, TripleExplanation
from publisher.infer.proofs import ASSERTED, ONTOLOGY
from publisher.infer.tracing import NearMiss
from publisher.rdf.terms import term_text, triple_text
from publisher.rdf.vocab import Term

_Prefixes = dict[str, str]
_Rules = dict[str, str]

_MEANING: Final = {
    "cax-sco": "what is of a class is of its super-classes",
    "prp-dom": "who has the property is of its domain",
    "prp-inv1": "the inverse holds the other way round",
    "prp-inv2": "the inverse holds the other way round",
    "prp-rng": "a value of the property is of its range",
    "prp-spo1": "a property implies its super-properties",
    "prp-symp": "a symmetric property holds in both directions",
    "prp-trp": "a transitive property leads on",
}

_FINDING: Final = ("shape", "severity", "message", "path", "value")  # what programs learn of a finding


def write(explanation: TripleExplanation | NodeExplanation, prefixes: _Prefixes, form: str) -> str:
    """Return the explanation as ``text``, an indented tree, or as ``json``."""
    if isinstance(explanation, TripleExplanation):
        return _triple_json(explanation) if form == "json" else "\n".join(_triple_lines(explanation, prefixes))
    return _focus_json(explanation) if form == "json" else "\n".join(_focus_lines(explanation, prefixes))


def _triple_lines(e: TripleExplanation, prefixes: _Prefixes) -> Iterator[str]:
    if e.derivation:
        yield from _tree(e.derivation, prefixes, e.rules)
        if not e.published:
            yield "It is not published: nothing in the dataset describes its subject."
    else:
        yield triple_text(e.triple, prefixes)
        yield f"  {_absence(e.mentions)}"
    indent = "" if e.derivation else "  "
    yield from (indent + _mention_line(mention, prefixes) for mention in e.mentions or ())
    for miss in e.misses:
        yield ""
        yield from _miss_lines(miss, prefixes, e.rules)


def _tree(tree: DerivationTree, prefixes: _Prefixes, rules: _Rules, depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    yield indent + triple_text(tree.triple, prefixes)
    yield f"{indent}  {_reason(tree, rules)}"
    for premise in tree.premises:
        yield from _tree(premise, prefixes, rules, depth + 1)


def _reason(tree: DerivationTree, rules: _Rules) -> str:
    if tree.places:
        return f"asserted at {', '.join(tree.places)}"
    if tree.rule == ASSERTED:
        return ASSERTED
    if tree.rule == ONTOLOGY:
        return "by the closure of the ontology under OWL 2 RL"
    if meaning := _MEANING.get(tree.rule):
        return f"by {tree.rule} of OWL 2 RL: {meaning}"
    untraced = "" if tree.premises else " (from which triples cannot be told)"
    return f"by {rules[tree.rule]}{untraced}"


def _absence(mentions: tuple[ClaimMention, ...] | None) -> str:
    if not mentions:
        more = "" if mentions is None else "; no claim does either"
        return f"no triple of the dataset says this, asserted or inferred{more}"
    denials = sum(mention.denies for mention in mentions)
    claims = len(mentions) - denials
    counts = [f"{plural(claims, 'claim')} {'does' if claims == 1 else 'do'}"] if claims else []
    counts += [f"{plural(denials, 'claim')} {'denies' if denials == 1 else 'deny'} it"] if denials else []
    return f"no triple of the dataset says this, asserted or inferred; {', '.join(counts)}:"


def _mention_line(mention: ClaimMention, prefixes: _Prefixes) -> str:
    def names(terms: tuple[Term, ...]) -> str:
        return ", ".join(term_text(term, prefixes) for term in terms) or "none"

    verb = "denied" if mention.denies else "said"
    return (
        f"{verb} by the claim {term_text(mention.claim, prefixes)} ({names(mention.kinds)}), "
        f"claimant {names(mention.claimants)}, verdict {names(mention.verdicts)}"
    )


def _miss_lines(miss: NearMiss, prefixes: _Prefixes, rules: _Rules) -> Iterator[str]:
    yield f"It would follow by {rules[miss.rule]}"
    yield from (f"  {triple_text(t, prefixes)}" for t in miss.premises)
    yield f"  but for its condition {miss.condition}"
    yield from (f"    with ?{name} = {term_text(value, prefixes)}" for name, value in miss.values)


def _focus_lines(e: NodeExplanation, prefixes: _Prefixes) -> Iterator[str]:
    name = term_text(e.focus, prefixes)
    for explained in e.findings:
        yield from _finding_lines(name, explained, prefixes)
        for node in explained.derivations:
            yield from _tree(node, prefixes, e.rules, 1)
        yield ""
    if not e.findings:
        yield f"{name} violates nothing{f' of {_iri_text(e.shape, prefixes)}' if e.shape else ''}."
    looking = {target.shape for target, _ in e.targets}
    yield f"{plural(len(looking), 'shape')} look{'s' if len(looking) == 1 else ''} at it:"
    for target, reason in e.targets:
        because = f" because of {triple_text(reason.triple, prefixes)}" if reason else ""
        yield f"  {_iri_text(target.shape, prefixes)} by {term_text(target.by, prefixes)}{because}"


def _finding_lines(name: str, explained: ExplainedFinding, prefixes: _Prefixes) -> Iterator[str]:
    f = explained.finding
    verb = {"violation": "violates", "warning": "is warned of by", "info": "is noted by"}[f.severity]
    yield f"{name} {verb} {_iri_text(f.shape, prefixes)}{f' at {explained.place}' if explained.place else ''}"
    yield f"  {f.message}"
    if f.hint:
        yield f"  {f.hint}"
    if f.path:
        path = f"^{_iri_text(f.path[1:], prefixes)}" if f.path.startswith("^") else _iri_text(f.path, prefixes)
        yield f"  {path}: {_iri_text(f.value, prefixes) if f.value else 'no single value is at fault'}"
    if not explained.derivations:
        yield from (f"  {reason}" for reason in f.because)


def _iri_text(iri: str, prefixes: _Prefixes) -> str:
    try:
        return term_text(NamedNode(iri), prefixes).strip("<>")
    except ValueError:  # a literal, a blank node or a path
        return iri


# --- for programs ----------------------------------------------------------------------------------------


def _triple_json(e: TripleExplanation) -> str:
    status = "inferred" if e.derivation else "absent"
    return _dump(
        {
            "triple": e.triple,
            "status": ASSERTED if e.derivation and e.derivation.rule == ASSERTED else status,
            "published": e.published,
            "derivation": e.derivation,
            "claims": e.mentions or (),
            "nearMisses": [{**vars(miss), "values": dict(miss.values)} for miss in e.misses],
        }
    )


def _focus_json(e: NodeExplanation) -> str:
    return _dump(
        {
            "focus": e.focus,
            "findings": [
                {**{key: getattr(c.finding, key) for key in _FINDING}, "place": c.place, "triples": c.derivations}
                for c in e.findings
            ],
            "targets": [{"shape": target.shape, "by": target.by.value, "triple": node} for target, node in e.targets],
        }
    )


def _dump(value: object) -> str:
    """Return an explanation as JSON: terms in N-Triples syntax, triples as lists of three, findings as in a report."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_json)


def _json(value: object) -> object:
    if isinstance(value, Triple):
        return [str(value.subject), str(value.predicate), str(value.object)]
    return vars(value) if isinstance(value, DerivationTree | ClaimMention) else str(value)
