"""The pages of saved queries."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from publisher.query.files import Query
from publisher.rdf.vocab import GP, GPT
from publisher.site.index import SiteIndex
from publisher.site.model import make_model
from publisher.site.pictures import Places
from publisher.site.questions import QuestionPages
from publisher.site.statements import Statements
from publisher.site.vocabulary import PREF_LABEL, TYPE, term
from publisher.workspace.config import load_config
from tests.conftest import ROOT
from tests.site.conftest import SKOS, build_site, write_workspace


def test_the_facts_and_claims_of_a_long_answer_are_those_of_all_rows() -> None:
    claim, verdict, accepted = term(GP, "Claim"), term(GP, "hasVerdict"), term(GPT, "accepted")
    data = [(f"<urn:claim-{number:03}>", TYPE, claim) for number in range(400)]
    data += [(node, verdict, accepted) for node, _, _ in data[:350]]
    ontology = [(claim, TYPE, "<http://www.w3.org/2002/07/owl#Class>")]
    model = make_model(load_config(ROOT), SiteIndex(data, ontology=ontology))
    store = ox.Store()
    store.load("".join(f"{s} {p} {o} .\n" for s, p, o in data).encode(), format=ox.RdfFormat.N_TRIPLES)
    pages = QuestionPages(model, Statements(model), lambda: store, Places(model))
    text = f"SELECT ?claim {{ ?claim a {claim} }} ORDER BY ?claim"
    question = pages.answer(Query("claims", Path("claims.rq"), text, "select"))
    assert (question.count, question.facts, question.claims, len(question.rows)) == (400, 350, 50, 300)


def test_saved_queries_are_asked_of_any_dump(tmp_path: Path) -> None:
    workspace = write_workspace(tmp_path, SKOS.read_text(encoding="utf-8"), queries={"any": "ASK { ?s ?p ?o }\n"})
    with (workspace / "publisher.toml").open("a", encoding="utf-8") as file:
        file.write('[dumps]\nformats = ["ttl"]\ncompressed = "only"\n')
    assert "Yes." in (build_site(workspace) / "queries" / "any.html").read_text(encoding="utf-8")


def test_an_answer_has_dates_in_words_and_each_name_once() -> None:
    xsd, edtf = "http://www.w3.org/2001/XMLSchema#", "http://id.loc.gov/datatypes/edtf/EDTF-level1"
    values = (f'"2018-11-19"^^<{xsd}date>', f'"../2018-12"^^<{edtf}>', f'"2018-11-19T08:00:00Z"^^<{xsd}dateTime>')
    data = [("<urn:a>", PREF_LABEL, '"Summit"@en'), *(("<urn:a>", "<urn:when>", value) for value in values)]
    model = make_model(load_config(ROOT), SiteIndex(data))
    store = ox.Store()
    store.load("".join(f"{s} {p} {o} .\n" for s, p, o in data).encode(), format=ox.RdfFormat.N_TRIPLES)
    pages = QuestionPages(model, Statements(model), lambda: store, Places(model))
    text = f"SELECT * {{ ?thing {PREF_LABEL} ?called ; <urn:when> ?time BIND('2018-19' AS ?season) }} ORDER BY ?time"
    question = pages.answer(Query("when", Path("when.rq"), text, "select"))
    assert question.columns == ("thing", "time", "season")
    assert {str(row.cells[0].part) for row in question.rows} == {"Summit"}
    assert {str(row.cells[1].part) for row in question.rows} == {
        "19 Nov 2018",
        "by December 2018",
        "2018-11-19T08:00:00Z",
    }
    assert {str(row.cells[2].part) for row in question.rows} == {"2018-19"}
