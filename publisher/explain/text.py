"""Write explanations, for people as indented text and for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher.explain.explain import ClaimMention, Culprit, FocusExplained, Node, TripleExplained
from publisher.infer.proofs import ASSERTED, ONTOLOGY
from publisher.infer.tracing import NearMiss
from publisher.rdf.terms import term_text, triple_text
from publisher.rdf.vocab import Term
from publisher.wording import plural

Prefixes = dict[str, str]
Texts = dict[str, str]

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


def write(told: TripleExplained | FocusExplained, prefixes: Prefixes, form: str) -> str:
    """Return the explanation as ``text``, an indented tree, or as ``json``."""
    if isinstance(told, TripleExplained):
        return _triple_json(told) if form == "json" else "\n".join(_triple_lines(told, prefixes))
    return _focus_json(told) if form == "json" else "\n".join(_focus_lines(told, prefixes))


def _triple_lines(e: TripleExplained, prefixes: Prefixes) -> Iterator[str]:
    if e.node:
        yield from _tree(e.node, prefixes, e.rules)
        if not e.published:
            yield "It is not published: nothing in the dataset describes its subject."
    else:
        yield triple_text(e.triple, prefixes)
        yield f"  {_absence(e.mentions)}"
    indent = "" if e.node else "  "
    yield from (indent + _mention_line(mention, prefixes) for mention in e.mentions)
    for miss in e.misses:
        yield ""
        yield from _miss_lines(miss, prefixes, e.rules)


def _tree(node: Node, prefixes: Prefixes, rules: Texts, depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    yield indent + triple_text(node.triple, prefixes)
    yield f"{indent}  {_reason(node, rules)}"
    for premise in node.premises:
        yield from _tree(premise, prefixes, rules, depth + 1)


def _reason(node: Node, rules: Texts) -> str:
    if node.places:
        return f"asserted at {', '.join(node.places)}"
    if node.rule == ASSERTED:
        return ASSERTED
    if node.rule == ONTOLOGY:
        return "by the closure of the ontology under OWL 2 RL"
    if meaning := _MEANING.get(node.rule):
        return f"by {node.rule} of OWL 2 RL: {meaning}"
    untold = "" if node.premises else " (from which triples cannot be told)"
    return f"by {rules[node.rule]}{untold}"


def _absence(mentions: tuple[ClaimMention, ...]) -> str:
    for_it = sum(not mention.denies for mention in mentions)
    if not mentions:
        return "no triple of the dataset says this, asserted or inferred; no claim does either"
    denials = len(mentions) - for_it
    told = [f"{plural(for_it, 'claim')} {'does' if for_it == 1 else 'do'}"] if for_it else []
    told += [f"{plural(denials, 'claim')} {'denies' if denials == 1 else 'deny'} it"] if denials else []
    return f"no triple of the dataset says this, asserted or inferred; {', '.join(told)}:"


def _mention_line(mention: ClaimMention, prefixes: Prefixes) -> str:
    def names(terms: tuple[Term, ...]) -> str:
        return ", ".join(term_text(term, prefixes) for term in terms) or "none"

    verb = "denied" if mention.denies else "said"
    return (
        f"{verb} by the claim {term_text(mention.claim, prefixes)} ({names(mention.kinds)}), "
        f"claimant {names(mention.claimants)}, verdict {names(mention.verdicts)}"
    )


def _miss_lines(miss: NearMiss, prefixes: Prefixes, rules: Texts) -> Iterator[str]:
    yield f"It would follow by {rules[miss.rule]}"
    yield from (f"  {triple_text(t, prefixes)}" for t in miss.premises)
    yield f"  but for its condition {miss.condition}"
    yield from (f"    with ?{name} = {term_text(value, prefixes)}" for name, value in miss.values)


def _focus_lines(e: FocusExplained, prefixes: Prefixes) -> Iterator[str]:
    name = term_text(e.focus, prefixes)
    for culprit in e.culprits:
        yield from _finding_lines(name, culprit, prefixes)
        for node in culprit.nodes:
            yield from _tree(node, prefixes, e.rules, 1)
        yield ""
    if not e.culprits:
        yield f"{name} violates nothing{f' of {_iri_text(e.shape, prefixes)}' if e.shape else ''}."
    looking = {target.shape for target, _ in e.targets}
    yield f"{plural(len(looking), 'shape')} look{'s' if len(looking) == 1 else ''} at it:"
    for target, reason in e.targets:
        because = f" because of {triple_text(reason.triple, prefixes)}" if reason else ""
        yield f"  {_iri_text(target.shape, prefixes)} by {term_text(target.by, prefixes)}{because}"


def _finding_lines(name: str, culprit: Culprit, prefixes: Prefixes) -> Iterator[str]:
    f = culprit.finding
    verb = {"violation": "violates", "warning": "is warned of by", "info": "is noted by"}[f.severity]
    yield f"{name} {verb} {_iri_text(f.shape, prefixes)}{f' at {culprit.place}' if culprit.place else ''}"
    yield f"  {f.message}"
    if f.hint:
        yield f"  {f.hint}"
    if f.path:
        path = f"^{_iri_text(f.path[1:], prefixes)}" if f.path.startswith("^") else _iri_text(f.path, prefixes)
        yield f"  {path}: {_iri_text(f.value, prefixes) if f.value else 'no single value is at fault'}"
    if not culprit.nodes:
        yield from (f"  {reason}" for reason in f.because)


def _iri_text(iri: str, prefixes: Prefixes) -> str:
    try:
        return term_text(NamedNode(iri), prefixes).strip("<>")
    except ValueError:  # a literal, a blank node or a path
        return iri


# --- for programs ----------------------------------------------------------------------------------------


def _triple_json(e: TripleExplained) -> str:
    """Return the explanation of a triple as JSON; terms are in N-Triples syntax."""
    return _dump(
        {
            "triple": _terms(e.triple),
            "status": e.node.rule if e.node and e.node.rule == ASSERTED else "inferred" if e.node else "absent",
            "published": e.published,
            "derivation": _node_json(e.node),
            "claims": [_mention_json(mention) for mention in e.mentions],
            "nearMisses": [
                {
                    "rule": m.rule,
                    "condition": m.condition,
                    "premises": [_terms(t) for t in m.premises],
                    "values": {name: str(term) for name, term in m.values},
                }
                for m in e.misses
            ],
        }
    )


def _mention_json(m: ClaimMention) -> dict[str, object]:
    return {
        "claim": str(m.claim),
        "kinds": [str(term) for term in m.kinds],
        "claimants": [str(term) for term in m.claimants],
        "verdicts": [str(term) for term in m.verdicts],
        "denies": m.denies,
    }


def _focus_json(e: FocusExplained) -> str:
    """Return the explanation of a node as JSON; terms are in N-Triples syntax, findings as in a report."""
    return _dump(
        {
            "focus": str(e.focus),
            "findings": [
                {
                    "shape": c.finding.shape,
                    "severity": c.finding.severity,
                    "message": c.finding.message,
                    "path": c.finding.path,
                    "value": c.finding.value,
                    "place": c.place,
                    "triples": [_node_json(node) for node in c.nodes],
                }
                for c in e.culprits
            ],
            "targets": [
                {"shape": target.shape, "by": target.by.value, "triple": _node_json(node)} for target, node in e.targets
            ],
        }
    )


def _node_json(node: Node | None) -> dict[str, object] | None:
    if node is None:
        return None
    return {
        "triple": _terms(node.triple),
        "rule": node.rule,
        "places": list(node.places),
        "premises": [_node_json(premise) for premise in node.premises],
    }


def _terms(t: Triple) -> list[str]:
    return [str(t.subject), str(t.predicate), str(t.object)]


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
