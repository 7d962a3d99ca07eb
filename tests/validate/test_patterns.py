"""Patterns are regular expressions of XPath, whatever the engine runs them by (SHACL, 4.4.3)."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from elementpath.regex import translate_pattern
from hypothesis import given
from hypothesis import strategies as st

from publisher.rdf.vocab import SH
from publisher.validate.engines import compile_shapes

SHAPE = ox.NamedNode("http://e.org/s")


def matches(pattern: str, text: str, flags: str = "") -> bool:
    shapes = [ox.Triple(SHAPE, SH.targetNode, ox.Literal(text)), ox.Triple(SHAPE, SH.pattern, ox.Literal(pattern))]
    validator = compile_shapes([*shapes, ox.Triple(SHAPE, SH.flags, ox.Literal(flags))], "native")
    assert not validator.faults
    return not validator.validate([])


@pytest.mark.parametrize(
    ("pattern", "flags", "good", "bad"),
    [
        ("^a$", "", ["a"], ["a\n", "b"]),
        ("^a.b$", "", ["axb"], ["a\nb", "a\rb"]),
        ("^a.b$", "s", ["axb", "a\nb"], ["ab"]),
        ("^a b$", "ix", ["AB"], ["a b"]),
        ("^a#b$", "x", ["a#b"], ["a"]),
        ("a.b", "q", ["xa.bx"], ["axb"]),
        ("^b", "m", ["a\nb"], ["ab"]),
        (r"^\p{L}+$", "", ["Köln", "москва"], ["K1"]),
        (r"^\i\c*$", "", ["abc", "_a-1.b"], ["1b", "-a"]),
        (r"^\I\C$", "", ["1 "], ["a ", "1a"]),
        (r"^[\i-[:]][\c-[:]]*$", "", ["ab"], ["a:b"]),
        ("^[a-z-[aeiou]]+$", "", ["xyz"], ["abc", "a-"]),
        ("^[a-z-[^x]]$", "", ["x"], ["y"]),
        (r"^\s$", "", [" ", "\t"], ["\u00a0", "\u2003"]),
        (r"^\w$", "", ["a", "é", "1", "+"], ["-", " ", "_"]),
        ("^[a&&b]$", "", ["&", "a", "b"], ["c"]),
        ("^[a~~b]$", "", ["~", "a"], ["c"]),
        (r"^\d$", "", ["1", "٣"], ["a"]),
        ("a-[bc]", "", ["a-b"], ["ab"]),
        (r"^[.\]# -]+$", "x", ["].# -"], ["a"]),
    ],
)
def test_a_pattern_matches_as_in_xpath(pattern: str, flags: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not matches(pattern, text, flags)] == []
    assert [text for text in bad if matches(pattern, text, flags)] == []


ATOMS = st.sampled_from(
    ["a", "b", ".", r"\s", r"\w", r"\d", r"\i", r"\c", "[a-c]", "[^b]", "[a-d-[b]]", r"\.", r"[\w-[a]]", "x?", "-", "&"]
)


@given(st.lists(ATOMS, min_size=1, max_size=4).map("".join), st.text("abcd-.& \n\rx1_é", max_size=4))
def test_patterns_match_as_by_another_implementation(pattern: str, text: str) -> None:
    translated = translate_pattern(pattern, back_references=False, lazy_quantifiers=False)
    assert matches(pattern, text) == (re.search(translated, text) is not None)
