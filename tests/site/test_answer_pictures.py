"""Pictures of answers: which columns allow them, and that claims are drawn as claims."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from publisher.site.index import SiteIndex
from publisher.site.model import Model, make_model
from publisher.site.pictures import Places
from publisher.site.pictures.answers import AnswerTable, Picture, pictures_of
from publisher.site.words import time_of_text
from publisher.workspace.config import Config
from tests.site.conftest import SKOS, build_site, write_workspace
from tests.site.reading import page_text, parse

SVG = "{http://www.w3.org/2000/svg}"
ID = "https://w3id.org/geopol/id/"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"


@pytest.fixture(scope="module")
def model(config: Config) -> Model:
    return make_model(config, SiteIndex([(f"<{ID}{name}>", LABEL, f'"{name}"') for name in "abcdef"]))


def _pictures(model: Model, names: str, *rows: tuple[str, ...]) -> dict[str, Picture]:
    """Return the pictures of rows whose cells are one letter for a thing, and a literal for anything else."""
    columns = names.split()
    terms = [
        {
            name: f"<{ID}{cell}>" if len(cell) == 1 else f'"{cell}"' * bool(cell)
            for name, cell in zip(columns, row, strict=True)
        }
        for row in rows
    ]
    table = AnswerTable(model, columns, terms, [None] * len(rows))
    return {picture.kind: picture for picture in pictures_of(table, Places(model))}


def test_dates_make_a_time_line_and_two_columns_of_things_a_network(model: Model) -> None:
    found = _pictures(model, "who whom time", ("a", "b", "2018-11"), ("b", "c", "2018-12-02"), ("c", "b", ""))
    assert list(found) == ["timeline", "network"]
    assert [bar.label for bar in found["timeline"].drawn["drawings"][0].bars] == ["a", "b"]
    edges = {(e.mark, e.heads.count("z")) for e in found["network"].drawn["drawing"].edges}
    assert edges == {("bare", 1), ("bare", 2)}


def test_coordinates_make_a_map(model: Model) -> None:
    rows = (("a", "40.2", "44.5"), ("b", "53.9", "27.6"))
    (point, other) = _pictures(model, "city lat long", *rows)["map"].drawn["panel"].points
    assert point.x > other.x
    assert point.y > other.y
    assert _pictures(model, "city lat long", ("a", "140.2", "44.5"), ("b", "north", "27.6")) == {}
    assert list(_pictures(model, "city where", ("a", "POINT(44.5 40.2)"), ("b", "POINT(27.6 53.9)"))) == ["map"]


def test_rows_that_are_said_to_be_claims_are_drawn_as_claims(model: Model) -> None:
    rows = (("fact", "a", "b", "2018"), ("claim", "b", "c", "2019"), ("claim", "a", "b", "2017"))
    found = _pictures(model, "layer one other from", *rows)
    assert [bar.mark for bar in found["timeline"].drawn["drawings"][0].bars] == ["said", "fact", "said"]
    assert sorted(edge.mark for edge in found["network"].drawn["drawing"].edges) == ["fact", "said"]


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        ("who time", (("a", "2018"), ("b", "2018"))),  # one time makes no line
        ("who time", (("a", "2018"), ("b", "about 1900"))),
        ("who count", (("a", "12"), ("b", "2018"))),
        ("who whom", (("a", "b"), ("a", "b"))),  # one line makes no network
        ("who whom", (("a", "b"), ("a", "some text"))),
        ("who", ()),
    ],
)
def test_other_columns_make_no_picture(model: Model, names: str, rows: tuple[tuple[str, ...], ...]) -> None:
    assert _pictures(model, names, *rows) == {}


def test_a_second_column_of_dates_is_the_end(model: Model) -> None:
    drawn = _pictures(model, "who from until", ("a", "2017", "2018-02"), ("b", "2018", ""))["timeline"].drawn
    assert [bar.when for bar in drawn["drawings"][0].bars] == ["2017 to February 2018", "2018"]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018-11-19", "2018-11-19", "2018-11-19"),
        ("2018-11-19T10:00:00Z", "2018-11-19", "2018-11-19"),
        ("2020-02~", "2020-02-01", "2020-02-29"),
        ("1992?", "1992-01-01", "1992-12-31"),
        ("2018-22", "2018-06-01", "2018-08-31"),
        ("2018-24", "2018-12-01", "2019-02-28"),
        ("2018-06/..", "2018-06-01", ""),
        ("/2018", "", "2018-12-31"),
    ],
)
def test_times_of_edtf_have_days(text: str, first: str, last: str) -> None:
    time = time_of_text(text)
    assert time
    days = [datetime.date.fromisoformat(day) if day else None for day in (first, last)]
    assert [time.first, time.last] == days


@pytest.mark.parametrize("text", ["", "..", "../..", "2018-13", "2018-02-30", "0000", "summer", "2018/summer"])
def test_other_texts_are_no_times(text: str) -> None:
    assert time_of_text(text) is None


def test_questions_show_pictures_with_their_answer(site: Path) -> None:
    figures = [
        f for f in parse(site / "queries" / "who-accuses-whom.html").iter() if str(f.tag).rpartition("}")[2] == "figure"
    ]
    assert len(figures) == 2
    lines = [node.get("class") for node in figures[1].iter(f"{SVG}path")]
    assert {str(line).split()[0] for line in lines} == {"said", "head"}
    assert "only a claim" in "".join(figures[0].itertext())


def test_without_claims_in_the_data_a_picture_says_nothing_of_facts(tmp_path: Path) -> None:
    query = "#+ summary: What is broader?\nSELECT * { ?one <http://www.w3.org/2004/02/skos/core#broader> ?other }"
    folder = write_workspace(tmp_path / "w", SKOS.read_text(encoding="utf-8"), queries={"broader": query})
    text = page_text(build_site(folder) / "queries" / "broader.html")
    assert "An arrow leads from “one” to “other”." in text
    assert "fact" not in text
