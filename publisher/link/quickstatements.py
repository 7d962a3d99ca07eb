"""Propose statements that Wikidata lacks, as commands of QuickStatements, version 1.

Nothing is sent: the user reviews and submits the commands by hand. The format is that of
https://www.wikidata.org/wiki/Help:QuickStatements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.link.discrepancies import Comparison, PropertyValues, describe
from publisher.rdf.vocab import DCTERMS, GP, OA, Term, plain

_TITLE, _PUBLISHED, _PUBLISHER = "S1476", "S577", "S123"
_PRECISION: Final = {10: "11", 7: "10", 4: "9"}  # the precision in Wikidata of a day, month or year, by its length


def propose(compared: Iterable[Comparison], data: Iterable[Triple], links: Mapping[str, str]) -> Iterator[str]:
    """Yield a command for each fact that Wikidata lacks and each article that supports it, which is the reference.

    ``links`` maps IRIs to QIDs. Only articles with a title and a date are references, and a fact without one is not
    proposed.
    """
    descriptions = describe(data)
    for comparison in compared:
        if comparison.verdict == "silent":
            fact = comparison.fact
            for reference in _references(NamedNode(fact.node), descriptions, links):
                yield "\t".join((links[fact.subject], fact.prop, links[fact.object], *reference))


def _references(
    node: NamedNode, descriptions: Mapping[Term, PropertyValues], links: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    def values(subject: Term, prop: NamedNode) -> list[Term]:
        return descriptions.get(subject, {}).get(prop, [])

    articles = {
        article
        for claim in values(node, GP.supportedBy)
        for passage in values(claim, GP.isAtPassage)
        for article in values(passage, OA.hasSource)
    }
    for article in sorted(articles, key=plain):
        titles = [title for title in values(article, DCTERMS.title) if isinstance(title, Literal)]
        days = [plain(day) for day in values(article, DCTERMS.issued) if len(plain(day)) in _PRECISION]
        if titles and days:
            outlets = [links[plain(outlet)] for outlet in values(article, DCTERMS.publisher) if plain(outlet) in links]
            publisher = (_PUBLISHER, outlets[0]) if outlets else ()
            yield _TITLE, _text(titles[0]), _PUBLISHED, _time(days[0]), *publisher


def _text(title: Literal) -> str:
    """Return a text with its language, without tabs and bars, which separate columns, and without quotation marks."""
    plain_text = " ".join(title.value.replace("|", " ").replace('"', "'").split())
    return f'{title.language or "und"}:"{plain_text}"'


def _time(day: str) -> str:
    return f"+{day}{'-00-00'[len(day) - 4 :]}T00:00:00Z/{_PRECISION[len(day)]}"
