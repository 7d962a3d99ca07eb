"""Compute digests of graphs and read and write ``graphs.tsv``, the list of the graphs of a dataset with their digests.

The digest of a graph is the sum, modulo 2^256, of the SHA-256 digests of its triples. A triple is hashed as canonical
N-Triples writes it, from the subject to the object (AdHash: Bellare and Micciancio, 1997). The sum needs no order: the
digest of a graph is the sum of those of its parts. It detects changes and accidents; against forgery there is
``SHA256SUMS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from itertools import groupby
from operator import add, itemgetter
from pathlib import Path
from typing import Final

from publisher.errors import SourceError

INDEX: Final = "graphs.tsv"
_HEADER: Final = b"graph\ttriples\tdigest\n"
_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class GraphDigest:
    """The digest of a graph, 64 hexadecimal digits, and its number of triples."""

    value: str
    triples: int

    def __add__(self, other: GraphDigest) -> GraphDigest:
        """Return the digest of the union of two graphs that have no triple in common."""
        return _digest(int(self.value, 16) + int(other.value, 16), self.triples + other.triples)


def digest_triples(triples: Iterable[bytes]) -> GraphDigest:
    """Return the digest of a graph from its triples in canonical N-Triples, each once and without the final dot.

    >>> whole = digest_triples([b"<a:s> <a:p> <a:o>", b"<a:s> <a:p> _:b"])
    >>> whole == digest_triples([b"<a:s> <a:p> _:b"]) + digest_triples([b"<a:s> <a:p> <a:o>"])
    True
    """
    digests = [sha256(triple).digest() for triple in triples]
    return _digest(sum(map(int.from_bytes, digests)), len(digests))


def _digest(total: int, triples: int) -> GraphDigest:
    return GraphDigest(f"{total % (1 << _BITS):0{_BITS // 4}x}", triples)


def format_lines(digests: Mapping[str, GraphDigest]) -> Iterator[bytes]:
    """Yield the line of each graph in ``graphs.tsv``: its IRI, number of triples and digest."""
    return (f"{name}\t{graph.triples}\t{graph.value}\n".encode() for name, graph in digests.items())


def split_lines(content: bytes) -> list[bytes]:
    """Return the lines that ``format_lines`` wrote, from their concatenation."""
    return [line + b"\n" for line in content.split(b"\n")[:-1]]  # not splitlines: an IRI may hold other line ends


def _parse_line(line: bytes) -> tuple[str, GraphDigest]:
    name, triples, digest = line.decode().removesuffix("\n").split("\t")
    return name, GraphDigest(digest, int(triples))


def format_index(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield ``graphs.tsv``, sorted, from lines in any order; several lines about one graph are added up."""
    yield _HEADER
    for name, group in groupby(map(_parse_line, sorted(lines)), key=itemgetter(0)):
        yield from format_lines({name: reduce(add, (digest for _, digest in group))})


def read_index(path: Path) -> dict[str, GraphDigest]:
    """Return the digest of each graph from ``graphs.tsv``. Raises ``SourceError`` when the file is anything else."""
    try:
        content = path.read_bytes()
        if content.startswith(_HEADER):
            return dict(map(_parse_line, split_lines(content.removeprefix(_HEADER))))
    except (OSError, ValueError):
        pass
    raise SourceError("cannot be read as a list of graphs; run 'publisher build'", path)
