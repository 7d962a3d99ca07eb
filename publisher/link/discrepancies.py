"""Compare the facts of the dataset with the snapshot of Wikidata: memberships and tenures, at their times."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import NamedNode, Triple

from publisher.link.items import END, MEMBER_OF, POSITION, START, qid_of
from publisher.link.snapshot import PQ, PS, P
from publisher.rdf.dates import first_day, last_day, last_day_of_month
from publisher.rdf.vocab import GP, GPT, RDF, Term, plain

Agreement = OneOf["agrees", "silent", "other time", "denied"]

# The class of a fact: its properties for the two participants, and the property of Wikidata between their items.
_CLASSES: Final = {
    GP.Membership: (GP.hasMember, GP.inOrganization, MEMBER_OF),
    GP.Tenure: (GP.hasHolder, GP.ofOffice, POSITION),
}
_DENIED: Final = {GP.memberOf: MEMBER_OF, GP.holdsOffice: POSITION}
_BOUNDS: Final = (GP.latestBegin, GP.earliestEnd)  # between which a fact certainly held

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
    for node, description in describe(data).items():
        for cls, (subject, obj, prop) in _CLASSES.items():
            if cls in description.get(RDF.type, ()):
                for s, o in product(description.get(subject, ()), description.get(obj, ())):
                    yield DatedFact(plain(node), plain(s), prop, plain(o), _dates(description))
        yield from _denial(node, description)


def describe(data: Iterable[Triple]) -> dict[Term, PropertyValues]:
    """Return the values of each subject of the triples by property."""
    descriptions: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in data:
        descriptions[t.subject][t.predicate].append(t.object)
    return {subject: dict(values) for subject, values in descriptions.items()}


def _denial(node: Term, claim: PropertyValues) -> Iterator[DatedFact]:
    """Yield the facts that an accepted claim denies, at the time of the statement: at another they may hold."""
    is_negated = [plain(value) for value in claim.get(GP.isNegated, ())] == ["true"]
    if is_negated and GPT.accepted in claim.get(GP.hasVerdict, ()):
        days = [plain(value) for value in claim.get(GP.statedOn, ())]
        dates = (first_day(min(days)), last_day(max(days))) if days else _ALWAYS
        props = [_DENIED[p] for p in claim.get(RDF.predicate, ()) if isinstance(p, NamedNode) and p in _DENIED]
        for prop, s, o in product(props, claim.get(RDF.subject, ()), claim.get(RDF.object, ())):
            yield DatedFact(plain(node), plain(s), prop, plain(o), dates, is_denied=True)


def _dates(situation: PropertyValues) -> DateRange:
    days = [datetime.date.fromisoformat(plain(value)) for bound in _BOUNDS for value in situation.get(bound, ())]
    return (min(days), max(days)) if days else _ALWAYS


def compare(data: Iterable[Triple], links: Mapping[str, str], snapshot: Iterable[Triple]) -> tuple[Comparison, ...]:
    """Return a comparison with the snapshot for each fact whose two participants are linked, sorted by node.

    ``links`` maps IRIs to QIDs.
    """
    statements = _statements(snapshot)
    comparisons = []
    for fact in sorted(facts(data), key=lambda fact: fact.node):
        if fact.subject in links and fact.object in links:
            dates = tuple(sorted(statements[links[fact.subject], fact.prop, links[fact.object]]))
            comparisons.append(Comparison(fact, _verdict(fact, dates), dates))
    return tuple(comparisons)


def _verdict(fact: DatedFact, wikidata_dates: tuple[DateRange, ...]) -> Agreement:
    is_then = any(first <= fact.dates[1] and fact.dates[0] <= last for first, last in wikidata_dates)
    if fact.is_denied:
        return "denied" if is_then else "agrees"
    if not wikidata_dates:
        return "silent"
    return "agrees" if is_then else "other time"


def _statements(snapshot: Iterable[Triple]) -> defaultdict[tuple[str, str, str], list[DateRange]]:
    """Return the times of the statements of the snapshot by item, property and value."""
    descriptions = describe(snapshot)
    statements: defaultdict[tuple[str, str, str], list[DateRange]] = defaultdict(list)
    for item, description in descriptions.items():
        for prop in (MEMBER_OF, POSITION):
            for node in description.get(P[prop], ()):
                statement = descriptions.get(node, {})
                for value in statement.get(PS[prop], ()):
                    first, last = _earliest(statement.get(PQ[START], ())), _latest(statement.get(PQ[END], ()))
                    statements[qid_of(plain(item)), prop, qid_of(plain(value))].append((first, last))
    return statements


def _earliest(begins: Sequence[Term]) -> datetime.date:
    """Return the first day of a statement with these values as its begin (at most one is expected)."""
    return datetime.date.fromisoformat(plain(begins[-1])[:10]) if begins else datetime.date.min


def _latest(ends: Sequence[Term]) -> datetime.date:
    """Return the last day that an end may mean: the first day of a month or year may stand for all of it."""
    if not ends:
        return datetime.date.max
    day = datetime.date.fromisoformat(plain(ends[-1])[:10])
    if day.day > 1:
        return day
    return last_day_of_month(day.year, 12 if day.month == 1 else day.month)


_VERDICTS: Final[dict[Agreement, str]] = {
    "agrees": "Wikidata agrees",
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
