"""The site of a build by HTTP: identifiers lead to documents by 303, and headers say what there is."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from starlette.types import Message, Scope

from publisher.cli.main import main
from publisher.errors import SourceError, UsageError
from publisher.serve.negotiation import REPRESENTATIONS, Representation
from publisher.serve.published import HttpAnswer, PublishedSite
from publisher.serve.static import SiteApplication
from publisher.workspace.atomic import MARKER, SITE_FILES
from publisher.workspace.config import Config, load_config
from tests.event_loop import run_async
from tests.serve.conftest import Served, serving
from tests.site.conftest import build_site, write_workspace

TYPES = {
    "html": "text/html; charset=utf-8",
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}


@pytest.fixture(scope="module")
def published(config: Config, built: Path) -> PublishedSite:
    return PublishedSite(config, built)


def location(answer: HttpAnswer) -> str:
    assert answer.status == 303, answer
    assert answer.headers["Vary"] == "Accept"
    return answer.headers["Location"]


@pytest.mark.parametrize("representation", REPRESENTATIONS, ids=lambda r: r.extension)
def test_a_thing_leads_to_the_document_that_is_wanted(published: PublishedSite, representation: Representation) -> None:
    extension = representation.extension
    media = TYPES[extension].partition(";")[0]
    assert location(published.answer("GET", "/id/armenia", media)) == f"/id/armenia.{extension}"
    document = published.answer("GET", f"/id/armenia.{extension}", "image/png")
    assert (document.status, document.headers["Content-Type"]) == (200, TYPES[extension])
    assert document.file
    assert document.file.name == f"armenia.{extension}"


def test_claims_and_passages_lead_to_their_places(published: PublishedSite) -> None:
    assert location(published.answer("GET", "/id/csto-in-2018/s02-c1")) == "/id/csto-in-2018.html#s02-c1"
    assert location(published.answer("GET", "/id/csto-in-2018/s02-c1", "text/turtle")) == "/id/csto-in-2018.ttl"
    assert location(published.answer("GET", "/id/csto-in-2018/s02-p1")) == "/id/csto-in-2018.html"
    assert published.answer("GET", "/id/csto-in-2018/s99-c1").status == 404
    assert published.answer("GET", "/id/armenia/s02-c1").status == 404


def test_the_ontology_and_the_description_of_the_dataset(published: PublishedSite) -> None:
    assert location(published.answer("GET", "/ns")) == "/ns.html"
    assert location(published.answer("GET", "/ns", "text/turtle")) == "/ns.ttl"
    assert location(published.answer("GET", "/ns", "application/rdf+xml")) == "/ns.rdf"
    assert published.answer("GET", "/.well-known/void").headers["Location"] == "/dumps/void.ttl"
    assert published.answer("GET", "/dumps/void.ttl").status == 200
    assert published.answer("GET", "/").status == 200
    assert published.answer("GET", "/queries/").status == 200


def test_what_cannot_be_had_is_listed(published: PublishedSite) -> None:
    answer = published.answer("GET", "/id/armenia", "image/png")
    assert answer.status == 406
    assert "text/turtle              /id/armenia.ttl\n" in answer.body.decode()
    assert answer.headers["Link"].count('rel="alternate"') == 5
    lost = published.answer("GET", "/id/nobody")
    assert lost.status == 404
    assert lost.file
    assert "Not found" in lost.file.read_text(encoding="utf-8")


def test_the_path_of_the_site_may_be_named(published: PublishedSite) -> None:
    assert location(published.answer("GET", "/geopol/id/armenia")) == "/geopol/id/armenia.html"
    assert published.answer("GET", "/geopol/").status == 200
    assert published.answer("GET", "/geopol/style.css").headers["Content-Type"] == "text/css; charset=utf-8"


def test_links_say_what_a_document_is_about(published: PublishedSite) -> None:
    links = published.answer("GET", "/geopol/id/armenia.html").headers["Link"]
    assert '<https://w3id.org/geopol/id/armenia>; rel="cite-as"' in links
    assert '</geopol/id/armenia.ttl>; rel="alternate describedby"; type="text/turtle"' in links
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links
    links = published.answer("GET", "/id/armenia.ttl").headers["Link"]
    assert '</id/armenia.html>; rel="describes"; type="text/html"' in links
    assert 'rel="cite-as"' in links


def test_entity_tags(published: PublishedSite) -> None:
    tag = published.answer("GET", "/id/armenia.ttl").headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = published.answer("GET", "/id/armenia.ttl", if_none_match=header)
        assert (answer.status, answer.file, answer.headers["ETag"]) == (304, None, tag)
    assert published.answer("GET", "/id/armenia.ttl", if_none_match='"x"').status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/../publisher.toml", "/..%2f..%2fetc/passwd", "/%2e%2e/publisher.toml", "//etc/passwd", "/id/\x00", "/%00"),
        *("/id/armenia%0d%0aSet-Cookie:%20a=b", "/id/", "/ID/armenia", "/id/armenia.html/x", "/%ff", "x", "*", ""),
    ],
)
def test_other_paths_are_not_found(published: PublishedSite, path: str) -> None:
    answer = published.answer("GET", path, "*/*")
    assert answer.status == 404
    assert not any("\n" in value or "\r" in value for value in answer.headers.values())


def test_methods(published: PublishedSite) -> None:
    answer = published.answer("OPTIONS", "/id/armenia")
    assert (answer.status, answer.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    assert published.answer("POST", "/id/armenia").status == 405


def test_every_thing_of_the_dataset_is_found(published: PublishedSite, built: Path, config: Config) -> None:
    quads = ox.parse(path=str(built / "dumps" / "asserted.nt"))
    names = {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    paths = [f"/{name.removeprefix(config.base)}" for name in sorted(names) if name.startswith(config.base)]
    assert len(paths) > 500
    for path in paths:
        if "#" not in path:
            answer = published.answer("GET", path, "text/turtle")
            assert location(answer).endswith(".ttl"), path
            page = unquote(urlsplit(location(published.answer("GET", path))).path)
            assert published.answer("GET", page).status == 200


def test_unusual_identifiers_are_found(tmp_path: Path) -> None:
    names = ("Case", "case", "имя", "%3Cscript%3E", "a/b/c", "CON", "n" * 300)
    things = "".join(
        f'<https://example.org/t/id/{name}> a skos:Concept ; skos:prefLabel "{n}"@en .\n'
        for n, name in enumerate(names)
    )
    data = f"@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n{things}"
    root = write_workspace(tmp_path / "w", data)
    site = PublishedSite(load_config(root), build_site(root))
    for number, name in enumerate(names):
        page = site.answer("GET", location(site.answer("GET", f"/id/{name}")))
        assert page.file
        assert f"<h1>{number}</h1>" in page.file.read_text(encoding="utf-8"), name
    write_workspace(tmp_path / "v", data.replace("Case", "Other"))
    shutil.copy(tmp_path / "v" / "data" / "data.ttl", root / "data" / "data.ttl")
    build_site(root)  # the new build is served without a new start
    assert site.answer("GET", "/id/Case").status == 404
    assert location(site.answer("GET", "/id/Other")) == "/id/Other.html"


def test_what_is_withdrawn_is_gone_or_redirects_for_good(tmp_path: Path) -> None:
    skos = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix t: <https://example.org/t/id/> .\n"
    root = write_workspace(tmp_path / "w", f'{skos}t:cat a skos:Concept ; skos:prefLabel "cat"@en .\n')
    gone = root / "site" / "gone.txt"
    gone.parent.mkdir()
    base = "https://example.org/t/id"
    gone.write_text(
        f"# what was a mistake\n{base}/dragon\n\n<{base}/kitten>  {base}/cat\n{base}/a%20b\n", encoding="utf-8"
    )
    site = PublishedSite(load_config(root), build_site(root))
    answer = site.answer("GET", "/id/dragon", "text/turtle")
    assert answer.status == 410
    assert answer.file
    assert "published once" in answer.file.read_text(encoding="utf-8")
    assert site.answer("GET", "/id/a%20b").status == 410
    moved = site.answer("GET", "/id/kitten")
    assert (moved.status, moved.headers["Location"]) == (301, "/id/cat")
    for line, message in (
        (f"{base}/cat", "still describes"),
        (f"{base}/x {base}/y", "has no page of"),
        ("https://example.com/x", "expected an identifier below"),
        (f"{base}/x {base}/cat {base}/cat", "expected an identifier below"),
    ):
        gone.write_text(f"\n{line}\n", encoding="utf-8")
        with pytest.raises(SourceError, match=rf"gone\.txt:2:1: .*{message}"):
            build_site(root)


def test_a_folder_without_a_site_is_told(config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="there is no site; run 'publisher build'"):
        PublishedSite(config, tmp_path)
    assert main(["serve", "-w", str(config.root), "--out", str(tmp_path)]) == 2
    assert "run 'publisher build' with [site] in publisher.toml" in capsys.readouterr().err


def test_servers_of_one_build_have_the_same_tags(config: Config, built: Path, tmp_path: Path) -> None:
    for name in (MARKER, SITE_FILES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(built / name, tmp_path / name)
    first, second = (PublishedSite(config, dist) for dist in (built, tmp_path))
    assert first.digest() == second.digest()
    assert first.mark() != second.mark()
    (tmp_path / SITE_FILES).write_text((built / SITE_FILES).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert first.digest() != second.digest()


@pytest.fixture(scope="module")
def server(config: Config, built: Path) -> Iterator[Served]:
    with serving("--workspace", str(config.root), "--out", str(built)) as served:
        yield served


@pytest.mark.parametrize("form", ["turtle", "xml", "json-ld"])  # for N-Triples it asks for text/plain
def test_rdflib_reads_a_thing_by_its_identifier(server: Served, built: Path, form: str) -> None:
    graph = rdflib.Graph().parse(f"{server.url}id/armenia", format=form)
    expected = rdflib.Graph().parse(built / "id" / "armenia.nt")
    assert isomorphic(graph, expected)


def test_content_codings(server: Served, built: Path) -> None:
    tags = set()
    for accepted, coding in (("gzip", "gzip"), ("gzip;q=0.5, br", "br"), ("identity", None), ("br;q=0, *", "gzip")):
        for address in ("id/armenia.html", "id/csto-in-2018.ttl", "dumps/all.nq"):
            answer = server.get(f"/{address}", **{"Accept-Encoding": accepted})
            expected = "gzip" if (coding, address) == ("br", "dumps/all.nq") and "gzip" in accepted else coding
            assert (answer.headers.get("content-encoding"), answer.headers["vary"]) == (expected, "Accept-Encoding")
            assert answer.content == (built / address).read_bytes()
            assert bool(expected) == (int(answer.headers["content-length"]) < (built / address).stat().st_size / 2)
            again = {"Accept-Encoding": accepted, "If-None-Match": answer.headers["etag"]}
            assert server.get(f"/{address}", **again).status_code == 304
            tags.add((expected, address, answer.headers["etag"]))
    assert len({tag for _, _, tag in tags}) == len(tags)  # each coding has a tag of its own
    small = server.get("/robots.txt", **{"Accept-Encoding": "gzip"})
    packed = server.get("/dumps/all.nq.gz", **{"Accept-Encoding": "gzip"})
    assert {"content-encoding", "vary"}.isdisjoint({*small.headers, *packed.headers})


def test_the_server_sends_what_was_decided(server: Served, built: Path) -> None:
    answer = server.client.get("/id/armenia", headers={"Accept": "text/turtle;q=0.5, application/ld+json"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/id/armenia.jsonld")
    followed = server.client.get("/id/armenia", headers=[("Accept", "image/png"), ("Accept", "text/turtle")])
    assert followed.headers["location"] == "/id/armenia.ttl"
    document = server.get("/id/armenia.ttl")
    assert document.content == (built / "id" / "armenia.ttl").read_bytes()
    assert document.headers["access-control-allow-origin"] == "*"
    assert server.get("/id/armenia.ttl", **{"If-None-Match": document.headers["etag"]}).status_code == 304
    head = server.client.head("/id/armenia.ttl")
    assert (head.content, head.headers["content-length"]) == (b"", document.headers["content-length"])
    dump = server.get("/dumps/all.nq")
    assert dump.content == (built / "dumps" / "all.nq").read_bytes()
    assert server.client.post("/id/armenia").status_code == 405
    assert server.get("/id/nobody").status_code == 404
    assert server.interrupt() == 0
    assert server.output.strip() == "publisher: no longer serving"


@pytest.mark.parametrize(("size", "is_kept"), [(10, True), (5000, False)])
def test_answers_to_long_requests_are_not_kept(published: PublishedSite, size: int, is_kept: bool) -> None:
    application, messages = SiteApplication(published), list[Message]()
    headers = [(b"accept", b"text/turtle, a/" + b"b" * size)]
    scope: Scope = {"type": "http", "method": "GET", "path": "/id/armenia", "headers": headers, "query_string": b""}

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    run_async(application(scope, receive, send))
    assert messages[0]["status"] == 303
    assert bool(application.cached(scope)) == is_kept
