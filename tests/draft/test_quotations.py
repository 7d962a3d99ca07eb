from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.gazetteer import Gazetteer
from publisher.draft.quotations import SpeakerCandidates, find_quotations
from publisher.draft.sentences import Span

ID = "https://w3id.org/geopol/id/"


@pytest.mark.parametrize(
    ("text", "words", "speakers"),
    [
        ("President Aliyev of Belarus called it “good.”", "good", ["ilham-aliyev"]),
        ("“We agree,” Lukashenka said of Armenia.", "We agree", ["alyaksandr-lukashenka"]),
        ("Lukashenka told Armenia’s envoy that it was «good».", "good", ["alyaksandr-lukashenka"]),
        ('Yerevan claims that Minsk is "wrong".', "wrong", ["armenia", "belarus"]),
        ("The so-called “war” in Armenia.", "war", []),
        ("He added that it was “good”.", "good", ["nikol-pashinyan"]),
    ],
)
def test_quotations(gazetteer: Gazetteer, text: str, words: str, speakers: list[str]) -> None:
    agents = tuple(m for m in gazetteer.find(text) if gazetteer.agents.intersection(m.candidates))
    (found,) = find_quotations(text, Span(0, len(text)), SpeakerCandidates(agents, (f"{ID}nikol-pashinyan",)))
    assert text[found.span.start : found.span.end] == words
    assert [s.removeprefix(ID) for s in found.speakers] == speakers[: len(found.speakers)]
    assert bool(found.speakers) == bool(speakers)


@given(st.text(max_size=80) | st.text(alphabet='(EDM, May 5;12 and)“”"said.', max_size=80))
def test_any_text_gives_places_within_it(text: str) -> None:
    for quotation in find_quotations(text, Span(0, len(text)), SpeakerCandidates()):
        assert 0 <= quotation.span.start < quotation.span.end <= len(text)
