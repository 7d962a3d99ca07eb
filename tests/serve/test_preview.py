"""``publisher serve --watch`` as a process: pages on demand, findings in them, reload, and the last good state."""

from __future__ import annotations

import re
import shutil
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from publisher.cli.main import main
from publisher.serve.preview import Preview, PreviewView, ShownFinding
from publisher.serve.state import read_state
from publisher.site.discovery.files import SideFiles
from publisher.site.output import Page, Renderer
from publisher.site.site import shared_context
from publisher.workspace.config import load_config
from publisher.workspace.scaffold import make_workspace
from tests.axe import Axe
from tests.conftest import Requirement
from tests.serve.conftest import Served, serving, write

ARTICLE = "data/articles/un-charter.ttl"
ENTITIES = "data/entities/entities.ttl"
# The search, the SPARQL page, and what programs find the site by.
ONLY_IN_A_BUILD = (
    *("browser/", "pagefind/", "search.", "sparql.", "keys.js"),
    *("feed.xml", "llms.txt", "robots.txt", "sitemap"),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview") / "workspace"
    make_workspace(folder)
    (folder / "site").mkdir()
    (folder / "site" / "method.md").write_text("# Method\n\n```sparql\nwho-says-what\n```\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def preview(root: Path) -> Iterator[Served]:
    with serving("--watch", "--workspace", str(root)) as served:
        served.wait_for("index.html", "No findings.")
        yield served


def test_pages_documents_and_files_are_made_on_demand(preview: Served) -> None:
    types = {
        "": "text/html; charset=utf-8",
        "id/harry-s-truman.html": "text/html; charset=utf-8",
        "id/harry-s-truman.ttl": "text/turtle; charset=utf-8",
        "queries/who-says-what.html": "text/html; charset=utf-8",
        "queries/who-says-what.csv": "text/csv; charset=utf-8",
        "queries/index.html": "text/html; charset=utf-8",
        "method.html": "text/html; charset=utf-8",
        "style.css": "text/css; charset=utf-8",
        "icon.svg": "image/svg+xml",
        "about.html": "text/html; charset=utf-8",
    }
    for address, expected in types.items():
        answer = preview.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, expected), address
        assert answer.headers["cache-control"] == "no-store"
    assert "Editors of my dataset" in preview.get("method.html").text
    lost = preview.get("id/nobody.html")
    assert lost.status_code == 404
    assert "Not found" in lost.text
    for identifier, accept, expected in (
        ("id/harry-s-truman", "text/html", "/id/harry-s-truman.html"),
        ("id/harry-s-truman", "text/turtle", "/id/harry-s-truman.ttl"),
        ("id/un-charter/s01-c1", "*/*", "/id/un-charter.html#s01-c1"),
    ):
        answer = preview.get(identifier, Accept=accept)
        assert (answer.status_code, answer.headers["location"]) == (303, expected)
    assert not (Path(str(preview.process.args[-1])) / "dist").exists()  # type: ignore[index]


def test_only_names_of_this_machine_are_answered(preview: Served) -> None:
    assert preview.get("", Host="evil.example").status_code == 421
    assert preview.get("", Host="localhost:1").status_code == 200


def test_a_violation_is_shown_at_the_thing_with_file_and_line(preview: Served, root: Path) -> None:
    write(root / ARTICLE, "gp:hasPlace id:san", "gp:hasPlase id:san")
    try:
        page = preview.wait_for("id/signing-of-the-un-charter.html", "<b>Violation.</b>")
        assert "The ontology has no property gp:hasPlase." in page
        assert "did you mean gp:hasPlace?" in page
        assert f"<code>{ARTICLE}:38:3</code>" in page
        assert 'id="pv-here"' in page
        other = preview.get("a-z.html").text
        assert 'href="id/signing-of-the-un-charter.html">Show</a>' in other
        assert 'id="pv-here"' not in other
    finally:
        write(root / ARTICLE, "gp:hasPlase id:san", "gp:hasPlace id:san")
    preview.wait_for("index.html", "No findings.")


def test_a_file_that_cannot_be_read_keeps_the_last_state(preview: Served, root: Path) -> None:
    write(root / ENTITIES, '"Harry S. Truman"@en', '"Harry S. Truman@en')
    try:
        page = preview.wait_for("id/harry-s-truman.html", "The files cannot be read.")
        assert "Harry S. Truman" in page
        assert f"{ENTITIES}:15:" in page
    finally:
        write(root / ENTITIES, '"Harry S. Truman@en', '"President Truman"@en')
    preview.wait_for("id/harry-s-truman.html", "<h1>President Truman</h1>")
    write(root / ENTITIES, '"President Truman"@en', '"Harry S. Truman"@en')
    (root / "publisher.toml").rename(root / "away.toml")
    preview.wait_for("index.html", "no such file")
    (root / "away.toml").rename(root / "publisher.toml")
    preview.wait_for("index.html", "No findings.")
    gone = root / "site" / "gone.txt"
    gone.write_text("elsewhere\n", encoding="utf-8")
    preview.wait_for("index.html", "gone.txt:1:1: expected an identifier below")
    gone.unlink()
    preview.wait_for("index.html", "No findings.")


def test_the_bar_and_what_only_a_server_has_are_in_the_language_of_the_site(root: Path) -> None:
    config = load_config(root)
    config = replace(config, site=replace(config.site, languages=("de", "en")))
    state, preview = read_state(config, None), Preview(root)
    finding = ShownFinding("warning", "Wrong.", "Mend it.", f"{ARTICLE}:1:1", "id/un-charter.html")
    preview.view = PreviewView(state, findings=(finding, finding), is_checking=False)
    page = preview.page("id/un-charter.html")
    assert page is not None
    assert re.search(
        'id="pv-bar" lang="de" aria-label="Vorschau".*<summary>2 Warnungen</summary>', page.text, re.DOTALL
    )
    assert '<b>Warnung.</b> <span lang="en" dir="ltr">Wrong.</span> Abhilfe: <span lang="en"' in page.text
    assert 'aria-label="Befunde zu dieser Seite"' in page.text
    shared = shared_context(config, state.parts) | {"has_search": False}
    renderer = Renderer(shared, root, state.model.words)
    feed = dict(SideFiles(state.model, (), ()).files(renderer))["feed.xml"]
    assert re.search(
        r"<summary>[0-9]+ Angaben: [0-9]+ als Tatsachen anerkannt, [0-9]+ bleiben zugeschriebene Aussagen", feed
    )
    context = {"queries": [(query, ["csv"], "") for query in state.parts.questions.queries], "has_marks": True}
    api = renderer.render(Page("api.html", "", "api.html", context))
    assert "<h1>Schnittstelle für Programme</h1>" in api
    assert " · limit und offset</p>" in api


def test_after_the_last_of_many_writes_the_files_are_those_of_a_build(
    preview: Served, root: Path, tmp_path: Path
) -> None:
    version = root / "site" / "versions" / "ns" / "0.0.1.ttl"
    version.parent.mkdir(parents=True)
    version.write_text("<https://example.org/old> <https://example.org/p> 1, 2 .\n", encoding="utf-8")
    for number in range(5):
        names = ["Harry S. Truman", *(f"Truman {n}" for n in range(5))]
        write(root / ENTITIES, f'"{names[number]}"@en', f'"{names[number + 1]}"@en')
    preview.wait_for("id/harry-s-truman.html", "<h1>Truman 4</h1>")
    preview.wait_for("index.html", "No findings.")
    dist = tmp_path / "dist"
    assert main(["build", "-w", str(root), "--out", str(dist)]) == 0
    names = [line.partition("  ")[2] for line in (dist / "SHA256SUMS").read_text().splitlines()]
    shown = [name for name in names if not name.startswith(ONLY_IN_A_BUILD)]
    assert {"id/harry-s-truman.ttl", "vocabulary/gp.ttl", "ns/0.0.1.rdf", "queries/who-says-what.csv"} <= {*shown}
    for name in shown:
        answer = preview.get(name)
        assert answer.status_code == 200, name
        if not name.endswith(".html"):
            assert answer.content == (dist / name).read_bytes(), name
    assert "feed.xml" not in preview.get("index.html").text
    version.rename(version.with_name("an old one.ttl"))
    preview.wait_for("index.html", "its path can be no address")
    shutil.rmtree(root / "site" / "versions")
    write(root / ENTITIES, '"Truman 4"@en', '"Harry S. Truman"@en')
    preview.wait_for("id/harry-s-truman.html", "<h1>Harry S. Truman</h1>")


def test_errors_of_queries_and_templates_are_pages(preview: Served, root: Path) -> None:
    query = root / "queries" / "who-says-what.rq"
    write(query, "SELECT ?claimant", "SELECT ?claimant (?x AS")
    template = root / "site" / "templates" / "about.html"
    template.parent.mkdir()
    template.write_text("{{ nothing }}", encoding="utf-8")
    page = preview.wait_for("queries/who-says-what.html", "This page cannot be shown")
    assert "who-says-what.rq:" in page
    answer = preview.get("about.html")
    assert answer.status_code == 500
    assert "about.html:1: the template fails" in answer.text
    write(query, "SELECT ?claimant (?x AS", "SELECT ?claimant")
    shutil.rmtree(template.parent)
    preview.wait_for("index.html", "No findings.")


def test_the_browser_reloads_when_a_file_is_saved(
    preview: Served, root: Path, browser: Browser, require: Requirement
) -> None:
    faults = list[str]()
    with browser.new_page() as page:
        page.set_default_timeout(30_000)
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"{preview.url}id/un-charter.html")
        label = "Truman was president when he spoke."
        write(root / ARTICLE, label, f"{label[:-1]}, as all knew.")
        page.get_by_text("as all knew").first.wait_for()
        write(root / ARTICLE, f"{label[:-1]}, as all knew.", f'{label}"@en , "Twice')
        note = page.locator("li .pv-note.pv-violation").first
        note.wait_for()
        assert f"{ARTICLE}:" in note.inner_text()
        assert page.locator("#pv-bar summary").inner_text().startswith(("1 violation", "2 violation"))
        page.locator("#pv-bar summary").click()
        assert Axe(require).violations(page) == []
        write(root / ARTICLE, f'{label}"@en , "Twice', label)
        page.get_by_text("No findings.").wait_for()
    assert faults == []


def test_ctrl_c_ends_it_with_open_connections_and_a_port_in_use_is_told(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving("--watch", "--workspace", str(root)) as served:
        port = str(httpx.URL(served.url).port)
        assert main(["serve", "--watch", "-w", str(root), "--port", port]) == 2
        assert f"port {port} of 127.0.0.1 is in use" in capfd.readouterr().err
        assert main(["serve", "--watch", "-w", str(root), "--host", ".."]) == 2
        assert "cannot listen at '..'" in capfd.readouterr().err
        with socket.create_connection(("127.0.0.1", int(port))) as connection:
            connection.sendall(b"GET /-/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            assert served.interrupt() == 0
    assert served.output.strip() == "publisher: no longer serving"
    assert served.process.returncode != -signal.SIGKILL
