"""Sort a published dataset by graph into one file of N-Triples, never holding all of it in memory."""

from __future__ import annotations

import io
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

import pyoxigraph as ox

from publisher.dump.formats import CHECKSUMS, UNREADABLE, file_digest, format_of, open_dump
from publisher.errors import SourceError, UsageError
from publisher.rdf.digest import INDEX, GraphDigest, digest_triples, read_index

DESCRIPTION: Final = "void"
_LINES: Final = (".nq", ".nq.gz")
_END: Final = b" .\n"
_JOINED: Final = 100_000  # triples in memory at once
_HELD: Final = 64 * 1024 * 1024  # bytes of triples that wait in memory
_OBJECT: Final = 41  # more bytes that each takes there, in CPython

_PLAIN: Final = r'[^\x00-\x20<>"{}|^`\\%\[\]]*'
_IRI: Final = rf"<[A-Za-z][A-Za-z0-9+.-]*:{_PLAIN}(?:%[0-9A-Fa-f]{{2}}{_PLAIN})*>"
_BLANK: Final = r"_:[A-Za-z0-9_]+"
_TEXT: Final = r'[^"\\\x00-\x1f\x7f]*'
_LITERAL: Final = (
    rf'"{_TEXT}(?:\\[tbnrf"\\]{_TEXT})*"'
    rf"(?:@[a-z]{{1,8}}(?:-[a-z0-9]{{1,8}})*|\^\^(?!<http://www\.w3\.org/2001/XMLSchema#string>){_IRI})?"
)
_QUAD: Final = rf"(?:{_IRI}|{_BLANK}) {_IRI} (?:{_IRI}|{_BLANK}|{_LITERAL}) {_IRI} \.\n"
# Quads as our dumps have them; what is written in any other way goes through the parser.
_CANONICAL: Final = re.compile(f"(?:{_QUAD})*+".encode())
_AT_ONCE: Final = 1 << 16  # bytes of lines that are looked at together


@dataclass(frozen=True)
class Graph:
    """What is known of a graph before its triples are read."""

    name: str
    digest: GraphDigest

    @property
    def triples(self) -> int:
        """The number of triples."""
        return self.digest.triples


