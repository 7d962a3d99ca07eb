"""Compare a thing with an item, and say line by line what speaks for them being one and what against."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from pyoxigraph import NamedNode

from publisher.link.entities import Entity
from publisher.link.items import CITIZENSHIP, COUNTRY, DATES, Item
from publisher.rdf.vocab import GP

_NAME, _LANGUAGE, _LANGUAGES, _TYPE, _COUNTRY, _RELATION, _RELATIONS, _DATE = 50, 3, 10, 20, 10, 10, 20, 10
_WRONG_TYPE, _WRONG_COUNTRY, _WRONG_DATE = -40, -30, -30
_ALIAS: Final = 0.95  # what an alias is worth to a label
_TYPO: Final = 0.8  # words that are at least so alike are taken for two spellings of one

# The words by which Wikidata's English labels of classes tell what our classes tell; the longest word decides.
_WORDS: Final[dict[NamedNode, tuple[str, ...]]] = {
    GP.Person: ("human", "person"),
    GP.SovereignState: ("country", "state"),
    GP.Place: ("city", "town", "capital", "settlement", "territory", "region", "border", "boundary", "line", "area"),
    GP.Office: ("position", "office", "head of state", "head of government", "title", "minister", "ambassador"),
    GP.Organization: (
        "organization", "organisation", "alliance", "party", "council", "ministry", "agency", "body", "organ",
        "newspaper", "website", "portal", "movement", "institution", "company", "bloc", "union", "coalition",
        "broadcaster", "administration", "legislature", "parliament", "school", "academy", "armed forces",
        "periodical", "news agency", "state news agency", "group of states",
    ),
    GP.Event: ("election", "war", "conflict", "battle", "clash"),
    GP.WeaponSystem: ("weapon", "missile", "missile system", "rocket", "launcher"),
    GP.Instrument: ("treaty", "agreement", "resolution", "declaration"),
}  # fmt: skip
_STOP: Final = frozenset({"of", "the", "and", "in", "on", "for", "to", "a"})


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence: the points that it gives or takes, and what was compared."""

    points: int
    text: str


@dataclass(frozen=True)
class ScoredItem:
    """An item with the evidence for and against it; ``total`` is from 0 to 100."""

    item: Item
    similarity: float
    lines: tuple[Evidence, ...]

    @property
    def total(self) -> int:
        """The sum of the points."""
        return max(0, min(100, sum(line.points for line in self.lines)))

    @property
    def clashes(self) -> tuple[Evidence, ...]:
        """What speaks against the item."""
        return tuple(line for line in self.lines if line.points < 0)

    @property
    def pieces(self) -> int:
        """How many independent pieces of evidence speak for the item."""
        return sum(line.points > 0 for line in self.lines)


@dataclass(frozen=True)
class KnownLinks:
    """What is known around the thing: the items of things already linked, and the names of its states."""

    links: Mapping[str, str]
    names: Mapping[str, Collection[str]]


def score(
    thing: Entity, item: Item, kinds: tuple[Mapping[str, str], ...], items: Mapping[str, Item], context: KnownLinks
) -> ScoredItem:
    """Return the evidence; ``kinds`` are the classes of the item level by level, ``items`` those that it speaks of."""
    similarity, told = _names(thing, item)
    lines = [
        Evidence(round(_NAME * similarity**2), told),
        _languages(thing, item),
        _type(thing, kinds),
        _country(thing, item, items, context),
        _relations(thing, item, context),
        _dates(thing, item),
    ]
    return ScoredItem(item, similarity, tuple(line for line in lines if line))


def group_of(kinds: Collection[NamedNode]) -> NamedNode | None:
    """Return the class with words of its own that one of the classes is."""
    return next((group for group in _WORDS if group in kinds), None)


def groups_of(kinds: tuple[Mapping[str, str], ...]) -> set[NamedNode]:
    """Return our classes that the classes of an item mean: the nearest level that means any decides."""
    for level in kinds:
        if found := {group for label in level.values() if (group := _meaning(label))}:
            return found
    return set()


def _meaning(label: str) -> NamedNode | None:
    words = [
        (word, group) for group, found in _WORDS.items() for word in found if re.search(rf"\b{word}s?\b", label.lower())
    ]
    return max(words, key=lambda found: len(found[0]))[1] if words else None


