"""Content negotiation by RFC 9110: cases on which common libraries fail, and properties."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.serve.hosting.accept_patterns import accept_patterns
from publisher.serve.negotiation import REPRESENTATIONS, MediaRange, Representation, available_in, choose

FOUR = REPRESENTATIONS[:4]
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,"
    "text/html;q=0.2,*/*;q=0.1"
)
CASES = [
    ("profile", 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "application/ld+json"),
    ("charset", "text/turtle;charset=utf-8", "text/turtle"),
    ("malformed", "text", "text/html"),
    ("no name", ",,;", "text/html"),
    ("empty", "", "text/html"),
    ("bad weight", "text/turtle;q=abc", "text/turtle"),
    ("tie", "application/ld+json, application/trig, text/turtle", "text/turtle"),
    ("any", "*/*", "text/html"),
    ("refused", "text/html;q=0, */*", "text/turtle"),
    ("old java", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html"),
    ("comunica", COMUNICA, "application/ld+json"),
    ("browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ("named beside a wildcard", "application/n-triples, */*", "application/n-triples"),
    ("half wildcard", "application/*, text/html;q=0.9", "application/ld+json"),
    ("capitals and white space", " Text/Turtle ; Q=0.4 ,\tTEXT/html; q=0.3", "text/turtle"),
    ("quoted comma", 'application/ld+json;profile="a, text/html;q=1", text/turtle;q=0.5', "application/ld+json"),
    ("extension after the weight", "text/turtle;q=0.2;level=1, text/html;q=0.1", "text/turtle"),
    ("too large", "text/turtle;q=9, application/ld+json;q=0.9", "text/turtle"),
    ("specific refusal", "application/*, application/ld+json;q=0", "application/n-triples"),
    ("more specific refusal", "*/*;q=0.1, text/*;q=0, application/n-triples;q=0.1", "application/n-triples"),
    ("none", "image/png", None),
    ("all refused", "*/*;q=0", None),
    ("zero", "text/turtle;q=0.000", None),
    ("open quotation", 'text/turtle;a="b, text/html', "text/turtle"),
    ("empty elements", ",, ,text/turtle,", "text/turtle"),
]


@pytest.mark.parametrize(("name", "header", "expected"), CASES, ids=[case[0] for case in CASES])
def test_cases(name: str, header: str, expected: str | None) -> None:
    chosen = choose(header, FOUR)
    assert (chosen and chosen.media_type) == expected, name


@given(st.text(alphabet=st.sampled_from('abt/*;,=q.01" \\-') | st.characters(), max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    assert choose(header, REPRESENTATIONS) in (*REPRESENTATIONS, None)


RANGES = st.builds(
    MediaRange,
    st.sampled_from(("text", "application", "image")),
    st.sampled_from(("html", "turtle", "ld+json", "n-triples", "rdf+xml", "*")),
    st.integers(0, 2),
    st.integers(0, 1000).map(lambda number: number / 1000),
) | st.builds(MediaRange, st.just("*"), st.just("*"), st.just(0), st.integers(0, 1000).map(lambda n: n / 1000))


def _written(ranges: list[MediaRange], chance: random.Random) -> str:
    """Write ranges as clients do: with white space, in any case, with quoted parameters."""
    elements = []
    for media in ranges:
        name = f"{media.kind}/{media.subtype}"
        name = name.upper() if chance.random() < 0.2 else name
        parameters = [f"p{n}={chance.choice(('x', chr(34) + 'a,b;q=0' + chr(34)))}" for n in range(media.parameters)]
        weight = [] if media.weight == 1 and chance.random() < 0.5 else [f"q={media.weight:.3f}"]
        elements.append(chance.choice((";", " ; ", "; ")).join([name, *parameters, *weight]))
    return chance.choice((",", ", ", " , ")).join(elements)


def _weight(ranges: list[MediaRange], representation: Representation) -> float:
    """Return the weight by the text of the RFC: that of the most specific range."""
    kind, subtype = representation.media_type.split("/")
    for matches in (
        *([m for m in ranges if (m.kind, m.subtype, m.parameters) == (kind, subtype, n)] for n in (2, 1, 0)),
        [m for m in ranges if (m.kind, m.subtype) == (kind, "*")],
        [m for m in ranges if (m.kind, m.subtype) == ("*", "*")],
    ):
        if matches:
            return max(m.weight for m in matches)
    return 0


@given(st.lists(RANGES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_what_is_chosen_has_the_greatest_weight(ranges: list[MediaRange], chance: random.Random) -> None:
    chosen = choose(_written(ranges, chance), REPRESENTATIONS)
    weights = {representation: _weight(ranges, representation) for representation in REPRESENTATIONS}
    if chosen is None:
        assert set(weights.values()) == {0}
    else:
        assert weights[chosen] == max(weights.values()) > 0
    shuffled = chance.sample(ranges, len(ranges))
    assert choose(_written(shuffled, chance), REPRESENTATIONS) == chosen


def test_only_what_is_available_is_chosen() -> None:
    two = available_in(["application/rdf+xml", "text/html"])
    assert [representation.extension for representation in two] == ["html", "rdf"]
    assert choose("text/turtle", two) is None
    chosen = choose("text/turtle, application/rdf+xml;q=0.1", two)
    assert chosen
    assert chosen.extension == "rdf"


PATTERNS = list(accept_patterns(REPRESENTATIONS))
NAMED = st.dictionaries(
    st.sampled_from([*(r.media_type for r in REPRESENTATIONS), "image/png", "*/*"]), st.integers(1, 10), min_size=1
)


@given(NAMED, st.randoms(use_true_random=False))
def test_patterns_choose_by_weights_to_one_decimal(tenths: dict[str, int], chance: random.Random) -> None:
    """What servers without negotiation can do: a wildcard has the least weight, as clients send it."""
    if "*/*" in tenths:
        tenths["*/*"] = min(tenths.values())
    weights = {10: ("", ";q=1", "; q=1.000", ";charset=utf-8", ";q=abc", ';p="x y";q=1')}
    elements = [
        media + chance.choice(weights.get(tenth, (f";q=0.{tenth}", f" ; Q=.{tenth}", f";charset=utf-8; q=0.{tenth}0")))
        for media, tenth in tenths.items()
    ]
    header = chance.choice((",", ", ", " , ")).join(elements)
    chosen = choose(header, REPRESENTATIONS)
    extension = next(
        (pattern.extension for pattern in PATTERNS if re.search(pattern.pattern, header, re.IGNORECASE)), None
    )
    assert extension == (chosen.extension if chosen else None)
