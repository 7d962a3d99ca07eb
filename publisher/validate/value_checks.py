"""Check what shapes cannot say without a programme: dates against EDTF, references against descriptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Final, cast

from pyoxigraph import Literal

from publisher.rdf.curies import shorten
from publisher.rdf.ntriples import NTriple, from_ntriples, iri, name_of
from publisher.rdf.vocab import CHECK, EDTF_LEVEL_1, GP, RDF, XSD
from publisher.validate.edtf_level1 import Day, edtf_bounds
from publisher.validate.lexical_forms import is_lexical_form
from publisher.validate.report import Finding, Terms

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
    except ValueError as error:
        if _NO_SUCH_DAY in str(error):  # other syntax has a shape of its own
            yield _no_such_day(node, time)
        return
    for name, expected in (("earliestBegin", first), ("latestEnd", last)):
        found = bounds.get(name)
        if found != (str(expected) if expected else None):
            yield _bound_finding(node, name, found, f"'{expected or 'no value'}'", time)
    for name in ("latestBegin", "earliestEnd"):
        found = bounds.get(name)
        if found and not _is_within(found, first, last):
            yield _bound_finding(node, name, found, f"a day from {first or '…'} to {last or '…'}", time)


_NO_SUCH_DAY: Final = "no such day"


def _is_within(day: str, first: Day | None, last: Day | None) -> bool:
    """Tell whether a day lies between two; what is no day has a shape of its own."""
    try:
        found, _ = edtf_bounds(day)
    except ValueError:
        return True
    return found is not None and (first is None or first <= found) and (last is None or found <= last)


def _no_such_day(node: str, time: str) -> Finding:
    terms = f"<{node}>" if ":" in node else f"_:{node}", f'"{time}"^^{EDTF_LEVEL_1}'
    message = f"gp:edtfTime '{time}' names a day that there is not. Correct the day."
    return _finding("edtf-bounds", (node, GP.edtfTime.value, time), message, terms)


def _bound_finding(node: str, name: str, found: str | None, expected: str, time: str) -> Finding:
    message = f"gp:{name} is '{found or 'missing'}', but gp:edtfTime '{time}' asks for {expected}."
    message += " Correct the one that is wrong."
    return _finding("edtf-bounds", (node, GP[name].value, found or ""), message)


def check_lexical_forms(data: Iterable[NTriple]) -> Iterator[Finding]:
    """Yield each literal that is none of its datatype (XML Schema, part 2), which no engine can compare."""
    for s, p, o in data:
        if o[-1] == ">" and o[0] == '"' and _is_ill_formed(o):
            literal = _literal(o)
            message = (
                f"This is no {shorten(literal.datatype.value, {'xsd': XSD.iri})}. Correct the value or its datatype."
            )
            yield _finding("ill-formed-literal", (name_of(s), name_of(p), literal.value), message, (s, o))


def _is_ill_formed(term: str) -> bool:
    text, _, datatype = term.rpartition("^^<")
    if not datatype.startswith(XSD.iri):
        return False
    form = text[1:-1] if "\\" not in text else _literal(term).value
    return not is_lexical_form(form, datatype[len(XSD.iri) : -1])


def _literal(term: str) -> Literal:
    (triple,) = from_ntriples([("_:s", "<urn:p>", term)])
    return cast("Literal", triple.object)


def check_references(
    data: Iterable[NTriple], base: str, is_thing: Callable[[str], bool], described: Container[str]
) -> Iterator[Finding]:
    """Yield each use of a thing of the dataset at ``base`` that is not among ``described``."""
    start = iri(base)[:-1]
    message = "Nothing describes this thing. Check the spelling, or describe it under data/."
    for s, p, o in data:
        if o.startswith(start) and o not in described and is_thing(name_of(o)):
            yield _finding("undescribed-thing", (name_of(s), name_of(p), name_of(o)), message, (s, o))


def _finding(check: str, about: tuple[str, str, str], message: str, terms: tuple[str, str] | None = None) -> Finding:
    """Return a violation about focus node, path and value; ``terms`` are focus node and value in N-Triples."""
    kind = CHECK[check]
    focus, path, value = about
    written = Terms(*terms, str(kind)) if terms else None
    return Finding(focus, path, kind.value, value, "violation", kind.value, message, terms=written)
