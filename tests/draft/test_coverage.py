from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.main import main
from publisher.draft.coverage import cover, find_encoding
from publisher.draft.sentences import read_text
from publisher.errors import UsageError
from publisher.workspace.sources import Workspace, read_triples
from tests.conftest import ROOT

TEXT = ROOT / "data" / "articles" / "csto-in-2018.txt"
ENCODING = TEXT.with_suffix(".ttl")


def test_our_own_article_is_covered(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert find_encoding(read_text(TEXT), workspace.data).path.name == ENCODING.name
    assert main(["coverage", str(TEXT), "-w", str(ROOT)]) == 0
    assert "8 of 8 sentences have a claim" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("oa:start 42 ;", "oa:start 43 ;", "csto-in-2018:s02-p1: 43–170 has another digest"),
        ("oa:end 170", "oa:end 1700", "csto-in-2018:s02-p1: 42–1700 is outside of the text, which has 767 characters"),
        ("oa:end 170", "oa:end 42", "csto-in-2018:s02-p1: 42–42 is outside of the text, which has 767 characters"),
        ("oa:end 170", 'oa:end "x"', "csto-in-2018:s02-p1: it has no start and end in whole numbers"),
        (
            "gp:isAtPassage csto-in-2018:s04-p1",
            "gp:isAtPassage csto-in-2018:s03-p1",
            "S04: no claim (characters 307–347)",
        ),
        ("a gp:Article", "a gp:Document", "there is no gp:Article in the encoding"),
    ],
)
def test_what_is_missing_or_wrong_is_reported(
    old: str, new: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoding = tmp_path / "a.ttl"
    content = ENCODING.read_text(encoding="utf-8")
    assert old in content
    encoding.write_text(content.replace(old, new), encoding="utf-8")
    assert main(["coverage", str(TEXT), "--encoding", str(encoding), "-w", str(ROOT)]) == 1
    assert message in capsys.readouterr().out


def test_a_claim_yet_to_be_written_is_no_claim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    skeleton = tmp_path / "skeleton.ttl"
    main(["draft", str(TEXT), "--out", str(skeleton), "-w", str(ROOT)])
    assert main(["coverage", str(TEXT), "--encoding", str(skeleton), "-w", str(ROOT)]) == 1
    out = capsys.readouterr().out
    assert "0 of 8 sentences have a claim" in out
    assert "0 do not match" in out


def test_a_text_that_no_article_has_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no article of the workspace has this text"):
        find_encoding("Something else.", workspace.data)


def test_another_edition_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.txt"
    other.write_text(read_text(TEXT) + "More.", encoding="utf-8")
    assert main(["coverage", str(other), "--encoding", str(ENCODING), "-w", str(ROOT)]) == 1
    out = capsys.readouterr().out
    assert "the digest of the whole text differs" in out
    assert "S09: no claim" in out


@given(st.text(max_size=100))
def test_any_text_has_a_share_between_nothing_and_all(text: str) -> None:
    found = cover(text, _TRIPLES, {})
    assert 0 <= found.share <= 1
    assert not found.is_complete


_TRIPLES = read_triples(ENCODING)
