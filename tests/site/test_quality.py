"""Pages in the hands of others: axe-core in Chromium, the Nu checker, a phone, and no request to another host."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from publisher.workspace.config import Config
from tests.axe import CONTRAST, INSTALL, MODULES, Axe
from tests.conftest import Requirement
from tests.site.test_browser import PAGES

VNU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
# One page of each kind.
KINDS = (
    *PAGES,
    "search.html?q=iskander",
    "timeline.html",
    "network.html",
    "map.html",
    "404.html",
    *("queries/who-accuses-whom.html", "queries/members-of-organizations.html", "queries/nanopublication.html"),
    "id/csto.html",
    "id/minsk.html",
    *("docs/index.html", "docs/site.html", "docs/validating.html"),
)
# It names its style sheet by the path of the site on its host, which is another here.
LOST = "404.html"
STYLED = tuple(path for path in KINDS if path != LOST)
LARGEST = ("id/edm-15-177.html", "ns.html")  # on which axe takes longest; dark, their colours are those of others
# From the disk the checker takes no file as one of the site, which is what 'self' in a policy means.
IGNORED = ".*violates Content Security Policy.*"


@pytest.fixture(scope="module")
def axe(require: Requirement) -> Axe:
    return Axe(require)


def violations(
    browser: Browser, address: str, axe: Axe, paths: Iterable[str], rules: Any = None, **context: Any
) -> Any:
    """Return what axe finds on pages, by their paths."""
    opened, found = browser.new_context(**context), {}
    page = opened.new_page()
    for path in paths:
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        if "?" in path:
            page.wait_for_selector("#results .claim")
        if result := axe.violations(page, rules):
            found[path] = result
    opened.close()
    return found


def test_axe_finds_nothing(browser: Browser, address: str, axe: Axe) -> None:
    assert violations(browser, address, axe, STYLED, viewport={"width": 1280, "height": 900}) == {}


def test_axe_finds_nothing_on_the_page_of_what_is_not_there(site: Path, config: Config, axe: Axe, page: Page) -> None:
    page.route(f"**{config.site.base_path}*", lambda route: route.fulfill(path=site / Path(route.request.url).name))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"http://127.0.0.1:1{config.site.base_path}{LOST}")
        assert page.evaluate("document.styleSheets.length") == 1
        assert axe.violations(page) == []


def test_the_dark_colours_have_contrast(browser: Browser, address: str, axe: Axe) -> None:
    paths = [path for path in STYLED if path not in (*LARGEST, "terms.html", "network.html")]
    assert violations(browser, address, axe, paths, CONTRAST, color_scheme="dark") == {}


def test_axe_finds_nothing_on_a_phone(browser: Browser, address: str, axe: Axe) -> None:
    paths = ("index.html", "id/armenia.html", "id/csto-in-2018.html", "queries/who-accuses-whom.html")
    assert violations(browser, address, axe, paths, viewport={"width": 360, "height": 800}) == {}


def test_the_nu_checker_finds_nothing(site: Path, thesaurus: Path, require: Requirement) -> None:
    java = shutil.which("java") or ""
    require("the Nu checker", f"{INSTALL}; apt-get install default-jre-headless", found=VNU.is_file() and bool(java))
    paths = {site / path.partition("?")[0] for path in KINDS} | {*site.glob("sparql.html")}
    paths |= {*(site / "docs").glob("*.html"), *thesaurus.rglob("*.html")}
    command = [java, "-Xmx512m", "-jar", str(VNU), "--format", "json", "--filterpattern", IGNORED]
    checked = subprocess.run([*command, *map(str, sorted(paths))], capture_output=True, text=True, check=False)
    found = json.loads(checked.stderr)["messages"]
    assert [(Path(one["url"]).name, one.get("lastLine"), one["message"]) for one in found] == []


def test_pages_ask_no_other_host(page: Page, address: str) -> None:
    for path in STYLED:  # the fixture fails on a request to another host
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
