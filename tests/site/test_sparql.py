"""The SPARQL page in a real Chromium: one engine answers all saved queries as the command line does."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.bundle import is_current
from publisher.query import files, local
from publisher.query.results import Answer
from publisher.site.index import SiteIndex
from publisher.site.model import make_model
from publisher.site.site import write_site
from publisher.site.sparql import FOLDER, obstacle
from publisher.workspace.config import Config
from tests.axe import Axe
from tests.conftest import CHROMIUM, ROOT, Requirement
from tests.site.conftest import serving

QUERIES = files.discover(ROOT / "queries")
# Chromium's own editing makes a styled element for a moment, which the policy of the page refuses.
HARMLESS = "Applying inline style violates"
# Ask one worker all queries, as the page does.
ASK_ALL = """async (texts) => {
  const data = document.getElementById("console").dataset;
  const worker = new Worker(`browser/worker.js?${data.version}`);
  const ask = (message) => new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage({ id: 0, ...message });
  });
  const here = (path) => new URL(path, location.href).href;
  const digests = data.digests.split(" ");
  await ask({ task: "load", engine: here("browser/oxigraph.wasm.gz"), dump: here(data.dump), digests });
  const answers = [];
  for (const text of texts) {
    const { value, fault } = await ask({ task: "run", text });
    answers.push(fault ? fault.message : typeof value.body === "string" ? value.body : JSON.stringify(value.body));
  }
  worker.terminate();
  return answers;
}"""


@pytest.fixture(scope="module")
def console(browser: Browser, site: Path, address: str, require: Requirement) -> Iterator[Page]:
    """The page with its engine loaded, once for all tests; it fails on an error and on a request to another host."""
    found = (site / "sparql.html").is_file() and is_current()
    require("the bundle of the SPARQL page as its sources are", "make bundle", found=found)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page, faults = context.new_page(), list[str]()
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" and HARMLESS not in m.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "blob:")) else faults.append(r.url))
    page.goto(f"{address}sparql.html")
    expect(page.locator("#status")).to_contain_text(re.compile(r"Ready: [0-9,]+ triples"), timeout=20_000)
    yield page
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def store(site: Path) -> ox.Store:
    return local.load_store([site / "dumps" / "all.nq"])


def open_query(page: Page, **values: str) -> None:
    """Follow a link to a query."""
    page.evaluate("fragment => { location.hash = fragment }", urlencode(values))
    page.locator("#editor .cm-content").wait_for()


def run_query(page: Page, text: str) -> str:
    """Run a query and return the status."""
    open_query(page, query=text)
    expect(page.locator("#editor .cm-content")).to_contain_text(text.splitlines()[0])
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=20_000)
    return page.inner_text("#status")


def rows_of(answer: Answer) -> Any:
    if answer.form == "construct":
        return answer.body
    rows = answer.rows()
    if isinstance(rows, ox.QueryBoolean):
        return bool(rows)
    return [[variable.value for variable in rows.variables], *([str(term) for term in row] for row in rows)]


def reviewed_csv(name: str) -> bytes | None:
    path = ROOT / "queries" / "expected" / f"{name}.tsv"
    rows = ox.parse_query_results(path=path, format=ox.QueryResultsFormat.TSV)
    assert isinstance(rows, ox.QuerySolutions)
    return rows.serialize(format=ox.QueryResultsFormat.CSV)


def test_every_saved_query_has_the_rows_of_the_command_line(console: Page, store: ox.Store) -> None:
    assert len(QUERIES) > 50
    answers = console.evaluate(ASK_ALL, [query.text for query in QUERIES])
    for query, body in zip(QUERIES, answers, strict=True):
        expected = local.run(query.text, store)
        assert rows_of(Answer(expected.form, body.encode())) == rows_of(expected), query.name


def test_a_saved_question_runs_from_its_page_and_is_saved_as_the_reviewed_csv(console: Page, address: str) -> None:
    console.goto(f"{address}queries/membership-claims.html")
    console.get_by_role("link", name="run it in the browser").click()
    console.locator("#rows table").wait_for()
    with console.expect_download() as download:
        console.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "membership-claims.csv"
    assert Path(download.value.path()).read_bytes() == reviewed_csv("membership-claims")


def test_parameters_are_a_form_and_part_of_the_link(console: Page) -> None:
    open_query(console, name="who-accuses-whom")
    expect(console.locator("#about")).to_contain_text("Allegations only")
    console.get_by_label("claimant").fill("Hikmet Hajiyev")
    console.get_by_label("claimant").press("Tab")
    assert "VALUES ?claimant { <https://w3id.org/geopol/id/hikmet-hajiyev> }" in text_of(console)
    console.get_by_role("button", name="Run", exact=True).click()
    expect(console.locator("#status")).to_contain_text("2 rows: 2 claims")
    assert console.url.endswith("sparql.html#name=who-accuses-whom&claimant=Hikmet+Hajiyev")
    console.reload()
    expect(console.locator("#status")).to_contain_text("2 rows: 2 claims", timeout=20_000)
    assert console.locator("#rows tbody tr").all_inner_texts()[0].startswith("Allegation.")
    console.get_by_label("accused").fill("a b")
    console.get_by_label("accused").press("Tab")
    expect(console.locator("#status")).to_contain_text("accused: expected an IRI, a name with a prefix")


def text_of(page: Page) -> str:
    return "\n".join(page.locator("#editor .cm-line").all_inner_texts())


@pytest.mark.usefixtures("console")
def test_the_page_of_a_german_site_is_german_throughout(
    page: Page, thesaurus: Path, thesaurus_config: Config, tmp_path: Path
) -> None:
    folder, site = tmp_path / "german", replace(thesaurus_config.site, languages=("de", "en"), search=False)
    shutil.copytree(thesaurus / "dumps", folder / "dumps")
    write_site(replace(thesaurus_config, site=site), folder)
    with serving(folder) as address:
        page.goto(f"{address}sparql.html")
        expect(page.locator("#status")).to_contain_text(re.compile(r"Bereit: [0-9.]+ Tripel in [0-9,]+ m?s geladen\."))
        assert "# Was gibt es, und wie viel davon?" in text_of(page)
        for text, status in (
            ("SELECT * { ?s a skos:Concept }", "5 Zeilen, in "),
            ("ASK {}", "Ja, in "),
            ("SELECT * {\n  ?s ?p }", "Zeile 2, Spalte 9: „}“ ist hier nicht möglich."),
            ("SELECT * { ?a none:b ?c }", "das Präfix „none:“ ist nicht deklariert"),
            (
                'SELECT * { VALUES (?what ?on) { ("a" "2018-11-19") ("b" "2018-12~") ("c" "2019-22") } }',
                "3 Zeilen, in ",
            ),
        ):
            open_query(page, query=text)
            expect(page.locator("#status")).to_contain_text("stammt nicht von dieser Website")
            page.get_by_role("button", name="Ausführen").click()
            expect(page.locator("#status")).to_contain_text(status)
        page.locator("#views").get_by_label("Zeitleiste").check()
        assert page.locator("#picture .axis text").all_text_contents()[:3] == ["2018", "Nov", "Dez"]
        assert page.locator("#picture .w").all_text_contents() == [
            "19. November 2018",
            "Dezember 2018 (etwa)",
            "Sommer 2019",
        ]


def test_the_text_of_a_link_is_shown_and_not_run(console: Page) -> None:
    open_query(console, query='SELECT ("Fact. It is so." AS ?x) {}')
    expect(console.locator("#status")).to_contain_text("came with the link and is none of this site")
    assert "Fact. It is so." in text_of(console)
    assert "It is so" not in console.inner_text("#rows")


def test_a_syntax_error_has_its_place(console: Page) -> None:
    status = run_query(console, "SELECT * {\n  ?s ?p }")
    assert status == "Line 2, column 9: '}' cannot stand here."
    assert console.locator("#editor .cm-lintRange-error, #editor .cm-lintPoint-error").count() == 1
    assert not console.locator("#answer").is_visible()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT ?a (COUNT(?b) AS ?n) { ?a ?p ?b }", "neither in GROUP BY nor within an aggregate"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "Line 1, column 1: INSERT is SPARQL Update; only queries are run"),
        ("SELECT * { SERVICE <https://e.org/> { ?a ?b ?c } }", "Line 1, column 12: SERVICE asks another host"),
        ("SELECT * { ?a none:b ?c }", "Line 1, column 15: the prefix 'none:' is not declared"),
        ("SELECT (<http://e.org/f>(1) AS ?x) {}", "Line 1, column 9: there is no function <http://e.org/f>"),
        ("SELECT * { ?a ?b ?c", "Line 1, column 20: the query ends too early"),
    ],
)
def test_errors_say_what_is_wrong_and_where(console: Page, text: str, message: str) -> None:
    assert message in run_query(console, text)


def test_prefixes_of_the_workspace_are_declared_and_sentences_of_claims_marked(console: Page) -> None:
    text = "SELECT ?says { ?c a gp:Allegation ; gp:hasAccused id:armenia ; skos:prefLabel ?says } ORDER BY ?says"
    assert re.match(r"[0-9]+ rows: [0-9]+ claims, in ", run_query(console, text))
    assert "PREFIX gp: <https://w3id.org/geopol/ns#>" in text_of(console)
    rows = console.locator("#rows tbody tr")
    assert rows.count() > 3
    assert all(row.startswith("Allegation.\nNot judged.") or "denial" in row for row in rows.all_inner_texts())
    assert rows.first.get_attribute("class") == "cl"


def test_a_row_with_an_accepted_claim_and_another_is_marked_as_the_other(console: Page) -> None:
    accepted = "?fact a gp:Claim ; gp:hasVerdict gpt:accepted"
    text = f"SELECT * {{ {{ SELECT ?fact {{ {accepted} }} LIMIT 1 }} ?claim gp:hasAccused id:armenia }}"
    assert re.match(
        r"([0-9]+) rows: 0 facts and \1 claims, in |[0-9]+ rows: [0-9]+ claims, in ", run_query(console, text)
    )


def test_a_graph_is_a_table_with_links_and_a_file(console: Page, store: ox.Store) -> None:
    text = "CONSTRUCT { ?s skos:prefLabel ?o } { ?s a gp:SovereignState ; skos:prefLabel ?o }"
    assert re.match(r"[0-9]+ triples, in", run_query(console, text))
    assert console.locator("#rows a[href='id/armenia.html']").first.inner_text() == "Armenia"
    assert console.locator("#rows [lang=hy]").count() > 0
    with console.expect_download() as download:
        console.get_by_role("button", name="Save as N-Triples").click()
    written = local.run(text_of(console), store).body
    assert Path(download.value.path()).read_bytes() == written
    assert run_query(console, "ASK { id:armenia a gp:SovereignState }").startswith("Yes, in ")


@pytest.mark.parametrize(
    "name", ["who-accuses-whom", "members-of-organizations", "events-as-schema-org", "negated-claims"]
)
def test_the_pictures_of_an_answer_are_those_of_its_page(console: Page, site: Path, name: str) -> None:
    on_page = re.findall(r"<summary>([A-Z][a-z ]+)</summary>", (site / "queries" / f"{name}.html").read_text("utf-8"))
    open_query(console, name=name)
    expect(console.get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=20_000)
    expect(console.locator("#views label")).to_have_text(["Table", *on_page], use_inner_text=True)
    for title in on_page:
        console.locator("#views").get_by_label(title).check()
        expect(console.locator("#picture svg")).to_have_attribute(
            "aria-label", f"{title}; the table below says the same"
        )
        assert console.locator("#rows table").is_visible()


def test_claims_are_drawn_in_dashes_and_lead_to_their_place(console: Page) -> None:
    open_query(console, name="who-accuses-whom")
    console.locator("#views").get_by_label("Time line").check()
    bars = console.locator("#picture a.said")
    expect(bars).to_have_count(13)
    assert re.search(r"^id/[a-z0-9-]+\.html#s[0-9]+-c[0-9]+$", bars.first.get_attribute("href") or "")
    dashes = "node => getComputedStyle(node).strokeDasharray"
    assert bars.first.locator(".bar").evaluate(dashes) != "none"
    expect(console.locator("#picture figcaption")).to_contain_text("only a claim")
    status = run_query(
        console, 'SELECT * { VALUES (?city ?lat ?long) { ("Yerevan" 40.18 44.51) ("Minsk" 53.9 27.56) } }'
    )
    assert status.startswith("2 rows")
    console.locator("#views").get_by_label("Map").check()
    expect(console.locator("#picture circle")).to_have_count(2)


def test_a_query_is_stopped_and_the_next_one_answered(console: Page) -> None:
    open_query(console, query="SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    console.get_by_role("button", name="Run", exact=True).click()
    expect(console.locator("#status")).to_have_text("Running …")
    console.get_by_role("button", name="Stop").click()
    expect(console.locator("#status")).to_contain_text("Stopped.")
    assert run_query(console, "ASK {}").startswith("Yes")


def test_an_engine_that_fails_is_started_again(console: Page) -> None:
    deep = "SELECT * { FILTER(\n" + "(\n" * 10_000 + "1" + ")" * 10_001 + " }"
    assert "nested too deep" in run_query(console, deep)
    assert run_query(console, "ASK {}").startswith("Yes")


@pytest.mark.usefixtures("console")
def test_the_editor_takes_what_is_nested_deeper_than_the_stack(browser: Browser, address: str) -> None:
    """How deep the parser of the editor comes depends on the machine: here the stack is made small."""
    small = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--js-flags=--stack-size=300"])
    page, faults = small.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}sparql.html")
    page.locator("#editor .cm-content").wait_for()
    for query in ("ASK { FILTER(" + "(" * 10_000, "ASK { FILTER(" + "!" * 10_000, "ASK {} # " + "(" * 10_000):
        open_query(page, query=query)
        expect(page.locator("#editor .cm-content")).to_contain_text(query[:20])
    small.close()
    assert faults == []


def test_the_limit_of_rows_is_told(console: Page) -> None:
    status = run_query(console, "SELECT ?a { ?a a ?c } VALUES ?c { gp:Allegation } # all")
    assert re.match(r"[0-9]+ rows: [0-9]+ claims, in [0-9]+ ms\.$", status)
    status = run_query(console, "SELECT (1 AS ?n) { ?a a ?c . ?b a ?d }")
    assert re.match(r"The first 50,000 rows, in .*\. There are more: ask for fewer, or use LIMIT and OFFSET\.", status)
    assert console.locator("#rows tbody tr").count() == 200
    console.get_by_role("button", name="Show more rows: 200 of 49,800").click()
    assert console.locator("#rows tbody tr").count() == 400


def test_terms_are_completed_by_their_place(console: Page) -> None:
    open_query(console, query="SELECT * { ?c a gp:Allegation ; hasacc")
    console.locator("#editor .cm-content").press("Control+End")
    console.keyboard.press("Control+Space")
    option = console.locator("#editor .cm-completionLabel").first
    expect(option).to_have_text("gp:hasAccused")
    console.wait_for_timeout(150)  # the editor takes no Enter for a list that has only just appeared
    console.keyboard.press("Enter")
    assert text_of(console).endswith("; gp:hasAccused")
    console.keyboard.type(" Armen")
    expect(console.locator("#editor .cm-completionLabel").first).to_have_text("id:armenia")
    console.keyboard.press("Escape")


def test_the_tab_key_leaves_the_editor(console: Page) -> None:
    open_query(console, query="ASK {}")
    console.locator("#editor .cm-content").focus()
    console.keyboard.press("Tab")
    expect(console.get_by_role("button", name="Run", exact=True)).to_be_focused()


@pytest.mark.usefixtures("console")
def test_without_javascript_the_questions_are_listed(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}sparql.html")
    assert "This needs JavaScript." in page.inner_text("main")
    assert page.locator("#saved-list a").count() == len(QUERIES)
    assert not page.locator("#console").is_visible()
    context.close()


@pytest.mark.usefixtures("console")
def test_from_the_disk_the_page_says_what_to_do(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "sparql.html").as_uri())
    assert "python3 -m http.server" in page.inner_text("main")
    page.close()


@pytest.mark.usefixtures("console")
def test_other_data_than_those_of_the_page_are_refused(page: Page, address: str) -> None:
    page.context.route("**/all.nq.gz*", lambda route: route.fulfill(body=b"<urn:a> <urn:b> <urn:c> .\n"))
    page.goto(f"{address}sparql.html")
    expect(page.locator("#status")).to_contain_text("The data do not have the checksum of this page")


@pytest.mark.usefixtures("console")
def test_a_host_may_unpack_the_files(page: Page, site: Path, address: str) -> None:
    def unpack(route: Route) -> None:
        path = site / route.request.url.removeprefix(address).partition("?")[0]
        route.fulfill(body=gzip.decompress(path.read_bytes()))

    page.context.route("**/*.gz*", unpack)
    page.goto(f"{address}sparql.html#name=is-occupation-a-fact")
    expect(page.locator("#rows")).to_have_text("No.", timeout=20_000)


def test_no_page_scrolls_sideways(console: Page) -> None:
    open_query(console, name="membership-claims")
    console.locator("#rows table").wait_for()
    for width in (360, 768, 1280):
        console.set_viewport_size({"width": width, "height": 900})
        over = console.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, width


def test_axe_finds_nothing(console: Page, require: Requirement) -> None:
    axe = Axe(require)
    run_query(console, "SELECT ?c ?says { ?c a gp:Allegation ; skos:prefLabel ?says } ORDER BY ?c LIMIT 5")
    assert axe.violations(console) == []
    open_query(console, name="members-of-organizations")
    for title in ("Time line", "Network", "Map"):
        console.locator("#views").get_by_label(title).check()
        expect(console.locator("#picture svg")).to_have_attribute("aria-label", re.compile(title))
        assert axe.violations(console) == [], title


def test_the_page_is_left_out_where_it_is_not_wanted_or_cannot_be(config: Config, tmp_path: Path) -> None:
    index = SiteIndex([("<urn:a>", "<urn:b>", "<urn:c>")])
    model = make_model(config, index)
    assert obstacle(model, tmp_path) in (
        'there is no dump all.nq; add "nq" to the formats under [dumps]',
        "its scripts are not there; run 'make bundle' with node or a network",
    )
    assert obstacle(make_model(replace(config, site=replace(config.site, sparql=False)), index), tmp_path) == ""


@pytest.mark.usefixtures("console")
def test_licences_of_what_is_bundled_stand_beside_it(site: Path) -> None:
    licences = (site / FOLDER / "licenses.txt").read_text(encoding="utf-8")
    for name in ("oxigraph", "@codemirror/view", "codemirror-lang-sparql", "@noble/hashes", "@lezer/lr"):
        assert re.search(rf"^{name} [0-9.]+\nLicence: (MIT|MIT OR Apache-2.0)$", licences, re.MULTILINE)
