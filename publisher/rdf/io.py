"""Read files of RDF, compressed with gzip or not, whose names tell their syntax; write Turtle."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.rdf.curies import readable_prefixes

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


def read_quads(path: Path) -> Iterator[ox.Quad]:
    """Yield the quads of a file. Raises ``SourceError`` where it cannot be read, with the place of a syntax error."""
    try:
        with open_rdf(path) as file:
            yield from ox.parse(file, format=format_of(path))
    except SyntaxError as error:
        raise SourceError(f"not valid: {parser_message(error)}", path, error.lineno, error.offset) from None
    except (*UNREADABLE, ValueError) as error:
        raise SourceError(f"cannot be read: {error}", path) from None


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
