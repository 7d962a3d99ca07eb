"""Find the quotations of a text, and who may speak them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.draft.gazetteer import Mention
from publisher.draft.sentences import Span, overlapping


@dataclass(frozen=True)
class Quotation:
    """Words in quotation marks: their span without the marks, and the IRIs of likely speakers, the likeliest first."""

    span: Span
    speakers: tuple[str, ...]


@dataclass(frozen=True)
class SpeakerCandidates:
    """Who may speak in a sentence.

    ``agents`` are mentioned in the sentence, ``previous`` are the IRIs of the agents in the sentence before, and
    ``outlets`` those of the outlets that the sentence cites.
    """

    agents: tuple[Mention, ...] = ()
    previous: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()


_QUOTED: Final = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|(?<![\w\"])\"(?=\S)([^\"\n]+?)(?<=\S)\"(?!\w)"  # straight ones in pairs
)
_LAST_MARK: Final = re.compile(r"[,;]+\Z|(?<=\w\w)\.\Z")  # which American texts print inside of the quotation
_PRESS: Final = re.compile(r"\b(?:media|press|newspapers?|according to reports)\b", re.IGNORECASE)
_VERB: Final = re.compile(
    r"(?<!so-)\b(?:said|says|saying|told|tells|statement|states|stated|wrote|writes|spoke|speaks|pointed out|"
    r"(?:declar|assert|alleg|claim|add|assur|suggest|prais|nam|call|warn|not|announc|argu|describ|insist|emphasiz|stress|"
    r"admit|repl|ask|accus|condemn|hail|urg|predict|report|den|critici[sz]|reject)(?:t?ed|ied|e?s|ies|t?ing|ying))\b"
)
_PRONOUN: Final = re.compile(r"\b(?:he|she|they)\b", re.IGNORECASE)
_POSSESSIVE: Final = re.compile(r"['’]s?\s")
_PREPOSITION: Final = re.compile(
    r"\b(?:of|in|within|with|from|against|by|on|into|for|between)\s(?:the\s)?\Z", re.IGNORECASE
)
_PREPOSITION_LENGTH: Final = 16  # characters that hold a preposition and an article
_CLOSING: Final = ("”", '"', "»")
_MOST_SPEAKERS: Final = 3
_INVERSION: Final = 12  # characters between a verb and a subject that follows it, or a quotation before it


def find_quotations(text: str, sentence: Span, candidates: SpeakerCandidates) -> tuple[Quotation, ...]:
    """Return the quotations of one sentence, each with up to three speakers: subjects of verbs of speech."""
    quotations = []
    for match in _QUOTED.finditer(text, sentence.start, sentence.end):
        span = _words_of(text, *match.span(match.lastindex or 0))
        if span.start < span.end:
            quotations.append(Quotation(span, _speakers(text, sentence, span, candidates)))
    return tuple(quotations)


def _words_of(text: str, start: int, end: int) -> Span:
    """Return the span of quoted words, without blanks around them and the last mark."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Span(start, start + len(_LAST_MARK.sub("", words.strip())))


def find_long_quotations(
    text: str, sentences: Sequence[Span], candidates: Sequence[SpeakerCandidates], known: Sequence[Quotation]
) -> Iterator[tuple[int, Quotation]]:
    """Yield the parts of quotations that go beyond a sentence, each with the index of its sentence.

    ``sentences`` are those of a paragraph, and ``known`` the quotations within one. The speakers are looked for in all
    sentences that have a part.
    """
    known_spans = [each.span for each in known]
    for match in _QUOTED.finditer(text, sentences[0].start, sentences[-1].end):
        whole = Span(*match.span(match.lastindex or 0))
        touched = overlapping(sentences, whole)
        if len(touched) < 2 or overlapping(known_spans, whole):
            continue
        around = Span(sentences[touched[0]].start, sentences[touched[-1]].end)
        merged = SpeakerCandidates(
            tuple(agent for i in touched for agent in candidates[i].agents),
            candidates[touched[0]].previous,
            tuple(outlet for i in touched for outlet in candidates[i].outlets),
        )
        speakers = _speakers(text, around, whole, merged)
        for i in touched:
            part = _words_of(text, max(whole.start, sentences[i].start), min(whole.end, sentences[i].end))
            if part.start < part.end:
                yield i, Quotation(part, speakers)


def _speakers(text: str, sentence: Span, quotation: Span, candidates: SpeakerCandidates) -> tuple[str, ...]:
    """Return the subject of the nearest verb first, then those of other verbs, then other agents before a verb."""
    verbs = [v for v in _VERB.finditer(text, sentence.start, sentence.end) if not quotation.holds(Span(*v.span()))]
    verbs.sort(key=lambda verb: max(verb.start() - quotation.end, quotation.start - verb.end()))  # the nearest first
    agents = [m for m in candidates.agents if not quotation.holds(m.span) and _may_be_subject(text, m.span)]
    subjects = [list(_subjects(text, sentence, verb, agents, candidates.previous)) for verb in verbs]
    first = [speakers[0] for speakers in subjects if speakers]
    others = [speaker for speakers in subjects for speaker in speakers[1:]]
    outlets = candidates.outlets if verbs and _PRESS.search(text, sentence.start, sentence.end) else ()
    return tuple(dict.fromkeys([*first[:1], *outlets, *first, *others]))[:_MOST_SPEAKERS]


def _may_be_subject(text: str, name: Span) -> bool:
    """Return whether a name is neither in the possessive nor after a preposition."""
    before = text[max(name.start - _PREPOSITION_LENGTH, 0) : name.start]
    return not _POSSESSIVE.match(text, name.end) and not _PREPOSITION.search(before)


def _subjects(
    text: str, sentence: Span, verb: re.Match[str], agents: Sequence[Mention], previous: tuple[str, ...]
) -> Iterator[str]:
    """Yield the agents that may be the subject of a verb: one that follows it after a quotation, and those before."""
    before = [m for m in agents if m.span.end <= verb.start()]
    if text[max(verb.start() - _INVERSION, 0) : verb.start()].rstrip().endswith(_CLOSING):
        for m in agents:
            if 0 <= m.span.start - verb.end() <= _INVERSION:
                yield from m.metonym_of or m.entities
    if _PRONOUN.search(text, before[-1].span.end if before else sentence.start, verb.start()):
        before.reverse()  # a pronoun refers to the subject of the sentence, which comes first
        yield from () if before else previous
    for m in reversed(before):
        yield from m.metonym_of or m.entities
