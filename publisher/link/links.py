"""Keep the reviewed links: read the mapping files of ``data/links``, record decisions in one, and look links up.

A decision is a row of SSSOM/TSV. A link that holds has a predicate and an item; a look-alike has the modifier ``Not``
and a reason; the object ``sssom:NoTermFound`` says that no item was found, with ``semapv:UnspecifiedMatching`` as its
justification as long as nobody has looked.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

from publisher.errors import OutputError, SourceError, UsageError, reason
from publisher.link.items import ENTITY, is_qid, qid
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import OWL, SEMAPV, SKOS, SSSOM
from publisher.workspace.atomic import replacing
from publisher.workspace.config import Config
from publisher.workspace.files import read_text
from publisher.workspace.sssom import NO_TERM_FOUND, read_mappings, read_prefixes
from publisher.workspace.sssom import Mapping as Row

FOLDER: Final = Path("data") / "links"
FILE: Final = FOLDER / "wikidata.sssom.tsv"
EXACT: Final = OWL.sameAs.value

_ORDER: Final = ("subject_id", "predicate_id", "predicate_modifier", "object_id")
_PREFIXES: Final = {"owl": OWL.iri, "semapv": SEMAPV.iri, "skos": SKOS.iri, "sssom": SSSOM.iri, "wd": ENTITY}
PREDICATES: Final = {
    "same": EXACT,
    "close": SKOS.closeMatch.value,
    "broad": SKOS.broadMatch.value,
    "narrow": SKOS.narrowMatch.value,
}
# Ways in which a fact about the thing is one about the item.
ALIKE: Final = ("same", "close")


@dataclass(frozen=True)
class Links:
    """The rows of all mapping files that speak of Wikidata, each with its file."""

    rows: tuple[tuple[Path, Row], ...]

    def items(self, kinds: Iterable[str] = tuple(PREDICATES)) -> dict[str, str]:
        """Return the QID of each thing that is linked in one of the ways; of several, that of the closest and first."""
        order = [PREDICATES[kind] for kind in kinds]
        held = [row for _, row in self.rows if row.is_asserted and qid(row.object) and row.predicate in order]
        found: dict[str, str] = {}
        for row in sorted(held, key=lambda row: order.index(row.predicate)):
            found.setdefault(row.subject, qid(row.object))
        return found

    def all_items(self) -> set[str]:
        """Return the QIDs of all items that are linked, however closely."""
        return {found for _, row in self.rows if row.is_asserted and (found := qid(row.object))}

    def rejected(self, thing: str) -> dict[str, str]:
        """Return the QIDs that were rejected for a thing, with the reasons."""
        rows = (row for _, row in self.rows if row.subject == thing and row.is_negated)
        return {qid(row.object): row.columns.get("comment", "") for row in rows}

    def reviewed(self) -> set[str]:
        """Return the things for which somebody has decided: linked, or looked up in vain."""
        return {
            row.subject
            for _, row in self.rows
            if row.is_asserted or (row.object == NO_TERM_FOUND and not _is_open(row))
        }

    def recorded(self) -> set[str]:
        """Return the things that have a link, or the record that there is none yet."""
        return {row.subject for _, row in self.rows if row.is_asserted or row.object == NO_TERM_FOUND}

    def find(self, item: str) -> Iterator[tuple[Path, Row]]:
        """Yield the rows that speak of an item, rejections included. Raises ``UsageError`` for what is no QID."""
        wanted = item.removeprefix(ENTITY).removeprefix("wd:")
        if not is_qid(wanted):
            raise UsageError(f"'{item}' is no item of Wikidata; expected a QID, such as Q227")
        return ((path, row) for path, row in self.rows if qid(row.object) == wanted)


def _is_open(row: Row) -> bool:
    return row.columns["mapping_justification"].strip() == "semapv:UnspecifiedMatching"


def read_links(config: Config) -> Links:
    """Return the links of the workspace. Raises ``SourceError`` as ``read_mappings`` does."""
    paths = sorted((config.root / FOLDER).glob("*.sssom.tsv"))
    return Links(tuple((path, row) for path in paths for row in read_mappings(path)))


@dataclass(frozen=True)
class Decision:
    """What somebody decided on a thing: a link, a rejection, or that there is no item.

    ``predicate`` is an IRI; ``item`` is a QID, and empty for no item; ``is_open`` says that nobody has looked yet.
    """

    thing: str
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
    """A mapping file and who writes into it; ``author`` is a CURIE, ``date`` that of the decisions."""

    path: Path
    author: str
    date: datetime.date
    prefixes: Mapping[str, str]

    def record(self, decisions: Iterable[Decision]) -> None:
        """Write decisions into the file, all or none, sorted; what they replace goes, everything else stays as it is.

        Raises ``SourceError`` when the file is none that can be read, and ``OutputError`` when it cannot be written.
        """
        head, prefixes, rows = self._read()
        for decision in decisions:
            rows = [row for row in rows if not _is_replaced(row, decision)]
            rows.append(self._row(decision, prefixes))
        rows.sort(key=lambda row: [row.columns.get(name, "") for name in _ORDER])
        columns = list(dict.fromkeys(name for row in rows for name in row.columns))
        body = ["\t".join(columns), *("\t".join(row.columns.get(name, "") for name in columns) for row in rows)]
        _replace(self.path, "".join(f"{line}\n" for line in (*head, *body)))

    def _read(self) -> tuple[list[str], dict[str, str], list[Row]]:
        """Return the metadata block, the prefixes and the rows of the file, or those of a new one."""
        if not self.path.exists():
            used = ("id", self.author.partition(":")[0])
            declared = {**_PREFIXES, **{prefix: ns for prefix, ns in self.prefixes.items() if prefix in used}}
            return ["#curie_map:", *(f"#  {p}: {ns}" for p, ns in sorted(declared.items()))], declared, []
        prefixes = read_prefixes(self.path)
        head = list(takewhile(lambda line: line.startswith("#"), read_text(self.path).splitlines()))
        return head, prefixes, list(read_mappings(self.path))

    def _row(self, decision: Decision, prefixes: dict[str, str]) -> Row:
        none = not decision.item
        subject, predicate = decision.thing, SKOS.exactMatch.value if none else decision.predicate
        obj = NO_TERM_FOUND if none else ENTITY + decision.item
        why = SEMAPV.UnspecifiedMatching.value if decision.is_open else SEMAPV.ManualMappingCuration.value
        cells = {
            "subject_id": self._curie(subject, prefixes),
            "subject_label": decision.name,
            "predicate_id": self._curie(predicate, prefixes),
            "predicate_modifier": "Not" if decision.is_negated and decision.item else "",
            "object_id": self._curie(obj, prefixes),
            "object_label": decision.item_name,
            "mapping_justification": self._curie(why, prefixes),
            "author_id": self.author,
            "mapping_date": self.date.isoformat(),
            "confidence": decision.confidence,
            "comment": decision.comment,
        }
        return Row(subject, predicate, obj, {name: " ".join(text.split()) for name, text in cells.items()}, 0)

    def _curie(self, iri: str, prefixes: dict[str, str]) -> str:
        short = shorten(iri, prefixes)
        if short == iri:
            raise SourceError(f"the curie_map has no prefix for {iri}; declare one", self.path, 1)
        return short


def _is_replaced(old: Row, decision: Decision) -> bool:
    """Tell whether a row goes: one on the same item, another identity, "no item" where there is one, or the reverse."""
    if old.subject != decision.thing:
        return False
    if not decision.item:
        return not old.is_negated
    if old.object == ENTITY + decision.item:
        return True
    if decision.is_negated:
        return False
    is_rival = old.is_asserted and old.predicate == decision.predicate == EXACT
    return is_rival or old.object == NO_TERM_FOUND


def _replace(path: Path, text: str) -> None:
    """Replace the content of the file, after reading the new one back, or leave the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as written:
            written.write_bytes(text.encode())
            read_mappings(written)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {reason(error)}; nothing was changed") from None
