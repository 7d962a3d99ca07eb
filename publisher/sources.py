"""Find and read the source files of a workspace.

Every file becomes one named graph: ``data/articles/a.ttl`` is ``<base>graph/articles/a``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher import mappings
from publisher.config import Config
from publisher.errors import ConfigError, SourceError
from publisher.guards import check_depth, check_xml
from publisher.progress import SILENT, Progress
from publisher.vocab import XSD, Term

_FORMATS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
}
_MAPPINGS: Final = ".sssom.tsv"
_PROSE: Final = {".md", ".txt"}
_STAGES: Final = (".", "asserted", "derived")


@dataclass(frozen=True)
class Source:
    """A source file: its path, the IRI of its graph, its triples in the order of the file."""

    path: Path
    graph: str
    triples: tuple[Triple, ...]


@dataclass(frozen=True)
class Rule:
    """A CONSTRUCT query that derives triples."""

    path: Path
    text: str


@dataclass(frozen=True)
class Shapes:
    """The shapes graphs by the data that they constrain: any, asserted only, or with the inferred."""

    common: tuple[Source, ...]
    asserted: tuple[Source, ...]
    derived: tuple[Source, ...]


@dataclass(frozen=True)
class Workspace:
    """Everything that people wrote, parsed."""

    ontology: tuple[Source, ...]
    alignments: tuple[Source, ...]
    shapes: Shapes
    rules: tuple[Rule, ...]
    data: tuple[Source, ...]
    links: tuple[Source, ...]


def read_workspace(config: Config, progress: Progress = SILENT) -> Workspace:
    """Parse all source files of the workspace.

    Raises ``SourceError`` at the first file that cannot be parsed, with line and column where the parser
    knows them, and ``ConfigError`` when there are no data at all.
    """
    root = config.root
    progress.step("read the sources")
    shapes = root / "ontology" / "shapes"
    data, links = _split(_files(root / "data", recursive=True))
    ontology, alignments = _files(root / "ontology"), _files(root / "ontology" / "alignments")
    if not data:
        raise ConfigError(f"{root / 'data'}: no RDF file in it; put at least one .ttl file there")
    return Workspace(
        ontology=tuple(_read(config, ontology)),
        alignments=tuple(_read(config, alignments)),
        shapes=Shapes(*(tuple(_read(config, _files(shapes / part))) for part in _STAGES)),
        rules=tuple(Rule(path, read_text(path)) for path in _files(root / "ontology" / "rules")),
        data=tuple(_read(config, data)),
        links=tuple(_read(config, links)),
    )


def unreadable(config: Config) -> Iterator[SourceError]:
    """Yield what is wrong with each source file that cannot be parsed."""
    ontology = config.root / "ontology"
    flat = [path for part in ("", "alignments", *(f"shapes/{p}" for p in _STAGES)) for path in _files(ontology / part)]
    for path in (*flat, *_files(config.root / "data", recursive=True)):
        try:
            read_triples(path, config.prefixes)
        except SourceError as error:
            yield error


def triples_of(*groups: Iterable[Source]) -> list[Triple]:
    """Return the triples of all sources, in order, with repetitions."""
    return [triple for group in groups for source in group for triple in source.triples]


def _split(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Part the files under ``data/`` into facts and identity links, which never reach the reasoner.

    What is in a folder ``wikidata`` is neither: facts of others are kept beside ours.
    """
    data = [p for p in paths if p.parent.name not in ("links", "wikidata")]
    return data, [p for p in paths if p.parent.name == "links"]


def _files(folder: Path, *, recursive: bool = False) -> list[Path]:
    found = folder.rglob("*") if recursive else folder.glob("*")
    return sorted(p for p in found if p.is_file() and not _is_ignored(p.relative_to(folder)))


def _is_ignored(path: Path) -> bool:
    return path.suffix in _PROSE or any(part.startswith(".") for part in path.parts) or path.name.endswith("~")


def _read(config: Config, paths: list[Path]) -> Iterator[Source]:
    for path in paths:
        name = _graph_name(path.relative_to(config.root))
        yield Source(path, config.graph(name), tuple(read_triples(path, config.prefixes, name)))


def _graph_name(path: Path) -> str:
    parts = path.parts[1:] if path.parts[0] == "data" else path.parts
    name = "/".join((*parts[:-1], path.name.split(".")[0]))
    return quote(os.fsencode(name), safe="/")


