"""The time line: what is shown of a time that is partly known, and the pages of many facts."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

import pytest

from publisher.site.index import SiteIndex
from publisher.site.model import make_model
from publisher.site.pictures.timeline import timeline
from publisher.workspace.config import Config
from tests.site.reading import page_text, parse

GP = "https://w3id.org/geopol/ns#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
CLASS = (f"<{GP}Situation>", TYPE, "<http://www.w3.org/2002/07/owl#Class>")


def _fact(number: int, **days: str) -> list[tuple[str, str, str]]:
    node = f"<https://w3id.org/geopol/id/f{number:03}>"
    date = "^^<http://www.w3.org/2001/XMLSchema#date>"
    return [
        (node, TYPE, f"<{GP}Situation>"),
        *((node, f"<{GP}{name}>", f'"{day}"{date}') for name, day in days.items()),
    ]


def _pages(config: Config, facts: list[list[tuple[str, str, str]]]) -> list[dict[str, object]]:
    model = make_model(config, SiteIndex([t for fact in facts for t in fact], ontology=[CLASS]))
    return [{"path": page.path, **page.context} for page in timeline(model)]


def _many(count: int) -> list[list[tuple[str, str, str]]]:
    start = datetime.date(2001, 1, 1)
    days = [(start + datetime.timedelta(days=17 * number)).isoformat() for number in range(count)]
    return [_fact(number, earliestBegin=day, latestEnd=day) for number, day in enumerate(days)]


def test_two_facts_make_no_time_line(config: Config) -> None:
    assert _pages(config, _many(2)) == []


def test_three_hundred_facts_are_on_three_pages_each_once(config: Config) -> None:
    pages = _pages(config, _many(300))
    assert [page["path"] for page in pages] == ["timeline.html", "timeline-2.html", "timeline-3.html"]
    assert [len(page["rows"]) for page in pages] == [120, 120, 60]  # type: ignore[arg-type]
    shown = [str(row[1]) for page in pages for row in page["rows"]]  # type: ignore[attr-defined]
    assert len(set(shown)) == 300
    assert shown[0] == "f180"


@pytest.mark.parametrize("count", [3, 20, 120])
def test_nothing_lies_outside_of_the_drawing_and_names_of_time_do_not_overlap(count: int, config: Config) -> None:
    facts = [*_many(count), _fact(900, latestBegin="2001-02-03"), _fact(901, latestEnd="2031-12-31")]
    for page in _pages(config, facts):
        for drawing in page["drawings"]:  # type: ignore[attr-defined]
            for bar in drawing.bars:
                for x, width in filter(None, (bar.solid, bar.open)):
                    assert drawing.width >= x + width
                    assert x >= 0
            for names, room in (
                ([t.x for t in drawing.ticks if t.month], 24),
                ([t.x for t in drawing.ticks if t.year], 30),
            ):
                assert all(after - before > room for before, after in itertools.pairwise(names))


def test_an_open_end_is_dotted_and_a_day_is_solid(config: Config) -> None:
    facts = [*_many(3), _fact(900, latestBegin="2001-01-10", earliestEnd="2001-02-01")]
    (page,) = _pages(config, facts)
    bars = {str(bar.ref): bar for bar in page["drawings"][0].bars}  # type: ignore[index]
    day, seen = bars["f000"], bars["f900"]
    assert day.open is None
    assert day.solid[1] >= 4
    assert seen.open[0] < seen.solid[0]
    assert sum(seen.open) > sum(seen.solid)


def test_the_drawings_of_the_site_have_names_and_a_table(site: Path) -> None:
    page = site / "timeline.html"
    drawings = [
        node for node in parse(page).iter("{http://www.w3.org/2000/svg}svg") if "tl" in (node.get("class") or "")
    ]
    assert [node.get("class") for node in drawings] == ["tl wide", "tl narrow"]
    text = page_text(page)
    assert "time without facts is left out" in text
    assert "15 May 1992" in text.partition("The same as a table")[2]
