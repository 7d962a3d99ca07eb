"""Draw the countries of the world: their shapes by ISO 3166-1 alpha-3 code, projected, cut to a frame, as SVG paths.

The shapes are those of Natural Earth as Visionscarto modified them "to better reflect the UN views"; ``world.json`` is
made by docs/convert_world.py. Arcs are shared by neighbours, so that a border is drawn once.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, NamedTuple

from more_itertools import unique_justseen

from publisher.site.vocabulary import translatable
from publisher.site.words import Words

Point = tuple[float, float]

# Territories whose status is disputed: all of their borders are dashed.
DISPUTED: Final = {
    "CYN": translatable("Northern Cyprus"),
    "ESH": translatable("Western Sahara"),
    "KAS": translatable("Siachen"),
    "PSE": translatable("Palestine"),
    "SOL": translatable("Somaliland"),
    "XKX": translatable("Kosovo"),
}
# Borders that are not final according to the maps of the United Nations.
_OPEN: Final = ({"SDN", "SSD"},)
# Borders of these within the frame are lines of control: longitude and latitude of its corners.
_KASHMIR: Final = ({"IND", "PAK", "CHN"}, (73.0, 32.5, 80.5, 37.2))
_OMITTED: Final = frozenset({"ATA"})
# The polynomial of the Equal Earth projection (Šavrič, Patterson and Jenny, 2018).
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
NORTH: Final = 84.0  # the parallels between which the world is drawn
_SOUTH: Final = -56.0


def equal_earth(point: Point) -> Point:
    """Return a point in degrees as x and y on a map of equal areas, y upwards."""
    longitude, latitude = map(math.radians, point)
    t = math.asin(math.sqrt(3) / 2 * math.sin(latitude))
    slope = 9 * _A4 * t**8 + 7 * _A3 * t**6 + 3 * _A2 * t**2 + _A1
    return 2 * math.sqrt(3) * longitude * math.cos(t) / (3 * slope), t * (_A1 + _A2 * t**2 + t**6 * (_A3 + _A4 * t**2))


class View(NamedTuple):
    """A map of ``width`` and ``height`` pixels: what projects degrees to it, and the frame in degrees that it shows."""

    width: int
    height: int
    project: Callable[[Point], Point]
    frame: tuple[float, float, float, float]


def whole(width: int) -> View:
    """Return the view of the whole world without Antarctica."""
    right, top, bottom = equal_earth((180, 0))[0], equal_earth((0, NORTH))[1], equal_earth((0, _SOUTH))[1]
    scale = width / (2 * right)

    def project(point: Point) -> Point:
        x, y = equal_earth(point)
        return (x + right) * scale, (top - y) * scale

    return View(width, round((top - bottom) * scale), project, (-180.0, _SOUTH, 180.0, NORTH))


def detail(points: Sequence[Point], width: int, height: int) -> View:
    """Return a view of the region around points, in degrees that are as long on the map as in its middle."""
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    x0, y0 = (west + east) / 2, (south + north) / 2
    shrink = math.cos(math.radians(y0))
    # room for the shapes around the points, and for their labels
    scale = min(width * 0.45 / max((east - west) * shrink, 3), height * 0.5 / max(north - south, 3))

    def project(point: Point) -> Point:
        return (point[0] - x0) * shrink * scale + width / 2, height / 2 - (point[1] - y0) * scale

    across, up = width / 2 / scale / shrink, height / 2 / scale
    return View(width, height, project, (x0 - across, y0 - up, x0 + across, y0 + up))


@dataclass(frozen=True)
class World:
    """The arcs of all countries in degrees, and the rings of each country as indices; ``~i`` is an arc backwards."""

    arcs: tuple[tuple[Point, ...], ...]
    countries: dict[str, list[list[int]]]

    def ring(self, indices: Sequence[int]) -> list[Point]:
        """Return the points of a ring; that of an island smaller than the grid is a single point."""
        points = [p for i in indices for p in (self.arcs[i] if i >= 0 else self.arcs[~i][::-1])[:-1]]
        return points or [self.arcs[max(indices[0], ~indices[0])][0]]

    @cached_property
    def _owners(self) -> dict[int, set[str]]:
        owners: defaultdict[int, set[str]] = defaultdict(set)
        for code, rings in self.countries.items():
            for i in (i for ring in rings for i in ring):
                owners[i if i >= 0 else ~i].add(code)
        return dict(owners)

    def thinned(self, view: View) -> World:
        """Return the same countries without the points of arcs that are less than a pixel from the one before."""
        arcs = []
        for arc in self.arcs:
            kept, last = [arc[0]], view.project(arc[0])
            for point in arc[1:-1]:
                place = view.project(point)
                if math.dist(place, last) >= 1:
                    kept.append(point)
                    last = place
            arcs.append((*kept, arc[-1]))
        return World(tuple(arcs), self.countries)

    def centre(self, code: str) -> Point:
        """Return the middle of the largest part of a country, in degrees."""
        rings = [next(_turned(self.ring(ring))) for ring in self.countries[code]]
        x, y = max(map(_centroid, rings), key=lambda found: found[0])[1]
        return (x + 180) % 360 - 180, y

    def path(self, code: str, view: View) -> str:
        """Return the shape of a country as the data of an SVG path; empty where the view does not show it."""
        rings = (ring for indices in self.countries[code] for ring in _turned(self.ring(indices)))
        return "".join(_ring_path(ring, view) for ring in rings)

    def land(self, view: View, without: Iterable[str] = ()) -> str:
        """Return the shapes of all countries but some, and Antarctica, as one path."""
        left_out = {*without, *_OMITTED}
        return "".join(self.path(code, view) for code in self.countries if code not in left_out)

    def borders(self, view: View) -> tuple[str, str]:
        """Return the borders between countries as one path, and the disputed ones as another."""
        paths = [list[str](), list[str]()]
        for i, owners in sorted(self._owners.items()):
            if len(owners) > 1:
                paths[self._is_disputed(i, owners)].append(_line_path(self.arcs[i], view))
        return "".join(paths[0]), "".join(paths[1])

    def _is_disputed(self, arc: int, owners: set[str]) -> bool:
        codes, frame = _KASHMIR
        in_kashmir = owners <= codes and all(_is_within(point, frame) for point in self.arcs[arc])
        return bool(owners & DISPUTED.keys()) or owners in _OPEN or in_kashmir


def borders_note(words: Words) -> str:
    """Return what a map has to say of its borders."""
    territories = ", ".join(sorted(map(words.gettext, DISPUTED.values())))
    return words.gettext(
        "Borders: Natural Earth, as changed by Visionscarto towards the view of the United Nations; they are those of "
        "the map, and no statement of this dataset. Dashed: borders of territories whose status is disputed "
        "({territories}), the line of control in Kashmir, and the border of Sudan and South Sudan, which is not final."
    ).format(territories=territories)


@cache
def read_world() -> World:
    """Return the world of the package."""
    values = json.loads(Path(__file__).with_name("world.json").read_text(encoding="utf-8"))
    step = values["step"]
    return World(tuple(tuple(_degrees(arc, step)) for arc in values["arcs"]), values["countries"])


def _degrees(arc: Sequence[int], step: float) -> Iterator[Point]:
    x = y = 0
    for dx, dy in zip(arc[::2], arc[1::2], strict=True):
        x, y = x + dx, y + dy
        yield round(x * step, 2), round(y * step, 2)


def _centroid(ring: Sequence[Point]) -> tuple[float, Point]:
    """Return the area of a ring, about in square degrees at the equator, and its centre of mass."""
    twice = x = y = 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        twice, x, y = twice + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    if not twice:
        return 0.0, ring[0]
    centre = x / (3 * twice), y / (3 * twice)
    return abs(twice) / 2 * math.cos(math.radians(centre[1])), centre


def _is_within(point: Point, frame: tuple[float, float, float, float]) -> bool:
    return frame[0] <= point[0] <= frame[2] and frame[1] <= point[1] <= frame[3]


def _turned(ring: Sequence[Point]) -> Iterator[list[Point]]:
    """Yield a ring; one across the antimeridian twice, without the jump, so that a part of it is on either side."""
    turn, points = 0.0, [ring[0]]
    for one, two in itertools.pairwise(ring):
        if abs(two[0] - one[0]) > 180:
            turn += 360 if two[0] < one[0] else -360
        points.append((two[0] + turn, two[1]))
    yield points
    for shift in (-360, 360):
        if any(-180 < x + shift < 180 for x, _ in points):
            yield [(x + shift, y) for x, y in points]


def _ring_path(ring: Sequence[Point], view: View) -> str:
    """Return a closed path; empty for what is outside of the view, or so small that nobody would see it."""
    west, south, east, north = view.frame
    if all(x < west for x, _ in ring) or all(x > east for x, _ in ring):
        return ""
    if all(y < south for _, y in ring) or all(y > north for _, y in ring):
        return ""
    points = _steps([view.project(p) for p in clipped(ring, view.frame)])
    if len(points) < 3:
        return ""
    return f"M{_relative(points)}z"


def _line_path(line: Sequence[Point], view: View) -> str:
    """Return an open path in as many pieces as the view shows."""
    pieces: list[list[Point]] = [[]]
    for one, two in itertools.pairwise(line):
        if (_is_within(one, view.frame) or _is_within(two, view.frame)) and abs(two[0] - one[0]) < 180:
            pieces[-1] = pieces[-1] or [one]
            pieces[-1].append(two)
        elif pieces[-1]:
            pieces.append([])
    steps = (_steps([view.project(p) for p in piece]) for piece in pieces)
    return "".join(f"M{_relative(points)}" for points in steps if len(points) > 1)


def _steps(points: Iterable[Point]) -> list[tuple[int, int]]:
    """Return points in half pixels, without repetitions."""
    return list(unique_justseen((round(2 * x), round(2 * y)) for x, y in points))


def _relative(points: Sequence[tuple[int, int]]) -> str:
    (x, y), *rest = points
    text = [f"{x} {y}l"]
    for number, (x2, y2) in enumerate(rest):
        dx, dy = x2 - x, y2 - y
        text.append(f"{' ' if number and dx >= 0 else ''}{dx}{'' if dy < 0 else ' '}{dy}")
        x, y = x2, y2
    return "".join(text)


def clipped(ring: Sequence[Point], frame: tuple[float, float, float, float]) -> list[Point]:
    """Return the part of a ring within a frame (Sutherland and Hodgman, 1974).

    >>> clipped([(0, 0), (4, 0), (4, 2), (0, 2)], (1, 0, 3, 9))
    [(1.0, 0.0), (3.0, 0.0), (3.0, 2.0), (1.0, 2.0)]
    """
    points = [(float(x), float(y)) for x, y in ring]
    for axis, bound, is_upper in ((0, frame[0], False), (0, frame[2], True), (1, frame[1], False), (1, frame[3], True)):
        if not points:
            return []
        places = [point[axis] for point in points]
        if (max(places) > bound) if is_upper else (min(places) < bound):
            points = list(_half(points, axis, bound, is_upper=is_upper))
    first = points.index(min(points)) if points else 0
    return points[first:] + points[:first]


def _half(points: Sequence[Point], axis: int, bound: float, *, is_upper: bool) -> Iterator[Point]:
    """Yield the part of a ring on one side of a line."""
    for one, two in zip([points[-1], *points], points, strict=False):
        is_in, was_in = ((p[axis] <= bound) if is_upper else (p[axis] >= bound) for p in (two, one))
        if is_in != was_in:
            share = (bound - one[axis]) / (two[axis] - one[axis])
            yield one[0] + share * (two[0] - one[0]), one[1] + share * (two[1] - one[1])
        if is_in:
            yield two
