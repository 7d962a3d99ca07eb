"""Describe the entities of the dataset by what identifies them on Wikidata: names, classes, relations and dates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.rdf.dates import days_of
from publisher.rdf.hierarchy import ClassHierarchy
from publisher.rdf.vocab import GP, RDF, SKOS, Term, plain
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace, triples_of

# Classes whose instances exist in this dataset alone, or are single news items: Wikidata has no items for them.
_NOT_LINKABLE: Final = frozenset({GP.Claim, GP.Passage, GP.Document, GP.Relation, GP.CommunicativeAct})
# The only events that are linked: those known beyond the texts that mention them.
_LINKABLE_EVENTS: Final = frozenset({GP.Election, GP.ArmedConflict})
_NAMES: Final = (SKOS.prefLabel, SKOS.altLabel)
_WORD: Final = re.compile(r"\w+")
_BOUNDS: Final = (GP.earliestBegin, GP.latestBegin, GP.earliestEnd, GP.latestEnd)


@dataclass(frozen=True)
class Entity:
    """An entity that may be linked to an item of Wikidata.

    ``names`` maps languages to names, the preferred one first. ``classes`` holds its classes and their superclasses,
    ``states`` the IRIs of the sovereign states that it belongs to. ``neighbours`` are the IRIs of the entities that a
    fact, or a name within its name, connects with it. ``years`` are the first and the last year of its dates.
    """

    iri: str
    names: Mapping[str, tuple[str, ...]]
    classes: frozenset[NamedNode]
    states: frozenset[str] = frozenset()
    neighbours: frozenset[str] = frozenset()
    years: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The preferred English name; without one, the first name of the first language."""
        return (self.names.get("en") or next(iter(self.names.values())))[0]

    @property
    def all_names(self) -> tuple[str, ...]:
        """All names in all languages without repetition, ``name`` first."""
        return tuple(dict.fromkeys((self.name, *(name for names in self.names.values() for name in names))))

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the names."""
        return frozenset(self.names) - {"und"}


def linkable(config: Config, workspace: Workspace) -> dict[str, Entity]:
    """Return the entities that Wikidata may have, by IRI.

    They have a preferred label and an IRI of their own, not one below that of an article. They are no claim, passage,
    document or relation, and no event except an election or an armed conflict.
    """
    hierarchy = ClassHierarchy(triples_of(workspace.ontology))
    described = defaultdict[Term, list[Triple]](list)
    states = defaultdict[Term, set[Term]](set)
    for t in triples_of(workspace.data):
        described[t.subject].append(t)
        if t.predicate in (GP.isOfState, GP.isOfficeOf):
            states[t.subject].add(t.object)
        elif t.predicate == GP.hasMetonym:  # the city that stands for a state
            states[t.object].add(t.subject)
    classes = {
        node: frozenset(
            superclass
            for t in triples
            if t.predicate == RDF.type and isinstance(t.object, NamedNode)
            for superclass in hierarchy.superclasses(t.object)
        )
        for node, triples in described.items()
    }
    related = _related(described, classes, config.things)
    entities = {}
    for node in sorted((node for node in described if isinstance(node, NamedNode)), key=lambda node: node.value):
        triples = described[node]
        if _is_linkable(node.value, triples, classes[node], config.things):
            entities[node.value] = Entity(
                iri=node.value,
                names=_names(triples),
                classes=classes[node],
                states=frozenset(plain(s) for s in states[node] if GP.SovereignState in classes.get(s, ())),
                neighbours=frozenset(neighbour.value for neighbour in related[node]),
                years=_years(triples),
            )
    return _with_named_neighbours(entities)


def _is_linkable(iri: str, triples: list[Triple], classes: Set[NamedNode], base: str) -> bool:
    is_event = GP.Event in classes and not classes & _LINKABLE_EVENTS
    if not classes or classes & _NOT_LINKABLE or is_event or not iri.startswith(base) or "/" in iri.removeprefix(base):
        return False
    return any(t.predicate == SKOS.prefLabel for t in triples)


def _related(
    described: Mapping[Term, list[Triple]], classes: Mapping[Term, Set[NamedNode]], base: str
) -> defaultdict[Term, set[NamedNode]]:
    """Connect the entities that one fact names: both ends of a triple, all participants of a situation."""
    related = defaultdict[Term, set[NamedNode]](set)
    for subject, triples in described.items():
        if not classes[subject] & {GP.Claim, GP.Passage, GP.Document}:
            ends = {t.object for t in triples if isinstance(t.object, NamedNode) and t.object.value.startswith(base)}
            if isinstance(subject, NamedNode):
                ends.add(subject)
            for end in ends:
                related[end] |= ends - {end}
    return related


def _names(triples: list[Triple]) -> dict[str, tuple[str, ...]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for prop in _NAMES:
        for t in triples:
            if t.predicate == prop and isinstance(t.object, Literal):
                names[t.object.language or "und"].append(t.object.value)
    return {language: tuple(dict.fromkeys(texts)) for language, texts in sorted(names.items())}


def _years(triples: list[Triple]) -> tuple[int, int] | None:
    years = [day.year for day in days_of(t.object for t in triples if t.predicate in _BOUNDS)]
    return (min(years), max(years)) if years else None


def _with_named_neighbours(entities: Mapping[str, Entity]) -> dict[str, Entity]:
    """Return the entities with those as neighbours whose name is part of their own name."""
    by_first_word: defaultdict[str, list[Entity]] = defaultdict(list)
    for entity in entities.values():
        for word in _WORD.findall(entity.name)[:1]:
            by_first_word[word].append(entity)
    enriched = {}
    for iri, entity in entities.items():
        candidates = (other for word in set(_WORD.findall(entity.name)) for other in by_first_word.get(word, ()))
        named = {other.iri for other in candidates if other.name != entity.name and _is_within(other.name, entity.name)}
        enriched[iri] = replace(entity, neighbours=entity.neighbours | named)
    return enriched


def _is_within(short: str, long: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(short)}(?!\w)", long) is not None
