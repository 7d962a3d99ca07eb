"""Approximate content negotiation by regular expressions, for servers that can do no more with ``Accept``.

The patterns are tried in order and the first that matches decides. They know the media types of a site, the wildcards,
weights to one decimal, and refusals of the preferred type. RE2 (Go) and PCRE read them; letter case is to be ignored.

>>> from publisher.serve.negotiation import REPRESENTATIONS
>>> header = "text/html;q=0.2, text/turtle;q=0.9"
>>> next(p.extension for p in accept_patterns(REPRESENTATIONS) if re.search(p.pattern, header, re.IGNORECASE))
'ttl'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from publisher.serve.negotiation import Representation

_BEGIN: Final = r"(?:^|,)[ \t]*"
_PARAMETERS: Final = r'(?:[ \t]*;[ \t]*(?:[^q,;" \t][^,;"]*|q[^=,;" \t][^,;"]*)?(?:"[^"]*")?)*[ \t]*'
_WEIGHT: Final = r";[ \t]*q[ \t]*=[ \t]*"
_FULL: Final = rf"(?:$|,|{_WEIGHT}(?:[1-9]|0+[1-9]|[^0-9. \t]|$|,))"  # what is no weight counts as 1
_ZERO: Final = rf"{_WEIGHT}0*(?:\.0*)?[ \t]*"


class AcceptPattern(NamedTuple):
    """A regular expression for ``Accept``, and the extension of the documents that a header leads to."""

    pattern: str
    extension: str


def accept_patterns(available: tuple[Representation, ...]) -> Iterator[AcceptPattern]:
    """Yield the patterns for the representations of something, the preferred one first."""
    first = available[0].extension
    yield AcceptPattern(r"^[^/*]*$", first)  # no media range: as without the header
    for number in range(10, -1, -1):
        weight = _weight(number)
        for representation in available:
            yield AcceptPattern(_pattern(re.escape(representation.media_type), weight), representation.extension)
        if number == 10 and len(available) > 1:
            yield from _refusals(available)
        for kind in dict.fromkeys(r.media_type.partition("/")[0] for r in available):
            extension = next(r.extension for r in available if r.media_type.startswith(f"{kind}/"))
            yield AcceptPattern(_pattern(rf"{kind}/\*", weight), extension)
        yield AcceptPattern(_pattern(r"(?:\*/)?\*", weight), first)


def _weight(number: int) -> str:
    """Return the pattern for weights from a number of tenths on."""
    if number == 10:
        return _FULL
    return rf"{_WEIGHT}0*\.{number}" if number else rf"{_WEIGHT}0*\.0[0-9]*[1-9]"


def _pattern(media_range: str, weight: str) -> str:
    return f"{_BEGIN}{media_range}{_PARAMETERS}{weight}"


def _refusals(available: tuple[Representation, ...]) -> Iterator[AcceptPattern]:
    """Yield the patterns for headers that refuse the preferred type, and take anything else."""
    refused = rf"{re.escape(available[0].media_type)}{_PARAMETERS}{_ZERO}"
    anything = r"(?:\*/)?\*[ \t]*"
    for one, other in ((refused, anything), (anything, refused)):
        yield AcceptPattern(rf"{_BEGIN}{one}(?:;[^,]*)?,(?:.*,)?[ \t]*{other}(?:$|[,;])", available[1].extension)
