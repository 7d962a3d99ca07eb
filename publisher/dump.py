"""Write graphs as sorted dumps, byte-identical for equal input, with checksums.

A dump is a head, the bodies of its segments, and a foot. A segment holds all triples of its subjects, so that bodies
can be written apart, by several processes and at different times, and be joined by copying bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode, Triple

from publisher import jsonld
from publisher.facts import Fact, iri
from publisher.progress import SILENT, Progress

CHECKSUMS: Final = "SHA256SUMS"

# A compressed copy stands beside a dump from this many bytes on; below, it saves nobody anything.
GZIP_FROM: Final = 64 * 1024
# Triple by triple much repeats: more effort takes three times as long for a fifth less.
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
_END_OF_XML: Final = b"</rdf:RDF>"


@dataclass(frozen=True)
class Dump:
    """Named graphs that are published together under one file name."""

    name: str
    title: str
    graphs: dict[str, Iterable[Fact]]
    formats: tuple[str, ...] = tuple(MEDIA_TYPES)

    @property
    def facts(self) -> set[Fact]:
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
    triples, quads = sorted_lines(dump.facts), sorted_quads(dump.graphs)
    used = used_prefixes(prefixes, triples, dump.graphs)
    written = []
    for extension in dump.formats:
        path = folder / f"{dump.name}.{extension}"
        progress.step(f"write {path.name}")
        head, foot = frame(extension, {prefix: prefixes[prefix] for prefix in sorted(used)}, context)
        path.write_bytes(head + body(extension, triples, quads, prefixes, context) + foot)
        written.append(distribution(dump.name, extension, path))
        if written[-1].size >= GZIP_FROM:
            written.append(distribution(dump.name, f"{extension}.gz", _compress(path)))
    return written


# --- segments ----------------------------------------------------------------------------------------


def body(extension: str, triples: str, quads: str, prefixes: dict[str, str], context: jsonld.Context) -> bytes:
    """Return the part of a dump between head and foot, from its sorted N-Triples and N-Quads."""
    if extension == "nt":
        return triples.encode()
    if extension == "nq":
        return quads.encode()
    if extension == "jsonld":
        out = io.StringIO()
        jsonld.write_nodes((quad.triple for quad in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES)), context, out)
        return out.getvalue().encode()
    if not triples:
        return b""
    if extension == "trig":  # one block for each graph
        lines = sorted(quads.splitlines(keepends=True), key=lambda line: line.rpartition(" <")[2])
        parsed = ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS)
        return _without_frame(ox.serialize(parsed, format=ox.RdfFormat.TRIG, prefixes=prefixes) or b"")
    statements = (quad.triple for quad in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES))
    written = ox.serialize(statements, format=_ENGINE_FORMATS[extension], prefixes=prefixes) or b""
    return _without_frame(written)


def joint(extension: str) -> bytes:
    """Return what stands between two bodies that are not empty."""
    return b"," if extension == "jsonld" else b""


def frame(extension: str, prefixes: dict[str, str], context: jsonld.Context) -> tuple[bytes, bytes]:
    """Return the head and the foot of a dump."""
    if extension == "jsonld":
        return jsonld.head(context).encode(), jsonld.FOOT.encode()
    if extension in ("nt", "nq"):
        return b"", b""
    written = ox.serialize([_DUMMY], format=_ENGINE_FORMATS[extension], prefixes=prefixes) or b""
    start, foot = _head_length(written), _END_OF_XML if extension == "rdf" else b""
    return written[:start], foot


def _without_frame(written: bytes) -> bytes:
    return written[_head_length(written) :].removesuffix(_END_OF_XML)


def _head_length(written: bytes) -> int:
    """Return where the first statement begins, after XML declaration and root element, or prefixes."""
    if written.startswith(b"<?xml"):
        return written.index(b">\n", written.index(b"<rdf:RDF")) + 2
    end = 0
    while written.startswith(b"@prefix ", end):
        end = written.index(b"\n", end) + 1
    return end


def sorted_lines(facts: Iterable[Fact]) -> str:
    """Return N-Triples that hold the facts, each once, sorted."""
    return "".join(sorted({f"{s} {p} {o} .\n" for s, p, o in facts}))


def sorted_quads(graphs: dict[str, Iterable[Fact]]) -> str:
    """Return N-Quads that hold the graphs, each statement once, sorted."""
    named = ((iri(name), facts) for name, facts in graphs.items())
    return "".join(sorted({f"{s} {p} {o} {graph} .\n" for graph, facts in named for s, p, o in facts}))


def used_prefixes(prefixes: dict[str, str], triples: str, graphs: Iterable[str]) -> set[str]:
    """Return the prefixes whose namespace occurs, so that small dumps have short heads."""
    names = "".join(iri(name) for name in graphs)
    return {prefix for prefix, ns in prefixes.items() if f"<{ns}" in triples or f"<{ns}" in names}


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
