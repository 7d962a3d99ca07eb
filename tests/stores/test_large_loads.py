"""Hundreds of graphs, more than one request holds, by every method on every store: nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.corpus import write_corpus
from publisher.build.pipeline import build
from publisher.load import load
from publisher.load.profiles import PROFILES
from publisher.workspace.config import Config, load_config
from tests.conftest import Requirement, in_ci
from tests.running import INSTALL, STORES, is_installed, running

pytestmark = in_ci

METHODS = [(store, method) for store in STORES for method in PROFILES[store].methods]
ARTICLES = 300
TIMEOUT = 300  # seconds


class Corpus(NamedTuple):
    config: Config
    dist: Path


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("large") / "corpus"
    write_corpus(folder, articles=ARTICLES, seed=1)
    with (folder / "publisher.toml").open("a", encoding="utf-8") as settings:
        settings.write('[dumps]\nformats = ["ttl", "nq"]\n')
    config = load_config(folder)
    result = build(config, folder / "dist")
    assert result.folder is not None, result.report.findings
    return Corpus(config, result.folder)


@pytest.fixture
def changed(corpus: Corpus, tmp_path: Path) -> Path:
    """The same dataset with one value of one article changed."""
    dump = tmp_path / "all.nq"
    text = (corpus.dist / "dumps" / "all.nq").read_text(encoding="utf-8")
    graph = f"<{corpus.config.graph('articles/00/article-000150')}> .\n"
    line = next(line for line in text.splitlines(keepends=True) if line.endswith(graph) and '"@en ' in line)
    dump.write_text(text.replace(line, line.replace('"@en ', ', revised"@en ')), encoding="utf-8")
    return dump


@pytest.fixture(params=METHODS, ids="-".join)
def method(request: pytest.FixtureRequest, require: Requirement) -> tuple[str, str]:
    store, method = request.param
    require(store, INSTALL, found=is_installed(store))
    return store, method


def test_nothing_is_lost(method: tuple[str, str], corpus: Corpus, tmp_path: Path) -> None:
    with running(method[0], tmp_path) as store:
        if method[1] == "bulk":
            with store.bulk() as target:
                done = load(corpus.config, corpus.dist, target, TIMEOUT, full=True)
        else:
            target = store.target(method[1])
            size = min(target.profile.request_size, 20_000)  # so that no store gets all in one request
            target = replace(target, profile=replace(target.profile, request_size=size))
            done = load(corpus.config, corpus.dist, target, TIMEOUT, full=True)
    assert not [difference for difference in done.differences if difference.is_loss]
    assert len(done.sent) > ARTICLES
    assert done.triples > 100_000


def test_only_what_changed_is_sent(corpus: Corpus, changed: Path, tmp_path: Path, require: Requirement) -> None:
    require("oxigraph", INSTALL, found=is_installed("oxigraph"))
    with running("oxigraph", tmp_path) as store:
        target, dump = store.target(), corpus.dist / "dumps" / "all.nq"
        first = load(corpus.config, corpus.dist, target, TIMEOUT)
        again = load(corpus.config, corpus.dist, target, TIMEOUT, sync=True)
        assert (again.sent, again.unchanged, again.triples) == ((), first.sent, 0)
        bare = load(corpus.config, dump, target, TIMEOUT, sync=True)  # which is sorted to tell the same of it
        assert (bare.sent, bare.removed) == ((), (corpus.config.graph("void"),))
        done = load(corpus.config, changed, target, TIMEOUT, sync=True, full=True)
        assert done.sent == (corpus.config.graph("articles/00/article-000150"),)
        assert done.differences == ()
