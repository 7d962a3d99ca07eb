"""Refuse triples that some format of the dumps cannot write: RDF 1.2 terms, and what RDF/XML cannot represent."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Triple

from publisher.errors import SourceError
from publisher.rdf.turtle_positions import Position, TriplePosition, triple_positions
from publisher.rdf.turtle_tokens import PN_CHARS, PN_CHARS_BASE, Token, tokens
from publisher.rdf.vocab import RDF, Term

# Char of XML 1.0, production 2: no escape helps.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_VERSION: Final = re.compile(r"^[ \t]*@?version\b", re.IGNORECASE | re.MULTILINE)
# RDF/XML, 5.1: core syntax terms, old terms and rdf:Description are no property elements; rdf:li counts.
_RESERVED: Final = frozenset(
    RDF.iri + name
    for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li")
) | {RDF.iri + name for name in ("aboutEach", "aboutEachPrefix", "bagID")}
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"  # no prefix may be bound to it: Namespaces in XML 1.0, section 3
_ASCII_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_TURTLE: Final = (".ttl", ".trig", ".nt", ".nq")


def check(triples: Sequence[Triple], text: str, path: Path) -> None:
    """Raise ``SourceError`` at the first triple that RDF 1.1 or RDF/XML cannot represent.

    ``text`` is the content of the file, in which line and column are found.
    """
    if path.suffix in _TURTLE and _VERSION.search(text):
        _check_version(text, path)
    for predicate in dict.fromkeys(t.predicate.value for t in triples):
        _check_predicate(predicate, text, path)
    for t in triples:
        _check_object(t.object, text, path)


def can_be_written(predicates: Iterable[str]) -> bool:
    """Return whether RDF/XML can write all predicates, which are given as N-Triples terms."""
    return all(map(_is_property_element, set(predicates)))


@functools.lru_cache(maxsize=4096)
def _is_property_element(predicate: str) -> bool:
    iri = predicate[1:-1]
    return not _is_reserved(iri) and bool(_ASCII_NAME.search(iri) or _name_at_end().search(iri))


def _is_reserved(iri: str) -> bool:
    return iri in _RESERVED or iri.startswith(_XMLNS)


@functools.cache
def _name_at_end() -> re.Pattern[str]:
    """Compile NCName of Namespaces in XML 1.0, production 4, which has the characters of the names of Turtle."""
    return re.compile(rf"[{PN_CHARS_BASE}_][{PN_CHARS}.]*\Z")


def _check_object(term: Term, text: str, path: Path) -> None:
    if isinstance(term, Triple):
        message = "a triple term (RDF 1.2); RDF 1.1 is read here, a claim is a reified statement"
        raise _error(message, path, _tokens(text, path)[1])
    if isinstance(term, Literal) and term.direction is not None:
        message = "a language tag with a direction (RDF 1.2); RDF 1.1 is read here, leave the direction out"
        raise _error(message, path, _tokens(text, path)[1])
    if isinstance(term, Literal) and (found := _UNWRITABLE.search(term.value)):
        message = f"a literal holds the character U+{ord(found[0]):04X}, which XML cannot write; leave it out"
        raise _error(message, path, next((p.object for p in _positions(text, path) if p.triple.object == term), None))


def _check_version(text: str, path: Path) -> None:
    for keyword, value in pairwise(_tokens(text, path)[0]):
        if keyword.text.upper().lstrip("@") == "VERSION" and value.kind == "string":
            message = f"the directive {keyword.text} (RDF 1.2); RDF 1.1 is read here, leave the directive out"
            raise _error(message, path, keyword)


def _check_predicate(iri: str, text: str, path: Path) -> None:
    if _is_property_element(f"<{iri}>"):
        return
    why = "is reserved by RDF/XML" if _is_reserved(iri) else "does not end in a name, which RDF/XML needs"
    message = f"the property <{iri}> {why}; use another, such as one that ends in a letter"
    places = (p.predicate for p in _positions(text, path) if p.triple.predicate.value == iri)
    raise _error(message, path, next(places, None))


def _error(message: str, path: Path, place: Position | Token | SourceError | None) -> SourceError:
    return SourceError(message, path, place.line, place.column) if place else SourceError(message, path)


def _positions(text: str, path: Path) -> Iterable[TriplePosition]:
    return triple_positions(text) if path.suffix in _TURTLE else ()


def _tokens(text: str, path: Path) -> tuple[list[Token], SourceError | None]:
    """Return the tokens of a Turtle file up to the first that is not RDF 1.1, and the error there."""
    read: list[Token] = []
    try:
        read.extend(tokens(text, path) if path.suffix in _TURTLE else ())
    except SourceError as error:
        return read, error
    return read, None
