"""Parse the source files of a workspace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Triple

from publisher.errors import SourceError
from publisher.rdf import portability
from publisher.rdf.io import parser_message
from publisher.rdf.safety import check_depth, check_rule, check_terms, check_xml
from publisher.rdf.turtle_tokens import tokens
from publisher.rdf.vocab import CHECK, Term
from publisher.workspace import sssom
from publisher.workspace.config import Config
from publisher.workspace.consistency import consistency_shapes
from publisher.workspace.files import find, read_text
from publisher.workspace.layout import MAPPINGS, SHAPES_FOLDERS, Files, find_files, graph_name
from publisher.workspace.syntaxes import normalize_attributes, parse_json_ld, place_in_xml

_FORMATS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
}
_RULE: Final = ".rq"


@dataclass(frozen=True)
class Source:
    """A parsed source file: its path, the IRI of its graph, its triples in the order of the file.

    With ``is_computed`` the triples stand in no file: ``path`` is the folder of the files that they are computed from.
    """

    path: Path
    graph: str
    triples: tuple[Triple, ...]
    is_computed: bool = False


@dataclass(frozen=True)
class Rule:
    """A derivation rule: the path and the text of a CONSTRUCT query."""

    path: Path
    text: str


@dataclass(frozen=True)
class ShapesGraphs:
    """The shapes graphs, by the data graph that they are for.

    ``common`` shapes are for asserted data and for data with inferred triples, ``asserted`` and ``derived`` ones for
    one of the two. ``corpus`` shapes compare articles with each other; all others look from one article outwards.
    """

    common: tuple[Source, ...]
    asserted: tuple[Source, ...]
    derived: tuple[Source, ...]
    corpus: tuple[Source, ...]

    @property
    def all(self) -> tuple[Source, ...]:
        """All shapes graphs."""
        return (*self.common, *self.asserted, *self.derived, *self.corpus)

    @property
    def written(self) -> tuple[Source, ...]:
        """The shapes graphs that are files."""
        return tuple(source for source in self.all if not source.is_computed)


@dataclass(frozen=True)
class Workspace:
    """The parsed source files of a workspace."""

    ontology: tuple[Source, ...]
    alignments: tuple[Source, ...]
    shapes: ShapesGraphs
    rules: tuple[Rule, ...]
    data: tuple[Source, ...]
    links: tuple[Source, ...]


def read_workspace(config: Config, files: Files | None = None) -> Workspace:
    """Parse ``files``, by default all source files of the workspace.

    Raises ``SourceError`` at the first file that cannot be parsed, with line and column where the parser reports
    them, and ``ConfigError`` when there are no data.
    """
    files = files or find_files(config)
    ontology = read_sources(config, files.ontology)
    return Workspace(
        ontology=ontology,
        alignments=read_sources(config, files.alignments),
        shapes=_with_consistency(
            ShapesGraphs(*(read_sources(config, paths) for paths in files.shapes)), config, ontology
        ),
        rules=tuple(_read_rule(path) for path in files.rules),
        data=read_sources(config, files.data),
        links=read_sources(config, files.links),
    )


def _with_consistency(shapes: ShapesGraphs, config: Config, ontology: tuple[Source, ...]) -> ShapesGraphs:
    """Return the shapes with those of the axioms that the data, with what follows from them, may contradict."""
    triples = consistency_shapes(triples_of(ontology), config.lints.is_off)
    if not triples:
        return shapes
    path = config.root / "ontology"
    added = Source(path, CHECK.iri, tuple(stable_blank_nodes(triples, "consistency")), is_computed=True)
    return replace(shapes, derived=(*shapes.derived, added))


def find_read_errors(config: Config) -> Iterator[SourceError]:
    """Yield an error for each source file that cannot be parsed and each folder that cannot be read."""
    ontology = config.root / "ontology"
    flat = (ontology, ontology / "alignments", *(ontology / "shapes" / name for name in SHAPES_FOLDERS))
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
    """Return the triples of all sources in their order; equal triples stay."""
    return [triple for group in groups for source in group for triple in source.triples]


def _read_rule(path: Path) -> Rule:
    if path.suffix != _RULE:
        raise SourceError(f"not a rule; expected a CONSTRUCT query in a file that ends in {_RULE}", path)
    text = read_text(path)
    check_rule(text, path)
    return Rule(path, text)


def read_sources(config: Config, paths: Iterable[Path]) -> tuple[Source, ...]:
    """Parse files of the workspace. Raises ``SourceError`` as ``read_workspace`` does."""
    return tuple(_read(config, path) for path in paths)


def _read(config: Config, path: Path) -> Source:
    name = graph_name(path.relative_to(config.root))
    return Source(path, config.graph(name), tuple(read_triples(path, config.prefixes, name)))


def read_triples(path: Path, prefixes: dict[str, str] | None = None, name: str = "") -> list[Triple]:
    """Parse one RDF file or SSSOM mapping set; blank nodes are labelled in the order of the file.

    ``name``, by default the path, is part of the labels, so that those of two files differ; ``prefixes`` serve to
    suggest a missing declaration. Raises ``SourceError`` for a syntax error and for what the dumps cannot write.
    """
    is_mapping_set = path.name.endswith(MAPPINGS)
    if not is_mapping_set and path.suffix not in _FORMATS:
        raise SourceError(
            f"not an RDF file that is read here; expected one of {', '.join((*_FORMATS, MAPPINGS))}", path
        )
    text = read_text(path)
    triples = sssom.triples(sssom.read_mappings(path)) if is_mapping_set else _parse(text, path, prefixes or {})
    portability.check(triples, text, path)
    if not any(type(t.subject) is BlankNode or type(t.object) is BlankNode for t in triples):
        return triples
    return stable_blank_nodes(triples, name or path.as_posix())


def _parse(text: str, path: Path, prefixes: dict[str, str]) -> list[Triple]:
    rdf_format = _FORMATS[path.suffix]
    if rdf_format == ox.RdfFormat.RDF_XML:
        check_xml(text, path)
        text = normalize_attributes(text)
    elif rdf_format == ox.RdfFormat.JSON_LD:
        check_depth(text, path)
    else:
        check_terms(text, path)
    try:
        if rdf_format == ox.RdfFormat.JSON_LD:
            return parse_json_ld(text, path)
        return [quad.triple for quad in ox.parse(text, format=rdf_format, without_named_graphs=True)]
    except SyntaxError as error:
        if rdf_format == ox.RdfFormat.RDF_XML and error.lineno is None and (place := place_in_xml(text)):
            error.lineno, error.offset = place
        elif rdf_format == ox.RdfFormat.TRIG and error.lineno is None:
            error.lineno, error.offset = _place_of_graph(text, path)
        raise _syntax_error(error, path, prefixes) from None
    except MemoryError:
        raise SourceError("a literal is larger than 16 MB; point at such content by its URL", path) from None


def _place_of_graph(text: str, path: Path) -> tuple[int, int]:
    """Return line and column of the first named graph."""
    for label, bracket in pairwise(tokens(text, path)):
        if bracket.text == "{" and label.text not in (".", "}"):
            return label.line, label.column
    return 1, 1


def _syntax_error(error: SyntaxError, path: Path, prefixes: dict[str, str]) -> SourceError:
    message = parser_message(error)
    if match := re.search(r"The prefix (.*): has not been declared", message):
        namespace = prefixes.get(match[1], "…")
        message = f"the prefix '{match[1]}:' is not declared; add '@prefix {match[1]}: <{namespace}> .' at the top"
    elif "No scheme found" in message:
        is_xml = _FORMATS[path.suffix] == ox.RdfFormat.RDF_XML
        instead = "in full, or name the base with xml:base" if is_xml else "in full or with a prefix"
        message = f"a relative IRI, but there is no base to resolve it; write the IRI {instead}"
    elif "named graph" in message.lower():
        message = f"{message}; a source file holds triples, its graph is named after the file"
    return SourceError(message, path, error.lineno, error.offset)


def stable_blank_nodes(triples: list[Triple], name: str) -> list[Triple]:
    """Label blank nodes by ``name`` and their order, so that two builds write the same bytes.

    RDFC-1.0 would not depend on the order, but takes exponential time on hostile input.
    """
    prefix = re.sub("[^A-Za-z0-9]", lambda match: f"_{ord(match[0]):x}_", name)  # no two names come out alike
    labels: dict[BlankNode, BlankNode] = {}

    def label(term: Term) -> Any:
        if isinstance(term, BlankNode):
            return labels.setdefault(term, BlankNode(f"{prefix}b{len(labels)}"))
        return term

    return [Triple(label(t.subject), t.predicate, label(t.object)) for t in triples]
