from __future__ import annotations

import datetime
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import OutputError, SourceError, UsageError
from publisher.link.entities import linkable
from publisher.link.links import EXACT, FILE, PREDICATES, Decision, LinkFile, Links, read_links
from publisher.rdf.vocab import OWL, SKOS
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace
from publisher.workspace.sssom import read_mappings

ID = "https://w3id.org/geopol/id/"
PREFIXES = {"id": ID}
DAY = datetime.date(2026, 11, 24)


def _file(path: Path) -> LinkFile:
    return LinkFile(path, "id:editor", DAY, PREFIXES)


@pytest.fixture
def copy(config: Config, tmp_path: Path) -> Path:
    """A copy of this repository's mapping file."""
    return Path(shutil.copy(config.root / FILE, tmp_path / "links.sssom.tsv"))


BAKU = Decision(f"{ID}baku", "Baku", "Q9248", "Baku", confidence="0.95")
CITY = Decision(f"{ID}a-city", "A city", "Q10", "A city", confidence="0.8")


def test_a_new_file_is_a_mapping_set(tmp_path: Path) -> None:
    path = tmp_path / "data" / "links" / "new.sssom.tsv"
    close = replace(CITY, predicate=SKOS.closeMatch.value, comment="The notion\tdiffers:\nit is a district.")
    _file(path).record([BAKU, close, replace(BAKU, item="Q11", is_negated=True, comment="A ship.")])
    found = read_mappings(path)
    assert [(m.subject, m.predicate, m.is_negated, m.columns["object_id"]) for m in found] == [
        (f"{ID}a-city", SKOS.closeMatch.value, False, "wd:Q10"),
        (f"{ID}baku", EXACT, False, "wd:Q9248"),
        (f"{ID}baku", EXACT, True, "wd:Q11"),
    ]
    assert found[0].columns["comment"] == "The notion differs: it is a district."
    assert found[0].columns["author_id"] == "id:editor"
    assert found[0].columns["mapping_date"] == "2026-11-24"


def test_all_other_rows_stay_byte_by_byte(copy: Path) -> None:
    before = copy.read_text(encoding="utf-8").splitlines()
    _file(copy).record([CITY])
    after = copy.read_text(encoding="utf-8").splitlines()
    (new,) = set(after) - set(before)
    assert new.startswith("id:a-city\tA city\towl:sameAs\t\twd:Q10\t")
    assert [line for line in after if line != new] == before


def test_recording_twice_changes_nothing(copy: Path) -> None:
    _file(copy).record([CITY])
    once = copy.read_bytes()
    _file(copy).record([CITY])
    assert copy.read_bytes() == once


@pytest.mark.parametrize(
    ("decision", "kept"),
    [
        (replace(CITY, item="Q11"), [("Q11", "")]),  # another identity takes the place of the first
        (replace(CITY, item="Q11", predicate=SKOS.closeMatch.value), [("Q10", ""), ("Q11", "")]),
        (replace(CITY, is_negated=True, comment="No."), [("Q10", "Not")]),
        (replace(CITY, item=""), [("NoTermFound", "")]),
        (replace(CITY, item="Q12", is_negated=True, comment="No."), [("Q10", ""), ("Q12", "Not")]),
    ],
)
def test_a_decision_replaces_what_it_contradicts(
    tmp_path: Path, decision: Decision, kept: list[tuple[str, str]]
) -> None:
    file = _file(tmp_path / "l.sssom.tsv")
    file.record([CITY])
    file.record([decision])
    rows = [m.columns for m in read_mappings(file.path)]
    assert sorted((r["object_id"].partition(":")[2], r["predicate_modifier"]) for r in rows) == kept


def test_a_rejection_outlives_the_record_that_there_is_none(tmp_path: Path) -> None:
    file = _file(tmp_path / "l.sssom.tsv")
    file.record([replace(CITY, is_negated=True, comment="No."), replace(CITY, item="")])
    assert len(read_mappings(file.path)) == 2
    file.record([replace(CITY, item="Q13")])
    assert [m.columns["object_id"] for m in read_mappings(file.path)] == ["wd:Q13", "wd:Q10"]


