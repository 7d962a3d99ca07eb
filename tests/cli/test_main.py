"""Run the commands as people do, bad input first."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher import __version__
from publisher.cli.main import main
from tests.conftest import fresh_copy


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "w"
    assert main(["init", str(folder)]) == 0
    assert main(["build", "-w", str(folder)]) == 0
    return folder


@pytest.fixture
def ready(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a dist/ of its own, at the same place in each test."""
    return fresh_copy(published, tmp_path_factory.getbasetemp() / "fresh published" / "w")


def _article(root: Path) -> Path:
    return root / "data" / "articles" / "un-charter.ttl"


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _cut_short(root: Path) -> None:
    path = _article(root)
    path.write_text(path.read_text(encoding="utf-8")[:900], encoding="utf-8")


def _latin_1(root: Path) -> None:
    path = _article(root)
    path.write_bytes(path.read_text(encoding="utf-8").replace("signing", "sïgning", 1).encode("latin-1", "replace"))


def _edit(old: str, new: str) -> Callable[[Path], None]:
    return lambda root: _replace(_article(root), old, new)


def _add(name: str, text: str) -> Callable[[Path], None]:
    def add(root: Path) -> None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    return add


BAD: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "broken Turtle": (_cut_short, 3, "un-charter.ttl:2"),
    "wrong encoding": (_latin_1, 3, "not UTF-8: byte 0xEF; save the file as UTF-8"),
    "undeclared prefix": (
        _edit("@prefix gpt:", "@prefix gptt:"),
        3,
        "the prefix 'gpt:' is not declared; add '@prefix gpt: <https://w3id.org/geopol/terms#> .'",
    ),
    "relative IRI": (_edit("gp:hasPlace id:san-francisco", "gp:hasPlace <sf>"), 3, "relative IRI"),
    "dangling reference": (
        _edit("gp:hasPlace id:san-francisco", "gp:hasPlace id:san-fransisco"),
        1,
        "id:signing-of-the-un-charter · gp:hasPlace · id:san-fransisco",
    ),
    "misspelt property": (_edit("gp:hasVerdict", "gp:hasVerdikt"), 1, "hasVerdikt"),
    "not RDF": (_add("data/a.docx", ""), 3, "a.docx: not an RDF file that is read here"),
    "unknown key": (
        lambda root: _replace(root / "publisher.toml", "license", "licence"),
        2,
        "unknown key 'licence' in [dataset]; did you mean 'license'?",
    ),
    "broken shapes": (_add("ontology/shapes/x.ttl", "<"), 3, "x.ttl:1:1"),
    "broken rule": (_add("ontology/rules/x.rq", "CONSTRUCT {"), 3, "x.rq:1:12"),
    "broken mappings": (_add("data/links/x.sssom.tsv", ""), 3, "x.sssom.tsv:1: no column 'subject_id'"),
    "no data": (lambda root: shutil.rmtree(root / "data"), 2, "put at least one .ttl file there"),
}


def _dist(root: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (root / "dist" / "dumps").iterdir()}


@pytest.mark.parametrize("place", ["data/dist", ".", "queries"])
def test_a_build_into_the_sources_is_refused(ready: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "-w", str(ready), "--out", str(ready / place)]) == 2
    assert "is a place of sources" in capsys.readouterr().err


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_explained_and_the_earlier_result_stays(
    ready: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, code, told = BAD[kind]
    spoil(ready)
    before = _dist(ready)
    assert main(["build", "-w", str(ready)]) == code
    output = "".join(capsys.readouterr())
    assert told in output
    assert "Traceback" not in output
    assert _dist(ready) == before


def test_data_that_do_not_conform_exit_with_1(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _replace(_article(ready), "gp:hasVerdict gpt:accepted", "gp:hasVerdict gpt:pending")
    assert main(["validate", "-w", str(ready)]) == 1
    output = capsys.readouterr().out
    assert "data/articles/un-charter.ttl" in output
    assert "un-charter:s01-c1" in output
    assert "The data do not conform to the shapes." in output


def test_data_that_conform_say_so(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "-w", str(published)]) == 0
    assert capsys.readouterr().out == "The data conform to the shapes.\n"


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may write anywhere; needs setpriv"
)
def test_an_unwritable_place_is_explained(ready: Path) -> None:
    """Root writes where it likes, so the command runs without that power."""
    before = _dist(ready)
    ready.chmod(0o555)
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*drop, sys.executable, "-m", "publisher", "build", "-w", str(ready)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    ready.chmod(0o755)
    assert ran.returncode == 2, ran.stderr
    assert "cannot be written: Permission denied" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert _dist(ready) == before


def test_foreign_files_are_not_replaced(ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").touch()
    assert main(["build", "-w", str(ready), "--out", str(tmp_path / "home")]) == 2
    assert "would be lost" in capsys.readouterr().err
    assert (tmp_path / "home" / "letter.txt").exists()


@pytest.mark.parametrize("command", [["build", "--out"], ["init"]])
def test_a_name_that_is_too_long_is_explained(
    ready: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    here = [] if command == ["init"] else ["-w", str(ready)]
    assert main([*command, str(ready / ("x" * 300)), *here]) == 2
    assert "File name too long" in capsys.readouterr().err


def test_no_workspace_tells_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "-w", str(tmp_path)]) == 2
    assert "publisher init DIR" in capsys.readouterr().err


