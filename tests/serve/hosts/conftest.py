"""Serve one site by ``publisher serve`` and by other web servers."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import httpx
import pytest

from publisher.serve.hosting import HostSettings
from publisher.workspace.config import Config
from tests.conftest import ROOT, Requirement
from tests.running import free_port
from tests.serve.conftest import serving
from tests.serve.hosts.servers import PROGRAMS, readable_folder, running_host, write_configuration

HOSTS = ("publisher", "nginx", "apache", "caddy")
SITE = "https://pages.example.org/geopol/"


@pytest.fixture(scope="session")
def hosted(built: Path) -> Iterator[Path]:
    """The site of this repository with withdrawn identifiers, where every server can read it."""
    with readable_folder() as folder:
        dist = folder / "dist"
        shutil.copytree(built, dist, copy_function=os.link)
        base = "https://w3id.org/geopol"
        added = {
            "gone.txt": f"id/a b\t\nid/dragon\t\nid/kitten\t{base}/id/armenia\nid/other\thttps://example.org/%C3%A4\n",
            "410.html": "<!doctype html><title>Withdrawn</title><p>It was published once.",
        }
        sums = (dist / "SHA256SUMS").read_text()
        (dist / "SHA256SUMS").unlink()  # a link to that of the build
        for name, content in added.items():
            (dist / name).write_text(content)
            sums += f"{hashlib.sha256(content.encode()).hexdigest()}  {name}\n"
        (dist / "SHA256SUMS").write_text(sums)
        yield dist


Start = Callable[[str], str]


@pytest.fixture(scope="session")
def start(config: Config, hosted: Path, require: Requirement) -> Iterator[Start]:
    """Start a web server when it is first needed; it runs until the end of all tests."""
    with ExitStack() as stack:

        def started(host: str) -> str:
            if host == "publisher":
                return stack.enter_context(serving("--workspace", str(ROOT), "--out", str(hosted))).url.rstrip("/")
            require(host, PROGRAMS[host].install, found=PROGRAMS[host].is_here())
            folder, port = stack.enter_context(readable_folder()), free_port()
            write_configuration(host, config, hosted, HostSettings(folder, port, SITE))
            return stack.enter_context(running_host(host, folder, port))

        yield cache(started)


@pytest.fixture(params=HOSTS, scope="session")
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(host: str, start: Start) -> Iterator[httpx.Client]:
    """A client of each web server in turn."""
    with httpx.Client(base_url=start(host), timeout=60) as client:
        yield client
