"""Sort a published dataset by graph into one file of N-Triples, never holding all of it in memory."""

from __future__ import annotations

import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from publisher.dump import CHECKSUMS, UNREADABLE, file_digest, format_of, open_dump
from publisher.errors import SourceError, UsageError

DESCRIPTION: Final = "void"
_LINES: Final = (".nq", ".nq.gz")
_HELD: Final = 64 * 1024 * 1024  # bytes of lines that wait in memory

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
class GraphFile:
    """A graph as sorted N-Triples: its name, where in a file, and more; ``digest`` is the SHA-256 of its bytes."""

    name: str
    path: Path
    start: int
    size: int
    triples: int
    digest: str
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
        return self.content.replace(b" .\n", f" <{name}> .\n".encode())  # a literal has no line break


_BLANK_NODE: Final = re.compile(rb"^_:|^<[^>]*> <[^>]*> _:", re.MULTILINE)


def has_blank_node(lines: bytes) -> bool:
    """Tell whether lines of N-Triples have a blank node as a subject or object."""
    return b"_:" in lines and _BLANK_NODE.search(lines) is not None


def spool(dist: Path, description: str, folder: Path) -> list[GraphFile]:
    """Write the graphs of ``dist`` (a published folder, or a file of N-Quads) into ``folder``; return them by name.

    The description of the dataset, if there is one, becomes the graph ``description``.
    """
    dump = find(dist)
    sorter = _Sorter(folder)
    if dump.name.endswith(_LINES):
        sorter.add(_runs(dump) if dist.is_dir() and _is_as_built(dump) else _lines(dump))
    else:
        sorter.add(_quads(read(dump)))
    if sorter.holds(b""):
        raise SourceError("expected every triple in a named graph; blank and default graphs are not loaded", dump)
    void = dump.with_name("void.ttl")
    if dist.is_dir() and void.is_file():
        sorter.add((description.encode(), f"{quad.triple} .\n".encode()) for quad in read(void))
    return sorter.finish(dump)


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


def _is_as_built(dump: Path) -> bool:
    """Tell whether a published file has a checksum; raise ``SourceError`` when it is another one."""
    sums = dump.with_name(CHECKSUMS)
    if not sums.is_file():
        return False
    if f"{file_digest(dump)}  {dump.name}" not in sums.read_text(encoding="utf-8").splitlines():
        raise SourceError(
            f"not what {CHECKSUMS} tells: it was changed or cut off after the build; run 'publisher build'", dump
        )
    return True


def split(dump: Path, folder: Path, graphs: Iterable[str]) -> list[GraphFile]:
    """Write the graphs of these names in a file of N-Quads into ``folder``; others are passed over."""
    wanted = {graph.encode() for graph in graphs}
    sorter = _Sorter(folder)
    sorter.add((name, line) for name, line in _lines(dump) if name in wanted)
    return sorter.finish(dump)


