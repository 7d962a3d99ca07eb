"""Mistakes to sow into generated articles: each breaks one shape, and says which thing a validator must name."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from typing import Final

from benchmarks.article import Article, day, edtf
from benchmarks.entities import text
from publisher.rdf.vocab import CHECK, SH

Mistake = Callable[[Article], list[tuple[str, str]]]


def sow(article: Article) -> list[tuple[str, str]]:
    """Make one mistake in an article; return what must be found: (name of the focus node, constraint component)."""
    rng = random.Random(f"{article.seed}/{article.number}/mistake")  # noqa: S311 - repeatable, not secret
    return rng.choice(MISTAKES)(article)


def _drop(local: str, predicate: str, component: str) -> Mistake:
    def make(a: Article) -> list[tuple[str, str]]:
        pairs = a.blocks[a.name(local)]
        a.blocks[a.name(local)] = [pair for pair in pairs if pair[0] != predicate]
        return [(a.name(local), component)]

    return make


def _more(local: str, predicate: str, value: str, *components: str) -> Mistake:
    def make(a: Article) -> list[tuple[str, str]]:
        a.add(a.name(local), (predicate, value))
        return [(a.name(local), component) for component in components]

    return make


def _other(local: str, predicate: str, value: str | Callable[[Article], str], *components: str) -> Mistake:
    def make(a: Article) -> list[tuple[str, str]]:
        told = value if isinstance(value, str) else value(a)
        pairs = a.blocks[a.name(local)]
        a.blocks[a.name(local)] = [(p, told if p == predicate else v) for p, v in pairs]
        return [(a.name(local), component) for component in components]

    return make


def _ends_too_soon(a: Article) -> list[tuple[str, str]]:
    name = a.name("membership")
    a.blocks[name] = [pair for pair in a.blocks[name] if pair[0] != "gp:latestEnd"]
    a.add(name, ("gp:latestEnd", day(a.event - datetime.timedelta(days=500))))
    return [(name, _ORDER)]


def _passage_runs_backwards(a: Article) -> list[tuple[str, str]]:
    position = a.position(3)
    start = next(value for predicate, value in a.blocks[position] if predicate == "oa:start")
    a.blocks[position] = [(p, start if p == "oa:end" else v) for p, v in a.blocks[position]]
    return [(position, _component("LessThan"))]


def _shortcut_by_hand(a: Article) -> list[tuple[str, str]]:
    a.add(a.name("author"), ("gp:metWith", f"id:person-{a.other}"))
    return [(a.name("author"), _component("SPARQL"))]


def _rests_on_disputed_claim(a: Article) -> list[tuple[str, str]]:
    a.add(a.name("visit"), ("dcterms:subject", f"id:topic-{a.topic}"), ("gp:supportedBy", a.name("s06-c2")))
    return [(a.name("visit"), _component("Node"))]


def _component(name: str) -> str:
    return SH[f"{name}ConstraintComponent"].value


_ORDER: Final = _component("LessThanOrEquals")
_AND, _CLASS, _COUNT, _DATATYPE = (_component(name) for name in ("And", "Class", "MinCount", "Datatype"))
_IN, _OR, _PATTERN, _QUERY = (_component(name) for name in ("In", "Or", "Pattern", "SPARQL"))
_LABELS, _XONE = _component("QualifiedMinCount"), _component("Xone")

MISTAKES: Final[tuple[Mistake, ...]] = (
    # a claim without a voice, a place, a verdict; one with the wrong ones
    _drop("s07-c1", "gp:hasClaimant", _COUNT),
    _drop("s05-c2", "gp:isAtPassage", _COUNT),
    _drop("s05-c2", "gp:hasVerdict", _COUNT),
    _drop("s06-c1", "gp:hasAccused", _COUNT),
    _drop("s06-c2", "skos:prefLabel", _LABELS),
    _more("s06-c2", "skos:prefLabel", text("Another label."), _component("UniqueLang")),
    _more("s07-c1", "gp:hasModality", "gpt:likely", _component("MaxCount")),
    _other("s07-c1", "gp:hasModality", "gpt:accepted", _IN),
    _other("s05-c2", "gp:hasVerdict", "gpt:pending", _IN),
    _other("s05-c2", "gp:quotation", '"an example in words"', _DATATYPE),
    _other("s05-c2", "a", "gp:Claim", _XONE),
    _other("s05-c3", "gp:statedOn", lambda a: f'"{a.event.year}"^^xsd:gYear', _OR),
    _other("s05-c3", "rdf:object", '"a matter"', _AND),
    _other("s05-c2", "gp:hasClaimant", lambda a: f"id:person-{a.other}", _QUERY),
    _other("s06-c2", "gp:isViewOf", lambda a: a.name("author"), _component("Disjoint")),
    _more("s06-c2", "gp:isNegated", '"yes"', _DATATYPE),
    _more("s06-c2", "gp:isConditionalOn", "gpt:likely", _OR),
    # facts: evidence, parties, times
    _drop("membership", "gp:supportedBy", _OR),
    _rests_on_disputed_claim,
    _more("signing", "gp:hasSubtype", "gpt:likely", _IN),
    _more("signing", "gp:hasInstrument", "gpt:likely", _CLASS),
    _other("meeting", "dcterms:isPartOf", lambda a: a.name("author"), _CLASS),
    _drop("remarks", "gp:edtfTime", _COUNT),
    _other("visit", "gp:edtfTime", lambda a: edtf(f"{a.event.year}-13-40"), _PATTERN),
    _other("meeting", "gp:earliestBegin", '"2000-01-01"^^xsd:date', CHECK["edtf-bounds"].value),
    _ends_too_soon,
    # passages and documents
    _drop("s04", "gp:sentenceNumber", _COUNT),
    _other("s04", "gp:sentenceNumber", "0", _component("MinInclusive")),
    _other("s04", "gp:textDigest", '"0123"', _PATTERN),
    _passage_runs_backwards,
    _drop("source", "dcterms:publisher", _AND),
    _other("source", "gp:isYearInferred", "true", _XONE),
    # terms
    _more("remarks", "gp:hasSpeeker", "gpt:likely", _QUERY),
    _other("agreement", "a", "gp:Agreement , gp:Agreemint", _OR),
    _shortcut_by_hand,
)
