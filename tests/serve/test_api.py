"""Every saved query by HTTP: parameters, formats, marks and pages of rows; its page; and things as Markdown."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pyoxigraph as ox
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import Message, Receive, Scope, Send

from publisher.errors import PublisherError, UsageError
from publisher.query import files
from publisher.query.index import opened_index
from publisher.query.marks import COLUMNS
from publisher.query.pool import QueryPool
from publisher.query.requests import Limits, QueryRequest, QueryStopped
from publisher.query.results import GRAPH_FORMS
from publisher.serve.api.app import ApiApplication, refusal
from publisher.serve.api.dataset import PublishedDataset, Renewed
from publisher.serve.api.markdown import escaped
from publisher.serve.api.service import QueryService
from publisher.serve.dynamic import DynamicAnswers
from publisher.serve.guard import CutAnswerError
from publisher.workspace.config import Config
from tests.conftest import ROOT
from tests.event_loop import run_async

QUERIES = files.discover(ROOT / "queries")
EXPECTED = ROOT / "queries" / "expected"
ID = "https://w3id.org/geopol/id/"
CLAIMS = "/queries/who-accuses-whom"


@dataclass
class Api:
    """The application with workers of its own, in an event loop of another thread."""

    portal: BlockingPortal
    client: httpx.AsyncClient
    application: ApiApplication

    def get(self, address: str, method: str = "GET") -> httpx.Response:
        response: httpx.Response = self.portal.call(self.client.request, method, address)
        return response

    def takes(self, path: str, query: bytes = b"") -> bool:
        return self.application.takes({"type": "http", "path": path, "query_string": query})


@pytest.fixture(scope="module")
def api(config: Config, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    dump, folder = built / "dumps" / "all.nq", tmp_path_factory.mktemp("index")
    with opened_index(dump, folder) as index, start_blocking_portal() as portal:
        pool = QueryPool(index, 1, Limits(seconds=60, rows=100_000))
        with portal.wrap_async_context_manager(pool):
            application = ApiApplication(
                QueryService(PublishedDataset(config, built), lambda request, _: pool.run(request))
            )
            transport = httpx.ASGITransport(application)
            yield Api(portal, httpx.AsyncClient(transport=transport, base_url="http://test"), application)


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def test_every_saved_query_has_the_reviewed_rows(api: Api) -> None:
    compared = 0
    for query in QUERIES:
        path = EXPECTED / f"{query.name}.tsv"
        if query.form == "select" and path.is_file():
            expected = ox.parse_query_results(path=path, format=ox.QueryResultsFormat.TSV)
            answer = ox.parse_query_results(
                api.get(f"/queries/{query.name}.json").content, format=ox.QueryResultsFormat.JSON
            )
            assert isinstance(expected, ox.QuerySolutions)
            assert isinstance(answer, ox.QuerySolutions)
            assert [v.value for v in answer.variables] == [v.value for v in expected.variables]
            assert Counter(map(str, map(list, answer))) == Counter(map(str, map(list, expected))), query.name
            compared += 1
    assert compared > 40


@pytest.mark.parametrize(
    ("extension", "media"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("tsv", "text/tab-separated-values; charset=utf-8"),
        ("json", "application/sparql-results+json"),
        ("xml", "application/sparql-results+xml"),
    ],
)
@pytest.mark.parametrize("marks", ["", "&marks=1"])
def test_formats(api: Api, extension: str, media: str, marks: str) -> None:
    response = api.get(f"{CLAIMS}.{extension}?claimant=id:hikmet-hajiyev{marks}")
    assert (response.status_code, response.headers["content-type"]) == (200, media)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["content-security-policy"].endswith("sandbox")
    assert response.text.count("/s22-c") == (4 if marks else 2)
    assert ("markVoice" in response.text) == bool(marks)


@pytest.mark.parametrize("extension", ["ttl", "nt", "jsonld", "rdf"])
def test_graphs(api: Api, extension: str) -> None:
    response = api.get(f"/queries/claims-as-schema-org.{extension}?claimant=Ilham+Aliyev")
    assert response.status_code == 200
    found = ox.parse(response.content, format=ox.RdfFormat.from_extension(extension))
    assert any("schema.org/Claim" in str(quad.object) for quad in found)


def test_rows_are_marked(api: Api) -> None:
    rows = rows_of(api.get(f"{CLAIMS}.csv?marks=1&accused=Armenia"))
    assert rows
    assert all(row["mark"] == "claim" and row["markVoice"] == row["claimantName"] for row in rows)
    assert list(rows[0])[-len(COLUMNS) :] == list(COLUMNS)
    assert "mark" not in rows_of(api.get(f"{CLAIMS}.csv?marks=0&accused=Armenia"))[0]


@pytest.mark.parametrize(
    "value", ["id:hikmet-hajiyev", "https://w3id.org/geopol/id/hikmet-hajiyev", "hikmet%20HAJIYEV"]
)
def test_a_thing_is_given_by_iri_prefix_or_name(api: Api, value: str) -> None:
    assert {row["claimantName"] for row in rows_of(api.get(f"{CLAIMS}.csv?claimant={value}"))} == {"Hikmet Hajiyev"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"{CLAIMS}.csv?claimant=nobody", "claimant 'nobody': expected an IRI, a name with a prefix, or the name"),
        (f"{CLAIMS}.csv?claimant=zz:x", "claimant 'zz:x': expected an IRI"),
        (f"{CLAIMS}.csv?claimant=", "claimant '': expected an IRI"),
        (f"{CLAIMS}.csv?who=x", "has no parameter 'who'; its parameters: claimant (iri), accused (iri)"),
        (f"{CLAIMS}.csv?claimant=id:a&claimant=id:b", "'claimant' is given twice"),
        (f"{CLAIMS}.csv?claimant=%ff", "escaped in UTF-8"),
        (f"{CLAIMS}.csv?marks=yes", "marks 'yes': expected 1 or 0"),
        (f"{CLAIMS}.csv?limit=-1", "limit '-1': expected a whole number"),
        (f"{CLAIMS}.csv?offset=1e3", "offset '1e3': expected a whole number"),
        ("/queries/claims-in-a-sentence.csv?sentence=two", "sentence 'two': expected a whole number such as 20"),
        ("/queries/who-holds-which-office.csv?date=2018-02-30", "date '2018-02-30': expected a date such as"),
        ("/queries/is-occupation-a-fact.json?limit=1", "its answer has no rows"),
        ("/queries/claims-as-schema-org.ttl?marks=1", "has no parameter 'marks'"),
        (f"{CLAIMS}.csv?{'&'.join(f'a{n}=' for n in range(200))}", "at most 100 parameters"),
    ],
)
def test_wrong_values_are_refused_in_words(api: Api, address: str, words: str) -> None:
    response = api.get(address)
    assert response.status_code == 400
    assert words in response.text
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_pages_of_rows(api: Api) -> None:
    whole = rows_of(api.get("/queries/timeline.csv?limit=1000"))
    parts = [api.get(f"/queries/timeline.csv?limit=10&offset={start}") for start in range(0, len(whole), 10)]
    assert [row for part in parts for row in rows_of(part)] == whole
    assert len(whole) > 30


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(api: Api, method: str) -> None:
    response = api.get(f"{CLAIMS}.csv?marks=1", method)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_head_and_preflight(api: Api) -> None:
    head, get = (api.get(f"{CLAIMS}.csv?marks=1", method) for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    assert api.get(f"{CLAIMS}.csv?marks=1", "OPTIONS").status_code == 204


def test_the_rest_is_left_to_the_site(api: Api) -> None:
    assert not any(map(api.takes, ("/", "/id/armenia", f"{CLAIMS}.csv", f"{CLAIMS}.rq", "/queries/none.csv", "/x.md")))
    assert not any(
        map(api.takes, ("//etc/passwd.md", "/../README.md", f"/{'x' * 5000}.md", "/\0.md", "/queries/a/b.csv"))
    )
    assert all(map(api.takes, (f"{CLAIMS}.tsv", "/geopol/openapi.json", "/api.html", "/id/armenia.md")))
    assert api.takes(f"/geopol{CLAIMS}.csv", b"marks=1")
    assert not api.takes(f"{CLAIMS}.rq", b"marks=1")


# --- ends of queries ----------------------------------------------------------------------------------------------


class Ends:
    """What runs no query: it waits for ever, or fails after the first part of the answer."""

    is_complete, form, held = False, "select", b""

    def __init__(self, error: Exception | None) -> None:
        self.error, self.is_left = error, False

    @property
    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"part"
        if self.error:
            raise self.error
        await asyncio.Event().wait()

    @asynccontextmanager
    async def run(self, request: QueryRequest, client: str) -> AsyncIterator[Any]:
        del request, client
        try:
            yield self
        finally:
            self.is_left = True


def exchange(config: Config, built: Path, ends: Ends) -> list[Any]:
    """Return what is sent for a query whose client leaves after the first part of the answer."""
    sent, is_begun = list[Any](), asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message)
        if message.get("body"):
            is_begun.set()

    async def receive() -> Any:
        await is_begun.wait()
        return {"type": "http.disconnect"}

    application = ApiApplication(QueryService(PublishedDataset(config, built), ends.run))
    scope = {"type": "http", "method": "GET", "path": "/queries/visits.csv", "query_string": b"limit=1", "headers": []}
    run_async(asyncio.wait_for(application(scope, receive, send), 60))
    return sent


def test_a_client_that_leaves_ends_its_query(config: Config, built: Path) -> None:
    ends = Ends(None)
    sent = exchange(config, built, ends)
    assert ends.is_left
    assert sent[-1] == {"type": "http.response.body", "body": b"part", "more_body": True}


def test_an_answer_that_ends_too_early_is_cut(config: Config, built: Path) -> None:
    ends = Ends(QueryStopped("time", "more than 1 second"))
    with pytest.raises(CutAnswerError, match="more than 1 second"):
        exchange(config, built, ends)
    assert ends.is_left


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QueryStopped("time", "x"), 504),
        (QueryStopped("memory", "x"), 503),
        (QueryStopped("rows", "x"), 503),
        (QueryStopped("queue", "x"), 503),
        (QueryStopped("client", "x"), 429),
        (UsageError("x"), 400),
    ],
)
def test_each_limit_has_a_status(error: PublisherError, status: int) -> None:
    assert refusal(error)[0] == status


# --- the description ----------------------------------------------------------------------------------------------


def test_the_description_names_every_query_with_its_parameters(api: Api) -> None:
    description = api.get("/openapi.json").json()
    paths = description["paths"]
    others = {"/sparql", "/.well-known/void", "/-/health"}
    assert paths.keys() == others | {f"/queries/{query.name}.{{format}}" for query in QUERIES}
    for query in QUERIES:
        operation = paths[f"/queries/{query.name}.{{format}}"]["get"]
        own = {parameter["name"] for parameter in operation["parameters"] if "name" in parameter}
        assert own == {parameter.name for parameter in query.parameters}
        common = {parameter["$ref"].rpartition("/")[2] for parameter in operation["parameters"] if "$ref" in parameter}
        rows = {"rows-format"} | ({"marks", "limit", "offset"} if query.form == "select" else set())
        assert common == ({"graph-format"} if query.form in GRAPH_FORMS else rows)
    for schema in description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    iri = jsonschema.Draft202012Validator(description["components"]["schemas"]["iri"])
    assert iri.is_valid("id:armenia")
    assert iri.is_valid("https://e.org/x#y")
    assert not iri.is_valid("zz:armenia")


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_page_of_a_question_has_a_form(api: Api) -> None:
    response = api.get(f"{CLAIMS}.html?claimant=Hikmet+Hajiyev&accused=")
    assert response.status_code == 200
    assert "form-action 'self'" in response.headers["content-security-policy"]
    assert 'name="claimant" value="Hikmet Hajiyev"' in response.text
    assert f'href="{CLAIMS[9:]}.csv?claimant=Hikmet+Hajiyev"' in response.text
    assert re.search("2 rows[^<]* claims", response.text)
    refused = api.get(f'{CLAIMS}.html?claimant="><script>alert(1)</script>')
    assert refused.status_code == 400
    assert "<script>alert" not in refused.text
    assert re.search(r'role="alert">claimant .*expected an IRI', refused.text)


def test_the_page_of_the_interface_has_all_queries(api: Api) -> None:
    text = api.get("/api.html").text
    assert all(f'id="q-{query.name}"' in text for query in QUERIES)
    assert "<script>" not in text


# --- Markdown -----------------------------------------------------------------------------------------------------


def test_facts_and_claims_are_apart_in_markdown(api: Api) -> None:
    response = api.get("/id/armenia.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    text = response.text
    assert text.startswith("# Armenia – Sovereign state, id:armenia\n\n<https://w3id.org/geopol/id/armenia>\n")
    facts, said = text.index("\n## What happened\n"), text.index("\n## What is said of it: ")
    assert facts < said
    assert set(re.findall(r"^- \*\*([^*.]*)", text[facts:said], re.MULTILINE)) == {"Fact"}
    assert "- **Allegation.** The author charges Armenia" in text[said:]
    assert "](../id/csto.md)" in text


def test_an_article_has_its_claims_in_the_order_of_the_text(api: Api) -> None:
    text = api.get("/id/edm-15-177.md").text
    numbers = [int(number) for number in re.findall(r"\(sentence ([0-9]+)\)$", text, re.MULTILINE)]
    assert len(numbers) > 20
    assert numbers == sorted(numbers)


def test_names_are_no_markup() -> None:
    assert escaped("a\n# [b](javascript:c) <script> `d` *e*") == r"a \# \[b\](javascript:c) \<script\> \`d\` \*e\*"


def test_a_new_build_is_read_and_one_that_is_under_way_is_not(config: Config, built: Path) -> None:
    marks: list[tuple[int, ...]] = [(1,)]
    dataset = PublishedDataset(config, built, lambda: marks[-1])
    first, queries = dataset.model, dataset.queries
    marks.append(())
    assert dataset.model is first
    marks.append((1,))
    assert (dataset.model is first, dataset.queries is queries) == (True, True)
    marks.append((2,))
    assert (dataset.model is first, dataset.queries is queries) == (False, False)


@pytest.mark.parametrize("fault", [None, FileNotFoundError()])
def test_what_another_build_replaces_while_it_is_read_is_read_again(fault: Exception | None) -> None:
    marks, values = [1], list[int]()

    def read() -> int:
        values.append(marks[-1])
        if len(values) == 1:
            marks.append(2)
            if fault:
                raise fault
        return len(values)

    assert (Renewed(read, lambda: marks[-1]).get(), values) == (2, [1, 2])


@pytest.mark.parametrize("is_replaced", [True, False])
def test_an_answer_has_no_tag_where_another_build_replaces_the_dataset_meanwhile(*, is_replaced: bool) -> None:
    versions, messages = ["a"], list[Message]()

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        if is_replaced:
            versions.append("b")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"of one of them"})

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        raise AssertionError

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    run_async(DynamicAnswers(application, lambda: versions[-1])(scope, receive, send))
    assert [b"etag" for name, _ in messages[0]["headers"] if name == b"etag"] == [b"etag"] * (not is_replaced)
