"""Sort the graphs of a dataset for a load, without holding all triples in memory.

What ``graphs.tsv`` lists of a build is known without reading the dump; triples are sorted when they are asked for.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from more_itertools import partition

from publisher.dump.reader import END, GraphTriples, PublishedDump, open_dump, read_dump, split_nquads
from publisher.errors import SourceError
from publisher.rdf.digest import INDEX, GraphDigest, digest_triples
from publisher.rdf.io import read_quads
from publisher.workspace.files import CHANGED

_TRIPLES_AT_ONCE: Final = 100_000  # in memory while graphs are written to a file
_CACHE: Final = 65_536  # KiB of triples in memory while they are sorted
_TABLE: Final = """\
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{};
CREATE TABLE quads (graph BLOB, triple BLOB, PRIMARY KEY (graph, triple)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class GraphInfo:
    """The name and the digest of a graph."""

    name: str
    digest: GraphDigest

    @property
    def triples(self) -> int:
        """The number of triples."""
        return self.digest.triples


@dataclass(frozen=True)
class GraphFile(GraphInfo):
    """A graph as sorted lines of N-Triples in a section of a file."""

    path: Path
    start: int
    size: int

    def read(self) -> bytes:
        """Return all lines."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.size)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            yield from islice(file, self.triples)

    def parts(self, size: int) -> Iterator[bytes]:
        """Yield the lines whole if they are at most ``size``, else in parts of ``size`` at most.

        All lines with a blank node are then one part, which comes last, whatever its size.
        """
        return iter([self.read()]) if self.triples <= size else _parts(iter(self), size)


_BLANK_NODE: Final = re.compile(rb"^_:|^<[^>]*> <[^>]*> _:", re.MULTILINE)


def has_blank_node(lines: bytes) -> bool:
    """Tell whether any line of N-Triples or N-Quads has a blank node as its subject or object."""
    return b"_:" in lines and _BLANK_NODE.search(lines) is not None


def split_long_lines(lines: bytes, limit: int) -> tuple[list[bytes], bytes]:
    """Return the lines of N-Triples of more than ``limit`` bytes and no blank node, and the rest together."""
    if len(lines) <= limit:
        return [], lines
    rest, long = partition(lambda line: len(line) > limit and not has_blank_node(line), lines.splitlines(keepends=True))
    return list(long), b"".join(rest)


def to_nquads(lines: bytes, graph: str) -> bytes:
    """Return lines of N-Triples as N-Quads of a graph."""
    return lines.replace(END, f" <{graph}> .\n".encode())  # a literal has no line break


def _parts(lines: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield lines in parts of ``size`` at most, then all with a blank node: its label means nothing in other parts."""
    blank = list[bytes]()
    while part := list(islice(lines, size)):
        content = b"".join(part)
        if has_blank_node(content):
            blank += (line for line in part if has_blank_node(line))
            content = b"".join(line for line in part if not has_blank_node(line))
        if content:
            yield content
    if blank:
        yield b"".join(blank)


class GraphSet:
    """The graphs of a dataset, sorted by name: their digests at once, their triples on demand.

    ``quads`` are files of N-Quads that together hold exactly these graphs, or empty if there are no such files.
    ``check_quads`` raises ``SourceError`` when they hold something else by now.
    """

    def __init__(
        self,
        graphs: Iterable[GraphInfo],
        sort: Callable[[Set[str]], list[GraphFile]],
        quads: Sequence[Path] = (),
        check_quads: Callable[[], None] = lambda: None,
    ) -> None:
        self.graphs, self.quads = tuple(sorted(graphs, key=lambda graph: graph.name)), quads
        self.check_quads = check_quads
        self._sort, self._sorted = sort, dict[str, GraphFile]()

    @property
    def names(self) -> list[str]:
        """The names of the graphs."""
        return [graph.name for graph in self.graphs]

    @property
    def triples(self) -> int:
        """The number of triples."""
        return sum(graph.triples for graph in self.graphs)

    def files(self, names: Iterable[str]) -> list[GraphFile]:
        """Return graphs by name, with triples. Raises ``SourceError`` when these do not have the listed digest."""
        wanted = list(names)
        if missing := {name for name in wanted if name not in self._sorted}:
            self._sorted |= {file.name: file for file in self._sort(missing)}
        return [self._sorted[name] for name in wanted]

    def quad_parts(self, size: int) -> Iterator[bytes]:
        """Yield the lines of ``quads`` in parts of ``size`` at most, then all lines with a blank node in one part."""
        with ExitStack() as stack:
            lines = chain.from_iterable(stack.enter_context(path.open("rb")) for path in self.quads)
            yield from _parts(lines, size)

    def write(self, path: Path) -> None:
        """Write all graphs into one file of N-Quads."""
        if not self.quads:
            write_nquads({file.name: file for file in self.files(self.names)}, path)
            return
        with path.open("wb") as out:
            for quads in self.quads:
                with quads.open("rb") as lines:
                    shutil.copyfileobj(lines, out)
        self.check_quads()


def write_nquads(graphs: Mapping[str, GraphFile], path: Path) -> Path:
    """Write graphs, under the names that are the keys, into one file of N-Quads and return its path."""
    with path.open("wb") as out:
        for name, graph in graphs.items():
            out.writelines(to_nquads(part, name) for part in graph.parts(_TRIPLES_AT_ONCE))
    return path


def read_graphs(dist: Path, description: str, folder: Path, *, cache: int = _CACHE) -> GraphSet:
    """Return the graphs of ``dist``, a published folder or a file of RDF.

    ``void.ttl`` of a published folder becomes the graph ``description``. Sorted graphs are written into ``folder``;
    about ``cache`` KiB of triples are in memory at a time. Raises ``SourceError`` for a triple without a named graph,
    for a graph that is called ``description``, and for files that cannot be read or were changed after the build.
    """
    dump = open_dump(dist)
    triples = {str(quad.triple).encode() for quad in read_quads(dump.description)} if dump.description else set[bytes]()
    more = [(description.encode(), sorted(triples))] if triples else []
    listed = dump.list_graphs()
    files = {} if listed else {file.name: file for file in sort_graphs(read_dump(dump.path), folder, dump.path, cache)}
    if "" in files:
        raise SourceError("expected every triple in a named graph; blank and default graphs are not loaded", dump.path)
    if more and description in (listed or files):
        message = f"has a graph <{description}>, which is the place of void.ttl; rename its source file"
        raise SourceError(message, dump.path)
    if listed:
        return _listed_graphs(dump, listed, more, folder)
    files |= {file.name: file for file in sort_graphs(more, Path(mkdtemp(dir=folder)), dump.path)}
    return GraphSet(files.values(), lambda names: [files[name] for name in names])


def _listed_graphs(
    dump: PublishedDump, listed: Mapping[str, GraphDigest], more: Sequence[GraphTriples], folder: Path
) -> GraphSet:
    """Return the graphs that are listed for a dump that a build wrote, and ``more`` graphs that it does not contain."""
    path = dump.path
    digests = {**listed, **{name.decode(): digest_triples(triples) for name, triples in more}}

    def sort(names: Set[str]) -> list[GraphFile]:
        wanted = {name.encode() for name in names}
        selected = ((name, triples) for name, triples in chain(split_nquads(path), more) if name in wanted)
        files = list(sort_graphs(selected, Path(mkdtemp(dir=folder)), path))
        actual = {file.name: file.digest for file in files}
        for name in sorted(names):
            if actual.get(name) != digests[name]:
                raise SourceError(f"not what {INDEX} tells of the graph <{name}>; run 'publisher build'", path)
        return files

    def check() -> None:
        if dump.list_graphs() != listed:
            raise SourceError(CHANGED, path)

    quads = [] if path.suffix == ".gz" else [path]
    if quads and more:
        quads.append(folder / "more.nq")
        quads[-1].write_bytes(b"".join(b"%s <%s> .\n" % (triple, name) for name, triples in more for triple in triples))
    return GraphSet([GraphInfo(name, digest) for name, digest in digests.items()], sort, quads, check)


def sort_graphs(graphs: Iterable[GraphTriples], folder: Path, dump: Path, cache: int = _CACHE) -> Iterator[GraphFile]:
    """Yield graphs by name, triples sorted and each once, which are written into a file in ``folder``.

    A database in that folder sorts them, as they may be more than memory holds. Raises ``SourceError``, in the name of
    ``dump``, for what is not UTF-8.
    """
    path = folder / "graphs.nt"
    with closing(sqlite3.connect(folder / "graphs.db")) as database, path.open("wb") as out:
        database.executescript(_TABLE.format(cache))
        quads = ((name, triple) for name, triples in graphs for triple in triples)
        database.executemany("INSERT OR IGNORE INTO quads VALUES (?, ?)", quads)
        rows = database.execute("SELECT graph, triple FROM quads ORDER BY graph, triple")
        for name, group in groupby(rows, key=itemgetter(0)):
            triples = [triple for _, triple in group]
            content = END.join(triples) + END
            try:
                content.decode()
                graph = name.decode()
            except UnicodeDecodeError:
                raise SourceError(f"not UTF-8, in the graph <{name.decode(errors='replace')}>", dump) from None
            start = out.tell()
            out.write(content)
            out.flush()
            yield GraphFile(graph, digest_triples(triples), path, start, len(content))
