"""Hostile labels, IRIs and files are inert: no markup, script or link of them reaches a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.conftest import Requirement
from tests.site.conftest import build_site, serving, write_workspace
from tests.site.reading import page_text, parse

LABELS = (
    "<script>alert(1)</script>",
    '\\"><img src=x onerror=alert(1)>',
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "turned \\u202Egnp.exe\\u2066 about",
    "terminal \\u009B31m here",
    "&amp;&#x3c;script&#x3e;",
    "M" * 10_000,
)
IRIS = (
    "javascript:alert(1)",
    "data:text/html,%3Cscript%3Ealert(1)%3C/script%3E",
    "vbscript:x",
    "https://example.org/t/id/%3Cscript%3E",
    "https://example.org/t/id/..%2F..%2Fetc",
    "https://example.org/t/id/a/../../../../escape",
    "https://example.org/t/id/CON",
    "https://example.org/t/id/Case",
    "https://example.org/t/id/case",
    f"https://example.org/t/id/{'n' * 5000}",
    "https://example.org/t/id/имя",
    "urn:x:'onmouseover='alert(1)",
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefixes = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix : <https://example.org/t/id/> .\n"
    things = "".join(
        f':thing{n} a skos:Concept ; skos:prefLabel "{label}"@en ; skos:altLabel "{label[:200]} again"@en ; '
        f'skos:definition "{label}"@en ; skos:note "{label}" ; skos:broader :thing{(n + 1) % len(LABELS)} .\n'
        for n, label in enumerate(LABELS)
    )
    links = "".join(
        f":thing0 skos:related <{iri}> ; skos:exactMatch <{iri}> . <{iri}> a skos:Concept ; skos:related :thing0 .\n"
        for iri in IRIS
    )
    unknown = "".join(f":thing1 skos:related <{iri}x> .\n" for iri in IRIS)
    note = "http://www.w3.org/2004/02/skos/core#note"
    query = f"#+ summary: <b onclick=alert(1)>What</b>?\n#+ tags: [facts]\nSELECT ?a ?b {{ ?a <{note}> ?b }}\n"
    folder = tmp_path_factory.mktemp("hostile") / "w"
    return build_site(write_workspace(folder, prefixes + things + links + unknown, queries={"hostile": query}))


def test_no_markup_script_or_handler_of_the_data_is_in_a_page(hostile: Path) -> None:
    pages = sorted(hostile.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        for node in parse(page).iter():
            if node.tag == "script":
                own = ("application/ld+json", "application/json")
                assert node.get("type") in own or node.get("src", "").rpartition("/")[2] in (
                    "keys.js",
                    "search.js",
                    "sparql.js",
                ), page
            assert node.tag not in ("img", "b", "iframe", "object") or node.get("src") != "x", page
            assert not any(name.startswith("on") for name in node.attrib), page


def test_links_are_of_the_web_or_within_the_site(hostile: Path) -> None:
    for page in hostile.rglob("*.html"):
        for node in parse(page).iter("a"):
            target = node.get("href", "")
            assert ":" not in target or target.startswith(("https://", "http://")), (page, target)


def test_labels_are_read_as_they_are_written(hostile: Path) -> None:
    words = page_text(hostile / "id" / "thing0.html")
    assert words.startswith("Skip to the text")
    assert "<script>alert(1)</script>" in words
    assert "{{ 7 * 7 }} {% raw %}" in page_text(hostile / "id" / "thing3.html")
    assert "&amp;&#x3c;script&#x3e;" in page_text(hostile / "id" / "thing8.html")


def test_characters_that_turn_or_hide_text_are_left_out(hostile: Path) -> None:
    for page in hostile.rglob("*.html"):
        content = page.read_text(encoding="utf-8")
        assert not set(content) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x9b"), page


def test_a_long_name_is_cut_on_pages_and_whole_in_the_data(hostile: Path) -> None:
    page = page_text(hostile / "id" / "thing9.html")
    assert "M" * 399 in page
    assert "M" * 10_000 in (hostile / "id" / "thing9.nt").read_text(encoding="utf-8")


def test_files_stay_within_the_site_and_have_names_for_every_system(hostile: Path) -> None:
    names = [path.relative_to(hostile).as_posix() for path in hostile.rglob("*") if path.is_file()]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert name.isascii()
        assert ".." not in name
        assert all(len(part) < 120 and part.upper() not in ("CON", "CON.HTML") for part in name.split("/"))
    assert not (hostile.parent / "escape.html").exists()


def test_answers_in_the_browser_show_labels_as_text(hostile: Path, page: Page, require: Requirement) -> None:
    require("the bundle of the SPARQL page", "make bundle", found=(hostile / "sparql.html").is_file())
    with serving(hostile) as address:
        page.goto(f"{address}sparql.html#name=hostile")
        page.locator("#rows table").wait_for()
        words = page.inner_text("#rows")
        for label in ("<script>alert(1)</script>", "</title><svg onload=alert(1)>", "turned gnp.exe about"):
            assert label in words
        page.goto(f"{address}sparql.html#name=hostile&query=<script>")
        page.locator("#editor .cm-content").get_by_text("<script>").wait_for()
        page.evaluate("location.hash = 'query=' + encodeURIComponent('SELECT ?o { ?s skos:related ?o } ORDER BY ?o')")
        page.get_by_role("button", name="Run", exact=True).click()
        page.locator("#rows table", has_text="javascript:alert(1)").wait_for()
        targets = page.locator("#rows a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        assert len(targets) > 10
        assert all(":" not in target or target.startswith(("http://", "https://")) for target in targets)
        assert page.locator("main script, main img, main svg[onload]").count() == 0
