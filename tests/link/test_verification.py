"""Links compared with Wikidata as it has become since."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import EndpointError
from publisher.link.client import Wikidata
from publisher.link.entities import Entity, linkable
from publisher.link.links import Links, read_links
from publisher.link.verification import check, finding_text, unrecorded
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace
from publisher.workspace.sssom import read_mappings
from tests.recorder import Recorder
from tests.wikidata_standin import Standin, entity, state

HEAD = """#curie_map:
#  id: https://w3id.org/geopol/id/
#  wd: http://www.wikidata.org/entity/
subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tobject_label\tmapping_justification
"""
WHY = "semapv:ManualMappingCuration"


@pytest.fixture(scope="module")
def things(config: Config, workspace: Workspace) -> dict[str, Entity]:
    return linkable(config, workspace)


def _links(tmp_path: Path, *rows: str) -> Links:
    path = tmp_path / "l.sssom.tsv"
    lines = ["\t".join((*row.split("|"), WHY)) for row in rows]
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return Links(tuple((path, row) for row in read_mappings(path)))


def test_the_links_of_this_dataset_are_good(config: Config, things: dict[str, Entity], wikidata: Wikidata) -> None:
    assert finding_text(check(read_links(config), things, wikidata)) == ""


def test_the_progress_of_a_check_is_reported(config: Config, things: dict[str, Entity], wikidata: Wikidata) -> None:
    links, progress = read_links(config), Recorder()
    check(links, things, wikidata, progress)
    (_, items, fetched), (_, rows, compared) = progress.steps
    assert (fetched, compared) == (items, rows)
    assert 0 < items <= rows


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("id:baku|owl:sameAs||wd:Q99999999|Baku", "Q99999999 is dead"),
        ("id:baku|owl:sameAs||wd:Q1000001|Baku", "Q1000001 was merged into Q9248 ('Baku'); write wd:Q9248"),
        ("id:baku|owl:sameAs||wd:Q1000002|Trend", "Q1000002 is a disambiguation page, not a thing"),
        ("id:baku|owl:sameAs||wd:Q1000003|Trend", "Q1000003 is a disambiguation page, not a thing"),
        ("id:karabakh|skos:closeMatch||wd:Q244165|", "Q244165 is of another kind: breakaway state, while Karabakh is"),
        ("id:baku|owl:sameAs||wd:Q9248|Baki", "Q9248 is not called 'Baki' any more but 'Baku'"),
        ("id:nowhere|owl:sameAs||wd:Q9248|Baku", "id:nowhere is no thing of the data; was it renamed?"),
        ("id:baku|owl:sameAs||wd:P36|", "'P36' is no item; expected Q and a number"),
    ],
)
def test_a_bad_link_is_found_at_its_line(
    tmp_path: Path, things: dict[str, Entity], standin: Standin, wikidata: Wikidata, row: str, message: str
) -> None:
    standin.redirects = {"Q1000001": "Q9248"}
    standin.entities["Q1000002"] = entity("Q1000002", "Trend", [], "Wikimedia disambiguation page")
    standin.entities["Q1000003"] = entity("Q1000003", "Trend", [], "")
    standin.entities["Q0100"] = entity("Q0100", "Wikimedia disambiguation page", [], "")
    state(standin.entities["Q1000003"], "P31", "Q0100")
    links = _links(tmp_path, "id:minsk|owl:sameAs||wd:Q2280|Minsk", row)
    (found,) = check(links, things, wikidata)
    assert found.line == 6
    assert message in found.message
    assert finding_text([found]).startswith(f"{tmp_path / 'l.sssom.tsv'}:6: ")


@pytest.mark.parametrize(
    ("rows", "lines", "message"),
    [
        (
            ("id:baku|owl:sameAs||wd:Q9248|", "id:minsk|owl:sameAs||wd:Q9248|"),
            [5, 6],
            "several things: id:baku, id:minsk",
        ),
        (
            ("id:baku|owl:sameAs||wd:Q9248|", "id:baku|owl:sameAs||wd:Q2280|"),
            [5, 6],
            "several items: wd:Q2280, wd:Q9248",
        ),
        (("id:baku|owl:sameAs||wd:Q9248|", "id:baku|skos:closeMatch|Not|wd:Q9248|"), [6], "both linked and rejected"),
        (
            ("id:baku|owl:sameAs||wd:Q9248|", "id:baku|skos:exactMatch||sssom:NoTermFound|"),
            [6],
            "is linked, so this row",
        ),
    ],
)
def test_rows_that_contradict_each_other(
    tmp_path: Path, things: dict[str, Entity], wikidata: Wikidata, rows: tuple[str, ...], lines: list[int], message: str
) -> None:
    found = check(_links(tmp_path, *rows), things, wikidata)
    assert [finding.line for finding in found] == lines
    assert all(message in finding.message for finding in found)


def test_a_rejected_item_may_be_of_another_kind(tmp_path: Path, things: dict[str, Entity], wikidata: Wikidata) -> None:
    links = _links(tmp_path, "id:karabakh|skos:closeMatch|Not|wd:Q244165|Republic of Artsakh")
    assert check(links, things, wikidata) == ()


def test_one_item_may_be_close_to_several_things(tmp_path: Path, things: dict[str, Entity], wikidata: Wikidata) -> None:
    links = _links(tmp_path, "id:armenia|skos:closeMatch||wd:Q399|", "id:kazakhstan|skos:closeMatch||wd:Q399|")
    assert check(links, things, wikidata) == ()


def test_no_answer_is_no_finding(
    tmp_path: Path, things: dict[str, Entity], standin: Standin, wikidata: Wikidata
) -> None:
    standin.faults = ["503"] * 9
    with pytest.raises(EndpointError):
        check(_links(tmp_path, "id:baku|owl:sameAs||wd:Q9248|"), things, wikidata)


def test_what_nobody_recorded_is_reported(tmp_path: Path, things: dict[str, Entity]) -> None:
    found = unrecorded(_links(tmp_path, "id:baku|owl:sameAs||wd:Q9248|"), things.values())
    assert len(found) == len(things) - 1
