"""Marks of rows: a row that shows a claim never passes for a fact, in any vocabulary."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from publisher.cli.main import main
from publisher.errors import UsageError
from publisher.query import files, local
from publisher.query.marks import COLUMNS, Mark, mark_of, mark_rows
from publisher.query.results import Answer
from publisher.site.index import SiteIndex
from publisher.site.model import Model, make_model
from publisher.site.terminal import open_model
from publisher.site.vocabulary import TYPE
from publisher.workspace.config import Config
from tests.conftest import ROOT

FACT = Mark("e:f", True, False, "Meeting")
ACCEPTED = Mark("e:a", True, True, "Assertion", "Anna", "Accepted.")
DENIED = Mark("e:d", False, True, "Allegation, a denial", "Boris", "Not judged.")


class Known:
    def of_iri(self, iri: str) -> Mark | None:
        return {mark.node: mark for mark in (FACT, ACCEPTED, DENIED)}.get(iri)

    def of_sentence(self, text: str) -> Mark | None:
        return DENIED if text == "Boris denies it." else None


@pytest.fixture(scope="module")
def model(config: Config, built: Path) -> Model:
    return open_model(config, built)


def run(text: str) -> Answer:
    return local.run(text, ox.Store())


def cells(answer: Answer) -> list[dict[str, Any]]:
    rows = json.loads(answer.body)["results"]["bindings"]
    return [{name: row[name]["value"] for name in COLUMNS if name in row} for row in rows]


@pytest.mark.parametrize(
    ("row", "mark"),
    [
        (["e:f", "e:a", "e:d"], DENIED),
        (["e:f", "e:a"], ACCEPTED),
        (["e:x", "e:f"], FACT),
        (["e:x"], None),
        ([], None),
    ],
)
def test_what_is_no_fact_comes_first(row: list[str], mark: Mark | None) -> None:
    assert mark_of([(iri, True) for iri in row], Known()) == mark


def test_columns() -> None:
    answer = mark_rows(
        run('SELECT ?a ?b { VALUES (?a ?b) { (<e:f> "Boris denies it."@en) (<e:f> 1) (2 UNDEF) } }'), Known()
    )
    assert json.loads(answer.body)["head"]["vars"] == ["a", "b", *COLUMNS]
    assert cells(answer) == [
        {
            "mark": "claim",
            "markKind": "Allegation, a denial",
            "markVoice": "Boris",
            "markVerdict": "Not judged.",
            "markOf": "e:d",
        },
        {"mark": "fact", "markKind": "Meeting", "markOf": "e:f"},
        {},
    ]


def test_claims_within_triple_terms_count() -> None:
    answer = mark_rows(run("SELECT ?t { BIND(<<( <e:x> <e:p> <e:d> )>> AS ?t) }"), Known())
    assert [row["mark"] for row in cells(answer)] == ["claim"]


def test_what_has_no_rows_or_no_marks() -> None:
    rows, truth = run("SELECT ?a { VALUES ?a { <e:d> } }"), run("ASK {}")
    assert mark_rows(rows, None) is rows
    assert mark_rows(truth, Known()) is truth
    with pytest.raises(UsageError, match="the answer to CONSTRUCT is a graph"):
        mark_rows(run("CONSTRUCT WHERE {}"), Known())
    with pytest.raises(UsageError, match="has a column 'markOf' of its own"):
        mark_rows(run("SELECT (1 AS ?markOf) {}"), Known())


def test_every_claim_in_the_answers_of_saved_queries_is_marked(model: Model, built: Path) -> None:
    store, marked = local.load_store([built / "dumps" / "all.nt"]), 0
    for query in files.discover(ROOT / "queries"):
        if query.form != "select":
            continue
        answer = local.run(query.text, store, query.path)
        rows = json.loads(answer.body)["results"]["bindings"]
        for row, cell in zip(rows, cells(mark_rows(answer, model.marks)), strict=True):
            nodes = (f"<{term['value']}>" for term in row.values())
            claims = [model.claims.all[node] for node in nodes if node in model.claims.all]
            if claims:
                marked += 1
                assert cell["mark"] == ("fact" if all(claim.is_fact for claim in claims) else "claim"), query.name
                assert cell["markVoice"]
                assert cell["markVerdict"]
    assert marked > 300


def test_other_vocabularies(config: Config) -> None:
    claims = [
        ("<e:c>", "<e:says>", "<e:anna>"),
        ("<e:c>", TYPE, "<e:Saying>"),
    ]
    ontology = [("<e:Saying>", "<http://www.w3.org/2000/01/rdf-schema#label>", '"saying"@en')]
    terms = {"claim": "e:Saying", "claimant": "e:says"}
    other = replace(config, site=replace(config.site, terms=terms))
    found = make_model(other, SiteIndex(claims, ontology=ontology)).marks
    assert found is not None
    assert found.of_iri("e:c") == Mark("e:c", False, True, "Saying", "e:anna", "No verdict is stated.")
    assert make_model(config, SiteIndex(claims, ontology=ontology)).marks is None


def test_of_two_claims_with_one_sentence_the_one_that_is_no_fact_is_found(model: Model) -> None:
    assert model.marks
    by_sentence: dict[str, set[bool]] = {}
    for claim in model.claims.all.values():
        by_sentence.setdefault(str(model.index.label(claim.node)), set()).add(claim.is_fact)
    for sentence, standings in by_sentence.items():
        mark = model.marks.of_sentence(sentence)
        assert mark is None or mark.is_fact == (standings == {True})


def test_the_command_adds_the_columns(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["query", "who-accuses-whom", "--claimant", "hikmet hajiyev", "--out", str(built)]
    assert main([*arguments, "--marks", "--format", "csv"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.endswith(",mark,markKind,markVoice,markVerdict,markOf")
    assert len(rows) == 2
    assert all(",claim,Allegation,Hikmet Hajiyev,Not judged.," in row for row in rows)
