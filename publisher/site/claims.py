"""Read the claims of a dataset: who says what, where, how surely, and what the editors have concluded."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Final, NamedTuple, Self

from publisher.query.marks import Mark
from publisher.rdf.ntriples import name_of
from publisher.site.index import SiteIndex, Text, natural_key, text_of, without_unseen
from publisher.site.vocabulary import (
    CONTRAST,
    END,
    KINDS,
    OBJECT,
    PART_OF,
    PREDICATE,
    SELECTOR,
    STANDS,
    START,
    SUBJECT,
    VERDICTS,
    SiteVocabulary,
    local_name,
)
from publisher.site.words import Words, capitalised

_WORD: Final = re.compile(r"[^\W\d_]{3,}")


class Place(NamedTuple):
    """A passage: the article, the number of the sentence, and the characters from ``start`` to ``end``.

    The article is empty and numbers are -1 where the data do not give them.
    """

    article: str
    sentence: int
    start: int
    end: int
    digest: str


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim; ``kind`` is its class, ``voices`` are those that answer for it. ``is_fact`` if the editors accept it."""

    node: str
    kind: str
    voices: tuple[str, ...]
    verdict: str
    modality: str
    is_negated: bool
    is_fact: bool
    places: tuple[Place, ...]
    sources: tuple[str, ...]

    @property
    def place(self) -> Place:
        """The first passage of the claim."""
        return self.places[0] if self.places else Place("", -1, -1, -1, "")

    @property
    def order(self) -> tuple[object, ...]:
        """The key of the order of the text: by article, sentence and number."""
        return self.place.article, self.place.sentence, natural_key(self.node)


