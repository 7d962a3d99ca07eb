"""What operators see of a server: its log, its health and its figures."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.serve.access_log import AccessLog
from publisher.serve.guard import Exchange
from publisher.workspace.config import Config
from tests.serve.conftest import Served, serving

QUERY = "query=SELECT+%3Fsecret"


@pytest.fixture(scope="module")
def dist(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that a test may remove."""
    folder = tmp_path_factory.mktemp("observed") / "dist"
    kept = shutil.ignore_patterns("id", "pagefind", "browser", "queries", "*.gz", "*.nq")
    return Path(shutil.copytree(built, folder, ignore=kept))


@pytest.fixture
def server(config: Config, dist: Path) -> Iterator[Served]:
    options = ("--access-log", "json", "--proxy", "127.0.0.1")
    with serving("--workspace", str(config.root), "--out", str(dist), *options) as served:
        yield served


def test_an_operator_sees_requests_health_and_figures(server: Served, dist: Path) -> None:
    assert server.get("/-/alive").text == "alive\n"
    assert server.get("/-/health").json() == {
        "ready": True,
        "site": True,
        "queries": True,
        "reasons": [],
    }
    headers = {"Referer": f"https://example.org/a?{QUERY}", "X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert server.get(f"/style.css?{QUERY}", **headers).status_code == 200
    assert server.get("/id/no%0Athing").status_code == 404
    figures = server.get("/-/metrics").text
    assert 'publisher_requests_total{route="site",status="200"} 1.0\n' in figures
    assert 'publisher_requests_total{route="operation",status="200"} 2.0\n' in figures
    assert 'publisher_request_seconds_count{route="site"} 2.0\n' in figures
    assert server.get("/-/other").status_code == 404
    assert server.client.request("TRACE", "/-/health").status_code == 405
    dist.rename(dist.with_name("moved"))
    assert server.get("/-/health").status_code == 503
    assert server.get("/-/alive").status_code == 200
    dist.with_name("moved").rename(dist)
    assert server.interrupt() == 0
    assert QUERY.partition("=")[0] + "=" not in server.output
    lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines] == [200, 200, 200, 404, 200, 404, 405, 503, 200]
    style, missing = lines[2:4]
    assert (style["path"], style["method"], style["client"]) == ("/style.css", "GET", "198.51.100.7")
    assert style["referer"] == "https://example.org/a"
    assert style["bytes"] > 1000
    assert missing["path"] == "/id/no%0Athing"


def exchange(path: bytes = b"/", query: bytes = b"", **headers: str) -> Exchange:
    scope = {
        "method": "GET",
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "http_version": "1.1",
        "client": ("192.0.2.1", 5),
        "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
        "state": {"end": "done"},
    }
    return Exchange(scope, 200, 12, 0.25)


def test_formats_of_the_log() -> None:
    asked = exchange(b"/sparql", b"query=ASK%7B%7D", user_agent='a "b"\n\x1b[31m')
    line = AccessLog("combined").line(asked, 1795843200.5)
    assert line == (
        '192.0.2.1 - - [28/Nov/2026:05:20:00 +0000] "GET /sparql HTTP/1.1" 200 12 "-" "a %22b%22%0A%1B[31m"'
    )
    assert "/sparql?query=ASK%7B%7D HTTP" in AccessLog("combined", with_queries=True).line(asked, 1795843200.5)
    fields = json.loads(AccessLog("json").line(asked, 1795843200.5))
    assert (fields["time"], fields["end"], fields["agent"]) == ("2026-11-28T05:20:00.500Z", "done", 'a "b"\n\x1b[31m')
    assert "query" not in fields
    asked.scope["state"]["query"] = "ASK {}"
    assert json.loads(AccessLog("json", with_queries=True).line(asked, 0))["query"] == "ASK {}"
    assert not re.search(r"[^ -~]", AccessLog("json", with_queries=True).line(asked, 0))


@pytest.mark.parametrize(
    "options", [["--log-queries"], ["--watch", "--access-log", "json"], ["--watch", "--proxy", "::1"]]
)
def test_options_that_do_not_fit(options: list[str], config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "-w", str(config.root), *options]) == 2
    assert "--access-log" in capsys.readouterr().err
