"""Check what shapes cannot say without a programme: dates against EDTF, references against descriptions."""

from __future__ import annotations

import contextlib
import datetime
import functools
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from typing import Final, cast
from typing import Literal as OneOf

import edtf
import rdflib
from pyoxigraph import Literal

from publisher.rdf.curies import shorten
from publisher.rdf.dates import first_day, last_day, last_day_of_month
from publisher.rdf.ntriples import NTriple, from_ntriples, iri, name_of
from publisher.rdf.vocab import EDTF_LEVEL_1, GP, GPS, RDF, XSD
from publisher.validate.report import Finding

_BOUNDS: Final = {iri(GP[name].value): name for name in ("earliestBegin", "latestBegin", "earliestEnd", "latestEnd")}
_EDTF_TIME: Final = iri(GP.edtfTime.value)
_EDTF_DATATYPE: Final = f'"^^{iri(EDTF_LEVEL_1.value)}'
_PREDICATE: Final = iri(RDF.predicate.value)


def check_edtf_bounds(data: Iterable[NTriple]) -> Iterator[Finding]:
    """Yield each date bound that disagrees with the EDTF value of the same node, or is missing beside it.

    Begin and end of the value (Extended Date/Time Format, level 1) fix ``gp:earliestBegin`` and
    ``gp:latestEnd`` to the day; the two inner bounds must lie between them. The time of a claim is what the
    claim speaks of, and has no bounds.
    """
    times: dict[str, set[str]] = defaultdict(set)
    bounds: dict[str, dict[str, str]] = defaultdict(dict)
    claims: set[str] = set()
    for s, p, o in data:
        if p == _EDTF_TIME and o.endswith(_EDTF_DATATYPE):
            times[s].add(o[1 : -len(_EDTF_DATATYPE)])
        elif p in _BOUNDS:
            bounds[s][_BOUNDS[p]] = o[1:].partition('"')[0]
        elif p == _PREDICATE:
            claims.add(s)
    for node, values in times.items():
        if node not in claims and len(values) == 1:  # more than one time has a shape of its own
            yield from _compare_bounds(name_of(node), values.pop(), bounds[node])


def _compare_bounds(node: str, time: str, bounds: dict[str, str]) -> Iterator[Finding]:
    try:
        first, last = edtf_bounds(time)
    except ValueError:
        return  # the syntax has a shape of its own
    for name, expected in (("earliestBegin", first), ("latestEnd", last)):
        found = bounds.get(name)
        if found != (expected.isoformat() if expected else None):
            yield _bound_finding(node, name, found, f"'{expected or 'no value'}'", time)
    for name in ("latestBegin", "earliestEnd"):
        found = bounds.get(name)
        if found and not (first or datetime.date.min).isoformat() <= found <= (last or datetime.date.max).isoformat():
            yield _bound_finding(node, name, found, f"a day from {first or '…'} to {last or '…'}", time)


def _bound_finding(node: str, name: str, found: str | None, expected: str, time: str) -> Finding:
    return Finding(
        focus=node,
        path=GP[name].value,
        component=GPS.EdtfBoundsConstraintComponent.value,
        value=found or "",
        severity="violation",
        shape=GPS.EdtfBoundsAgree.value,
        message=f"gp:{name} is '{found or 'missing'}', but gp:edtfTime '{time}' asks for {expected}. "
        "Mend the one that is wrong.",
    )


@functools.lru_cache(maxsize=65_536)
def edtf_bounds(value: str) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and the last day of an EDTF level 1 date, season or interval.

    A side that is open (``..``) or unknown (empty) is ``None``. Raises ``ValueError`` for anything else.
    """
    first, slash, last = value.partition("/")
    return _day(first, "lower_strict"), _day(last if slash else first, "upper_strict")


# A year, month, season or day, some digits unknown or not, with or without a qualifier.
_EDTF_DAY: Final = re.compile(r"[0-9X]{4}(-[0-9X]{2}){0,2}[?~%]?")


def _day(part: str, bound: OneOf["lower_strict", "upper_strict"]) -> datetime.date | None:
    if part in ("", ".."):
        return None
    if not _EDTF_DAY.fullmatch(part):
        raise ValueError(f"'{part}' is not an EDTF date")
    with contextlib.suppress(ValueError):  # most are plain dates, for which the parser takes a hundred times as long
        return first_day(part) if bound == "lower_strict" else last_day(part)
    try:
        year, month, day = getattr(edtf.parse_edtf(part), bound)()[:3]
    except (edtf.EDTFParseException, TypeError, AttributeError) as error:
        raise ValueError(f"'{part}' is not an EDTF date") from error
    return datetime.date(year, month, min(day, last_day_of_month(year, month).day))


def check_lexical_forms(data: Iterable[NTriple]) -> Iterator[Finding]:
    """Yield each literal that is none of its datatype (XML Schema, part 2), which no engine can compare."""
    for s, p, o in data:
        if o[-1] == ">" and o[0] == '"' and _is_ill_formed(o):
            literal = _literal(o)
            yield Finding(
                focus=name_of(s),
                path=name_of(p),
                component=GPS.LexicalFormConstraintComponent.value,
                value=literal.value,
                severity="violation",
                shape=GPS.LexicalForm.value,
                message=f"This is no {shorten(literal.datatype.value, {'xsd': XSD.iri})}. Correct the value or its "
                "datatype; the other checks of values wait for it.",
            )


@functools.lru_cache(maxsize=65_536)
def _is_ill_formed(term: str) -> bool:
    if not term.rpartition("^^<")[2].startswith(XSD.iri):
        return False
    literal = _literal(term)
    typed = rdflib.Literal(literal.value, datatype=rdflib.URIRef(literal.datatype.value), normalize=False)
    return bool(typed.ill_typed)


def _literal(term: str) -> Literal:
    (triple,) = from_ntriples([("_:s", "<urn:p>", term)])
    return cast("Literal", triple.object)


def check_references(data: Iterable[NTriple], things: str, described: Container[str]) -> Iterator[Finding]:
    """Yield each use of a thing of the dataset that is not among ``described``."""
    start = iri(things)[:-1]
    for s, p, o in data:
        if o.startswith(start) and o not in described:
            yield Finding(
                focus=name_of(s),
                path=name_of(p),
                component=GPS.DescribedConstraintComponent.value,
                value=name_of(o),
                severity="violation",
                shape=GPS.Described.value,
                message="Nothing describes this thing. Check the spelling, or describe it under data/.",
            )
