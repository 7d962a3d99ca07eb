"""Find and read the dump of a published dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from publisher.dump.checksums import CHECKSUMS, verify
from publisher.errors import SourceError, UsageError
from publisher.rdf.digest import INDEX, GraphDigest, read_index
from publisher.rdf.io import UNREADABLE, format_of, open_rdf, read_quads

DESCRIPTION: Final = "void.ttl"
END: Final = b" .\n"  # of a line of N-Triples or N-Quads
_NQUADS: Final = (".nq", ".nq.gz")
_BLOCK: Final = 1 << 16  # bytes of lines that are split together

# The IRI of a graph, empty for the default graph and blank nodes, and triples: lines of N-Triples without ``END``.
GraphTriples = tuple[bytes, list[bytes]]


@dataclass(frozen=True)
class PublishedDump:
    """The dump of everything in a published folder, or a single file of RDF in its place."""

    path: Path
    is_published: bool

    @property
    def description(self) -> Path | None:
        """The VoID description of the dataset; ``None`` for a single file."""
        path = self.path.with_name(DESCRIPTION)
        return path if self.is_published and path.is_file() else None

    def list_graphs(self) -> dict[str, GraphDigest]:
        """Return the digest of each graph from ``graphs.tsv``; empty for a single file and without that list.

        Raises ``SourceError`` when the dump or the list is not the file that was built.
        """
        if not self.is_published or not self.path.with_name(CHECKSUMS).is_file():
            return {}
        verify(self.path)
        index = self.path.with_name(INDEX)
        if not index.is_file():
            return {}
        verify(index)
        return read_index(index)

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the quads. Raises ``SourceError`` where the file cannot be read."""
        return read_quads(self.path)


def open_dump(dist: Path) -> PublishedDump:
    """Return the dump of a published folder, or the file at ``dist``. Raises ``UsageError`` for anything else."""
    if dist.is_file():
        if format_of(dist) is None:
            raise UsageError(f"{dist}: its name ends in no extension of RDF; expected a file such as all.nq")
        return PublishedDump(dist, is_published=False)
    folder = dist / "dumps"
    for extension in _NQUADS:
        if (path := folder / f"all{extension}").is_file():
            return PublishedDump(path, is_published=True)
    if folder.is_dir():
        raise UsageError(f'{folder / "all.nq"}: not there; add "nq" to the formats under [dumps] in publisher.toml')
    raise UsageError(f"{dist}: expected a folder made by 'publisher build', or a file of N-Quads")


def split_nquads(path: Path) -> Iterator[GraphTriples]:
    """Yield the triples of a dump that a build wrote, with their graph, several at a time: its lines are canonical.

    Raises ``SourceError`` where the file cannot be read.
    """
    try:
        with open_rdf(path) as file:
            while lines := file.read(_BLOCK) + file.readline():
                triples: defaultdict[bytes, list[bytes]] = defaultdict(list)
                for line in lines.removesuffix(END).split(END):  # a literal has no line break
                    triple, _, graph = line.rpartition(b" ")
                    triples[graph[1:-1]].append(triple)
                yield from triples.items()
    except UNREADABLE as error:
        raise SourceError(f"cannot be read: {error}", path) from None


def read_dump(path: Path) -> Iterator[GraphTriples]:
    """Yield the triples of any file of RDF with their graph. Raises ``SourceError`` where the file cannot be read."""
    for quad in read_quads(path):
        name = quad.graph_name
        yield name.value.encode() if isinstance(name, ox.NamedNode) else b"", [str(quad.triple).encode()]
