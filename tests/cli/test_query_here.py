"""The command ``query`` on the dumps of a build: in a process of its own, with answers of any size."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.workspace.scaffold import make_workspace

SIDE = 700
MEMORY = Path("/proc/self/status")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a published dump of ``SIDE`` triples in two graphs, one triple in both."""
    folder = tmp_path_factory.mktemp("here") / "workspace"
    make_workspace(folder)
    (folder / "dist" / "dumps").mkdir(parents=True)
    lines = [f'<urn:s{i:04}> <urn:p> "{i}" <urn:g{i % 2}> .\n' for i in range(SIDE)]
    (folder / "dist" / "dumps" / "all.nq").write_text("".join([*lines, lines[0].replace("urn:g0", "urn:g1")]))
    return folder


def run(published: Path, query: str, *options: str, capsys: pytest.CaptureFixture[str]) -> str:
    path = published / "query.rq"
    path.write_text(query)
    assert main(["query", str(path), "-w", str(published), *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", SIDE),
        ("SELECT (COUNT(*) AS ?n) FROM <urn:g1> { ?s ?p ?o }", SIDE // 2 + 1),
        ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", SIDE + 1),
        ("SELECT (COUNT(*) AS ?n) FROM NAMED <urn:g0> { GRAPH ?g { ?s ?p ?o } }", SIDE // 2),
    ],
)
def test_graphs_are_those_of_the_dump(
    published: Path, query: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(published, query, "--format", "csv", capsys=capsys).split() == ["n", str(count)]


@pytest.mark.skipif(not MEMORY.exists(), reason="reads the peak of a process from /proc")
def test_a_large_answer_takes_little_memory(published: Path, tmp_path: Path) -> None:
    query = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f }"
    measured = (
        "import pathlib, sys; from publisher.cli.main import main; code = main(sys.argv[1:]); "
        f"print(pathlib.Path('{MEMORY}').read_text(), file=sys.stderr); sys.exit(code)"
    )
    options = ["query", "-", "-w", str(published), "--format", "csv", "--timeout", "300"]
    with (tmp_path / "rows.csv").open("wb") as out:
        command = [sys.executable, "-c", measured, *options]
        done = subprocess.run(command, input=query.encode(), stdout=out, stderr=subprocess.PIPE, check=True)
    with (tmp_path / "rows.csv").open("rb") as rows:
        assert sum(1 for _ in rows) == SIDE**2 + 1
    peak = re.search(rb"VmHWM:\s+([0-9]+) kB", done.stderr)  # ru_maxrss would have that of the process that started it
    assert peak
    assert int(peak[1]) < 200_000


def test_a_graph_is_sorted_turtle(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = "CONSTRUCT { ?s a ?p } { ?s ?p ?o FILTER(?o IN ('1', '0')) }"
    output = run(published, query, capsys=capsys)
    assert [line.split()[0] for line in output.splitlines() if line.startswith("<urn:s")] == [
        "<urn:s0000>",
        "<urn:s0001>",
    ]


def test_an_error_in_a_query_has_its_place(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = published / "wrong.rq"
    path.write_text("SELECT * {\n ?s ?p }")
    assert main(["query", str(path), "-w", str(published)]) == 3
    assert f"{path}:2:9: expected" in capsys.readouterr().err
