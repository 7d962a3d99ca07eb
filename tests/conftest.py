"""Give the tests this repository's workspace, built once, and small workspaces of their own."""

from __future__ import annotations

import fcntl
import os
import pickle
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final, Protocol, cast

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from publisher.build.cache import FOLDER as CACHE
from publisher.build.pipeline import Built, build
from publisher.link.client import Wikidata
from publisher.workspace.config import Config, load_config
from publisher.workspace.scaffold import make_workspace
from publisher.workspace.sources import Workspace, read_workspace
from tests.running import INSTALL, STORES, Running, is_installed, running
from tests.wikidata_standin import Standin, connected, extract, serving

ROOT = Path(__file__).parent.parent
IN_CI: Final = bool(os.environ.get("CI"))
# For a test that takes many seconds, and whose subject other tests touch, too.
in_ci = pytest.mark.skipif(not IN_CI, reason="takes long; CI has it do so")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""

# Where the environment asks for no bytecode, each of the many processes of a run would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No deadlines: how long something takes is measured by benchmarks, and a busy machine is no failure.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("full", deadline=None, max_examples=200)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("full" if IN_CI else "quick"))


# The files of tests that take longest, the longest first.
LONGEST: Final = (
    "build/test_corpus.py",
    "validate/test_mistakes.py",
    "test_docs.py",
    "dataset/test_queries.py",
    "validate/test_engine_agreement.py",
    "serve/test_preview.py",
    "build/test_pipeline.py",
    "build/test_review.py",
    "build/test_one_verdict.py",
    "site/test_site.py",
)


class Requirement(Protocol):
    def __call__(self, what: str, how: str, *, found: bool) -> None: ...


def pytest_xdist_auto_num_workers() -> int:
    """Start a process more than there are processors, as some tests wait; in CI not, where each starts all stores."""
    return (os.cpu_count() or 1) + (not IN_CI)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest: when several processes share the files, none waits at the end."""
    order = {path: place for place, path in enumerate(LONGEST)}

    def place(item: pytest.Item) -> tuple[bool, int]:
        path = item.path.relative_to(ROOT / "tests")
        return path.parts[0] != "stores", order.get(path.as_posix(), len(order))

    items.sort(key=place)


@pytest.fixture(scope="session")
def require() -> Requirement:
    """Skip where a real component is missing and say how to get it; in CI that is a failure."""

    def check(what: str, how: str, *, found: bool) -> None:
        if not found:
            told = f"{what} is not here; get it with: {how}"
            if IN_CI:
                pytest.fail(told)
            pytest.skip(told)

    return check


@pytest.fixture(scope="session")
def browser(require: Requirement) -> Iterator[Browser]:
    """Chromium, started once for all tests."""
    require("chromium", "apt-get install chromium", found=bool(CHROMIUM))
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def _stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """Start each store when it is first needed; it runs until the end of all tests."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(running(name, tmp_path_factory.mktemp(name))))


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, _stores: Callable[[str], Running], require: Requirement) -> Running:
    """Each kind of store in turn, with what earlier tests left in it: a test has a base IRI of its own."""
    require(request.param, INSTALL, found=is_installed(request.param))
    found = _stores(request.param)
    if found.process is None:  # a test that failed may have left it stopped
        found.start()
    return found


@pytest.fixture(scope="session")
def config() -> Config:
    return load_config(ROOT)


@pytest.fixture(scope="session")
def workspace(config: Config) -> Workspace:
    return read_workspace(config)


@pytest.fixture(scope="session")
def build_result(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of this repository's workspace: one for all processes of a run, which only read it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    kept = folder / "built.pickle"
    with (folder / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            return cast("Built", pickle.loads(kept.read_bytes()))  # noqa: S301 - another process of this run wrote it
        result = build(config, folder / "built" / "dist", cache=folder / "built" / CACHE)
        assert result.folder is not None, result.report.findings
        kept.write_bytes(pickle.dumps(result))
    return result


@pytest.fixture(scope="session")
def built(build_result: Built) -> Path:
    """The dist folder of this repository's workspace."""
    assert build_result.folder is not None
    return build_result.folder


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "workspace"
    make_workspace(folder)
    toml = folder / "publisher.toml"  # the site has tests of its own, and costs each build half a second
    toml.write_text(re.sub(r"\[site\]\n.*\n\n", "", toml.read_text(encoding="utf-8")), encoding="utf-8")
    build(load_config(folder), folder.parent / "dist", cache=folder / CACHE)  # to close the ontology costs two seconds
    return folder


@pytest.fixture(scope="session")
def small_dist(_template: Path) -> Path:
    """What a build of ``small`` writes."""
    return _template.parent / "dist"


@pytest.fixture
def standin() -> Iterator[Standin]:
    """A server on loopback that speaks as Wikidata does."""
    with serving(Standin(extract())) as found:
        yield found


@pytest.fixture
def wikidata(standin: Standin) -> Iterator[Wikidata]:
    """A client of the server that does not wait and caches nothing."""
    with connected(standin) as client:
        yield client


@pytest.fixture
def linked(tmp_path: Path, standin: Standin, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this repository's workspace whose Wikidata is the stand-in."""
    folder = tmp_path / "workspace"
    for name in ("ontology", "data"):
        shutil.copytree(ROOT / name, folder / name)
    paths = {"api": "w/api.php", "reconcile": "reconcile", "sparql": "sparql"}
    services = "".join(f'{key} = "{standin.url}/{path}"\n' for key, path in paths.items())
    toml = (ROOT / "publisher.toml").read_text(encoding="utf-8")
    (folder / "publisher.toml").write_text(f"{toml}\n[wikidata]\ninterval = 0\n{services}", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def small(_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the workspace that ``publisher init`` makes, without its site, and with the cache of a build.

    It is at the same place in each test, so that a process reads the same ontology and compiles its shapes once.
    """
    return fresh_copy(_template, tmp_path_factory.getbasetemp() / "fresh" / "small")


def fresh_copy(source: Path, target: Path) -> Path:
    """Copy a folder in place of what an earlier test left there."""
    shutil.rmtree(target.parent, ignore_errors=True)
    return Path(shutil.copytree(source, target))
