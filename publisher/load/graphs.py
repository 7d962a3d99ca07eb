"""Sort the graphs of a dataset for a load, without holding all triples in memory.

What ``graphs.tsv`` lists of a build is known without reading the dump; triples are sorted when they are asked for.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from publisher.dump.reader import END, GraphTriples, open_dump, read_dump, split_nquads
from publisher.errors import SourceError
from publisher.rdf.digest import INDEX, GraphDigest, digest_triples
from publisher.rdf.io import read_quads

_TRIPLES_AT_ONCE: Final = 100_000  # in memory while graphs are written to a file
_MAX_BYTES: Final = 64 * 1024 * 1024  # of triples that the sorter holds in memory
_BYTES_OVERHEAD: Final = 41  # that CPython needs for each more than its length, and for the reference to it


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
class GraphPart:
    """Some triples of a graph as lines of N-Triples: the text, their number, and whether any has a blank node."""

    content: bytes
    triples: int
    has_blank_nodes: bool

    def split_long_lines(self, limit: int) -> tuple[list[GraphPart], GraphPart]:
        """Return each line of more than ``limit`` bytes as a part of its own, and the rest as one.

        Lines with a blank node stay in the rest, whatever their length.
        """
        if len(self.content) <= limit:
            return [], self
        lines = self.content.splitlines(keepends=True)
        long = [line for line in lines if len(line) > limit and not has_blank_node(line)]
        short = b"".join(line for line in lines if len(line) <= limit or has_blank_node(line))
        parts = [GraphPart(line, 1, has_blank_nodes=False) for line in long]
        return parts, GraphPart(short, self.triples - len(long), self.has_blank_nodes)

    def to_nquads(self, graph: str) -> bytes:
        """Return the lines as N-Quads of a graph."""
        return self.content.replace(END, f" <{graph}> .\n".encode())  # a literal has no line break


@dataclass(frozen=True)
class GraphFile(GraphInfo):
    """A graph as sorted lines of N-Triples in a section of a file."""

    path: Path
    start: int
    size: int
    has_blank_nodes: bool

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

    def parts(self, size: int) -> Iterator[GraphPart]:
        """Yield the graph whole if it has at most ``size`` triples, else in parts of ``size``.

        All lines with a blank node are then one part, whatever its size, because a label means nothing in another
        request. It comes last.
        """
        if self.triples <= size:
            yield GraphPart(self.read(), self.triples, self.has_blank_nodes)
            return
        plain: list[bytes] = []
        blank: list[bytes] = []
        for line in self:
            (blank if has_blank_node(line) else plain).append(line)
            if len(plain) >= size:
                yield GraphPart(b"".join(plain), len(plain), has_blank_nodes=False)
                plain = []
        if plain:
            yield GraphPart(b"".join(plain), len(plain), has_blank_nodes=False)
        if blank:
            yield GraphPart(b"".join(blank), len(blank), has_blank_nodes=True)


_BLANK_NODE: Final = re.compile(rb"^_:|^<[^>]*> <[^>]*> _:", re.MULTILINE)


def has_blank_node(lines: bytes) -> bool:
    """Tell whether any line of N-Triples or N-Quads has a blank node as its subject or object."""
    return b"_:" in lines and _BLANK_NODE.search(lines) is not None


class GraphSet:
    """The graphs of a dataset, sorted by name: their digests at once, their triples on demand.

    ``quads`` are files of N-Quads that together hold exactly these graphs, or empty if there are no such files.
    """

    def __init__(self, graphs: Iterable[GraphInfo], sort: _SortGraphs, quads: Sequence[Path] = ()) -> None:
        self.graphs, self.quads = tuple(sorted(graphs, key=lambda graph: graph.name)), quads
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

    def write(self, path: Path) -> None:
        """Write all graphs into one file of N-Quads."""
        if not self.quads:
            write_nquads({file.name: file for file in self.files(self.names)}, path)
            return
        with path.open("wb") as out:
            for quads in self.quads:
                with quads.open("rb") as lines:
                    shutil.copyfileobj(lines, out)


_SortGraphs = Callable[[Set[str]], list[GraphFile]]


def write_nquads(graphs: Mapping[str, GraphFile], path: Path) -> Path:
    """Write graphs, under the names that are the keys, into one file of N-Quads and return its path."""
    with path.open("wb") as out:
        for name, graph in graphs.items():
            out.writelines(part.to_nquads(name) for part in graph.parts(_TRIPLES_AT_ONCE))
    return path


def read_graphs(dist: Path, description: str, folder: Path, *, max_bytes: int = _MAX_BYTES) -> GraphSet:
    """Return the graphs of ``dist``, a published folder or a file of RDF.

    ``void.ttl`` of a published folder becomes the graph ``description``. Sorted graphs are written into ``folder``;
    about ``max_bytes`` of triples are in memory at a time. Raises ``SourceError`` for a triple without a named graph,
    for a graph that is called ``description``, and for files that cannot be read or were changed after the build.
    """
    dump = open_dump(dist)
    more = dict[str, list[bytes]]()
    if dump.description:
        more[description] = sorted({str(quad.triple).encode() for quad in read_quads(dump.description)})
    if listed := dump.list_graphs():
        return _listed_graphs(dump.path, listed, more, folder, max_bytes)
    sorter = _Sorter(folder, max_bytes)
    sorter.add(read_dump(dump.path))
    if b"" in sorter.names():
        raise SourceError("expected every triple in a named graph; blank and default graphs are not loaded", dump.path)
    _ensure_unused(more, (name.decode(errors="replace") for name in sorter.names()), dump.path)
    sorter.add((name.encode(), triples) for name, triples in more.items())
    files = {file.name: file for file in sorter.finish(dump.path)}
    return GraphSet(files.values(), lambda names: [files[name] for name in names])


def extract_graphs(path: Path, folder: Path, names: Iterable[str]) -> list[GraphFile]:
    """Return the graphs with these names in a file of N-Quads, sorted into a file in ``folder``."""
    wanted = {name.encode() for name in names}
    sorter = _Sorter(folder, _MAX_BYTES)
    sorter.add((name, triples) for name, triples in read_dump(path) if name in wanted)
    return list(sorter.finish(path))


def _listed_graphs(
    dump: Path, listed: Mapping[str, GraphDigest], more: Mapping[str, list[bytes]], folder: Path, max_bytes: int
) -> GraphSet:
    """Return the graphs that are listed for a dump that a build wrote, and ``more`` graphs that it does not contain."""
    _ensure_unused(more, listed, dump)
    digests = {**listed, **{name: digest_triples(triples) for name, triples in more.items()}}

    def sort(names: Set[str]) -> list[GraphFile]:
        wanted = {name.encode() for name in names}
        sorter = _Sorter(Path(mkdtemp(dir=folder)), max_bytes)
        sorter.add((name, triples) for name, triples in split_nquads(dump) if name in wanted)
        sorter.add((name.encode(), triples) for name, triples in more.items() if name in names)
        files = list(sorter.finish(dump))
        actual = {file.name: file.digest for file in files}
        for name in sorted(names):
            if actual.get(name) != digests[name]:
                raise SourceError(f"not what {INDEX} tells of the graph <{name}>; run 'publisher build'", dump)
        return files

    quads = [] if dump.suffix == ".gz" else [dump]
    if quads and more:
        quads.append(folder / "more.nq")
        lines = (triple + f" <{name}> .\n".encode() for name, triples in more.items() for triple in triples)
        quads[-1].write_bytes(b"".join(lines))
    return GraphSet([GraphInfo(name, digest) for name, digest in digests.items()], sort, quads)


def _ensure_unused(names: Mapping[str, object], used: Iterable[str], dump: Path) -> None:
    for name in names.keys() & set(used):
        raise SourceError(f"has a graph <{name}>, which is the place of void.ttl; rename its source file", dump)


class _Sorter:
    """Sort triples by graph in memory, and beyond ``max_bytes`` in one temporary file for each graph."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes, self._size = folder, max_bytes, 0
        self._in_memory: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._paths: dict[bytes, Path] = {}

    def add(self, graphs: Iterable[GraphTriples]) -> None:
        """Add triples to their graphs."""
        for name, triples in graphs:
            self._in_memory[name] += triples
            self._size += sum(map(len, triples)) + _BYTES_OVERHEAD * len(triples)
            if self._size > self._max_bytes:
                self._spill()

    def names(self) -> list[bytes]:
        """Return the names of the graphs, sorted."""
        return sorted(self._in_memory.keys() | self._paths.keys())

    def finish(self, dump: Path) -> Iterator[GraphFile]:
        """Yield the graphs by name, triples sorted and each once. Raises ``SourceError`` for what is not UTF-8."""
        path = self._folder / "graphs.nt"
        with path.open("wb") as out:
            for name in self.names():
                triples = self._take(name)
                content = END.join(triples) + END
                try:
                    content.decode()
                    graph = name.decode()
                except UnicodeDecodeError:
                    raise SourceError(f"not UTF-8, in the graph <{name.decode(errors='replace')}>", dump) from None
                start = out.tell()
                out.write(content)
                yield GraphFile(graph, digest_triples(triples), path, start, len(content), has_blank_node(content))

    def _take(self, name: bytes) -> list[bytes]:
        triples = self._in_memory.pop(name, [])
        if name in self._paths:
            triples += self._paths[name].read_bytes().removesuffix(END).split(END)
            self._paths[name].unlink()
        if all(map(bytes.__lt__, triples, triples[1:])):  # the usual case
            return triples
        return sorted(set(triples))

    def _spill(self) -> None:
        for name, triples in self._in_memory.items():
            path = self._paths.setdefault(name, self._folder / f"{len(self._paths)}.nt")
            with path.open("ab") as out:
                out.write(END.join(triples) + END)
        self._in_memory.clear()
        self._size = 0
