"""Write the shapes of the countries and the places of a dataset for the maps of the SPARQL page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from publisher.site.pictures import Places
from publisher.site.pictures.world import NORTH, borders_note, equal_earth, read_world, whole
from publisher.site.words import Words

_WIDTH: Final = 3328  # four times that of a drawing, so that a region of it still has details
_STEPS: Final = 2  # of the paths in a pixel


def map_data(places: Places, words: Words, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return the shapes as SVG paths by code, and longitude, latitude and code of each place by its number."""
    world, view = read_world(), whole(_WIDTH)
    borders, disputed = world.borders(view)
    shapes = {code: path for code in world.countries if code != "ATA" and (path := world.path(code, view))}
    located = (place for place in places.located.values() if place.node in numbers)
    return {
        "width": view.width,
        "height": view.height,
        "top": equal_earth((0, NORTH))[1],
        "steps": _STEPS,
        "shapes": shapes,
        "borders": borders,
        "disputed": disputed,
        "note": borders_note(words),
        "spots": {numbers[place.node]: [*place.point, *filter(None, (place.code,))] for place in located},
    }
