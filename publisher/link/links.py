"""Read the reviewed links from the mapping files of ``data/links``, look them up, and record decisions.

A decision is a row of SSSOM/TSV. A link has a predicate and an item; a rejected item has the modifier ``Not`` and a
reason; the object ``sssom:NoTermFound`` records that no item was found. As long as nobody has looked for one, its
justification is ``semapv:UnspecifiedMatching``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.errors import SourceError, UsageError
from publisher.link.items import ENTITY, is_qid, qid_of
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import OWL, SEMAPV, SKOS, SSSOM
from publisher.workspace.atomic import saving
from publisher.workspace.config import Config
from publisher.workspace.sssom import NO_TERM_FOUND, read_header, read_mappings, write_cells
from publisher.workspace.sssom import Mapping as Row

FOLDER: Final = Path("data") / "links"
FILE: Final = FOLDER / "wikidata.sssom.tsv"
EXACT: Final = OWL.sameAs.value

_ORDER: Final = ("subject_id", "predicate_id", "predicate_modifier", "object_id")
_PREFIXES: Final = {"owl": OWL.iri, "semapv": SEMAPV.iri, "skos": SKOS.iri, "sssom": SSSOM.iri, "wd": ENTITY}
# The closest first.
PREDICATES: Final = (EXACT, SKOS.closeMatch.value, SKOS.broadMatch.value, SKOS.narrowMatch.value)
# Those for which a fact about the entity is one about the item.
COMPARABLE: Final = (EXACT, SKOS.closeMatch.value)


@dataclass(frozen=True)
class Links:
    """The rows of all mapping files in ``data/links``, each with its file. Entities are given by IRI."""

    rows: tuple[tuple[Path, Row], ...]

    def items(self, predicates: Sequence[str] = PREDICATES) -> dict[str, str]:
        """Return the QID of each entity that is linked by one of the predicates; of several, by the first."""
        rows = [row for _, row in self.rows if row.is_asserted and qid_of(row.object) and row.predicate in predicates]
        qids: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: predicates.index(row.predicate)):
            qids.setdefault(row.subject, qid_of(row.object))
        return qids

    def all_items(self) -> set[str]:
        """Return the QIDs of all linked items, whatever the predicate."""
        return {qid for _, row in self.rows if row.is_asserted and (qid := qid_of(row.object))}

    def rejected(self, entity: str) -> dict[str, str]:
        """Return the QIDs that were rejected for an entity, with the reasons."""
        rows = (row for _, row in self.rows if row.subject == entity and row.is_negated)
        return {qid_of(row.object): row.columns.get("comment", "") for row in rows}

    def reviewed(self) -> set[str]:
        """Return the entities that are linked, or were looked up without a match."""
        return {
            row.subject
            for _, row in self.rows
            if row.is_asserted or (row.object == NO_TERM_FOUND and not _is_open(row))
        }

    def recorded(self) -> set[str]:
        """Return the entities that have a link, or the record that there is none."""
        return {row.subject for _, row in self.rows if row.is_asserted or row.object == NO_TERM_FOUND}

    def find(self, item: str) -> Iterator[tuple[Path, Row]]:
        """Yield the rows about an item, given by QID, CURIE or IRI, rejections included.

        Raises ``UsageError`` for anything else.
        """
        qid = item.removeprefix(ENTITY).removeprefix("wd:")
        if not is_qid(qid):
            raise UsageError(f"'{item}' is no item of Wikidata; expected a QID, such as Q227")
        return ((path, row) for path, row in self.rows if qid_of(row.object) == qid)


def _is_open(row: Row) -> bool:
    return row.columns["mapping_justification"].strip() == "semapv:UnspecifiedMatching"


def read_links(config: Config) -> Links:
    """Return the links of the workspace. Raises ``SourceError`` as ``read_mappings`` does."""
    paths = sorted((config.root / FOLDER).glob("*.sssom.tsv"))
    return Links(tuple((path, row) for path in paths for row in read_mappings(path)))


@dataclass(frozen=True)
class Decision:
    """A decision about an entity: a link, a rejection, or that there is no item.

    ``entity`` and ``predicate`` are IRIs; ``item`` is a QID, or empty for no item; ``confidence`` is a number from 0
    to 1 as text, or empty. ``is_open`` marks an entity that nobody has looked up yet.
    """

    entity: str
    name: str
    item: str = ""
    item_name: str = ""
    predicate: str = EXACT
    is_negated: bool = False
    is_open: bool = False
    confidence: str = ""
    comment: str = ""


@dataclass(frozen=True)
class LinkFile:
    """A mapping file, the author (a CURIE) and the date of new decisions, and the prefixes of the workspace."""

    path: Path
    author: str
    date: datetime.date
    prefixes: Mapping[str, str]

    def record(self, decisions: Iterable[Decision]) -> None:
        """Write decisions into the file, all or none; they replace the rows that they contradict, all others stay.

        The rows are sorted. Raises ``SourceError`` when the file is invalid, and ``OutputError`` when it cannot be
        written; then it is unchanged.
        """
        head, prefixes, rows = self._read()
        for decision in decisions:
            rows = [row for row in rows if not _is_replaced(row, decision)]
            rows.append(self._row(decision, prefixes))
        rows.sort(key=lambda row: [row.columns.get(name, "") for name in _ORDER])
        columns = list(dict.fromkeys(name for row in rows for name in row.columns))
        body = [write_cells(columns), *(write_cells(row.columns.get(name, "") for name in columns) for row in rows)]
        with saving(self.path) as temporary:
            temporary.write_bytes("".join(f"{line}\n" for line in (*head, *body)).encode())
            read_mappings(temporary)  # for its errors

    def _read(self) -> tuple[list[str], dict[str, str], list[Row]]:
        """Return the metadata block, the prefixes and the rows of the file, or those of a new one."""
        if not self.path.exists():
            used = ("id", self.author.partition(":")[0])
            prefixes = {**_PREFIXES, **{prefix: ns for prefix, ns in self.prefixes.items() if prefix in used}}
            return ["#curie_map:", *(f"#  {prefix}: {ns}" for prefix, ns in sorted(prefixes.items()))], prefixes, []
        return *read_header(self.path), list(read_mappings(self.path))

    def _row(self, decision: Decision, prefixes: dict[str, str]) -> Row:
        predicate = decision.predicate if decision.item else SKOS.exactMatch.value
        obj = ENTITY + decision.item if decision.item else NO_TERM_FOUND
        justification = SEMAPV.UnspecifiedMatching.value if decision.is_open else SEMAPV.ManualMappingCuration.value
        cells = {
            "subject_id": self._curie(decision.entity, prefixes),
            "subject_label": decision.name,
            "predicate_id": self._curie(predicate, prefixes),
            "predicate_modifier": "Not" if decision.is_negated and decision.item else "",
            "object_id": self._curie(obj, prefixes),
            "object_label": decision.item_name,
            "mapping_justification": self._curie(justification, prefixes),
            "author_id": self.author,
            "mapping_date": self.date.isoformat(),
            "confidence": decision.confidence,
            "comment": decision.comment,
        }
        cells = {name: " ".join(text.split()) for name, text in cells.items()}
        return Row(decision.entity, predicate, obj, cells, line=0)

    def _curie(self, iri: str, prefixes: dict[str, str]) -> str:
        curie = shorten(iri, prefixes)
        if curie == iri:
            raise SourceError(f"the curie_map has no prefix for {iri}; declare one", self.path, 1)
        return curie


def _is_replaced(row: Row, decision: Decision) -> bool:
    """Return whether a decision replaces a row: one on the same item, another identity, or one that contradicts it."""
    if row.subject != decision.entity:
        return False
    if not decision.item:
        return not row.is_negated
    if row.object == ENTITY + decision.item:
        return True
    if decision.is_negated:
        return False
    is_other_identity = row.is_asserted and row.predicate == decision.predicate == EXACT
    return is_other_identity or row.object == NO_TERM_FOUND
