"""Find the names of the entities of a workspace in a text.

The longest label wins. A label ends where no letter, digit or combining mark of any script follows: "Baku's" is a
mention of Baku, "Bakuvian" is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.draft.sentences import Span
from publisher.rdf.hierarchy import ClassHierarchy
from publisher.rdf.vocab import GP, RDF, SKOS, Term, plain


@dataclass(frozen=True, order=True)
class Mention:
    """A name in a text: its span, the entities that have it, and the agents that it may stand for as a metonym.

    ``inner`` are the entities of shorter names within it, such as the state in the name of its embassy. Entities are
    IRIs.
    """

    span: Span
    entities: tuple[str, ...]
    metonym_of: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[str, ...]:
        """All entities that may be meant, except inner ones."""
        return self.entities + self.metonym_of


@dataclass(frozen=True)
class Gazetteer:
    """The names of the entities of a workspace; ``make_gazetteer`` makes it.

    ``names`` maps a name to its entities, ``any_case`` a case-folded name that matches in any case. ``metonyms`` maps
    a place to the agents that it stands for. ``pattern`` matches every name.
    """

    names: Mapping[str, Set[str]]
    any_case: Mapping[str, Set[str]]
    metonyms: Mapping[str, Set[str]]
    agents: frozenset[str]
    outlets: frozenset[str]
    places: frozenset[str]
    pattern: re.Pattern[str]

    def find(self, text: str) -> tuple[Mention, ...]:
        """Return the names in the text, in order and without overlaps."""
        return tuple(self._mention(match) for match in self.pattern.finditer(text.translate(_FOLD)))

    def named(self, name: str) -> tuple[str, ...]:
        """Return the entities that have exactly this name."""
        key = _key(name)
        return tuple(sorted({*self.names.get(key, ()), *self.any_case.get(key.casefold(), ())}))

    def _mention(self, match: re.Match[str]) -> Mention:
        entities = self.named(match.group())
        agents = self._agents(entities)
        inner = {entity for name in _inner_names(match.group()) for entity in self.named(name)}
        inner |= set(self._agents(inner))
        return Mention(Span(*match.span()), entities, agents, tuple(sorted(inner - {*entities, *agents})))

    def _agents(self, places: Iterable[str]) -> tuple[str, ...]:
        """Return the agents that the places stand for."""
        return tuple(sorted({agent for place in places for agent in self.metonyms.get(place, ())}))


def _inner_names(name: str) -> Iterator[str]:
    """Yield every run of words of a name except all of it."""
    words = [match.span() for match in re.finditer(r"\w+", name)]
    for n, (start, _) in enumerate(words):
        for _, end in words[n:]:
            if (start, end) != (words[0][0], words[-1][1]):
                yield name[start:end]


# Marks that texts print in more than one way; one character for one, so that offsets stay.
_FOLD: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "‑": "-", "‐": "-", "\u00a0": " ", "\u202f": " "})


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name.translate(_FOLD)).split())


def make_gazetteer(data: Iterable[Triple], ontology: Iterable[Triple]) -> Gazetteer:
    """Return the names of the entities in the data that have a label, except claims, documents and acts of speech.

    Names of offices, and labels that begin with a small letter, match in any case; all others match as written. The
    ontology tells which classes are agents, outlets and places.
    """
    values: _Values = defaultdict(lambda: defaultdict(set))
    metonyms: defaultdict[str, set[str]] = defaultdict(set)
    for t in data:
        if t.predicate in (*_LABELS, RDF.type, GP.hasVerdict):
            values[t.predicate][plain(t.subject)].add(t.object)
        elif t.predicate == GP.hasMetonym:
            metonyms[plain(t.object)].add(plain(t.subject))
    names, any_case = _by_name(values)
    hierarchy = ClassHierarchy(ontology)

    def instances(cls: NamedNode) -> frozenset[str]:
        classes = hierarchy.subclasses(cls)
        return frozenset(entity for entity, types in values[RDF.type].items() if not classes.isdisjoint(types))

    by_length = sorted({*names, *any_case}, key=lambda name: (-len(name), name))
    return Gazetteer(
        names=names,
        any_case=any_case,
        metonyms=metonyms,
        agents=instances(GP.Agent),
        outlets=instances(GP.MediaOrganization),
        places=instances(GP.Place),
        pattern=_pattern(by_length, any_case),
    )


_LABELS: Final = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
_NOT_NAMED: Final = frozenset({GP.Document, GP.CommunicativeAct, GP.Article})
_Values = defaultdict[NamedNode, defaultdict[str, set[Term]]]  # objects by predicate and subject


def _by_name(values: _Values) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the entities by their names as written, and by the case-folded names that match in any case."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    any_case: defaultdict[str, set[str]] = defaultdict(set)
    for entity, label in ((entity, term) for p in _LABELS for entity, terms in values[p].items() for term in terms):
        classes, name = values[RDF.type][entity], _key(label.value) if isinstance(label, Literal) else ""
        if not name or entity in values[GP.hasVerdict] or classes & _NOT_NAMED:
            continue
        if GP.Office in classes or name[0].islower():
            any_case[name.casefold()].add(entity)
        else:
            names[name].add(entity)
    return names, any_case


def _pattern(names: list[str], any_case: Collection[str]) -> re.Pattern[str]:
    """Return a pattern of all names, given from the longest to the shortest: alternatives are tried in order."""
    alternatives = [
        f"(?i:{_spelling(form)})" if name in any_case else _spelling(form)
        for name in names
        for form in sorted({name, unicodedata.normalize("NFD", name)})
    ]
    return re.compile(rf"(?<!{_LETTER})(?:{'|'.join(alternatives) or '(?!)'})(?!{_LETTER})")


_LETTER: Final = r"[\w\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f]"


def _spelling(name: str) -> str:
    return r"\s+".join(re.escape(word) for word in name.split())
