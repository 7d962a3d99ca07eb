"""Read mapping sets in SSSOM/TSV: alignments of the ontology, and links of entities to other datasets.

The Simple Standard for Sharing Ontological Mappings (https://mapping-commons.github.io/sssom/) has a YAML block in
``#`` comment lines, with the ``curie_map``, and then tab-separated columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from more_itertools import before_and_after
from pyoxigraph import NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.curies import expand
from publisher.rdf.vocab import OWL, RDF, RDFS, SEMAPV, SKOS, SSSOM, XSD
from publisher.workspace.config import is_iri
from publisher.workspace.files import read_text
from publisher.workspace.yaml import parse_yaml

NO_TERM_FOUND: Final = SSSOM.NoTermFound.value

_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# Prefixes that the SSSOM specification declares for every mapping set.
_BUILT_IN: Final = {
    "owl": OWL.iri,
    "linkml": "https://w3id.org/linkml/",
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "semapv": SEMAPV.iri,
    "skos": SKOS.iri,
    "sssom": SSSOM.iri,
    "xsd": XSD.iri,
}
_WIKIDATA: Final = "http://www.wikidata.org/entity/"
_ENTITY: Final = re.compile(r"[QPL][1-9][0-9]*(-[FS][1-9][0-9]*)?")  # with forms and senses of lexemes


@dataclass(frozen=True)
class Mapping:
    """One row of a mapping set: subject, predicate and object as IRIs, all columns as written, and the line, from 1."""

    subject: str
    predicate: str
    object: str
    columns: dict[str, str]
    line: int

    @property
    def is_asserted(self) -> bool:
        """Whether the mapping holds: it is not negated, and does not record that no match was found."""
        return not self.is_negated and NO_TERM_FOUND not in (self.subject, self.object)

    @property
    def is_negated(self) -> bool:
        """Whether the mapping is recorded as one that does not hold."""
        return bool(self.columns.get("predicate_modifier", "").strip())


def read_mappings(path: Path) -> tuple[Mapping, ...]:
    """Return the mappings of an SSSOM/TSV file in the order of the file.

    Raises ``SourceError`` with the line for an invalid metadata block, a column that is missing or duplicate, an
    unknown prefix, and a ``predicate_modifier`` that the specification does not define.
    """
    header, table = _split(path)
    prefixes = _curie_map(header, path)
    (line, names), *rows = [*_cells(table, len(header), path)] or [(len(header) + 1, [])]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise SourceError(f"no column '{missing[0]}'; an SSSOM table needs {', '.join(_REQUIRED)}", path, line)
    if twice := [name for name in names if names.count(name) > 1]:
        raise SourceError(f"the column '{twice[0]}' is there twice; keep one, the other would be lost", path, line)
    return tuple(_mapping(names, cells, prefixes, path, line) for line, cells in rows)


def _split(path: Path) -> tuple[list[str], list[str]]:
    """Return the lines of the metadata block and those of the table; a cell may have other separators of lines."""
    header, table = before_and_after(lambda line: line.startswith("#"), io.StringIO(read_text(path), newline=""))
    return list(header), list(table)


def _cells(table: list[str], head: int, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of the table, which ``head`` lines precede, with the number of its first line.

    A quoted cell may have several lines.
    """
    reader, line = csv.reader(table, delimiter="\t", strict=True), head + 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = head + reader.line_num + 1
    except csv.Error as error:
        raise SourceError(f"not a table: {error}", path, line) from None


def write_cells(cells: Iterable[str]) -> str:
    """Return a row of a table as one line or more, without the last line end; cells are quoted where they must be."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\r\n").writerow(cells)  # cells with either are quoted
    return text.getvalue().removesuffix("\r\n")


def read_header(path: Path) -> tuple[list[str], dict[str, str]]:
    """Return the lines of the metadata block, without line ends, and the prefixes: built-in and declared.

    Raises ``SourceError`` for invalid metadata.
    """
    header, _ = _split(path)
    return [line.rstrip("\r\n") for line in header], _curie_map(header, path)


def triples(mappings: Iterable[Mapping]) -> list[Triple]:
    """Return a triple for each asserted mapping."""
    return [
        Triple(NamedNode(m.subject), NamedNode(m.predicate), NamedNode(m.object)) for m in mappings if m.is_asserted
    ]


def _curie_map(header: list[str], path: Path) -> dict[str, str]:
    text = "\n".join(line[1:].rstrip("\r\n") for line in header)
    metadata = parse_yaml(text, path, "the metadata block", indent=1) or {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("curie_map", {}), dict):
        raise SourceError("the '#' metadata block has no names with values; write there a 'curie_map'", path, 1)
    if "predicate_modifier" in metadata:
        raise SourceError("predicate_modifier is no slot of a mapping set; give it a column of the table", path, 1)
    declared: dict[Any, Any] = metadata.get("curie_map", {})
    for prefix, namespace in declared.items():
        if not isinstance(prefix, str) or not is_iri(namespace):
            raise SourceError(f"curie_map: the namespace of '{prefix!s:.40}' is not an absolute IRI", path, 1)
        if _BUILT_IN.get(prefix, namespace) != namespace:
            raise SourceError(f"curie_map: the prefix '{prefix}' is built in, as <{_BUILT_IN[prefix]}>", path, 1)
    return {**_BUILT_IN, **declared}


def _mapping(names: list[str], cells: list[str], prefixes: dict[str, str], path: Path, line: int) -> Mapping:
    if len(names) != len(cells):
        raise SourceError("the row has more or fewer cells than the header has columns; check the tabs", path, line)
    row = dict(zip(names, cells, strict=True))
    subject, predicate, obj = (_expand(row[name], name, prefixes, path, line) for name in _REQUIRED[:3])
    if not row["mapping_justification"].strip():
        raise SourceError("no mapping_justification; say why, for example semapv:ManualMappingCuration", path, line)
    modifier = row.get("predicate_modifier", "")
    if modifier.strip().lower() not in ("", "not"):
        raise SourceError(f"predicate_modifier is '{modifier}'; expected 'Not' or nothing", path, line)
    return Mapping(subject, predicate, obj, row, line)


def _expand(curie: str, column: str, prefixes: dict[str, str], path: Path, line: int) -> str:
    iri = expand(curie.strip(), prefixes)
    if iri and curie.partition(":")[2].strip() and is_iri(iri):
        entity = iri.removeprefix(_WIKIDATA)
        if entity != iri and not _ENTITY.fullmatch(entity):
            raise SourceError(f"{column} is '{curie}'; Wikidata has identifiers such as Q42 and P31", path, line)
        return iri
    raise SourceError(f"{column} is '{curie}'; expected a CURIE with a prefix of the curie_map", path, line)