def test_a_broken_file_is_left_as_it_is(copy: Path) -> None:
    broken = copy.read_text(encoding="utf-8") + "id:x\tnot enough cells\n"
    copy.write_text(broken, encoding="utf-8")
    with pytest.raises(SourceError, match="fewer cells"):
        _file(copy).record([CITY])
    assert copy.read_text(encoding="utf-8") == broken


def test_a_prefix_that_the_file_lacks_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "l.sssom.tsv"
    path.write_text(
        "#curie_map:\n#  id: https://w3id.org/geopol/id/\nsubject_id\tpredicate_id\tobject_id\tmapping_justification\n"
    )
    before = path.read_bytes()
    with pytest.raises(SourceError, match=r"the curie_map has no prefix for http://www\.wikidata\.org/entity/Q10"):
        _file(path).record([CITY])
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(OutputError, match="nothing was changed"):
        _file(tmp_path / "data" / "l.sssom.tsv").record([CITY])


def test_a_write_that_fails_half_way_changes_nothing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = copy.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device; nothing was changed"):
        _file(copy).record([CITY])
    assert copy.read_bytes() == before
    assert list(copy.parent.iterdir()) == [copy]


_CELL = st.text(max_size=12)
_DECISIONS = st.builds(
    Decision,
    st.sampled_from([f"{ID}a", f"{ID}b"]),
    _CELL,
    st.sampled_from(["", "Q1", "Q2", "Q3"]),
    _CELL,
    st.sampled_from(PREDICATES),
    st.booleans(),
    st.just(value=False),
    st.sampled_from(["", "0.8"]),
    _CELL,
)


@given(st.lists(_DECISIONS, max_size=6))
def test_any_decisions_make_a_file_that_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, found: list[Decision]
) -> None:
    file = _file(tmp_path_factory.mktemp("links") / "l.sssom.tsv")
    for decision in found:
        file.record([decision])
        last = (
            f"http://www.wikidata.org/entity/{decision.item}" if decision.item else "https://w3id.org/sssom/NoTermFound"
        )
        rows = [m for m in read_mappings(file.path) if m.subject == decision.entity]
        (row,) = [m for m in rows if m.object == last and (decision.item or not m.is_negated)][:1]
        assert row.is_negated == (decision.is_negated and decision.item != "")
        assert row.columns["comment"] == " ".join(decision.comment.split())
        same = [m for m in rows if m.is_asserted and m.predicate == EXACT]
        assert len(same) <= 1 or decision.is_negated


# --- the links of this dataset --------------------------------------------------------------------


@pytest.fixture(scope="module")
def links(config: Config) -> Links:
    return read_links(config)


def test_an_item_is_found_with_what_is_linked_to_it(links: Links) -> None:
    assert [row.columns["subject_id"] for _, row in links.find("Q227")] == ["id:azerbaijan"]
    assert [row.is_negated for _, row in links.find("wd:Q381375")] == [True, True]
    assert list(links.find("http://www.wikidata.org/entity/Q1")) == []
    with pytest.raises(UsageError, match="'227' is no item of Wikidata; expected a QID, such as Q227"):
        links.find("227")


def test_the_closest_link_is_the_item_of_a_thing(links: Links) -> None:
    assert links.items()[f"{ID}baku"] == "Q9248"
    assert links.items()[f"{ID}party-of-nikol-pashinyan"] == "Q17305307"
    assert f"{ID}polonez" not in links.items()
    assert links.rejected(f"{ID}karabakh") == {
        "Q244165": "The entity is a region; the item is a political entity, and the text names none."
    }


def test_every_thing_is_linked_or_recorded_without_a_match(links: Links, config: Config, workspace: Workspace) -> None:
    things = linkable(config, workspace)
    assert len(things) >= 100
    assert set(things) - links.recorded() == set()


def test_identity_is_for_what_is_no_state_or_topic(links: Links, config: Config, workspace: Workspace) -> None:
    things = linkable(config, workspace)
    same = {row.subject for _, row in links.rows if row.is_asserted and row.predicate == OWL.sameAs.value}
    kinds = {kind.value.rpartition("#")[2] for iri in same for kind in things[iri].classes}
    assert same
    assert not kinds & {"SovereignState", "Territory", "Topic"}
