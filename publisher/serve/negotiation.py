"""Choose the representation of a thing by the header ``Accept`` (RFC 9110, 12.5.1), from one table.

The table is all that servers, configurations of servers and tests know of formats.

>>> choose("text/turtle;q=0.5, application/ld+json", REPRESENTATIONS).media_type
'application/ld+json'
>>> choose("image/png", REPRESENTATIONS) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple


class Representation(NamedTuple):
    """A format in which a thing can be had: its media type, and the extension of its documents."""

    media_type: str
    extension: str
    name: str


# The preferred one first: of equally wanted ones the first is chosen.
REPRESENTATIONS: Final = (
    Representation("text/html", "html", "HTML"),
    Representation("text/turtle", "ttl", "Turtle"),
    Representation("application/ld+json", "jsonld", "JSON-LD"),
    Representation("application/n-triples", "nt", "N-Triples"),
    Representation("application/rdf+xml", "rdf", "RDF/XML"),
)

# Only a server that knows the dataset has this one; no host of files does.
MARKDOWN: Final = Representation("text/markdown", "md", "Markdown")


class MediaRange(NamedTuple):
    """An element of ``Accept``: ``text/html``, ``text/*`` or ``*/*``, its number of parameters, and its weight."""

    kind: str
    subtype: str
    parameters: int
    weight: float

    def specificity(self, media_type: str) -> int:
        """Return how precisely the range names a media type; 0 where it does not match."""
        kind, _, subtype = media_type.partition("/")
        if (self.kind, self.subtype) == (kind, subtype):
            return 3 + self.parameters
        if self.subtype != "*":
            return 0
        return {kind: 2, "*": 1}.get(self.kind, 0)


_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # a token of RFC 9110, 5.6.2
_SPACE: Final = " \t"  # optional white space of RFC 9110, 5.6.3
_ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PART: Final = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*"?)+')
_RANGE: Final = re.compile(rf"({_NAME})/({_NAME})")
_WEIGHT: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def _parse_accept(header: str) -> Iterator[MediaRange]:
    """Yield the media ranges of a header. What is malformed is left out, and a malformed weight is 1.

    Clients send ``*`` for ``*/*`` and ``.2`` for ``0.2``; both are understood.
    """
    for element in _ELEMENT.findall(header):
        name, *parameters = [part.strip(_SPACE) for part in _PART.findall(element)] or [""]
        match = _RANGE.fullmatch("*/*" if name == "*" else name.lower())
        if element.startswith(";") or match is None or (match[1] == "*" and match[2] != "*"):
            continue
        weight, count = 1.0, 0
        for parameter in filter(None, parameters):
            key, _, value = parameter.partition("=")
            if key.strip(_SPACE).lower() == "q":  # what follows are extensions
                value = value.strip(_SPACE)
                weight = min(float(value), 1.0) if _WEIGHT.fullmatch(value) else 1.0
                break
            count += 1
        yield MediaRange(match[1], match[2], count, weight)


@lru_cache(maxsize=256)
def choose(header: str, available: tuple[Representation, ...]) -> Representation | None:
    """Return the representation that a client wants most, or ``None`` where it wants none of them.

    The most specific range that matches a representation gives its weight. Of several with one weight, one that is
    named is preferred to one that only a wildcard matches, then the first. Parameters such as ``charset`` and
    ``profile`` do not exclude a representation. A header without any well-formed range counts as none: anything goes.
    """
    best, wanted = None, (0.0, False)
    for representation, preference in preferences(header, available).items():
        if preference[0] > 0 and preference > wanted:
            best, wanted = representation, preference
    return best


def preferences(header: str, available: Iterable[Representation]) -> dict[Representation, tuple[float, bool]]:
    """Return the weight of each representation, and whether a range names it rather than a wildcard."""
    ranges = [*_parse_accept(header)] or [MediaRange("*", "*", 0, 1.0)]
    wanted = {}
    for representation in available:
        found = [(r.specificity(representation.media_type), r.weight) for r in ranges]
        specificity = max(specific for specific, _ in found)
        weight = max(weight for specific, weight in found if specific == specificity)
        wanted[representation] = (weight if specificity else 0.0, specificity > 2)
    return wanted


def available_in(media_types: Iterable[str]) -> tuple[Representation, ...]:
    """Return the representations with these media types, in the order of the table."""
    wanted = set(media_types)
    return tuple(r for r in REPRESENTATIONS if r.media_type in wanted)