@dataclass(frozen=True)
class GraphFile(Graph):
    """A graph as sorted N-Triples: where in a file, and more."""

    path: Path
    start: int
    size: int
    has_blank_nodes: bool

    def read(self) -> bytes:
        """Return the lines."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.size)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines, one at a time."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            yield from islice(file, self.triples)

    def parts(self, size: int) -> Iterator[Part]:
        """Yield the graph whole when it has at most ``size`` triples, else in parts of ``size``.

        Then all lines with a blank node are one part, whatever its size: a label means nothing in the next request.
        """
        if self.triples <= size:
            yield Part(self.read(), self.triples, self.has_blank_nodes)
            return
        yield from self.split(size)

    def split(self, size: int) -> Iterator[Part]:
        """Yield the lines without blank nodes in parts of ``size``, then the others in one."""
        plain: list[bytes] = []
        blank: list[bytes] = []
        for line in self:
            (blank if has_blank_node(line) else plain).append(line)
            if len(plain) >= size:
                yield Part(b"".join(plain), len(plain), False)
                plain = []
        if plain:
            yield Part(b"".join(plain), len(plain), False)
        if blank:
            yield Part(b"".join(blank), len(blank), True)


@dataclass(frozen=True)
class Part:
    """Some lines of N-Triples: the text, how many triples, and whether any has a blank node."""

    content: bytes
    triples: int
    has_blank_nodes: bool

    def divided(self, longest: int) -> tuple[list[Part], Part]:
        """Return lines of more bytes than ``longest``, each a part, and the rest, with all that has blank nodes."""
        if len(self.content) <= longest:
            return [], self
        lines = self.content.splitlines(keepends=True)
        long = [line for line in lines if len(line) > longest and not has_blank_node(line)]
        short = b"".join(line for line in lines if len(line) <= longest or has_blank_node(line))
        return [Part(line, 1, False) for line in long], Part(short, self.triples - len(long), self.has_blank_nodes)

    def in_graph(self, name: str) -> bytes:
        """Return the lines as N-Quads of a graph."""
        return self.content.replace(_END, f" <{name}> .\n".encode())  # a literal has no line break


_BLANK_NODE: Final = re.compile(rb"^_:|^<[^>]*> <[^>]*> _:", re.MULTILINE)


def has_blank_node(lines: bytes) -> bool:
    """Tell whether lines of N-Triples have a blank node as a subject or object."""
    return b"_:" in lines and _BLANK_NODE.search(lines) is not None


class Spool:
    """The graphs of a dataset, by name: what is known of them, and their lines, which are read when they are asked for.

    ``quads`` are files of N-Quads that hold just these graphs; there are none where something must be rewritten.
    """

    def __init__(self, graphs: Iterable[Graph], sort: _Sort, quads: Sequence[Path] = ()) -> None:
        self.graphs, self.quads = tuple(sorted(graphs, key=lambda graph: graph.name)), quads
        self._sort, self._sorted = sort, dict[str, GraphFile]()

    @property
    def names(self) -> list[str]:
        """The names of the graphs."""
        return [graph.name for graph in self.graphs]

    def files(self, names: Iterable[str]) -> list[GraphFile]:
        """Return graphs with their lines; raise ``SourceError`` when they are not what was told of them."""
        wanted = list(names)
        if missing := {name for name in wanted if name not in self._sorted}:
            self._sorted |= {file.name: file for file in self._sort(missing)}
        return [self._sorted[name] for name in wanted]

    def parts(self, size: int) -> Iterator[bytes]:
        """Yield ``quads`` in parts of ``size`` lines, but all lines with a blank node in one, which is the last."""
        with ExitStack() as stack:
            lines = chain.from_iterable(stack.enter_context(path.open("rb")) for path in self.quads)
            blank = list[bytes]()
            while some := list(islice(lines, size)):
                content = b"".join(some)
                if has_blank_node(content):
                    blank += (line for line in some if has_blank_node(line))
                    content = b"".join(line for line in some if not has_blank_node(line))
                if content:
                    yield content
            if blank:
                yield b"".join(blank)


_Sort = Callable[[Set[str]], list[GraphFile]]


def spool(dist: Path, description: str, folder: Path) -> Spool:
    """Find the graphs of ``dist`` (a published folder, or a file of N-Quads); what is sorted goes into ``folder``.

    The description of the dataset, if there is one, becomes the graph ``description``.
    """
    dump, more, listed = find(dist), dict[str, list[bytes]](), list_graphs(dist)
    void = dump.with_name("void.ttl")
    if dist.is_dir() and void.is_file():
        more[description] = sorted({str(quad.triple).encode() for quad in read(void)})
    if listed:
        return _as_built(dump, listed, more, folder)
    sorter = _Sorter(folder)
    sorter.add(_lines(dump) if dump.name.endswith(_LINES) else _quads(read(dump)))
    if b"" in sorter.names():
        raise SourceError("expected every triple in a named graph; blank and default graphs are not loaded", dump)
    _ensure_free(more, (name.decode(errors="replace") for name in sorter.names()), dump)
    sorter.add((name.encode(), triples) for name, triples in more.items())
    found = {file.name: file for file in sorter.finish(dump)}
    return Spool(found.values(), lambda names: [found[name] for name in names])


def list_graphs(dist: Path) -> dict[str, GraphDigest]:
    """Return what a build lists of the graphs of its dump; nothing for a file, and where there is no list.

    Raises ``SourceError`` when dump or list are not as they were built.
    """
    dump = find(dist)
    if not dist.is_dir() or not dump.with_name(CHECKSUMS).is_file():
        return {}
    _check(dump)
    index = dump.with_name(INDEX)
    if not index.is_file():
        return {}
    _check(index)
    return read_index(index)


def _as_built(dump: Path, listed: Mapping[str, GraphDigest], more: Mapping[str, list[bytes]], folder: Path) -> Spool:
    """Return the graphs of a build, as they are listed, and ``more`` that are not in its dump."""
    _ensure_free(more, listed, dump)
    told = {**listed, **{name: digest_triples(triples) for name, triples in more.items()}}

    def sort(names: Set[str]) -> list[GraphFile]:
        wanted = {name.encode() for name in names}
        sorter = _Sorter(Path(mkdtemp(dir=folder)))
        sorter.add((name, triples) for name, triples in _built(dump) if name in wanted)
        sorter.add((name.encode(), triples) for name, triples in more.items() if name in names)
        files = list(sorter.finish(dump))
        found = {file.name: file.digest for file in files}
        for name in sorted(names):
            if found.get(name) != told[name]:
                raise SourceError(f"not what {INDEX} tells of the graph <{name}>; run 'publisher build'", dump)
        return files

    quads = [] if dump.suffix == ".gz" else [dump]
    if quads and more:
        quads.append(folder / "more.nq")
        lines = (triple + f" <{name}> .\n".encode() for name, triples in more.items() for triple in triples)
        quads[-1].write_bytes(b"".join(lines))
    return Spool([Graph(name, known) for name, known in told.items()], sort, quads)


def _ensure_free(more: Mapping[str, object], names: Iterable[str], dump: Path) -> None:
    for name in more.keys() & set(names):
        raise SourceError(f"has a graph <{name}>, which is the place of void.ttl; rename its source file", dump)


def write_quads(found: Spool, path: Path) -> None:
    """Write all graphs into one file of N-Quads."""
    if not found.quads:
        join({file.name: file for file in found.files(found.names)}, path)
        return
    with path.open("wb") as out:
        for quads in found.quads:
            with quads.open("rb") as lines:
                shutil.copyfileobj(lines, out)


def join(graphs: Mapping[str, GraphFile], path: Path) -> Path:
    """Write graphs, under the names that are given, into one file of N-Quads."""
    with path.open("wb") as out:
        for name, graph in graphs.items():
            out.writelines(part.in_graph(name) for part in graph.parts(_JOINED))
    return path


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file of lines in blocks of whole lines."""
    with open_dump(path) as file:
        while block := file.read(_AT_ONCE) + file.readline():
            yield block


