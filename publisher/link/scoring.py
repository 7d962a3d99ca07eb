"""Score an item of Wikidata as a candidate for an entity, with each piece of evidence for and against."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from pyoxigraph import NamedNode

from publisher.link.entities import Entity
from publisher.link.items import CITIZENSHIP, COUNTRY, DATES, ClassLevels, Item
from publisher.rdf.vocab import GP

_NAME, _LANGUAGE, _LANGUAGES, _TYPE, _COUNTRY, _RELATION, _RELATIONS, _DATE = 50, 3, 10, 20, 10, 10, 20, 10
_WRONG_TYPE, _WRONG_COUNTRY, _WRONG_DATE = -40, -30, -30
_ALIAS: Final = 0.95  # the weight of an alias, where a label has 1
_TYPO: Final = 0.8  # words that are at least so similar are taken for two spellings of one word

# The words in the English labels of Wikidata's classes that mean a type of the dataset; the longest word decides.
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
_STOP_WORDS: Final = frozenset({"of", "the", "and", "in", "on", "for", "to", "a"})


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence: the points that it adds to the score, perhaps negative, and the comparison in words."""

    points: int
    text: str


@dataclass(frozen=True)
class Candidate:
    """An item that an entity may be: the similarity of their names, from 0 to 1, and all evidence."""

    item: Item
    similarity: float
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> int:
        """The sum of the points, from 0 to 100."""
        return max(0, min(100, sum(evidence.points for evidence in self.evidence)))

    @property
    def support(self) -> int:
        """The number of pieces of evidence for the item."""
        return sum(evidence.points > 0 for evidence in self.evidence)

    @property
    def is_contradicted(self) -> bool:
        """Whether there is evidence against the item."""
        return any(evidence.points < 0 for evidence in self.evidence)


@dataclass(frozen=True)
class LinkContext:
    """What is known of other entities, by IRI: the QIDs of those that are linked, and the names of all."""

    items: Mapping[str, str]
    names: Mapping[str, Collection[str]]


def score_item(
    entity: Entity, item: Item, class_levels: ClassLevels, countries: Mapping[str, Item], context: LinkContext
) -> Candidate:
    """Return the item as a candidate for the entity.

    ``class_levels`` are the classes of the item, and ``countries`` the items of its countries by QID.
    """
    ratio, text = _compare_names(entity, item)
    evidence = [
        Evidence(round(_NAME * ratio**2), text),
        _compare_languages(entity, item),
        _compare_types(entity, class_levels),
        _compare_countries(entity, item, countries, context),
        _compare_relations(entity, item, context),
        _compare_dates(entity, item),
    ]
    return Candidate(item, ratio, tuple(piece for piece in evidence if piece))


def entity_type(classes: Collection[NamedNode]) -> NamedNode | None:
    """Return the class among those of an entity that can be compared with the classes of Wikidata."""
    return next((cls for cls in _WORDS if cls in classes), None)


def item_types(class_levels: ClassLevels) -> set[NamedNode]:
    """Return the classes of the dataset that the classes of an item mean, by the lowest level that means any."""
    for level in class_levels:
        if types := {cls for label in level.values() if (cls := _meaning(label))}:
            return types
    return set()


def _meaning(label: str) -> NamedNode | None:
    matches = [
        (word, cls) for cls, words in _WORDS.items() for word in words if re.search(rf"\b{word}s?\b", label.lower())
    ]
    return max(matches, key=lambda match: len(match[0]))[1] if matches else None


def conflicting_classes(classes: Collection[NamedNode], class_levels: ClassLevels) -> str:
    """Return the labels of the classes of an item if none fits an entity; ``""`` if one does, or none is known."""
    expected, types = entity_type(classes), item_types(class_levels)
    if expected is None or not types or expected in types:
        return ""
    return _join(label for level in class_levels[:1] for label in level.values())


def fold(text: str) -> str:
    """Return a name without case, accents and punctuation.

    >>> fold("İlham  Əliyev")
    'ilham əliyev'
    """
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", letters))


