"""The interface for programs as ``publisher serve`` has it: by real HTTP, in a real browser, and fuzzed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import ROOT, in_ci
from tests.serve.conftest import Served, serving
from tests.site.conftest import page

__all__ = ["page"]

QUERY = "SELECT ?claim { ?claim a <https://w3id.org/geopol/ns#Allegation> } ORDER BY ?claim LIMIT 3"
# Each type of parameter, a graph, and an answer that is yes or no; and what is no saved query.
FUZZED = (
    "/queries/who-accuses-whom.{format}",
    "/queries/who-holds-which-office.{format}",
    "/queries/claims-in-a-sentence.{format}",
    "/queries/claims-as-schema-org.{format}",
    "/queries/is-occupation-a-fact.{format}",
    "/sparql",
    "/.well-known/void",
    "/-/health",
)


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[Served]:
    with serving("--out", str(built)) as started:
        yield started


def test_identifiers_lead_to_markdown(served: Served) -> None:
    named = served.get("id/armenia", Accept="text/markdown, text/html, */*")
    assert (named.status_code, named.headers["location"]) == (303, "/id/armenia.md")
    claim = served.get("id/csto-in-2018/s02-c1", Accept="text/markdown")
    assert claim.headers["location"] == "/id/csto-in-2018.md"
    for accept in ("*/*", "text/*", "text/html, text/markdown;q=0.5"):
        assert served.get("id/armenia", Accept=accept).headers["location"] == "/id/armenia.html"
    assert 'type="text/markdown"' in named.headers["link"]
    assert served.get(named.headers["location"]).headers["content-type"] == "text/markdown; charset=utf-8"
    assert served.get("ns", Accept="text/markdown").status_code == 406


def test_answers_with_parameters_and_without(served: Served) -> None:
    assert "etag" in served.get("queries/visits.csv").headers  # a file of the build
    rows = served.get("queries/visits.csv?visitor=Ilham+Aliyev&limit=1&marks=1").text.splitlines()
    assert len(rows) == 2
    assert rows[0].endswith(",mark,markKind,markVoice,markVerdict,markOf")
    for address in ("queries/visits.csv?limit=1", "queries/visits.html?limit=1", "openapi.json", "id/armenia.md"):
        tag = served.get(address).headers["etag"]
        assert served.get(address, **{"If-None-Match": tag}).status_code == 304
        assert served.get(f"{address}?marks=1", **{"If-None-Match": tag}).status_code != 304
    assert served.get("openapi.json", **{"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert served.get("queries/visits.csv?visitor=nobody").status_code == 400
    assert served.get("queries/no-such-query.csv?a=b").status_code == 404


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "application/sparql-results+xml"])
def test_the_endpoint_marks_rows(served: Served, accept: str) -> None:
    answer = served.client.get("sparql", params={"query": QUERY, "marks": "1"}, headers={"Accept": accept})
    assert (answer.status_code, answer.text.count("Allegation")) == (200, 3)
    plain = served.client.get("sparql", params={"query": QUERY}, headers={"Accept": accept})
    assert "markVoice" not in plain.text
    taken = served.client.get("sparql", params={"query": "SELECT (1 AS ?mark) {}", "marks": "1"})
    assert (taken.status_code, "has a column 'mark' of its own" in taken.text) == (400, True)


def test_a_question_is_asked_by_its_form(served: Served, page: Page) -> None:
    page.goto(f"{served.url}api.html")
    form = page.locator("#q-who-accuses-whom form")
    form.get_by_label("claimant").fill("Hikmet Hajiyev")
    form.get_by_role("button", name="Ask").click()
    expect(page).to_have_url(f"{served.url}queries/who-accuses-whom.html?claimant=Hikmet+Hajiyev&accused=")
    expect(page.locator("#answer")).to_contain_text(re.compile("2 rows.* claims"))
    expect(page.get_by_label("claimant")).to_have_value("Hikmet Hajiyev")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "s22-c1" in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_wrong_value_is_told_and_can_be_corrected(served: Served) -> None:
    answer = served.get('queries/who-met-whom.html?person="><b>nobody')
    assert answer.status_code == 400
    assert "&gt;&lt;b&gt;nobody" in answer.text
    assert "<b>nobody" not in answer.text
    assert "expected an IRI, a name with a prefix, or the name of a thing" in answer.text


@pytest.mark.parametrize(
    "options",
    [
        ["--max-examples=3", *(f"--include-path={path}" for path in FUZZED)],
        pytest.param(
            ["--max-examples=2", "--phases=fuzzing"],
            marks=in_ci,
        ),
    ],
    ids=["some", "all"],
)
def test_schemathesis_finds_nothing(served: Served, options: list[str], tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("schemathesis"))
    command = [program, "run", f"{served.url}openapi.json", "--no-color", "--generation-database=none", *options]
    hooks = os.environ | {"SCHEMATHESIS_HOOKS": "tests.serve.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, env=hooks, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert "Test cases:" in ran.stdout
