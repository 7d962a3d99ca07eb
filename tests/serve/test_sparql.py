"""Queries by HTTP: what clients ask and get, and how queries are stopped."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from SPARQLWrapper import JSON, TURTLE, SPARQLWrapper
from starlette.types import Message

from publisher.cli.main import main
from publisher.query import endpoint, local
from publisher.query.files import Query
from publisher.query.requests import Limits, QueryRequest, QueryStopped
from publisher.serve.sparql.endpoint import SparqlEndpoint
from publisher.serve.sparql.queries import PublishedQueries, QueryOptions
from publisher.workspace.config import Config
from tests.conftest import ROOT, Requirement
from tests.dataset.test_queries import NAMES, QUERIES, expected, rows_of
from tests.event_loop import run_async
from tests.query.test_pool import is_running
from tests.serve.conftest import Served, serving

NEVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
MANY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ROWS = "SELECT * { ?z a ?b } LIMIT 2"
GRAPH = "CONSTRUCT WHERE { ?s a <http://www.w3.org/2002/07/owl#Ontology> }"
OPTIONS = ("--timeout", "60", "--memory", "300", "--max-rows", "20000", "--workers", "2")


@pytest.fixture(scope="module")
def server(config: Config, built: Path) -> Iterator[Served]:
    with serving("--workspace", str(config.root), "--out", str(built), *OPTIONS) as served:
        yield served


def ask(server: Served, query: str, accept: str = "*/*", **headers: str) -> httpx.Response:
    return server.client.post("/sparql", data={"query": query}, headers={"Accept": accept} | headers)


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_saved_queries_have_the_reviewed_answers(server: Served, query: Query) -> None:
    answer = endpoint.run(f"{server.url}sparql", query.text)
    assert rows_of(answer) == rows_of(expected(query))


@pytest.mark.parametrize(
    ("accept", "media_type", "query"),
    [
        ("*/*", "application/sparql-results+json", ROWS),
        ("application/sparql-results+xml", "application/sparql-results+xml", ROWS),
        ("text/csv", "text/csv; charset=utf-8", ROWS),
        ("text/tab-separated-values, text/csv;q=0.5", "text/tab-separated-values; charset=utf-8", ROWS),
        ("application/json", "application/json", ROWS),
        ("text/html, application/xml;q=0.9", "application/xml", ROWS),
        ("*/*", "text/turtle; charset=utf-8", GRAPH),
        ("application/n-triples", "application/n-triples", GRAPH),
        ("application/ld+json", "application/ld+json", GRAPH),
        ("application/rdf+xml", "application/rdf+xml", GRAPH),
        ("application/n-quads", "application/n-quads", GRAPH),
        ("application/trig", "application/trig", GRAPH),
    ],
)
def test_formats(server: Served, accept: str, media_type: str, query: str) -> None:
    posted = ask(server, query, accept)
    got = server.get(f"/sparql?query={quote(query)}", Accept=accept)
    assert posted.status_code == got.status_code == 200
    assert posted.headers["content-type"] == got.headers["content-type"] == media_type
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    head = server.client.head(f"/sparql?query={quote(query)}", headers=headers)
    assert len(posted.content) == len(got.content) == int(head.headers["content-length"])
    assert posted.headers["vary"] == "Accept, Accept-Encoding"
    assert posted.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "headers", "content", "status", "words"),
    [
        ("POST", "application/sparql-query", "SELECT * {\n ?s ?p }", 400, "line 2, column 9: expected"),
        ("POST", "application/sparql-query", "SELECT (<urn:f>(1) AS ?x) {}", 400, "custom function <urn:f>"),
        ("POST", "application/sparql-query", "ASK { SERVICE <http://127.0.0.1/> {} }", 400, "asks no other one"),
        ("POST", "application/sparql-query", f"ASK {{ {'(' * 200} }}", 400, "nested more than 100 levels"),
        ("POST", "application/sparql-query", "CLEAR ALL", 403, "Nothing can be changed here"),
        ("POST", "application/sparql-update", "CLEAR ALL", 403, "Nothing can be changed here"),
        ("POST", "application/x-www-form-urlencoded", "update=CLEAR+ALL", 403, "Nothing can be changed here"),
        ("POST", "application/x-www-form-urlencoded", "query=ASK{}&default-graph-uri=a", 400, "absolute IRI"),
        ("POST", "application/x-www-form-urlencoded", "default-graph-uri=urn:a", 400, "'query' is missing"),
        ("POST", "application/x-www-form-urlencoded", "query=ASK%7B%7D&marks=2", 400, "'marks' is 1 or 0"),
        ("POST", "application/x-www-form-urlencoded", "query=%FF", 400, "not encoded as UTF-8"),
        ("POST", "text/plain", "ASK {}", 415, "application/sparql-query, and not as text/plain"),
        ("POST", "application/sparql-query", "#" * 300_000, 413, "at most 262,144 bytes"),
        ("PUT", "application/sparql-query", "ASK {}", 405, "Only GET, HEAD, POST, OPTIONS"),
        ("DELETE", "text/plain", "", 405, "Only GET, HEAD, POST, OPTIONS"),
    ],
)
def test_refusals(server: Served, method: str, headers: str, content: str, status: int, words: str) -> None:
    answer = server.client.request(method, "/sparql", content=content, headers={"Content-Type": headers})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert words in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_query_in_a_content_coding_is_refused(server: Served) -> None:
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    answer = server.client.post("/sparql", content=gzip.compress(b"ASK {}"), headers=headers)
    assert (answer.status_code, answer.text) == (415, "A query is sent without Content-Encoding.\n")
    assert server.client.post(
        "/sparql", content=b"ASK {}", headers={**headers, "Content-Encoding": "identity"}
    ).is_success


def test_the_connection_is_closed_where_a_body_is_not_read(server: Served) -> None:
    refused = server.client.post("/sparql", content="#" * 300_000, headers={"Content-Type": "application/sparql-query"})
    assert (refused.status_code, refused.headers["connection"]) == (413, "close")
    assert ask(server, "ASK {}").headers.get("connection") != "close"


def test_a_format_that_there_is_not(server: Served) -> None:
    answer = ask(server, ROWS, "text/turtle")
    assert answer.status_code == 406
    assert "application/sparql-results+json" in answer.text


def test_without_a_query_people_get_the_page_and_programs_the_description(server: Served) -> None:
    page = server.get("/sparql", Accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert (page.status_code, page.headers["location"]) == (303, "/sparql.html")
    service = ox.NamedNode(f"{server.url}sparql")
    for accept, syntax in (("*/*", ox.RdfFormat.TURTLE), ("application/rdf+xml", ox.RdfFormat.RDF_XML)):
        answer = server.get("/sparql", Accept=accept)
        triples = {quad.triple for quad in ox.parse(answer.content, format=syntax)}
        union = ox.NamedNode("http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph")
        feature = ox.NamedNode("http://www.w3.org/ns/sparql-service-description#feature")
        assert ox.Triple(service, feature, union) in triples
    preflight = server.client.options("/sparql")
    assert (preflight.status_code, "POST" in preflight.headers["access-control-allow-methods"]) == (204, True)


def test_the_dataset_of_the_protocol(server: Served, config: Config) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    def count(query: str, **parameters: str) -> int:
        parameters["query"] = query
        return int(server.client.get("/sparql", params=parameters, headers={"Accept": "text/csv"}).text.split()[1])

    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    counts = [
        count(text),
        count(text, **{"default-graph-uri": "urn:none"}),
        count(named, **{"named-graph-uri": "urn:none"}),
        count(text, **{"named-graph-uri": config.graph("asserted")}),
    ]
    assert counts[0] > 10_000
    assert counts[1:] == [0, 0, 0]


def test_who_has_an_answer_asks_whether_it_is_still_the_answer(server: Served) -> None:
    def get(query: str, **headers: str) -> httpx.Response:
        return server.client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"} | headers)

    assert ask(server, "ASK {}").status_code == 200  # once the dataset is indexed, its version is known
    answer = get(ROWS)
    tag = answer.headers["etag"]
    assert (tag[:3], answer.headers["vary"]) == ('W/"', "Accept, Accept-Encoding")
    same = get(ROWS, **{"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    for name in ("vary", "cache-control", "access-control-allow-origin"):
        assert same.headers[name] == answer.headers[name]
    assert get(ROWS, **{"If-None-Match": tag, "Accept": "text/tab-separated-values"}).status_code == 200
    assert get(f"{ROWS} ", **{"If-None-Match": tag}).status_code == 200
    assert get("SELECT", **{"If-None-Match": "*"}).status_code == 400
    assert "etag" not in get("SELECT (now() AS ?t) {}").headers
    assert "etag" not in get("SELECT (STRU\\u0055ID() AS ?t) {}").headers
    assert "etag" not in ask(server, ROWS).headers
    figures = server.get("/-/metrics").text
    assert 'publisher_requests_total{route="sparql",status="304"} 1.0' in figures


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_answers_are_compressed_whole_and_while_they_are_computed(server: Served, coding: str) -> None:
    for query, is_whole in (("SELECT ?s { ?s ?p ?o } LIMIT 300", True), ("SELECT * { ?s ?p ?o }", False)):
        plain, packed = (ask(server, query, "text/csv", **{"Accept-Encoding": c}) for c in ("identity", coding))
        assert ("content-length" in packed.headers) == is_whole
        assert (packed.headers["content-encoding"], packed.headers["vary"]) == (coding, "Accept, Accept-Encoding")
        assert sorted(packed.content.splitlines()) == sorted(plain.content.splitlines())
        assert packed.num_bytes_downloaded < len(plain.content) / 3
    assert "content-encoding" not in ask(server, "ASK {}", **{"Accept-Encoding": coding}).headers


def test_turtle_has_the_prefixes_of_the_workspace(server: Served, config: Config) -> None:
    for media_type in ("text/turtle", "application/trig"):
        text = ask(server, GRAPH, media_type).text
        assert f"@prefix owl: <{config.prefixes['owl']}> ." in text
        assert " a owl:Ontology" in text
    assert ask(server, "CONSTRUCT { <urn:a> a owl:Ontology } {}").status_code == 400  # queries declare theirs


def test_sparqlwrapper(server: Served) -> None:
    for method in ("GET", "POST"):
        wrapper = SPARQLWrapper(f"{server.url}sparql", returnFormat=JSON)
        wrapper.setMethod(method)
        wrapper.setQuery(ROWS)
        answer = wrapper.queryAndConvert()
        assert isinstance(answer, dict)
        assert answer["head"]["vars"] == ["z", "b"]
    wrapper = SPARQLWrapper(f"{server.url}sparql", returnFormat=TURTLE)
    wrapper.setQuery(GRAPH)
    assert b"Ontology" in wrapper.query().response.read()


def test_comunica(server: Served, require: Requirement) -> None:
    folder = ROOT / "tests" / "comunica"
    here = shutil.which("node") is not None and (folder / "node_modules").is_dir()
    require("Comunica (node 20 or later)", "npm ci --prefix tests/comunica", found=here)
    command = ["node", str(folder / "endpoint.mjs"), f"{server.url}sparql", ROWS]
    done = subprocess.run(command, capture_output=True, check=True, timeout=300, cwd=folder)
    rows = json.loads(done.stdout)["results"]["bindings"]
    theirs = {row["z"]["value"] for row in rows}
    assert theirs == {row["z"]["value"] for row in ask(server, ROWS).json()["results"]["bindings"]}


def test_the_command_asks_the_endpoint(server: Served, capsys: pytest.CaptureFixture[str], config: Config) -> None:
    url = f"{server.url}sparql"
    assert main(["query", "who-met-whom", "--format", "csv", "--endpoint", url, "-w", str(config.root)]) == 0
    output = capsys.readouterr()
    assert "person" in output.out
    assert not output.err


def test_limits_are_named(config: Config, built: Path) -> None:
    options = ("--timeout", "1", "--memory", "64", "--max-rows", "20000")
    with serving("--workspace", str(config.root), "--out", str(built), *options) as served:
        late = ask(served, NEVER)
        assert (late.status_code, "more than 1 seconds" in late.text) == (504, True)
        large = ask(served, f"{MANY} ORDER BY ?a")
        assert (large.status_code, "(limit: memory)" in large.text) in ((503, True), (504, False))
        with pytest.raises(httpx.RemoteProtocolError):  # it was cut off, after what was held back
            ask(served, MANY)
        assert ask(served, "ASK {}").json()["boolean"]
        figures = served.get("/-/metrics").text
        assert 'publisher_queries_total{end="timeout"}' in figures
        assert 'publisher_queries_total{end="done"}' in figures


def workers_of(process: int) -> list[int]:
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for path in tasks for child in path.read_text().split()]


def test_who_leaves_stops_the_query_and_no_worker_outlives_the_server(config: Config, built: Path) -> None:
    with serving("--workspace", str(config.root), "--out", str(built), "--timeout", "600") as served:
        assert ask(served, "ASK {}").status_code == 200
        address = urlsplit(served.url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(f"GET /sparql?query={quote(NEVER)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.3)
        end = time.monotonic() + 60
        while 'end="cancelled"} 1.0' not in served.get("/-/metrics").text and time.monotonic() < end:
            time.sleep(0.1)
        assert 'end="cancelled"} 1.0' in served.get("/-/metrics").text
        for worker in workers_of(served.process.pid):
            with suppress(ProcessLookupError):  # the worker of that query may have ended in between
                os.kill(worker, signal.SIGKILL)
        for _ in range(3):
            assert ask(served, "ASK {}").status_code in (200, 503)
        workers = workers_of(served.process.pid)
        assert len(workers) >= 1
        served.process.kill()
        while any(map(is_running, workers)) and time.monotonic() < end:
            time.sleep(0.1)
        assert not any(map(is_running, workers))


def test_a_new_build_is_queried_and_running_queries_end(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()

    def publish(number: int) -> None:
        lines = (f"<urn:s{i}> <urn:p> <urn:v{number}> .\n" for i in range(500))
        (dumps / "all.nt").write_text("".join(lines))

    async def rows(queries: PublishedQueries, text: str) -> bytes:
        async with queries.run(QueryRequest(text, "csv"), "a") as answer:
            return b"".join([chunk async for chunk in answer.chunks])

    async def run() -> None:
        mark = 1
        publish(mark)
        options = QueryOptions(2, Limits(seconds=120, rows=None))
        async with PublishedQueries(tmp_path, tmp_path / "indexes", lambda: mark, options) as queries:
            assert b"urn:v1" in await rows(queries, "SELECT DISTINCT ?v { ?s ?p ?v }")
            async with queries.run(QueryRequest("SELECT ?v { ?a ?b ?v . ?d ?e ?f }", "csv"), "b") as running:
                publish(2)
                mark = 2
                while b"urn:v2" not in await rows(queries, "SELECT DISTINCT ?v { ?s ?p ?v }"):
                    await asyncio.sleep(0.1)
                lines = b"".join([chunk async for chunk in running.chunks]).splitlines()
            assert Counter(lines) == {b"v": 1, b"urn:v1": 250_000}
            assert queries.at_once(QueryRequest("SELECT ?v { <urn:s1> ?p ?v }", "csv")) == b"v\r\nurn:v2\r\n"

    run_async(run())


def test_an_answer_at_once_is_that_of_the_application(tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "all.nt").write_text("".join(f"<urn:s> <urn:p{i}> <urn:v> .\n" for i in range(60)))
    query = f"query={quote('SELECT * { <urn:s> ?p ?o }')}".encode()
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        async with PublishedQueries(tmp_path, None, lambda: 1, QueryOptions(1)) as queries:
            async with queries.run(QueryRequest("ASK {}"), "a"):  # once the dataset is indexed
                pass
            endpoint = SparqlEndpoint(queries, version=lambda: "1")
            for accept, encoding in ((b"*/*", b""), (b"text/csv", b"gzip"), (b"application/xml", b"br")):
                headers = [(b"accept", accept), (b"accept-encoding", encoding)]
                scope = {"method": "GET", "path": "/sparql", "query_string": query, "headers": headers}
                messages = endpoint.at_once(scope)
                await endpoint.mounted(endpoint)(scope, receive, send)
                assert messages == (*sent,)
                tag = dict(sent[0]["headers"])[b"etag"]
                assert endpoint.at_once({**scope, "headers": [*headers, (b"if-none-match", tag)]}) is None
                sent.clear()
            for changes in ({"method": "HEAD"}, {"path": "/other"}, {"query_string": b"%FF"}, {"query_string": b""}):
                assert endpoint.at_once({**scope, **changes}) is None

    run_async(run())


def test_a_client_has_a_share(tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "all.nt").write_text("".join(f"<urn:s{i}> <urn:p> <urn:v> .\n" for i in range(500)))

    async def ends(queries: PublishedQueries, text: str, client: str) -> bool:
        async with queries.run(QueryRequest(text, "csv"), client) as answer:
            return answer.is_complete

    async def run() -> None:
        options = QueryOptions(2, Limits(seconds=120, queue=4))
        async with PublishedQueries(tmp_path, None, lambda: 1, options) as queries:
            greedy = [asyncio.create_task(ends(queries, NEVER, "a")) for _ in range(2)]
            await asyncio.sleep(0.1)
            with pytest.raises(QueryStopped, match="2 queries already"):
                await ends(queries, "ASK {}", "a")
            assert await ends(queries, "ASK {}", "b")
            for task in greedy:
                task.cancel()
            await asyncio.wait(greedy)
            assert await ends(queries, "ASK {}", "a")

    run_async(run())


def test_without_a_dump_the_service_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with PublishedQueries(tmp_path, None, lambda: 1, QueryOptions(1)) as queries:
            with pytest.raises(Exception, match=r"all\.nq: nothing is published yet"):
                async with queries.run(QueryRequest("ASK {}"), "a"):
                    pass

    run_async(run())


def test_answers_are_those_of_the_dump(server: Served, built: Path) -> None:
    text = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
    there = endpoint.run(f"{server.url}sparql", text)
    assert rows_of(there) == rows_of(local.run(text, local.load_store([built / "dumps" / "all.nq"])))
