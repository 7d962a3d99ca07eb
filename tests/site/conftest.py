"""Give the tests the site of this repository and small sites of other data."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from publisher.build.pipeline import build
from publisher.workspace.config import Config, load_config

SKOS = Path(__file__).parent / "thesaurus.ttl"
Make = Callable[..., Path]


@pytest.fixture(scope="session")
def site(built: Path) -> Path:
    """The folder of the site of this repository's workspace."""
    assert (built / "index.html").is_file()
    return built


def write_workspace(folder: Path, data: str, *, ontology: str = "", queries: dict[str, str] | None = None) -> Path:
    """Write a workspace of another vocabulary with a site."""
    (folder / "data").mkdir(parents=True)
    (folder / "ontology").mkdir()
    (folder / "queries").mkdir()
    (folder / "data" / "data.ttl").write_text(data, encoding="utf-8")
    (folder / "ontology" / "ontology.ttl").write_text(
        ontology or "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n<https://example.org/t/ns> a owl:Ontology .\n",
        encoding="utf-8",
    )
    for name, text in (queries or {}).items():
        (folder / "queries" / f"{name}.rq").write_text(text, encoding="utf-8")
    (folder / "publisher.toml").write_text(
        """[dataset]
base = "https://example.org/t/"
title = "Thesaurus"
description = "A small thesaurus."
license = "https://creativecommons.org/publicdomain/zero/1.0/"
publisher = "Its editors"
version = "1.0"
issued = 2026-11-24

[site]
languages = ["en", "de"]

[lints]
undescribed-thing = "off"
""",
        encoding="utf-8",
    )
    return folder


def build_site(folder: Path) -> Path:
    """Build a workspace and return its ``dist``."""
    result = build(load_config(folder), folder / "dist")
    assert result.folder is not None, [finding.message for finding in result.report.findings]
    return result.folder


@pytest.fixture(scope="session")
def thesaurus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a thesaurus in three languages, without claims."""
    return build_site(write_workspace(tmp_path_factory.mktemp("thesaurus") / "w", SKOS.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def thesaurus_config(thesaurus: Path) -> Config:
    """The configuration of the workspace of the thesaurus."""
    return load_config(thesaurus.parent)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback, below a path as on many hosts, and yield the address."""
    handler = functools.partial(_Quiet, directory=str(folder.parent))
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{folder.name}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the site of this repository."""
    with serving(site) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of the browser that fails on an error, a violated policy, and a request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    opened, faults = context.new_page(), list[str]()
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda r: None if r.url.startswith(("http://127.0.0.1:", "data:")) else faults.append(r.url))
    yield opened
    context.close()
    assert faults == []