def _runs(dump: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name of a graph and lines of N-Triples in it, many at a time, of a dump that a build wrote.

    There lines of one graph stand together, so a graph is taken out of the lines around it in a few steps.
    """
    try:
        with open_dump(dump) as file:
            while block := file.read(_AT_ONCE) + file.readline():
                start = 0
                while start < len(block):
                    end = block.index(b"\n", start) + 1
                    graph = block[block.rindex(b" <", start, end) : end]
                    rest = block[start:].replace(graph, b"\0")
                    other = rest.find(b"\n")  # in the first line of another graph
                    lines = rest[: rest.rindex(b"\0", 0, other if other > 0 else None) + 1]
                    yield graph[2:-4], lines.replace(b"\0", b" .\n")
                    start += len(lines) + lines.count(b"\0") * (len(graph) - 1)
    except UNREADABLE as error:
        raise SourceError(f"cannot be read: {error}", dump) from None


def _lines(dump: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name of the graph and the triple of each line as N-Triples, as it stands where it is canonical.

    The name is empty where there is none.
    """
    number = 1
    try:
        with open_dump(dump) as file:
            while block := file.read(_AT_ONCE) + file.readline():
                if _CANONICAL.fullmatch(block):
                    yield from map(_divided, block.splitlines(keepends=True))
                else:
                    yield from _checked(io.BytesIO(block), dump, number)  # which ends lines with LF alone
                number += block.count(b"\n")
    except UNREADABLE as error:
        raise SourceError(f"cannot be read: {error}", dump) from None


def _divided(line: bytes) -> tuple[bytes, bytes]:
    """Return the name of the graph and the triple of a line that is canonical."""
    start = line.rindex(b"<")
    return line[start + 1 : -4], line[:start] + b".\n"


def _checked(lines: Iterable[bytes], dump: Path, number: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the same of lines that begin at a line number, some of which may be written in another way."""
    for at, line in enumerate(lines, number):
        if _CANONICAL.fullmatch(line):
            yield _divided(line)
        else:
            yield from _quads(_parse(line, dump, at))


def _parse(line: bytes, dump: Path, number: int) -> Iterator[ox.Quad]:
    try:
        yield from ox.parse(line, format=ox.RdfFormat.N_QUADS)
    except SyntaxError as error:
        raise SourceError(f"not valid: {error.msg}", dump, number + (error.lineno or 1) - 1, error.offset) from None
    except ValueError as error:
        raise SourceError(f"cannot be read: {error}", dump, number) from None


def _quads(quads: Iterable[ox.Quad]) -> Iterator[tuple[bytes, bytes]]:
    for quad in quads:
        name = quad.graph_name
        yield name.value.encode() if isinstance(name, ox.NamedNode) else b"", f"{quad.triple} .\n".encode()


class _Sorter:
    """Lines by graph: in memory, and when they are too many, in a file for each graph; in the end, in one."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._held = folder, 0
        self._lines: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._paths: dict[bytes, Path] = {}

    def add(self, found: Iterable[tuple[bytes, bytes]]) -> None:
        """Take lines of N-Triples in, one or several at a time, each with the name of their graph."""
        for name, lines in found:
            self._lines[name].append(lines)
            self._held += len(lines)
            if self._held > _HELD:
                self._put_by()

    def holds(self, name: bytes) -> bool:
        """Tell whether there are lines of a graph."""
        return name in self._lines or name in self._paths

    def finish(self, dump: Path) -> list[GraphFile]:
        """Return the graphs, sorted by name, their lines sorted and each there once."""
        done, path = [], self._folder / "graphs.nt"
        with path.open("wb") as out:
            for name in sorted(self._lines.keys() | self._paths.keys()):
                lines = self._lines_of(name)
                content = b"".join(lines)
                try:
                    content.decode()
                except UnicodeDecodeError:
                    raise SourceError(f"not UTF-8, in the graph <{name.decode(errors='replace')}>", dump) from None
                place = (path, out.tell(), len(content))
                digest = hashlib.sha256(content).hexdigest()
                done.append(GraphFile(name.decode(), *place, len(lines), digest, has_blank_node(content)))
                out.write(content)
        return done

    def _lines_of(self, name: bytes) -> list[bytes]:
        """Return what was added of a graph, sorted, each line once, and forget it."""
        content = b"".join(self._lines.pop(name, ()))
        if name in self._paths:
            content = self._paths[name].read_bytes() + content
            self._paths[name].unlink()
        lines = content.splitlines(keepends=True)
        if all(map(bytes.__lt__, lines, lines[1:])):  # as they mostly are
            return lines
        return sorted(set(lines))

    def _put_by(self) -> None:
        for name, lines in self._lines.items():
            path = self._paths.setdefault(name, self._folder / f"{len(self._paths)}.nt")
            with path.open("ab") as out:
                out.writelines(lines)
        self._lines.clear()
        self._held = 0


def read(path: Path) -> Iterable[ox.Quad]:
    """Yield the quads of a file; the format is that of its name. Raises ``SourceError`` where it cannot be read."""
    try:
        with open_dump(path) as file:
            yield from ox.parse(file, format=format_of(path))
    except SyntaxError as error:
        raise SourceError(f"not valid: {error.msg}", path, error.lineno, error.offset) from None
    except (*UNREADABLE, ValueError) as error:
        raise SourceError(f"cannot be read: {error}", path) from None
