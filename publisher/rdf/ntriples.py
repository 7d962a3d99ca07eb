"""Triples as plain strings: what runs a million times runs on these.

A term is written as in N-Triples (https://www.w3.org/TR/n-triples/), so that CPython hashes, compares and sorts it
without asking another library, and a sorted list of facts is a sorted dump.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

import pyoxigraph as ox
from pyoxigraph import Triple

NTriple = tuple[str, str, str]

_END: Final = " .\n"
_LITERAL: Final = re.compile(r'"(.*)"(?:@([^"]+)|\^\^<([^">]+)>)?', re.DOTALL)
_BYTES_AT_ONCE: Final = 1 << 18  # read together
_AT_ONCE: Final = 1 << 14  # facts that are written together
# Terms are forgotten when they are so many, so that memory does not grow with the data.
_MOST_TERMS: Final = 1 << 15


class TermCache(dict[str, str]):
    """What terms look like in some format; one that is met for the first time is put into form."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, term: str) -> str:
        if len(self) >= _MOST_TERMS:
            self.clear()
        found = self[term] = self._form(term)
        return found


def to_ntriples(triples: Iterable[Triple]) -> list[NTriple]:
    """Return the triples as facts, in order."""
    return parse_ntriples((ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode())


def from_ntriples(facts: Iterable[NTriple]) -> Iterator[Triple]:
    """Return the facts as triples, in order."""
    return (quad.triple for quad in ox.parse(format_ntriples(facts), format=ox.RdfFormat.N_TRIPLES))


def parse_ntriples(text: str) -> list[NTriple]:
    """Read N-Triples as ``format_ntriples`` and pyoxigraph write them: one space between terms, no comments."""
    facts = []
    for line in text.split("\n"):  # not splitlines: a literal may hold other line ends
        if line:
            subject, predicate, rest = line.split(" ", 2)
            facts.append((subject, predicate, rest[:-2]))
    return facts


def format_ntriples(facts: Iterable[NTriple]) -> str:
    """Write facts as N-Triples, in order."""
    return "".join([f"{s} {p} {o}{_END}" for s, p, o in facts])


@dataclass(frozen=True)
class NTriplesBuffer:
    """Facts as ``format_ntriples`` wrote them: what is large and seldom looked at takes a fifth of the memory so."""

    content: bytes = b""

    @classmethod
    def of(cls, facts: Iterable[NTriple]) -> Self:
        """Write facts, few of which are strings at a time."""
        rest, out = iter(facts), io.BytesIO()
        while content := format_ntriples(islice(rest, _AT_ONCE)).encode():
            out.write(content)
        return cls(out.getvalue())

    def __iter__(self) -> Iterator[NTriple]:
        """Yield the facts, few of which are in memory at a time."""
        start = 0
        while start < len(self.content):
            end = self.content.find(b"\n", start + _BYTES_AT_ONCE) + 1 or len(self.content)
            yield from parse_ntriples(self.content[start:end].decode())
            start = end


def intern_terms(facts: Iterable[NTriple], known: dict[str, str]) -> Iterator[NTriple]:
    """Yield the facts, equal terms of which are one object: the one in ``known``, which grows."""
    same = known.setdefault
    return ((same(s, s), same(p, p), same(o, o)) for s, p, o in facts)


def iri(text: str) -> str:
    """Return the term of an absolute IRI."""
    return f"<{text}>"


def name_of(term: str) -> str:
    """Return an IRI or the label of a blank node without its marks."""
    return term[1:-1] if term[0] == "<" else term[2:]


def split_literal(term: str) -> tuple[str, str, str]:
    """Return the text of a literal, with its escapes, its language and its datatype, empty where it has none."""
    found = _LITERAL.fullmatch(term)
    if found is None:
        raise ValueError(f"not a literal: {term}")
    return found[1], found[2] or "", found[3] or ""