def find(dist: Path) -> Path:
    """Return the dump of a published folder, or the file itself; raise ``UsageError`` when there is none."""
    if dist.is_file():
        return dist
    folder = dist / "dumps"
    for name in _LINES:
        if (path := folder / f"all{name}").is_file():
            return path
    if folder.is_dir():
        raise UsageError(f'{folder / "all.nq"}: not there; add "nq" to the formats under [dumps] in publisher.toml')
    raise UsageError(f"{dist}: expected a folder made by 'publisher build', or a file of N-Quads")


def _check(dump: Path) -> None:
    """Raise ``SourceError`` when a published file is another one than was built."""
    if f"{file_digest(dump)}  {dump.name}" not in dump.with_name(CHECKSUMS).read_text(encoding="utf-8").splitlines():
        raise SourceError(
            f"not what {CHECKSUMS} tells: it was changed or cut off after the build; run 'publisher build'", dump
        )


def split(dump: Path, folder: Path, graphs: Iterable[str]) -> list[GraphFile]:
    """Write the graphs of these names in a file of N-Quads into ``folder``; others are passed over."""
    wanted = {graph.encode() for graph in graphs}
    sorter = _Sorter(folder)
    sorter.add((name, triples) for name, triples in _lines(dump) if name in wanted)
    return list(sorter.finish(dump))


# A triple is a line of N-Triples without its end.
_Triples = tuple[bytes, list[bytes]]  # of a graph, after its name, which is empty where there is none


def _built(dump: Path) -> Iterator[_Triples]:
    """Yield the triples of a dump that a build wrote."""
    try:
        for block in _blocks(dump):
            yield from _by_graph(block)
    except UNREADABLE as error:
        raise SourceError(f"cannot be read: {error}", dump) from None


