"""Find the values of a workspace that a triple store is known to change, before they are loaded.

A limit tells whether the store changes a literal, what it does to it, and what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, cast

from pyoxigraph import Literal, QuerySolutions, Store, Triple

from publisher.rdf.terms import value
from publisher.rdf.vocab import INTEGER_TYPES, XSD, plain
from publisher.validate.lint_context import Problem
from publisher.validate.lints import STORE_LIMIT
from publisher.validate.pipeline import locate
from publisher.validate.report import Report, merge
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace

_WKT: Final = "http://www.opengis.net/ont/geosparql#wktLiteral"
_YEARS: Final = frozenset(XSD.iri + name for name in ("gYear", "gYearMonth", "date", "dateTime"))
_DURATIONS: Final = frozenset(XSD.iri + name for name in ("duration", "dayTimeDuration", "yearMonthDuration"))
_WORD: Final = 2**31  # Virtuoso's integers have 32 bits where it reads Turtle
_DECIMALS: Final = 15
_FIGURES: Final = 6

_MERGING: Final = ("oxigraph", "fuseki", "virtuoso")  # these keep values rather than lexical forms

StoreLimit = tuple[Callable[[Literal], bool], str, str]


def check_store_limits(config: Config, workspace: Workspace, store: str) -> Report:
    """Return a warning, at its place, for each literal that the store of the profile ``store`` is known to change."""
    data = (*workspace.data, *workspace.links, *workspace.alignments)
    problems = (p for source in (*data, *workspace.ontology) for p in _problems(source.triples, store))
    report = merge(Report(tuple(map(STORE_LIMIT.finding, problems))))
    return locate(report, config, replace(workspace, data=data))


def _problems(triples: Iterable[Triple], store: str) -> Iterator[Problem]:
    """Yield the literals of a graph that a store changes, and those with a value that another form stands for."""
    first = dict[tuple[str, str, str], Literal]()
    for t in triples:
        if not isinstance(t.object, Literal):
            continue
        for is_changed, effect, remedy in LIMITS[store]:
            if is_changed(t.object):
                yield _problem(t, f"{store.capitalize()} {effect}.", remedy)
        if store in _MERGING and t.object.datatype.value.startswith(XSD.iri):
            other = first.setdefault((plain(t.subject), t.predicate.value, value(t.object)), t.object)
            if other != t.object:
                message = f"{store.capitalize()} keeps one of the two, as '{other.value}' is the same value."
                yield _problem(t, message, "write the value once, in one lexical form")


def _problem(t: Triple, message: str, remedy: str) -> Problem:
    return Problem(plain(t.subject), message, t.predicate.value, plain(t.object), hint=remedy)


def _is_large_integer(value: Literal) -> bool:
    if value.datatype.value not in INTEGER_TYPES or not re.fullmatch(r"[+-]?[0-9]+", value.value):
        return False
    return len(value.value.lstrip("+-0")) > 10 or not -_WORD <= int(value.value) < _WORD


def _is_precise_float(value: Literal) -> bool:
    figures = re.sub(r"[eE].*|[.+-]", "", value.value).strip("0")
    return value.datatype == XSD.double and len(figures) > _FIGURES and figures.isdecimal()


def _is_rewritten_duration(value: Literal) -> bool:
    """Tell whether Oxigraph writes a duration in another way than it is written here."""
    if value.datatype.value not in _DURATIONS - {f"{XSD.iri}duration"}:
        return False
    zero = Literal("PT0S" if value.datatype == XSD.dayTimeDuration else "P0M", datatype=value.datatype)
    rows = cast("QuerySolutions", Store().query(f"SELECT (STR({value} + {zero}) AS ?v) {{}}"))
    return value.value not in {row["v"].value for row in rows if row["v"]}


_VIRTUOSO: Final[tuple[StoreLimit, ...]] = (
    (
        _is_large_integer,
        "makes decimals of integers beyond 32 bits, and refuses long ones",
        "write it as xsd:decimal, or as a string",
    ),
    (
        lambda v: v.datatype == XSD.decimal and len(v.value.partition(".")[2].rstrip("0")) > _DECIMALS,
        f"keeps {_DECIMALS} decimals; the rest is cut off",
        "round it, or write it as a string",
    ),
    (_is_precise_float, f"gives back {_FIGURES} figures of a double", "write it as xsd:decimal"),
    (
        lambda v: v.datatype == XSD.dateTime and re.search(r"\.[0-9]{6}[0-9]*[1-9]", v.value) is not None,
        "keeps microseconds; the rest is cut off",
        "round it to six digits of a second",
    ),
    (
        lambda v: v.datatype.value in _YEARS and v.value.startswith("-"),
        "loses a digit of years before the common era: '-0044' becomes '-044'",
        "write it as an EDTF string",
    ),
    (
        lambda v: v.datatype.value in _DURATIONS,
        "turns durations into numbers, or refuses them",
        "write it as a string, or as a number with its unit",
    ),
    (
        lambda v: v.datatype.value == _WKT,
        "turns points and shapes into a datatype of its own, with single precision",
        "write latitude and longitude as decimals",
    ),
)
LIMITS: Final[dict[str, tuple[StoreLimit, ...]]] = {
    "virtuoso": _VIRTUOSO,
    "oxigraph": (
        (_is_rewritten_duration, "writes durations in their canonical form: 'PT36H' becomes 'P1DT12H'", "write it so"),
        (
            lambda v: v.datatype.value in INTEGER_TYPES - {f"{XSD.iri}integer"},
            "turns every kind of integer into xsd:integer; the number stays",
            "write it as xsd:integer",
        ),
    ),
    "fuseki": (),  # only writes some values in another way
    "rdf4j": (),
}
