"""A real browser at the server: identifiers lead to pages, and the SPARQL page runs from compressed files."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, expect

from browser.bundle import is_current
from publisher.workspace.config import Config
from tests.axe import Axe
from tests.conftest import Requirement
from tests.serve.conftest import serving


def test_a_reader_follows_an_identifier_and_asks_a_query(
    browser: Browser, config: Config, built: Path, require: Requirement
) -> None:
    found = (built / "sparql.html").is_file() and is_current()
    require("the bundle of the SPARQL page as its sources are", "make bundle", found=found)
    faults = list[str]()
    with (
        serving("--workspace", str(config.root), "--out", str(built)) as served,
        browser.new_context() as context,
        context.new_page() as page,
    ):
        context.set_default_timeout(30_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((served.url, "blob:")) else faults.append(r.url))
        answer = page.goto(f"{served.url}id/armenia")
        assert answer
        redirected = answer.request.redirected_from
        assert redirected
        assert page.url == f"{served.url}id/armenia.html"
        expect(page.locator("h1")).to_contain_text("Armenia")
        assert answer.header_value("content-encoding") in ("br", "gzip")
        page.goto(f"{served.url}sparql")  # which is the endpoint, for programs
        assert page.url == f"{served.url}sparql.html"
        expect(page.locator("#status")).to_contain_text(re.compile(r"Ready: [0-9,]+ triples"), timeout=60_000)
        query = f"SELECT ?label {{ <{config.base}id/armenia> <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
        page.evaluate("fragment => { location.hash = fragment }", urlencode({"query": query}))
        expect(page.locator("#editor .cm-content")).to_contain_text("SELECT ?label")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#rows")).to_contain_text("Armenia", timeout=60_000)
        rows = page.evaluate(
            "query => fetch('/sparql', { method: 'POST', body: new URLSearchParams({ query }) }).then((r) => r.json())",
            query,
        )
        assert "Armenia" in {row["label"]["value"] for row in rows["results"]["bindings"]}
        axe = Axe(require)
        assert axe.violations(page) == []
        for address in ("api.html", "queries/membership-claims.html?organization=id:csto"):
            page.goto(f"{served.url}{address}")
            assert axe.violations(page) == [], address
    assert faults == []
