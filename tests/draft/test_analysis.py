from __future__ import annotations

import pytest

from publisher.draft import draft
from publisher.draft.sentences import read_text
from publisher.errors import UsageError
from publisher.rdf.vocab import RDF, plain
from publisher.workspace.sources import Workspace, read_triples
from tests.conftest import ROOT
from tests.dataset.test_article import MATERIAL, needs_text
from tests.measure_draft import Score, measure, table

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
