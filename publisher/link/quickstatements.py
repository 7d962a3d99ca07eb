"""Propose statements that Wikidata lacks, in the commands of QuickStatements, version 1.

The user reviews and submits them by hand; see https://www.wikidata.org/wiki/Help:QuickStatements for the format.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.link.discrepancies import Comparison
from publisher.rdf.vocab import DCTERMS, GP, OA, Term, plain

_TITLE, _PUBLISHED, _PUBLISHER = "S1476", "S577", "S123"
_PRECISION: Final = {10: "11", 7: "10", 4: "9"}  # characters of a day, month and year, and what Wikidata calls them

Descriptions = Mapping[Term, Mapping[NamedNode, list[Term]]]


def propose(compared: Iterable[Comparison], data: Iterable[Triple], links: Mapping[str, str]) -> Iterator[str]:
    """Yield a command for each fact of which Wikidata says nothing, with the articles that support it as references.

    A fact that no article with a title and a date supports is not proposed: Wikidata wants to know who says so.
    """
    by_subject: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in data:
        by_subject[t.subject][t.predicate].append(t.object)
    for one in compared:
        if one.verdict == "silent":
            fact = one.fact
            for reference in _references(NamedNode(fact.node), by_subject, links):
                yield "\t".join((links[fact.subject], fact.prop, links[fact.object], *reference))


def _references(node: NamedNode, facts: Descriptions, links: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    articles = {
        article
        for claim in _get(facts, node, GP.supportedBy)
        for passage in _get(facts, claim, GP.isAtPassage)
        for article in _get(facts, passage, OA.hasSource)
    }
    for article in sorted(articles, key=plain):
        titles = [title for title in _get(facts, article, DCTERMS.title) if isinstance(title, Literal)]
        days = [plain(day) for day in _get(facts, article, DCTERMS.issued) if len(plain(day)) in _PRECISION]
        if titles and days:
            outlets = [
                links[plain(found)] for found in _get(facts, article, DCTERMS.publisher) if plain(found) in links
            ]
            outlet = (_PUBLISHER, outlets[0]) if outlets else ()
            yield _TITLE, _text(titles[0]), _PUBLISHED, _time(days[0]), *outlet


def _get(facts: Descriptions, node: Term, prop: NamedNode) -> list[Term]:
    return facts.get(node, {}).get(prop, [])


def _text(title: Literal) -> str:
    """Return a text in a language; tabs and bars part commands, and quotation marks cannot be escaped."""
    plain_text = " ".join(title.value.replace("|", " ").replace('"', "'").split())
    return f'{title.language or "und"}:"{plain_text}"'


def _time(day: str) -> str:
    return f"+{day}{'-00-00'[len(day) - 4 :]}T00:00:00Z/{_PRECISION[len(day)]}"
