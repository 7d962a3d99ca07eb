"""The search: all names and scripts, kinds as filters, the keyboard alone, marks of claims, and its index as files."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from publisher.errors import OutputError
from publisher.site import write_site
from publisher.site.discovery.search import MOST, Search
from publisher.site.output import SiteFolder
from publisher.workspace.config import Config
from tests.site.conftest import serving
from tests.site.reading import page_text


def results(page: Page, address: str, query: str) -> list[str]:
    page.goto(f"{address}search.html?q={query}")
    page.wait_for_selector("#results li .found, #status:has-text('Nothing')")
    return page.locator("#results .found").all_inner_texts()


@pytest.mark.parametrize(
    "name", ["Armenia", "armenia", "Ermənistan", "Հայաստան", "Армения", "Арменія"], ids=lambda name: name.encode().hex()
)
def test_a_state_is_found_by_its_names_in_all_scripts(page: Page, address: str, name: str) -> None:
    assert "Sovereign state. Armenia" in results(page, address, name)[:3]


def test_the_thing_of_a_name_comes_before_the_facts_with_it(page: Page, address: str) -> None:
    assert results(page, address, "Ilham Aliyev")[0] == "Person. Ilham Aliyev"
    found = results(page, address, "aliyev")
    assert found[0] == "Person. Ilham Aliyev"
    assert results(page, address, "pashinyan")[0] == "Person. Nikol Pashinyan"
    assert "Fact." in " ".join(found)


def test_pagefind_ends_when_the_site_cannot_be_finished(
    thesaurus: Path, thesaurus_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def write() -> None:
        with Search(thesaurus_config, 1) as search:
            search.start(SiteFolder(thesaurus), [])
            assert list(tmp_path.iterdir())
            raise OutputError("a page cannot be made")

    with pytest.raises(OutputError):
        write()
    assert not list(tmp_path.iterdir())


def test_with_the_keyboard_alone_from_any_page_to_a_result(page: Page, address: str) -> None:
    page.goto(f"{address}queries/index.html")
    page.keyboard.press("/")
    page.keyboard.type("iskander")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results .found")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    title = page.evaluate("document.activeElement.textContent")
    assert title == page.locator("#results .found a").first.inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:not(:text('Search'))")
    assert page.inner_text("h1") == title


def test_the_key_can_be_turned_off(page: Page, address: str) -> None:
    page.goto(f"{address}search.html")
    page.uncheck("#slash")
    page.goto(f"{address}index.html")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_only_facts(page: Page, address: str) -> None:
    assert len({found.split(".")[0] for found in results(page, address, "aliyev")}) > 2
    page.get_by_role("radio", name="fact").check()
    page.wait_for_selector("#status:has-text('of the kind “fact”')")
    page.wait_for_selector("#results .found")
    found = page.locator("#results .found").all_inner_texts()
    assert found
    assert all(text.startswith("Fact.") for text in found)
    assert "kind=fact" in page.url


def test_a_claim_that_is_found_has_its_mark_voice_and_verdict_and_leads_to_its_place(page: Page, address: str) -> None:
    results(page, address, "discounted weapons russia")
    claim = page.locator("#results .claim").first
    words = claim.inner_text()
    assert words.startswith("Assertion.")
    assert "According to the author" in words
    assert words.endswith("Not judged.")
    style = claim.evaluate("node => getComputedStyle(node).borderLeftStyle")
    assert style == "dotted"
    claim.get_by_role("link").click()
    assert page.locator(":target").inner_text().startswith("Assertion.")


def test_what_is_not_there_is_told(page: Page, address: str) -> None:
    assert results(page, address, "<img src=x onerror=alert(1)>xyzzy") == []
    assert "Nothing is found for “<img src=x onerror=alert(1)>xyzzy”" in page.inner_text("#status")
    assert page.locator("#status img").count() == 0


def test_a_thesaurus_is_searched_by_all_labels_below_another_path(page: Page, thesaurus: Path) -> None:
    with serving(thesaurus) as address:
        for name in ("Katze", "قط", "house cat", "kat"):  # the last is a hidden label
            assert "Concept. Cat" in results(page, address, name), name
        page.get_by_role("link", name="Cat", exact=True).click()
        page.wait_for_load_state("networkidle")
        assert page.url == f"{address}id/cat.html"


def test_without_javascript_the_page_says_what_to_use(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}id/armenia.html")
    page.fill("#q", "iskander")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=iskander")
    assert "The search needs JavaScript" in page.inner_text("main")
    page.get_by_role("link", name="index from A to Z").click()
    assert page.inner_text("h1") == "A to Z"
    context.close()


def test_an_index_of_the_same_pages_is_taken_from_the_earlier_site(
    thesaurus: Path, tmp_path: Path, thesaurus_config: Config
) -> None:
    earlier, folder = tmp_path / "earlier", tmp_path / "folder"
    shutil.copytree(thesaurus, earlier)
    shutil.copytree(thesaurus / "dumps", folder / "dumps")
    (earlier / "pagefind" / "LICENSE").write_text("The earlier one.")
    assert write_site(thesaurus_config, folder, earlier).changed == 0
    assert (folder / "pagefind" / "LICENSE").read_text() == "The earlier one."


def test_a_site_without_pagefind_has_no_search_and_says_so(
    thesaurus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thesaurus_config: Config
) -> None:
    shutil.copytree(thesaurus / "dumps", tmp_path / "dumps")
    for module in ("pagefind_bin", "pagefind_bin_extended"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    written = write_site(thesaurus_config, tmp_path)
    assert written.unsearchable == "pagefind is not here; get it with: pip install 'pagefind[bin]'"
    assert not (tmp_path / "search.html").exists()
    assert not (tmp_path / "pagefind").exists()
    assert "search" not in (tmp_path / "index.html").read_text(encoding="utf-8").lower()


def test_a_pagefind_that_fails_is_told(
    thesaurus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thesaurus_config: Config
) -> None:
    shutil.copytree(thesaurus / "dumps", tmp_path / "dumps")
    tool = tmp_path / "bin" / "pagefind"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "pagefind 9" && exit\necho "no memory"; exit 3\n')
    tool.chmod(0o755)
    for module in ("pagefind_bin", "pagefind_bin_extended"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv("PATH", f"{tool.parent}:/bin:/usr/bin")
    with pytest.raises(OutputError, match="the index of the search cannot be made: pagefind ends with 3: no memory"):
        write_site(thesaurus_config, tmp_path)


def test_a_site_too_large_for_the_index_has_no_search(config: Config) -> None:
    assert Search(config, MOST)
    assert Search(config, MOST + 1).missing == "it is made for up to 30,000 things"


def test_answers_and_repeated_statements_are_not_searched(site: Path) -> None:
    assert "names in any language" in page_text(site / "search.html").lower()
    size = sum(path.stat().st_size for path in (site / "pagefind").rglob("*") if path.is_file())
    assert size < 600_000
