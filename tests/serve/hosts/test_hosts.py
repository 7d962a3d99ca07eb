"""Other web servers answer with their generated configurations as ``publisher serve`` does."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
import pytest

from publisher.serve.deref.cases import ACCEPT_CASES, KNOWN_DIFFERENCES, AcceptCase
from publisher.serve.negotiation import REPRESENTATIONS, Representation
from tests.serve.hosts.conftest import SITE, Start

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
}
ARMENIA = "https://w3id.org/geopol/id/armenia"


def location(answer: httpx.Response, status: int = 303) -> str:
    """Return where an answer leads, without the server; some send an absolute URL."""
    assert answer.status_code == status, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert parts.netloc in ("", answer.url.netloc.decode())
    return f"{parts.path}#{parts.fragment}" if parts.fragment else parts.path


@pytest.mark.parametrize("case", ACCEPT_CASES, ids=lambda case: case.name)
def test_accept(client: httpx.Client, host: str, case: AcceptCase) -> None:
    answer = client.get("/id/armenia", headers={"Accept": case.header})
    chosen = location(answer).rpartition(".")[2] if answer.status_code == 303 else str(answer.status_code)
    if case.id in KNOWN_DIFFERENCES.get(host, {}):
        assert chosen != case.answer, "no difference any more: remove it from the list"
    else:
        assert chosen == case.answer
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Link"].count('rel="alternate"') >= 5
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("representation", REPRESENTATIONS, ids=lambda r: r.extension)
@pytest.mark.parametrize("prefix", ["", "/geopol"])
def test_documents(client: httpx.Client, prefix: str, representation: Representation) -> None:
    extension = representation.extension
    url = location(client.get(f"{prefix}/id/armenia", headers={"Accept": representation.media_type}))
    assert url == f"{prefix}/id/armenia.{extension}"
    answer = client.get(url)
    assert answer.status_code == 200
    charset = "; charset=utf-8" if representation.media_type.startswith("text/") else ""
    assert answer.headers["Content-Type"].replace("UTF-8", "utf-8") == f"{representation.media_type}{charset}"
    assert f'<{ARMENIA}>; rel="cite-as"' in answer.headers["Link"]
    assert ("describedby" if extension == "html" else 'rel="describes"') in answer.headers["Link"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if extension in FORMATS:
        subjects = {quad.subject for quad in ox.parse(answer.content, format=FORMATS[extension])}
        assert ox.NamedNode(ARMENIA) in subjects
    tag = answer.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (200, b"", answer.headers["Content-Type"])


def test_claims_and_namespaces(client: httpx.Client) -> None:
    turtle = {"Accept": "text/turtle"}
    assert location(client.get("/id/csto-in-2018/s02-c1")) == "/id/csto-in-2018.html#s02-c1"
    assert location(client.get("/geopol/id/csto-in-2018/s02-c1", headers=turtle)) == "/geopol/id/csto-in-2018.ttl"
    assert location(client.get("/id/csto-in-2018/publication")) == "/id/csto-in-2018/publication.html"
    assert location(client.get("/id/csto-in-2018", headers=turtle)) == "/id/csto-in-2018.ttl"
    assert location(client.get("/ns")) == "/ns.html"
    assert location(client.get("/geopol/ns", headers=turtle)) == "/geopol/ns.ttl"
    assert location(client.get("/ns", headers={"Accept": "application/rdf+xml"})) == "/ns.rdf"
    assert client.get("/ns", headers={"Accept": "image/png"}).status_code == 406
    assert location(client.get("/.well-known/void")) == "/dumps/void.ttl"


def test_files(client: httpx.Client, hosted: Path) -> None:
    for address, name, media_type in (
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/queries/", "queries/index.html", "text/html; charset=utf-8"),
        ("/geopol/dumps/SHA256SUMS", "dumps/SHA256SUMS", "text/plain; charset=utf-8"),
        ("/dumps/all.nq", "dumps/all.nq", "application/n-quads"),
        ("/style.css", "style.css", "text/css; charset=utf-8"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type), address
        assert answer.content == (hosted / name).read_bytes()


def test_what_is_not_there(client: httpx.Client) -> None:
    for path in (
        "/id/nobody",
        "/id/",
        "/ID/armenia",
        "/about",
        "/id/armenia/s02-c1x/y/z",
        "/id/a%00",
        "/%2e%2e/etc",
        "/id",
    ):
        answer = client.get(path)
        assert answer.status_code in (400, 404), path
    answer = client.get("/id/nobody", headers={"Accept": "text/turtle"})
    assert "There is no page at this address" in answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for path in ("/id/dragon", "/geopol/id/a%20b"):
        answer = client.get(path, headers={"Accept": "text/turtle"})
        assert answer.status_code == 410
        assert "published once" in answer.text
    assert location(client.get("/geopol/id/kitten"), 301) == "/geopol/id/armenia"
    moved = client.get("/id/other")
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://example.org/%C3%A4")


def test_methods(client: httpx.Client) -> None:
    for path in ("/id/armenia", "/id/armenia.ttl"):
        answer = client.post(path)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) - {""} == {"GET", "HEAD", "OPTIONS"}
        preflight = client.options(path)
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    head = client.head("/id/armenia", headers={"Accept": "text/turtle"})
    assert (location(head), head.content) == ("/id/armenia.ttl", b"")


@pytest.mark.parametrize("case", ACCEPT_CASES, ids=lambda case: case.name)
def test_w3id(start: Start, case: AcceptCase) -> None:
    answer = httpx.get(f"{start('w3id')}/geopol/id/armenia", headers={"Accept": case.header})
    if answer.status_code == 303:
        chosen = answer.headers["Location"].removeprefix(f"{SITE}id/armenia.")
    else:
        chosen = str(answer.status_code)
    assert (chosen == case.answer) == (case.id not in KNOWN_DIFFERENCES["w3id"])


def test_other_redirects_of_w3id(start: Start) -> None:
    with httpx.Client(base_url=f"{start('w3id')}/geopol/") as client:
        for path, accept, address in (
            ("id/csto-in-2018/s02-c1", "text/html", "id/csto-in-2018.html#s02-c1"),
            ("id/csto-in-2018/s02-c1", "text/turtle", "id/csto-in-2018.ttl"),
            ("id/csto-in-2018/publication", "text/turtle", "id/csto-in-2018/publication.ttl"),
            ("id/armenia.nt", "text/html", "id/armenia.nt"),
            ("ns", "text/turtle", "ns.ttl"),
            ("", "*/*", ""),
            ("about.html", "*/*", "about.html"),
            (".well-known/void", "*/*", "dumps/void.ttl"),
        ):
            answer = client.get(path, headers={"Accept": accept})
            assert (answer.status_code, answer.headers["Location"]) == (303, f"{SITE}{address}")
        assert client.get("ns", headers={"Accept": "image/png"}).status_code == 406
        assert client.get("id/dragon").status_code == 410
        assert client.get("id/kitten").headers["Location"] == f"{SITE}id/armenia"
