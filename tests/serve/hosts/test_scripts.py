"""The script of nginx and the edge functions chooses as the server does; the edge functions answer as it does."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from publisher.serve.deref.cases import ACCEPT_CASES
from publisher.serve.hosting import HostSettings
from publisher.serve.negotiation import REPRESENTATIONS, choose
from publisher.serve.published import HttpAnswer, PublishedSite
from publisher.workspace.config import Config
from tests.conftest import Requirement
from tests.serve.hosts.conftest import Start
from tests.serve.hosts.servers import write_configuration

HERE = Path(__file__).parent
# What headers are made of: whole ranges, and the characters on which parsers differ.
PIECES = [
    *(r.media_type for r in REPRESENTATIONS),
    *("*/*", "text/*", "application/*", "*", "*/html", "TEXT/HTML", "image/png", "text", "/", ";q=", ";Q = "),
    *("0", "1", "0.5", ".2", "1.", "0.001", "9", "abc", "-1", "1e3", "0.5.5"),
    *(
        ",",
        ",",
        ";",
        "=",
        '"',
        "\\",
        " ",
        "\t",
        ";charset=utf-8",
        ';profile="a,b;q=0"',
        ";level=1",
        "\xa0",
        "\xe9",
        "q",
    ),
]


@pytest.fixture(scope="session")
def node(require: Requirement) -> str:
    found = shutil.which("node")
    require("node", "apt-get install nodejs", found=bool(found))
    return found or ""


@pytest.fixture(scope="session")
def scripts(config: Config, hosted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of all hosts that have some, as modules of Node."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "package.json").write_text('{"type": "module"}')
    for host in ("netlify", "cloudflare"):
        write_configuration(host, config, hosted, HostSettings(folder / host))
    return folder


def _headers(number: int) -> Iterator[str]:
    chance = random.Random(20260101)  # noqa: S311 - the same headers in each run
    for _ in range(number):
        yield "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 14)))


def test_the_script_chooses_as_the_server_does(node: str, scripts: Path) -> None:
    headers = [*(case.header for case in ACCEPT_CASES), *_headers(20_000)]
    paths = [str(scripts / "cloudflare" / name) for name in ("negotiation.js", "table.js")]
    command = [node, str(HERE / "choose.mjs"), *paths]
    ran = subprocess.run(command, input=json.dumps(headers), capture_output=True, text=True, check=True)
    expected = [choose(header, REPRESENTATIONS) for header in headers]
    different = [
        (header, representation and representation.extension, extension)
        for header, representation, extension in zip(headers, expected, json.loads(ran.stdout), strict=True)
        if (representation and representation.extension) != extension
    ]
    assert different == []
    assert len(set(expected)) == len(REPRESENTATIONS) + 1


def test_nginx_chooses_as_the_server_does(start: Start) -> None:
    with httpx.Client(base_url=start("nginx"), timeout=60) as client:
        for header in {header.strip(" \t") for header in _headers(300)}:
            chosen = choose(header, REPRESENTATIONS)
            answer = client.get("/id/armenia", headers=[(b"Accept", header.encode("latin-1"))])
            extension = answer.headers.get("Location", "").rpartition(".")[2]
            assert extension == (chosen.extension if chosen else ""), header


@pytest.fixture(scope="module")
def answers(node: str, scripts: Path, hosted: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The answers of both edge functions, by method, path and Accept."""
    requests = [
        *(("GET", "/id/armenia", case.header) for case in ACCEPT_CASES),
        *(("GET", path, accept) for path in PATHS for accept in ("text/html", "text/turtle")),
        *((method, "/id/armenia", "text/turtle") for method in ("HEAD", "OPTIONS", "POST")),
    ]
    paths = [
        str(hosted),
        *(str(scripts / name) for name in ("netlify/edge-functions/netlify.js", "cloudflare/cloudflare.js")),
    ]
    lines = "".join(f"{json.dumps(request)}\n" for request in requests)
    ran = subprocess.run(
        [node, str(HERE / "edge.mjs"), *paths], input=lines, capture_output=True, text=True, check=True
    )
    return dict(zip(requests, map(json.loads, ran.stdout.splitlines()), strict=True))


PATHS = [
    *("/id/armenia", "/geopol/id/armenia", "/id/csto-in-2018/s02-c1", "/id/csto-in-2018/publication", "/geopol/ns"),
    *(
        "/id/nobody",
        "/id/dragon",
        "/id/a%20b",
        "/geopol/id/kitten",
        "/id/other",
        "/.well-known/void",
        "/id/armenia.ttl",
    ),
    *("/id/armenia.html", "/style.css", "/", "/dumps/SHA256SUMS"),
]


@pytest.mark.parametrize("host", ["netlify", "cloudflare"])
def test_edge_functions_answer_as_the_server_does(
    answers: dict[tuple[str, str, str], dict[str, Any]], host: str, config: Config, hosted: Path
) -> None:
    site = PublishedSite(config, hosted)
    for (method, path, accept), both in answers.items():
        expected, answer = site.answer(method, path, accept), both[host]
        assert answer["status"] == expected.status, (path, accept)
        if expected.status != 200:  # compression is up to the host
            assert answer["headers"].get("vary") == expected.headers.get("Vary"), (path, accept)
        for name in ("Location", "Allow", "Access-Control-Allow-Methods"):
            assert answer["headers"].get(name.lower()) == expected.headers.get(name), (path, accept, name)
        if expected.status in (200, 404, 410) and method == "GET":
            _compare_file(host, answer, expected)


def _compare_file(host: str, answer: dict[str, Any], expected: HttpAnswer) -> None:
    assert expected.file
    if expected.status == 404 and host == "netlify":
        return  # it shows 404.html itself
    assert answer["body"] == expected.file.read_text(encoding="utf-8")
    if host == "cloudflare":  # at Netlify the configuration has the types
        assert answer["headers"]["content-type"] == expected.headers["Content-Type"]
        assert answer["headers"]["access-control-allow-origin"] == "*"
