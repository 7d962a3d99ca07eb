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

from tests.conftest import ROOT, Requirement
from tests.site.test_browser import PAGES

MODULES = ROOT / "tests" / "web" / "node_modules"
INSTALL = "npm ci --prefix tests/web"
AXE = MODULES / "axe-core" / "axe.min.js"
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
# The page of what is not there names its style sheet by the path of the site on its host, which is another here.
STYLED = tuple(path for path in KINDS if path != "404.html")
LARGEST = ("id/edm-15-177.html", "ns.html")  # on which axe takes longest; dark, their colours are those of others
# WCAG 2.2 AA and what axe calls best practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# From the disk the checker takes no file as one of the site, which is what 'self' in a policy means.
IGNORED = ".*violates Content Security Policy.*"


@pytest.fixture(scope="module")
def axe(require: Requirement) -> str:
    require("axe-core", INSTALL, found=AXE.is_file())
    return AXE.read_text(encoding="utf-8")


def violations(browser: Browser, address: str, axe: str, paths: Iterable[str], options: Any, **context: Any) -> Any:
    """Return what axe finds on pages, by their paths."""
    opened, found = browser.new_context(**context), {}
    page = opened.new_page()
    for path in paths:
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        if "?" in path:
            page.wait_for_selector("#results .claim")
        page.evaluate(axe)
        result = page.evaluate(f"axe.run({json.dumps({**options, 'resultTypes': ['violations']})})")["violations"]
        if result:
            found[path] = [
                (one["id"], one["help"], [node["html"][:120] for node in one["nodes"][:3]]) for one in result
            ]
    opened.close()
    return found


def test_axe_finds_nothing(browser: Browser, address: str, axe: str) -> None:
    assert violations(browser, address, axe, STYLED, {"runOnly": TAGS}, viewport={"width": 1280, "height": 900}) == {}


def test_the_dark_colours_have_contrast(browser: Browser, address: str, axe: str) -> None:
    options = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    paths = [path for path in STYLED if path not in (*LARGEST, "terms.html", "network.html")]
    assert violations(browser, address, axe, paths, options, color_scheme="dark") == {}


def test_axe_finds_nothing_on_a_phone(browser: Browser, address: str, axe: str) -> None:
    paths = ("index.html", "id/armenia.html", "id/csto-in-2018.html", "queries/who-accuses-whom.html")
    assert violations(browser, address, axe, paths, {"runOnly": TAGS}, viewport={"width": 360, "height": 800}) == {}


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