def read_triples(path: Path, prefixes: dict[str, str] | None = None, name: str = "") -> list[Triple]:
    """Parse one file of triples or mappings; blank nodes are labelled in the order of the file.

    ``name``, by default the path, sets the labels of one file apart from those of another; ``prefixes`` only
    serve to suggest a missing declaration in the error message.
    """
    if path.name.endswith(_MAPPINGS):
        return mappings.triples(mappings.read_mappings(path))
    rdf_format = _FORMATS.get(path.suffix)
    if rdf_format is None:
        raise SourceError(
            f"not an RDF file that is read here; expected one of {', '.join((*_FORMATS, _MAPPINGS))}", path
        )
    text = read_text(path)
    if rdf_format == ox.RdfFormat.RDF_XML:
        check_xml(text, path)
    elif rdf_format == ox.RdfFormat.JSON_LD:
        check_depth(text, path)
    try:
        quads = list(ox.parse(text, format=rdf_format, without_named_graphs=True))
    except SyntaxError as error:
        raise _syntax_error(error, path, prefixes or {}) from None
    except MemoryError:
        raise SourceError("a literal is larger than 16 MB; point at such content by its URL", path) from None
    if any(isinstance(quad.object, Triple) for quad in quads):
        raise SourceError("a triple term (RDF 1.2); RDF 1.1 is read here, a claim is a reified statement", path)
    return _stable_blank_nodes([quad.triple for quad in quads], name or path.as_posix())


def read_text(path: Path) -> str:
    """Return the text of a regular file in UTF-8, with or without a byte order mark.

    Raises ``SourceError`` with the place of the first byte that is not UTF-8.
    """
    if path.exists() and not path.is_file():
        raise SourceError("not a regular file", path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise SourceError(
            f"not UTF-8: byte 0x{content[error.start]:02X}; save the file as UTF-8", path, line, column
        ) from None


_PLACE: Final = re.compile(r"^(?:Parser )?error at line \d+ (?:between columns \d+ and|column) \d+: ", re.IGNORECASE)


def _syntax_error(error: SyntaxError, path: Path, prefixes: dict[str, str]) -> SourceError:
    message = _PLACE.sub("", str(error.msg))
    if match := re.search(r"The prefix (.*): has not been declared", message):
        namespace = prefixes.get(match[1], "…")
        message = f"the prefix '{match[1]}:' is not declared; add '@prefix {match[1]}: <{namespace}> .' at the top"
    elif "No scheme found" in message:
        message = "a relative IRI, but there is no base to resolve it; write the IRI in full or with a prefix"
    elif "named graph" in message.lower():
        message = f"{message}; a source file holds triples, its graph is named after the file"
    return SourceError(message, path, error.lineno, error.offset)


def _stable_blank_nodes(triples: list[Triple], name: str) -> list[Triple]:
    """Label blank nodes by their order in the file, apart for each file, so that two builds write the same bytes.

    RDFC-1.0 would not depend on the order, but takes exponential time on hostile input.
    """
    prefix = re.sub("[^A-Za-z0-9]", lambda match: f"_{ord(match[0]):x}_", name)  # no two names come out alike
    labels: dict[BlankNode, BlankNode] = {}

    def label(term: Term) -> Any:
        if isinstance(term, BlankNode):
            return labels.setdefault(term, BlankNode(f"{prefix}b{len(labels)}"))
        return term

    return [Triple(label(t.subject), t.predicate, label(t.object)) for t in triples]


def to_rdflib(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return the triples as an rdflib graph, lexical forms untouched."""
    graph = rdflib.Graph()
    for t in triples:
        graph.add((_term(t.subject), rdflib.URIRef(t.predicate.value), _term(t.object)))
    return graph


def _term(term: Term) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
    match term:
        case NamedNode():
            return rdflib.URIRef(term.value)
        case BlankNode():
            return rdflib.BNode(term.value)
        case Literal() if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        case Literal():
            datatype = None if term.datatype == XSD.string else rdflib.URIRef(term.datatype.value)
            return rdflib.Literal(term.value, datatype=datatype, normalize=False)
    raise TypeError(f"not an RDF 1.1 term: {term!r}")
