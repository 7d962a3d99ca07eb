"""Compare memberships and tenures of the dataset with the snapshot of Wikidata, and propose what Wikidata lacks.

Proposals are commands of QuickStatements, version 1 (https://www.wikidata.org/wiki/Help:QuickStatements). Nothing is
sent: the user reviews and submits the commands by hand.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode, Triple

from publisher.link.items import END, MEMBER_OF, POSITION, START
from publisher.link.snapshot import PQ, PS, WD, P
from publisher.rdf.dates import days_of, last_day, last_day_of_month
from publisher.rdf.vocab import DCTERMS, GP, GPT, OA, OWL, RDF, RDFS, Term, plain

Agreement = OneOf["agrees", "not fetched", "silent", "other time", "denied"]

# The class of a fact: its properties for the two participants, and the property of Wikidata between their items.
_CLASSES: Final = {
    GP.Membership: (GP.hasMember, GP.inOrganization, MEMBER_OF),
    GP.Tenure: (GP.hasHolder, GP.ofOffice, POSITION),
}
_DENIED: Final = {GP.memberOf: MEMBER_OF, GP.holdsOffice: POSITION}
_OF_RELATED: Final = {RDFS.label, OWL.sameAs}  # all that the snapshot has of items that are not linked
_BOUNDS: Final = (GP.latestBegin, GP.earliestEnd)  # between which a fact certainly held

_TITLE, _PUBLISHED, _PUBLISHER = "S1476", "S577", "S123"  # of references in QuickStatements
_PRECISION: Final = {10: "11", 7: "10", 4: "9"}  # the precision in Wikidata of a day, month or year, by its length

PropertyValues = Mapping[NamedNode, list[Term]]  # the values of one node by property
DateRange = tuple[datetime.date, datetime.date]  # the first and the last day
_ALWAYS: Final[DateRange] = (datetime.date.min, datetime.date.max)


@dataclass(frozen=True)
class DatedFact:
    """A membership or tenure of the dataset.

    ``node`` is the situation, ``subject`` and ``object`` are its participants (all IRIs), ``prop`` is the property of
    Wikidata between their items, and ``dates`` is a time within which it held. ``is_denied`` marks an accepted denial
    of a fact; then ``node`` is the claim.
    """

    node: str
    subject: str
    prop: str
    object: str
    dates: DateRange
    is_denied: bool = False


@dataclass(frozen=True)
class Comparison:
    """A fact, the verdict on it, and the times that Wikidata gives for it."""

    fact: DatedFact
    verdict: Agreement
    wikidata_dates: tuple[DateRange, ...] = ()


def facts(data: Iterable[Triple]) -> Iterator[DatedFact]:
    """Yield the memberships and tenures, and the denials of them that were accepted."""
    for node, description in _describe(data).items():
        for cls, (subject, obj, prop) in _CLASSES.items():
            if cls in description.get(RDF.type, ()):
                for s, o in product(description.get(subject, ()), description.get(obj, ())):
                    yield DatedFact(plain(node), plain(s), prop, plain(o), _dates(description))
        yield from _denial(node, description)


def _describe(data: Iterable[Triple]) -> dict[Term, PropertyValues]:
    """Return the values of each subject of the triples by property."""
    descriptions: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in data:
        descriptions[t.subject][t.predicate].append(t.object)
    return {subject: dict(values) for subject, values in descriptions.items()}


def _denial(node: Term, claim: PropertyValues) -> Iterator[DatedFact]:
    """Yield the facts that an accepted claim denies, at the time of the statement: at another they may hold."""
    is_negated = [plain(value) for value in claim.get(GP.isNegated, ())] == ["true"]
    if is_negated and GPT.accepted in claim.get(GP.hasVerdict, ()):
        stated = claim.get(GP.statedOn, ())
        days = days_of(stated)
        dates = (min(days), max(days_of(stated, last_day))) if days else _ALWAYS
        props = [_DENIED[p] for p in claim.get(RDF.predicate, ()) if isinstance(p, NamedNode) and p in _DENIED]
        for prop, s, o in product(props, claim.get(RDF.subject, ()), claim.get(RDF.object, ())):
            yield DatedFact(plain(node), plain(s), prop, plain(o), dates, is_denied=True)


def _dates(situation: PropertyValues) -> DateRange:
    days = days_of(value for bound in _BOUNDS for value in situation.get(bound, ()))
    return (min(days), max(days)) if days else _ALWAYS


def compare(data: Iterable[Triple], links: Mapping[str, str], snapshot: Iterable[Triple]) -> tuple[Comparison, ...]:
    """Return a comparison with the snapshot for each fact whose two participants are linked, sorted by node.

    ``links`` maps IRIs to QIDs.
    """
    triples = list(snapshot)
    targets: dict[Any, Any] = {t.subject: t.object for t in triples if t.predicate == OWL.sameAs}  # of redirects
    statements = _statements(Triple(t.subject, t.predicate, targets.get(t.object, t.object)) for t in triples)
    fetched = {t.subject for t in triples if t.predicate not in _OF_RELATED}
    items = {iri: targets.get(WD[qid], WD[qid]) for iri, qid in links.items()}
    comparisons = []
    for fact in sorted(facts(data), key=lambda fact: fact.node):
        if fact.subject in items and fact.object in items:
            subject = items[fact.subject]
            dates = tuple(sorted(statements[subject, fact.prop, items[fact.object]]))
            verdict = _verdict(fact, dates) if subject in fetched else "not fetched"
            comparisons.append(Comparison(fact, verdict, dates))
    return tuple(comparisons)


def _verdict(fact: DatedFact, wikidata_dates: tuple[DateRange, ...]) -> Agreement:
    is_then = any(first <= fact.dates[1] and fact.dates[0] <= last for first, last in wikidata_dates)
    if fact.is_denied:
        return "denied" if is_then else "agrees"
    if not wikidata_dates:
        return "silent"
    return "agrees" if is_then else "other time"


def _statements(snapshot: Iterable[Triple]) -> defaultdict[tuple[Term, str, Term], list[DateRange]]:
    """Return the times of the statements of the snapshot by item, property and value."""
    descriptions = _describe(snapshot)
    statements: defaultdict[tuple[Term, str, Term], list[DateRange]] = defaultdict(list)
    for item, description in descriptions.items():
        for prop in (MEMBER_OF, POSITION):
            for statement in (descriptions.get(node, {}) for node in description.get(P[prop], ())):
                for value in statement.get(PS[prop], ()):
                    statements[item, prop, value].append(_times(statement))
    return statements


def _times(statement: PropertyValues) -> DateRange:
    """Return the time of a statement; an end on the first day of a month or year may be any day of it."""
    begin, end = (days_of(statement.get(PQ[prop], ())) for prop in (START, END))
    first, last = (begin or [datetime.date.min])[-1], (end or [datetime.date.max])[-1]
    return first, last if last.day > 1 else last_day_of_month(last.year, 12 if last.month == 1 else last.month)


_VERDICTS: Final[dict[Agreement, str]] = {
    "agrees": "Wikidata agrees",
    "not fetched": "the snapshot lacks the item of the first: run 'publisher link fetch'",
    "silent": "Wikidata does not say so",
    "other time": "Wikidata says so for another time",
    "denied": "the dataset denies it, and Wikidata says so",
}
_PROPERTIES: Final = {MEMBER_OF: "member of", POSITION: "holds the office"}


def comparison_text(comparisons: Iterable[Comparison], names: Mapping[str, str]) -> str:
    """Return the comparisons that do not agree, contradictions first, and how many agree; ``names`` are by IRI."""
    comparisons = list(comparisons)
    entries = []
    for comparison in sorted(comparisons, key=lambda c: list(_VERDICTS).index(c.verdict), reverse=True):
        if comparison.verdict != "agrees":
            fact, dates = comparison.fact, comparison.wikidata_dates
            subject, obj = (names.get(iri, iri) for iri in (fact.subject, fact.object))
            times = f": {', '.join(map(_date_text, dates))}" if dates else ""
            entries.append(
                f"{subject} · {_PROPERTIES[fact.prop]} · {obj}\n"
                f"    here: {_date_text(fact.dates)} ({fact.node})\n"
                f"    {_VERDICTS[comparison.verdict]}{times}\n"
            )
    agreeing = len(comparisons) - len(entries)
    return "".join((*entries, f"{len(comparisons)} facts compared, {agreeing} agree\n"))


def _date_text(dates: DateRange) -> str:
    first, last = ("" if day in _ALWAYS else day.isoformat() for day in dates)
    return f"{first or '…'} to {last or '…'}" if first or last else "no time given"


# --- proposals ------------------------------------------------------------------------------------------


def propose(compared: Iterable[Comparison], data: Iterable[Triple], links: Mapping[str, str]) -> Iterator[str]:
    """Yield a command for each fact that Wikidata lacks and each article that supports it, which is the reference.

    ``links`` maps IRIs to QIDs. Only articles with a title and a date are references, and a fact without one is not
    proposed.
    """
    descriptions = _describe(data)
    for comparison in compared:
        if comparison.verdict == "silent":
            fact = comparison.fact
            for reference in _references(NamedNode(fact.node), descriptions, links):
                yield "\t".join((links[fact.subject], fact.prop, links[fact.object], *reference))


def _references(
    node: NamedNode, descriptions: Mapping[Term, PropertyValues], links: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    nodes: set[Term] = {node}
    for prop in (GP.supportedBy, GP.isAtPassage, OA.hasSource):
        nodes = {value for each in nodes for value in descriptions.get(each, {}).get(prop, ())}
    for article in (descriptions.get(article, {}) for article in sorted(nodes, key=plain)):
        titles = [title for title in article.get(DCTERMS.title, ()) if isinstance(title, Literal)]
        days = [plain(day) for day in article.get(DCTERMS.issued, ()) if len(plain(day)) in _PRECISION]
        if titles and days:
            day = f"+{days[0]}{'-00-00'[len(days[0]) - 4 :]}T00:00:00Z/{_PRECISION[len(days[0])]}"
            outlets = [links[plain(outlet)] for outlet in article.get(DCTERMS.publisher, ()) if plain(outlet) in links]
            publisher = (_PUBLISHER, outlets[0]) if outlets else ()
            yield _TITLE, _text(titles[0]), _PUBLISHED, day, *publisher


def _text(title: Literal) -> str:
    """Return a text with its language, without tabs and bars, which separate columns, and without quotation marks."""
    plain_text = " ".join(title.value.replace("|", " ").replace('"', "'").split())
    return f'{title.language or "und"}:"{plain_text}"'
