"""Count and digest graphs, so that two can be compared without reading them, and list those of a dataset.

The digest of a graph is the sum, modulo 2^256, of the SHA-256 of its triples as canonical N-Triples writes them, from
the subject to the object (AdHash: Bellare and Micciancio, 1997). It needs no order: the digest of a graph is the sum of
those of its parts. It finds changes and accidents; against forgers there is ``SHA256SUMS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from itertools import groupby
from operator import add
from pathlib import Path
from typing import Final

from publisher.errors import SourceError

INDEX: Final = "graphs.tsv"
_HEAD: Final = b"graph\ttriples\tdigest\n"
_SIZE: Final = 256  # bits


@dataclass(frozen=True, slots=True)
class Tally:
    """What a graph holds: the digest, in 64 hexadecimal digits, and the number of triples."""

    digest: str
    triples: int

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of two graphs together that have no triple in common."""
        return _tally(int(self.digest, 16) + int(other.digest, 16), self.triples + other.triples)


def tally(triples: Iterable[bytes]) -> Tally:
    """Return the tally of canonical triples, each there once."""
    digests = [sha256(triple).digest() for triple in triples]
    return _tally(sum(map(int.from_bytes, digests)), len(digests))


def _tally(total: int, triples: int) -> Tally:
    return Tally(f"{total % (1 << _SIZE):0{_SIZE // 4}x}", triples)


def lines(tallies: Mapping[str, Tally]) -> Iterator[bytes]:
    """Yield a line for each graph: its name, its number of triples and its digest, with tabs between."""
    return (f"{name}\t{told.triples}\t{told.digest}\n".encode() for name, told in tallies.items())


def split_lines(content: bytes) -> list[bytes]:
    """Return the lines that ``lines`` wrote one after the other."""
    return [line + b"\n" for line in content.split(b"\n")[:-1]]  # not splitlines: a name may hold other line ends


def _read(line: bytes) -> tuple[str, Tally]:
    name, triples, digest = line.decode().removesuffix("\n").split("\t")
    return name, Tally(digest, int(triples))


def index(found: Iterable[bytes]) -> Iterator[bytes]:
    """Yield ``graphs.tsv`` from lines in any order; what several of them tell of one graph is added up."""
    yield _HEAD
    for _, alike in groupby(sorted(found), key=lambda line: line.partition(b"\t")[0]):
        first, *others = alike
        if others:
            name, told = _read(first)
            yield from lines({name: reduce(add, (_read(other)[1] for other in others), told)})
        else:
            yield first


def read_index(path: Path) -> dict[str, Tally]:
    """Return what a file ``graphs.tsv`` tells; raise ``SourceError`` when it is something else."""
    try:
        content = path.read_bytes()
        if content.startswith(_HEAD):
            return dict(map(_read, split_lines(content.removeprefix(_HEAD))))
    except (OSError, ValueError):
        pass
    raise SourceError("cannot be read as a list of graphs; run 'publisher build'", path)
