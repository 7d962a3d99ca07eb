"""The test suite of the W3C for the SPARQL 1.1 Protocol: queries pass, and updates are refused."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDFS

from publisher.query.requests import Limits
from publisher.serve.sparql.endpoint import SparqlEndpoint
from publisher.serve.sparql.queries import PublishedQueries, QueryOptions
from tests.event_loop import run_async

SUITE = Path(__file__).parent / "w3c-sparql-protocol"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
MANIFEST = rdflib.Graph().parse(SUITE / "manifest.ttl", publicID=SUITE.as_uri() + "/manifest.ttl")
ENTRIES = [*Collection(MANIFEST, next(MANIFEST.objects(None, MF.entries)))]
NAMES = [str(entry).rpartition("#")[2] for entry in ENTRIES]

FORMATS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": ("application/sparql-results+json", "application/sparql-results+xml", "text/csv"),
    "RDF": ("text/turtle", "application/n-triples", "application/rdf+xml"),
}


def items(node: rdflib.term.Node | None) -> list[rdflib.term.Node]:
    return [*Collection(MANIFEST, node)] if node is not None else []


def request_of(node: rdflib.term.Node) -> httpx.Request:
    """Return a request as the manifest describes it."""
    headers = {
        str(MANIFEST.value(header, HT.fieldName)): str(MANIFEST.value(header, HT.fieldValue))
        for header in items(MANIFEST.value(node, HT.headers))
    }
    content = b""
    if body := MANIFEST.value(node, HT.body):
        content = str(MANIFEST.value(body, CNT.chars)).encode(str(MANIFEST.value(body, CNT.characterEncoding)))
    url = f"http://www.example{MANIFEST.value(node, HT.absolutePath)}"
    return httpx.Request(str(MANIFEST.value(node, HT.methodName)), url, headers=headers, content=content)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[httpx.Response]]:
    """The answers to the requests of all tests, on a dataset with the graphs that they name."""
    dist = tmp_path_factory.mktemp("protocol")
    (dist / "dumps").mkdir()
    graphs = {
        (str(MANIFEST.value(data, UT.graph)), str(MANIFEST.value(data, RDFS.label)))
        for data in MANIFEST.objects(None, UT.graphData)
    }
    assert len(graphs) == 3
    quads = [
        f"{line.rstrip(' .')} <{name}> .\n"
        for file, name in sorted(graphs)
        for line in (SUITE / Path(file).name).read_text().splitlines()
    ]
    (dist / "dumps" / "all.nq").write_text("".join(quads))

    async def run() -> dict[str, list[httpx.Response]]:
        found: dict[str, list[httpx.Response]] = {}
        options = QueryOptions(1, Limits(seconds=60))
        async with (
            PublishedQueries(dist, None, lambda: 1, options) as queries,
            httpx.AsyncClient(transport=httpx.ASGITransport(SparqlEndpoint(queries))) as client,
        ):
            for entry, name in zip(ENTRIES, NAMES, strict=True):
                requests = items(MANIFEST.value(MANIFEST.value(entry, MF.action), HT.requests))
                found[name] = [await client.send(request_of(request)) for request in requests]
        return found

    return run_async(run())


@pytest.mark.parametrize(("entry", "name"), [*zip(ENTRIES, NAMES, strict=True)], ids=NAMES)
def test_protocol(entry: rdflib.term.Node, name: str, answers: dict[str, list[httpx.Response]]) -> None:
    requests = items(MANIFEST.value(MANIFEST.value(entry, MF.action), HT.requests))
    assert requests
    if name.startswith("update_"):
        assert answers[name][0].status_code == 403
        assert "publisher build" in answers[name][0].text
        return
    for request, answer in zip(requests, answers[name], strict=True):
        response = MANIFEST.value(request, HT.resp)
        statuses = {str(code).rpartition("StatusCode")[2][0] for code in MANIFEST.objects(response, MF.expectedStatus)}
        assert str(answer.status_code)[0] in statuses, answer.text
        if (form := MANIFEST.value(response, MF.expectedFormat)) is not None:
            assert answer.headers["content-type"].partition(";")[0] in FORMATS[str(form)]
        if (expected := MANIFEST.value(response, MF.expectedBoolean)) is not None:
            assert json.loads(answer.content)["boolean"] is (str(expected) == "true")


def test_the_suite_is_whole() -> None:
    assert len(NAMES) == 34
    assert sum(name.startswith("query_") for name in NAMES) == 13
