"""A claim is never mistaken for a fact: read as text, by its place and its marks."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pyoxigraph as ox
import pytest

from tests.site.reading import page_text, parse, text

MARKS = re.compile(
    r"(Fact(?:, negative)?|(?:Allegation|Assertion|Position|Forecast|Evaluation)"
    r"(?:, a denial)?(?:, worded as (?:likely|possible))?)\. "
)
VERDICTS = (
    "Not judged.",
    "A point of view; not judged.",
    "A matter of judgement.",
    "Not yet known when recorded.",
    "Disputed",
    "Not a kind of fact",
)


def statements(page: Path) -> list[Element]:
    return [node for node in parse(page).iter("li") if node.get("class") in ("fact", "claim")]


@pytest.fixture(scope="session")
def verdicts(built: Path) -> dict[str, tuple[str, str]]:
    """The verdict and the label of each claim, from the published dump."""
    store = ox.Store()
    store.bulk_load(path=str(built / "dumps" / "all.nq"), format=ox.RdfFormat.N_QUADS)
    rows = store.query(
        """PREFIX gp: <https://w3id.org/geopol/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT DISTINCT ?claim ?verdict ?label { ?claim gp:hasVerdict ?verdict ; skos:prefLabel ?label }""",
        use_default_graph_as_union=True,
    )
    assert isinstance(rows, ox.QuerySolutions)
    return {row["claim"].value: (row["verdict"].value.rpartition("#")[2], row["label"].value) for row in rows}


def test_every_statement_begins_with_what_it_is(site: Path) -> None:
    count = 0
    for page in site.rglob("*.html"):
        for node in statements(page):
            words = text(node).replace("\n", " ")
            if when := node.find("div/span[@class='when']"):
                words = words.removeprefix(text(when)).strip()
            assert MARKS.search(words), (page, words)
            count += 1
    assert count > 1000


Verdicts = dict[str, tuple[str, str]]


def test_only_what_the_editors_accept_is_shown_as_a_fact(site: Path, verdicts: Verdicts) -> None:
    labels = {label: verdict for verdict, label in verdicts.values()}
    seen = set[str]()
    for page in site.rglob("*.html"):
        for node in statements(page):
            words = text(node).replace("\n", " ")
            for label in [label for label in labels if label in words]:
                seen.add(label)
                is_fact = node.get("class") == "fact"
                is_part = any(label in other and other != label and labels[other] == "accepted" for other in labels)
                if labels[label] != "accepted" and not is_part:
                    assert not is_fact, (page, words)
                    assert any(verdict in words for verdict in VERDICTS), (page, words)
                    assert not re.search(r"\bFact\b", words), (page, words)
    assert len(seen) == len(labels)


def test_each_claim_has_a_place_in_its_article_with_a_link_to_it(
    site: Path, verdicts: dict[str, tuple[str, str]]
) -> None:
    for claim, (verdict, label) in verdicts.items():
        article, _, anchor = claim.removeprefix("https://w3id.org/geopol/id/").rpartition("/")
        root = parse(site / "id" / f"{article}.html")
        (node,) = [n for n in root.iter("li") if n.get("id") == anchor]
        assert label in text(node), claim
        assert (node.get("class") == "fact") == (verdict == "accepted"), claim
        assert any(link.get("href") == f"#{anchor}" for link in node.iter("a")), claim


def test_a_claim_names_its_voice_in_the_sentence(site: Path) -> None:
    words = page_text(site / "id" / "edm-15-177.html")
    assert "Assertion. The author of the article says: According to the caption, Lukashenka is on the left of" in words


def test_facts_stand_before_claims_in_sections_of_their_own(site: Path) -> None:
    words = page_text(site / "id" / "armenia.html")
    facts, claims = words.index("\nWhat happened\n"), words.index("\nWhat is said of Armenia\n")
    assert facts < claims
    assert not re.search(
        r"\n(Allegation|Assertion|Position|Forecast|Evaluation)\b.*\.", words[facts:claims].split("Not facts")[0]
    )
    assert words[claims:].startswith("\nWhat is said of Armenia\nNot facts. ")
    rest = words[claims : words.index("\nRelations and names\n", claims)]
    assert "Fact." not in rest.partition("Set against each other")[0]


def test_the_text_of_an_article_is_shown_only_where_its_licence_is_stated(site: Path) -> None:
    own = page_text(site / "id" / "csto-in-2018.html")
    assert "Azerbaijan was not a member of the CSTO. [sentence 4: 1 fact]" in own
    assert "[Evaluation of Alyaksandr Lukashenka:] a reliable strategic partner" in own
    other = (site / "id" / "edm-15-177.html").read_text(encoding="utf-8")
    assert "I have the text" in other
    assert 'id="text"' not in other


def test_answers_keep_the_mark_in_every_row(site: Path) -> None:
    words = page_text(site / "queries" / "membership-claims.html")
    assert "16 rows: 13 facts and 3 claims." in words
    rows = [node for node in parse(site / "queries" / "membership-claims.html").iter("tr") if node.get("class")]
    assert len(rows) == 16
    for row in rows:
        assert text(row).startswith("Fact" if row.get("class") == "fa" else "Assertion"), text(row)
