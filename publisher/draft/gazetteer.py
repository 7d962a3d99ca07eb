"""Find the entities that a workspace knows by name in a text.

The longest label wins. Labels are bounded by anything that is no letter, digit or combining mark in any script, so
the possessive of Baku names Baku, and Bakuvian does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.draft.sentences import Span
from publisher.rdf.hierarchy import ClassHierarchy
from publisher.rdf.vocab import GP, RDF, SKOS, Term, plain

LABELS: Final = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)


@dataclass(frozen=True, order=True)
class Mention:
    """A name in a text: its place, what it may name, and the agents that it may stand for as a metonym.

    ``inner`` is what shorter names within it name: the state in the name of its embassy.
    """

    span: Span
    entities: tuple[str, ...]
    metonym_of: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[str, ...]:
        """Everything that may be meant."""
        return self.entities + self.metonym_of


@dataclass(frozen=True)
class Gazetteer:
    """The names of a workspace, ready to be looked for; made by ``gazetteer``."""

    names: dict[str, tuple[str, ...]]
    any_case: dict[str, tuple[str, ...]]
    metonyms: dict[str, tuple[str, ...]]
    agents: frozenset[str]
    outlets: frozenset[str]
    places: frozenset[str]
    pattern: re.Pattern[str]

    def find(self, text: str) -> tuple[Mention, ...]:
        """Return the names in the text, in order and apart from each other."""
        return tuple(self._mention(match) for match in self.pattern.finditer(text.translate(_FOLD)))

    def named(self, name: str) -> tuple[str, ...]:
        """Return the entities of exactly this name."""
        key = _key(name)
        return tuple(sorted({*self.names.get(key, ()), *self.any_case.get(key.casefold(), ())}))

    def _mention(self, match: re.Match[str]) -> Mention:
        entities = self.named(match.group())
        agents = self._agents(entities)
        inner = {entity for name in _shorter(match.group()) for entity in self.named(name)}
        inner |= set(self._agents(inner))
        return Mention(Span(*match.span()), entities, agents, tuple(sorted(inner - {*entities, *agents})))

    def _agents(self, places: Iterable[str]) -> tuple[str, ...]:
        """Return the agents that the places stand for."""
        return tuple(sorted({agent for place in places for agent in self.metonyms.get(place, ())}))


def _shorter(name: str) -> Iterator[str]:
    """Yield every run of words of the name but the whole."""
    words = [match.span() for match in re.finditer(r"\w+", name)]
    for n, (start, _) in enumerate(words):
        for _, end in words[n:]:
            if (start, end) != (words[0][0], words[-1][1]):
                yield name[start:end]


# One character for one, so that offsets stay: the marks that texts print in more than one way.
_FOLD: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "‑": "-", "‐": "-", "\u00a0": " ", "\u202f": " "})


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name.translate(_FOLD)).split())


def gazetteer(data: Iterable[Triple], ontology: Iterable[Triple], labels: Collection[NamedNode] = LABELS) -> Gazetteer:
    """Return the names of everything in the data that has a label and is no claim; the ontology tells what is an agent.

    The name of an office, and a description that begins with a small letter, match in any case; all else as written.
    """
    found = _Found()
    for triple in data:
        found.add(triple, labels)
    classes = ClassHierarchy(ontology)
    names, any_case = _parted(found)
    by_length = sorted({*names, *any_case}, key=lambda name: (-len(name), name))
    return Gazetteer(
        names=names,
        any_case=any_case,
        metonyms={place: tuple(sorted(agents)) for place, agents in found.metonyms.items()},
        agents=found.of(classes.subclasses(GP.Agent)),
        outlets=found.of(classes.subclasses(GP.MediaOrganization)),
        places=found.of(classes.subclasses(GP.Place)),
        pattern=_pattern(by_length, any_case),
    )


class _Found:
    """Collect what the triples say of names."""

    def __init__(self) -> None:
        self.labels: defaultdict[str, set[str]] = defaultdict(set)
        self.kinds: defaultdict[str, set[Term]] = defaultdict(set)
        self.metonyms: defaultdict[str, set[str]] = defaultdict(set)
        self.claims: set[str] = set()

    def add(self, triple: Triple, labels: Collection[NamedNode]) -> None:
        subject, predicate, value = plain(triple.subject), triple.predicate, triple.object
        if predicate in labels and isinstance(value, Literal) and _key(value.value):
            self.labels[subject].add(_key(value.value))
        elif predicate == RDF.type:
            self.kinds[subject].add(value)
        elif predicate == GP.hasMetonym:
            self.metonyms[plain(value)].add(subject)
        elif predicate == GP.hasVerdict:
            self.claims.add(subject)

    def of(self, classes: Set[NamedNode]) -> frozenset[str]:
        """Return the entities of these classes."""
        return frozenset(entity for entity, found in self.kinds.items() if not classes.isdisjoint(found))


_OF_NO_NAME: Final = frozenset({GP.Document, GP.CommunicativeAct, GP.Article})


def _parted(found: _Found) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the entities by their names as written, and by the case-folded names that match in any case."""
    exact: defaultdict[str, set[str]] = defaultdict(set)
    folded: defaultdict[str, set[str]] = defaultdict(set)
    for entity, names in found.labels.items():
        kinds = found.kinds[entity]
        if entity in found.claims or kinds & _OF_NO_NAME:
            continue
        for name in names:
            if GP.Office in kinds or name[0].islower():
                folded[name.casefold()].add(entity)
            else:
                exact[name].add(entity)
    return (
        {name: tuple(sorted(entities)) for name, entities in exact.items()},
        {name: tuple(sorted(entities)) for name, entities in folded.items()},
    )


def _pattern(by_length: list[str], any_case: Collection[str]) -> re.Pattern[str]:
    """Return one pattern of all names, the longest first: alternatives are tried in order."""
    alternatives = [
        f"(?i:{_spelling(form)})" if name in any_case else _spelling(form)
        for name in by_length
        for form in sorted({name, unicodedata.normalize("NFD", name)})
    ]
    return re.compile(rf"(?<!{_LETTER})(?:{'|'.join(alternatives) or '(?!)'})(?!{_LETTER})")


_LETTER: Final = r"[\w\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f]"


def _spelling(name: str) -> str:
    return r"\s+".join(re.escape(word) for word in name.split())
