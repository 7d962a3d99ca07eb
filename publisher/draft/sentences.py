"""Split a text into its sentences, with offsets.

Offsets count code points from 0 and the end is exclusive, as in Web Annotation 4.2.6 (Text Position Selector).
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.errors import SourceError, reason


@dataclass(frozen=True, order=True)
class Span:
    """A part of a text: ``text[start:end]``."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Return whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def holds(self, other: Span) -> bool:
        """Return whether the other lies within this one."""
        return self.start <= other.start and other.end <= self.end


def overlapping(spans: Sequence[Span], span: Span) -> range:
    """Return the indices of the spans that share a character with ``span``; the ends are in order, as the starts are.

    >>> overlapping([Span(0, 4), Span(4, 6), Span(8, 9)], Span(5, 9))
    range(1, 3)
    """
    first = bisect_right(spans, span.start, key=lambda each: each.end)
    return range(first, bisect_left(spans, span.end, key=lambda each: each.start))


@dataclass(frozen=True)
class Sentence:
    """A sentence, a heading or a caption: its number, its span, and the number of its paragraph, both from 1."""

    number: int
    span: Span
    paragraph: int


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 with its line ends unchanged, so that its digest is that of the file.

    Raises ``SourceError`` when the file cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SourceError(f"cannot be read: {reason(error)}", path) from None
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8 at byte {error.start}; save the file as UTF-8", path) from None


def digest(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8 in hexadecimal: the value of ``gp:textDigest``."""
    return hashlib.sha256(text.encode()).hexdigest()


def split(text: str) -> tuple[Sentence, ...]:
    r"""Return the sentences in order; together they contain every character that is not a blank.

    >>> [(s.span.start, s.span.end, s.paragraph) for s in split("A title\n\nMr. A left. Then B did.")]
    [(0, 7, 1), (9, 20, 2), (21, 32, 2)]
    """
    spans = [(span, n) for n, block in enumerate(_blocks(text), start=1) for span in _sentences(text, block)]
    return tuple(Sentence(number, span, paragraph) for number, (span, paragraph) in enumerate(spans, start=1))


_WRAPPED: Final = 120  # characters; a text without any longer line is taken to be wrapped by hand
_BLANK_LINES: Final = re.compile(r"\n[^\S\n]*(?:\n\s*)+|\r\n\s*\r\n\s*")
_LINES: Final = re.compile(r"(?<!\s)\s*\n\s*")


def _blocks(text: str) -> Iterator[Span]:
    """Yield the paragraphs: they end at a blank line, or at each line end where the lines are not wrapped."""
    is_wrapped = all(len(line) <= _WRAPPED for line in text.splitlines())
    start = 0
    for gap in (_BLANK_LINES if is_wrapped else _LINES).finditer(text):
        yield from _stripped(text, start, gap.start())
        start = gap.end()
    yield from _stripped(text, start, len(text))


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    words = text[start:end]
    if words.strip():
        yield Span(start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip()))


# The end of a sentence: a mark, closing quotation marks and brackets, a blank; scripts of East Asia print no blank.
_END: Final = re.compile(r"(?:(?<![.!?…։।؟۔])[.!?…։।؟۔]++[\"”’»“)\]›]*+(?=\s)|[。！？]+[」』”）]*)\s*")
_PARENTHESIS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_OPENING: Final = "\"“‘«„‹([¿¡'"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST: Final = _words("""mr mrs ms mx dr prof gen brig lt col maj capt sgt adm cmdr sen rep gov hon rev fr st no
    nos vol pp p fig ca cf eg ie vs approx jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat""")
_SELDOM_LAST: Final = _words("etc al jr sr inc ltd corp co llc dept est ed eds")
_TITLES: Final = _words("amb pres min supt insp cpl pvt")  # with a capital letter
_BEFORE_NUMBERS: Final = _words("para paras art arts res sec secs ch app annex tab eq")
_LIST_MARK: Final = re.compile(r"\d{1,3}|[A-Za-z]")
_STARTERS: Final = _words("""the a an this that these those it its he his she her they their we our i you there here in
    on at by for from to with without as but and or yet so if when while since after before during although though
    however moreover meanwhile thus therefore according both all some many most one two no not what who why how still
    then""")
_CONTEXT: Final = 40  # characters before and after a mark that decide whether it ends a sentence


def _sentences(text: str, block: Span) -> Iterator[Span]:
    parentheses = [Span(m.start(), m.end() - 1) for m in _PARENTHESIS.finditer(text, block.start, block.end)]
    start = block.start
    for end in _END.finditer(text, block.start, block.end):
        mark = Span(*end.span())
        is_within = any(parentheses[i].holds(mark) for i in overlapping(parentheses, mark))
        if end.end() < block.end and not is_within and _is_end(text, max(start, end.start() - _CONTEXT), end):
            yield Span(start, end.start() + len(end.group().rstrip()))
            start = end.end()
    yield Span(start, block.end)


def _is_end(text: str, start: int, end: re.Match[str]) -> bool:
    """Return whether a sentence ends at a mark; ``start`` is where the search for the word before it begins."""
    following = text[end.end() : end.end() + _CONTEXT].lstrip(_OPENING)
    if not following or following[0].islower():
        return False
    if end.group().rstrip() != ".":
        return True
    word = re.search(r"[\w.]*\Z", text[start : end.start()])
    if _LIST_MARK.fullmatch(text, start, end.start()):
        return False  # "1. Arms were halted."
    return _ends_at(word.group() if word else "", following)


def _ends_at(word: str, following: str) -> bool:
    """Return whether the full stop after a word ends a sentence, rather than belong to an abbreviation."""
    low = word.lower().replace(".", "")
    if low in _NEVER_LAST or (low in _TITLES and word[0].isupper()):
        return False
    if low in _BEFORE_NUMBERS and following[0].isdigit():
        return False
    is_initial = len(word) == 1 and word.isupper()
    is_acronym = re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word) is not None
    if is_initial or is_acronym or low in _SELDOM_LAST:
        first = re.match(r"\w+", following)
        return first is not None and first.group().lower() in _STARTERS
    return True