def _lines(dump: Path) -> Iterator[_Triples]:
    """Yield the triples of a file of N-Quads, as they stand there where they are canonical."""
    number = 1
    try:
        for block in _blocks(dump):
            if _CANONICAL.fullmatch(block):
                yield from _by_graph(block)
            else:
                yield from _checked(io.BytesIO(block), dump, number)  # which ends lines with LF alone
            number += block.count(b"\n")
    except UNREADABLE as error:
        raise SourceError(f"cannot be read: {error}", dump) from None


def _by_graph(block: bytes) -> Iterable[_Triples]:
    """Return the triples of canonical lines, which all have a graph."""
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for line in block.removesuffix(_END).split(_END):  # a literal has no line break
        triple, _, graph = line.rpartition(b" ")
        found[graph[1:-1]].append(triple)
    return found.items()


def _checked(lines: Iterable[bytes], dump: Path, number: int) -> Iterator[_Triples]:
    """Yield the same of lines that begin at a line number, some of which may be written in another way."""
    for at, line in enumerate(lines, number):
        yield from _by_graph(line) if _CANONICAL.fullmatch(line) else _quads(_parse(line, dump, at))


def _parse(line: bytes, dump: Path, number: int) -> Iterator[ox.Quad]:
    try:
        yield from ox.parse(line, format=ox.RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise SourceError(f"not valid: {error.msg}", dump, number + (error.lineno or 1) - 1, error.offset) from None
    except ValueError as error:
        raise SourceError(f"cannot be read: {error}", dump, number) from None


def _quads(quads: Iterable[ox.Quad]) -> Iterator[_Triples]:
    for quad in quads:
        name = quad.graph_name
        yield name.value.encode() if isinstance(name, ox.NamedNode) else b"", [str(quad.triple).encode()]


class _Sorter:
    """Triples by graph: in memory, and when they are too many, in a file for each graph; in the end, in one."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._size = folder, 0
        self._held: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._paths: dict[bytes, Path] = {}

    def add(self, found: Iterable[_Triples]) -> None:
        """Take triples in."""
        for name, triples in found:
            self._held[name] += triples
            self._size += sum(map(len, triples)) + _OBJECT * len(triples)
            if self._size > _HELD:
                self._put_by()

    def names(self) -> list[bytes]:
        """Return the names of the graphs, sorted."""
        return sorted(self._held.keys() | self._paths.keys())

    def finish(self, dump: Path) -> Iterator[GraphFile]:
        """Yield the graphs by name, their triples sorted and each there once, and forget them."""
        path = self._folder / "graphs.nt"
        with path.open("wb") as out:
            for name in self.names():
                triples = self._triples_of(name)
                content = _END.join(triples) + _END
                try:
                    content.decode()
                    graph = name.decode()
                except UnicodeDecodeError:
                    raise SourceError(f"not UTF-8, in the graph <{name.decode(errors='replace')}>", dump) from None
                start = out.tell()
                out.write(content)
                yield GraphFile(graph, digest_triples(triples), path, start, len(content), has_blank_node(content))

    def _triples_of(self, name: bytes) -> list[bytes]:
        triples = self._held.pop(name, [])
        if name in self._paths:
            triples += self._paths[name].read_bytes().removesuffix(_END).split(_END)
            self._paths[name].unlink()
        if all(map(bytes.__lt__, triples, triples[1:])):  # as they mostly are
            return triples
        return sorted(set(triples))

    def _put_by(self) -> None:
        for name, triples in self._held.items():
            path = self._paths.setdefault(name, self._folder / f"{len(self._paths)}.nt")
            with path.open("ab") as out:
                out.write(_END.join(triples) + _END)
        self._held.clear()
        self._size = 0


def read(path: Path) -> Iterable[ox.Quad]:
    """Yield the quads of a file; the format is that of its name. Raises ``SourceError`` where it cannot be read."""
    try:
        with open_dump(path) as file:
            yield from ox.parse(file, format=format_of(path))
    except SyntaxError as error:
        raise SourceError(f"not valid: {error.msg}", path, error.lineno, error.offset) from None
    except (*UNREADABLE, ValueError) as error:
        raise SourceError(f"cannot be read: {error}", path) from None
