"""Put values into the parameters of a query, each read by the type of its parameter."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from more_itertools import sliding_window

from publisher.errors import SourceError, UsageError
from publisher.rdf.curies import expand
from publisher.rdf.sparql import declared_prefixes, position_of, tokenize
from publisher.rdf.vocab import XSD

if TYPE_CHECKING:
    from publisher.query.files import Query

_ABSOLUTE_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.|urn:.")

_LANGUAGE: Final = re.compile(r"""["']@([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*\Z""")
_IN_LANGUAGE: Final = re.compile(r'"(.*)"@([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)', re.DOTALL)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a query; ``type`` is one of ``TYPES``, ``default`` a SPARQL term, or ``None`` for any value."""

    name: str
    type: str
    description: str
    default: str | None


Resolve = Callable[[str], str]


def _read_iri(value: str, prefixes: Mapping[str, str], resolve: Resolve | None) -> ox.NamedNode:
    """Return the IRI of ``<iri>``, of a CURIE with one of the prefixes, an absolute IRI, or of the thing of a name."""
    is_bracketed = value.startswith("<") and value.endswith(">")
    bare = value[1:-1] if is_bracketed else expand(value, prefixes) or value
    try:
        if _ABSOLUTE_IRI.match(bare):
            return ox.NamedNode(bare)
    except ValueError:
        pass  # a character that no IRI may have
    expected = f"an IRI, or a name with a prefix: {', '.join(f'{p}:' for p in sorted(prefixes))}"
    if resolve is None or bare != value:
        raise ValueError(expected)
    try:
        return ox.NamedNode(resolve(value))
    except UsageError as error:
        raise ValueError(f"an IRI, a name with a prefix, or the name of a thing; {error}") from None


# The datatypes of literals: their lexical forms, and an example of them.
_LITERALS: Final = {
    "boolean": ("true|false", "true or false"),
    "integer": (r"[+-]?\d+", "a whole number such as 20"),
    "decimal": (r"[+-]?(\d+(\.\d*)?|\.\d+)", "a number such as 70.5"),
    "date": (r"\d{4}-\d\d-\d\d", "a date such as 2018-11-19"),
}
TYPES: Final = ("iri", "string", *_LITERALS)


def _read_literal(value: str, datatype: str) -> ox.Literal:
    """Return a literal of an XSD datatype; a date has no time zone, and must exist in the calendar."""
    pattern, expected = _LITERALS[datatype]
    try:
        if re.fullmatch(pattern, value, re.ASCII) and (datatype != "date" or datetime.date.fromisoformat(value)):
            return ox.Literal(value, datatype=XSD[datatype])
    except ValueError:
        pass
    raise ValueError(expected)


def _read_string(value: str, default: str) -> ox.Literal:
    """Return the text ``value``, in the language that the default has; ``"TEXT"@LANG`` says both."""
    if match := _IN_LANGUAGE.fullmatch(value):
        return ox.Literal(match[1], language=match[2])
    match = _LANGUAGE.search(default)
    return ox.Literal(value, language=match[1] if match else None)


def term(parameter: Parameter, value: str, prefixes: Mapping[str, str], resolve: Resolve | None = None) -> str:
    """Return a value as a SPARQL term, escaped; raise ``UsageError`` if it is not of the type of the parameter.

    ``resolve`` returns the IRI of a thing that is given by its name, or raises ``UsageError``.
    """
    try:
        if parameter.type == "string":
            return str(_read_string(value, parameter.default or ""))
        if parameter.type == "iri":
            return str(_read_iri(value, prefixes, resolve))
        return str(_read_literal(value, parameter.type))
    except ValueError as error:
        raise UsageError(f"--{parameter.name} '{value}': expected {error}") from None


def read_arguments(arguments: Iterable[str], assignments: Iterable[str] = ()) -> tuple[str, dict[str, str]]:
    """Return the name of a query, empty where there is none, and the values of its parameters.

    ``arguments`` are the name and options ``--NAME VALUE`` or ``--NAME=VALUE``; ``assignments`` are ``NAME=VALUE``.
    Raises ``UsageError`` for what is neither, and for a second name.
    """
    query, values = "", dict[str, str]()
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not name or not equals:
            raise UsageError(f"--param '{assignment}': expected NAME=VALUE, such as person=id:ilham-aliyev")
        values[name] = value
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--") and not query:
            query = argument
            continue
        name, equals, value = argument.removeprefix("--").partition("=")
        given = value if equals else next(rest, None)
        if not argument.startswith("--") or not name or given is None:
            raise UsageError(f"'{argument}': expected --NAME VALUE with the name of a parameter of the query")
        values[name] = given
    return query, values


def bind(query: Query, values: Mapping[str, str], prefixes: Mapping[str, str], resolve: Resolve | None = None) -> str:
    """Return the text of a query with ``values`` in place of the defaults of its parameters.

    CURIEs may use ``prefixes``, those of the workspace, and those that the query declares; ``resolve`` is that of
    ``term``. Raises ``UsageError`` for a parameter that the query does not have and for a value that is not of its
    type, and ``SourceError`` for a prefix that the query uses and does not declare.
    """
    declared = declared_prefixes(query.text)
    _check_prefixes(query, declared, prefixes)
    parameters = {parameter.name: parameter for parameter in query.parameters}
    text = query.text
    for name, value in values.items():
        if name not in parameters:
            accepted = ", ".join(f"{p.name} ({p.type})" for p in query.parameters) or "none"
            raise UsageError(f"query '{query.name}' has no parameter '{name}'; its parameters: {accepted}")
        start, end = value_span(name, text)
        text = f"{text[:start]} {term(parameters[name], value, {**prefixes, **declared}, resolve)} {text[end:]}"
    return text


def value_span(name: str, text: str) -> tuple[int, int]:
    """Return where the value of a parameter begins and ends: between the braces of ``VALUES ?name { … }``.

    Raises ``ValueError`` unless the query has one such clause.
    """
    tokens = tokenize(text)
    clauses = [
        (brace, after)
        for (word, variable, brace), after in zip(sliding_window(tokens, 3), range(3, len(tokens)), strict=False)
        if word[0].upper() == "VALUES" and variable[0] in (f"?{name}", f"${name}") and brace[0] == "{"
    ]
    if len(clauses) != 1:
        raise ValueError(f"parameter '{name}' needs one 'VALUES ?{name} {{ … }}' in the query; found {len(clauses)}")
    brace, after = clauses[0]
    end = next((token.start() for token in tokens[after:] if token[0] == "}"), len(text))
    return brace.end(), end


def _check_prefixes(query: Query, declared: Mapping[str, str], prefixes: Mapping[str, str]) -> None:
    for token in tokenize(query.text):
        prefix = token[0].partition(":")[0]
        if token.lastgroup == "name" and prefix not in {*declared, "_"}:
            line = f"PREFIX {prefix}: <{prefixes.get(prefix, '…')}>"
            message = f"the prefix '{prefix}:' is not declared; add the line '{line}' at the top"
            raise SourceError(message, query.path, *position_of(token))
