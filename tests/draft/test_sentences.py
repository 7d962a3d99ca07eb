from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.sentences import digest, read_text, split
from publisher.errors import SourceError
from tests.dataset.test_article import MATERIAL, needs_text


def _split(text: str) -> list[str]:
    return [text[s.span.start : s.span.end] for s in split(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["He left the U.S.", "The Senate met."],
        [
            "Brig. Gen. Ali met Amb. Lee and Pres. Kim under para. 11 of Res. 2140.",
            "It was min. work for a para.",
            "He left.",
        ],
        ["1. Arms were halted.", "2. Talks began.", "B. Who?"],
        ["Mr. Smith of the U.S. Department spoke.", "J. F. Kennedy listened."],
        ["It is on President.az today.", "Another address is 42.tut.by, too."],
        ["They met on Dec. 9 (see EDM, December 6).", "(See there. It is long.)", "Then they left."],
        ["He said “No.”", "She said “Why?” and left.", "«Да», сказал он."],
        ["It rose by 3.5 percent.", "Was it so?", "It was!"],
        ["Հայաստանը անդամ է։", "Ադրբեջանը անդամ չէ։"],
        ["Он ушёл.", "Она осталась."],
        ["他走了。", "她来了！"],
        ["The firm is Smith Inc. of London.", "A rival is Jones Ltd.", "The two met."],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    joint = "" if sentences[0].endswith("。") else " "
    assert _split(joint.join(sentences)) == sentences


def test_headings_and_captions_are_sentences_of_their_own() -> None:
    long = "A long line that is a paragraph by itself, " * 4
    text = f"A title\nA caption\n{long}. And so on.\n\n\nThe end."
    assert _split(text) == ["A title", "A caption", f"{long}.", "And so on.", "The end."]
    assert [s.paragraph for s in split(text)] == [1, 2, 3, 3, 4]


def test_a_wrapped_text_has_paragraphs_between_blank_lines() -> None:
    assert _split("A title\n\nIt is\nwrapped. By\nhand.\n") == ["A title", "It is\nwrapped.", "By\nhand."]


def test_offsets_are_code_points() -> None:
    text = "𝔸 title.\n\nBäku é. Next."
    assert [(s.span.start, s.span.end) for s in split(text)] == [(0, 8), (10, 17), (18, 23)]


@given(st.text(max_size=200) | st.text(alphabet="Aa.!?()“” \n\t։。", max_size=200))
def test_every_character_but_blanks_is_in_one_sentence(text: str) -> None:
    found = split(text)
    left, reached = "", 0
    for sentence in found:
        assert reached <= sentence.span.start < sentence.span.end
        left += text[reached : sentence.span.start]
        reached = sentence.span.end
    assert not (left + text[reached:]).strip()
    assert [s.number for s in found] == list(range(1, len(found) + 1))


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\r\nb")
    assert read_text(path) == "a\r\nb"
    assert digest("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    path.write_bytes(b"\xff")
    with pytest.raises(SourceError, match="not UTF-8 at byte 0"):
        read_text(path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_text(tmp_path)


@needs_text
def test_the_first_article_is_split_as_its_editors_did() -> None:
    text = read_text(MATERIAL / "article" / "article.txt")
    expected = json.loads((MATERIAL / "article" / "sentences.json").read_text(encoding="utf-8"))
    assert [(s.span.start, s.span.end) for s in split(text)] == [(s["char_start"], s["char_end"]) for s in expected]
