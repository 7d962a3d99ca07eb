from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import pytest

from benchmarks import table
from benchmarks.__main__ import main, needs_run
from benchmarks.measure import Results, Run, median, read_report, run
from benchmarks.table import BEGIN, END, Measured, fastest, grid, render, seconds, times, verdict
from benchmarks.tasks import HERE, SLIM, Corpus, checks, tasks
from tests.conftest import IN_CI

MIN_COUNT = "http://www.w3.org/ns/shacl#MinCountConstraintComponent"
BOUNDS = "urn:publisher:check:edtf-bounds"
SOWN = frozenset({f"urn:a {MIN_COUNT}", f"urn:b {BOUNDS}"})


def ran(wall: float = 1.0, **more: object) -> Run:
    return Run.from_json({**Run(wall, wall, 100.0).to_json(), **more})


def python(code: str, timeout: float = 60) -> Run:
    return run([sys.executable, "-c", code], timeout)


def measured(**runs: Run) -> Measured:
    """Names are written as step__articles__peer."""
    split = {key: key.split("__") for key in runs}
    medians = {
        (int(size), step.replace("_", " "), peer.replace("_", " ")): runs[k] for k, (step, size, peer) in split.items()
    }
    return Measured(medians, dict.fromkeys(medians, 1), SOWN)


# --- measuring -----------------------------------------------------------------------------------------


def test_run_measures_time_memory_and_report_of_a_process() -> None:
    report = {"stages": {"parse": 0.5}, "asserted": 3, "inferred": 2, "findings": ["b", "a"]}
    done = python(f"x = bytearray(200_000_000); sum(range(3_000_000)); print('noise'); print('{json.dumps(report)}')")
    assert (done.stages, done.asserted, done.inferred, done.findings) == ({"parse": 0.5}, 3, 2, ("b", "a"))
    assert not done.error
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # the kernel counts what a child starts with
    assert 190 < done.peak < max(400, own + 100)
    assert done.cpu > 0
    assert done.wall > 0


def test_run_counts_children_too() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(20_000_000))']); print('{}')"
    assert python(code).cpu > 0.1


def test_failure_tells_the_last_line_and_a_late_one_is_killed() -> None:
    assert python("raise SystemExit('first\\nno such thing')").error == "exit code 1: no such thing"
    assert python("import sys; sys.exit(3)").error == "exit code 3: no message"
    late = python("import time; time.sleep(60)", timeout=0.5)
    assert late.error == "stopped after 0 s"
    assert late.wall < 30


def test_reports_of_this_tool_and_of_peers_are_read() -> None:
    finding = {"severity": "violation", "focus": "urn:a", "component": MIN_COUNT}
    ours = json.dumps({"findings": [finding, finding, {**finding, "severity": "info"}]}, indent=2)
    assert read_report(ours) == {"findings": (f"urn:a {MIN_COUNT}",)}
    built = "    asserted   1,234 triples\n    inferred      56 triples\n       links       0 triples\n"
    assert read_report(built) == {"asserted": 1234, "inferred": 56, "findings": ()}
    assert read_report("publisher 0.1.0\n") == {}


def test_median_is_of_each_figure_and_refuses_results_that_differ() -> None:
    runs = [ran(3, stages={"parse": 1.0}), ran(1, stages={"parse": 5.0}), ran(2, stages={"parse": 2.0})]
    middle = median(runs)
    assert (middle.wall, middle.stages, middle.error) == (2, {"parse": 2.0}, "")
    assert median([ran(inferred=1), ran(inferred=2)]).error == "the runs differ in what they found"
    assert median([ran(), ran(error="exit code 2: x")]).error == "exit code 2: x"


def test_results_survive_and_go_with_another_version(tmp_path: Path) -> None:
    first = ran(findings=("a",), stages={"parse": 1.0})
    Results(tmp_path / "r.json").add("100 | build | x", "v1", first)
    again = Results(tmp_path / "r.json")
    assert list(again) == ["100 | build | x"]
    assert again.get("100 | build | x", "v1") == again.latest("100 | build | x") == [first]
    assert again.get("100 | build | x", "v2") == []
    again.add("100 | build | x", "v2", ran(5))
    assert Results(tmp_path / "r.json").latest("100 | build | x") == [ran(5)]


def test_slow_and_failing_commands_are_not_run_again() -> None:
    assert needs_run([], 3, 10)
    assert needs_run([ran(4)], 3, 10)
    assert not needs_run([ran(4)], 1, 10)
    assert not needs_run([ran(11)], 3, 10)
    assert not needs_run([ran(1, error="x")], 3, 10)


# --- tables --------------------------------------------------------------------------------------------


def test_ratios_leave_out_the_start_of_a_jvm_and_count_per_article() -> None:
    m = measured(
        start__0__Jena=ran(1),
        build__1000__Jena=ran(41),
        build__1000__publisher=ran(10),
        build__100__naive_script=ran(200),
    )
    slim = {(10_000, "build"): ran(100), (10_000, "rebuild"): ran(2.5), (1000, "build"): ran(10)}
    slim[100_000, "build"] = ran(1100, peak=105.0)
    own = {(size, step, SLIM): done for (size, step), done in slim.items()}
    m = Measured({**m.medians, **own}, dict.fromkeys({**m.medians, **own}, 1), m.sown)
    text = render(m, "a machine")
    assert (
        "| clean build, 1,000 articles, against the naive script (100 articles; per article) | ≥ 70 × | 200 × |" in text
    )
    assert "| clean build, 1,000 articles, against Jena, start of the JVM left out | ≥ 2.6 × | 4 × |" in text
    assert "| rebuild after one change, 10,000 articles, two formats | ≤ 3 % | 2.5 % |" in text
    assert "| time per article, 100,000 articles against 1,000, two formats | within 15 % | +10 % |" in text
    assert "| memory of the largest process, 100,000 articles, two formats | ≤ 600 MiB | 105 MiB |" in text


