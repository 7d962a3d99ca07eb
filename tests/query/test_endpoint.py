"""A remote endpoint: the same answers as on the dumps, and every way in which a server fails to give one."""

from __future__ import annotations

import http.server
import io
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.errors import EndpointError, SourceError
from publisher.http import Credentials
from publisher.query import endpoint, files, local
from tests.conftest import ROOT, Requirement

ROWS_JSON = '{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": "é"}}]}}'
ROWS_XML = """<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">
<head><variable name="x"/></head>
<results><result><binding name="x"><literal>é</literal></binding></result></results></sparql>"""


# --- Oxigraph -------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert server.poll() is None, "oxigraph ended"
        try:
            with urllib.request.urlopen(url + "?query=ASK%7B%7D", timeout=1):  # noqa: S310 (our own server)
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.05)
    pytest.fail(f"no server at {url}")


@pytest.fixture(scope="module")
def oxigraph(built: Path, tmp_path_factory: pytest.TempPathFactory, require: Requirement) -> Iterator[str]:
    """The URL of an Oxigraph server that holds the whole dataset."""
    beside = Path(sys.executable).with_name("oxigraph")
    program = str(beside) if beside.is_file() else shutil.which("oxigraph")
    require("Oxigraph", "pip install oxigraph", found=program is not None)
    assert program is not None
    location = str(tmp_path_factory.mktemp("oxigraph"))
    dump = str(built / "dumps" / "all.nt")
    subprocess.run([program, "load", "--location", location, "--file", dump], check=True, capture_output=True)
    port = free_port()
    command = [program, "serve-read-only", "--location", location, "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}/query"
            wait_for(url, server)
            yield url
        finally:
            server.terminate()


@pytest.mark.parametrize("name", ["who-met-whom", "is-occupation-a-fact", "events-as-schema-org"])
def test_answer_is_that_of_the_dumps(name: str, oxigraph: str, built: Path) -> None:
    query = files.find(name, ROOT / "queries")
    here = local.run(query.text, local.load_store([built / "dumps" / "all.nt"]))
    remote = endpoint.run(oxigraph, query.text)
    assert remote.form == here.form == query.form
    if query.form == "construct":
        assert remote.body == here.body
    else:
        assert json.loads(remote.body) == json.loads(here.body)


def test_syntax_error_is_told_in_the_words_of_the_server(oxigraph: str) -> None:
    with pytest.raises(EndpointError, match=r"/query: HTTP 400: .*error at 1:1"):
        endpoint.run(oxigraph, "SELECT * { ?s }")


def test_wrong_path(oxigraph: str) -> None:
    with pytest.raises(EndpointError, match=r"HTTP 404: .*is the path right"):
        endpoint.run(oxigraph.replace("/query", "/sparql-it-is-not"), "ASK {}")


# --- a server that answers what it is told --------------------------------------------------------


@dataclass
class Canned:
    """What the server says next, and the last request that it got."""

    status: int = 200
    media_type: str | None = "application/sparql-results+json"
    body: bytes = ROWS_JSON.encode()
    delay: float = 0
    drops: int = 0  # in how many pieces the body comes, one each half second
    busy: int = 0  # how often the server says that it is too busy, before it answers
    cut: bool = False
    url: str = ""
    accept: str = ""
    agent: str = ""
    authorization: str | None = None
    form: str = field(default="")


@pytest.fixture
def canned() -> Iterator[Canned]:
    told = Canned()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.accept, told.agent = self.headers["Accept"], self.headers["User-Agent"]
            told.authorization = self.headers["Authorization"]
            told.form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            time.sleep(told.delay)
            told.busy -= 1
            if told.busy >= 0:
                self.send_response(503)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(told.status)
            if told.media_type:
                self.send_header("Content-Type", told.media_type)
            self.send_header("Content-Length", str(len(told.body) + 10 * told.cut))
            self.end_headers()
            for byte in told.body[: told.drops]:
                self.wfile.write(bytes([byte]))
                time.sleep(0.5)
            self.wfile.write(told.body[told.drops :])

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Stay silent: a client that lost its patience has gone away."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}/sparql"
        yield told
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/sparql-results+json; charset=utf-8", ROWS_JSON),
        ("application/sparql-results+xml", ROWS_XML),
        ("text/tab-separated-values", '?x\n"é"\n'),
        ("application/json", ROWS_JSON.replace('"head"', '"metadata": {}, "head"')),
    ],
)
def test_rows_in_whatever_format(canned: Canned, media_type: str, body: str) -> None:
    canned.media_type, canned.body = media_type, body.encode()
    answer = endpoint.run(canned.url, "SELECT ?x {}")
    assert json.loads(answer.body) == json.loads(ROWS_JSON)
    assert "application/sparql-results+json" in canned.accept
    assert canned.form == "query=SELECT+%3Fx+%7B%7D"


