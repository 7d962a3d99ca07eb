"""The map: only what the data locate is on it, disputed borders are dashed, and the shapes are what they should be."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from publisher.site.index import SiteIndex
from publisher.site.pictures.map import coordinates
from publisher.site.pictures.world import DISPUTED, World, detail, read_world, whole
from tests.site.conftest import build_site, write_workspace
from tests.site.reading import page_text, parse

GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
WKT = "http://www.opengis.net/ont/geosparql#"


@pytest.fixture(scope="module")
def world() -> World:
    return read_world()


def test_countries_are_on_the_map_and_places_without_coordinates_are_not(site: Path) -> None:
    text = page_text(site / "map.html")
    table, _, rest = text.partition("What has a place")
    events, _, missing = rest.partition("Not on the map")
    for name, code in (("Armenia", "ARM"), ("South Sudan", "SSD"), ("United Kingdom", "GBR")):
        assert f"{name}\n{code}\n" in table
    for name in ("Karabakh", "Tashkent", "Line of Contact"):
        assert name not in table
        assert name in missing
    assert re.search(r"territory of Belarus,? ?\n?, shown as\s+Belarus", events)
    assert "Assertion." in events
    assert "no statement of this dataset" in text


def test_a_dataset_without_places_has_no_map(thesaurus: Path) -> None:
    assert not (thesaurus / "map.html").exists()
    assert "Map" not in page_text(thesaurus / "index.html").split()


def test_the_map_can_be_read_without_seeing_it(site: Path) -> None:
    for svg in parse(site / "map.html").iter("{http://www.w3.org/2000/svg}svg"):
        if svg.get("class") == "map":
            names = {node.get("id"): node.text for node in svg}
            assert names[svg.get("aria-labelledby")]
            assert "table" in (names[svg.get("aria-describedby")] or "")


def test_points_of_another_vocabulary_are_drawn(tmp_path: Path) -> None:
    data = f"""@prefix : <https://example.org/t/id/> .
@prefix geo: <{GEO}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:a rdfs:label "Amsterdam"@en ; geo:lat 52.37 ; geo:long 4.9 .
:b rdfs:label "Delft"@en ; geo:lat 52.01 ; geo:long 4.36 .
:c rdfs:label "Nowhere"@en ; geo:lat 152.01 ; geo:long 4.36 .
"""
    ontology = f"""@prefix owl: <http://www.w3.org/2002/07/owl#> .
<https://example.org/t/ns> a owl:Ontology .
<{GEO}lat> a owl:DatatypeProperty . <{GEO}long> a owl:DatatypeProperty .
"""
    folder = build_site(write_workspace(tmp_path / "w", data, ontology=ontology))
    text = page_text(folder / "map.html")
    assert "52.37° N, 4.90° E" in text
    assert "Nowhere" not in text
    assert "claim" not in text.casefold()
    content = (folder / "map.html").read_text(encoding="utf-8")
    assert content.count('<svg class="map"') == 2  # the two are too near to each other on the map of the world


@pytest.mark.parametrize(
    ("triples", "point"),
    [
        ([("<a>", f"<{GEO}lat>", '"1.5"'), ("<a>", f"<{GEO}long>", '"-2"')], (-2.0, 1.5)),
        ([("<a>", f"<{WKT}asWKT>", f'"POINT(7 8.25)"^^<{WKT}wktLiteral>')], (7.0, 8.25)),
        ([("<a>", f"<{WKT}hasGeometry>", "_:g"), ("_:g", f"<{WKT}asWKT>", '"<http://x> Point (7 8)"')], (7.0, 8.0)),
        ([("<a>", "<http://schema.org/geo>", "<b>"), ("<b>", "<http://schema.org/latitude>", '"1"')], None),
        ([("<a>", f"<{GEO}lat>", '"north"'), ("<a>", f"<{GEO}long>", '"2"')], None),
        ([("<a>", f"<{GEO}lat>", '"91"'), ("<a>", f"<{GEO}long>", '"2"')], None),
        ([("<a>", f"<{GEO}lat>", '"nan"'), ("<a>", f"<{GEO}long>", '"2"')], None),
        ([("<a>", f"<{WKT}asWKT>", '"LINESTRING(7 8, 9 9)"')], None),
    ],
)
def test_coordinates_are_read_as_the_vocabularies_write_them(
    triples: list[tuple[str, str, str]], point: tuple[float, float] | None
) -> None:
    assert coordinates(SiteIndex(triples), "<a>") == point


# --- the world -------------------------------------------------------------------------------------------------------


def test_every_country_has_a_shape_and_its_middle_lies_within_its_part_of_the_world(world: World) -> None:
    assert len(world.countries) > 230
    for code, (x, y) in {
        "RUS": (97, 62),
        "FRA": (2.5, 46.5),
        "FJI": (178, -17.8),
        "USA": (-99, 40),
        "SGP": (103.8, 1.3),
        "NZL": (171, -43),
    }.items():
        assert math.dist(world.centre(code), (x, y)) < 5, code
    view = whole(832)
    assert all(re.fullmatch(r"[-Mlz0-9 ]*", world.path(code, view)) for code in world.countries)


def test_no_shape_crosses_the_whole_map(world: World) -> None:
    """Russia, Fiji and the United States lie on both sides of the antimeridian."""
    view = whole(832)
    for code in ("RUS", "FJI", "USA", "NZL"):
        for part in world.path(code, view).split("z"):
            steps = [int(n) for n in re.findall(r"-?\d+", part)][2:]
            assert all(abs(dx) < 200 for dx in steps[::2]), code


def test_borders_of_disputed_territories_are_apart_from_others(world: World) -> None:
    near_sudan = detail([(25.0, 10.0), (33.0, 12.0)], 400, 300)
    solid, disputed = world.borders(near_sudan)
    assert disputed.count("M") >= 1
    europe = detail([(2.0, 48.0), (9.0, 50.0)], 400, 300)
    solid, disputed = world.borders(europe)
    assert solid
    assert not disputed
    kashmir = detail([(74.0, 34.0), (76.0, 35.0)], 400, 300)
    assert world.borders(kashmir)[1]
    assert set(DISPUTED) <= set(world.countries)


def test_neighbours_keep_their_common_border_when_arcs_are_thinned(world: World) -> None:
    thin = world.thinned(whole(832))
    assert thin.countries == world.countries
    for arc, thinned in zip(world.arcs, thin.arcs, strict=True):
        assert (arc[0], arc[-1]) == (thinned[0], thinned[-1])
        assert set(thinned) <= set(arc)
