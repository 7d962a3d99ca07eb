"""Open and read files of RDF, compressed with gzip or not; the name of a file tells its syntax."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from publisher.errors import SourceError

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
        raise SourceError(f"not valid: {error.msg}", path, error.lineno, error.offset) from None
    except (*UNREADABLE, ValueError) as error:
        raise SourceError(f"cannot be read: {error}", path) from None
