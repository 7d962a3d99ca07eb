"""Write graphs as sorted dumps, byte-identical for equal input, with checksums.

A dump is a head, the bodies of its segments, and a foot. A segment holds all triples of its subjects, so that bodies
can be written apart, by several processes and at different times, and be joined by copying bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from publisher.dump import jsonld
from publisher.dump.writers import RdfXml, Turtle, head_length
from publisher.progress import SILENT, Progress
from publisher.rdf.digest import GraphDigest, digest_triples
from publisher.rdf.ntriples import NTriple, format_ntriples, iri

CHECKSUMS: Final = "SHA256SUMS"

# A compressed copy stands beside a dump from this many bytes on; below, it saves nobody anything.
GZIP_FROM: Final = 64 * 1024
# Triple by triple much repeats: more effort takes three times as long for a fifth less.
_GZIP_LEVEL: Final = 3

# What goes wrong with a dump that cannot be read, or not be unpacked.
UNREADABLE: Final = (OSError, EOFError, zlib.error)

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
    def facts(self) -> set[NTriple]:
        """The union of the graphs, each triple once."""
        return {fact for facts in self.graphs.values() for fact in facts}


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
    facts, forms = sorted(dump.facts), Forms(prefixes, context)
    graphs = blocks(dump.graphs, forms)
    used = used_prefixes(prefixes, facts, dump.graphs)
    written = []
    for extension in dump.formats:
        path = folder / f"{dump.name}.{extension}"
        progress.step(f"write {path.name}")
        head, foot = frame(extension, {prefix: prefixes[prefix] for prefix in sorted(used)}, context)
        path.write_bytes(head + body(extension, facts, graphs, forms) + foot)
        written.append(distribution(dump.name, extension, path))
        if written[-1].size >= GZIP_FROM:
            written.append(distribution(dump.name, f"{extension}.gz", _compress(path)))
    return written


# --- segments ----------------------------------------------------------------------------------------


class Forms:
    """The formats, with some prefixes and a context; they remember what terms look like."""

    def __init__(self, prefixes: dict[str, str], context: jsonld.Context) -> None:
        self.prefixes = prefixes
        self.turtle, self.xml, self.nodes = Turtle(prefixes), RdfXml(prefixes), jsonld.Nodes(context)


@dataclass(frozen=True)
class Block:
    """The sorted facts of one graph, each once, and how they are written where there are graphs."""

    name: str
    facts: tuple[NTriple, ...]
    forms: Forms

    @cached_property
    def trig(self) -> str:
        """The block of TriG."""
        return self.forms.turtle.graph(self.name, self.facts)

    @cached_property
    def quads(self) -> list[str]:
        """Lines of N-Quads."""
        end = f" {iri(self.name)} .\n"
        return [f"{s} {p} {o}{end}" for s, p, o in self.facts]

    @property
    def digest(self) -> GraphDigest:
        """The number of facts and their digest."""
        return digest_triples(f"{s} {p} {o}".encode() for s, p, o in self.facts)


def blocks(graphs: Mapping[str, Iterable[NTriple]], forms: Forms) -> list[Block]:
    """Return graphs as blocks, sorted by their names."""
    return [Block(name, tuple(sorted(set(graphs[name]))), forms) for name in sorted(graphs, key=iri)]


def body(extension: str, facts: Sequence[NTriple], graphs: Iterable[Block], forms: Forms) -> bytes:
    """Return the part of a dump between head and foot, from its sorted facts and the graphs that they stand in."""
    match extension:
        case "nt":
            written = format_ntriples(facts)
        case "nq":
            written = "".join(sorted([line for block in graphs for line in block.quads]))
        case "jsonld":
            written = forms.nodes.body(facts)
        case "ttl":
            written = forms.turtle.body(facts)
        case "trig":  # one block for each graph
            written = "".join(block.trig for block in graphs)
        case _:
            written = forms.xml.body(facts)
    return written.encode()


def joint(extension: str) -> bytes:
    """Return what stands between two bodies that are not empty; they are packed where the extension says so."""
    name, _, packed = extension.partition(".")
    between = b"," if name == "jsonld" else b""
    return compress(between) if packed and between else between


def frame(extension: str, prefixes: dict[str, str], context: jsonld.Context) -> tuple[bytes, bytes]:
    """Return the head and the foot of a dump."""
    if extension == "jsonld":
        return jsonld.head(context).encode(), jsonld.FOOT.encode()
    if extension in ("nt", "nq"):
        return b"", b""
    written = ox.serialize([_DUMMY], format=_ENGINE_FORMATS[extension], prefixes=prefixes) or b""
    return written[: head_length(written)], b"</rdf:RDF>" if extension == "rdf" else b""


def used_prefixes(prefixes: dict[str, str], facts: Iterable[NTriple], graphs: Iterable[str]) -> frozenset[str]:
    """Return the prefixes whose namespace occurs, so that small dumps have short heads."""
    texts = (format_ntriples(facts), "".join(map(iri, graphs)))
    return frozenset(prefix for prefix, ns in prefixes.items() if any(f"<{ns}" in text for text in texts))


# --- files -------------------------------------------------------------------------------------------


def compress(content: bytes) -> bytes:
    """Return one member of a gzip file (RFC 1952, 2.2), in which no time and no name stands."""
    return gzip.compress(content, _GZIP_LEVEL, mtime=0)


def _compress(path: Path) -> Path:
    target = path.with_name(f"{path.name}.gz")
    target.write_bytes(compress(path.read_bytes()))
    return target


def distribution(dump: str, extension: str, path: Path) -> Distribution:
    """Return what a finished file is."""
    return Distribution(dump, extension, path, path.stat().st_size, file_digest(path))


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_checksums(folder: Path, known: dict[str, str] | None = None) -> Path:
    """Write ``SHA256SUMS`` over all files of ``folder``, in the form that ``sha256sum -c`` reads.

    The digests in ``known`` are not computed again.
    """
    target, known = folder / CHECKSUMS, known or {}
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p != target)
    digests = {name: known.get(name) or file_digest(folder / name) for name in names}
    target.write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()), encoding="utf-8")
    return target


def open_dump(path: Path) -> IO[bytes]:
    """Open a file of RDF; one whose name ends with ``.gz`` is unpacked on the way."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def format_of(path: Path) -> ox.RdfFormat | None:
    """Return the format that the name of a file tells, ``.gz`` or not."""
    return ox.RdfFormat.from_extension(path.name.removesuffix(".gz").rpartition(".")[2])
