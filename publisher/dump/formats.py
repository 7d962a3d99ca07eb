"""Serialise graphs as sorted dumps in six formats; equal input gives equal bytes.

A dump is a head, the bodies of its segments, and a foot. A segment holds all triples of its subjects, so that bodies
can be written by several processes and at different times, and be concatenated.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from publisher.dump import jsonld, oxigraph
from publisher.progress import SILENT, Progress
from publisher.rdf.ntriples import NTriple, format_ntriples, iri

# The size in bytes from which a dump gets a compressed copy.
GZIP_FROM: Final = 64 * 1024
# A higher level takes three times as long for files that are a fifth smaller.
_GZIP_LEVEL: Final = 3

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
    graphs: dict[str, Iterable[NTriple]]
    formats: tuple[str, ...] = tuple(MEDIA_TYPES)

    @property
    def triples(self) -> set[NTriple]:
        """The union of the graphs."""
        return {triple for triples in self.graphs.values() for triple in triples}


@dataclass(frozen=True)
class Distribution:
    """A file with one dump in one format (dcat:Distribution): its path, size in bytes, and SHA-256."""

    dump: str
    extension: str
    path: Path
    size: int
    sha256: str


def write_dump(
    dump: Dump, folder: Path, prefixes: dict[str, str], context: jsonld.JsonLdContext, progress: Progress = SILENT
) -> list[Distribution]:
    """Write a dump into ``folder`` in each of its formats, with compressed copies of large files."""
    graphs = serialize_graphs(dump.graphs, prefixes)
    union = SerializedUnion(sorted(dump.triples), graphs, Serializers(prefixes, context))
    used = {prefix: prefixes[prefix] for prefix in sorted(union.used_prefixes())}
    written = []
    for extension in dump.formats:
        progress.step(f"write {dump.name}.{extension}")
        head, foot = frame(extension, used, context)
        content = head + union.body(extension) + foot
        written.append(_write(dump.name, extension, folder, content))
        if len(content) >= GZIP_FROM:
            written.append(_write(dump.name, f"{extension}.gz", folder, compress(content)))
    return written


# --- bodies ------------------------------------------------------------------------------------------


class Serializers:
    """What serialisation needs in all formats: prefixes, and a writer of JSON-LD nodes, which caches terms."""

    def __init__(self, prefixes: dict[str, str], context: jsonld.JsonLdContext) -> None:
        self.prefixes, self.nodes = prefixes, jsonld.NodeWriter(context)


@dataclass(frozen=True)
class SerializedGraph:
    """The sorted triples of one named graph, and their serialisation in the formats that have named graphs."""

    name: str
    triples: tuple[NTriple, ...]
    prefixes: dict[str, str]

    @cached_property
    def quads(self) -> list[str]:
        """The graph as lines of N-Quads."""
        end = f" {iri(self.name)} .\n"
        return [f"{s} {p} {o}{end}" for s, p, o in self.triples]

    @cached_property
    def trig(self) -> bytes:
        """The graph as a block of TriG."""
        quads = oxigraph.parse_lines(self.nquads, ox.RdfFormat.N_QUADS)
        return oxigraph.turtle_body(self.nquads, quads, ox.RdfFormat.TRIG, self.prefixes)

    @cached_property
    def nquads(self) -> str:
        """The graph as N-Quads."""
        return "".join(self.quads)


def serialize_graphs(graphs: Mapping[str, Iterable[NTriple]], prefixes: dict[str, str]) -> list[SerializedGraph]:
    """Return named graphs with their serialisations, sorted by name."""
    return [SerializedGraph(name, tuple(sorted(set(graphs[name]))), prefixes) for name in sorted(graphs, key=iri)]


@dataclass(frozen=True)
class SerializedUnion:
    """The sorted triples and the graphs of a dump, or of a part of it, and their serialisation.

    The parts of a dump together have the same triples in ``triples`` as in ``graphs``, but a single part may not.
    """

    triples: Sequence[NTriple]
    graphs: Sequence[SerializedGraph]
    serializers: Serializers

    def body(self, extension: str) -> bytes:
        """Return the part of a document between head and foot."""
        prefixes = self.serializers.prefixes
        match extension:
            case "nt":
                return self._ntriples.encode()
            case "nq":
                return "".join(sorted([line for graph in self.graphs for line in graph.quads])).encode()
            case "jsonld":
                return self.serializers.nodes.body(self.triples).encode()
            case "ttl":
                return oxigraph.turtle_body(self._ntriples, self._parsed, ox.RdfFormat.TURTLE, prefixes)
            case "trig":
                return b"".join([graph.trig for graph in self.graphs])
            case _:
                return oxigraph.rdf_xml_body(self.triples, self._parsed, prefixes)

    @cached_property
    def _ntriples(self) -> str:
        return format_ntriples(self.triples)

    @cached_property
    def _parsed(self) -> list[ox.Quad]:
        return list(oxigraph.parse_lines(self._ntriples, ox.RdfFormat.N_TRIPLES))

    def used_prefixes(self) -> frozenset[str]:
        """Return the prefixes whose namespace occurs in the graphs or their names."""
        names = self.serializers.prefixes.items()
        return frozenset(prefix for prefix, ns in names if any(f"<{ns}" in graph.nquads for graph in self.graphs))


def separator(extension: str) -> bytes:
    """Return the bytes between two bodies that are not empty, compressed for an extension with ``.gz``."""
    name, _, packed = extension.partition(".")
    text = b"," if name == "jsonld" else b""
    return compress(text) if packed else text


def frame(extension: str, prefixes: dict[str, str], context: jsonld.JsonLdContext) -> tuple[bytes, bytes]:
    """Return the head and the foot of a dump."""
    match extension:
        case "jsonld":
            return jsonld.head(context).encode(), jsonld.FOOT.encode()
        case "rdf":
            return oxigraph.head(ox.RdfFormat.RDF_XML, prefixes), oxigraph.RDF_XML_FOOT
        case "ttl" | "trig":
            return oxigraph.head(ox.RdfFormat.TURTLE, prefixes), b""
    return b"", b""


# --- files -------------------------------------------------------------------------------------------


def compress(content: bytes) -> bytes:
    """Return one member of a gzip file (RFC 1952, 2.2) without time stamp and file name; none for no content."""
    return gzip.compress(content, _GZIP_LEVEL, mtime=0) if content else b""


def _write(dump: str, extension: str, folder: Path, content: bytes) -> Distribution:
    path = folder / f"{dump}.{extension}"
    path.write_bytes(content)
    return Distribution(dump, extension, path, len(content), sha256(content).hexdigest())
