"""Write graphs as sorted dumps, byte-identical for equal input, with checksums."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, Triple

from publisher import jsonld
from publisher.progress import SILENT, Progress

CHECKSUMS: Final = "SHA256SUMS"

# A compressed copy stands beside a dump from this many bytes on; below, it saves nobody anything.
_GZIP_FROM: Final = 64 * 1024
_TRIPLE_FORMATS: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
}
_QUAD_FORMATS: Final = {"trig": ox.RdfFormat.TRIG, "nq": ox.RdfFormat.N_QUADS}

MEDIA_TYPES: Final = {
    "ttl": "text/turtle",
    "trig": "application/trig",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}


@dataclass(frozen=True)
class Dump:
    """Named graphs that are published together under one file name."""

    name: str
    title: str
    graphs: dict[str, tuple[Triple, ...]]
    formats: tuple[str, ...] = tuple(MEDIA_TYPES)

    @property
    def triples(self) -> list[Triple]:
        """The union of the graphs, each triple once, sorted as in N-Triples."""
        return sorted({t for triples in self.graphs.values() for t in triples}, key=str)

    @property
    def quads(self) -> list[Quad]:
        """The quads of all graphs, each once, sorted as in N-Quads."""
        named = ((NamedNode(name), triples) for name, triples in self.graphs.items())
        return sorted({Quad(t.subject, t.predicate, t.object, g) for g, ts in named for t in ts}, key=str)


@dataclass(frozen=True)
class Distribution:
    """A file that holds one dump in one format: path, size in bytes, SHA-256 of the content."""

    dump: str
    extension: str
    path: Path
    size: int
    sha256: str


def write_dump(
    dump: Dump, folder: Path, prefixes: dict[str, str], context: jsonld.Context, progress: Progress = SILENT
) -> list[Distribution]:
    """Write one dump into ``folder`` in each of its formats, compressed copies beside the large ones."""
    triples, quads = dump.triples, dump.quads
    written = []
    for extension in dump.formats:
        path = folder / f"{dump.name}.{extension}"
        progress.step(f"write {path.name}")
        if extension in _QUAD_FORMATS:
            _write_quads(quads, path, _QUAD_FORMATS[extension], _used(prefixes, quads))
        elif extension == "jsonld":
            with path.open("w", encoding="utf-8", newline="\n") as out:
                jsonld.write(triples, context, out)
        else:
            ox.serialize(triples, path, format=_TRIPLE_FORMATS[extension], prefixes=_used(prefixes, triples))
        written.append(_distribution(dump.name, extension, path))
        if written[-1].size >= _GZIP_FROM:
            written.append(_distribution(dump.name, f"{extension}.gz", _compress(path)))
    return written


def _write_quads(quads: list[Quad], path: Path, rdf_format: ox.RdfFormat, prefixes: dict[str, str]) -> None:
    if rdf_format == ox.RdfFormat.TRIG:  # one block for each graph
        quads = [q for _, group in groupby(sorted(quads, key=_by_graph), key=_by_graph) for q in group]
    ox.serialize(quads, path, format=rdf_format, prefixes=prefixes)


def _by_graph(quad: Quad) -> str:
    return str(quad.graph_name)


def _used(prefixes: dict[str, str], statements: Iterable[Triple] | Iterable[Quad]) -> dict[str, str]:
    """Return the prefixes whose namespace occurs, so that small dumps have short heads."""
    iris = set()
    for s in statements:
        terms = (s.subject, s.predicate, s.object, getattr(s.object, "datatype", None), getattr(s, "graph_name", None))
        iris |= {term.value for term in terms if isinstance(term, NamedNode)}
    return {prefix: ns for prefix, ns in prefixes.items() if any(iri.startswith(ns) for iri in iris)}


def _compress(path: Path) -> Path:
    target = path.with_name(f"{path.name}.gz")
    with (
        path.open("rb") as plain,
        target.open("wb") as raw,
        # Neither time nor name in the header: equal content, equal bytes.
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
    ):
        shutil.copyfileobj(plain, packed)
    return target


def _distribution(dump: str, extension: str, path: Path) -> Distribution:
    return Distribution(dump, extension, path, path.stat().st_size, file_digest(path))


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_checksums(folder: Path) -> Path:
    """Write ``SHA256SUMS`` over all files of ``folder``, in the form that ``sha256sum -c`` reads."""
    target = folder / CHECKSUMS
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p != target)
    target.write_text("".join(f"{file_digest(folder / name)}  {name}\n" for name in names), encoding="utf-8")
    return target
