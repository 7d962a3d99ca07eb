"""Compare what the dataset holds for a fact with the snapshot of Wikidata: memberships, and offices at their time."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import NamedNode, Triple

from publisher.link.items import END, MEMBER_OF, POSITION, START, qid
from publisher.link.snapshot import PQ, PS, P
from publisher.rdf.dates import first_day, last_day, last_day_of_month
from publisher.rdf.vocab import GP, RDF, Namespace, Term, plain

Agreement = OneOf["agrees", "silent", "other time", "denied"]

_GPT: Final = Namespace("https://w3id.org/geopol/terms#")
_KINDS: Final = {
    GP.Membership: (GP.hasMember, GP.inOrganization, MEMBER_OF),
    GP.Tenure: (GP.hasHolder, GP.ofOffice, POSITION),
}
_DENIED: Final = {GP.memberOf: MEMBER_OF, GP.holdsOffice: POSITION}
_BOUNDS: Final = (GP.latestBegin, GP.earliestEnd)

DateRange = tuple[datetime.date, datetime.date]
ALWAYS: Final[DateRange] = (datetime.date.min, datetime.date.max)


@dataclass(frozen=True)
class DatedFact:
    """A membership or tenure of the dataset: the node that states it, both ends, Wikidata's property, and its time.

    ``is_denied`` marks what the dataset holds not to be so; then ``node`` is the claim.
    """

    node: str
    subject: str
    prop: str
    object: str
    dates: DateRange
    is_denied: bool = False


@dataclass(frozen=True)
class Comparison:
    """A fact beside what Wikidata says, with the times that it gives."""

    fact: DatedFact
    verdict: Agreement
    wikidata_dates: tuple[DateRange, ...] = ()


def facts(data: Iterable[Triple]) -> Iterator[DatedFact]:
    """Yield the memberships and tenures, and the denials of them that were accepted."""
    by_subject: defaultdict[Term, defaultdict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for t in data:
        by_subject[t.subject][t.predicate].append(t.object)
    for node, found in by_subject.items():
        for kind, (one, other, prop) in _KINDS.items():
            if kind in found[RDF.type]:
                pairs = [(plain(s), plain(o)) for s in found[one] for o in found[other]]
                yield from (DatedFact(plain(node), s, prop, o, _span(found)) for s, o in pairs)
        yield from _denial(node, found)


def _denial(node: Term, found: Mapping[NamedNode, list[Term]]) -> Iterator[DatedFact]:
    """Yield what an accepted claim denies, at the time at which it was said: it may have been so at another."""
    is_negated = [plain(value) for value in found.get(GP.isNegated, ())] == ["true"]
    if is_negated and _GPT.accepted in found.get(GP.hasVerdict, ()):
        props = [_DENIED[p] for p in found[RDF.predicate] if isinstance(p, NamedNode) and p in _DENIED]
        for prop in props:
            subject, obj = (plain(found[term][0]) for term in (RDF.subject, RDF.object))
            yield DatedFact(plain(node), subject, prop, obj, _said(found), is_denied=True)


def _said(found: Mapping[NamedNode, list[Term]]) -> DateRange:
    days = [plain(value) for value in found.get(GP.statedOn, ())]
    return (first_day(min(days)), last_day(max(days))) if days else ALWAYS


def _span(found: Mapping[NamedNode, list[Term]]) -> DateRange:
    """Return a time within which the fact held, or the whole of time where the dataset gives none."""
    days = [datetime.date.fromisoformat(plain(value)) for bound in _BOUNDS for value in found.get(bound, ())]
    return (min(days), max(days)) if days else ALWAYS


def compare(data: Iterable[Triple], links: Mapping[str, str], snapshot: Iterable[Triple]) -> tuple[Comparison, ...]:
    """Return each fact whose two ends are linked, beside what the snapshot says of them."""
    known = _statements(snapshot)
    compared = []
    for fact in sorted(facts(data), key=lambda fact: fact.node):
        ends = links.get(fact.subject), links.get(fact.object)
        if all(ends):
            wikidata_dates = tuple(sorted(known[ends[0] or "", fact.prop, ends[1] or ""]))
            compared.append(Comparison(fact, _verdict(fact, wikidata_dates), wikidata_dates))
    return tuple(compared)


def _verdict(fact: DatedFact, wikidata_dates: tuple[DateRange, ...]) -> Agreement:
    is_then = any(first <= fact.dates[1] and fact.dates[0] <= last for first, last in wikidata_dates)
    if fact.is_denied:
        return "denied" if is_then else "agrees"
    if not wikidata_dates:
        return "silent"
    return "agrees" if is_then else "other time"


def _statements(snapshot: Iterable[Triple]) -> defaultdict[tuple[str, str, str], list[DateRange]]:
    """Return the times of each statement of the snapshot, by its item, property and value."""
    by_node: defaultdict[Term, dict[NamedNode, Term]] = defaultdict(dict)
    owners: list[tuple[str, str, Term]] = []
    for t in snapshot:
        by_node[t.subject][t.predicate] = t.object
        owners += [(plain(t.subject), prop, t.object) for prop in (MEMBER_OF, POSITION) if t.predicate == P[prop]]
    known: defaultdict[tuple[str, str, str], list[DateRange]] = defaultdict(list)
    for item, prop, node in owners:
        found = by_node[node]
        if PS[prop] in found:
            first, last = _earliest(found.get(PQ[START])), _latest(found.get(PQ[END]))
            known[qid(item), prop, qid(plain(found[PS[prop]]))].append((first, last))
    return known


def _earliest(term: Term | None) -> datetime.date:
    return datetime.date.fromisoformat(plain(term)[:10]) if term else datetime.date.min


def _latest(term: Term | None) -> datetime.date:
    """Return the last day that an end may mean: the first of a month or year may stand for all of it."""
    if term is None:
        return datetime.date.max
    day = datetime.date.fromisoformat(plain(term)[:10])
    if day.day > 1:
        return day
    return last_day_of_month(day.year, 12 if day.month == 1 else day.month)


_TOLD: Final[dict[Agreement, str]] = {
    "agrees": "Wikidata agrees",
    "silent": "Wikidata does not say so",
    "other time": "Wikidata says so for another time",
    "denied": "the dataset denies it, and Wikidata says so",
}
_NAMES: Final = {MEMBER_OF: "member of", POSITION: "holds the office"}


def comparison_text(compared: Iterable[Comparison], names: Mapping[str, str]) -> str:
    """Return the disagreements and silences for people, one a line, and how often both agree."""
    found = list(compared)
    lines = []
    for one in sorted(found, key=lambda one: list(_TOLD).index(one.verdict), reverse=True):
        if one.verdict != "agrees":
            fact = one.fact
            claim = (
                f"{names.get(fact.subject, fact.subject)} · {_NAMES[fact.prop]} · {names.get(fact.object, fact.object)}"
            )
            times = f": {', '.join(map(_text, one.wikidata_dates))}" if one.wikidata_dates else ""
            lines.append(f"{claim}\n    here: {_text(fact.dates)} ({fact.node})\n    {_TOLD[one.verdict]}{times}")
    agreed = sum(one.verdict == "agrees" for one in found)
    return "".join(f"{line}\n" for line in (*lines, f"{len(found)} facts compared, {agreed} agree"))


def _text(dates: DateRange) -> str:
    first, last = ("" if day in ALWAYS else day.isoformat() for day in dates)
    return f"{first or '…'} to {last or '…'}" if first or last else "no time given"
