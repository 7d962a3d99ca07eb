"""Compare the recorded links with Wikidata as it is now: dead, moved, of another kind, or linked twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.link.client import Wikidata
from publisher.link.entities import Entity
from publisher.link.items import ENTITY, Item, qid
from publisher.link.links import EXACT, Links
from publisher.link.scoring import clash_of_types, fold
from publisher.progress import SILENT, Progress
from publisher.workspace.sssom import NO_TERM_FOUND
from publisher.workspace.sssom import Mapping as Row

_DISAMBIGUATION: Final = "disambiguation page"


@dataclass(frozen=True, order=True)
class LinkFinding:
    """What is wrong with a row of a mapping file, and what to do."""

    path: Path
    line: int
    message: str


def check(
    links: Links, things: Mapping[str, Entity], wikidata: Wikidata, progress: Progress = SILENT
) -> tuple[LinkFinding, ...]:
    """Return what is wrong with the links, sorted by file and line."""
    found = [*_malformed(links), *_unknown(links, things), *_doubled(links), *_contradicting(links)]
    rows = [(path, row) for path, row in links.rows if qid(row.object)]
    progress.step("fetch the linked items")
    items = wikidata.items((qid(row.object) for _, row in rows), progress)
    progress.step("compare the links with the items")
    progress.expect(len(rows))
    for path, row in rows:
        progress.advance()
        told = _messages(row, items[qid(row.object)], things.get(row.subject), wikidata)
        found += (LinkFinding(path, row.line, message) for message in told)
    return tuple(sorted(set(found)))


def unrecorded(links: Links, things: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return the things of which no row says whether Wikidata has them."""
    recorded = links.recorded()
    return tuple(thing for thing in things if thing.iri not in recorded)


def _messages(row: Row, item: Item, thing: Entity | None, wikidata: Wikidata) -> Iterator[str]:
    asked = item.asked
    if not item.exists:
        yield f"{asked} is dead: Wikidata has no such item, or no more; look for another with 'link suggest'"
        return
    if item.id != asked:
        yield f"{asked} was merged into {item.id} ('{item.name}'); write wd:{item.id}"
    if _is_disambiguation(item, wikidata):
        yield f"{asked} is a disambiguation page, not a thing; choose one of the items that it names"
    elif row.is_asserted and thing and (told := clash_of_types(thing.kinds, wikidata.kinds(item))):
        kind = next(iter(sorted(k.value.rpartition("#")[2] for k in thing.kinds)))
        yield f"{asked} is of another kind: {told}, while {thing.name} is of the kind {kind}"
    label = row.columns.get("object_label", "").strip()
    if label and not _is_called(item, label):
        yield f"{asked} is not called '{label}' any more but '{item.name}'; is it still the same? Then write that"


def _is_disambiguation(item: Item, wikidata: Wikidata) -> bool:
    labels = [label for level in wikidata.kinds(item)[:1] for label in level.values()]
    return any(_DISAMBIGUATION in text.lower() for text in (*labels, item.description))


def _is_called(item: Item, label: str) -> bool:
    names = [*item.labels.values(), *(alias for aliases in item.aliases.values() for alias in aliases)]
    return fold(label) in map(fold, names)


def _malformed(links: Links) -> Iterator[LinkFinding]:
    for path, row in links.rows:
        if row.object != NO_TERM_FOUND and row.object.startswith(ENTITY) and not qid(row.object):
            found = row.object.removeprefix(ENTITY)
            yield LinkFinding(path, row.line, f"'{found}' is no item; expected Q and a number, such as Q227")


def _unknown(links: Links, things: Mapping[str, Entity]) -> Iterator[LinkFinding]:
    for path, row in links.rows:
        if row.subject not in things:
            yield LinkFinding(path, row.line, f"{row.columns['subject_id']} is no thing of the data; was it renamed?")


def _doubled(links: Links) -> Iterator[LinkFinding]:
    """Yield the rows that make one item two things, or two items one thing."""
    exact = [(path, row) for path, row in links.rows if row.is_asserted and row.predicate == EXACT]
    by_item: defaultdict[str, set[str]] = defaultdict(set)
    by_thing: defaultdict[str, set[str]] = defaultdict(set)
    for _, row in exact:
        by_item[row.object].add(row.columns["subject_id"])
        by_thing[row.subject].add(row.columns["object_id"])
    for path, row in exact:
        if len(others := by_item[row.object]) > 1:
            yield LinkFinding(path, row.line, f"{qid(row.object)} is owl:sameAs several things: {_list(others)}")
        if len(others := by_thing[row.subject]) > 1:
            yield LinkFinding(
                path, row.line, f"{row.columns['subject_id']} is owl:sameAs several items: {_list(others)}"
            )


def _contradicting(links: Links) -> Iterator[LinkFinding]:
    """Yield the rows that another row denies, and links of things of which another row says that they have none."""
    held = {(row.subject, row.object) for _, row in links.rows if row.is_asserted}
    linked = {subject for subject, _ in held}
    for path, row in links.rows:
        if row.is_negated and (row.subject, row.object) in held:
            yield LinkFinding(
                path, row.line, f"{row.columns['object_id']} is both linked and rejected; keep one of the rows"
            )
        if row.object == NO_TERM_FOUND and row.subject in linked:
            yield LinkFinding(
                path, row.line, f"{row.columns['subject_id']} is linked, so this row is not true any more"
            )


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def finding_text(findings: Iterable[LinkFinding]) -> str:
    """Return the findings for people and editors: one a line, with file and line."""
    return "".join(f"{found.path}:{found.line}: {found.message}\n" for found in findings)
