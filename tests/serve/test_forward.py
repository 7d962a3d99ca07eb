"""Queries that the server passes on to a store: the same protocol and limits, and nothing leaks or goes elsewhere."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pyoxigraph as ox
import pytest

from publisher.workspace.config import Config
from tests.serve.conftest import Served, serving

ROWS = "application/sparql-results+json"
PASSWORD = "not-a-secret"  # noqa: S105 (of a store that lives as long as a test)


class Store(BaseHTTPRequestHandler):
    """A store that answers with the real engine, or as a query bids it; only with the right password."""

    asked: list[dict[str, list[str]]]

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append(form)
        query, headers, status = form["query"][0], {"Content-Type": self.headers["Accept"]}, 200
        expected = f"Basic {base64.b64encode(f'dba:{PASSWORD}'.encode()).decode()}"
        body = b""
        if self.headers.get("Authorization") != expected:
            status, body = 401, b"who are you?"
        elif "#redirect" in query:
            status, headers = 307, {"Location": "http://192.0.2.1/sparql"}
        elif "#fail" in query:
            status, body = 500, b"at inner-host:9999"
        elif "#html" in query:
            headers, body = {"Content-Type": "text/html"}, b"<script>"
        elif "#late" in query:
            time.sleep(4)
        else:
            try:
                results = ox.Store().query(query)
            except SyntaxError:
                self.send_error(400)
                return
            assert not isinstance(results, ox.QueryBoolean)
            media = self.headers["Accept"]
            kind = ox.QueryResultsFormat.from_media_type(media) or ox.RdfFormat.from_media_type(media)
            body = results.serialize(format=kind) or b""  # type: ignore[arg-type] # the one for the form of the query
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def store() -> Iterator[str]:
    Store.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/query"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(config: Config, built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("PUBLISHER_USER", "dba")
    monkeypatch.setenv("PUBLISHER_PASSWORD", PASSWORD)
    monkeypatch.setenv("PUBLISHER_HOST", "127.0.0.1")
    with store() as url:
        options = ("--endpoint", url, "--timeout", "2", "--workers", "2")
        with serving("--workspace", str(config.root), "--out", str(built), *options) as served:
            yield served


def ask(server: Served, query: str, accept: str = "*/*", **form: str) -> httpx.Response:
    return server.client.post("/sparql", data={"query": query, **form}, headers={"Accept": accept})


def test_queries_are_passed_on(server: Served) -> None:
    answer = ask(server, "SELECT ?x { VALUES ?x { 7 } }", **{"default-graph-uri": "urn:g"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, ROWS)
    assert answer.json()["results"]["bindings"][0]["x"]["value"] == "7"
    assert Store.asked[-1]["default-graph-uri"] == ["urn:g"]
    assert ask(server, "SELECT ?x { VALUES ?x { 7 } }", "text/csv").text == "x\r\n7\r\n"
    graph = ask(server, "CONSTRUCT { <urn:a> <urn:b> 1 } {}", "application/n-triples")
    assert graph.text.startswith("<urn:a> <urn:b> ")
    assert server.get("/id/armenia.html").status_code == 200  # the pages are those of the build
    count = len(Store.asked)
    for query, status in (("CLEAR ALL", 403), ("ASK { SERVICE <http://127.0.0.1/> {} }", 400), ("CLEAR ALL #", 403)):
        assert ask(server, query).status_code == status
    assert len(Store.asked) == count  # nothing of that reaches the store
    assert "The query: the store refuses it" in ask(server, "ASK {").text
    for comment, status in (("#redirect", 503), ("#fail", 503), ("#html", 503), ("#late", 504)):
        failed = ask(server, f"SELECT * {{}} {comment}")
        assert failed.status_code == status, comment
        assert {"192.0.2.1", "inner-host", "127.0.0.1", "script", PASSWORD}.isdisjoint(failed.text.split())
        assert "inner-host" not in failed.text
        assert PASSWORD not in failed.text
    assert ask(server, "SELECT * {}").status_code == 200
    assert server.interrupt() == 0
    assert "redirects to another server" in server.output
    assert PASSWORD not in server.output
