"""Find and read the source files of a workspace.

Every file becomes one named graph: ``data/articles/a.ttl`` is ``<base>graph/articles/a``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.errors import ConfigError, SourceError
from publisher.progress import SILENT, Progress
from publisher.rdf import portability
from publisher.rdf.ntriples import NTriple, parse_ntriples, to_ntriples
from publisher.rdf.safety import check_depth, check_rule, check_xml
from publisher.rdf.vocab import XSD, Term
from publisher.workspace import sssom
from publisher.workspace.config import Config
from publisher.workspace.files import find, read_text

_FORMATS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
}
_MAPPING: Final = ".sssom"
_MAPPINGS: Final = f"{_MAPPING}.tsv"
_RULE: Final = ".rq"
_FOREIGN: Final = "wikidata"  # facts of others are kept beside ours
_STAGES: Final = (".", "asserted", "derived", "corpus")


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
    """The shapes graphs by the data that they constrain: any, asserted only, with the inferred, or all at once.

    What ``corpus`` holds may set articles against each other; all other shapes look from one article outwards.
    """

    common: tuple[Source, ...]
    asserted: tuple[Source, ...]
    derived: tuple[Source, ...]
    corpus: tuple[Source, ...]

    @property
    def all(self) -> tuple[Source, ...]:
        """Every shapes graph."""
        return (*self.common, *self.asserted, *self.derived, *self.corpus)


@dataclass(frozen=True)
class Files:
    """The source files of a workspace, by what they are for; each group is sorted."""

    ontology: tuple[Path, ...]
    alignments: tuple[Path, ...]
    shapes: tuple[tuple[Path, ...], ...]
    rules: tuple[Path, ...]
    shared: tuple[Path, ...] = ()
    articles: tuple[Path, ...] = ()
    links: tuple[Path, ...] = ()

    @property
    def data(self) -> tuple[Path, ...]:
        """What people wrote of the world: shared things and articles."""
        return tuple(sorted((*self.shared, *self.articles)))


@dataclass(frozen=True)
class Workspace:
    """Everything that people wrote, parsed."""

    ontology: tuple[Source, ...]
    alignments: tuple[Source, ...]
    shapes: Shapes
    rules: tuple[Rule, ...]
    data: tuple[Source, ...]
    links: tuple[Source, ...]


def find_rules(config: Config) -> Files:
    """Return the source files that are no data: what data are measured by."""
    ontology = config.root / "ontology"
    return Files(
        ontology=_graphs(find(ontology), config.root),
        alignments=_graphs(find(ontology / "alignments"), config.root),
        shapes=tuple(_graphs(find(ontology / "shapes" / stage), config.root) for stage in _STAGES),
        rules=tuple(find(ontology / "rules")),
    )


def find_files(config: Config) -> Files:
    """Return the source files of the workspace.

    Raises ``ConfigError`` when there are no data at all, ``SourceError`` for what cannot be looked into and for two
    files that would be one graph.
    """
    data = config.root / "data"
    ours = [path for path in find(data, recursive=True) if path.parent.name != _FOREIGN]
    found = _graphs(ours, config.root)
    own = [path for path in found if not _is_link(path)]
    if not own:
        raise ConfigError(f"{data}: no RDF file in it; put at least one .ttl file there")
    articles = os.fspath(data / "articles" / "x")[:-1]
    return replace(
        find_rules(config),
        shared=tuple(path for path in own if not os.fspath(path).startswith(articles)),
        articles=tuple(path for path in own if os.fspath(path).startswith(articles)),
        links=tuple(path for path in found if _is_link(path)),
    )


def _graphs(paths: list[Path], root: Path) -> tuple[Path, ...]:
    """Return the paths when each makes a graph of its own."""
    if len({os.path.splitext(path)[0].removesuffix(_MAPPING) for path in paths}) == len(paths):  # noqa: PTH122 (fast)
        return tuple(paths)
    known: dict[str, Path] = {}
    for path in paths:
        if (other := known.setdefault(_graph_name(path.relative_to(root)), path)) != path:
            raise SourceError(f"its graph would have the name of that of {other.name}; rename one of the two", path)
    return tuple(paths)


def _is_link(path: Path) -> bool:
    return path.parent.name == "links"  # identity links never reach the reasoner


def read_workspace(config: Config, progress: Progress = SILENT, files: Files | None = None) -> Workspace:
    """Parse all source files of the workspace, or only ``files``.

    Raises ``SourceError`` at the first file that cannot be parsed, with line and column where the parser
    knows them, and ``ConfigError`` when there are no data at all.
    """
    progress.step("read the sources")
    files = files or find_files(config)
    return Workspace(
        ontology=read_sources(config, files.ontology),
        alignments=read_sources(config, files.alignments),
        shapes=Shapes(*(read_sources(config, stage) for stage in files.shapes)),
        rules=tuple(_rule(path) for path in files.rules),
        data=read_sources(config, files.data),
        links=read_sources(config, files.links),
    )


def unreadable(config: Config) -> Iterator[SourceError]:
    """Yield what is wrong with each source file that cannot be parsed, and with each folder that cannot be read."""
    ontology = config.root / "ontology"
    flat = (ontology, ontology / "alignments", *(ontology / "shapes" / part for part in _STAGES))
    for folder in (*flat, config.root / "data"):
        try:
            paths = find(folder, recursive=folder not in flat)
        except SourceError as error:
            yield error
            continue
        for path in paths:
            try:
                read_triples(path, config.prefixes)
            except SourceError as error:
                yield error


def triples_of(*groups: Iterable[Source]) -> list[Triple]:
    """Return the triples of all sources, in order, with repetitions."""
    return [triple for group in groups for source in group for triple in source.triples]


def _rule(path: Path) -> Rule:
    if path.suffix != _RULE:
        raise SourceError(f"not a rule; expected a CONSTRUCT query in a file that ends in {_RULE}", path)
    text = read_text(path)
    check_rule(text, path)
    return Rule(path, text)


def read_sources(config: Config, paths: Iterable[Path]) -> tuple[Source, ...]:
    """Parse some files of the workspace."""
    return tuple(_read(config, path) for path in paths)


def _read(config: Config, path: Path) -> Source:
    name = _graph_name(path.relative_to(config.root))
    return Source(path, config.graph(name), tuple(read_triples(path, config.prefixes, name)))


def read_facts(config: Config, path: Path) -> tuple[str, list[NTriple]]:
    """Return the IRI of the graph of a file, and its triples as facts: those of ``read_sources``, sooner.

    Raises ``SourceError`` as that does.
    """
    name = _graph_name(path.relative_to(config.root))
    return config.graph(name), _plain_facts(path) or to_ntriples(read_triples(path, config.prefixes, name))


def _plain_facts(path: Path) -> list[NTriple]:
    """Return the facts of a file of the Turtle family, nothing when there is anything in it to be looked at closely."""
    text = read_text(path)
    if not portability.is_plain(text, path):
        return []
    try:
        quads = ox.parse(text, format=_FORMATS[path.suffix], without_named_graphs=True)
        found = parse_ntriples((ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").decode())
    except (SyntaxError, MemoryError):
        return []
    has_blank = any(s[0] == "_" or o[0] == "_" for s, _, o in found)
    return [] if has_blank or not portability.can_be_written(p for _, p, _ in found) else found


def _graph_name(path: Path) -> str:
    """Return the path without ``data`` in front and the extension at the end, as a part of an IRI."""
    parts = path.parts[1:] if path.parts[0] == "data" else path.parts
    return quote("/".join((*parts[:-1], path.name.removesuffix(_MAPPINGS).removesuffix(path.suffix))), safe="/")


def read_triples(path: Path, prefixes: dict[str, str] | None = None, name: str = "") -> list[Triple]:
    """Parse one file of triples or mappings; blank nodes are labelled in the order of the file.

    ``name``, by default the path, sets the labels of one file apart from those of another; ``prefixes`` only
    serve to suggest a missing declaration in the error message.
    """
    if path.name.endswith(_MAPPINGS):
        text = read_text(path)
        mapped = sssom.triples(sssom.read_mappings(path))
        portability.check(mapped, text, path)
        return mapped
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
    triples = [quad.triple for quad in quads]
    portability.check(triples, text, path)
    if not any(type(t.subject) is BlankNode or type(t.object) is BlankNode for t in triples):
        return triples
    return _stable_blank_nodes(triples, name or path.as_posix())


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
