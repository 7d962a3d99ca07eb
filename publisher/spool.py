"""Split a published dataset into one file of N-Triples a graph, never holding all of it in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from publisher.errors import SourceError, UsageError

DESCRIPTION: Final = "void"


@dataclass(frozen=True)
class GraphFile:
    """A graph as sorted N-Triples: its name, the file, how many triples, and the SHA-256 of the file."""

    name: str
    path: Path
    triples: int
    digest: str

    def parts(self, size: int) -> Iterator[tuple[list[str], bool]]:
        """Yield the lines in parts of ``size``, and whether they have blank nodes.

        All lines with a blank node are one part, whatever its size: a label means nothing in the next request.
        """
        plain: list[str] = []
        blank: list[str] = []
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                (blank if has_blank_node(line) else plain).append(line)
                if len(plain) >= size:
                    yield plain, False
                    plain = []
        if plain:
            yield plain, False
        if blank:
            yield blank, True


def has_blank_node(line: str) -> bool:
    """Tell whether a line of N-Triples has a blank node as its subject or object."""
    return line.startswith("_:") or line.split(" ", 2)[2].startswith("_:")


def spool(dist: Path, description: str, folder: Path) -> list[GraphFile]:
    """Write the graphs of ``dist`` (a published folder, or a file of N-Quads) into ``folder``, sorted by name.

    The description of the dataset, if there is one, becomes the graph ``description``.
    """
    dump = dist if dist.is_file() else dist / "dumps" / "all.nq"
    if not dump.is_file():
        raise UsageError(f"{dump}: nothing is published yet; run 'publisher build' first")
    names: dict[str, Path] = {}
    for name, quads in groupby(read(dump), key=lambda quad: quad.graph_name):
        if not isinstance(name, ox.NamedNode):
            raise SourceError("expected every triple in a named graph; blank and default graphs are not loaded", dump)
        path = names.setdefault(name.value, folder / f"{len(names)}.nt")
        with path.open("a", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{quad.triple} .\n" for quad in quads)
    void = dump.with_name("void.ttl")
    if dist.is_dir() and void.is_file():
        path = names.setdefault(description, folder / f"{len(names)}.nt")
        with path.open("a", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{quad.triple} .\n" for quad in read(void))
    return [_finish(name, path) for name, path in sorted(names.items())]


def read(path: Path) -> Iterable[ox.Quad]:
    """Yield the quads of a file; the format is that of its name. Raises ``SourceError`` where it cannot be read."""
    try:
        yield from ox.parse(path=str(path), format=ox.RdfFormat.from_extension(path.suffix[1:]))
    except SyntaxError as error:
        raise SourceError(f"not valid: {error.msg}", path, error.lineno, error.offset) from None
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot be read: {error}", path) from None


def _finish(name: str, path: Path) -> GraphFile:
    """Sort the lines and drop repetitions unless they are in order, as in our own dumps."""
    if not _is_sorted(path):
        with path.open(encoding="utf-8") as lines:
            ordered = sorted(set(lines))
        with path.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(ordered)
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as content:
        for line in content:
            digest.update(line)
            count += 1
    return GraphFile(name, path, count, digest.hexdigest())


def _is_sorted(path: Path) -> bool:
    before = ""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line <= before:
                return False
            before = line
    return True
