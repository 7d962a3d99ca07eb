"""Look for the items of Wikidata that may be a thing of the dataset, and rank them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from publisher.link.client import Wikidata
from publisher.link.entities import Entity
from publisher.link.items import CITIZENSHIP, COUNTRY, Item
from publisher.link.scoring import KnownLinks, ScoredItem, group_of, groups_of, score

SearchMethod = Literal["reconcile", "search", "sparql"]
SEARCH_METHODS: Final[tuple[SearchMethod, ...]] = ("reconcile", "search", "sparql")
Confidence = Literal["high", "medium", "low"]

_HIGH, _MEDIUM, _LIKE, _ALIKE, _MARGIN = 75, 45, 0.9, 0.6, 10
# Relations that a thing has with few others: what they lead to may be the thing.
_TELLING: Final = ("P36", "P39", "P102", "P361", "P463", "P488", "P527", "P710", "P1344")
_MOST_SEARCHES: Final = 6
_LEAST: Final = 15  # points, under which an item is not worth showing


@dataclass(frozen=True)
class Suggestion:
    """The items that a thing may be, best first; there may be none."""

    thing: Entity
    candidates: tuple[ScoredItem, ...]

    @property
    def confidence(self) -> Confidence:
        """How sure the best one is: high needs agreement of names, nothing against it, and no rival near it."""
        if not self.candidates:
            return "low"
        best, rival = self.candidates[0], max((c.total for c in self.candidates[1:]), default=0)
        if best.total >= _HIGH and best.similarity >= _LIKE and not best.clashes and best.total - rival >= _MARGIN:
            return "high"
        is_likely = best.total >= _MEDIUM and best.similarity >= _ALIKE and not best.clashes
        return "medium" if is_likely else "low"


def suggest(
    things: Iterable[Entity], wikidata: Wikidata, context: KnownLinks, ways: Iterable[SearchMethod] = SEARCH_METHODS
) -> Iterator[Suggestion]:
    """Yield the candidates of each thing, found by name in the given ways, and around what is linked already."""
    for thing in things:
        yield _suggest(thing, wikidata, _without(context, thing), tuple(ways))


def _without(context: KnownLinks, thing: Entity) -> KnownLinks:
    """Return the context as if the thing were not linked: its own link is no evidence for itself."""
    return KnownLinks({iri: found for iri, found in context.links.items() if iri != thing.iri}, context.names)


def _suggest(thing: Entity, wikidata: Wikidata, context: KnownLinks, ways: tuple[SearchMethod, ...]) -> Suggestion:
    named = _by_name(thing, wikidata, ways)
    near = _around(thing, wikidata, context, ways)
    items = _unique(wikidata.items((*named, *near)).values())
    spoken = wikidata.items(found for item in items for found in item.texts(COUNTRY, CITIZENSHIP))
    scored = []
    for item in items:
        kinds = wikidata.kinds(item)
        if item.asked in named or group_of(thing.kinds) in groups_of(kinds):
            scored.append(score(thing, item, kinds, spoken, context))
    return Suggestion(thing, tuple(sorted((s for s in scored if s.total >= _LEAST), key=_rank)))


def _rank(scored: ScoredItem) -> tuple[int, int]:
    return -scored.total, int(scored.item.id[1:])


def _unique(items: Iterable[Item]) -> list[Item]:
    """Return each item once that is there, whichever of its QIDs was asked for."""
    return list({item.id: item for item in items if item.exists}.values())


def _by_name(thing: Entity, wikidata: Wikidata, ways: tuple[SearchMethod, ...]) -> tuple[str, ...]:
    labels = [(name, lang) for lang, names in thing.names.items() for name in names]
    found: list[str] = []
    if "reconcile" in ways:
        found += (hit for hits in wikidata.reconcile(thing.names.get("en", (thing.name,))) for hit in hits)
    if "search" in ways:
        first = [(names[0], lang) for lang, names in thing.names.items() if lang != "und"]
        rest = [(name, lang) for name, lang in labels if (name, lang) not in first and lang == "en"]
        for name, language in (first + rest)[:_MOST_SEARCHES]:
            found += wikidata.search(name, language)
    if "sparql" in ways:
        found += wikidata.labelled((name, lang) for name, lang in labels if lang != "und")
    return tuple(dict.fromkeys(found))


def _around(thing: Entity, wikidata: Wikidata, context: KnownLinks, ways: tuple[SearchMethod, ...]) -> tuple[str, ...]:
    near = [context.links[n] for n in sorted(thing.neighbours) if n in context.links]
    found = [text for item in wikidata.items(near).values() for text in item.texts(*_TELLING)]
    if "sparql" in ways:
        found += wikidata.around(near)
    return tuple(dict.fromkeys(one for one in found if one not in near))


def suggestion_text(suggestion: Suggestion, rejected: Mapping[str, str], most: int = 3) -> str:
    """Return the candidates and their evidence for people; ``rejected`` says why QIDs were rejected before."""
    thing = suggestion.thing
    kinds = ", ".join(sorted(kind.value.rpartition("#")[2] for kind in thing.kinds if "#" in kind.value))
    lines = [f"{thing.name}  ({thing.iri}; {kinds})"]
    if not suggestion.candidates:
        lines.append("  no candidate: nothing on Wikidata has such a name")
    for number, found in enumerate(suggestion.candidates[:most], start=1):
        sure = suggestion.confidence if number == 1 else "look-alike"
        about = f": {found.item.description}" if found.item.description else ""
        lines.append(f"  {number}  {found.item.id}  {found.item.name}{about}  [{found.total}, {sure}]")
        lines += (f"       {line.points:+4}  {line.text}" for line in found.lines)
        if found.item.id in rejected:
            lines.append(f"             rejected before: {rejected[found.item.id]}")
    return "\n".join(lines)
