"""Put into words what the data have as codes: times, languages, numbers, and nouns in the plural."""

from __future__ import annotations

import calendar
import datetime
import gettext
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from more_itertools import map_reduce

from publisher.rdf.dates import first_day, last_day
from publisher.site.index import SiteIndex, Text, direction_of
from publisher.site.vocabulary import SiteVocabulary

if TYPE_CHECKING:
    from babel import Locale

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
_DATE: Final = re.compile(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([?~%])?")
_EDTF_DATE: Final = re.compile(r"([0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:.]+(?:Z|[-+][0-9:]+)?)?)?)?)[?~%]?")
_OPEN_SIDE: Final = ("", "..")
# Seasons of the northern hemisphere: the first and the last month, and how many years later that is.
_SEASONS: Final = {"21": ("03", "05", 0), "22": ("06", "08", 0), "23": ("09", "11", 0), "24": ("12", "02", 1)}
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


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


class Words:
    """The site's own words in one language.

    Its ``translations`` are those of gettext; months, numbers and names of languages are those of the CLDR.
    ``untranslated`` says what of it is English against the wish of the workspace, and is empty where nothing is.

    >>> Words().ngettext("{count} claim", "{count} claims", 2).format(count=2)
    '2 claims'
    """

    def __init__(
        self, language: str = "en", translations: gettext.NullTranslations | None = None, untranslated: str = ""
    ) -> None:
        self.language, self.untranslated = language, untranslated
        self.translations = translations or gettext.NullTranslations()
        self.gettext, self.ngettext = self.translations.gettext, self.translations.ngettext
        self.pgettext = self.translations.pgettext
        self.date = lru_cache(maxsize=50_000)(self._date)
        self.is_english = language.partition("-")[0].lower() == "en"

    def forms(self, one: str, many: str) -> list[str]:
        """Return the forms of a message with a plural."""
        numbers = self.form_numbers
        return [self.ngettext(one, many, numbers.index(form)) for form in sorted(set(numbers))]

    @cached_property
    def form_numbers(self) -> str:
        """The digit of the form that each number below 200 has."""
        plural = getattr(self.translations, "plural", lambda number: int(number != 1))
        return "".join(str(plural(number)) for number in range(200))

    @cached_property
    def _locale(self) -> Locale:
        from babel import Locale, UnknownLocaleError

        try:
            return Locale.parse(self.language, sep="-")
        except (UnknownLocaleError, ValueError):  # a language without data in the CLDR
            return Locale("en")

    @cached_property
    def direction(self) -> str:
        """The direction of the script: ``ltr`` or ``rtl``."""
        return "ltr" if self.is_english else self._locale.text_direction

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with separators, and so many digits after the decimal point.

        >>> Words().number(1234.5, 1), Words("de").number(1234)
        ('1,234.5', '1.234')
        """
        text = f"{value:,.{digits}f}"
        if self.is_english:
            return text
        symbols = self._locale.number_symbols["latn"]
        return text.translate({ord(","): symbols["group"], ord("."): symbols["decimal"]})

    def isolated(self, text: str) -> str:
        """Return a text of the data for a line of the site's own words: isolated (UAX 9) if it runs the other way."""
        if text.isascii() and self.direction == "ltr":
            return text
        return f"\u2068{text}\u2069" if direction_of(text) not in ("", self.direction) else text

    def filled(self, message: str, **values: object) -> str:
        r"""Return a message in the language of the site, with texts of the data and numbers in its fields.

        >>> ascii(Words().filled("{voice} says:", voice="قط"))
        "'\\u2068\\u0642\\u0637\\u2069 says:'"
        """
        return message.format_map({name: self.isolated(str(value)) for name, value in values.items()})

    def name(self, text: str) -> str:
        """Return the name of a term of a standard, which the data do not give; another text as it is."""
        return self.gettext(text) if text else text

    def boolean(self, text: str) -> str:
        """Return ``true`` and ``false`` in words, and any other text as it is."""
        return self.gettext("yes") if text == "true" else self.gettext("no") if text == "false" else text

    def title(self, text: str, number: int) -> str:
        """Return the title of a page of a list; ``number`` is that of the page, from 0 on."""
        if not number:
            return text
        return self.filled(self.gettext("{title}, page {number}"), title=text, number=number + 1)

    # --- nouns -----------------------------------------------------------------------------------------------------

    def language_name(self, tag: str) -> str:
        """Return the name of a language, or its tag.

        >>> Words().language_name("hy"), Words("de").language_name("hy"), Words().language_name("x-private")
        ('Armenian', 'Armenisch', 'x-private')
        """
        names = _NAMES if self.is_english else self._locale.languages
        return names.get(tag.partition("-")[0].lower(), tag)

    def by_text(self, texts: Iterable[Text]) -> list[tuple[Text, str]]:
        """Return each text once, with the names of the languages in which it is the same."""
        return [
            (same[0], ", ".join(dict.fromkeys(self.language_name(t.language) for t in same if t.language)))
            for same in map_reduce(texts, lambda text: text.value).values()
        ]

    def plural(self, text: Text) -> str:
        """Return an English noun in the plural, a text of another language unchanged.

        >>> Words().plural(Text("government body", "en")), Words().plural(Text("персона", "ru"))
        ('government bodies', 'персона')
        """
        word, language = text.value, text.language.partition("-")[0] or ("en" if self.is_english else "")
        if language != "en" or not word[-1:].isascii() or not word[-1:].isalpha():
            return word
        if word.endswith("y") and word[-2:-1] not in "aeiou":
            return f"{word[:-1]}ies"
        return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"

    def within(self, noun: str) -> str:
        """Return a name of a class as within a sentence: in small letters, except in German, where nouns have capitals.

        >>> Words().within("Sovereign state"), Words("de").within("Staat")
        ('sovereign state', 'Staat')
        """
        return noun if self.language.partition("-")[0] in ("de", "lb") else noun.lower()

    # --- times -----------------------------------------------------------------------------------------------------

    def edtf(self, expression: str) -> str:
        """Return an expression of EDTF level 1 in words; what is not understood stays as it is.

        >>> texts = "2018-11-19", "2018-12~", "2018-22", "../2018-11-23", "2018-06/.."
        >>> [Words().edtf(text) for text in texts]
        ['19 November 2018', 'December 2018 (about)', 'summer 2018', 'by 23 November 2018', 'June 2018, on']
        """
        begin, slash, end = expression.partition("/")
        if not slash:
            return self.date(begin)
        open_begin, open_end = begin in _OPEN_SIDE, end in _OPEN_SIDE
        if open_begin:
            return "" if open_end else self.gettext("by {date}").format(date=self.date(end))
        if open_end:
            return self.gettext("{date}, on").format(date=self.date(begin))
        return self.between(self.date(begin), self.date(end))

    def between(self, begin: str, end: str) -> str:
        """Return a time from one date to another, which are in words."""
        return self.gettext("{begin} to {end}").format(begin=begin, end=end)

    def _date(self, lexical: str, *, short: bool = False) -> str:
        """Return a year, month, season or day in words; anything else as it is.

        >>> Words().date("2018-11-19", short=True), Words("de").date("2018-11")
        ('19 Nov 2018', 'November 2018')
        """
        match = _DATE.fullmatch(lexical.partition("T")[0])
        if not match:
            return lexical
        year, month, day = match[1].lstrip("0") or "0", int(match[2] or 0), int(match[3] or 0)
        text = year
        if season := self._seasons.get(month):
            text = season.format(year=year)
        elif 1 <= month <= 12:
            pattern = self.gettext("{day} {month} {year}") if day else self.gettext("{month} {year}")
            name = self.month(month, short=short, is_alone=not day)
            text = pattern.format(day=day, month=name, year=year)
        return self._doubt[match[4]].format(date=text) if match[4] else text

    @cached_property
    def _seasons(self) -> dict[int, str]:
        _ = self.gettext
        return {21: _("spring {year}"), 22: _("summer {year}"), 23: _("autumn {year}"), 24: _("winter {year}")}

    @cached_property
    def _doubt(self) -> dict[str, str]:
        _ = self.gettext
        return {"?": _("{date} (uncertain)"), "~": _("{date} (about)"), "%": _("{date} (about, uncertain)")}

    def month(self, number: int, *, short: bool, is_alone: bool) -> str:
        """Return the name of a month, as in a date or as it stands alone."""
        if self.is_english:
            return (calendar.month_abbr if short else calendar.month_name)[number]
        width = "abbreviated" if short else "wide"
        return str(self._locale.months["stand-alone" if is_alone else "format"][width][number])

    def bounds(self, first: _Day, began_by: _Day, lasted_to: _Day, last: _Day) -> str:
        """Return the time of what began from ``first`` to ``began_by``, and ended from ``lasted_to`` to ``last``."""
        _ = self.gettext
        dates = [self.date(day.isoformat(), short=True) if day else "" for day in (first, began_by, lasted_to, last)]
        if first and last:
            return dates[0] if first == last else self.between(dates[0], dates[3])
        if began_by and lasted_to:
            if began_by == lasted_to:
                return _("seen on {date}").format(date=dates[1])
            begin, end = sorted((began_by, lasted_to))
            start = dates[1 + (begin == lasted_to)].removesuffix(f" {end.year}")
            text = _("at least {begin} to {end}") if begin == began_by else _("seen within {begin} to {end}")
            return text.format(begin=start, end=dates[1 + (end == lasted_to)])
        if last:
            return _("by {date}").format(date=dates[3])
        if lasted_to:
            return _("to {date} at least").format(date=dates[2])
        if first:
            return _("{date}, on").format(date=dates[0])
        return _("since {date} at the latest").format(date=dates[1]) if began_by else ""


ENGLISH: Final = Words()


def time_of(index: SiteIndex, vocabulary: SiteVocabulary, node: str, words: Words) -> Time:
    """Return the time of a thing, without words where the data give none."""
    first, began_by, lasted_to, last = (_day(index.literal(node, name)) for name in vocabulary.bounds)
    expression = index.literal(node, vocabulary["time"])
    text = words.edtf(expression) if expression else words.bounds(first, began_by, lasted_to, last)
    return Time(text, first, last, began_by, lasted_to)


def _day(lexical: str) -> _Day:
    try:
        return datetime.date.fromisoformat(lexical[:10])
    except ValueError:
        return None


def time_of_text(text: str, words: Words = ENGLISH) -> Time | None:
    """Return the time that a text of EDTF level 1 or XML Schema means; nothing for any other text.

    >>> time_of_text("2018-02").last
    datetime.date(2018, 2, 28)
    >>> time_of_text("../2018-11-23").first, time_of_text("about 1900")
    (None, None)
    """
    begin, slash, end = text.partition("/")
    first, last = _first_and_last(begin), _first_and_last(end if slash else begin)
    if (first is None and begin not in _OPEN_SIDE) or (last is None and end not in _OPEN_SIDE) or not (first or last):
        return None
    if not slash and first is None:
        return None
    return Time(words.edtf(text), first[0] if first else None, last[1] if last else None)


def _first_and_last(text: str) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and the last day of a day, month, season or year."""
    if not (match := _EDTF_DATE.fullmatch(text)):
        return None
    date = match[1][:10].removesuffix("-00").removesuffix("-00")
    year, _, month = date.partition("-")
    try:
        if month in _SEASONS:
            begin, end, later = _SEASONS[month]
            return first_day(f"{year}-{begin}"), last_day(f"{int(year) + later:04}-{end}")
        return first_day(date), last_day(date)
    except ValueError:
        return None


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
