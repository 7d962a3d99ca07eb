from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.citations import find_citations
from publisher.draft.gazetteer import Gazetteer

ID = "https://w3id.org/geopol/id/"


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
def test_citations(gazetteer: Gazetteer, text: str, items: list[str]) -> None:
    found = find_citations(text, gazetteer, "2018-12")
    assert [f"{c.printed} = {''.join(o.removeprefix(ID) for o in c.outlets)} {c.edtf}" for c in found] == items
    assert all(text[c.span.start] not in " ," for c in found)


@given(st.text(max_size=80) | st.text(alphabet='(EDM, May 5;12 and)“”"said.', max_size=80))
def test_any_text_gives_places_within_it(gazetteer: Gazetteer, text: str) -> None:
    for citation in find_citations(text, gazetteer, "2018-12"):
        assert 0 <= citation.span.start < citation.span.end <= len(text)
