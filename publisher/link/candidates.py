"""Find the items of Wikidata that an entity may be, and rank them by their scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from publisher.link.entities import Entity
from publisher.link.items import CITIZENSHIP, COUNTRY
from publisher.link.scoring import Candidate, LinkContext, entity_type, item_types, score_item

if TYPE_CHECKING:  # it loads httpx
    from publisher.link.client import Wikidata

SearchMethod = Literal["reconcile", "search", "sparql"]
SEARCH_METHODS: Final[tuple[SearchMethod, ...]] = ("reconcile", "search", "sparql")
Confidence = Literal["high", "medium", "low"]

_HIGH, _MEDIUM = 75, 45  # points
_HIGH_SIMILARITY, _MEDIUM_SIMILARITY = 0.9, 0.6
_MARGIN: Final = 10  # points between the best candidate and the next
_LOWEST_SCORE: Final = 15  # points below which a candidate is not shown
# Properties whose values few items share: capital, office, party, part of, member of, chair, parts, participant (in).
_SPECIFIC: Final = ("P36", "P39", "P102", "P361", "P463", "P488", "P527", "P710", "P1344")
_MOST_SEARCHES: Final = 6


@dataclass(frozen=True)
class Suggestion:
    """The items that an entity may be, best first; there may be none."""

    entity: Entity
    candidates: tuple[Candidate, ...]

    @property
    def confidence(self) -> Confidence:
        """The confidence in the first candidate.

        High needs a high score, similar names, no evidence against it, and no other candidate with a score near it.
        """
        if not self.candidates:
            return "low"
        best, rival = self.candidates[0], max((c.score for c in self.candidates[1:]), default=0)
        if best.is_contradicted:
            return "low"
        if best.score >= _HIGH and best.similarity >= _HIGH_SIMILARITY and best.score - rival >= _MARGIN:
            return "high"
        return "medium" if best.score >= _MEDIUM and best.similarity >= _MEDIUM_SIMILARITY else "low"


def suggest(
    entities: Iterable[Entity],
    wikidata: Wikidata,
    context: LinkContext,
    methods: Iterable[SearchMethod] = SEARCH_METHODS,
) -> Iterator[Suggestion]:
    """Yield the candidates of each entity, found by its names and around the items of its linked neighbours.

    The link of an entity itself is no evidence. Raises ``EndpointError`` when a service fails.
    """
    methods = tuple(methods)
    for entity in entities:
        items = {iri: qid for iri, qid in context.items.items() if iri != entity.iri}
        yield _suggest(entity, wikidata, LinkContext(items, context.names), methods)


def _suggest(entity: Entity, wikidata: Wikidata, context: LinkContext, methods: tuple[SearchMethod, ...]) -> Suggestion:
    by_name = _find_by_name(entity, wikidata, methods)
    around = _find_around(entity, wikidata, context, methods)
    # once each, whichever of its QIDs was requested
    items = list({item.id: item for item in wikidata.items((*by_name, *around)).values() if item.exists}.values())
    countries = wikidata.items(qid for item in items for qid in item.values(COUNTRY, CITIZENSHIP))
    candidates = []
    for item in items:
        class_levels = wikidata.class_levels(item)
        if item.requested in by_name or entity_type(entity.classes) in item_types(class_levels):
            candidate = score_item(entity, item, class_levels, countries, context)
            if candidate.score >= _LOWEST_SCORE:
                candidates.append(candidate)
    candidates.sort(key=lambda candidate: (-candidate.score, int(candidate.item.id[1:])))
    return Suggestion(entity, tuple(candidates))


def _find_by_name(entity: Entity, wikidata: Wikidata, methods: tuple[SearchMethod, ...]) -> tuple[str, ...]:
    labels = [(name, lang) for lang, names in entity.names.items() for name in names]
    qids: list[str] = []
    if "reconcile" in methods:
        qids += (qid for batch in wikidata.reconcile(entity.names.get("en", (entity.name,))) for qid in batch)
    if "search" in methods:
        preferred = [(names[0], lang) for lang, names in entity.names.items() if lang != "und"]
        english = [(name, lang) for name, lang in labels if (name, lang) not in preferred and lang == "en"]
        for name, language in (preferred + english)[:_MOST_SEARCHES]:
            qids += wikidata.search(name, language)
    if "sparql" in methods:
        qids += wikidata.labelled((name, lang) for name, lang in labels if lang != "und")
    return tuple(dict.fromkeys(qids))


def _find_around(
    entity: Entity, wikidata: Wikidata, context: LinkContext, methods: tuple[SearchMethod, ...]
) -> tuple[str, ...]:
    neighbours = [context.items[iri] for iri in sorted(entity.neighbours) if iri in context.items]
    qids = [qid for item in wikidata.items(neighbours).values() for qid in item.values(*_SPECIFIC)]
    if "sparql" in methods:
        qids += wikidata.around(neighbours)
    return tuple(dict.fromkeys(qid for qid in qids if qid not in neighbours))


def suggestion_text(suggestion: Suggestion, rejected: Mapping[str, str], most: int = 3) -> str:
    """Return at most ``most`` candidates with their evidence; ``rejected`` maps QIDs to reasons for a rejection."""
    entity = suggestion.entity
    classes = ", ".join(sorted(cls.value.rpartition("#")[2] for cls in entity.classes if "#" in cls.value))
    lines = [f"{entity.name}  ({entity.iri}; {classes})"]
    if not suggestion.candidates:
        lines.append("  no candidate: nothing on Wikidata has such a name")
    for number, candidate in enumerate(suggestion.candidates[:most], start=1):
        item = candidate.item
        confidence = suggestion.confidence if number == 1 else "look-alike"
        description = f": {item.description}" if item.description else ""
        lines.append(f"  {number}  {item.id}  {item.name}{description}  [{candidate.score}, {confidence}]")
        lines += (f"       {evidence.points:+4}  {evidence.text}" for evidence in candidate.evidence)
        if item.id in rejected:
            lines.append(f"             rejected before: {rejected[item.id]}")
    return "\n".join(lines)
