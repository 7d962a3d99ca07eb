"""Draw the answer to a query as a time line, a network and a map, where its columns allow them.

A column of dates makes a time line, two columns of things a network, and a column of countries or places, or a pair of
coordinates, a map. Rows with a claim are drawn as claims, as are those of a column that says "fact" or "claim"; rows
that do not say what they are, as neither. ``browser/src/columns.js`` has the same rules for the SPARQL page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple

from publisher.rdf.ntriples import split_literal
from publisher.site.claims import Claim
from publisher.site.index import Text, text_of
from publisher.site.model import Model, Ref
from publisher.site.pictures.map import Located, Places, answer_panel, point_of_text, point_of_texts
from publisher.site.pictures.network import Pair, Tie, degrees, drawing, most_connected
from publisher.site.pictures.timeline import Dated, drawings, span
from publisher.site.pictures.world import Point, borders_note
from publisher.site.words import ENGLISH, Time, Words, column_name, time_of_text

_BARS: Final = 120
_END: Final = re.compile(r"(end|ended|until|till|to|through|last)([A-Z_].*)?|.*(End|Until|To)")
_LATITUDE: Final = re.compile(r"(.*_)?(lat|latitude)|.*(Lat|Latitude)")
_LONGITUDE: Final = re.compile(r"(.*_)?(lon|lng|long|longitude)|.*(Lon|Lng|Long|Longitude)")
_NUMBER: Final = re.compile(r"#(integer|decimal|double|float)$")

_LAYERS: Final = {'"fact"': "fact", '"claim"': "said"}

_Row = Mapping[str, str]


class Picture(NamedTuple):
    """A picture of an answer: ``kind`` is timeline, network or map, ``drawn`` what its template shows."""

    kind: str
    title: str
    drawn: dict[str, Any]


@dataclass(frozen=True)
class AnswerTable:
    """The rows of an answer, as terms by variable, each with the claim that it is about, if any."""

    model: Model
    names: Sequence[str]
    rows: Sequence[_Row]
    claims: Sequence[Claim | None]

    def mark(self, number: int) -> str:
        """Return what a row is: fact, claim or, where it does not say so, neither."""
        if claim := self.claims[number]:
            return "fact" if claim.is_fact else "said"
        return _LAYERS.get(self.rows[number].get(self.layer, ""), "bare")

    def values(self, name: str) -> list[str]:
        """Return the values of a column, without those that are not there."""
        return [row[name] for row in self.rows if row.get(name)]

    def is_column(self, name: str, is_value: Callable[[str], object], least: int = 1) -> bool:
        """Tell whether all values of a column are of a kind, and so many of them different."""
        values = set(self.values(name))
        return len(values) >= least and all(map(is_value, values))

    @cached_property
    def layer(self) -> str:
        """The column that says of each row whether it is a fact or a claim; empty where there is none."""
        return next((name for name in self.names if self.is_column(name, _LAYERS.__contains__)), "")

    @cached_property
    def things(self) -> list[str]:
        """The columns of things."""
        return [name for name in self.names if self.is_column(name, self.model.has_page)]

    @cached_property
    def subject(self) -> str:
        """The column that tells the rows apart best: of things, else of other texts; empty where there is none."""
        texts = [
            n
            for n in self.names
            if self.is_column(n, lambda v: v[0] == '"' and not time_of_term(v) and not is_number(v))
        ]
        return max(self.things or texts, key=lambda name: len(set(self.values(name))), default="")

    def name(self, number: int) -> tuple[Ref, str] | None:
        """Return the name of a row with what it leads to: that of its claim or of its subject."""
        if claim := self.claims[number]:
            return Ref(Text(""), self.model.addresses.href(claim.node)), self.model.claims.stated(claim)
        if not (value := self.rows[number].get(self.subject, "")):
            return None
        ref = self.model.ref(value)
        return ref, ref.text.value


def pictures_of(table: AnswerTable, places: Places) -> tuple[Picture, ...]:
    """Return the pictures of an answer that its columns allow."""
    found = (_timeline(table), _network(table), _map(table, places))
    return tuple(picture for picture in found if picture)


# --- time line ---------------------------------------------------------------------------------------------------


def _timeline(table: AnswerTable) -> Picture | None:
    words = table.model.words
    columns = [name for name in table.names if table.is_column(name, time_of_term)]
    start = next((n for n in columns if not _END.fullmatch(n) and table.is_column(n, time_of_term, 2)), "")
    end = next((name for name in columns if _END.fullmatch(name) and name != start), "")
    bars = dict[tuple[str, str, str, str], Dated]()
    for number, row in enumerate(table.rows):
        time, name = _time_of_row(row.get(start, ""), row.get(end, ""), words), table.name(number)
        if time and name and span(time):
            ref, label = name
            bars.setdefault(
                (ref.href, label, time.words, table.mark(number)), Dated(ref, label, time, table.mark(number))
            )
    if not start or len({bar.time.words for bar in bars.values()}) < 2:
        return None
    dated = sorted(bars.values(), key=lambda bar: (bar.time.order, bar.label))
    drawn = {"drawings": drawings(dated[:_BARS], words), "count": len(dated), "shown": len(dated[:_BARS])}
    drawn["marks"] = {bar.mark for bar in dated[:_BARS]}
    return Picture("timeline", words.gettext("Time line"), drawn)


def time_of_term(value: str, words: Words = ENGLISH) -> Time | None:
    """Return the time that a literal is; nothing for other terms."""
    if value[0] != '"' or is_number(value):
        return None
    return time_of_text(text_of(value).value, words)


def is_number(value: str) -> bool:
    """Tell whether a term is a literal of a number."""
    return value[0] == '"' and bool(_NUMBER.search(split_literal(value)[2]))


def _time_of_row(start: str, end: str, words: Words) -> Time | None:
    begin, until = (time_of_term(value, words) if value else None for value in (start, end))
    if begin and until and begin.first and until.last and begin.first < until.last and begin.words != until.words:
        return Time(words.between(begin.words, until.words), begin.first, until.last)
    return begin


# --- network -----------------------------------------------------------------------------------------------------


def _network(table: AnswerTable) -> Picture | None:
    if len(table.things) < 2:
        return None
    first, second = table.things[:2]
    counts = defaultdict[Pair, Counter[str]](Counter)
    for number, row in enumerate(table.rows):
        one, two = row.get(first), row.get(second)
        if one and two and one != two:
            counts[one, two][table.mark(number)] += 1
    degree = degrees({pair: marks.total() for pair, marks in counts.items()})
    refs = {node: table.model.ref(node) for node in most_connected(degree)}
    links = {pair: link for pair, link in _links(counts).items() if refs.keys() >= set(pair)}
    if len(refs) < 3 or len(links) < 2:
        return None
    height = min(560, 140 + 24 * len(refs))
    drawn = {
        "drawing": drawing(refs, links, degree, height),
        "count": len(degree),
        "marks": set(chain.from_iterable(counts.values())),
    }
    return Picture(
        "network",
        table.model.words.gettext("Network"),
        drawn | {"first": column_name(first), "second": column_name(second)},
    )


def _links(counts: Mapping[Pair, Counter[str]]) -> dict[Pair, Tie]:
    """Return the lines between two things: as strong as what is most certain of what connects them, either way."""
    links = dict[Pair, Tie]()
    for one, two in {(min(pair), max(pair)) for pair in counts}:
        there, back = counts.get((one, two), Counter[str]()), counts.get((two, one), Counter[str]())
        marks = there + back
        mark = next(mark for mark in ("fact", "bare", "said") if marks[mark])
        links[one, two] = Tie(mark, marks[mark], bool(back), bool(there))
    return links


# --- map ---------------------------------------------------------------------------------------------------------


def _map(table: AnswerTable, places: Places) -> Picture | None:
    located = _by_coordinates(table)
    if not located and table.things:
        spot = places.spot
        columns = [name for name in table.things if table.is_column(name, spot)]
        for number, row in enumerate(table.rows):
            for node in filter(None, (row.get(name) for name in columns)):
                if place := spot(node):
                    own = located.setdefault(place.node, Located(place.node, place.point, place.code))
                    _count(own, table, number)
    if len(located) < 2:
        return None
    panel = answer_panel(table.model, list(located.values()))
    marks = {table.mark(number) for number in range(len(table.rows))}
    most = max(place.facts for place in located.values())
    drawn = {"panel": panel, "marks": marks, "most": most, "borders": borders_note(table.model.words)}
    return Picture("map", table.model.words.gettext("Map"), drawn)


def _by_coordinates(table: AnswerTable) -> dict[str, Located]:
    """Return the places whose coordinates the rows have, by the name of each."""
    latitude, longitude = (
        next((n for n in table.names if pattern.fullmatch(n)), "") for pattern in (_LATITUDE, _LONGITUDE)
    )
    texts = [name for name in table.names if table.is_column(name, _point)]
    found = dict[str, Located]()
    for number, row in enumerate(table.rows):
        numbers = [text_of(row[n]).value if row.get(n, "")[:1] == '"' else "" for n in (longitude, latitude)]
        text = next((row[name] for name in texts if row.get(name)), "")
        point = _point(text) if text else point_of_texts(*numbers)
        if point and (node := row.get(table.subject, "")):
            _count(found.setdefault(node, Located(node, point)), table, number)
    return found


def _point(value: str) -> Point | None:
    return point_of_text(text_of(value).value) if value[0] == '"' else None


def _count(place: Located, table: AnswerTable, number: int) -> None:
    (place.claims if table.mark(number) == "said" else place.there).add(str(number))