def test_what_init_says_to_do_next_can_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "an own “θησαυρός”", "--template", "bare"]) == 0
    words = capsys.readouterr().out.partition("Next: ")[2]
    assert shlex.split(words) == ["cd", "an own “θησαυρός”", "&&", "publisher", "build"]


def test_init_refuses_a_folder_with_files(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(published)]) == 2
    assert "not empty" in capsys.readouterr().err


def test_the_summary_counts_what_was_written(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "-w", str(ready)]) == 0
    told = capsys.readouterr()
    lines = len((ready / "dist" / "dumps" / "all.nt").read_text(encoding="utf-8").splitlines())
    assert f"{lines:,} triples" in told.out
    assert told.err == "", "no bar where nobody watches"


# --- query -------------------------------------------------------------------------------------------


def test_query_runs_on_what_was_built(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "who-says-what", "-w", str(published), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["results"]["bindings"]
    assert len(rows) == 6
    assert {row["verdict"]["value"] for row in rows} == {"accepted", "not assessable"}


def test_query_takes_a_file_and_standard_input(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    (tmp_path / "q.rq").write_text(text, encoding="utf-8")
    assert main(["query", str(tmp_path / "q.rq"), "-w", str(published), "--format", "csv"]) == 0
    by_file = capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert main(["query", "-", "-w", str(published), "--format", "csv"]) == 0
    assert capsys.readouterr().out == by_file
    assert int(by_file.split()[1]) > 100


def test_query_lists_what_can_be_asked(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--list", "-w", str(published)]) == 0
    assert "who-says-what" in capsys.readouterr().out


def test_query_lists_all_but_the_files_that_cannot_be_read(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ready / "queries" / "a-bad-one.rq").write_text("#+ sumary: a\nASK {}")
    (ready / "queries" / "b-plain-one.rq").write_text("ASK {}")
    assert main(["query", "--list", "-w", str(ready)]) == 3
    output = capsys.readouterr()
    assert "b-plain-one    (no summary)\n" in output.out
    assert "who-says-what" in output.out
    assert "a-bad-one.rq:1:4: unknown header key 'sumary'" in output.err
    assert main(["query", "b-plain-one", "-w", str(ready)]) == 0
    assert capsys.readouterr().out == "yes\n"


def test_query_answers_by_the_graphs_of_the_dataset(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def count(clauses: str) -> str:
        (ready / "q.rq").write_text(f"SELECT (COUNT(*) AS ?n) {clauses}")
        assert main(["query", str(ready / "q.rq"), "-w", str(ready), "--format", "csv"]) == 0
        return capsys.readouterr().out.split()[1]

    assert int(count("{ ?s ?p ?o }")) == int(count("{ SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }")) > 100
    assert count("FROM <http://nowhere/> { ?s ?p ?o }") == "0"
    (ready / "dist" / "dumps" / "all.nq").unlink()
    (ready / "dist" / "dumps" / "all.trig").unlink()
    for path in (ready / "dist" / "dumps").glob("all.*.gz"):
        path.unlink()
    assert main(["query", str(ready / "q.rq"), "-w", str(ready)]) == 2
    assert 'all.nq: not there, and the query names graphs, by FROM or GRAPH; add "nq"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name a query"),
        (["who-say-what"], "did you mean who-says-what?"),
        (["who-says-what", "--colour", "red"], "has no parameter 'colour'"),
        (["who-says-what", "--format", "ttl"], "is written as table, csv"),
    ],
)
def test_query_explains_what_it_cannot_do(
    published: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", "-w", str(published), *arguments]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "SELECT * { ?c gp:hasVerdict ?v }",
            "1:15: the prefix 'gp:' is not declared; add the line 'PREFIX gp: <https://w3id",
        ),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE is SPARQL Update"),
        ("SELECT * " + "{" * 5000 + "}" * 5000, "nested more than 100 levels deep"),
        ("", "there is no query in it"),
    ],
    ids=["prefix", "update", "depth", "empty"],
)
def test_bad_queries_are_located(
    published: Path, text: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert main(["query", "-", "-w", str(published)]) == 3
    assert told in capsys.readouterr().err


def test_query_before_build_tells_to_build(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "who-says-what", "-w", str(small)]) == 2
    assert "run 'publisher build' first" in capsys.readouterr().err


# --- the command itself ------------------------------------------------------------------------------


def test_unknown_options_of_other_commands_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--fast"]) == 2
    assert capsys.readouterr().err == "publisher: No such option '--fast'.\nTry 'publisher build --help' for help.\n"


def test_the_installed_command_tells_its_version() -> None:
    command = Path(sys.executable).with_name("publisher")
    ran = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"publisher {__version__}\n"


@pytest.mark.parametrize("arguments", [["query", "who-says-what"], ["query", "--list"]])
def test_any_locale_will_do(published: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "publisher", *arguments, "-w", str(published)]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert ran.stdout.decode("utf-8")


def test_closed_streams_are_no_error(published: Path) -> None:
    command = f"{sys.executable} -m publisher query who-says-what -w {published} <&- >&-"
    ran = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "soon"])
def test_a_timeout_is_a_number_of_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "x", f"--timeout={seconds}"]) == 2
    assert f"'--timeout': '{seconds}': expected a number of seconds" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error(published: Path) -> None:
    command = f"{sys.executable} -m publisher query who-says-what -w {published} | head -n 1"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert ran.stderr == ""


def test_list_takes_no_query(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "--list", "who-says-what", "-w", str(small)]) == 2
    assert capsys.readouterr().err == "publisher: '--list' lists all queries; leave out 'who-says-what'\n"
