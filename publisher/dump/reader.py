"""Find and read the dump of a published dataset.

Lines that are canonical N-Quads, as in the dumps that ``publisher build`` writes, are split without being parsed; all
others are parsed.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
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
_BLOCK: Final = 1 << 16  # bytes of lines that are matched together

_PLAIN: Final = r'[^\x00-\x20<>"{}|^`\\%\[\]]*'
_IRI: Final = rf"<[A-Za-z][A-Za-z0-9+.-]*:{_PLAIN}(?:%[0-9A-Fa-f]{{2}}{_PLAIN})*>"
_BLANK_NODE: Final = r"_:[A-Za-z0-9_]+"
_TEXT: Final = r'[^"\\\x00-\x1f\x7f]*'
_LITERAL: Final = (
    rf'"{_TEXT}(?:\\[tbnrf"\\]{_TEXT})*"'
    rf"(?:@[a-z]{{1,8}}(?:-[a-z0-9]{{1,8}})*|\^\^(?!<http://www\.w3\.org/2001/XMLSchema#string>){_IRI})?"
)
_QUAD: Final = rf"(?:{_IRI}|{_BLANK_NODE}) {_IRI} (?:{_IRI}|{_BLANK_NODE}|{_LITERAL}) {_IRI} \.\n"
_CANONICAL: Final = re.compile(f"(?:{_QUAD})*+".encode())

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

    def triples(self) -> Iterator[GraphTriples]:
        """Yield canonical triples with their graph, several at a time. Raises ``SourceError`` as ``quads`` does."""
        return read_nquads(self.path) if self.path.name.endswith(_NQUADS) else _by_quad(self.quads())


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


def read_nquads(path: Path, *, is_canonical: bool = False) -> Iterator[GraphTriples]:
    """Yield the canonical triples of a file of N-Quads with their graph, several at a time.

    A file that ``is_canonical``, as one that a build wrote, is not checked for it. Raises ``SourceError`` where the
    file cannot be read, with the line of a syntax error.
    """
    number = 1
    try:
        with open_rdf(path) as file:
            while block := file.read(_BLOCK) + file.readline():
                if is_canonical or _CANONICAL.fullmatch(block):
                    yield from _by_graph(block)
                else:
                    yield from _by_line(block, path, number)
                number += block.count(b"\n")
    except UNREADABLE as error:
        raise SourceError(f"cannot be read: {error}", path) from None


def _by_graph(lines: bytes) -> Iterable[GraphTriples]:
    """Split canonical lines, each of which names its graph."""
    triples: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for line in lines.removesuffix(END).split(END):  # a literal has no line break
        triple, _, graph = line.rpartition(b" ")
        triples[graph[1:-1]].append(triple)
    return triples.items()


def _by_line(lines: bytes, path: Path, number: int) -> Iterator[GraphTriples]:
    """Split or parse lines; ``number`` is that of the first one."""
    for at, line in enumerate(io.BytesIO(lines), number):  # BytesIO ends lines with LF alone
        yield from _by_graph(line) if _CANONICAL.fullmatch(line) else _by_quad(_parse(line, path, at))


def _parse(line: bytes, path: Path, number: int) -> Iterator[ox.Quad]:
    try:
        yield from ox.parse(line, format=ox.RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise SourceError(f"not valid: {error.msg}", path, number + (error.lineno or 1) - 1, error.offset) from None
    except ValueError as error:
        raise SourceError(f"cannot be read: {error}", path, number) from None


def _by_quad(quads: Iterable[ox.Quad]) -> Iterator[GraphTriples]:
    for quad in quads:
        name = quad.graph_name
        yield name.value.encode() if isinstance(name, ox.NamedNode) else b"", [str(quad.triple).encode()]
