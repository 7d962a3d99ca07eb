from __future__ import annotations

import pytest

from publisher.draft import draft
from publisher.draft.analysis import analyze, summary_text
from publisher.draft.gazetteer import make_gazetteer
from publisher.draft.sentences import read_text
from publisher.errors import UsageError
from publisher.rdf.vocab import RDF, plain
from publisher.workspace.sources import Workspace, read_triples
from tests.conftest import ROOT
from tests.dataset.test_article import MATERIAL, needs_text
from tests.measure_draft import Score, measure, table

BASE = "https://w3id.org/geopol/"
OURS = ROOT / "data" / "articles" / "csto-in-2018.txt"


def test_a_blank_text_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="blank"):
        draft(" \n", workspace)


def test_the_scores_are_what_they_are_called() -> None:
    score = Score("dates", found=4, right=3, encoded=6, recalled=3)
    assert (score.precision, score.recall) == (0.75, 0.5)
    assert table([score]).endswith("| dates | 4 | 75% | 6 | 50% |")


# Not below these: precision and recall in percent.
FLOOR = {
    "entities, the longest names": (95, 62),
    "entities, names within names too": (90, 75),
    "entities, the longest names, without hidden labels": (95, 52),
    "entities, names within names too, without hidden labels": (90, 57),
    "dates": (96, 90),
    "citations": (100, 100),
    "quotations, first speaker": (90, 90),
    "quotations, any of three speakers": (100, 100),
}


@needs_text
def test_the_draft_of_the_first_article_finds_what_the_documentation_says(workspace: Workspace) -> None:
    scores = measure(read_text(MATERIAL / "article" / "article.txt"), "2018-12", workspace)
    assert [s.kind for s in scores] == list(FLOOR)
    low = [s for s in scores if s.precision * 100 < FLOOR[s.kind][0] or s.recall * 100 < FLOOR[s.kind][1]]
    assert low == []
    page = (ROOT / "docs" / "adding-an-article.md").read_text(encoding="utf-8")
    assert table(scores) in page, "the figures are out of date; run: python -m tests.measure_draft ARTICLE.txt"


def test_our_own_article_is_encoded_as_its_skeleton_proposes(workspace: Workspace) -> None:
    found = draft(read_text(OURS), workspace, "2026-11-24").sentences
    encoded = {
        (plain(t.object)) for t in read_triples(OURS.with_suffix(".ttl")) if t.predicate in (RDF.subject, RDF.object)
    }
    named = {m.entities[0] for one in found for m in one.mentions}
    assert len(named & encoded) >= 8


def _read(text: str, workspace: Workspace, language: str = "en") -> list[tuple[str, tuple[str, ...]]]:
    analyses = draft(text, workspace, "2024-07-09", language).sentences
    quotations = (quotation for each in analyses for quotation in each.quotations)
    return [(text[q.span.start : q.span.end], q.speakers) for q in quotations]


def test_quotation_of_several_sentences_has_a_part_in_each(workspace: Workspace) -> None:
    speaker = (f"{BASE}id/alyaksandr-lukashenka",)
    text = "Lukashenka said: “Both sides are to blame. This is our own quarrel,” and left. It was “sad.”"
    parts = [("Both sides are to blame", speaker), ("This is our own quarrel", speaker), ("sad", ())]
    assert _read(text, workspace)[:2] == parts[:2]
    assert [words for words, _ in _read(text, workspace)] == [words for words, _ in parts]
    assert _read("He said “this. And that.\n\nWhere does it end?” No.", workspace) == []  # not of one paragraph


def test_another_language_has_no_english_grammar(workspace: Workspace) -> None:
    text = "« Nous restons neutres », said Lukashenka on May 5 (BelTA, May 6). Le 2018-02-03."
    result = draft(text, workspace, "2024-07-09", "fr")
    assert _read(text, workspace, "fr") == [("Nous restons neutres", ())]
    assert [date.edtf for each in result.sentences for date in each.dates] == ["2018-02-03"]
    assert "in English alone" in summary_text(result)
    with pytest.raises(UsageError, match="is no language"):
        draft(text, workspace, None, 'fr" ; <')


def test_title_in_a_citation_is_no_quotation(workspace: Workspace) -> None:
    text = "Minsk hesitates (The Gazette, “Neither East nor West,” December 8, 2018)."
    (analysis,) = draft(text, workspace).sentences
    assert [citation.printed for citation in analysis.citations] == ["The Gazette, December 8, 2018"]
    assert analysis.quotations == ()


@pytest.mark.parametrize("name", ["Belta", "BELTA.by", "www.belta.by", "BelTA [Minsk]"])
def test_outlet_in_another_spelling(name: str, workspace: Workspace) -> None:
    (analysis,) = draft(f"Minsk agreed ({name}, November 30, 2018).", workspace).sentences
    assert [citation.outlets for citation in analysis.citations] == [(f"{BASE}id/belta",)]


@pytest.mark.parametrize(
    "text", [" " * 60_000, ". " + "." * 60_000, "(a. b) " * 8_000, "“The talks” went on on 5 May 2018. " * 2_000]
)
def test_time_is_in_proportion_to_the_text(text: str) -> None:
    """Each of these took minutes when the time was in proportion to the square of the length."""
    analyses = analyze(f"A title. {text}", make_gazetteer([], []), "2024-07-09")
    assert len(analyses) in (1, 2, 3, 2_001)
