"""Count and digest graphs, so that two can be compared without reading them, and list those of a dataset.

The digest of a graph is the sum, modulo 2^256, of the SHA-256 of its triples as canonical N-Triples writes them, from
the subject to the object (AdHash: Bellare and Micciancio, 1997). It needs no order: the digest of a graph is the sum of
those of its parts. It finds changes and accidents; against forgers there is ``SHA256SUMS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from publisher.errors import SourceError

INDEX: Final = "graphs.tsv"
_HEAD: Final = "graph\ttriples\tdigest\n"
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


def lines(tallies: Mapping[str, Tally]) -> str:
    """Return a line for each graph: its name, its number of triples and its digest, with tabs between."""
    return "".join(f"{name}\t{told.triples}\t{told.digest}\n" for name, told in tallies.items())


def read_lines(text: str) -> Iterator[tuple[str, Tally]]:
    """Yield what ``lines`` wrote."""
    for line in text.split("\n")[:-1]:  # not splitlines: a name may hold other line ends
        name, triples, digest = line.split("\t")
        yield name, Tally(digest, int(triples))


def index(tallies: Mapping[str, Tally]) -> str:
    """Return the text of ``graphs.tsv``."""
    return _HEAD + lines(dict(sorted(tallies.items())))


def read_index(path: Path) -> dict[str, Tally]:
    """Return what a file ``graphs.tsv`` tells; raise ``SourceError`` when it is something else."""
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith(_HEAD):
            return dict(read_lines(text.removeprefix(_HEAD)))
    except (OSError, ValueError):
        pass
    raise SourceError("cannot be read as a list of graphs; run 'publisher build'", path)
