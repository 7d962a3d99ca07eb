from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, parse

import publisher
from publisher.build.cache import FOLDER
from publisher.build.pipeline import build, read_closed
from publisher.dump.checksums import CHECKSUMS
from publisher.errors import SourceError
from publisher.infer import materialize
from publisher.rdf.vocab import GP
from publisher.workspace.config import Config, load_config
from publisher.workspace.scaffold import make_workspace
from publisher.workspace.sources import triples_of
from tests.conftest import IN_CI
from tests.recorder import Recorder

PARTS = ("asserted", "inferred", "links", "ontology", "alignments")


def _sums(folder: Path) -> str:
    return (folder / "dumps" / CHECKSUMS).read_text(encoding="utf-8")


def test_two_builds_write_the_same_bytes(config: Config, built: Path, tmp_path: Path) -> None:
    config = replace(config, site=replace(config.site, enabled=False))  # which has a test of its own
    other = build(config, tmp_path / "dist").folder
    assert other is not None
    assert _sums(other) == _sums(built)


def test_hash_randomisation_does_not_show(small: Path, small_dist: Path, tmp_path: Path) -> None:
    assert sys.flags.hash_randomization, "small_dist was written with a seed at random"
    subprocess.run(
        [sys.executable, "-m", "publisher", "build", "-w", small, "--out", tmp_path / "dist", "--no-cache"],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        check=True,
        capture_output=True,
    )
    assert _sums(tmp_path / "dist") == _sums(small_dist)


def test_every_step_is_reported(small: Path, tmp_path: Path) -> None:
    progress = Recorder()
    build(load_config(small), tmp_path / "dist", progress)
    labels = [label for label, _, _ in progress.steps]
    assert labels[0] == "read the sources"
    assert labels[-1] == "describe the dataset"
    assert len(set(labels)) == len(labels) > 5


def test_data_that_do_not_conform_are_not_published(small: Path, tmp_path: Path) -> None:
    config, target = load_config(small), tmp_path / "dist"
    build(config, target, cache=small / FOLDER)
    before = _sums(target)
    article = small / "data" / "articles" / "un-charter.ttl"
    article.write_text(article.read_text(encoding="utf-8").replace("gp:hasActor", "gp:hasActir"), encoding="utf-8")
    result = build(config, target, cache=small / FOLDER)
    assert result.folder is None
    assert not result.report.conforms
    assert _sums(target) == before


class _Saving(Recorder):
    """Save a file when the last stage begins: an editor, or a checkout of another commit."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def step(self, label: str) -> None:
        super().step(label)
        if label == "describe the dataset":
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n")


@pytest.mark.parametrize(
    "name",
    [
        "publisher.toml",
        "ontology/geopol.ttl",
        "ontology/rules/new.rq",
        "queries/new.rq",
        "site/new.md",
        "site/style.css",
        "site/templates/thing.html",
        "site/locale/de.po",
    ],
)
def test_no_two_versions_of_a_source_are_published(name: str, small: Path, tmp_path: Path) -> None:
    config, target = load_config(small), tmp_path / "dist"
    with pytest.raises(SourceError, match="changed while it was read; run the command again") as raised:
        build(config, target, _Saving(small / name), cache=small / FOLDER)
    assert raised.value.path == small / name
    assert not any(target.parent.glob(f"*{target.name}*"))


@pytest.mark.parametrize("name", ["data/articles/un-charter.ttl", "queries/.new.rq.swp", "queries/new.rq~"])
def test_what_is_saved_after_it_was_read_hinders_no_build(name: str, small: Path, small_dist: Path) -> None:
    build(load_config(small), small / "dist", _Saving(small / name), cache=small / FOLDER)
    assert _sums(small / "dist") == _sums(small_dist)


@pytest.mark.parametrize("name", ["inferred.ttl", "ontology/geopol.ttl"])
def test_graphs_of_one_name_are_united(small: Path, name: str) -> None:
    path = small / "data" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("<https://example.org/a> <https://example.org/p> 1 .", encoding="utf-8")
    folder = build(load_config(small), small / "dist", cache=small / FOLDER).folder
    assert folder is not None
    dumps = {name: set(parse(path=folder / "dumps" / f"{name}.ttl")) for name in (*PARTS, "all")}
    for part in PARTS:
        assert dumps[part] <= dumps["all"], part
    assert any(quad.subject == NamedNode("https://example.org/a") for quad in dumps["all"])


def test_shortcuts_are_derived(small: Path) -> None:
    workspace, schema = read_closed(load_config(small), small / FOLDER)
    inferred = materialize(triples_of(workspace.data), schema, workspace.rules)
    assert sum(triple.predicate == GP.signed for triple in inferred) == 2


@pytest.mark.parametrize("seconds", [None, 0.0, 0.05] if IN_CI else [None, 0.05])
def test_a_killed_build_leaves_the_earlier_result(seconds: float | None, small: Path, tmp_path: Path) -> None:
    """Killed while it reads, or so many seconds after it began to write."""
    target = tmp_path / "dist"
    build(load_config(small), target, cache=small / FOLDER)
    before = _sums(target)
    command = [sys.executable, "-m", "publisher", "build", "-w", str(small), "--out", str(target), "--no-cache"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while seconds is not None and not list(tmp_path.glob(".dist-publishing-*")):
            assert process.poll() is None
            time.sleep(0.001)
        time.sleep(0.1 if seconds is None else seconds)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "the build had ended"
    assert _sums(target) == before
    build(load_config(small), target, cache=small / FOLDER)
    assert _sums(target) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == [], "what the dead left is gone"


@pytest.mark.parametrize(
    ("engine", "owner"),
    [
        ("shacl", "validate/engines/native"),
        ("pyshacl", "validate/engines/reference"),
        ("owlrl", "infer/schema"),
        ("SPARQLWrapper", "query/endpoint"),
    ],
)
def test_each_engine_has_one_owner(engine: str, owner: str) -> None:
    package = Path(publisher.__file__).parent
    users = {
        path.relative_to(package).with_suffix("").as_posix()
        for path in package.rglob("*.py")
        if any(
            line.strip().startswith((f"import {engine}", f"from {engine}"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    }
    assert users == {owner}


def test_two_builds_at_once_with_an_empty_cache(tmp_path: Path) -> None:
    root, target = tmp_path / "workspace", tmp_path / "dist"
    make_workspace(root, template="bare")
    command = [sys.executable, "-m", "publisher", "build", "-w", str(root), "--out", str(target)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert all("SHA256SUMS" in output for output in outputs)
    first = _sums(target)
    build(load_config(root), target, cache=root / FOLDER)
    assert _sums(target) == first
