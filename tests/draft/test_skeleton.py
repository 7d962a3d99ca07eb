from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from publisher.cli.main import main
from publisher.draft import draft, skeleton
from publisher.draft.coverage import mismatches
from publisher.draft.sentences import read_text
from publisher.errors import UsageError
from publisher.rdf.vocab import GP, RDF, plain
from publisher.workspace.config import Config
from publisher.workspace.formatter import format_text
from publisher.workspace.sources import Workspace
from tests.conftest import ROOT
from tests.dataset.test_article import MATERIAL, needs_text

OURS = ROOT / "data" / "articles" / "csto-in-2018.txt"
_RUN = 12


def _skeleton(text: str, config: Config, workspace: Workspace, published: str | None = "2018-12") -> str:
    return skeleton.write(draft(text, workspace, published), "a", config)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)}


def test_the_skeleton_points_into_the_text_and_lacks_what_only_a_reader_can_tell(
    config: Config, workspace: Workspace
) -> None:
    text = read_text(OURS)
    triples = [q.triple for q in parse(_skeleton(text, config, workspace), format=RdfFormat.TURTLE)]
    assert list(mismatches(text, triples, {})) == []
    claims = {t.subject for t in triples if t.predicate == RDF.type and t.object == GP.Claim}
    assert len(claims) == 9, "one for each sentence, and one for the quotation"
    assert not {t.predicate for t in triples} & {RDF.subject, RDF.predicate, RDF.object, GP.hasVerdict}


def test_the_skeleton_does_not_conform_before_it_is_completed(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article = small / "data" / "articles" / "un-charter.txt"
    out = small / "data" / "articles" / "again.ttl"
    assert main(["draft", str(article), "--slug", "again", "--out", str(out), "-w", str(small)]) == 0
    assert "sentences" in capsys.readouterr().out
    assert main(["validate", "-w", str(small)]) == 1


def test_a_skeleton_does_not_join_an_encoding(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article, out = small / "data" / "articles" / "un-charter.txt", small / "data" / "articles" / "again.ttl"
    assert main(["draft", str(article), "--out", str(out), "-w", str(small)]) == 2
    assert "un-charter.ttl describes <" in capsys.readouterr().err
    assert not out.exists()
    assert main(["draft", str(article), "--out", str(small / "again.ttl"), "-w", str(small)]) == 0


def test_a_file_with_work_in_it_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.ttl"
    out.write_text("mine", encoding="utf-8")
    assert main(["draft", str(OURS), "--out", str(out), "-w", str(ROOT)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"
    assert main(["draft", str(OURS), "--out", str(tmp_path / "no" / "folder.ttl"), "-w", str(ROOT)]) == 2


def test_the_skeleton_goes_to_standard_output_and_its_summary_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draft", str(OURS), "-w", str(ROOT)]) == 0
    out, err = capsys.readouterr()
    assert list(parse(out, format=RdfFormat.TURTLE))
    assert "id:csto-in-2018 a gp:Article" in out
    assert re.search(r"quotations +1, 0 without a speaker", err)


@pytest.mark.parametrize("slug", ["", "A", "a b", "a--b", "-a", "é", "1a"])
def test_a_slug_that_makes_no_identifier_is_refused(slug: str, config: Config, workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="is no slug"):
        skeleton.write(draft("Text.", workspace), slug, config)


def test_new_items_are_described_and_known_ones_are_not(config: Config, workspace: Workspace) -> None:
    text = "It is so (Trend, November 17). It was so (Trend, May 3; Some Paper, May 5, 2017; Trend, May 30, 2016)."
    written = _skeleton(text, config, workspace)
    described = {
        plain(q.subject).rpartition("/")[2] for q in parse(written, format=RdfFormat.TURTLE) if q.object == GP.Document
    }
    assert described == {"doc-trend-2018-05-03", "doc-some-paper-2017-05-05", "doc-trend-2016-05-30"}
    assert "this outlet is not known" in written
    assert "gp:citesSource id:doc-trend-2018-11-17" in written


def test_a_long_quotation_is_cut_and_so_is_one_that_is_a_sentence(config: Config, workspace: Workspace) -> None:
    long = "one two three four five six seven eight nine ten eleven twelve"
    written = _skeleton(f"Aliyev said “{long}”. “No word of it.”", config, workspace)
    assert "gp:quotation" not in written
    assert written.count("take the few words") == 2


@given(
    st.text(max_size=150)
    | st.lists(
        st.sampled_from(["Aliyev", "Baku", "“said", "”", "(", ")", "EDM", ",", "May", "5", ".", "\n\n", "the"])
    ).map(" ".join)
)
def test_any_text_gives_a_formatted_skeleton_that_parses_and_holds_no_run_of_it(
    config: Config, workspace: Workspace, text: str
) -> None:
    if not text.strip():
        return
    written = _skeleton(text, config, workspace)
    triples = [q.triple for q in parse(written, format=RdfFormat.TURTLE)]
    assert list(mismatches(text, triples, {})) == []
    assert format_text(written) == written, "the layout of 'publisher fmt'"
    assert not _runs(text) & _runs(written)


@needs_text
def test_no_twelve_words_of_the_first_article_are_in_its_skeleton(config: Config, workspace: Workspace) -> None:
    text = read_text(MATERIAL / "article" / "article.txt")
    written = _skeleton(text, config, workspace)
    assert not _runs(text) & _runs(written)
    assert list(mismatches(text, [q.triple for q in parse(written, format=RdfFormat.TURTLE)], {})) == []


def test_the_skeleton_says_which_prefixes_publisher_toml_lacks(config: Config, workspace: Workspace) -> None:
    text = _skeleton("He left.", config, workspace)
    assert f'toml, for messages and dumps:\n#   a = "{config.things}a/"\n\n@prefix a: <{config.things}a/> .\n' in text
    known = replace(config, prefixes={**config.prefixes, "a": f"{config.things}a/"})
    assert "publisher.toml" not in _skeleton("He left.", known, workspace)
