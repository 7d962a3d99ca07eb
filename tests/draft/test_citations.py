from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.citations import Voices, citations, quotations
from publisher.draft.gazetteer import Gazetteer, gazetteer
from publisher.draft.sentences import Span
from publisher.workspace.sources import Workspace, triples_of

ID = "https://w3id.org/geopol/id/"


@pytest.fixture(scope="module")
def known(workspace: Workspace) -> Gazetteer:
    return gazetteer(triples_of(workspace.data), triples_of(workspace.ontology))


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("(see EDM, December 6)", ["EDM, December 6 = eurasia-daily-monitor 2018-12-06"]),
        (
            "(President.az 1 and 2, Belta.by, November 19)",
            [
                "President.az 1, November 19 = president-az 2018-11-19",
                "President.az 2, November 19 = president-az 2018-11-19",
                "Belta.by, November 19 = belta 2018-11-19",
            ],
        ),
        (
            "(42.tut.by, November 23, 2018; see EDM, December 12, 2017)",
            [
                "42.tut.by, November 23, 2018 = tut-by 2018-11-23",
                "EDM, December 12, 2017 = eurasia-daily-monitor 2017-12-12",
            ],
        ),
        (
            "(Eurasianet.org, November 9, 21)",
            [
                "Eurasianet.org, November 9 = eurasianet 2018-11-09",
                "Eurasianet.org, November 21 = eurasianet 2018-11-21",
            ],
        ),
        (
            "(Trend, November 9, 21, 2017)",
            ["Trend, November 9, 2017 = trend 2017-11-09", "Trend, November 21, 2017 = trend 2017-11-21"],
        ),
        (
            "(Trend, May 5, EDM, May 6)",
            ["Trend, May 5 = trend 2018-05-05", "EDM, May 6 = eurasia-daily-monitor 2018-05-06"],
        ),
        ("(The Example Times, May 5)", ["The Example Times, May 5 =  2018-05-05"]),
        ("(see example.org, May 5)", ["example.org, May 5 =  2018-05-05"]),
        ("(held on December 9)", []),
        ("(November 14)", []),
        ("(Minsk, May 5)", []),
        ("(CSTO)", []),
    ],
)
def test_citations(known: Gazetteer, text: str, items: list[str]) -> None:
    found = citations(text, known, "2018-12")
    assert [f"{c.printed} = {''.join(o.removeprefix(ID) for o in c.outlets)} {c.edtf}" for c in found] == items
    assert all(text[c.span.start] not in " ," for c in found)


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
def test_quotations(known: Gazetteer, text: str, words: str, speakers: list[str]) -> None:
    agents = tuple(m for m in known.find(text) if known.agents.intersection(m.candidates))
    (found,) = quotations(text, Span(0, len(text)), Voices(agents, (f"{ID}nikol-pashinyan",)))
    assert text[found.span.start : found.span.end] == words
    assert [s.removeprefix(ID) for s in found.speakers] == speakers[: len(found.speakers)]
    assert bool(found.speakers) == bool(speakers)


@given(st.text(max_size=80) | st.text(alphabet='(EDM, May 5;12 and)“”"said.', max_size=80))
def test_any_text_gives_places_within_it(known: Gazetteer, text: str) -> None:
    for item in citations(text, known, "2018-12"):
        assert 0 <= item.span.start < item.span.end <= len(text)
    for quotation in quotations(text, Span(0, len(text))):
        assert 0 <= quotation.span.start < quotation.span.end <= len(text)
