"""The site of this repository in a real Chromium, by HTTP on loopback, under the policy of its pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT
from tests.site.conftest import build_site, serving

WIDTHS = (360, 768, 1280)
PAGES = (
    *("index.html", "id/armenia.html", "id/ilham-aliyev.html", "id/edm-15-177.html", "id/csto-in-2018.html"),
    *("id/transfer-of-iskander-to-armenia.html", "id/doc-edm-2018-06-19.html", "queries/membership-claims.html"),
    *(
        "queries/index.html",
        "ns.html",
        "terms.html",
        "a-z.html",
        "about.html",
        "claims/Allegation.html",
        "lists/Event.html",
    ),
)


def test_from_home_to_a_state_its_claim_the_article_and_the_source(page: Page, address: str) -> None:
    page.goto(f"{address}index.html")
    page.get_by_role("link", name="Sovereign states").click()
    page.get_by_role("link", name="Armenia", exact=True).first.click()
    assert page.title() == "Armenia – Geopolitics in linked data"
    claim = page.locator("#said-kind-Allegation .claim", has_text="citing").first
    assert "Allegation." in claim.inner_text()
    claim.get_by_role("link").first.click()
    assert "/id/edm-15-177.html#s" in page.url
    target = page.locator(":target")
    assert target.inner_text().startswith("Allegation.")
    background = target.evaluate("node => getComputedStyle(node).backgroundColor")
    assert background not in ("rgba(0, 0, 0, 0)", "transparent")
    page.locator("section", has=target).get_by_role("link", name="item of").first.click()
    assert "/id/doc-" in page.url
    assert "What it is cited for" in page.inner_text("main")


def test_facts_and_claims_differ_in_grey_by_border_and_position(page: Page, address: str) -> None:
    page.goto(f"{address}id/edm-15-177.html")
    style = (
        "node => { const s = getComputedStyle(node); return [s.borderLeftStyle, node.getBoundingClientRect().left] }"
    )
    fact, claim = (page.locator(f"section .{kind}").first.evaluate(style) for kind in ("fact", "claim"))
    assert fact[0] == "solid"
    assert claim[0] == "dotted"
    assert claim[1] > fact[1] + 10


def test_the_accessibility_tree_says_what_is_a_claim(page: Page, address: str) -> None:
    page.goto(f"{address}id/armenia.html")
    tree = page.locator("main").aria_snapshot()
    assert 'heading "What happened"' in tree
    assert 'heading "What is said of Armenia"' in tree
    assert "Allegation." in tree
    assert "Not judged." in tree


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways(page: Page, address: str, path: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address + path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, width


@pytest.fixture(scope="session")
def without_licence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this repository as if the text of its own summary were under copyright."""
    root = tmp_path_factory.mktemp("closed") / "workspace"
    for name in ("data", "docs", "ontology"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("queries", "publisher.toml"):
        (root / name).symlink_to(ROOT / name)
    article = root / "data" / "articles" / "csto-in-2018.ttl"
    lines = article.read_text(encoding="utf-8").splitlines(keepends=True)
    article.write_text("".join(line for line in lines if "dcterms:license" not in line), encoding="utf-8")
    return build_site(root)


@pytest.mark.parametrize(("before", "after"), [("", ""), ("Printed from the web\r\n\r\n", "\n\nA footer")])
def test_passages_of_a_text_that_the_reader_has_are_marked(
    page: Page, without_licence: Path, before: str, after: str
) -> None:
    text = (ROOT / "data" / "articles" / "csto-in-2018.txt").read_text(encoding="utf-8")
    path = without_licence / "id" / "csto-in-2018.html"
    assert "internal process of the CSTO (Eurasia" not in path.read_text(encoding="utf-8")
    with serving(without_licence) as address:
        page.goto(f"{address}id/csto-in-2018.html")
        page.get_by_text("I have the text").click()
        page.fill("#own-text", before + text + after)
        page.get_by_role("button", name="Mark the passages").click()
        page.wait_for_function("document.getElementById('own-result').textContent.includes('match')")
        words = page.inner_text("#own-result")
        count = words.split(" of ")[0]
        assert words.startswith(f"{count} of {count} passages match.")
        assert ("It is the same text" in words) == (not before)
        claims = page.locator("#own-marked mark.claim, #own-marked mark.both")
        assert "a reliable strategic partner" in claims.all_inner_texts()


def test_another_text_matches_nothing(page: Page, address: str) -> None:
    page.goto(f"{address}id/edm-15-177.html")
    page.get_by_text("I have the text").click()
    page.get_by_role("button", name="Mark the passages").click()
    assert "There is no text yet" in page.inner_text("#own-result")
    page.fill("#own-text", "A text <img src=x onerror=alert(1)> of something else.")
    page.get_by_role("button", name="Mark the passages").click()
    page.wait_for_function("document.getElementById('own-result').textContent.includes('match')")
    assert page.inner_text("#own-result").startswith("0 of ")
    assert page.locator("#own-marked img").count() == 0


def test_everything_is_there_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}id/edm-15-177.html")
    page.get_by_text("I have the text").click()
    assert page.get_by_text("This needs JavaScript.").is_visible()
    assert page.locator("li.fact").count() > 100
    page.get_by_text("Cited sources").click()
    assert page.locator("#sources table").is_visible()
    context.close()
