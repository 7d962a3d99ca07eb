"""Say what a thing of the dataset is, in the terms in which one looks for it elsewhere: names, class, context."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.draft.gazetteer import SKOS
from publisher.rdf.vocab import GP, RDF, RDFS, XSD, Term, plain
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace, triples_of

# What exists in the dataset alone, or is an item of news: nobody would look for it elsewhere.
_OWN: Final = frozenset({GP.Claim, GP.Passage, GP.Document, GP.Relation, GP.CommunicativeAct})
# Of events, only those that are known beyond the texts that speak of them.
_KNOWN_EVENTS: Final = frozenset({GP.Election, GP.ArmedConflict})
_NAMES: Final = (SKOS.prefLabel, SKOS.altLabel)
_BOUNDS: Final = (GP.earliestBegin, GP.latestBegin, GP.earliestEnd, GP.latestEnd)


@dataclass(frozen=True)
class Thing:
    """A thing to be linked.

    ``names`` are by language, the preferred first; ``kinds`` are its classes and those above; ``states`` are
    those that it belongs to; ``neighbours`` are the things that a fact, or its own name, connects with it; ``years``
    bound its time.
    """

    iri: str
    names: Mapping[str, tuple[str, ...]]
    kinds: frozenset[NamedNode]
    states: frozenset[str] = frozenset()
    neighbours: frozenset[str] = frozenset()
    years: tuple[int, int] | None = None
    definition: str = ""

    @property
    def name(self) -> str:
        """The English name, or another one."""
        return (self.names.get("en") or next(iter(self.names.values())))[0]

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names in all languages, the one by which it is called first."""
        return tuple(dict.fromkeys((self.name, *(name for names in self.names.values() for name in names))))

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the names."""
        return frozenset(self.names) - {"und"}


def linkable(config: Config, workspace: Workspace) -> dict[str, Thing]:
    """Return the things that one may look for elsewhere, by IRI: those that have a name and are no claim or record."""
    return _Facts(config, triples_of(workspace.data), triples_of(workspace.ontology)).things()


class _Facts:
    """The facts of the dataset, by subject, without what is only claimed."""

    def __init__(self, config: Config, data: Iterable[Triple], ontology: Iterable[Triple]) -> None:
        self.base = config.things
        self.above = _ancestors(ontology)
        self.by_subject: defaultdict[Term, list[Triple]] = defaultdict(list)
        for t in data:
            self.by_subject[t.subject].append(t)
        self.kinds = {subject: self._kinds(found) for subject, found in self.by_subject.items()}
        self.related = self._related()
        self.behind: defaultdict[Term, set[Term]] = defaultdict(set)  # the states for which the name of a city stands
        for t in (t for found in self.by_subject.values() for t in found if t.predicate == GP.hasMetonym):
            self.behind[t.object].add(t.subject)

    def things(self) -> dict[str, Thing]:
        found = {s.value: s for s in self.by_subject if isinstance(s, NamedNode) and self._is_linkable(s)}
        things = {iri: self._thing(node) for iri, node in sorted(found.items())}
        return {iri: _with_named(thing, things) for iri, thing in things.items()}

    def _kinds(self, found: list[Triple]) -> frozenset[NamedNode]:
        direct = [t.object for t in found if t.predicate == RDF.type and isinstance(t.object, NamedNode)]
        return frozenset(kind for one in direct for kind in self.above(one))

    def _is_linkable(self, node: NamedNode) -> bool:
        kinds = self.kinds[node]
        if not node.value.startswith(self.base) or "/" in node.value.removeprefix(self.base):
            return False
        if kinds & _OWN or (GP.Event in kinds and not kinds & _KNOWN_EVENTS):
            return False
        return bool(kinds) and any(t.predicate == SKOS.prefLabel for t in self.by_subject[node])

    def _related(self) -> dict[Term, set[NamedNode]]:
        """Connect the things of each fact: the two ends of a triple, and all parties of a situation."""
        related: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for subject, found in self.by_subject.items():
            if self.kinds[subject] & {GP.Claim, GP.Passage, GP.Document}:
                continue
            ends = {t.object for t in found if isinstance(t.object, NamedNode) and t.object.value.startswith(self.base)}
            if isinstance(subject, NamedNode):
                ends.add(subject)
            for end in ends:
                related[end] |= ends - {end}
        return related

    def _thing(self, node: NamedNode) -> Thing:
        own = self.by_subject[node]
        tied: set[Term] = {t.object for t in own if t.predicate in (GP.isOfState, GP.isOfficeOf)}
        tied |= self.behind.get(node, set())
        return Thing(
            iri=node.value,
            names=_names(own),
            kinds=self.kinds[node],
            states=frozenset(plain(s) for s in tied if GP.SovereignState in self.kinds.get(s, ())),
            neighbours=frozenset(near.value for near in self.related.get(node, ())),
            years=_years(own),
            definition=next((plain(t.object) for t in own if t.predicate in (SKOS.definition, SKOS.scopeNote)), ""),
        )


def _names(own: list[Triple]) -> dict[str, tuple[str, ...]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for prop in _NAMES:
        for t in own:
            if t.predicate == prop and isinstance(t.object, Literal):
                names[t.object.language or "und"].append(t.object.value)
    return {language: tuple(dict.fromkeys(found)) for language, found in sorted(names.items())}


def _years(own: list[Triple]) -> tuple[int, int] | None:
    years = [
        int(t.object.value[:4])
        for t in own
        if t.predicate in _BOUNDS and isinstance(t.object, Literal) and t.object.datatype == XSD.date
    ]
    return (min(years), max(years)) if years else None


def _with_named(thing: Thing, things: Mapping[str, Thing]) -> Thing:
    """Add the things whose name is within the name of this one."""
    named = {
        iri
        for iri, other in things.items()
        if iri != thing.iri and other.name != thing.name and _is_within(other.name, thing.name)
    }
    found = thing.neighbours | named
    return Thing(thing.iri, thing.names, thing.kinds, thing.states, found, thing.years, thing.definition)


def _is_within(short: str, long: str) -> bool:
    return short in long and re.search(rf"(?<!\w){re.escape(short)}(?!\w)", long) is not None


def _ancestors(ontology: Iterable[Triple]) -> _Above:
    above: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
    for t in ontology:
        if t.predicate == RDFS.subClassOf and isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode):
            above[t.subject].add(t.object)
    return _Above(above)


@dataclass(frozen=True)
class _Above:
    """A function from a class to itself and the classes above it."""

    above: Mapping[NamedNode, set[NamedNode]]

    def __call__(self, kind: NamedNode) -> set[NamedNode]:
        known, todo = set[NamedNode](), [kind]
        while todo:
            known.add(found := todo.pop())
            todo += self.above.get(found, set()) - known
        return known
