"""What is built part by part, anywhere, from whatever is left of earlier builds, is the same."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox
import pytest

from benchmarks.corpus import write_corpus
from publisher.build import partition
from publisher.build.cache import FOLDER
from publisher.build.executors import dask, processes
from publisher.build.pipeline import Built, build, review
from publisher.build.task import Stage, Task
from publisher.dump import segments
from publisher.dump.checksums import CHECKSUMS
from publisher.errors import SourceError
from publisher.progress import Progress
from publisher.rdf.digest import INDEX, digest_triples, format_index, format_lines
from publisher.validate.report import Report
from publisher.workspace.config import Config, load_config
from tests.conftest import IN_CI, ROOT, Requirement, fresh_copy

Job = TypeVar("Job")
Result = TypeVar("Result")

ARTICLES = 6
# So many bytes of source text that the files make about eight parts.
SIZE = 20_000
FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "corpus"
    write_corpus(folder, ARTICLES, seed=3)
    return folder


@pytest.fixture
def corpus(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy at the same place in each test, so that this process reads the ontology once."""
    return fresh_copy(generated, tmp_path_factory.getbasetemp() / "fresh corpus" / "corpus")


@pytest.fixture(scope="module")
def expected(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The dumps of a build in this process, of several parts, without a cache."""
    return _bytes(build(load_config(generated), tmp_path_factory.mktemp("expected") / "dist", size=SIZE))


@pytest.fixture(scope="module")
def whole(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The dumps of a build of one part."""
    return _bytes(build(load_config(generated), tmp_path_factory.mktemp("whole") / "dist", size=10**9))


@pytest.fixture(scope="module")
def filled(generated: Path, expected: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache that a build leaves."""
    folder = tmp_path_factory.mktemp("filled")
    built = build(load_config(generated), folder / "dist", cache=folder / FOLDER, size=SIZE)
    assert _bytes(built) == expected
    return folder / FOLDER


@pytest.fixture
def cache(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_copy(filled, tmp_path_factory.getbasetemp() / "fresh cache" / FOLDER)


def _bytes(built: Built) -> dict[str, bytes]:
    assert built.folder is not None, built.report.findings
    return {p.name: p.read_bytes() for p in sorted((built.folder / "dumps").iterdir())}


def _quads(content: dict[str, bytes], name: str) -> list[ox.Quad]:
    found = content.get(name) or gzip.decompress(content[f"{name}.gz"])
    return list(ox.parse(found, format=FORMATS[name.rpartition(".")[2]]))


def _keys(report: Report) -> set[tuple[str, ...]]:
    return {(*f.key, str(f.file), str(f.line)) for f in report.findings}


# --- parts and the whole ----------------------------------------------------------------------------


def test_parts_hold_what_the_whole_holds(whole: dict[str, bytes], expected: dict[str, bytes]) -> None:
    _compare(whole, expected)


def test_files_of_this_workspace_hold_what_the_whole_holds(tmp_path: Path, config: Config, build_result: Built) -> None:
    config = replace(config, site=replace(config.site, enabled=False))
    if sum(path.stat().st_size for path in (config.root / "data").rglob("*.*")) < partition.SIZE:
        whole = _bytes(build_result)  # of one part
    else:
        whole = _bytes(build(config, tmp_path / "whole", size=10**9))
    _compare(whole, _bytes(build(config, tmp_path / "parts", size=1)))


def _compare(whole: dict[str, bytes], parts: dict[str, bytes]) -> None:
    assert whole.keys() == parts.keys()
    for dump in ("asserted", "inferred", "all"):
        for extension in FORMATS:
            expected, found = (_quads(content, f"{dump}.{extension}") for content in (whole, parts))
            assert set(expected) == set(found), (dump, extension)
            assert len(found) == len(set(found)), "no statement is written twice"
    quads = _quads(parts, "all.nq")
    assert len(quads) > 1000
    by_graph = defaultdict[str, list[bytes]](list)
    for quad in quads:
        by_graph[str(quad.graph_name)[1:-1]].append(str(quad.triple).encode())
    told = b"".join(format_index(format_lines({name: digest_triples(triples) for name, triples in by_graph.items()})))
    assert whole[INDEX] == parts[INDEX] == told


def test_counts_of_parts_add_up(expected: dict[str, bytes], whole: dict[str, bytes]) -> None:
    numbers = {}
    for name, content in (("parts", expected), ("whole", whole)):
        told = (q.triple for q in ox.parse(content["void.ttl"], format=ox.RdfFormat.TURTLE))
        numbers[name] = {t for t in told if "rdfs.org/ns/void#" in str(t.predicate) and "distinctObjects" not in str(t)}
    assert numbers["parts"] == numbers["whole"]


def test_violations_are_found_in_parts_as_in_the_whole(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus", ARTICLES, seed=5, violations=0.5)
    config = load_config(tmp_path / "corpus")
    whole = review(config, size=10**9)
    built = build(config, tmp_path / "dist", size=SIZE)
    parts = built.report
    assert whole == parts
    assert _keys(whole) == _keys(parts)
    sown = {
        line.split("\t")[0] for line in (tmp_path / "corpus" / "violations.tsv").read_text("utf-8").splitlines()[1:]
    }
    bad = {f.file.relative_to(config.root).as_posix() for f in parts.findings if f.file and f.severity != "info"}
    assert bad == sown
    assert built.folder is None


def test_two_holders_of_one_office_are_found_across_articles(corpus: Path, cache: Path) -> None:
    """A copy of an article under another name says of its tenure that somebody else holds the office."""
    articles = sorted((corpus / "data" / "articles").rglob("*.ttl"))
    article = next(path for path in articles if "tenure a gp:Tenure" in path.read_text("utf-8"))
    text = article.read_text("utf-8")
    holder = text.split("gp:hasHolder ")[1].split()[0]
    other = "id:person-1" if holder != "id:person-1" else "id:person-2"
    copy = text.replace(article.stem, "article-999999").replace(f"gp:hasHolder {holder}", f"gp:hasHolder {other}")
    article.with_name("article-999999.ttl").write_text(copy, encoding="utf-8")
    report = review(load_config(corpus), cache=cache, size=SIZE)
    shapes = {f.shape.rpartition("#")[2] for f in report.findings if f.severity != "info"}
    assert "OneHolderAtATime" in shapes
    assert "Described" not in shapes, "what other files describe is known"


# --- where and when ----------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 50])
def test_many_facts_are_written_in_parts(
    corpus: Path, cache: Path, tmp_path: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(segments, "_TRIPLES_AT_ONCE", most)
    for entry in (*cache.glob(f"{Stage.SEGMENTS.value}-*"), *cache.glob(f"{Stage.SUMMARY.value}-*")):
        entry.unlink()
    mapper = Watching()
    found = _bytes(build(load_config(corpus), tmp_path / "dist", mapper=mapper, cache=cache, size=SIZE))
    assert mapper.paths[Stage.SUMMARY]
    assert found.keys() == expected.keys()
    for name in found:
        if name.endswith((".nt", ".nq", ".ttl", ".rdf", ".jsonld", ".tsv")) and name != "void.ttl":
            assert found[name] == expected[name], name
        elif name.endswith(".trig"):  # a block for each part
            assert set(_quads(found, name)) == set(_quads(expected, name)), name
    counts = [re.findall(rb"void:(?:triples|distinctSubjects) \d+", held["void.ttl"]) for held in (found, expected)]
    assert counts[0] == counts[1]
    assert len(counts[0]) > 3


def test_processes_write_the_same_bytes(corpus: Path, tmp_path: Path, expected: dict[str, bytes]) -> None:
    with processes(2) as mapper:
        assert _bytes(build(load_config(corpus), tmp_path / "dist", mapper=mapper, size=SIZE)) == expected


def test_the_cache_does_not_show(corpus: Path, cache: Path, tmp_path: Path, expected: dict[str, bytes]) -> None:
    mapper = Watching()
    built = build(load_config(corpus), tmp_path / "dist", mapper=mapper, cache=cache, size=SIZE)
    assert _bytes(built) == expected
    assert not mapper.paths[Stage.FINDINGS]


class Watching:
    """A mapper that keeps which parts each stage works on."""

    def __init__(self) -> None:
        self.paths = defaultdict[Stage, set[str]](set)

    def __call__(self, function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        for job in jobs:
            if isinstance(function, partial) and isinstance(job, Task):
                self.paths[function.args[0]].update(job.paths)
            yield function(job)


def test_one_changed_article_costs_one_part(corpus: Path, tmp_path: Path) -> None:
    config, cache = load_config(corpus), tmp_path / FOLDER
    build(config, tmp_path / "dist", cache=cache, size=1)
    article = sorted((corpus / "data" / "articles").rglob("*.ttl"))[3]
    article.write_text(article.read_text("utf-8").replace("Generated article", "Changed article"), encoding="utf-8")
    mapper = Watching()
    changed = _bytes(build(config, tmp_path / "dist", mapper=mapper, cache=cache, size=1))
    own = {article.relative_to(corpus).as_posix()}
    for stage in (Stage.INDEX, Stage.EXPORTS, Stage.FINDINGS, Stage.SUMMARY):
        assert mapper.paths[stage] == own, stage
    assert changed == _bytes(build(config, tmp_path / "clean", size=1))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("data/entities/persons.ttl", "Person 1", "Persona 1"),
        ("ontology/shapes/naming.ttl", "sh:uniqueLang true", "sh:uniqueLang true ; sh:maxLength 500"),
        ("publisher.toml", 'version = "', 'version = "9'),
        ("ontology/rules/signed.rq", "gp:signed", "gp:supports"),
    ],
)
def test_whatever_changes_the_cache_notices(
    corpus: Path, cache: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    path = corpus / name
    assert old in path.read_text("utf-8"), name
    path.write_text(path.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    cached = build(load_config(corpus), tmp_path / "dist", cache=cache, size=SIZE)
    clean = build(load_config(corpus), tmp_path / "clean", size=SIZE)
    assert cached.report == clean.report
    assert (cached.folder is None) == (clean.folder is None)
    if clean.folder:
        assert _bytes(cached) == _bytes(clean)


@pytest.mark.parametrize(
    "damages",
    ["cut", "changed", "emptied", "exchanged", "gone"] if IN_CI else ["cut changed emptied", "exchanged gone"],
)
def test_a_broken_cache_is_noticed(
    corpus: Path, cache: Path, tmp_path: Path, expected: dict[str, bytes], damages: str
) -> None:
    """One damage in all entries, or several in turn."""
    entries = sorted(p for p in cache.iterdir() if "-" in p.name)
    assert len(entries) > 20
    for one, other, damage in zip(entries, [*entries[1:], entries[0]], cycle(damages.split()), strict=False):
        content = one.read_bytes()
        match damage:
            case "cut":
                one.write_bytes(content[: len(content) // 2])
            case "changed":
                one.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            case "emptied":
                one.write_bytes(b"")
            case "exchanged" if one.name.partition("-")[0] == other.name.partition("-")[0]:
                one.write_bytes(other.read_bytes())
            case "gone" if not one.name.startswith("input"):
                one.unlink()
    assert _bytes(build(load_config(corpus), tmp_path / "dist", cache=cache, size=SIZE)) == expected


def test_a_build_keeps_no_more_than_it_uses(corpus: Path, cache: Path, tmp_path: Path) -> None:
    config = load_config(corpus)
    build(config, tmp_path / "dist", cache=cache, size=SIZE)
    before = {p.name for p in cache.iterdir()}
    article = min((corpus / "data" / "articles").rglob("*.ttl"))
    text = article.read_text("utf-8")
    article.write_text(text + "\n# a remark\n", encoding="utf-8")
    build(config, tmp_path / "dist", cache=cache, size=SIZE)
    assert {p.name for p in cache.iterdir()} != before
    article.write_text(text, encoding="utf-8")
    build(config, tmp_path / "dist", cache=cache, size=SIZE)
    assert {p.name for p in cache.iterdir()} == before


def test_a_source_that_cannot_be_read_is_told_from_any_process(corpus: Path, tmp_path: Path) -> None:
    article = sorted((corpus / "data" / "articles").rglob("*.ttl"))[3]
    article.write_text("@prefix", encoding="utf-8")
    with processes(2) as mapper, pytest.raises(SourceError, match=article.name):
        build(load_config(corpus), tmp_path / "dist", mapper=mapper, size=SIZE)
    assert not (tmp_path / "dist").exists()


def test_a_killed_build_changes_nothing_later(corpus: Path, tmp_path: Path, expected: dict[str, bytes]) -> None:
    """At any moment: the old result stays whole, and what is left of the cache does not show."""
    target, script = tmp_path / "dist", tmp_path / "run.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom publisher.workspace.config import load_config\n"
        "from publisher.build.executors import processes\nfrom publisher.build.pipeline import build\n"
        f"with processes(2) as mapper:\n    build(load_config(Path({str(corpus)!r})), Path({str(target)!r}), "
        f"mapper=mapper, cache=Path({str(tmp_path / FOLDER)!r}), size={SIZE})\n",
        encoding="utf-8",
    )
    article = sorted((corpus / "data" / "articles").rglob("*.ttl"))[3]
    text = article.read_bytes()
    _run(script)
    before = _data(target)
    started = time.monotonic()
    _change(article)
    _run(script)
    duration = time.monotonic() - started
    moments = random.Random(4)  # noqa: S311 - moments, not secrets
    for is_last in [*[False] * (5 if IN_CI else 2), True]:
        if is_last:
            article.write_bytes(text)
        else:
            _change(article)
        process = subprocess.Popen([sys.executable, script], cwd=ROOT, start_new_session=True)
        time.sleep(moments.uniform(0.1, 1.0) * duration)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert _data(target) == before, "a remark changes no triple"
        subprocess.run(["sha256sum", "-c", "--quiet", CHECKSUMS], cwd=target / "dumps", check=True)
    _run(script)
    assert {path.name: path.read_bytes() for path in (target / "dumps").iterdir()} == expected
    assert not list(tmp_path.glob(".dist-publishing-*"))


def _change(article: Path) -> None:
    article.write_text(article.read_text("utf-8") + "\n# a remark\n", encoding="utf-8")


def _data(target: Path) -> list[str]:
    """The checksums of a result, but for the description, which names the digests of the sources."""
    lines = (target / "dumps" / CHECKSUMS).read_text("utf-8").splitlines()
    return [line for line in lines if not line.endswith("void.ttl")]


def _run(script: Path) -> None:
    subprocess.run([sys.executable, script], cwd=ROOT, check=True, capture_output=True)


# --- a cluster ---------------------------------------------------------------------------------------


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own, on loopback."""
    address = folder / "scheduler.json"
    common = ["--scheduler-file", str(address)]
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--no-dashboard",
                *common,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    ]
    try:
        worker = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
        ]
        for name in ("one", "two"):
            place = folder / name
            place.mkdir()
            started.append(
                subprocess.Popen(
                    [*worker, "--local-directory", str(place), *common],
                    cwd=ROOT,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        yield _address(address), started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _dask(what: str) -> list[str]:
    return [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard"]


def _address(path: Path) -> str:
    for _ in range(300):
        if path.is_file() and path.stat().st_size:
            return str(json.loads(path.read_text(encoding="utf-8"))["address"])
        time.sleep(0.1)
    pytest.fail("no scheduler after 30 s")


def test_a_cluster_that_loses_a_worker_writes_the_same_bytes(
    corpus: Path, tmp_path: Path, expected: dict[str, bytes], require: Requirement
) -> None:
    try:
        import distributed
    except ImportError:
        require("Dask", "pip install 'geopol-publisher[dask]'", found=False)
    (tmp_path / "cluster").mkdir()
    with _cluster(tmp_path / "cluster") as (address, workers), distributed.Client(address) as client:
        client.wait_for_workers(2, timeout=60)
        progress = Killing(workers[0])
        with dask(address) as mapper:
            config, cache = load_config(corpus), tmp_path / FOLDER
            built = build(config, tmp_path / "dist", progress, mapper=mapper, cache=cache, size=SIZE)
        assert progress.is_done
        assert _bytes(built) == expected


class Killing(Progress):
    """A worker that goes when the work is half done."""

    def __init__(self, worker: subprocess.Popen[bytes]) -> None:
        self._worker, self.is_done = worker, False

    def step(self, label: str) -> None:
        if label == "infer":
            threading.Timer(0.5, self._worker.kill).start()
            self.is_done = True
