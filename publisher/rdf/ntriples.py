"""Represent triples as tuples of strings, for loops that run a million times.

Each term is a string as in canonical N-Triples (https://www.w3.org/TR/n-triples/). CPython hashes, compares and sorts
strings faster than the objects of pyoxigraph, and sorted triples are a sorted dump.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox
from more_itertools import chunked
from pyoxigraph import Triple

NTriple = tuple[str, str, str]

_END: Final = " .\n"
_LITERAL: Final = re.compile(r'"(.*)"(?:@([^"]+)|\^\^<([^">]+)>)?', re.DOTALL)


def to_ntriples(triples: Iterable[Triple]) -> list[NTriple]:
    """Return triples of pyoxigraph as tuples of strings, in order.

    >>> to_ntriples([Triple(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.Literal("o", language="en"))])
    [('<a:s>', '<a:p>', '"o"@en')]
    """
    return parse_ntriples((ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode())


def from_ntriples(triples: Iterable[NTriple]) -> Iterator[Triple]:
    """Return tuples of strings as triples of pyoxigraph, in order."""
    return (quad.triple for quad in ox.parse(format_ntriples(triples), format=ox.RdfFormat.N_TRIPLES))


def parse_ntriples(text: str) -> list[NTriple]:
    """Parse N-Triples as ``format_ntriples`` and pyoxigraph write them: one space between terms, no comments."""
    triples = []
    for line in text.split("\n"):  # not splitlines: a literal may hold other line ends
        if line:
            subject, predicate, rest = line.split(" ", 2)
            triples.append((subject, predicate, rest[:-2]))
    return triples


def share_terms(triples: Iterable[NTriple], terms: dict[str, str]) -> list[NTriple]:
    """Return triples in which equal terms are one string, that of ``terms``, which takes in new ones.

    Many triples about the same things take a third of the memory.
    """
    same = terms.setdefault
    return [(same(s, s), same(p, p), same(o, o)) for s, p, o in triples]


def format_ntriples(triples: Iterable[NTriple]) -> str:
    """Return an N-Triples document, in the order of the triples."""
    return "".join([f"{s} {p} {o}{_END}" for s, p, o in triples])


def format_chunks(triples: Iterable[NTriple], size: int = 10_000) -> Iterator[bytes]:
    """Yield an N-Triples document in pieces of ``size`` lines, so that a large one need not be held at once."""
    return (format_ntriples(chunk).encode() for chunk in chunked(triples, size))


def iri(text: str) -> str:
    """Return the N-Triples term of an absolute IRI: ``<text>``."""
    return f"<{text}>"


def name_of(term: str) -> str:
    """Return the IRI of ``<iri>``, or the label of ``_:label``."""
    return term[1:-1] if term[0] == "<" else term[2:]


def split_literal(term: str) -> tuple[str, str, str]:
    r"""Return the lexical form of a literal, its language tag and its datatype, as written; empty where it has none.

    Raises ``ValueError`` for any other term.

    >>> split_literal('"2018"^^<http://www.w3.org/2001/XMLSchema#gYear>')
    ('2018', '', 'http://www.w3.org/2001/XMLSchema#gYear')
    """
    match = _LITERAL.fullmatch(term)
    if match is None:
        raise ValueError(f"not a literal: {term}")
    return match[1], match[2] or "", match[3] or ""
