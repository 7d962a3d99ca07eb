"""What readers of the first article ask, and which saved query answers it with which parameters.

Each entry names columns of the answer and rows that they must have; ``all`` says that there are no others.
"""

from __future__ import annotations

from typing import NamedTuple

import pyoxigraph as ox
import pytest

from publisher.query import files, local, parameters, results
from publisher.workspace.config import Config
from tests.conftest import ROOT

FOLDER = ROOT / "queries"
Rows = set[tuple[str, ...]]


class Answer(NamedTuple):
    question: str
    query: str
    given: dict[str, str]
    columns: str
    rows: Rows
    all: bool = False


ARTICLE = "id:edm-15-177"
AUTHOR = "author of the article (not named in the text)"


def numbers(*sentences: int) -> Rows:
    return {(ARTICLE, str(number)) for number in sentences}


ANSWERS = [
    Answer(
        "Q01",
        "article-and-periodical",
        {},
        "title periodical volume issue",
        {("The Broader Security Context of Azerbaijani-Belarusian Ties", "Eurasia Daily Monitor", "15", "177")},
    ),
    Answer(
        "Q03",
        "visits",
        {"visitor": "id:ilham-aliyev"},
        "placeName time",
        {("territory of Belarus", "2018-11-19")},
        True,
    ),
    Answer(
        "Q05",
        "what-was-signed",
        {},
        "instrument partName",
        {("id:agreements-2018-11-19", "agreement on the supply of air-defence weapons of 19 November 2018")},
    ),
    Answer("Q07", "armed-conflicts", {}, "alsoKnownAs", {("Four Day War",)}),
    Answer("Q09", "what-a-thing-is", {"thing": "id:iskander"}, "value", {("Theatre ballistic missile system.",)}),
    Answer(
        "Q09",
        "who-supplied-what-to-whom",
        {"recipient": "id:armenia"},
        "layer supplierName weaponName payment",
        {("fact", "Russia", "Iskander theater ballistic missile system", "gpt:credit")},
    ),
    Answer(
        "Q11",
        "who-holds-which-office",
        {"person": "id:stanislav-zas", "date": "2018-12-10"},
        "office inOffice",
        {("id:secretary-of-the-security-council-of-belarus", "yes")},
        True,
    ),
    Answer("Q11", "graduates", {}, "person schoolName", {("id:stanislav-zas", "Baku Higher Military Command School")}),
    Answer(
        "Q13",
        "members-of-organizations",
        {},
        "layer member organizationName",
        {("fact", "id:azerbaijan", "Non-Aligned Movement")},
    ),
    Answer(
        "Q15",
        "names-of-a-thing",
        {"thing": "id:csto"},
        "name",
        {("Collective Security Treaty Organization",), ("CSTO",)},
    ),
    Answer("Q15", "claims-of-a-relation", {"relation": "gp:leads"}, "subjectName", {("Russia",)}),
    Answer(
        "Q17",
        "membership-claims",
        {"organization": "id:csto"},
        "agentName negated sentence",
        {("Azerbaijan", "true", number) for number in ("16", "21", "41")},
    ),
    Answer(
        "Q19",
        "positions",
        {"agent": "id:belarus"},
        "stance matterName sentence",
        {
            ("supports", "principle of territorial integrity", "8"),
            ("supports", "inviolability of the borders of Azerbaijan", "8"),
            ("supports", "resolutions of the United Nations Security Council on the Karabakh conflict", "8"),
        },
    ),
    Answer(
        "Q21",
        "who-accuses-whom",
        {"claimant": "id:ilham-aliyev", "accused": "id:armenia"},
        "sentence date addresseeName citation",
        {
            (
                number,
                "2018-11-14",
                "ambassador of Belarus to Azerbaijan in November 2018 (unnamed)",
                "President.az, November 14",
            )
            for number in ("19", "20")
        },
        True,
    ),
    Answer(
        "Q23",
        "what-is-contested",
        {},
        "oneVoice relation otherVoice",
        {
            ("Ministry of Foreign Affairs of Azerbaijan", relation, "Yuri Khachaturov")
            for relation in ("responds to", "judges")
        },
    ),
    Answer(
        "Q25",
        "positions",
        {},
        "agentName stance matterName sentence",
        {
            ("Belarus", "opposes", "Armenian claims within the CSTO", "32"),
            ("Kazakhstan", "opposes", "Armenian claims within the CSTO", "32"),
            ("Russia", "hasFeature", "situational neutrality in the internal process of the CSTO", "32"),
        },
    ),
    Answer(
        "Q25",
        "reasons-given",
        {},
        "reason consequence",
        {("edm-15-177:s32-c4", "edm-15-177:s32-c2"), ("edm-15-177:s32-c4", "edm-15-177:s32-c3")},
    ),
    Answer(
        "Q27",
        "reasons-given",
        {},
        "reason consequence",
        {("edm-15-177:s12-c8", "id:transfer-of-polonez-to-azerbaijan")},
    ),
    Answer("Q29", "days-between-encounters", {}, "days", {("2",), ("5",), ("7",)}),
    Answer(
        "Q31",
        "quotations",
        {"speaker": "id:alyaksandr-lukashenka"},
        "quotation date addresseeName",
        {
            ("a reliable strategic partner", "2018-11-19", ""),
            (
                "Belarus has no closed topics",
                "2018-11-12",
                "ambassador of Azerbaijan to Belarus in November 2018 (unnamed)",
            ),
        },
        True,
    ),
    Answer(
        "Q33",
        "sources-by-sentence",
        {"outlet": "id:eurasia-daily-monitor"},
        "sentence own issued",
        {
            ("4", "true", "2018-12-06"),
            ("10", "true", "2017-12-12"),
            ("12", "true", "2018-06-19"),
            ("24", "true", "2018-10-01"),
            ("34", "true", "2018-06-19"),
            ("36", "true", "2018-12-10"),
        },
    ),
    Answer("Q35", "reasons-given", {}, "reason consequence", {("edm-15-177:s19-c3", "edm-15-177:s19-c1")}),
    Answer(
        "Q37",
        "who-gains-and-who-loses",
        {},
        "sentence effect affectedName viewOfName",
        {("13", "gains", "Azerbaijan", ""), ("13", "gains", "Belarus", ""), ("13", "loses", "Armenia", "Armenia")},
    ),
    Answer("Q39", "forecasts", {}, "article sentence", numbers(6, 11, 28, 29, 33, 34, 43), True),
    Answer(
        "Q41",
        "who-said-what-to-whom",
        {"from": "2018-11-05", "until": "2018-11-22"},
        "speaker begin sentence",
        {("id:alyaksandr-lukashenka", "2018-11-12", "15"), ("id:alyaksandr-lukashenka", "2018-11-19", "7")}
        | {("id:ilham-aliyev", "2018-11-14", number) for number in ("17", "18", "19", "20")}
        | {("id:ilham-aliyev", "2018-11-19", number) for number in ("6", "8")},
    ),
    Answer(
        "Q43",
        "strings-in-quotation-marks",
        {},
        "words owner ownerName",
        {
            ("military-technical cooperation", "speaker", "Ilham Aliyev"),
            ("another consignment of military equipment", "speaker", "Ilham Aliyev"),
            ("a reliable strategic partner", "speaker", "Alyaksandr Lukashenka"),
            ("Four Day War", "common name", ""),
            ("Belarus has no closed topics", "speaker", "Alyaksandr Lukashenka"),
            ("[W]e are not indifferent", "speaker", "Ilham Aliyev"),
            ("created by Armenia", "speaker", "Ilham Aliyev"),
            ("a ceasefire violation", "speaker", "Yuri Khachaturov"),
            ("biased [and] contradictory", "speaker", "Ministry of Foreign Affairs of Azerbaijan"),
            ("responsibility", "no speaker", ""),
            ("pro-Armenian", "no speaker", ""),
            ("quieter than water below the grass", "speaker", "Moskovsky Komsomolets"),
        },
    ),
    Answer(
        "Q45",
        "sentences-without-a-citation",
        {},
        "article sentence",
        numbers(5, 6, 11, 14, 16, 17, 18, 19, 21, 23, 25, 27, 29, 30, 37, 39, 41, 42, 43),
        True,
    ),
    Answer(
        "Q47",
        "sentences-with-several-sources",
        {},
        "article sentence sources",
        {(ARTICLE, "7", "4"), (ARTICLE, "10", "2"), (ARTICLE, "31", "2")},
        True,
    ),
    Answer(
        "Q49",
        "what-a-source-supports",
        {"source": "id:doc-president-az-2018-11-14"},
        "article sentence",
        numbers(17, 18, 19, 20),
        True,
    ),
    Answer(
        "Q51",
        "outlets-by-number-of-citations",
        {},
        "article outlet documents",
        {
            (ARTICLE, "id:eurasia-daily-monitor", "6"),
            (ARTICLE, "id:president-az", "3"),
            (ARTICLE, "id:president-gov-by", "2"),
            (ARTICLE, "id:azertag", "2"),
            (ARTICLE, "id:eurasianet", "2"),
            (ARTICLE, "id:kommersant", "2"),
        },
    ),
    Answer(
        "Q53",
        "view-of-a-side",
        {"state": "id:armenia"},
        "sentence voice",
        {("13", "ascribed"), ("34", "ascribed"), ("23", "own, only from there")},
        True,
    ),
    Answer(
        "Q55",
        "chain-of-reasons",
        {"thing": "id:stanislav-zas"},
        "step next nextKind",
        {
            ("edm-15-177:s33-c2", "edm-15-177:s34-c1", "Forecast"),
            ("edm-15-177:s33-c3", "edm-15-177:s34-c1", "Forecast"),
            ("edm-15-177:s33-c1", "edm-15-177:s34-c1", "Forecast"),
            ("edm-15-177:s34-c1", "edm-15-177:s34-c2", "Forecast"),
        },
    ),
    Answer(
        "Q57",
        "what-concerns-a-thing",
        {"thing": "id:russia"},
        "layer role sentence",
        {
            ("fact", "hasSupplier", ""),
            ("claim", "subject: leads", "15"),
            ("claim", "subject: leads", "24"),
            ("claim", "subject: suppliedArmsTo", "30"),
            ("claim", "object: isPartnerOf", "24"),
            ("claim", "subject: hasFeature", "32"),
            ("claim", "object: hasOrigin", "38"),
        },
    ),
    Answer(
        "Q59",
        "loaded-statements-of-the-author",
        {},
        "article sentence",
        numbers(8, 13, 24, 25, 27, 29, 30, 31, 32, 35, 40, 43),
    ),
    Answer(
        "T01",
        "who-supplied-what-to-whom",
        {"recipient": "id:azerbaijan"},
        "layer supplierName modality voiceName sentence",
        {("claim", "Belarus", "gpt:possible", "Ilham Aliyev", "6")},
    ),
    Answer(
        "T04",
        "sources-by-sentence",
        {"outlet": "id:eurasianet"},
        "sentence issued",
        {("31", "2018-11-09"), ("31", "2018-11-21")},
        True,
    ),
    Answer(
        "T06", "sources-that-may-be-the-same", {}, "one other modality", {("id:1new-az", "id:1news-az", "gpt:likely")}
    ),
    Answer(
        "T07",
        "who-holds-which-office",
        {"person": "id:nikol-pashinyan", "date": "2018-12-08"},
        "office acting inOffice",
        {("id:prime-minister-of-armenia", "true", "yes")},
        True,
    ),
    Answer(
        "T10",
        "claims-of-a-relation",
        {"relation": "gp:occupies"},
        "claimantName sentence",
        {(AUTHOR, "8"), ("Ilham Aliyev", "19"), ("Hikmet Hajiyev", "22"), (AUTHOR, "25"), (AUTHOR, "43")},
        True,
    ),
    Answer(
        "T13",
        "sources-that-may-be-the-same",
        {},
        "one other modality",
        {("id:doc-edm-2018-06-19", "id:doc-edm-2018-06-19-s34", "gpt:possible")},
    ),
    Answer("T13", "outlets-by-number-of-citations", {}, "outlet documents dates", {("id:president-az", "3", "2")}),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=[f"{answer.question}-{answer.query}" for answer in ANSWERS])
def test_saved_query_answers_the_question(answer: Answer, store: ox.Store, config: Config) -> None:
    query = files.find(answer.query, FOLDER)
    rows = local.run(parameters.bind(query, answer.given, config.prefixes), store).rows()
    assert isinstance(rows, ox.QuerySolutions)
    found = {tuple(results._cell(row[name], config.prefixes) for name in answer.columns.split()) for row in rows}
    if answer.query in ("forecasts", "sentences-without-a-citation"):  # of every article
        found = {row for row in found if row[0] == ARTICLE}
    assert found == answer.rows if answer.all else found >= answer.rows, found


def test_header_of_a_query_names_the_questions_that_it_answers() -> None:
    named = {(question, query.name) for query in files.discover(FOLDER) for question in query.competency_questions}
    assert {(answer.question, answer.query) for answer in ANSWERS} <= named


def test_each_question_is_answered() -> None:
    assert len({answer.question for answer in ANSWERS}) == 36