def test_blank_nodes_get_labels_that_are_labels(canned: Canned) -> None:
    canned.body = ROWS_JSON.replace('"literal", "value": "é"', '"bnode", "value": "nodeID://b10"').encode()
    assert b'"value":"b0"' in endpoint.run(canned.url, "SELECT ?x {}").body


def test_yes_or_no(canned: Canned) -> None:
    canned.body = b'{"head": {"link": []}, "boolean": true}'
    assert bool(endpoint.run(canned.url, "ASK {}").rows())


@pytest.mark.parametrize(
    ("rows", "answer"), [('{"__ASK_RETVAL": {"type": "literal", "value": "1"}}', True), ("", False)]
)
def test_yes_or_no_of_virtuoso(canned: Canned, rows: str, answer: bool) -> None:
    canned.body = f'{{"head": {{"vars": ["__ASK_RETVAL"]}}, "results": {{"bindings": [{rows}]}}}}'.encode()
    assert bool(endpoint.run(canned.url, "ASK {}").rows()) is answer


def test_graph(canned: Canned) -> None:
    canned.media_type, canned.body = "text/turtle", b"<urn:b> a <urn:c> . <urn:a> a <urn:c> ."
    answer = endpoint.run(canned.url, "# SELECT\nCONSTRUCT WHERE { ?s ?p ?o }")
    assert answer.body.splitlines()[0].startswith(b"<urn:a> ")
    assert len(list(answer.triples())) == 2
    assert "text/turtle" in canned.accept


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (400, b"<html><p>Unresolved prefix</p></html>", "HTTP 400: Unresolved prefix"),
        (401, b"", "HTTP 401: Unauthorized; set PUBLISHER_USER and PUBLISHER_PASSWORD"),
        (403, b"", "HTTP 403: Forbidden; the endpoint does not admit this client"),
        (405, b"", "HTTP 405: Method Not Allowed; is this the URL of the SPARQL service"),
        (414, b"", "HTTP 414: "),
        (500, b"out of memory", "HTTP 500: out of memory"),
        (503, b"", "HTTP 503: Service Unavailable"),
    ],
)
def test_refusal_says_status_and_reason(canned: Canned, status: int, body: bytes, message: str) -> None:
    canned.status, canned.body = status, body
    with pytest.raises(EndpointError) as caught:
        endpoint.run(canned.url, "ASK {}")
    assert str(caught.value).startswith(f"{canned.url}: {message}")


@pytest.mark.parametrize(
    ("media_type", "body", "message"),
    [
        ("text/html", "<html>Welcome</html>", "expected SPARQL results, got text/html; is this the URL"),
        (None, ROWS_JSON, "expected SPARQL results, got an answer without a media type"),
        ("text/csv", "x\r\né\r\n", "expected SPARQL results, got text/csv"),
        ("application/sparql-results+json", ROWS_JSON[:-5], "was cut off"),
        ("application/sparql-results+json", "[]", "was cut off"),
        ("application/sparql-results+json", "{}", "was cut off"),
        ("application/sparql-results+xml", ROWS_XML[:-20], "was cut off"),
    ],
)
def test_what_is_no_answer(canned: Canned, media_type: str | None, body: str, message: str) -> None:
    canned.media_type, canned.body = media_type, body.encode()
    with pytest.raises(EndpointError, match=message):
        endpoint.run(canned.url, "SELECT ?x {}")