class Claims:
    """The claims of a dataset by article, by thing that they concern, by voice, source, fact and kind."""

    def __init__(self, index: SiteIndex, vocabulary: SiteVocabulary, words: Words) -> None:
        self.index, self.vocabulary, self.words = index, vocabulary, words
        self._voice_words = cache(self._words_of_voice)
        top = vocabulary["claim"]
        self.kinds = index.subclasses(top) if top in index.values else set()
        nodes = sorted({node for kind in self.kinds for node in index.members.get(kind, ())})
        self.all = {claim.node: claim for claim in sorted(map(self._claim, nodes), key=lambda claim: claim.order)}
        self.by_article = self._group(
            lambda claim: dict.fromkeys(place.article for place in claim.places if place.article)
        )
        self.by_voice = self._group(lambda claim: claim.voices)
        self.by_source = self._group(lambda claim: claim.sources)
        self.by_kind = self._group(lambda claim: () if claim.is_fact else (claim.kind,))
        self.about = self._group(self._concerns)

    def with_words(self, words: Words) -> Self:
        """Return the same claims with other words of the site."""
        other = copy(self)
        other.words = words
        return other

    @cached_property
    def supporting(self) -> dict[str, list[Claim]]:
        """The claims on which each fact rests, in the order of the text."""
        evidence = self.vocabulary["evidence"]
        facts = {s for claim in self.all for s, p in self.index.incoming.get(claim, ()) if p == evidence}
        claims = {
            fact: [self.all[o] for o in self.index.objects(fact, evidence) if o in self.all] for fact in sorted(facts)
        }
        return {fact: sorted(found, key=lambda claim: claim.order) for fact, found in claims.items()}

    @cached_property
    def opposed(self) -> dict[str, list[Claim]]:
        """The claims that each claim is set against, whichever of the two says so."""
        pairs: defaultdict[str, set[str]] = defaultdict(set)
        for node in self.all:
            for one, other in self._opposites(node):
                if one in self.all and other in self.all and other != one:
                    pairs[one].add(other)
                    pairs[other].add(one)
        return {
            node: sorted((self.all[o] for o in others), key=lambda claim: claim.order) for node, others in pairs.items()
        }

    def _opposites(self, node: str) -> Iterator[tuple[str, str]]:
        """Yield what a claim is set against, and what it sets against each other by saying that the two are unlike."""
        index, against = self.index, self.vocabulary["against"]
        yield from ((node, other) for name in (CONTRAST, against) for other in index.objects(node, name))
        degrees = index.objects(node, self.vocabulary["degree"])
        if against in index.objects(node, PREDICATE) and self.vocabulary["unlike"] in (
            degrees or [self.vocabulary["unlike"]]
        ):
            yield from product(index.objects(node, SUBJECT), index.objects(node, OBJECT))

    def _group(self, keys: Callable[[Claim], Iterable[str]]) -> dict[str, list[Claim]]:
        groups: defaultdict[str, list[Claim]] = defaultdict(list)
        for claim in self.all.values():
            for key in keys(claim):
                groups[key].append(claim)
        return dict(groups)

    def _claim(self, node: str) -> Claim:
        index, vocabulary = self.index, self.vocabulary
        verdict, modality = index.first(node, vocabulary["verdict"]), index.first(node, vocabulary["modality"])
        return Claim(
            node=node,
            kind=next((cls for cls in index.classes(node) if cls in self.kinds), vocabulary["claim"]),
            voices=tuple(index.objects(node, vocabulary["claimant"])),
            verdict=verdict,
            modality=modality,
            is_negated=index.literal(node, vocabulary["negated"]) in ("true", "1"),
            is_fact=verdict == vocabulary["accepted"],
            places=tuple(sorted(self._places(node))),
            sources=tuple(dict.fromkeys((*index.objects(node, vocabulary["source"]), *self._cited_around(node)))),
        )

    def _cited_around(self, node: str) -> Iterator[str]:
        """Yield the sources of the sentences in which the passages of a claim stand."""
        for passage in self.index.objects(node, self.vocabulary["passage"]):
            for whole in (passage, *self.index.objects(passage, PART_OF)):
                yield from self.index.objects(whole, self.vocabulary["source"])

    def _places(self, node: str) -> Iterator[Place]:
        index, vocabulary = self.index, self.vocabulary
        for passage in index.objects(node, vocabulary["passage"]):
            selector, whole = index.first(passage, SELECTOR), index.first(passage, PART_OF)
            sentence = index.literal(passage, vocabulary["sentence"]) or index.literal(whole, vocabulary["sentence"])
            yield Place(
                index.first(passage, vocabulary["article"]) or index.first(whole, vocabulary["article"]),
                _number(sentence),
                _number(index.literal(selector, START)),
                _number(index.literal(selector, END)),
                index.literal(passage, vocabulary["digest"]),
            )

    def _concerns(self, claim: Claim) -> Iterable[str]:
        """Return what a claim is about: its subject and object, its topics, and those whose view it is said to be.

        One step further, it is about what such a topic is about.
        """
        topic, matter = self.vocabulary["topic"], self.vocabulary["matter"]
        properties = (SUBJECT, OBJECT, topic, *(self.vocabulary[key] for key in ("accused", "view-of")))
        values = {value for name in properties for value in self.index.objects(claim.node, name)}
        topics = [value for value in values if value[0] == "<" and self.index.is_a(value, matter)]
        further = (value for node in topics for value in self.index.objects(node, topic))
        return sorted(value for value in {*values, *further} if value[0] == "<")

    # --- words ---------------------------------------------------------------------------------------------------

    def word(self, kind: str) -> Text:
        """Return the word for a kind of claim, such as ``allegation``."""
        if names := KINDS.get(local_name(kind)):
            return Text(self.words.gettext(names[1]), self.words.language)
        return self.index.label(kind)

    def plural(self, kind: str) -> Text:
        """Return the word for several claims of a kind, with a capital."""
        if names := KINDS.get(local_name(kind)):
            return Text(capitalised(self.words.gettext(names[2])), self.words.language)
        label = self.index.label(kind)
        return label._replace(value=capitalised(self.index.plural(kind) or self.words.plural(label)))

    def icon(self, kind: str) -> str:
        """Return the name of the icon of a kind of claim."""
        return KINDS[local_name(kind)][0] if local_name(kind) in KINDS else "plain"

    def ordered_kinds(self) -> list[str]:
        """Return the kinds of the claims that are no facts: what can do most harm first, others by name."""
        order = {name: number for number, name in enumerate(KINDS)}
        return sorted(self.by_kind, key=lambda kind: (order.get(local_name(kind), len(order)), kind))

    def verdict_words(self, claim: Claim) -> str:
        """Return the verdict of the editors as a sentence."""
        if not claim.verdict:
            return self.words.gettext("No verdict is stated.")
        code = local_name(claim.verdict)
        words = STANDS.get(local_name(claim.kind), {}).get(code) or VERDICTS.get(code)
        if words:
            return self.words.gettext(words)
        return self.words.filled(self.words.gettext("Verdict: {verdict}."), verdict=self.index.label(claim.verdict))

    def mark_word(self, claim: Claim) -> str:
        """Return the mark before a sentence: ``Fact, negative`` or ``Forecast, a denial, worded as likely``."""
        if claim.is_fact:
            return self.words.gettext("Fact, negative") if claim.is_negated else self.words.gettext("Fact")
        return self.kind_words(claim)

    def kind_words(self, claim: Claim) -> str:
        """Return the kind of a claim, whether it denies something, and how it is worded."""
        words = [capitalised(self.word(claim.kind).value)]
        words += [self.words.gettext("a denial")] * claim.is_negated
        if claim.modality and claim.modality != self.vocabulary["certain"]:
            modality = self.index.label(claim.modality)
            words.append(self.words.filled(self.words.gettext("worded as {modality}"), modality=modality))
        return ", ".join(words)

    def sentence(self, claim: Claim) -> tuple[str, Text]:
        """Return the sentence of a claim, and the words that must stand before it so that it names its voice."""
        text = self.index.label(claim.node)
        if not self.has_sentence(claim):
            content = [self.index.objects(claim.node, name) for name in (SUBJECT, PREDICATE, OBJECT)]
            if all(content):
                parts = (Text(name_of(o)) if o[0] == "_" else self.value(o) for o in (values[0] for values in content))
                text = Text(" – ".join(part.value for part in parts))
        if claim.is_fact or (self.has_sentence(claim) and self._names_voice(text.value, claim)):
            return "", text
        voices = self.joined_voices(claim.voices) or self.words.gettext("Somebody unnamed")
        are_many = len(claim.voices) > 1 or (voices.startswith("the ") and voices.split()[1].endswith("s"))
        prefix = self.words.ngettext("{voice} says:", "{voices} say:", 1 + are_many)
        return self.words.filled(prefix, voice=capitalised(voices), voices=capitalised(voices)) + " ", text

    def stated(self, claim: Claim) -> str:
        """Return a claim as a whole text, with the voice where the sentence does not name it."""
        prefix, text = self.sentence(claim)
        return prefix + self.words.isolated(text.value)

    def has_sentence(self, claim: Claim) -> bool:
        """Tell whether the data state the claim as a sentence."""
        return bool(self.index.label(claim.node).language) or " " in self.index.label(claim.node).value

    def value(self, term: str) -> Text:
        """Return a term as text."""
        return text_of(term) if term[0] == '"' else self.index.label(term)

    def voice_name(self, voice: str) -> str:
        """Return the name of a voice within a sentence: ``the author``, without what stands in brackets."""
        label = self.index.label(voice).value
        short = label.partition(" (")[0]
        if short[:1].islower() and not short.startswith(("the ", "a ", "an ")):
            return self.words.filled(self.words.gettext("the {voice}"), voice=short)
        return short

    def joined_voices(self, voices: Iterable[str]) -> str:
        """Return the names of voices within a sentence; empty where there are none."""
        return self.words.gettext(" and ").join(map(self.voice_name, voices))

    def _names_voice(self, sentence: str, claim: Claim) -> bool:
        spoken = {word.casefold() for word in _WORD.findall(sentence)}
        return bool(claim.voices) and all(self._voice_words(voice) & spoken for voice in claim.voices)

    def _words_of_voice(self, voice: str) -> set[str]:
        """Return the words of the names of a voice, of which a sentence must have one.

        ``Ministry of Foreign Affairs of Ruritania`` is not named by the name of Ruritania alone.
        """
        names = [self.index.label(voice), *self.index.names(voice), *self.index.other_names(voice, hidden=True)]
        heads = (re.split(r" of | \(|, ", name.value)[0] for name in names)
        return {word.casefold() for head in heads for word in _WORD.findall(head)} - {"the", "and"}


