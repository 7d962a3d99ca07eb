"""Check recorded links against Wikidata, and against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.link.entities import Entity
from publisher.link.items import ENTITY, Item, qid_of
from publisher.link.links import EXACT, Links
from publisher.link.scoring import conflicting_classes, fold
from publisher.progress import SILENT, Progress
from publisher.workspace.sssom import NO_TERM_FOUND
from publisher.workspace.sssom import Mapping as Row

if TYPE_CHECKING:  # it loads httpx
    from publisher.link.client import Wikidata


@dataclass(frozen=True, order=True)
class LinkFinding:
    """What is wrong with a row of a mapping file, and what to do; ``line`` counts from 1."""

    path: Path
    line: int
    message: str


def check(
    links: Links, entities: Mapping[str, Entity], wikidata: Wikidata, progress: Progress = SILENT
) -> tuple[LinkFinding, ...]:
    """Return what is wrong with the links, sorted by file and line; ``entities`` are given by IRI.

    Raises ``EndpointError`` when Wikidata does not answer.
    """
    findings = list(_compare_rows(links, entities))
    rows = [(path, row) for path, row in links.rows if qid_of(row.object)]
    progress.step("fetch the linked items")
    items = wikidata.items((qid_of(row.object) for _, row in rows), progress)
    progress.step("compare the links with the items")
    progress.expect(len(rows))
    for path, row in rows:
        progress.advance()
        messages = _compare(row, items[qid_of(row.object)], entities.get(row.subject), wikidata)
        findings += (LinkFinding(path, row.line, message) for message in messages)
    return tuple(sorted(set(findings)))


def unrecorded(links: Links, entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return the entities that have neither a link nor the record that there is none."""
    recorded = links.recorded()
    return tuple(entity for entity in entities if entity.iri not in recorded)


def _compare(row: Row, item: Item, entity: Entity | None, wikidata: Wikidata) -> Iterator[str]:
    qid = item.requested
    if not item.exists:
        yield f"{qid} is dead: Wikidata has no such item, or no more; look for another with 'link suggest'"
        return
    if item.id != qid:
        yield f"{qid} was merged into {item.id} ('{item.name}'); write wd:{item.id}"
    class_levels = wikidata.class_levels(item)
    if any("disambiguation page" in text.lower() for text in (*class_levels[0].values(), item.description)):
        yield f"{qid} is a disambiguation page, not a thing; choose one of the items that it names"
    elif row.is_asserted and entity and (classes := conflicting_classes(entity.classes, class_levels)):
        kind = min(cls.value.rpartition("#")[2] for cls in entity.classes)
        yield f"{qid} is of another kind: {classes}, while {entity.name} is of the kind {kind}"
    label = row.columns.get("object_label", "").strip()
    names = (*item.labels.values(), *(alias for aliases in item.aliases.values() for alias in aliases))
    if label and fold(label) not in map(fold, names):
        yield f"{qid} is not called '{label}' any more but '{item.name}'; is it still the same? Then write that"


def _compare_rows(links: Links, entities: Mapping[str, Entity]) -> Iterator[LinkFinding]:
    """Yield what is wrong with rows without a look at Wikidata: unknown nodes, ambiguous links and contradictions."""
    subjects, objects = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for row in (row for _, row in links.rows if row.is_asserted and row.predicate == EXACT):
        subjects[row.object].add(row.columns["subject_id"])
        objects[row.subject].add(row.columns["object_id"])
    pairs = {(row.subject, row.object) for _, row in links.rows if row.is_asserted}
    linked = {subject for subject, _ in pairs}
    for path, row in links.rows:
        subject, qid = row.columns["subject_id"], qid_of(row.object)
        messages = {
            f"'{row.object.removeprefix(ENTITY)}' is no item; expected Q and a number, such as Q227": (
                row.object.startswith(ENTITY) and not qid
            ),
            f"{subject} is no thing of the data; was it renamed?": row.subject not in entities,
            f"{row.columns['object_id']} is both linked and rejected; keep one of the rows": (
                row.is_negated and (row.subject, row.object) in pairs
            ),
            f"{subject} is linked, so this row is not true any more": (
                row.object == NO_TERM_FOUND and row.subject in linked
            ),
        }
        if row.is_asserted and row.predicate == EXACT:
            for node, curies, kind in (
                (qid, subjects[row.object], "things"),
                (subject, objects[row.subject], "items"),
            ):
                messages[f"{node} is owl:sameAs several {kind}: {', '.join(sorted(curies))}"] = len(curies) > 1
        yield from (LinkFinding(path, row.line, message) for message, is_so in messages.items() if is_so)


def finding_text(findings: Iterable[LinkFinding]) -> str:
    """Return the findings, one a line, with file and line as editors read them."""
    return "".join(f"{finding.path}:{finding.line}: {finding.message}\n" for finding in findings)
