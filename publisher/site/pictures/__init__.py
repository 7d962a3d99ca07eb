"""Draw what a dataset holds as SVG, the same bytes each time, with tables behind: time line, network and map.

A picture that would show nothing is left out.

>>> from publisher.site.pictures.world import read_world
>>> [round(degrees) for degrees in read_world().centre("ARM")]
[45, 40]
"""

from __future__ import annotations

from publisher.site.model import Model
from publisher.site.output import Page
from publisher.site.pictures.map import Places, world_map
from publisher.site.pictures.network import network
from publisher.site.pictures.timeline import timeline

__all__ = ["Places", "pictures"]


def pictures(model: Model, places: Places) -> list[Page]:
    """Return the pages of the pictures of a dataset."""
    return [*timeline(model), *(page for page in (network(model), world_map(model, places)) if page)]
