"""Find the values of a workspace that a triple store is known to change, before they are loaded.

Each limit is a function of a literal that returns what the store does to it and what to do instead, or ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from pyoxigraph import Literal, QuerySolutions, Store, Triple

from publisher.rdf.vocab import INTEGER_TYPES, XSD, plain
from publisher.validate.lint_context import Problem
from publisher.validate.lints import STORE_LIMIT
from publisher.validate.pipeline import locate
from publisher.validate.report import Finding, Report, merge
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace

_WKT: Final = "http://www.opengis.net/ont/geosparql#wktLiteral"
_YEARS: Final = frozenset(XSD.iri + name for name in ("gYear", "gYearMonth", "date", "dateTime"))
_DURATIONS: Final = frozenset(XSD.iri + name for name in ("duration", "dayTimeDuration", "yearMonthDuration"))
_WORD: Final = 2**31  # Virtuoso's integers have 32 bits where it reads Turtle
_DECIMALS: Final = 15
_FIGURES: Final = 6

_Effect = tuple[str, str]  # what the store does, and what to do instead
StoreLimit = Callable[[Literal], _Effect | None]


def check_store_limits(config: Config, workspace: Workspace, store: str) -> Report:
    """Return a warning, at its place, for each literal that the store of the profile ``store`` is known to change."""
    data = (*workspace.data, *workspace.links, *workspace.alignments)
    findings = [f for source in (*data, *workspace.ontology) for t in source.triples for f in _findings(t, store)]
    return locate(merge(Report(tuple(findings))), config, replace(workspace, data=data))


def _findings(t: Triple, store: str) -> Iterator[Finding]:
    if isinstance(t.object, Literal):
        for limit in LIMITS[store]:
            if effect := limit(t.object):
                message, hint = f"{store.capitalize()} {effect[0]}.", effect[1]
                problem = Problem(plain(t.subject), message, t.predicate.value, t.object.value, hint=hint)
                yield STORE_LIMIT.finding(problem)


def _large_integers(value: Literal) -> _Effect | None:
    if value.datatype.value in INTEGER_TYPES and re.fullmatch(r"[+-]?[0-9]+", value.value):
        digits = value.value.lstrip("+-0")
        if len(digits) > 10 or not -_WORD <= int(value.value) < _WORD:
            return (
                "makes decimals of integers beyond 32 bits, and refuses long ones",
                "write it as xsd:decimal, or as a string",
            )
    return None


def _long_decimals(value: Literal) -> _Effect | None:
    if value.datatype.value == f"{XSD.iri}decimal" and len(value.value.partition(".")[2].rstrip("0")) > _DECIMALS:
        return f"keeps {_DECIMALS} decimals; the rest is cut off", "round it, or write it as a string"
    return None


def _precise_floats(value: Literal) -> _Effect | None:
    figures = re.sub(r"[eE].*|[.+-]", "", value.value).strip("0")
    if value.datatype.value == f"{XSD.iri}double" and len(figures) > _FIGURES and figures.isdecimal():
        return f"gives back {_FIGURES} figures of a double", "write it as xsd:decimal"
    return None


def _precise_times(value: Literal) -> _Effect | None:
    if value.datatype.value == f"{XSD.iri}dateTime" and re.search(r"\.[0-9]{6}[0-9]*[1-9]", value.value):
        return "keeps microseconds; the rest is cut off", "round it to six digits of a second"
    return None


def _early_years(value: Literal) -> _Effect | None:
    if value.datatype.value in _YEARS and value.value.startswith("-"):
        return "loses a digit of years before the common era: '-0044' becomes '-044'", "write it as an EDTF string"
    return None


def _lost_durations(value: Literal) -> _Effect | None:
    if value.datatype.value in _DURATIONS:
        return "turns durations into numbers, or refuses them", "write it as a string, or as a number with its unit"
    return None


def _geometries(value: Literal) -> _Effect | None:
    if value.datatype.value == _WKT:
        return (
            "turns points and shapes into a datatype of its own, with single precision",
            "write latitude and longitude as decimals",
        )
    return None


def _rewritten_durations(value: Literal) -> _Effect | None:
    if value.datatype.value in _DURATIONS - {f"{XSD.iri}duration"} and value.value not in _canonical(value):
        return "writes durations in their canonical form: 'PT36H' becomes 'P1DT12H'", "write it so"
    return None


def _canonical(value: Literal) -> set[str]:
    """Return the value as Oxigraph itself writes it."""
    query = f"SELECT (STR({value} + {_ZERO[value.datatype.value.rpartition('#')[2]]}) AS ?v) {{}}"
    rows = Store().query(query)
    return {row["v"].value for row in rows if row["v"]} if isinstance(rows, QuerySolutions) else set()


_ZERO: Final = {
    "dayTimeDuration": f'"PT0S"^^<{XSD.iri}dayTimeDuration>',
    "yearMonthDuration": f'"P0M"^^<{XSD.iri}yearMonthDuration>',
}


def _derived_integers(value: Literal) -> _Effect | None:
    if value.datatype.value in INTEGER_TYPES - {f"{XSD.iri}integer"}:
        return "turns every kind of integer into xsd:integer; the number stays", "write it as xsd:integer"
    return None


LIMITS: Final[dict[str, tuple[StoreLimit, ...]]] = {
    "virtuoso": (
        *(_large_integers, _long_decimals, _precise_floats, _precise_times),
        *(_early_years, _lost_durations, _geometries),
    ),
    "oxigraph": (_rewritten_durations, _derived_integers),
    "fuseki": (),  # only writes some values in another way
    "rdf4j": (),
}
