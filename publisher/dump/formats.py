"""Serialise graphs as sorted dumps in six formats; equal input gives equal bytes.

A dump is a head, the bodies of its segments, and a foot. A segment holds all triples of its subjects, so that bodies
can be written by several processes and at different times, and be concatenated.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from publisher.dump import jsonld
from publisher.dump.checksums import file_digest
from publisher.dump.writers import RdfXml, Turtle, head_length
from publisher.progress import SILENT, Progress
from publisher.rdf.digest import GraphDigest, digest_triples
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
_ENGINE_FORMATS: Final = {"ttl": ox.RdfFormat.TURTLE, "trig": ox.RdfFormat.TRIG, "rdf": ox.RdfFormat.RDF_XML}
_DUMMY: Final = Triple(NamedNode("urn:x"), NamedNode("urn:x#y"), NamedNode("urn:x"))


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
    triples, serializers = sorted(dump.triples), Serializers(prefixes, context)
    graphs = serialize_graphs(dump.graphs, serializers)
    used = used_prefixes(prefixes, triples, dump.graphs)
    written = []
    for extension in dump.formats:
        path = folder / f"{dump.name}.{extension}"
        progress.step(f"write {path.name}")
        head, foot = frame(extension, {prefix: prefixes[prefix] for prefix in sorted(used)}, context)
        path.write_bytes(head + body(extension, triples, graphs, serializers) + foot)
        written.append(distribution(dump.name, extension, path))
        if written[-1].size >= GZIP_FROM:
            written.append(distribution(dump.name, f"{extension}.gz", _compress(path)))
    return written


# --- segments ----------------------------------------------------------------------------------------


class Serializers:
    """The serializers of all formats, for some prefixes and a context; they cache the serialised terms."""

    def __init__(self, prefixes: dict[str, str], context: jsonld.JsonLdContext) -> None:
        self.prefixes = prefixes
        self.turtle, self.xml, self.nodes = Turtle(prefixes), RdfXml(prefixes), jsonld.NodeWriter(context)


@dataclass(frozen=True)
class SerializedGraph:
    """The sorted triples of one named graph, and their serialisation in the formats that have named graphs."""

    name: str
    triples: tuple[NTriple, ...]
    serializers: Serializers

    @cached_property
    def trig(self) -> str:
        """The graph as a block of TriG."""
        return self.serializers.turtle.graph(self.name, self.triples)

    @cached_property
    def quads(self) -> list[str]:
        """The graph as lines of N-Quads."""
        end = f" {iri(self.name)} .\n"
        return [f"{s} {p} {o}{end}" for s, p, o in self.triples]

    @property
    def digest(self) -> GraphDigest:
        """The digest of the graph, with its number of triples."""
        return digest_triples(f"{s} {p} {o}".encode() for s, p, o in self.triples)


def serialize_graphs(graphs: Mapping[str, Iterable[NTriple]], serializers: Serializers) -> list[SerializedGraph]:
    """Return named graphs with their serialisations, sorted by name."""
    return [SerializedGraph(name, tuple(sorted(set(graphs[name]))), serializers) for name in sorted(graphs, key=iri)]


def body(
    extension: str, triples: Sequence[NTriple], graphs: Iterable[SerializedGraph], serializers: Serializers
) -> bytes:
    """Return the part of a dump between head and foot, from its sorted triples and the same triples by graph."""
    match extension:
        case "nt":
            text = format_ntriples(triples)
        case "nq":
            text = "".join(sorted([line for block in graphs for line in block.quads]))
        case "jsonld":
            text = serializers.nodes.body(triples)
        case "ttl":
            text = serializers.turtle.body(triples)
        case "trig":
            text = "".join(block.trig for block in graphs)
        case _:
            text = serializers.xml.body(triples)
    return text.encode()


def separator(extension: str) -> bytes:
    """Return the bytes between two bodies that are not empty, compressed for an extension with ``.gz``."""
    name, _, packed = extension.partition(".")
    text = b"," if name == "jsonld" else b""
    return compress(text) if packed and text else text


def frame(extension: str, prefixes: dict[str, str], context: jsonld.JsonLdContext) -> tuple[bytes, bytes]:
    """Return the head and the foot of a dump."""
    if extension == "jsonld":
        return jsonld.head(context).encode(), jsonld.FOOT.encode()
    if extension in ("nt", "nq"):
        return b"", b""
    document = ox.serialize([_DUMMY], format=_ENGINE_FORMATS[extension], prefixes=prefixes) or b""
    return document[: head_length(document)], b"</rdf:RDF>" if extension == "rdf" else b""


def used_prefixes(prefixes: dict[str, str], triples: Iterable[NTriple], graphs: Iterable[str]) -> frozenset[str]:
    """Return the prefixes whose namespace occurs in the triples or the names of the graphs."""
    texts = (format_ntriples(triples), "".join(map(iri, graphs)))
    return frozenset(prefix for prefix, ns in prefixes.items() if any(f"<{ns}" in text for text in texts))


# --- files -------------------------------------------------------------------------------------------


def compress(content: bytes) -> bytes:
    """Return one member of a gzip file (RFC 1952, 2.2) without time stamp and file name."""
    return gzip.compress(content, _GZIP_LEVEL, mtime=0)


def _compress(path: Path) -> Path:
    target = path.with_name(f"{path.name}.gz")
    target.write_bytes(compress(path.read_bytes()))
    return target


def distribution(dump: str, extension: str, path: Path) -> Distribution:
    """Return the description of a complete file."""
    return Distribution(dump, extension, path, path.stat().st_size, file_digest(path))
