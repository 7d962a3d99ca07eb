"""The command ``publisher link`` from end to end, against the stand-in."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.link.links import FILE
from tests.wikidata_standin import Standin

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(linked: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def go(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["link", *arguments, "-w", str(linked)])
        return (code, *capsys.readouterr())

    return go


def test_what_is_linked_to_an_item(run: Run) -> None:
    code, out, _ = run("--find", "Q381375")
    assert code == 0
    assert [line.split("  ")[:3] for line in out.splitlines()] == [
        ["id:april-2016-escalation", "not skos:closeMatch", "wd:Q381375"],
        ["id:karabakh-conflict", "not skos:closeMatch", "wd:Q381375"],
    ]
    assert "(data/links/wikidata.sssom.tsv:" in out
    assert run("--find", "Q1") == (0, "", "publisher: nothing is linked to Q1\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to do: suggest"),
        (("--find", "baku"), "'baku' is no item of Wikidata"),
        (("--find", "Q1", "check"), "'--find' stands alone"),
        (("suggest", "id:nowhere"), "'id:nowhere' is nothing to be linked"),
        (("suggest", "id:doc-belta-2018-11-19"), "is nothing to be linked"),
        (("suggest", "id:baku", "--via", "guess"), "--via 'guess': expected reconcile, search, sparql"),
    ],
)
def test_what_cannot_be_done_is_explained(run: Run, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_suggestions_are_explained_and_kept(run: Run, standin: Standin, linked: Path) -> None:
    before = (linked / FILE).read_bytes()
    code, out, _ = run("suggest", "id:baku", "id:polonez", "--via", "search")
    assert code == 0
    assert "1  Q9248  Baku: capital of Azerbaijan  [80, high]" in out
    assert "no candidate: nothing on Wikidata has such a name" in out
    asked = len(standin.asked)
    assert run("suggest", "id:baku", "id:polonez", "--via", "search")[1] == out
    assert len(standin.asked) == asked, "kept answers are not asked again"
    run("suggest", "id:baku", "--via", "search", "--fresh")
    assert len(standin.asked) > asked
    assert (linked / FILE).read_bytes() == before


def test_a_review_is_resumed_where_it_was_left(run: Run, linked: Path) -> None:
    undecided = (linked / FILE).read_text(encoding="utf-8").count("semapv:UnspecifiedMatching\t")
    code, out, _ = run("review", "--via", "search", typed="x\nx\nq\n")
    assert code == 0
    assert "2 decisions in" in out
    text = (linked / FILE).read_text(encoding="utf-8")
    assert text.count("semapv:UnspecifiedMatching\t") == undecided - 2
    again = run("review", "--via", "search", typed="q\n")[1]
    assert again.startswith(f"{undecided - 2} things to decide on.")
    assert "Addis Ababa" not in again


def test_the_check_tells_file_and_line(run: Run, linked: Path, standin: Standin) -> None:
    code, out, err = run("check")
    assert (code, out) == (0, "")
    assert "0 findings in" in err
    standin.redirects = {"Q9248": "Q2280"}
    code, out, err = run("check", "--fresh")
    assert code == 1
    lines = (linked / FILE).read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, start=1) if line.startswith("id:baku\t"))
    assert out.startswith(f"{linked / FILE}:{number}: ")
    assert "was merged into Q2280" in out


@pytest.mark.parametrize("step", ["suggest", "review", "check"])
@pytest.mark.parametrize("fault", ["503 9999", "refused"])
def test_a_service_that_fails_is_exit_3_and_changes_nothing(
    run: Run, linked: Path, standin: Standin, step: str, fault: str
) -> None:
    before = (linked / FILE).read_bytes()
    standin.faults = [fault] * 9
    code, _, err = run(step, *(["id:baku", "--via", "search"] if step != "check" else []))
    assert code == 3
    assert err.startswith(f"publisher: {standin.url}/w/api.php: ")
    assert (linked / FILE).read_bytes() == before


def test_filling_leaves_no_thing_unsaid_and_asks_nobody(run: Run, linked: Path, standin: Standin) -> None:
    assert run("fill")[1] == "0 things recorded without a match\n"
    text = (linked / FILE).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines(keepends=True) if not line.startswith("id:tashkent\t")]
    (linked / FILE).write_text("".join(rows), encoding="utf-8")
    assert run("fill")[1] == "1 thing recorded without a match\n"
    assert (linked / FILE).read_text(encoding="utf-8").count("id:tashkent\t") == 1
    assert standin.asked == []


def test_an_author_is_needed_where_there_are_several(run: Run, linked: Path) -> None:
    text = (linked / FILE).read_text(encoding="utf-8")
    (linked / FILE).write_text(text.replace("id:dataset-editors\t2026", "id:somebody\t2026", 1), encoding="utf-8")
    code, _, err = run("review", "--via", "search", typed="q\n")
    assert code == 2
    assert "say who decides with '--author CURIE'" in err
    assert run("review", "--author", "id:dataset-editors", "--via", "search", typed="q\n")[0] == 0
