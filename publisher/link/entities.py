"""Describe the entities of the dataset by what identifies them on Wikidata: names, classes, relations and dates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.rdf.hierarchy import ClassHierarchy
from publisher.rdf.vocab import GP, RDF, SKOS, XSD, Term, plain
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
    definition: str = ""

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
    return _Dataset(config, triples_of(workspace.data), triples_of(workspace.ontology)).entities()


class _Dataset:
    """The triples of the dataset by subject, and the classes and relations of its entities."""

    def __init__(self, config: Config, data: Iterable[Triple], ontology: Iterable[Triple]) -> None:
        self.base = config.things
        self.hierarchy = ClassHierarchy(ontology)
        self.by_subject: defaultdict[Term, list[Triple]] = defaultdict(list)
        for t in data:
            self.by_subject[t.subject].append(t)
        self.classes = {subject: self._classes(triples) for subject, triples in self.by_subject.items()}
        self.related = self._related()
        self.metonyms: defaultdict[Term, set[Term]] = defaultdict(set)  # from a city to the states it stands for
        for t in (t for triples in self.by_subject.values() for t in triples if t.predicate == GP.hasMetonym):
            self.metonyms[t.object].add(t.subject)

    def entities(self) -> dict[str, Entity]:
        nodes = {s.value: s for s in self.by_subject if isinstance(s, NamedNode) and self._is_linkable(s)}
        return _with_named_neighbours({iri: self._entity(node) for iri, node in sorted(nodes.items())})

    def _classes(self, triples: list[Triple]) -> frozenset[NamedNode]:
        direct = [t.object for t in triples if t.predicate == RDF.type and isinstance(t.object, NamedNode)]
        return frozenset(superclass for cls in direct for superclass in self.hierarchy.superclasses(cls))

    def _is_linkable(self, node: NamedNode) -> bool:
        classes = self.classes[node]
        if not node.value.startswith(self.base) or "/" in node.value.removeprefix(self.base):
            return False
        if classes & _NOT_LINKABLE or (GP.Event in classes and not classes & _LINKABLE_EVENTS):
            return False
        return bool(classes) and any(t.predicate == SKOS.prefLabel for t in self.by_subject[node])

    def _related(self) -> dict[Term, set[NamedNode]]:
        """Connect the entities that one fact names: both ends of a triple, all participants of a situation."""
        related: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for subject, triples in self.by_subject.items():
            if self.classes[subject] & {GP.Claim, GP.Passage, GP.Document}:
                continue
            ends = {
                t.object for t in triples if isinstance(t.object, NamedNode) and t.object.value.startswith(self.base)
            }
            if isinstance(subject, NamedNode):
                ends.add(subject)
            for end in ends:
                related[end] |= ends - {end}
        return related

    def _entity(self, node: NamedNode) -> Entity:
        triples = self.by_subject[node]
        states: set[Term] = {t.object for t in triples if t.predicate in (GP.isOfState, GP.isOfficeOf)}
        states |= self.metonyms.get(node, set())
        return Entity(
            iri=node.value,
            names=_names(triples),
            classes=self.classes[node],
            states=frozenset(plain(s) for s in states if GP.SovereignState in self.classes.get(s, ())),
            neighbours=frozenset(neighbour.value for neighbour in self.related.get(node, ())),
            years=_years(triples),
            definition=next((plain(t.object) for t in triples if t.predicate in (SKOS.definition, SKOS.scopeNote)), ""),
        )


def _names(triples: list[Triple]) -> dict[str, tuple[str, ...]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for prop in _NAMES:
        for t in triples:
            if t.predicate == prop and isinstance(t.object, Literal):
                names[t.object.language or "und"].append(t.object.value)
    return {language: tuple(dict.fromkeys(texts)) for language, texts in sorted(names.items())}


def _years(triples: list[Triple]) -> tuple[int, int] | None:
    years = [
        int(t.object.value[:4])
        for t in triples
        if t.predicate in _BOUNDS and isinstance(t.object, Literal) and t.object.datatype == XSD.date
    ]
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
