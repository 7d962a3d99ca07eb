"""Read mapping sets in SSSOM/TSV: alignments of the ontology, and links of entities to other datasets.

The Simple Standard for Sharing Ontological Mappings (https://mapping-commons.github.io/sssom/) has a YAML block in
``#`` comment lines, with the ``curie_map``, and then tab-separated columns.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf.curies import expand
from publisher.rdf.vocab import OWL, RDF, RDFS, SEMAPV, SKOS, SSSOM
from publisher.workspace.yaml import parse_yaml

NO_TERM_FOUND: Final = SSSOM.NoTermFound.value

_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# Prefixes that the SSSOM specification declares for every mapping set.
_BUILT_IN: Final = {
    "owl": OWL.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "semapv": SEMAPV.iri,
    "skos": SKOS.iri,
    "sssom": SSSOM.iri,
}


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
    lines = _read_lines(path)
    head = _metadata_lines(lines)
    prefixes = _curie_map(lines[:head], path)
    rows = csv.DictReader(lines[head:], delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in _REQUIRED if name not in (rows.fieldnames or ())]
    if missing:
        raise SourceError(f"no column '{missing[0]}'; an SSSOM table needs {', '.join(_REQUIRED)}", path, head + 1)
    names = list(rows.fieldnames or ())
    if twice := [name for name in names if names.count(name) > 1]:
        raise SourceError(f"the column '{twice[0]}' is there twice; keep one, the other would be lost", path, head + 1)
    try:
        return tuple(_mapping(row, prefixes, path, head + n) for n, row in enumerate(rows, start=2))
    except csv.Error as error:
        raise SourceError(f"not a table: {error}", path, head + rows.line_num + 1) from None


def read_prefixes(path: Path) -> dict[str, str]:
    """Return the prefixes of an SSSOM/TSV file: built-in and declared. Raises ``SourceError`` for invalid metadata."""
    lines = _read_lines(path)
    return _curie_map(lines[: _metadata_lines(lines)], path)


def triples(mappings: Iterable[Mapping]) -> list[Triple]:
    """Return a triple for each asserted mapping."""
    return [
        Triple(NamedNode(m.subject), NamedNode(m.predicate), NamedNode(m.object)) for m in mappings if m.is_asserted
    ]


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SourceError(
            f"not UTF-8 text: {error.reason} at byte {error.start}; save the file as UTF-8", path
        ) from None


def _metadata_lines(lines: list[str]) -> int:
    """Return the number of lines of the metadata block."""
    return next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))


def _curie_map(header: list[str], path: Path) -> dict[str, str]:
    import yaml

    try:
        metadata = parse_yaml("\n".join(line[1:] for line in header)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SourceError(
            f"the metadata block is not YAML: {getattr(error, 'problem', error)}", path, mark.line + 1 if mark else None
        ) from None
    except RecursionError:
        raise SourceError("the metadata block is nested too deep", path, 1) from None
    declared = metadata.get("curie_map") if isinstance(metadata, dict) else None
    if not isinstance(declared, dict):
        raise SourceError(
            "no 'curie_map' in the '#' metadata block; declare there the prefixes that the table uses", path
        )
    for prefix, namespace in declared.items():
        if not isinstance(prefix, str) or not isinstance(namespace, str) or not _is_iri(namespace):
            raise SourceError(f"curie_map: the namespace of '{prefix!s:.40}' is not an absolute IRI", path, 1)
    return {**_BUILT_IN, **declared}


def _mapping(row: dict[str | Any, str | Any], prefixes: dict[str, str], path: Path, line: int) -> Mapping:
    if None in row or None in row.values():
        raise SourceError("the row has more or fewer cells than the header has columns; check the tabs", path, line)
    subject, predicate, obj = (_expand(row[name], name, prefixes, path, line) for name in _REQUIRED[:3])
    if not row["mapping_justification"].strip():
        raise SourceError("no mapping_justification; say why, for example semapv:ManualMappingCuration", path, line)
    modifier = row.get("predicate_modifier", "")
    if modifier.strip().lower() not in ("", "not"):
        raise SourceError(f"predicate_modifier is '{modifier}'; expected 'Not' or nothing", path, line)
    return Mapping(subject, predicate, obj, dict(row), line)


def _expand(curie: str, column: str, prefixes: dict[str, str], path: Path, line: int) -> str:
    iri = expand(curie.strip(), prefixes)
    if iri and curie.partition(":")[2].strip() and _is_iri(iri):
        return iri
    raise SourceError(f"{column} is '{curie}'; expected a CURIE with a prefix of the curie_map", path, line)


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True
