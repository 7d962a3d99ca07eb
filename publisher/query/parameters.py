"""Read the values that people give to the parameters of a query, each by its type."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from publisher.errors import UsageError
from publisher.rdf.curies import expand
from publisher.rdf.vocab import XSD

_ABSOLUTE_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.|urn:.")


@dataclass(frozen=True)
class Parameter:
    """A value that the user may choose; ``default`` is SPARQL text, or ``None`` for any value."""

    name: str
    type: str
    description: str
    default: str | None


def _read_iri(value: str, prefixes: Mapping[str, str]) -> ox.NamedNode:
    """Read ``<iri>``, a CURIE of a known prefix, or an absolute IRI."""
    bare = value[1:-1] if value.startswith("<") and value.endswith(">") else value
    if bare == value:
        bare = expand(value, prefixes) or value
    try:
        if _ABSOLUTE_IRI.match(bare):
            return ox.NamedNode(bare)
    except ValueError:
        pass  # a character that no IRI may have
    raise ValueError(f"an IRI, or a name with a prefix: {', '.join(f'{p}:' for p in sorted(prefixes))}")


_DATE_EXPECTED: Final = "a date such as 2018-11-19"


def _read_date(value: str, prefixes: Mapping[str, str]) -> ox.Literal:
    """Read an ``xsd:date`` without a time zone that the calendar has."""
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        raise ValueError(_DATE_EXPECTED) from None
    return _lexical("date", r"\d{4}-\d\d-\d\d", _DATE_EXPECTED)(value, prefixes)


def _lexical(datatype: str, pattern: str, expected: str) -> Callable[[str, Mapping[str, str]], ox.Literal]:
    """Make a reader of literals of an XSD datatype whose lexical forms match ``pattern``."""

    def read(value: str, _: Mapping[str, str]) -> ox.Literal:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(expected)
        return ox.Literal(value, datatype=XSD[datatype])

    return read


TYPES: Final[dict[str, Callable[[str, Mapping[str, str]], ox.NamedNode | ox.Literal]]] = {
    "iri": _read_iri,
    "string": lambda value, _: ox.Literal(value),
    "boolean": _lexical("boolean", "true|false", "true or false"),
    "integer": _lexical("integer", r"[+-]?\d+", "a whole number such as 20"),
    "decimal": _lexical("decimal", r"[+-]?(\d+(\.\d*)?|\.\d+)", "a number such as 70.5"),
    "date": _read_date,
}


def term(parameter: Parameter, value: str, prefixes: Mapping[str, str]) -> str:
    """Return ``value`` as a SPARQL term, escaped; raise ``UsageError`` if it is not of the type."""
    try:
        return str(TYPES[parameter.type](value, prefixes))
    except ValueError as error:
        raise UsageError(f"--{parameter.name} '{value}': expected {error}") from None


def read_options(assignments: Sequence[str], options: Sequence[str]) -> dict[str, str]:
    """Return the values of ``--param NAME=VALUE`` (``assignments``) and of ``--NAME VALUE`` (``options``)."""
    values = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not name or not equals:
            raise UsageError(f"--param '{assignment}': expected NAME=VALUE, such as person=id:ilham-aliyev")
        values[name] = value
    rest = iter(options)
    for option in rest:
        name, equals, value = option.removeprefix("--").partition("=")
        given = value if equals else next(rest, None)
        if not option.startswith("--") or not name or given is None:
            raise UsageError(f"'{option}': expected --NAME VALUE with the name of a parameter of the query")
        values[name] = given
    return values
