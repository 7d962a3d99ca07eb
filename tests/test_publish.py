from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, parse

from publisher import publish
from publisher.config import Config, load_config
from publisher.dump import CHECKSUMS
from publisher.publish import STEPS, build, check
from publisher.vocab import GP

PARTS = ("asserted", "inferred", "links", "ontology", "alignments")

# A stage imports errors, progress, vocab and the stages before it.
ORDER = [
    "errors",
    "patience",
    "progress",
    "services",
    "vocab",
    "config",
    "facts",
    "backdrop",
    "cache",
    "executors",
    "parts",
    "querytext",
    "guards",
    "mappings",
    "files",
    "contents",
    "turtle",
    "portable",
    "sources",
    "infer",
    "constraints",
    "spanning",
    "jsonld",
    "writers",
    "tally",
    "dump",
    "rulebook",
    "shard",
    "shared",
    "ruletrace",
    "derivations",
    "terms",
    "positions",
    "fmt",
    "report",
    "targets",
    "explain",
    "explanations",
    "checks",
    "shacl",
    "screen_values",
    "screen_paths",
    "screen_reader",
    "screen_constraints",
    "screen_shapes",
    "screen",
    "hints",
    "locate",
    "validate",
    "screening",
    "describe",
    "segments",
    "desk",
    "answers",
    "parameters",
    "queries",
    "lint_queries",
    "lint",
    "lots",
    "jobs",
    "meeting",
    "corpus",
    "joining",
    "swap",
    "publish",
    "baseline",
    "formats",
    "limits",
    "verdict",
    "watch",
    "wire",
    "endpoint",
    "stores",
    "spool",
    "session",
    "compare",
    "ledger",
    "isql",
    "bulk",
    "staging",
    "load",
    "qlever",
    "migrate",
    "diff",
    "scaffold",
    "sentences",
    "dates",
    "mentions",
    "citations",
    "draft",
    "skeleton",
    "coverage",
    "cli_load",
    "items",
    "polite",
    "wikidata",
    "things",
    "links",
    "scoring",
    "candidates",
    "link_review",
    "link_check",
    "snapshot",
    "disagreements",
    "federation",
    "quickstatements",
    "cli_link",
    "cli",
]


class Counting:
    def __init__(self) -> None:
        self.labels: list[str] = []

    def step(self, label: str) -> None:
        self.labels.append(label)


def _sums(folder: Path) -> str:
    return (folder / "dumps" / CHECKSUMS).read_text(encoding="utf-8")


def test_two_builds_write_the_same_bytes(config: Config, built: Path, tmp_path: Path) -> None:
    other = build(config, tmp_path / "dist").folder
    assert other is not None
    assert _sums(other) == _sums(built)


def test_hash_randomisation_does_not_show(small: Path, tmp_path: Path) -> None:
    sums = set()
    for seed in ("1", "2"):
        target = tmp_path / seed
        subprocess.run(
            [sys.executable, "-m", "publisher", "build", "-w", small, "--out", target],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
        sums.add(_sums(target))
    assert len(sums) == 1


def test_the_bar_ends_at_its_end(small: Path, tmp_path: Path) -> None:
    progress = Counting()
    build(load_config(small), tmp_path / "dist", progress)
    assert len(progress.labels) == STEPS


def test_data_that_do_not_conform_are_not_published(small: Path, tmp_path: Path) -> None:
    config, target = load_config(small), tmp_path / "dist"
    build(config, target)
    before = _sums(target)
    article = small / "data" / "articles" / "un-charter.ttl"
    article.write_text(
        article.read_text(encoding="utf-8").replace("gp:hasSignatory", "gp:hasSignatori"), encoding="utf-8"
    )
    result = build(config, target)
    assert result.folder is None
    assert not result.report.conforms
    assert _sums(target) == before


@pytest.mark.parametrize("name", ["inferred.ttl", "ontology/geopol.ttl"])
def test_graphs_of_one_name_are_united(small: Path, name: str) -> None:
    path = small / "data" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("<https://example.org/a> <https://example.org/p> 1 .", encoding="utf-8")
    folder = build(load_config(small), small / "dist").folder
    assert folder is not None
    dumps = {name: set(parse(path=folder / "dumps" / f"{name}.ttl")) for name in (*PARTS, "all")}
    for part in PARTS:
        assert dumps[part] <= dumps["all"], part
    assert any(quad.subject == NamedNode("https://example.org/a") for quad in dumps["all"])


def test_shortcuts_are_derived(small: Path) -> None:
    signed = {t for t in check(load_config(small)).inferred if t.predicate == GP.signed}
    assert len(signed) == 2


def test_a_killed_build_leaves_the_earlier_result(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "dist"
    command = [sys.executable, "-m", "publisher", "build", "-w", str(small), "--out", str(target)]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    duration = time.monotonic() - started
    before = _sums(target)
    moments = random.Random(177)  # noqa: S311 - moments, not secrets
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.6, 1.0) * duration)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert _sums(target) == before
    build(load_config(small), target)
    assert _sums(target) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == [], "what the dead left is gone"


def test_only_publish_knows_the_order() -> None:
    """A stage imports errors, progress, vocab and earlier stages, never a later one."""
    package = Path(publish.__file__).parent
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert modules == set(ORDER), "a new module has its place in the order"
    for name in modules:
        text = (package / f"{name}.py").read_text(encoding="utf-8")
        imported = {m for m in ORDER if f"from publisher.{m} import" in text}
        imported |= {
            m
            for m in ORDER
            for line in text.splitlines()
            if line.strip().startswith("from publisher import") and m in line.replace(",", " ").split()
        }
        late = {m for m in imported if ORDER.index(m) >= ORDER.index(name)}
        assert not late, f"{name} imports {late}"


@pytest.mark.parametrize(
    ("engine", "owner"), [("pyshacl", "shacl"), ("shifty", "shacl"), ("owlrl", "infer"), ("SPARQLWrapper", "endpoint")]
)
def test_each_engine_has_one_owner(engine: str, owner: str) -> None:
    package = Path(publish.__file__).parent
    users = {
        path.stem
        for path in package.glob("*.py")
        if any(
            line.strip().startswith((f"import {engine}", f"from {engine}"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    }
    assert users == {owner}
