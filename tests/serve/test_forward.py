"""Queries that the server passes on to a store: the same protocol and limits, and nothing leaks or goes elsewhere."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from publisher.http import Credentials
from publisher.query.requests import Limits, QueryRequest, QueryStopped
from publisher.serve.guard import CutAnswerError
from publisher.serve.sparql.endpoint import SparqlEndpoint
from publisher.serve.sparql.forward import ForwardedQueries
from publisher.serve.sparql.queries import QueryOptions
from publisher.workspace.config import Config
from tests.conftest import Requirement
from tests.event_loop import run_async
from tests.running import INSTALL, Running, free_port, is_installed, running
from tests.serve.conftest import Served, serving

ROWS = "application/sparql-results+json"
PASSWORD = "not-a-secret"  # noqa: S105 (of a store that lives as long as a test)
TURTLE = "<urn:a> <urn:b> 7 ."
PRODUCT = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(300)))} }}" for name in "abcd")


@pytest.fixture(scope="module")
def oxigraph(require: Requirement, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    require("oxigraph", INSTALL, found=is_installed("oxigraph"))
    with running("oxigraph", tmp_path_factory.mktemp("forward")) as store:
        headers = {"Content-Type": "text/turtle"}
        httpx.put(f"{store.url}/store?graph=urn:g", content=TURTLE, headers=headers).raise_for_status()
        yield store


@pytest.fixture
def server(config: Config, built: Path, oxigraph: Running) -> Iterator[Served]:
    options = ("--endpoint", f"{oxigraph.url}/query", "--timeout", "3", "--workers", "3")
    with serving("--workspace", str(config.root), "--out", str(built), *options) as served:
        yield served


def ask(server: Served, query: str, accept: str = "*/*", **form: str) -> httpx.Response:
    return server.client.post("/sparql", data={"query": query, **form}, headers={"Accept": accept})


def test_queries_are_passed_on(server: Served) -> None:
    answer = ask(server, "SELECT ?o { ?s ?p ?o }", **{"default-graph-uri": "urn:g"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, ROWS)
    assert answer.json()["results"]["bindings"][0]["o"]["value"] == "7"
    assert ask(server, "SELECT ?o { ?s ?p ?o }", **{"default-graph-uri": "urn:h"}).json()["results"]["bindings"] == []
    assert ask(server, "SELECT ?o { ?s ?p ?o }", "text/csv").text == "o\r\n7\r\n"
    graph = ask(server, "CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples")
    assert graph.text.startswith("<urn:a> <urn:b> ")
    assert server.get("/queries/visits.csv?limit=1").text.startswith("visit")
    assert server.get("/id/armenia.html").status_code == 200  # the pages are those of the build
    for query, status in (("CLEAR ALL", 403), ("ASK { SERVICE <http://127.0.0.1/> {} }", 400), ("CLEAR ALL #", 403)):
        assert ask(server, query).status_code == status
    assert "The query: the store refuses it" in ask(server, "ASK {").text
    large = ask(server, f"SELECT * {{ {PRODUCT.partition(' VALUES ?c')[0]} }}", "text/csv")
    assert (large.text.count("\r\n"), "content-length" in large.headers) == (90_001, False)
    late = ask(server, f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}")
    assert (late.status_code, "the store takes more than 3 seconds" in late.text) == (504, True)
    with pytest.raises(httpx.RemoteProtocolError):  # it was cut off, after what was received until then
        ask(server, f"SELECT * {{ {PRODUCT} }}")
    assert ask(server, "SELECT * {}").status_code == 200
    assert 'publisher_queries_total{end="timeout"} 2.0' in server.get("/-/metrics").text
    assert server.interrupt() == 0


def test_an_answer_that_is_too_large_ends_with_an_error(oxigraph: Running) -> None:
    async def run(seconds: float, size: int | None) -> int:
        options = QueryOptions(2, Limits(seconds=seconds, size=size))
        received = 0
        request = QueryRequest(f"SELECT * {{ {PRODUCT} }}", "csv")
        async with (
            ForwardedQueries(f"{oxigraph.url}/query", None, options) as queries,
            queries.run(request, "a") as answer,
        ):
            assert not answer.is_complete
            async for chunk in answer.chunks:
                received += len(chunk)
        return received

    with pytest.raises(QueryStopped, match="more than 300,000 bytes"):
        run_async(run(60, 300_000))
    with pytest.raises(QueryStopped, match=r"more than 0\.5 seconds"):
        run_async(run(0.5, None))


# --- faults ----------------------------------------------------------------------------------------------------


class FaultyStore(BaseHTTPRequestHandler):
    """A store that fails as a query bids it; only with the right password."""

    asked: list[dict[str, list[str]]]
    release: threading.Event

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append(form)
        query, headers, status = form["query"][0], {"Content-Type": self.headers["Accept"]}, 200
        expected = f"Basic {base64.b64encode(f'dba:{PASSWORD}'.encode()).decode()}"
        body, size = b"{}", 2
        if self.headers.get("Authorization") != expected:
            status, body = 401, b"who are you?"
        elif "#redirect" in query:
            status, headers = 307, {"Location": "http://192.0.2.1/sparql"}
        elif "#fail" in query:
            status, body = 500, b"at inner-host:9999"
        elif "#html" in query:
            headers, body = {"Content-Type": "text/html"}, b"<script>"
        elif "#late" in query:
            self.release.wait(60)
        elif "#break" in query:
            size = 1 << 20
        elif "#cut" in query:
            body, size = bytes(1 << 17), 1 << 20
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(max(size, len(body)))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def faulty_store() -> Iterator[str]:
    FaultyStore.asked, FaultyStore.release = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), FaultyStore)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/query"
    finally:
        FaultyStore.release.set()
        server.shutdown()
        server.server_close()


def test_faults_of_the_store_are_told_and_nothing_leaks(capsys: pytest.CaptureFixture[str]) -> None:
    async def run(url: str) -> None:
        options = QueryOptions(2, Limits(seconds=3))
        async with ForwardedQueries(url, Credentials("dba", PASSWORD), options) as queries:
            transport = httpx.ASGITransport(SparqlEndpoint(queries))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                for comment, status in (("#redirect", 503), ("#fail", 503), ("#html", 503), ("#break", 503), ("", 200)):
                    answer = await client.post("/sparql", data={"query": f"SELECT * {{}} {comment}"})
                    assert answer.status_code == status, comment
                    words = {"192.0.2.1", "inner-host", "127.0.0.1", "script", PASSWORD}
                    assert not [word for word in words if word in answer.text]
                with pytest.raises(CutAnswerError, match="breaks off"):
                    await client.post("/sparql", data={"query": "SELECT * {} #cut"})
                late = await client.post("/sparql", data={"query": "SELECT * {} #late"})
                assert late.status_code == 504
                count = len(FaultyStore.asked)
                assert (await client.post("/sparql", data={"query": "CLEAR ALL"})).status_code == 403
                assert len(FaultyStore.asked) == count  # nothing of that reaches the store

    with faulty_store() as url:
        run_async(run(url))
    log = capsys.readouterr().err
    assert "redirects to another server" in log
    assert PASSWORD not in log


def test_whether_the_store_answers_is_known(oxigraph: Running) -> None:
    async def fault(url: str) -> str:
        async with ForwardedQueries(url, None, QueryOptions()) as queries:
            assert await queries.fault() == await queries.fault()
            return await queries.fault()

    with faulty_store() as url:  # which refuses who has no password
        urls = f"{oxigraph.url}/query", url, f"http://127.0.0.1:{free_port()}/query"
        assert [bool(run_async(fault(url))) for url in urls] == [False, True, True]
        assert len(FaultyStore.asked) == 1


def test_a_query_that_was_left_counts_until_the_store_answers() -> None:
    async def run(url: str) -> None:
        options = QueryOptions(1, Limits(seconds=60))
        async with ForwardedQueries(url, Credentials("dba", PASSWORD), options) as queries:

            async def rows(comment: str) -> bytes:
                async with queries.run(QueryRequest(f"SELECT * {{}} {comment}"), "a") as answer:
                    return b"".join([chunk async for chunk in answer.chunks])

            left = asyncio.create_task(rows("#late"))
            while not FaultyStore.asked:
                await asyncio.sleep(0.01)
            left.cancel()
            await asyncio.wait([left])
            other = asyncio.create_task(rows(""))
            await asyncio.sleep(0.1)
            assert (other.done(), len(FaultyStore.asked)) == (False, 1)
            FaultyStore.release.set()
            assert await other == b"{}"

    with faulty_store() as url:
        run_async(run(url))
