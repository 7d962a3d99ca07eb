"""Suggestions on a labelled set: things whose item is known, look-alikes, and things without an item."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.link.candidates import Suggestion, suggest, suggestion_text
from publisher.link.client import Wikidata
from publisher.link.entities import Entity, linkable
from publisher.link.links import Links, read_links
from publisher.link.scoring import LinkContext, similarity
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace
from tests.conftest import ROOT, Requirement
from tests.dataset.test_article import MATERIAL
from tests.wikidata_standin import DATA, Standin, connected, extract, oxigraph, rdf, serving, sparql

ID = "https://w3id.org/geopol/id/"


@dataclass(frozen=True)
class Figures:
    """How good the suggestions are: right ones at the top, and right ones of those that are at least so confident."""

    linked: int
    first: int
    high: tuple[int, int]
    likely: tuple[int, int]

    def text(self) -> str:
        return " | ".join(
            (f"{self.first} of {self.linked}", *(f"{right} of {found}" for right, found in (self.high, self.likely)))
        )


@pytest.fixture(scope="module")
def things(config: Config, workspace: Workspace) -> dict[str, Entity]:
    return linkable(config, workspace)


@pytest.fixture(scope="module")
def links(config: Config) -> Links:
    return read_links(config)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, require: Requirement) -> Iterator[Wikidata]:
    program = oxigraph()
    require("Oxigraph", "pip install oxigraph", found=program is not None)
    assert program is not None
    entities = extract()
    with (
        serving(Standin(entities)) as standin,
        sparql(program, tmp_path_factory.mktemp("wd"), rdf(entities)) as url,
        connected(standin, url) as wikidata,
    ):
        # the suggestions with and without links search for the same names
        wikidata.search = cache(wikidata.search)  # type: ignore[method-assign]
        wikidata.reconcile = cache(wikidata.reconcile)  # type: ignore[method-assign]
        yield wikidata


def _context(things: dict[str, Entity], known: dict[str, str]) -> LinkContext:
    return LinkContext(known, {iri: thing.all_names for iri, thing in things.items()})


@pytest.fixture(scope="module")
def suggestions(things: dict[str, Entity], links: Links, service: Wikidata) -> dict[str, Suggestion]:
    """The suggestions for everything, each thing as if it alone were not linked yet."""
    found = suggest(things.values(), service, _context(things, links.items()))
    return {suggestion.entity.iri: suggestion for suggestion in found}


@pytest.fixture(scope="module")
def cold(things: dict[str, Entity], service: Wikidata) -> dict[str, Suggestion]:
    """The suggestions when nothing is linked yet."""
    return {found.entity.iri: found for found in suggest(things.values(), service, _context(things, {}))}


def _right(links: Links) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for _, row in links.rows:
        if row.is_asserted:
            found.setdefault(row.subject, set()).add(row.object.rpartition("/")[2])
    return found


def measure(suggestions: dict[str, Suggestion], right: dict[str, set[str]]) -> Figures:
    best = {iri: found.candidates[0].item.id for iri, found in suggestions.items() if found.candidates}
    hits = {iri for iri, item in best.items() if item in right.get(iri, ())}
    high = {iri for iri, found in suggestions.items() if found.confidence == "high"}
    likely = {iri for iri, found in suggestions.items() if found.confidence != "low"}
    return Figures(len(right), len(hits), (len(high & hits), len(high)), (len(likely & hits), len(likely)))


def test_the_right_item_is_first_for_all_that_have_one(suggestions: dict[str, Suggestion], links: Links) -> None:
    right = _right(links)
    assert len(right) >= 30
    wrong = {iri: suggestion_text(suggestions[iri], {}) for iri in right if not _is_right(suggestions[iri], right[iri])}
    assert wrong == {}


def _is_right(suggestion: Suggestion, right: set[str]) -> bool:
    return bool(suggestion.candidates) and suggestion.candidates[0].item.id in right


def test_nothing_without_an_item_gets_one_with_high_confidence(
    suggestions: dict[str, Suggestion], cold: dict[str, Suggestion], links: Links
) -> None:
    right = _right(links)
    without = [iri for iri in suggestions if iri not in right]
    assert len(without) >= 60
    assert [iri for iri in without if "high" in (suggestions[iri].confidence, cold[iri].confidence)] == []


def test_what_was_rejected_is_no_confident_suggestion(suggestions: dict[str, Suggestion], links: Links) -> None:
    rejected = [(row.subject, row.object.rpartition("/")[2]) for _, row in links.rows if row.is_negated]
    assert len(rejected) >= 6
    for thing, item in rejected:
        found = suggestions[thing]
        assert not (found.confidence == "high" and found.candidates[0].item.id == item), thing


@pytest.mark.parametrize(
    ("thing", "right", "look_alike", "difference"),
    [
        ("karabakh", "Q44302", "Q244165", "type: Place and breakaway state differ"),
        ("security-council-of-belarus", None, "Q672108", "country: Russia, which is another"),
        ("april-2016-escalation", None, "Q381375", "time: 2016 and 1988 to 1994 differ"),
        ("ministry-of-foreign-affairs-of-azerbaijan", None, "Q2065366", "type: Organization and office differ"),
    ],
)
def test_a_look_alike_is_shown_with_the_difference(
    things: dict[str, Entity], service: Wikidata, thing: str, right: str | None, look_alike: str, difference: str
) -> None:
    from publisher.link.scoring import score_item

    iri = ID + thing
    items = service.items([look_alike, *([right] if right else [])])
    context = _context(things, {})
    scores = {
        asked: score_item(
            things[iri], item, service.class_levels(item), service.items(item.values("P17", "P27")), context
        )
        for asked, item in items.items()
    }
    assert difference in [line.text for line in scores[look_alike].evidence]
    if right:
        assert scores[right].score > scores[look_alike].score


def test_an_item_without_evidence_is_never_proposed(
    suggestions: dict[str, Suggestion], cold: dict[str, Suggestion]
) -> None:
    proposed = {c.item.id for found in (suggestions, cold) for s in found.values() for c in s.candidates}
    assert "Q1960184" not in proposed
    assert proposed <= set(extract())


def test_the_figures_are_those_of_the_documentation(
    suggestions: dict[str, Suggestion], cold: dict[str, Suggestion], links: Links
) -> None:
    page = (ROOT / "docs" / "linking.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (all other links|no link) +\| (.+?) +\|$", page, re.MULTILINE)
    measured = [measure(found, _right(links)).text() for found in (suggestions, cold)]
    assert [" | ".join(cell.strip() for cell in cells.split("|")) for _, cells in rows] == measured


def test_evidence_is_reported_line_by_line(suggestions: dict[str, Suggestion]) -> None:
    text = suggestion_text(suggestions[f"{ID}baku"], {"Q9248": "for a test"})
    assert "1  Q9248  Baku: capital of Azerbaijan  [80, high]" in text
    assert "+50  name: 'Baku' and 'Baku' (en), 100% alike" in text
    assert "+20  type: Place and capital" in text
    assert "+10  country: Azerbaijan" in text
    assert "rejected before: for a test" in text


@pytest.mark.parametrize("way", ["reconcile", "search", "sparql"])
def test_each_way_alone_finds_a_city(things: dict[str, Entity], service: Wikidata, way: str) -> None:
    (found,) = suggest([things[f"{ID}minsk"]], service, _context(things, {}), [way])  # type: ignore[list-item]
    assert found.candidates[0].item.id == "Q2280"


def test_a_party_without_a_name_is_found_through_its_leader(
    things: dict[str, Entity], links: Links, service: Wikidata
) -> None:
    (found,) = suggest([things[f"{ID}party-of-nikol-pashinyan"]], service, _context(things, links.items()), ["sparql"])
    assert {scored.item.id for scored in found.candidates} >= {"Q17305307", "Q58353776"}


def test_only_what_one_may_look_for_is_linkable(things: dict[str, Entity]) -> None:
    names = {iri.removeprefix(ID) for iri in things}
    assert names >= {"baku", "csto", "april-2016-escalation", "united-nations-security-council", "polonez"}
    assert not [name for name in names if "/" in name or name.startswith(("doc-", "tenure-", "visit-", "meeting-"))]
    assert things[f"{ID}karabakh"].states == frozenset(), "no disputed territory is given to a state"


_NAME = st.text(st.characters(categories=["L", "Nd", "Zs", "Pd", "Mn"]), max_size=30)


@given(_NAME, _NAME)
def test_similarity_is_a_share_and_does_not_depend_on_marks(one: str, other: str) -> None:
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, one.upper().lower()) >= 0.0
    assert similarity(f"{one} ", f" {one}") == 1.0


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("İlham Əliyev", "Ilham Əliyev", 1.0, 1.0),
        ("Alyaksandr Lukashenka", "Alexander Lukashenko", 0.4, 0.9),
        ("Security Council of Belarus", "Security Council of Russia", 0.5, 0.7),
        ("Ministry of Defence", "Ministry of Culture", 0.4, 0.6),
        ("Baku", "Minsk", 0.0, 0.0),
        ("of the", "in a", 0.0, 0.0),
    ],
)
def test_similarity(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(one, other) <= most


@pytest.mark.skipif(
    not (MATERIAL / "wikidata" / "qids.tsv").is_file(),
    reason="the list of checked items is not here; set ARTICLE_MATERIAL to the folder that holds wikidata/qids.tsv",
)
def test_the_extract_holds_only_what_was_checked() -> None:
    with (MATERIAL / "wikidata" / "qids.tsv").open(encoding="utf-8", newline="") as rows:
        checked = {row["qid"]: row for row in csv.DictReader(rows, delimiter="\t") if row["qid"]}
    with (DATA / "items.tsv").open(encoding="utf-8", newline="") as rows:
        items = [row for row in csv.DictReader(rows, delimiter="\t") if not row["item"].startswith("Q0")]
    assert {(r["item"], r["label"], r["description"]) for r in items} <= {
        (qid, row["label"], row["description"]) for qid, row in checked.items()
    }
    with (DATA / "statements.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            description = "{name} {label} {description}".format(**checked[row["item"]])
            others = [f"{other['name']} {other['label']} {other['description']}" for other in checked.values()]
            assert any(row["because"].rpartition(": ")[2] in text for text in (description, *others)), row


def test_the_marks_of_test_data_are_no_identifiers() -> None:
    assert Path(DATA / "README.md").is_file()
    classes = [qid for qid in extract() if qid.startswith("Q0")]
    assert classes
    assert not [qid for qid in extract() if qid.startswith("Q0") and qid[2:] == ""]
