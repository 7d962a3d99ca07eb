"""Judge single RDF terms, given in N-Triples form, as SHACL does (https://www.w3.org/TR/shacl/, 4.1 to 4.4).

What is not known for certain raises ``UnsureError``: a guess would be turned around below ``sh:not``.
"""

from __future__ import annotations

import datetime
import functools
import re
from decimal import Decimal
from typing import Final

from publisher.rdf.vocab import XSD

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_FORMS: Final = {
    "integer": _INTEGER,
    "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    "boolean": re.compile(r"true|false|1|0"),
    "gYear": re.compile(r"(?!0000)[0-9]{4}"),
    "gYearMonth": re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "dateTime": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}"),
}
_LITERAL: Final = re.compile(r'"(.*)"(?:@([A-Za-z0-9-]+)|\^\^<(.*)>)?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CHARACTERS: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_STRING: Final = XSD.string.value
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG_STRING: Final = _RDF + "langString"
_XSD: Final = XSD.iri
# An order of an article's values is found once; the bound keeps thousands of articles from filling the memory.
_CACHED: Final = 1 << 14


class UnsureError(Exception):
    """Only a reference engine can tell."""


@functools.lru_cache(_CACHED)
def literal_of(term: str) -> tuple[str, str, str]:
    """Return the lexical form, the language in lower case or ``""``, and the datatype of a literal."""
    match = _LITERAL.fullmatch(term)
    if match is None:
        raise UnsureError(term)
    text, language, datatype = match.groups()
    return _ESCAPE.sub(_character, text), (language or "").lower(), _LANG_STRING if language else datatype or _STRING


def _character(match: re.Match[str]) -> str:
    short, long, single = match.groups()
    return chr(int(short or long, 16)) if short or long else _CHARACTERS.get(single, single)


@functools.lru_cache(_CACHED)
def text_of(term: str) -> str | None:
    """Return what SPARQL's ``str`` gives, ``None`` for a blank node."""
    if term[0] == '"':
        return literal_of(term)[0]
    return _ESCAPE.sub(_character, term[1:-1]) if term[0] == "<" else None


@functools.lru_cache(_CACHED)
def has_datatype(term: str, datatype: str) -> bool:
    """Tell whether the term is a well-formed literal of the datatype (SHACL, 4.1.2)."""
    if term[0] != '"':
        return False
    text, _, found = literal_of(term)
    if found != datatype:
        return False
    if datatype in (_STRING, _LANG_STRING) or not datatype.startswith((_XSD, _RDF)):
        return True
    form = _FORMS.get(datatype.removeprefix(_XSD))
    if form is None or form.fullmatch(text) is None or not _is_real(text, datatype):
        raise UnsureError(term)  # ill-formed, or a form that is too rare to know here
    return True


def _is_real(text: str, datatype: str) -> bool:
    if not datatype.endswith(("#date", "#dateTime")):
        return True
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@functools.lru_cache(_CACHED)
def _value(term: str) -> tuple[str, Decimal | str]:
    """Return a value that can be compared with those of the same kind."""
    text, _, datatype = literal_of(term) if term[0] == '"' else ("", "", "")
    name = datatype.removeprefix(_XSD)
    if name not in ("integer", "decimal", "date", "dateTime") or not has_datatype(term, datatype):
        raise UnsureError(term)
    # Dates without a time zone, in their one lexical form, have the order of their text.
    return ("number", Decimal(text)) if name in ("integer", "decimal") else (name, text)


def compare(one: str, other: str) -> int:
    """Return -1, 0 or 1: the order of two literals by SPARQL's ``<``. Raises ``UnsureError`` for most types."""
    (kind, a), (kind_of_other, b) = _value(one), _value(other)
    if kind != kind_of_other:
        raise UnsureError(one)
    return (a > b) - (a < b)  # type: ignore[operator]


_SYNTAX: Final = re.compile(r"(?:[\w/:#@%,;=~! ()|?*+{}^$.\[\]-]|\\[dsS.\-/()])*", re.ASCII)
# Groups with a flag, open ranges, possessive repetition, class subtraction: read differently, or by one side only.
_APART: Final = re.compile(r"\(\?|\{,|[*+?}]\+|-\[|\[\^?\[|\[\^?\]")


def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern of SPARQL's ``REGEX``, ``None`` where Python may read it otherwise."""
    if _SYNTAX.fullmatch(pattern) is None or _APART.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None


# White space for which ``.``, ``$`` and ``\\s`` differ between Python and XPath.
_ODD_SPACE: Final = re.compile(r"[^\S \t]")


@functools.lru_cache(_CACHED)
def matches(term: str, pattern: re.Pattern[str]) -> bool:
    """Tell whether the term has a text in which the pattern is found (SHACL, 4.4.3)."""
    text = text_of(term)
    if text is None:
        return False
    if _ODD_SPACE.search(text):
        raise UnsureError(term)
    return pattern.search(text) is not None