class ClaimMarks:
    """Make the marks of answers (``publisher.query.marks``); ``label`` names the class of one of the ``facts``."""

    def __init__(self, claims: Claims, facts: Collection[str], label: Callable[[str], str]) -> None:
        self._claims, self._facts, self._label = claims, facts, label

    def of_iri(self, iri: str) -> Mark | None:
        """Return the mark of the claim or fact with an IRI."""
        node = f"<{iri}>"
        if claim := self._claims.all.get(node):
            return self._mark(claim)
        return Mark(iri, True, False, self._label(node)) if node in self._facts else None

    def of_sentence(self, text: str) -> Mark | None:
        """Return the mark of the claim whose sentence is a text; of several, of one that is no fact."""
        claim = self._sentences.get(without_unseen(text))
        return self._mark(claim) if claim else None

    @cached_property
    def _sentences(self) -> dict[str, Claim]:
        stated = [claim for claim in self._claims.all.values() if self._claims.has_sentence(claim)]
        stated.sort(key=lambda claim: not claim.is_fact)  # the last one is found
        return {self._claims.index.label(claim.node).value: claim for claim in stated}

    def _mark(self, claim: Claim) -> Mark:
        voices = "; ".join(self._claims.index.label(voice).value for voice in claim.voices)
        words = self._claims.kind_words(claim), voices, self._claims.verdict_words(claim)
        return Mark(name_of(claim.node), claim.is_fact, True, *map(without_unseen, words))


def _number(lexical: str) -> int:
    return int(lexical) if lexical.isascii() and lexical.isdecimal() and len(lexical) < 10 else -1