def test_connection_that_breaks(canned: Canned) -> None:
    canned.cut = True
    with pytest.raises(EndpointError, match="the connection broke"):
        endpoint.run(canned.url, "ASK {}")


def test_patience_has_an_end(canned: Canned) -> None:
    canned.delay = 2
    with pytest.raises(EndpointError, match=r"no answer within 1 s; .*--timeout"):
        endpoint.run(canned.url, "ASK {}", timeout=1)


def test_answer_that_only_drips(canned: Canned) -> None:
    canned.drops = 6
    with pytest.raises(EndpointError, match="no answer within 1 s"):
        endpoint.run(canned.url, "ASK {}", timeout=1)


@pytest.mark.parametrize("busy", [1, 3])
def test_busy_endpoint_is_asked_again(canned: Canned, busy: int) -> None:
    canned.busy = busy
    assert json.loads(endpoint.run(canned.url, "SELECT ?x {}").body) == json.loads(ROWS_JSON)


def test_patience_with_a_busy_endpoint_ends(canned: Canned) -> None:
    canned.busy = 4
    with pytest.raises(EndpointError, match="HTTP 503"):
        endpoint.run(canned.url, "ASK {}")


def test_nested_deeper_than_any_answer(canned: Canned) -> None:
    canned.body = b"[" * 100_000
    with pytest.raises(EndpointError, match="was cut off"):
        endpoint.run(canned.url, "ASK {}")


def test_password_goes_as_basic_authentication(canned: Canned) -> None:
    canned.status = 401
    with pytest.raises(EndpointError) as caught:
        endpoint.run(canned.url, "ASK {}", credentials=Credentials("me", "s3cret"))
    assert canned.authorization == "Basic bWU6czNjcmV0"
    assert "s3cret" not in str(caught.value)


def test_nobody_there() -> None:
    with pytest.raises(EndpointError, match=r"cannot be reached: .*; is the server running"):
        endpoint.run(f"http://127.0.0.1:{free_port()}/query", "ASK {}")


@pytest.mark.parametrize("url", ["file:///etc/hosts", "localhost:7878/query"])
def test_only_http(url: str) -> None:
    with pytest.raises(EndpointError, match="expected a URL such as"):
        endpoint.run(url, "ASK {}")


@pytest.mark.parametrize("url", ["http://[::1", "http://a..b/", "http://\u202e/", f"http://{'a' * 70}.example/"])
def test_hosts_that_are_none(url: str) -> None:
    with pytest.raises(EndpointError):
        endpoint.run(url, "ASK {}", timeout=1)


def test_update_is_not_sent() -> None:
    with pytest.raises(SourceError, match="CLEAR is SPARQL Update"):
        endpoint.run("http://127.0.0.1:1/update", "CLEAR ALL")


def test_network_libraries_are_imported_for_an_endpoint_only() -> None:
    libraries = ("httpx", "anyio", "tenacity", "SPARQLWrapper", "rdflib")
    code = f"import publisher.query, sys; print([name for name in {libraries} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_contact_is_for_the_service_of_wikidata(
    small: Path, canned: Canned, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["query", "-", "--endpoint", canned.url, "--format", "csv", "-w", str(small)]
    agents = []
    for sparql in ("http://127.0.0.1:9/sparql", canned.url):
        path = small / "publisher.toml"
        kept = path.read_text(encoding="utf-8")
        table = f'\n[wikidata]\nsparql = "{sparql}"\ncontact = "me@example.org"\n'
        path.write_text(kept + table, encoding="utf-8")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sys, "stdin", io.StringIO("SELECT ?x {}"))
            assert main(command) == 0
        path.write_text(kept, encoding="utf-8")
        agents.append(canned.agent)
    assert ["me@example.org" in agent for agent in agents] == [False, True]
    assert all(agent.startswith("geopol-publisher/") for agent in agents)
    assert capsys.readouterr().out == "x\r\né\r\n" * 2
