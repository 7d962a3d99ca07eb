"""Read files of RDF, compressed with gzip or not, whose names tell their syntax; write Turtle."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.rdf.curies import readable_prefixes
from publisher.rdf.safety import check_file

_PLACE: Final = re.compile(r"^(?:Parser )?error at line \d+ (?:between columns \d+ and|column) \d+: ", re.IGNORECASE)
# What is raised for a file that cannot be read or decompressed.
UNREADABLE: Final = (OSError, EOFError, zlib.error)


def open_rdf(path: Path) -> IO[bytes]:
    """Open a file for reading bytes; one whose name ends with ``.gz`` is decompressed."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def format_of(path: Path) -> ox.RdfFormat | None:
    """Return the syntax of a file by the extension of its name, before ``.gz`` if there is one.

    >>> format_of(Path("all.nq.gz"))
    <RdfFormat N-Quads>
    """
    return ox.RdfFormat.from_extension(path.name.removesuffix(".gz").rpartition(".")[2])


@contextmanager
def _guarded(path: Path) -> Iterator[IO[bytes]]:
    """Open a file whose nesting its parser survives; raise ``SourceError`` for one that cannot be read."""
    try:
        with open_rdf(path) as file:
            check_file(file, format_of(path), path)
            yield file
    except SyntaxError as error:
        raise SourceError(f"not valid: {parser_message(error)}", path, error.lineno, error.offset) from None
    except (*UNREADABLE, ValueError) as error:
        raise SourceError(f"cannot be read: {error}", path) from None


def read_quads(path: Path) -> Iterator[ox.Quad]:
    """Yield the quads of a file. Raises ``SourceError`` where it cannot be read, with the place of a syntax error."""
    with _guarded(path) as file:
        yield from ox.parse(file, format=format_of(path))


def load_file(store: ox.Store, path: Path) -> None:
    """Add the quads of a file to a store. Raises ``SourceError`` as ``read_quads`` does."""
    with _guarded(path) as file:
        store.bulk_load(file, format=format_of(path))


def parser_message(error: SyntaxError) -> str:
    """Return what the parser of pyoxigraph says, without the place."""
    return _PLACE.sub("", str(error.msg))


def format_turtle(triples: Collection[ox.Triple], prefixes: Mapping[str, str]) -> str:
    """Return triples as Turtle that every reader can read (see ``readable_prefixes``).

    >>> triple = ox.Triple(ox.NamedNode("x:a."), ox.NamedNode("x:b"), ox.NamedNode("x:c"))
    >>> print(format_turtle([triple], {"x": "x:"}), end="")
    <x:a.> <x:b> <x:c> .
    """
    readable = readable_prefixes("".join(f"{triple} .\n" for triple in triples), prefixes)
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=readable) or b"").decode()