def similarity(first: str, second: str) -> float:
    """Return how similar two names are, from 0 to 1: the share of words in common, where misspelt ones count in part.

    >>> similarity("Ministry of Defence", "Defence Ministry"), similarity("Baku", "Minsk")
    (0.95, 0.0)
    """
    first, second = fold(first), fold(second)
    if first == second:
        return 1.0
    words, others = (set(text.split()) - _STOP_WORDS for text in (first, second))
    if not words or not others:
        return 0.0
    common = sum(max(_word_similarity(word, other) for other in others) for word in words)
    return min(0.95, 2 * common / (len(words) + len(others)))


def _word_similarity(first: str, second: str) -> float:
    if first == second:
        return 1.0
    ratio = SequenceMatcher(None, first, second).ratio()
    return ratio if ratio >= _TYPO and min(len(first), len(second)) > 3 else 0.0


def _compare_names(entity: Entity, item: Item) -> tuple[float, str]:
    """Return the similarity of the most similar names, and the comparison in words."""
    comparisons = [
        (similarity(name, item_name) * (_ALIAS if n else 1) * weight, name, item_name, language)
        for language, names in entity.names.items()
        for n, name in enumerate(names)
        for weight, item_names in ((1, (item.labels.get(language),)), (_ALIAS, item.aliases.get(language, ())))
        for item_name in item_names
        if item_name
    ]
    best, name, item_name, language = max(comparisons, default=(0.0, entity.name, item.name, "en"))
    return best, f"name: '{name}' and '{item_name}' ({language}), {best:.0%} alike"


def _compare_languages(entity: Entity, item: Item) -> Evidence | None:
    """Count the languages in which the label is a name of the entity, after the first."""
    languages = [
        language
        for language, names in entity.names.items()
        if language in item.labels and fold(item.labels[language]) in map(fold, names)
    ]
    if len(languages) < 2:
        return None
    points = min(_LANGUAGES, _LANGUAGE * (len(languages) - 1))
    return Evidence(points, f"languages: the same name in {_join(languages)}")


def _compare_types(entity: Entity, class_levels: ClassLevels) -> Evidence | None:
    expected, types = entity_type(entity.classes), item_types(class_levels)
    if expected is None or not types:
        return None
    text = f"type: {expected.value.rpartition('#')[2]} and {_join(class_levels[0].values())}"
    return Evidence(_TYPE, text) if expected in types else Evidence(_WRONG_TYPE, f"{text} differ")


def _compare_countries(
    entity: Entity, item: Item, countries: Mapping[str, Item], context: LinkContext
) -> Evidence | None:
    qids = item.values(COUNTRY, CITIZENSHIP)
    if not entity.states or not qids:
        return None
    states = {context.items.get(state) for state in entity.states}
    names = {fold(name) for state in entity.states for name in context.names.get(state, ())}
    text = _join(countries[qid].name if qid in countries else qid for qid in qids)
    if states & set(qids) or any(fold(countries[qid].name) in names for qid in qids if qid in countries):
        return Evidence(_COUNTRY, f"country: {text}")
    return Evidence(_WRONG_COUNTRY, f"country: {text}, which is another")


def _compare_relations(entity: Entity, item: Item, context: LinkContext) -> Evidence | None:
    """Count the linked neighbours in the item's statements, except those of its country, which count by themselves."""
    values = {s.value.text for prop in item.statements if prop not in (COUNTRY, CITIZENSHIP) for s in item.best(prop)}
    shared = sorted(iri for iri in entity.neighbours if context.items.get(iri) in values)
    if not shared:
        return None
    names = _join(next(iter(context.names.get(iri, ())), iri) for iri in shared)
    return Evidence(min(_RELATIONS, _RELATION * len(shared)), f"relations: both have to do with {names}")


def _compare_dates(entity: Entity, item: Item) -> Evidence | None:
    years = [int(date[:4]) for date in item.values(*DATES) if date[:4].isdigit()]
    if not entity.years or not years:
        return None
    first, last = entity.years
    text = f"time: {first}" + (f" to {last}" if last != first else "") + f" and {min(years)}"
    text += f" to {max(years)}" if max(years) != min(years) else ""
    if min(years) <= last and max(years) >= first:
        return Evidence(_DATE, text)
    return Evidence(_WRONG_DATE, f"{text} differ")


def _join(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words)) or "nothing"