def test_what_was_not_measured_is_said_so() -> None:
    text = render(measured(build__20__publisher=ran()), "a machine")
    assert text.count("not measured") == 8


def test_a_fast_wrong_answer_is_wrong_and_sets_no_pace() -> None:
    seen = (f"urn:a {MIN_COUNT}",)
    m = measured(
        validate__1000__publisher=ran(1, findings=()),
        mistakes__100__publisher=ran(findings=tuple(SOWN)),
        validate__1000__blind=ran(0.1, findings=()),
        mistakes__100__blind=ran(findings=()),
        validate__1000__nervous=ran(0.2, findings=("urn:c x",)),
        mistakes__100__nervous=ran(findings=seen),
        validate__1000__lossy=ran(0.3, findings=(), asserted=9),
        mistakes__100__lossy=ran(findings=seen),
        validate__1000__good=ran(5, findings=(), asserted=10),
        mistakes__100__good=ran(findings=seen),
        validate__1000__late=ran(9, findings=(), asserted=10),
        mistakes__100__late=ran(findings=seen),
        validate__1000__dead=ran(0.1, error="exit code 2: out of memory"),
        validate__1000__new=ran(0.1, findings=()),
    )
    told = {peer: verdict(m, 1000, "validate", peer) for peer in m.peers(1000, "validate")}
    assert told == {
        "publisher": "right",
        "good": "right",
        "late": "right",
        "blind": "wrong: mistakes: see below",
        "nervous": "wrong: 1 findings that are none",
        "lossy": "wrong: 9 asserted, others 10",
        "dead": "failed: exit code 2: out of memory",
        "new": "not checked",
    }
    assert fastest(m, 1000) == "good"
    assert "| blind | 0 of 1 | 0 |" in render(m, "")


def test_numbers_and_grid() -> None:
    assert [times(r) for r in (0.5, 1.234, 12.7, 1234.5)] == ["0.5 ×", "1.2 ×", "13 ×", "1,234 ×"]
    assert [seconds(s) for s in (None, 0.123, 12.34, 1234.5)] == ["", "0.12", "12.3", "1,234"]
    assert grid(("a", "b"), "lr", [("x", "1")]) == "| a | b |\n|---|--:|\n| x | 1 |"


def test_tables_replace_what_stands_between_the_markers(tmp_path: Path) -> None:
    path = tmp_path / "d.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    table.put(path, BEGIN, END, "new")
    table.put(path, BEGIN, END, "newer")
    assert path.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_document_without_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "d.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="expected one line"):
        table.put(path, BEGIN, END, "new")
    assert path.read_text(encoding="utf-8") == text


def test_the_document_has_its_markers() -> None:
    text = (HERE.parent / "docs" / "performance.md").read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


# --- tasks ---------------------------------------------------------------------------------------------


def test_slow_peers_do_not_get_large_corpora_and_names_are_unique() -> None:
    peers = {size: {task.peer for task in tasks(size)} for size in (100, 1000, 10_000)}
    assert {"naive script", "Jena", "pyshifty", "publisher"} <= peers[100]
    assert "naive script" not in peers[1000]
    assert peers[10_000] == {"publisher", SLIM}
    keys = [task.key for size in (100, 1000, 10_000) for task in tasks(size)] + [task.key for task in checks()]
    assert len(keys) == len(set(keys))


def test_a_small_corpus_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
    monkeypatch.setattr("benchmarks.tasks.WORK", tmp_path / "work")
    monkeypatch.setattr("benchmarks.tasks.MISTAKEN", 2)
    monkeypatch.setattr("benchmarks.__main__.WORK", tmp_path / "work")
    monkeypatch.setattr("benchmarks.__main__.DOCUMENT", document)
    line = ["--articles", "3", "--peers", "publisher", "--rounds", "1", "--write"]
    if not IN_CI:
        line += ["--only", "validate,mistakes"]
    assert main(line) == 0
    first = capsys.readouterr().out
    assert "3 | validate | publisher" in first
    assert ("3 | build | publisher" in first) == IN_CI
    text = document.read_text(encoding="utf-8")
    assert "| publisher | 2 of 2 | 0 |" in text
    assert "right" in text
    assert "failed" not in text
    assert main(line) == 0
    assert "3 | validate | publisher" not in capsys.readouterr().out  # kept


def test_a_change_is_undone_before_a_clean_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.tasks.WORK", tmp_path)
    corpus = Corpus(3)
    corpus.ensure()
    corpus.out.mkdir()
    articles = sorted((corpus.folder / "data" / "articles").rglob("*.ttl"))
    before = [path.read_bytes() for path in articles]
    corpus.change()
    changed = [path.read_bytes() for path in articles]
    assert sum(a != b for a, b in zip(before, changed, strict=True)) == 1
    corpus.change()
    assert [path.read_bytes() for path in articles] != changed
    corpus.forget_build()
    assert [path.read_bytes() for path in articles] == before
    assert not corpus.out.exists()
