"""The review at the terminal, with a reviewer that types what a script says."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.link.candidates import Suggestion, suggest
from publisher.link.dialog import HELP, review
from publisher.link.entities import linkable
from publisher.link.links import LinkFile, Links
from publisher.link.scoring import LinkContext
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace
from publisher.workspace.sssom import Mapping, read_mappings
from tests.wikidata_standin import Standin, connected, extract, serving

ID = "https://w3id.org/geopol/id/"


@pytest.fixture(scope="module")
def suggestions(config: Config, workspace: Workspace) -> list[Suggestion]:
    things = linkable(config, workspace)
    chosen = [things[ID + name] for name in ("baku", "karabakh-conflict", "polonez")]
    context = LinkContext({}, {iri: thing.all_names for iri, thing in things.items()})
    with serving(Standin(extract())) as standin, connected(standin) as wikidata:
        return list(suggest(chosen, wikidata, context, ["reconcile", "search"]))


@pytest.fixture
def file(tmp_path: Path) -> LinkFile:
    return LinkFile(tmp_path / "l.sssom.tsv", "id:editor", datetime.date(2026, 11, 24), {"id": ID})


class Reviewer:
    """Type the lines of a script, and remember what was shown."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.shown: list[str] = []

    def ask(self, prompt: str) -> str:
        self.shown.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    def tell(self, text: str) -> None:
        self.shown.append(text)


def _rows(file: LinkFile) -> list[Mapping]:
    return list(read_mappings(file.path)) if file.path.exists() else []


Run = Callable[..., tuple[Reviewer, list[tuple[str, str, str, str]]]]


@pytest.fixture
def run(suggestions: list[Suggestion], file: LinkFile) -> Run:
    def go(*lines: str) -> tuple[Reviewer, list[tuple[str, str, str, str]]]:
        reviewer = Reviewer(*lines)
        review(suggestions, file, lambda _: {}, reviewer.ask, reviewer.tell)
        cells = ("subject_id", "predicate_id", "object_id", "comment")
        return reviewer, [tuple(row.columns[name] for name in cells) for row in _rows(file)]  # type: ignore[misc]

    return go


def test_decisions_of_all_kinds(run: Run, file: LinkFile, suggestions: list[Suggestion]) -> None:
    second = suggestions[1].candidates[1].item.id
    _, rows = run("n", "The capital.", "a", "2r", "One of its wars.", "c", "The matter itself.", "x")
    assert rows == [
        ("id:baku", "owl:sameAs", "wd:Q9248", "The capital."),
        ("id:karabakh-conflict", "skos:closeMatch", "wd:Q16954835", "The matter itself."),
        ("id:karabakh-conflict", "skos:closeMatch", f"wd:{second}", "One of its wars."),
        ("id:polonez", "skos:exactMatch", "sssom:NoTermFound", "Looked up; no item could be verified."),
    ]
    assert [row.is_negated for row in _rows(file)] == [False, False, True, False]
    assert _rows(file)[0].columns["confidence"] == "0.95"


def test_a_reason_is_asked_for_until_there_is_one(run: Run) -> None:
    reviewer, rows = run("r", "", "r", "A ship.", "q")
    assert "without a reason nobody could follow; nothing was recorded" in reviewer.shown
    assert rows == [("id:baku", "skos:closeMatch", "wd:Q9248", "A ship.")]


def test_skipping_and_leaving_write_nothing(run: Run, file: LinkFile) -> None:
    for lines in (["s", "q"], ["q"], [], ["?", "zz", "", "9a", "s", "s", "s"]):
        reviewer, rows = run(*lines)
        assert rows == []
        assert not file.path.exists()
    assert HELP in reviewer.shown
    assert any("there is no candidate 9" in text for text in reviewer.shown)


def test_each_decision_is_written_before_the_next_question(suggestions: list[Suggestion], file: LinkFile) -> None:
    seen: list[int] = []

    def ask(_: str) -> str:
        seen.append(len(_rows(file)))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return "a"

    done = review(suggestions, file, lambda _: {}, ask, lambda _: None)
    assert seen == [0, 1, 2]
    assert done.decisions == 2
    assert len(_rows(file)) == 2


def test_what_was_decided_is_not_asked_again(run: Run, file: LinkFile) -> None:
    run("a", "q")
    links = Links(tuple((file.path, row) for row in _rows(file)))
    assert links.reviewed() == {f"{ID}baku"}


def test_what_nobody_has_looked_up_is_still_open(file: LinkFile) -> None:
    from publisher.link.links import Decision

    file.record([Decision(f"{ID}polonez", "Polonez", is_open=True, comment="No match yet.")])
    links = Links(tuple((file.path, row) for row in _rows(file)))
    assert (links.reviewed(), links.recorded()) == (set(), {f"{ID}polonez"})


def test_what_was_decided_before_the_end_is_counted(suggestions: list[Suggestion], file: LinkFile) -> None:
    reviewer = Reviewer("s", "1r", "One of its wars.", "q")
    summary = review(suggestions, file, lambda _: {}, reviewer.ask, reviewer.tell)
    assert (summary.decisions, summary.skipped) == (1, 1) == (len(_rows(file)), 1)
