"""The snapshot of the linked items, and what it shows against the facts of the dataset."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from publisher.build.cache import FOLDER
from publisher.build.pipeline import build
from publisher.cli.main import main
from publisher.link import snapshot
from publisher.link.client import Wikidata
from publisher.link.discrepancies import compare, comparison_text, facts, propose
from publisher.workspace.config import Config, load_config
from publisher.workspace.formatter import format_text
from publisher.workspace.sources import Workspace, read_workspace, triples_of
from tests.conftest import ROOT
from tests.wikidata_standin import WD, Standin, entity, extract, state

DAY = datetime.date(2026, 11, 24)
ID = "https://w3id.org/geopol/id/"


def _written(wikidata: Wikidata, config: Config, *qids: str) -> str:
    items = list(wikidata.items(qids).values())
    return snapshot.write(items, wikidata.items(snapshot.mentioned(items)), DAY, config)


def test_all_that_helps_is_in_it(standin: Standin, wikidata: Wikidata, config: Config) -> None:
    country = standin.entities["Q100000"] = entity("Q100000", "Nowhere", ["Noland"], "a country of tests")
    codes = {"P297": "NW", "P298": "NWH", "P625": "@40.5,-49.9", "P1566": "12345", "P214": "67890", "P36": "Q9248"}
    for prop, value in {**codes, "P856": "https://example.org/", "P571": "1991-08", "P17": "Q227"}.items():
        state(country, prop, value)
    state(country, "P463", "Q318693", {"P580": "1992-05-15", "P582": "1999"}, "abc")
    state(country, "P856", "not an address", name="bad")
    text = _written(wikidata, config, "Q100000")
    assert text == format_text(text)
    for line in (
        'rdfs:label "Nowhere"@en ;',
        'skos:altLabel "Noland"@en ;',
        'schema:description "a country of tests"@en ;',
        'wdt:P297 "NW" ;',
        'wdt:P1566 "12345" ;',
        'wdt:P214 "67890" ;',
        "wdt:P856 <https://example.org/>",
        'wdt:P571 "1991-08-01T00:00:00Z"^^xsd:dateTime ;',
        'wdt:P625 "Point(-49.9 40.5)"^^geo:wktLiteral ;',
        "p:P463 wds:Q100000-abc ;",
        "ps:P463 wd:Q318693",
        'pq:P580 "1992-05-15T00:00:00Z"^^xsd:dateTime ;',
        'pq:P582 "1999-01-01T00:00:00Z"^^xsd:dateTime ;',
        'rdfs:label "Collective Security Treaty Organization"@en',
        'dcterms:date "2026-11-24"^^xsd:date ;',
        "dcterms:license <https://creativecommons.org/publicdomain/zero/1.0/> ;",
    ):
        assert line in text, text


def test_two_fetches_write_the_same(wikidata: Wikidata, config: Config) -> None:
    assert _written(wikidata, config, "Q9248", "Q2280") == _written(wikidata, config, "Q2280", "Q9248")


def test_fetching_writes_a_file_that_is_no_part_of_the_dataset(
    linked: Path, standin: Standin, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "fetch", "-w", str(linked)]) == 0
    path = linked / snapshot.FILE
    assert capsys.readouterr().out == f"31 items in {path}\n"
    found = list(parse(path=path, format=RdfFormat.TURTLE))
    assert len(found) > 100
    again = read_workspace(load_config(linked))
    assert {t for s in (*again.data, *again.links) for t in s.triples} == {
        t for s in (*workspace.data, *workspace.links) for t in s.triples
    }
    assert main(["fmt", "--check", str(path), "-w", str(linked)]) == 0
    asked = len(standin.asked)
    main(["link", "fetch", "-w", str(linked)])
    assert len(standin.asked) > asked, "a snapshot is of today, not of the cache"


def test_linked_items_that_are_gone_are_named(
    linked: Path, standin: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    del standin.entities["Q227"]
    assert main(["link", "fetch", "-w", str(linked)]) == 0
    assert capsys.readouterr().err == "publisher: Wikidata lacks Q227; run 'publisher link check'\n"


@pytest.mark.parametrize("fault", ["503 9999", "refused"])
def test_a_fetch_that_fails_keeps_the_old_snapshot(
    linked: Path, standin: Standin, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = linked / snapshot.FILE
    path.parent.mkdir()
    path.write_text("# the old one\n", encoding="utf-8")
    standin.faults = ["", fault]
    assert main(["link", "fetch", "-w", str(linked)]) == 3
    assert capsys.readouterr().err.startswith("publisher: http://127.0.0.1:")
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert path.read_text(encoding="utf-8") == "# the old one\n"


def test_what_is_fetched_never_enters_the_inference(small: Path) -> None:
    config, inferred = load_config(small), small / "dist" / "dumps" / "inferred.ttl"
    report = build(config, small / "dist", cache=small / FOLDER).report
    before = inferred.read_bytes()
    thing = next((small / "data").glob("entities/*.ttl"))
    path = small / snapshot.FILE
    path.parent.mkdir()
    path.write_text(thing.read_text(encoding="utf-8") + "\n<urn:x:a> a <urn:x:B> .\n", encoding="utf-8")
    assert build(config, small / "dist").report == report  # without the cache
    assert inferred.read_bytes() == before


def test_without_a_snapshot_the_comparison_says_how_to_get_one(
    linked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "compare", "-w", str(linked)]) == 2
    assert "make one with 'publisher link fetch'" in capsys.readouterr().err


def test_no_snapshot_is_published_that_was_not_fetched() -> None:
    assert not (ROOT / snapshot.FILE).exists()


# --- proposals ------------------------------------------------------------------------------------


def test_what_wikidata_lacks_is_proposed_with_our_sources(linked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["link", "fetch", "-w", str(linked)])
    before = (linked / "data" / "links" / "wikidata.sssom.tsv").read_bytes()
    capsys.readouterr()
    assert main(["link", "review", "--export", "quickstatements", "-w", str(linked)]) == 0
    out, err = capsys.readouterr()
    title = 'en:"The Broader Security Context of Azerbaijani-Belarusian Ties"'
    assert f"Q184\tP463\tQ318693\tS1476\t{title}\tS577\t+2018-12-00T00:00:00Z/10" in out.splitlines()
    assert {tuple(line.split("\t")[:3]) for line in out.splitlines()} == {
        ("Q184", "P463", "Q318693"),
        ("Q399", "P463", "Q318693"),
        ("Q227", "P463", "Q83201"),
    }
    assert err == f"publisher: {len(out.splitlines())} statements to look at; nothing was sent\n"
    assert (linked / "data" / "links" / "wikidata.sssom.tsv").read_bytes() == before


SOURCE = """@prefix gp: <https://w3id.org/geopol/ns#> . @prefix oa: <http://www.w3.org/ns/oa#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix : <urn:x:> .
:m a gp:Membership ; gp:hasMember :a ; gp:inOrganization :b ; gp:supportedBy :c .
:c gp:isAtPassage :p . :p oa:hasSource :d .
"""


FETCHED = f"<{WD}Q10> <http://schema.org/description> 'a country'@en ."


@pytest.mark.parametrize(
    ("article", "reference"),
    [
        (
            ':d dcterms:title "Tab\\t, bar | and \\"marks\\""@en ; dcterms:issued "2018-12-09" .',
            ["en:\"Tab , bar and 'marks'\""],
        ),
        (':d dcterms:title "T"@hy ; dcterms:issued "2018" ; dcterms:publisher :o .', ['hy:"T"']),
        (':d dcterms:title "T"@en .', None),
        (':d dcterms:issued "2018" .', None),
    ],
)
def test_only_what_has_a_source_is_proposed(article: str, reference: list[str] | None) -> None:
    data = [quad.triple for quad in parse(SOURCE + article, format=RdfFormat.TURTLE)]
    links = {"urn:x:a": "Q10", "urn:x:b": "Q11", "urn:x:o": "Q12"}
    fetched = [quad.triple for quad in parse(FETCHED, format=RdfFormat.TURTLE)]
    found = [line.split("\t") for line in propose(compare(data, links, fetched), data, links)]
    assert [line[:3] for line in found] == ([["Q10", "P463", "Q11"]] if reference else [])
    assert [line[4:5] for line in found] == ([reference] if reference else [])
    assert all(line[7:] in ([], ["S123", "Q12"]) for line in found)


# --- disagreements --------------------------------------------------------------------------------


def test_the_dataset_beside_the_extract(linked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["link", "fetch", "-w", str(linked)])
    capsys.readouterr()
    assert main(["link", "compare", "-w", str(linked)]) == 0
    out = capsys.readouterr().out
    assert "Belarus · member of · Collective Security Treaty Organization" in out
    assert out.count("Wikidata does not say so") == 3, "of memberships the extract knows nothing"
    assert "Ilham Aliyev" not in out, "since 2003 president: no disagreement"


def _snapshot(wikidata: Wikidata, config: Config, *qids: str) -> list[object]:
    text = _written(wikidata, config, *qids)
    return [quad.triple for quad in parse(text, format=RdfFormat.TURTLE)]


@pytest.mark.parametrize(
    ("begin", "end", "verdict"),
    [
        ("2000", "2010", "other time"),
        ("2000", "2018", "agrees"),  # the end may be any day of 2018
        ("2000", "2018-11", "agrees"),
        ("2000", "2018-11-13", "other time"),
        ("2019", "", "other time"),
        ("2018-12-10", "", "agrees"),
        ("", "", "agrees"),
    ],
)
def test_times_are_compared(
    standin: Standin, wikidata: Wikidata, config: Config, workspace: Workspace, begin: str, end: str, verdict: str
) -> None:
    """Times made up for the test, for a person who does not exist, in the linked of the one who is linked."""
    person = standin.entities["Q100001"] = entity("Q100001", "Nobody", [], "")
    qualifiers = {prop: text for prop, text in (("P580", begin), ("P582", end)) if text}
    state(person, "P39", "Q205602", qualifiers)
    links = {f"{ID}ilham-aliyev": "Q100001", f"{ID}president-of-azerbaijan": "Q205602"}
    (found,) = compare(triples_of(workspace.data), links, _snapshot(wikidata, config, "Q100001"))  # type: ignore[arg-type]
    assert found.verdict == verdict
    assert found.fact.node == f"{ID}tenure-of-aliyev-as-president-of-azerbaijan"


@pytest.mark.parametrize(("end", "verdict"), [("1999", "agrees"), ("", "denied")])
def test_what_the_dataset_denies_is_compared_at_its_time(
    standin: Standin, wikidata: Wikidata, config: Config, workspace: Workspace, end: str, verdict: str
) -> None:
    land = standin.entities["Q100002"] = entity("Q100002", "Noland", [], "")
    state(land, "P463", "Q318693", {"P580": "1994", **({"P582": end} if end else {})})
    links = {f"{ID}azerbaijan": "Q100002", f"{ID}csto": "Q318693"}
    found = compare(triples_of(workspace.data), links, _snapshot(wikidata, config, "Q100002"))  # type: ignore[arg-type]
    assert found
    assert {one.verdict for one in found} == {verdict}
    assert all(one.fact.is_denied for one in found)
    text = comparison_text(found, {})
    assert ("the dataset denies it, and Wikidata says so: 1994-01-01 to …" in text) == (verdict == "denied")


MEMBERSHIP = """@prefix gp: <https://w3id.org/geopol/ns#> . @prefix : <urn:x:> .
:m a gp:Membership ; gp:hasMember :land ; gp:inOrganization :union ."""


@pytest.mark.parametrize(
    ("fetched", "links", "verdict"),
    [
        (["Q100003"], ("Q100003", "Q318693"), "agrees"),
        (["Q100004"], ("Q100004", "Q318693"), "agrees"),  # which was merged into Q100003
        (["Q100003", "Q100004"], ("Q100004", "Q100005"), "agrees"),  # and so was the organization
        (["Q100003"], ("Q100003", "Q318694"), "silent"),
        (["Q100003"], ("Q318693", "Q100003"), "not fetched"),  # it is mentioned
        (["Q184"], ("Q100003", "Q318693"), "not fetched"),
        ([], ("Q100003", "Q318693"), "not fetched"),
    ],
)
def test_items_that_redirect_and_items_that_were_not_fetched(
    standin: Standin, wikidata: Wikidata, config: Config, fetched: list[str], links: tuple[str, str], verdict: str
) -> None:
    standin.redirects |= {"Q100004": "Q100003", "Q100005": "Q318693"}
    state(standin.entities.setdefault("Q100003", entity("Q100003", "Noland", [], "")), "P463", "Q100005")
    data = [quad.triple for quad in parse(MEMBERSHIP, format=RdfFormat.TURTLE)]
    linked = dict(zip(("urn:x:land", "urn:x:union"), links, strict=True))
    (found,) = compare(data, linked, _snapshot(wikidata, config, *fetched))  # type: ignore[arg-type]
    assert found.verdict == verdict
    assert ("link fetch" in comparison_text([found], {})) == (verdict == "not fetched")


def test_dates_that_are_none_are_passed_over() -> None:
    data = [quad.triple for quad in parse(DATES, format=RdfFormat.TURTLE)]
    links = {"urn:x:a": "Q10", "urn:x:b": "Q11"}
    found = compare(data, links, [quad.triple for quad in parse(STATEMENT, format=RdfFormat.TURTLE)])
    assert {one.fact.node: one.verdict for one in found} == {"urn:x:m": "agrees", "urn:x:n": "denied"}
    assert comparison_text(found, {}).count("no time given") == 2


DATES = """@prefix gp: <https://w3id.org/geopol/ns#> . @prefix : <urn:x:> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:m a gp:Membership ; gp:hasMember :a ; gp:inOrganization :b ;
  gp:latestBegin "2001-02-30"^^xsd:date, "spring"^^xsd:date .
:n gp:isNegated true ; gp:hasVerdict <https://w3id.org/geopol/terms#accepted> ; gp:statedOn "2001-13"^^xsd:gYearMonth ;
  rdf:subject :a ; rdf:predicate gp:memberOf ; rdf:object :b .
"""
STATEMENT = f"""@prefix wd: <{WD}> . @prefix p: <http://www.wikidata.org/prop/> .
@prefix ps: <http://www.wikidata.org/prop/statement/> . @prefix pq: <http://www.wikidata.org/prop/qualifier/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
wd:Q10 p:P463 [ ps:P463 wd:Q11 ; pq:P580 "1712-02-30T00:00:00Z"^^xsd:dateTime ; pq:P582 "then" ] .
"""


def test_claims_that_were_not_accepted_are_no_facts(workspace: Workspace) -> None:
    found = list(facts(triples_of(workspace.data)))
    assert len(found) >= 10
    assert f"{ID}edm-15-177/s36-c3" not in {fact.node for fact in found}
    assert extract()["Q7035479"]["claims"]["P39"]
