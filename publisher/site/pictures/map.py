"""Draw the countries and places of a dataset on a map of the world, with the facts and claims that name them.

Only what the data state is drawn: a place has an ISO 3166-1 alpha-3 code or coordinates, or is of a country that has a
code. A place without any of these is in the table alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, NamedTuple

from more_itertools import map_reduce

from publisher.rdf.ntriples import iri, split_literal
from publisher.rdf.vocab import SCHEMA
from publisher.site.claims import Claim
from publisher.site.index import SiteIndex, text_of
from publisher.site.model import Model, Ref
from publisher.site.output import Page
from publisher.site.pictures.labels import Node, labelled
from publisher.site.pictures.world import Point, View, World, borders_note, detail, read_world, whole
from publisher.site.vocabulary import OBJECT, PREDICATE, term
from publisher.site.words import ENGLISH, Words

_WIDTH, _DETAIL_HEIGHT = 832, 340
_CLOSE: Final = 22.0  # pixels: places that are nearer to each other are shown again on a map of their region
_MOST_LABELS: Final = 300  # of more places those that most facts and claims name have labels
_FAR: Final = 150.0  # degrees that a map of a region shows at most
_REGION: Final = 60.0  # pixels between neighbours of such a region
_GEO: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_GEOSPARQL: Final = "http://www.opengis.net/ont/geosparql#"
# Pairs of properties of latitude and longitude, properties of a point as text, and what leads to a node that has one.
_PAIRS: Final = (
    (iri(f"{_GEO}lat"), iri(f"{_GEO}long")),
    (term(SCHEMA, "latitude"), term(SCHEMA, "longitude")),
    (iri("https://schema.org/latitude"), iri("https://schema.org/longitude")),
)
_TEXTS: Final = (iri(f"{_GEOSPARQL}asWKT"), iri("http://www.wikidata.org/prop/direct/P625"))
_NODES: Final = (
    iri(f"{_GEOSPARQL}hasGeometry"),
    iri(f"{_GEOSPARQL}hasDefaultGeometry"),
    term(SCHEMA, "geo"),
    iri("https://schema.org/geo"),
    iri(f"{_GEO}location"),
)
_POINT: Final = re.compile(r"(?:<[^>]*>)?\s*POINT\s*\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)\s*\)", re.IGNORECASE)


@dataclass
class Located:
    """A country or a place on the map: where it is, and what the data hold of it.

    ``code`` is empty for a point. ``there`` are facts that happened there, ``part`` those in which it takes part.
    """

    node: str
    point: Point
    code: str = ""
    there: set[str] = field(default_factory=set)
    part: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)

    @property
    def facts(self) -> int:
        """How many facts name it."""
        return len(self.there | self.part)


class Shape(NamedTuple):
    """A country that the data name: its path, the class of its shade, and its name."""

    path: str
    shade: str
    ref: Ref


class Disc(NamedTuple):
    """A place that is no country, as a disc; ``is_said`` when only claims name it."""

    x: float
    y: float
    size: float
    ref: Ref
    is_said: bool = False


class Panel(NamedTuple):
    """One drawing: the size, land and borders as paths, the countries and points of the data, and their labels."""

    width: int
    height: int
    land: str
    borders: str
    disputed: str
    shapes: list[Shape]
    points: list[Disc]
    labels: list[Node]
    frame: tuple[int, int, int, int] | None = None


def world_map(model: Model, places: Places) -> Page | None:
    """Return the map of a dataset; nothing where no country or place is known to be anywhere."""
    if not places.located:
        return None
    world, view = read_world(), whole(_WIDTH)
    located = sorted(places.located.values(), key=lambda place: model.index.name_key(place.node))
    region = _crowded(located, view)
    panels = [_panel(model, world.thinned(view), view, located, region)]
    if region:
        near = detail([place.point for place in region], _WIDTH, _DETAIL_HEIGHT)
        panels[0] = panels[0]._replace(frame=_frame(near, view))
        panels.append(_panel(model, world, near, located))
    context: dict[str, Any] = {
        "panels": panels,
        "most": max(place.facts for place in located),
        "has_idle": any(not place.facts and not place.claims for place in located),
        "rows": [_row(model, place) for place in sorted(located, key=lambda p: (-p.facts, -len(p.claims)))],
        "events": list(places.events()),
        "missing": [model.ref(node) for node in places.missing],
        "borders": borders_note(model.words),
    }
    return Page("map.html", model.words.gettext("Map"), "map.html", context)


def _row(model: Model, place: Located) -> tuple[Ref, str, int, int, int]:
    where = place.code or coordinates_text(place.point, model.words)
    return model.ref(place.node), where, len(place.there), len(place.part), len(place.claims)


def answer_panel(model: Model, located: Sequence[Located]) -> Panel:
    """Return a map of the places of an answer: of their region, or of the world where they are far apart."""
    points = [place.point for place in located]
    view = detail(points, _WIDTH, _DETAIL_HEIGHT)
    if view.frame[2] - view.frame[0] < _FAR and view.frame[3] - view.frame[1] < _FAR:
        return _panel(model, read_world(), view, located)
    view = whole(_WIDTH)
    return _panel(model, read_world().thinned(view), view, located)


class Places:
    """The places of a dataset, with the facts and claims that name them."""

    def __init__(self, model: Model) -> None:
        self.model, self.index = model, model.index
        self._place, self._country = model.vocabulary["place"], model.vocabulary["country"]
        self.located = dict(self._found(read_world()))
        self._stated = self._statements()
        missing = {place for _, place, _ in self._stated if not self.spot(place)}
        self.missing = sorted(missing, key=self.index.name_key)
        self._count()

    def _found(self, world: World) -> Iterator[tuple[str, Located]]:
        for node in self.model.things:
            if (code := self._code(node)) in world.countries:
                yield node, Located(node, world.centre(code), code)
            elif point := coordinates(self.index, node):
                yield node, Located(node, point)

    def _code(self, node: str) -> str:
        """Return the code of a country: a value of the property, or with the datatype, of ``country-code``."""
        name = self.model.vocabulary["country-code"]
        for p, objects in self.index.values.get(node, {}).items():
            for o in objects:
                if o[0] == '"' and (p == name or iri(split_literal(o)[2]) == name):
                    return text_of(o).value
        return ""

    def spot(self, node: str) -> Located | None:
        """Return where a place is: there, or in the country of which it is."""
        near = (node, *self.index.objects(node, self._country))
        return next((self.located[place] for place in near if place in self.located), None)

    def _statements(self) -> list[tuple[str, str, Claim | None]]:
        """Return what the data place somewhere: facts, and claims that are no facts."""
        facts = [(fact, place, None) for fact in self.model.facts for place in self.index.objects(fact, self._place)]
        claims = [
            (claim.node, place, claim)
            for claim in self.model.claims.all.values()
            if not claim.is_fact and self._place in self.index.objects(claim.node, PREDICATE)
            for place in self.index.objects(claim.node, OBJECT)
        ]
        return [*facts, *claims]

    def _count(self) -> None:
        for node, place, claim in self._stated:
            if spot := self.spot(place):
                (spot.claims if claim else spot.there).add(node)
        hidden = {*self.model.vocabulary.hidden(), self._place}
        for fact in self.model.facts:
            for _, p, o in self.index.triples(fact):
                if o in self.located and p not in hidden:
                    self.located[o].part.add(fact)
        for node, spot in self.located.items():
            spot.claims |= {c.node for c in self.model.claims.about.get(node, ()) if not c.is_fact}

    def events(self) -> Iterator[tuple[str, str, Ref, Ref, Ref | None]]:
        """Yield the facts and claims with a place: when, what it is, its name, the place, and where that is."""
        for node, place, claim in self._stated:
            spot = self.spot(place)
            on = self.model.ref(spot.node) if spot and spot.node != place else None
            when = "" if claim else self.model.facts[node].words
            word = self.model.claims.mark_word(claim) if claim else self.model.words.gettext("Fact")
            yield when, word, self.model.ref(node), self.model.ref(place), on


def coordinates(index: SiteIndex, node: str) -> Point | None:
    """Return longitude and latitude of a thing in degrees, where the data have them (WGS 84, GeoSPARQL, schema.org)."""
    for own in (node, *(o for name in _NODES for o in index.objects(node, name) if o[0] != '"')):
        for latitude, longitude in _PAIRS:
            if point := point_of_texts(index.literal(own, longitude), index.literal(own, latitude)):
                return point
        for name in _TEXTS:
            if point := point_of_text(index.literal(own, name)):
                return point
    return None


def point_of_text(text: str) -> Point | None:
    """Return longitude and latitude of a point in WKT; nothing for any other text."""
    match = _POINT.fullmatch(text.strip())
    return point_of_texts(match[1], match[2]) if match else None


def point_of_texts(longitude: str, latitude: str) -> Point | None:
    """Return a point of two numbers in degrees; nothing for other texts, and for numbers out of range."""
    try:
        x, y = float(longitude), float(latitude)
    except ValueError:
        return None
    return (x, y) if abs(x) <= 180 and abs(y) <= 90 else None


def coordinates_text(point: Point, words: Words = ENGLISH) -> str:
    """Return a point as people write it.

    >>> coordinates_text((-44.5, 40.18))
    '40.18° N, 44.50° W'
    """
    (x, y), _ = point, words.gettext
    north, east = words.number(abs(y), 2), words.number(abs(x), 2)
    latitude = _("{degrees}° N") if y >= 0 else _("{degrees}° S")
    longitude = _("{degrees}° E") if x >= 0 else _("{degrees}° W")
    return f"{latitude.format(degrees=north)}, {longitude.format(degrees=east)}"


def _crowded(located: Sequence[Located], view: View) -> list[Located]:
    """Return the largest group of neighbours of which some are too near to each other to be told apart.

    Of more places than have labels there is none: a map of so many is crowded everywhere.
    """
    if len(located) > _MOST_LABELS:
        return []
    spots = {place.node: view.project(place.point) for place in located}
    groups: list[list[Located]] = []
    rest = list(located)
    while rest:
        group = [rest.pop(0)]
        for one in group:
            near = [p for p in rest if math.dist(spots[p.node], spots[one.node]) < _REGION]
            group += near
            rest = [p for p in rest if p not in near]
        groups.append(group)

    def close(group: Sequence[Located]) -> list[Located]:
        """Return the places that are near to another one; the others would only make the region larger."""
        return [a for a in group if any(a is not b and math.dist(spots[a.node], spots[b.node]) < _CLOSE for b in group)]

    return close(max(filter(close, groups), key=len, default=[]))


def _frame(near: View, view: View) -> tuple[int, int, int, int]:
    west, south, east, north = near.frame
    corners = [view.project(point) for point in ((west, south), (west, north), (east, south), (east, north))]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return round(min(xs)), round(min(ys)), round(max(xs) - min(xs)), round(max(ys) - min(ys))


def _panel(
    model: Model, world: World, view: View, located: Sequence[Located], without: Iterable[Located] = ()
) -> Panel:
    """Return a drawing; places of ``without`` have no label, since another drawing shows them larger."""
    most = max((place.facts for place in located), default=0)
    codes = map_reduce(located, attrgetter("code"))
    codes.pop("", None)
    shapes = [
        Shape(path, _shade(places[0], most), model.ref(places[0].node))
        for code, places in sorted(codes.items())
        if (path := world.path(code, view))
    ]
    unlabelled = {place.node for place in without}
    seen = [place for place in located if _is_seen(place, view)]
    marks = [(model.ref(p.node), _whole(view.project(p.point)), 0.0 if p.code else _radius(p, most)) for p in seen]
    order = sorted(range(len(seen)), key=lambda n: (-seen[n].facts, -len(seen[n].claims), n))
    named = sorted(order[:_MOST_LABELS])
    nodes = labelled([marks[n] for n in named], view.width)
    labels = [node for n, node in zip(named, nodes, strict=True) if seen[n].node not in unlabelled]
    discs = [
        Disc(*at, size, ref, bool(place.claims) and not place.facts)
        for (ref, at, size), place in zip(marks, seen, strict=True)
        if not place.code
    ]
    borders, disputed = world.borders(view)
    return Panel(view.width, view.height, world.land(view, codes), borders, disputed, shapes, discs, labels)


def _is_seen(place: Located, view: View) -> bool:
    x, y = view.project(place.point)
    return 0 <= x <= view.width and 0 <= y <= view.height


def _whole(point: Point) -> Point:
    return round(point[0]), round(point[1])


def _radius(place: Located, most: int) -> float:
    return round(3 + 5 * math.sqrt(place.facts / most), 1) if most else 4.0


def _shade(place: Located, most: int) -> str:
    """Return the class of a country: four shades by the share of facts, another for claims alone, or a plain one."""
    if place.facts:
        return f"f{math.ceil(4 * math.sqrt(place.facts / most))}"
    return "said" if place.claims else "f0"