def clash_of_types(kinds: Collection[NamedNode], classes: tuple[Mapping[str, str], ...]) -> str:
    """Return what an item is when that is something else than our classes; nothing when it fits or cannot be told."""
    ours, theirs = group_of(kinds), groups_of(classes)
    if ours is None or not theirs or ours in theirs:
        return ""
    return _list(label for level in classes[:1] for label in level.values())


def fold(text: str) -> str:
    """Return a name without case, accents and marks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain))


def similarity(one: str, other: str) -> float:
    """Return from 0 to 1 how alike two names are: the share of common words, misspelt ones in part."""
    one, other = fold(one), fold(other)
    if one == other:
        return 1.0
    ours, theirs = (set(text.split()) - _STOP for text in (one, other))
    if not ours or not theirs:
        return 0.0
    common = sum(max(_alike(ours_word, word) for word in theirs) for ours_word in ours)
    return min(0.95, 2 * common / (len(ours) + len(theirs)))


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    ratio = SequenceMatcher(None, one, other).ratio()
    return ratio if ratio >= _TYPO and min(len(one), len(other)) > 3 else 0.0


def _names(thing: Entity, item: Item) -> tuple[float, str]:
    found = [
        (similarity(ours, theirs) * (weight if n == 0 else weight * _ALIAS), ours, theirs, language)
        for language, names in thing.names.items()
        for n, ours in enumerate(names)
        for theirs, weight in _theirs(item, language)
    ]
    best, ours, theirs, language = max(found, default=(0.0, thing.name, item.name, "en"))
    return best, f"name: '{ours}' and '{theirs}' ({language}), {best:.0%} alike"


def _theirs(item: Item, language: str) -> list[tuple[str, float]]:
    label = [(item.labels[language], 1.0)] if language in item.labels else []
    return label + [(alias, _ALIAS) for alias in item.aliases.get(language, ())]


def _languages(thing: Entity, item: Item) -> Evidence | None:
    same = [
        lang
        for lang, names in thing.names.items()
        if lang in item.labels and fold(item.labels[lang]) in map(fold, names)
    ]
    if len(same) < 2:
        return None
    return Evidence(min(_LANGUAGES, _LANGUAGE * (len(same) - 1)), f"languages: the same name in {_list(same)}")


def _type(thing: Entity, kinds: tuple[Mapping[str, str], ...]) -> Evidence | None:
    ours, theirs = group_of(thing.kinds), groups_of(kinds)
    if ours is None or not theirs:
        return None
    told = f"type: {ours.value.rpartition('#')[2]} and {_list(label for label in kinds[0].values())}"
    return Evidence(_TYPE, told) if ours in theirs else Evidence(_WRONG_TYPE, f"{told} differ")


def _country(thing: Entity, item: Item, items: Mapping[str, Item], context: KnownLinks) -> Evidence | None:
    theirs = item.texts(COUNTRY, CITIZENSHIP)
    if not thing.states or not theirs:
        return None
    named = {fold(name) for state in thing.states for name in context.names.get(state, ())}
    told = _list(items[found].name if found in items else found for found in theirs)
    ours = {context.links.get(state) for state in thing.states}
    if ours & set(theirs) or any(fold(items[found].name) in named for found in theirs if found in items):
        return Evidence(_COUNTRY, f"country: {told}")
    return Evidence(_WRONG_COUNTRY, f"country: {told}, which is another")


def _relations(thing: Entity, item: Item, context: KnownLinks) -> Evidence | None:
    """Count the linked neighbours that the item speaks of, its country aside, which is evidence of its own."""
    spoken = {s.value.text for prop in item.statements if prop not in (COUNTRY, CITIZENSHIP) for s in item.best(prop)}
    near = sorted(n for n in thing.neighbours if context.links.get(n) in spoken)
    if not near:
        return None
    told = _list(next(iter(context.names.get(n, ())), n) for n in near)
    return Evidence(min(_RELATIONS, _RELATION * len(near)), f"relations: both have to do with {told}")


def _dates(thing: Entity, item: Item) -> Evidence | None:
    years = [int(text[:4]) for text in item.texts(*DATES) if text[:4].isdigit()]
    if not thing.years or not years:
        return None
    first, last = thing.years
    told = f"time: {first}" + (f" to {last}" if last != first else "") + f" and {min(years)}"
    told += f" to {max(years)}" if max(years) != min(years) else ""
    if min(years) <= last and max(years) >= first:
        return Evidence(_DATE, told)
    return Evidence(_WRONG_DATE, f"{told} differ")


def _list(words: object) -> str:
    return ", ".join(dict.fromkeys(words)) or "nothing"  # type: ignore[call-overload]
