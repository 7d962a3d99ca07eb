"""``publisher check-deref`` passes the site on every host, and finds the faults of others."""

from __future__ import annotations

import http.server
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publisher.cli.main import main
from publisher.http import Client
from publisher.serve.deref import Probe
from publisher.serve.deref.cases import KNOWN_DIFFERENCES, RULES
from publisher.serve.hosting import HostSettings
from publisher.workspace.config import Config
from tests.conftest import Requirement
from tests.running import free_port
from tests.serve.hosts.conftest import Start
from tests.serve.hosts.servers import PROGRAMS, readable_folder, running_host, write_configuration

ARMENIA = "https://w3id.org/geopol/id/armenia"


class Checked:
    """What the command printed, by case and by status, and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main(["check-deref", "--format", "json", *arguments])
        content: dict[str, Any] = json.loads(capsys.readouterr().out)
        self.cases = {result["case"]: result for result in content["results"]}
        assert len(self.cases) == len(content["results"])
        assert content["conforms"] == (self.code == 0)
        self.by_status = defaultdict[str, set[str]](set)
        for case, result in self.cases.items():
            self.by_status[result["status"]].add(case)


def test_every_host_passes(host: str, start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{start(host)}/geopol/"
    options = ["--host", host] if host in KNOWN_DIFFERENCES else []
    checked = Checked(capsys, url, "--gone", f"{url}id/dragon", *options)
    assert checked.by_status["fail"] == set()
    assert checked.by_status["warn"] | checked.by_status["skip"] == set()
    assert checked.code == 0
    known = set(KNOWN_DIFFERENCES.get(host, {}))
    assert checked.by_status["known"] == (known if host == "caddy" else set())  # of equal weights, any is right
    for case in checked.by_status["known"]:
        assert KNOWN_DIFFERENCES[host][case] in checked.cases[case]["why"]
    assert {"namespace-ttl", "gone", "conditional", "vary", "format-rdf"} < set(checked.cases)
    if known and host == "caddy":
        assert Checked(capsys, url).code == 1  # without the name of the host they are failures


def test_documents_alone(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    checked = Checked(capsys, f"{start('publisher')}/", "--level", "static")
    assert checked.code == 0
    assert checked.by_status["pass"] >= {"document-html", "document-ttl", "conditional", "cors", "not-found"}


def test_redirects_of_w3id_to_a_site(
    start: Start, config: Config, hosted: Path, require: Requirement, capsys: pytest.CaptureFixture[str]
) -> None:
    require("apache", PROGRAMS["w3id"].install, found=PROGRAMS["w3id"].is_here())
    with readable_folder() as folder:
        port = free_port()
        write_configuration("w3id", config, hosted, HostSettings(folder, port, f"{start('nginx')}/"))
        with running_host("w3id", folder, port) as url:
            thing = f"{url}/geopol/id/armenia"
            checked = Checked(capsys, thing, "--identifier", ARMENIA, "--host", "w3id")
    assert checked.by_status["fail"] == set()
    assert checked.by_status["known"] == set(KNOWN_DIFFERENCES["w3id"])
    assert checked.code == 0


class _Flawed(http.server.BaseHTTPRequestHandler):
    """A site with the usual mistakes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wants_data = "turtle" in self.headers.get("Accept", "")
        if self.path == "/thing":
            place = "thing.ttl" if wants_data else "page"
            self._send(302, b"", ("Location", f"http://{self.headers['Host']}/{place}"))
        elif self.path == "/thing.ttl":
            turtle = b"<http://127.0.0.1/other> a <http://127.0.0.1/Class> ."
            self._send(200, turtle, ("Content-Type", "text/turtle"), ("ETag", '"1"'))
        elif self.path == "/loop":
            self._send(303, b"", ("Location", "/loop"))
        elif self.path == "/":
            self._send(200, b"<p>nothing", ("Content-Type", "text/html"))
        else:  # also for what there is not
            self._send(200, b"<p>Welcome", ("Content-Type", "text/html"), ("Set-Cookie", "who=you"))

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def flawed() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Flawed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_faults_are_found(flawed: str, capsys: pytest.CaptureFixture[str]) -> None:
    checked = Checked(capsys, f"{flawed}thing", "--gone", f"{flawed}old")
    assert checked.code == 1
    expected = {"redirect", "format-ttl", "vary", "conditional", "not-found", "gone", "credentials"}
    expected |= {"accept-refused", "accept-capitals-and-white-space"}
    assert checked.by_status["fail"] == expected
    assert checked.by_status["warn"] == {"link", "cors"}
    assert checked.by_status["skip"] >= {"format-jsonld", "format-nt", "format-rdf"}
    redirect = checked.cases["redirect"]
    assert redirect["came"] == f"302 to {flawed}page, then 200 text/html"
    assert redirect["expected"] == RULES["redirect"].expected
    assert "RFC 9110, 15.4.4" in redirect["clause"]
    assert checked.cases["format-ttl"]["why"] == "the content says nothing about the thing"
    assert main(["check-deref", f"{flawed}thing"]) == 1
    text = capsys.readouterr().out
    assert "fail  not-found                        200 text/html\n" in text
    assert "      expected  404\n" in text
    assert "(RFC 9110, 15.5.5)\n" in text


def test_a_loop_ends(flawed: str, capsys: pytest.CaptureFixture[str]) -> None:
    checked = Checked(capsys, f"{flawed}loop")
    assert "redirect" in checked.by_status["fail"]
    assert checked.cases["redirect"]["came"].endswith("redirects again and again")


def test_what_cannot_be_tested_is_told(flawed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-deref", flawed]) == 2
    assert "sitemap.xml names a thing; test the URL of one" in capsys.readouterr().err
    for url in ("ftp://example.org/", "thing"):
        assert main(["check-deref", url]) == 2
        assert "expected a URL such as" in capsys.readouterr().err
    assert main(["check-deref", f"http://127.0.0.1:{free_port()}/thing"]) == 3
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1/secret", "in a private network"),
        ("http://[::1]/secret", "in a private network"),
        ("http://169.254.169.254/", "in a private network"),
        ("http://localhost/", "in a private network"),
        ("http://localhost./", "in a private network"),
        ("http://127.1/", "in a private network"),
        ("http://2130706433/", "in a private network"),
        ("http://0x7f000001/", "in a private network"),
        ("http://[", "no address of the web"),
        ("file:///etc/passwd", "no address of the web"),
        ("https://user:word@example.org/", "with a user name"),
    ],
)
def test_a_public_site_leads_nowhere_else(target: str, reason: str) -> None:
    with Client(20) as client:
        trail = Probe(client, "https://example.org/").follow(target, "*/*")
    assert trail.statuses == (0,)
    assert reason in trail.last.fault
