"""Put into English words what the data have as codes: times, languages, and nouns in the plural."""

from __future__ import annotations

import calendar
import datetime
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from publisher.site.index import SiteIndex, Text
from publisher.site.vocabulary import SiteVocabulary

_Day = datetime.date | None

# ISO 639-1.
_LANGUAGES: Final = (
    "ar=Arabic az=Azerbaijani be=Belarusian bg=Bulgarian bn=Bengali bs=Bosnian ca=Catalan cs=Czech cy=Welsh "
    "da=Danish de=German el=Greek en=English eo=Esperanto es=Spanish et=Estonian eu=Basque fa=Persian fi=Finnish "
    "fr=French ga=Irish gl=Galician he=Hebrew hi=Hindi hr=Croatian hu=Hungarian hy=Armenian id=Indonesian "
    "is=Icelandic it=Italian ja=Japanese ka=Georgian kk=Kazakh km=Khmer ko=Korean ku=Kurdish ky=Kyrgyz la=Latin "
    "lb=Luxembourgish lt=Lithuanian lv=Latvian mk=Macedonian mn=Mongolian mt=Maltese my=Burmese nb=Norwegian "
    "nl=Dutch nn=Norwegian no=Norwegian pl=Polish ps=Pashto pt=Portuguese rm=Romansh ro=Romanian ru=Russian "
    "sk=Slovak sl=Slovene sq=Albanian sr=Serbian sv=Swedish sw=Swahili ta=Tamil tg=Tajik th=Thai tk=Turkmen "
    "tr=Turkish tt=Tatar uk=Ukrainian ur=Urdu uz=Uzbek vi=Vietnamese yi=Yiddish zh=Chinese"
)
_NAMES: Final = dict(entry.split("=") for entry in _LANGUAGES.split())
_SEASONS: Final = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}
_DATE: Final = re.compile(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([?~%])?")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DOUBT: Final = {"?": " (uncertain)", "~": " (about)", "%": " (about, uncertain)", None: ""}


@dataclass(frozen=True)
class Time:
    """When something happened or held.

    ``words`` are for people. ``first`` and ``last`` are the outermost days that are known, ``None`` where a side is
    open; ``began_by`` and ``lasted_to`` are the days between which it certainly held.
    """

    words: str
    first: datetime.date | None = None
    last: datetime.date | None = None
    began_by: datetime.date | None = None
    lasted_to: datetime.date | None = None

    @property
    def order(self) -> tuple[datetime.date, str]:
        """The key of chronological order; what has no time is last."""
        known = self.first or self.began_by or self.last or self.lasted_to
        return known or datetime.date.max, self.words

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the time."""
        return bool(self.words)


def time_of(index: SiteIndex, vocabulary: SiteVocabulary, node: str) -> Time:
    """Return the time of a thing, without words where the data give none."""
    first, began_by, lasted_to, last = (_day(index.literal(node, name)) for name in vocabulary.bounds)
    expression = index.literal(node, vocabulary["time"])
    words = edtf_words(expression) if expression else _bounds_words(first, began_by, lasted_to, last)
    return Time(words, first, last, began_by, lasted_to)


def edtf_words(expression: str) -> str:
    """Return an expression of EDTF level 1 in words; what is not understood stays as it is.

    >>> [edtf_words(text) for text in ("2018-11-19", "2018-12~", "2018-22", "../2018-11-23", "2018-06/..")]
    ['19 November 2018', 'December 2018 (about)', 'summer 2018', 'by 23 November 2018', 'June 2018, on']
    """
    begin, slash, end = expression.partition("/")
    if not slash:
        return date_words(begin)
    open_begin, open_end = begin in ("", ".."), end in ("", "..")
    if open_begin:
        return "" if open_end else f"by {date_words(end)}"
    return f"{date_words(begin)}, on" if open_end else f"{date_words(begin)} to {date_words(end)}"


@lru_cache(maxsize=50_000)
def date_words(lexical: str, *, short: bool = False) -> str:
    """Return a year, month, season or day in words; anything else as it is.

    >>> date_words("2018-11-19", short=True)
    '19 Nov 2018'
    """
    match = _DATE.fullmatch(lexical.partition("T")[0])
    if not match:
        return lexical
    year, month, day = match[1].lstrip("0") or "0", int(match[2] or 0), int(match[3] or 0)
    if month in _SEASONS:
        text = f"{_SEASONS[month]} {year}"
    elif 1 <= month <= 12:
        name = calendar.month_abbr[month] if short else calendar.month_name[month]
        text = f"{day} {name} {year}" if day else f"{name} {year}"
    else:
        text = year
    return text + _DOUBT[match[4]]


def _bounds_words(first: _Day, began_by: _Day, lasted_to: _Day, last: _Day) -> str:
    words = [date_words(day.isoformat(), short=True) if day else "" for day in (first, began_by, lasted_to, last)]
    if first and last:
        return words[0] if first == last else f"{words[0]} to {words[3]}"
    if began_by and lasted_to:
        if began_by == lasted_to:
            return f"seen on {words[1]}"
        begin, end = sorted((began_by, lasted_to))
        start = words[1 + (begin == lasted_to)].removesuffix(f" {end.year}")
        return f"{'at least' if begin == began_by else 'seen within'} {start} to {words[1 + (end == lasted_to)]}"
    if last or lasted_to:
        return f"by {words[3]}" if last else f"to {words[2]} at least"
    return f"{words[0]}, on" if first else f"since {words[1]} at the latest" if began_by else ""


def _day(lexical: str) -> _Day:
    try:
        return datetime.date.fromisoformat(lexical[:10])
    except ValueError:
        return None


def language_name(tag: str) -> str:
    """Return the English name of a language, or its tag.

    >>> language_name("hy"), language_name("x-private")
    ('Armenian', 'x-private')
    """
    return _NAMES.get(tag.partition("-")[0].lower(), tag)


def by_text(texts: Iterable[Text]) -> list[tuple[Text, str]]:
    """Return each text once, with the names of the languages in which it is the same."""
    merged: dict[str, list[Text]] = {}
    for text in texts:
        merged.setdefault(text.value, []).append(text)
    return [
        (same[0], ", ".join(dict.fromkeys(language_name(t.language) for t in same if t.language)))
        for same in merged.values()
    ]


def plural(text: Text) -> str:
    """Return an English noun in the plural, a text of another language unchanged.

    >>> plural(Text("government body", "en")), plural(Text("персона", "ru"))
    ('government bodies', 'персона')
    """
    word = text.value
    if text.language.partition("-")[0] not in ("en", "") or not word[-1:].isascii() or not word[-1:].isalpha():
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def capitalised(text: str) -> str:
    """Return a text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def column_name(variable: str) -> str:
    """Return the name of a variable in words.

    >>> column_name("organizationName")
    'organization'
    """
    return _WORD_START.sub(" ", variable.removesuffix("Name")).replace("_", " ").lower() or variable


def shortened(text: str, width: int) -> str:
    """Return a text with at most ``width`` characters and single spaces; an ellipsis stands for the words left out.

    >>> shortened("one two  three", 12), shortened("one two  three", 13)
    ('one two …', 'one two three')
    """
    plain = " ".join(text.split())  # textwrap takes 50 times as long to find that there is nothing to cut
    return plain if len(plain) <= width else textwrap.shorten(plain, width, placeholder=" …")
