"""Find the citations in parentheses and the quotations of a text.

"(President.az 1 and 2, Belta.by, November 19; see EDM, December 12, 2017)" is four items of three outlets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.draft import dates
from publisher.draft.dates import Dated
from publisher.draft.gazetteer import Gazetteer, Mention
from publisher.draft.sentences import Span


@dataclass(frozen=True)
class Citation:
    """One cited item: where it stands, its printed form, its outlets if known, and its date in EDTF."""

    span: Span
    printed: str
    outlets: tuple[str, ...]
    edtf: str
    is_year_inferred: bool


@dataclass(frozen=True)
class Quotation:
    """Words in quotation marks: their place without the marks, and who may be the speaker, the likeliest first."""

    span: Span
    speakers: tuple[str, ...]


_PARENTHESIS: Final = re.compile(r"\(([^()]+)\)")
_SEE: Final = re.compile(r"\s*(?:(?:see|cf\.?|e\.g\.,?|i\.a\.,?)\s+)(?:also\s+)?", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"(?P<name>\S.*?)\s(?P<numbers>\d{1,2}(?:(?:,\s|,?\sand\s|\s&\s)\d{1,2})*)")
_ADDRESS: Final = re.compile(r"\w[\w.-]*\.[a-z]{2,}")
_NAMED: Final = re.compile(r"(?!and\b)\b[^\W\d]")
_MONTH_LEFT: Final = re.compile(r"[A-Z][a-z]+\.?\s\Z")  # of a list of days, whose spans are the days alone
_LONGEST_NAME: Final = 6  # words of the name of an outlet; what is longer is prose


def citations(text: str, known: Gazetteer, published: str | None) -> tuple[Citation, ...]:
    """Return the cited items in order; dates without a year are resolved against the publication."""
    return tuple(
        item
        for match in _PARENTHESIS.finditer(text)
        for part in re.finditer(r"[^;]+", match[1])
        for item in _part(part.group(), match.start(1) + part.start(), known, published)
    )


def _part(part: str, offset: int, known: Gazetteer, published: str | None) -> Iterator[Citation]:
    """Yield the items between two semicolons: names, then the dates of all of them, perhaps several times."""
    see = _SEE.match(part)
    start = see.end() if see else 0
    for names_at, found, end in _groups(part, start, dates.find(part, published)):
        names = [_numbered(name) for name in _names(part[names_at : found[0].span.start])]
        if not names or not all(_is_outlet(name, known, is_cited=see is not None) for name, _ in names):
            continue
        span = Span(offset + names_at + _blanks(part[names_at:]), offset + end)
        for name, number in ((name, number) for name, numbers in names for number in numbers):
            outlets = tuple(o for o in known.named(name) if o in known.outlets)
            for date in found:
                printed = f"{name} {number}".strip()
                yield Citation(
                    span, f"{printed}, {_printed(part, found, date)}", outlets, date.edtf, date.is_year_inferred
                )


def _groups(part: str, start: int, found: Sequence[Dated]) -> Iterator[tuple[int, list[Dated], int]]:
    """Yield where the names of a group begin, its dates, and where it ends: dates with no name between them."""
    group: list[Dated] = []
    for date in found:
        if group and _NAMED.search(part[group[-1].span.end : date.span.start]):
            yield start, group, group[-1].span.end
            start, group = group[-1].span.end, []
        group.append(date)
    if group:
        yield start, group, group[-1].span.end


def _names(part: str) -> list[str]:
    """Return the names before a date; what a list of days leaves of its month is no name."""
    if left := _MONTH_LEFT.search(part):
        part = part[: left.start()]
    pieces = re.split(r",\s*(?:and\s)?|\sand\s(?=[^\W\d])", part)
    joined: list[str] = []
    for piece in (piece.strip() for piece in pieces):
        if re.fullmatch(r"(?:and\s)?\d{1,2}", piece) and joined:
            joined[-1] += f", {piece}"  # "President.az 1, 2"
        elif piece:
            joined.append(piece)
    return joined


def _numbered(name: str) -> tuple[str, tuple[str, ...]]:
    """Part "President.az 1 and 2" into the outlet and the numbers of its items."""
    match = _NUMBERED.fullmatch(name)
    return (match["name"], tuple(re.findall(r"\d+", match["numbers"]))) if match else (name, ("",))


def _is_outlet(name: str, known: Gazetteer, *, is_cited: bool) -> bool:
    found = known.named(name)
    if found:
        return bool(known.outlets.intersection(found)) or (is_cited and not known.places.intersection(found))
    looks_like_one = name[0].isupper() or _ADDRESS.fullmatch(name) is not None
    return looks_like_one and len(name.split()) <= _LONGEST_NAME


def _printed(part: str, found: Sequence[Dated], date: Dated) -> str:
    """Return the date as it would be printed alone: "November 21" of "November 9, 21"."""
    words = part[date.span.start : date.span.end]
    if not re.fullmatch(r"\d{1,2}\w*", words):
        return words
    month = _MONTH_LEFT.search(part[: found[0].span.start])
    year = "" if date.is_year_inferred else f", {date.edtf[:4]}"
    return f"{month.group() if month else ''}{words}{year}"


def _blanks(text: str) -> int:
    match = re.match(r"[\s,]*", text)
    return match.end() if match else 0


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
_BEHIND: Final = re.compile(r"\b(?:of|in|within|with|from|against|by|on|into|for|between)\s(?:the\s)?\Z", re.IGNORECASE)
_WORD: Final = 16  # characters that hold a preposition and an article
_CLOSED: Final = ("”", '"', "»")
_MOST_SPEAKERS: Final = 3
_INVERTED: Final = 12  # characters between a verb and a subject that follows it


@dataclass(frozen=True)
class Voices:
    """Who may speak in a sentence: agents by their places, agents of the sentence before, outlets that it cites."""

    agents: tuple[Mention, ...] = ()
    before: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()


_NOBODY: Final = Voices()


def quotations(text: str, sentence: Span, voices: Voices = _NOBODY) -> tuple[Quotation, ...]:
    """Return the quotations of one sentence with up to three candidate speakers: subjects of verbs of speech."""
    found = []
    for match in _QUOTED.finditer(text, sentence.start, sentence.end):
        start, end = match.span(match.lastindex or 0)
        span = Span(start, start + len(_LAST_MARK.sub("", text[start:end])))
        if span.start < span.end:
            found.append(Quotation(span, _speakers(text, sentence, span, voices)))
    return tuple(found)


def _speakers(text: str, sentence: Span, quoted: Span, voices: Voices) -> tuple[str, ...]:
    """Return the subject of the nearest verb first, then those of the others, then who else is named before."""
    verbs = [v for v in _VERB.finditer(text, sentence.start, sentence.end) if not quoted.holds(Span(*v.span()))]
    verbs.sort(key=lambda verb: max(verb.start() - quoted.end, quoted.start - verb.end()))  # the nearest first
    agents = [m for m in voices.agents if not quoted.holds(m.span) and _may_act(text, m.span)]
    subjects = [list(_subjects(text, sentence, verb, agents, voices.before)) for verb in verbs]
    first = [found[0] for found in subjects if found]
    rest = [speaker for found in subjects for speaker in found[1:]]
    outlets = voices.outlets if verbs and _PRESS.search(text, sentence.start, sentence.end) else ()
    return tuple(dict.fromkeys([*first[:1], *outlets, *first, *rest]))[:_MOST_SPEAKERS]


def _may_act(text: str, name: Span) -> bool:
    """Tell whether a name may be a subject: not in the possessive, and not behind a preposition."""
    before = text[max(name.start - _WORD, 0) : name.start]
    return not _POSSESSIVE.match(text, name.end) and not _BEHIND.search(before)


def _subjects(
    text: str, sentence: Span, verb: re.Match[str], agents: Sequence[Mention], before: tuple[str, ...]
) -> Iterator[str]:
    """Yield who may be the subject of a verb: whoever follows it at once after a quotation, or stands before it."""
    left = [m for m in agents if m.span.end <= verb.start()]
    if text[: verb.start()].rstrip().endswith(_CLOSED):
        for m in agents:
            if 0 <= m.span.start - verb.end() <= _INVERTED:
                yield from m.metonym_of or m.entities
    if _PRONOUN.search(text, left[-1].span.end if left else sentence.start, verb.start()):
        left.reverse()  # a pronoun takes up the subject of the sentence, which comes first
        yield from () if left else before
    for m in reversed(left):
        yield from m.metonym_of or m.entities
