"""The published dataset keeps the Data on the Web Best Practices (https://www.w3.org/TR/dwbp/) that files can keep.

What the OOPS! and FOOPS! tests ask of the published ontology is in test_ontology.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from publisher.query import files, local, results
from publisher.rdf.vocab import RDF
from publisher.workspace.config import Config
from tests.conftest import ROOT

PREFIXES: Final = """
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gp: <https://w3id.org/geopol/ns#> PREFIX gpt: <https://w3id.org/geopol/terms#>
PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX void: <http://rdfs.org/ns/void#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
CHANGES: Final = ROOT / "docs" / "ontology-changes.md"

# Practices that no check of files can decide, and why.
WITHOUT_CHECK: Final = {
    6: "quality is what the shapes check, and what validate reports",
    15: "reuse of vocabularies is foops-VOC1 and foops-VOC2",
    16: "the right formalisation is the OWL 2 RL profile: the checks rl-*",
    19: "content negotiation is for the server",
    20: "real-time access is for the server",
    21: "how current the data are depends on the articles",
    22: "unavailable data are told by the server",
    23: "an API is for the server",
    24: "web standards of an API are for the server",
    25: "documentation of an API is for the server",
    28: "preservation is for the archive",
    29: "feedback is gathered in the repository",
    30: "feedback is public in the repository",
    33: "feedback to original publishers is for people",
    34: "the terms of the sources are kept by holding no text of theirs",
}


class Published:
    """The published files, and the triples of the data, of the ontology and of the description."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config
        self.store = ox.Store()
        for path in ("all.nt", "void.ttl"):
            self.store.extend(ox.Quad(*quad.triple) for quad in ox.parse(path=str(folder / "dumps" / path)))

    def ask(self, pattern: str) -> bool:
        """Return whether a graph pattern matches."""
        return bool(self.store.query(f"{PREFIXES} ASK {{ {pattern} }}"))

    def none(self, pattern: str) -> bool:
        return not self.ask(pattern)


def _has_versions(published: Published) -> bool:
    rows = published.store.query(f"{PREFIXES} SELECT ?v {{ ?o a owl:Ontology ; owl:versionIRI ?v }}")
    assert isinstance(rows, ox.QuerySolutions)
    names = [row["v"].value.removeprefix(published.config.base) for row in rows]
    return bool(names) and all((published.folder / f"{n}.ttl").is_file() for n in names if not n.startswith("shapes"))


CHECKS: Final[dict[int, tuple[str, Callable[[Published], bool]]]] = {
    1: ("metadata are published with the data", lambda p: (p.folder / "dumps" / "void.ttl").is_file()),
    2: (
        "the dataset has title, description, publisher and date",
        lambda p: p.ask(
            "?d a dcat:Dataset ; dcterms:title ?t ; dcterms:description ?e ; dcterms:publisher ?w ; dcterms:issued ?i"
        ),
    ),
    3: ("the vocabularies of the data are named", lambda p: p.ask("?d void:vocabulary ?v")),
    4: (
        "dataset and ontologies have a licence",
        lambda p: (
            p.ask("?d a dcat:Dataset ; dcterms:license ?l")
            and p.none("?o a owl:Ontology FILTER NOT EXISTS { ?o dcterms:license ?l }")
        ),
    ),
    5: ("the build and its sources are described", lambda p: p.ask("?b a prov:Activity ; prov:used ?s")),
    7: (
        "the version is stated",
        lambda p: p.ask(f'?d a dcat:Dataset ; dcat:version|owl:versionInfo "{p.config.version}"'),
    ),
    8: (
        "each ontology names its prior version",
        lambda p: p.none("?o a owl:Ontology FILTER NOT EXISTS { ?o owl:priorVersion ?v }"),
    ),
    9: ("the identifier of the dataset is persistent", lambda p: p.config.base.startswith("https://w3id.org/")),
    10: (
        "all claims and facts have identifiers of the dataset",
        lambda p: p.none(
            f'{{ ?s a gp:Claim }} UNION {{ ?s a gp:Situation }} FILTER(!STRSTARTS(STR(?s), "{p.config.base}"))'
        ),
    ),
    11: ("each version of an ontology has an identifier and files", _has_versions),
    12: ("a standard format is published", lambda p: (p.folder / "dumps" / "all.ttl").is_file()),
    13: (
        "days do not depend on a locale",
        lambda p: p.none(r'?s ?p ?o FILTER(DATATYPE(?o) = xsd:date && !REGEX(STR(?o), "^\\d{4}-\\d\\d-\\d\\d$"))'),
    ),
    14: ("several formats are published", lambda p: len(list((p.folder / "dumps").glob("all.*"))) >= 5),
    17: ("the whole can be downloaded", lambda p: p.ask("?d void:dataDump|dcat:distribution/dcat:downloadURL ?f")),
    18: ("parts can be downloaded", lambda p: (p.folder / "dumps" / "asserted.ttl").is_file()),
    26: ("removed terms are told, and none is used", lambda p: not [t for t in _removed() if p.ask(f"{t} ?p ?o")]),
    27: ("no term is two things", lambda p: p.none("?t a owl:Class , owl:ObjectProperty")),
    31: ("things are linked with other datasets", lambda p: p.ask("?l a void:Linkset")),
    32: ("there are pictures beside the tables", lambda p: (p.folder / "timeline.html").is_file()),
    35: (
        "each claim names the place in its article",
        lambda p: p.none("?c a gp:Claim FILTER NOT EXISTS { ?c gp:isAtPassage/oa:hasSource ?a }"),
    ),
}


def _removed() -> list[str]:
    """Return the terms that the page of changes has renamed or removed and that nothing else is called now."""
    text = CHANGES.read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.partition("### Redefined")[0].splitlines() if line.startswith("| `g")]
    kept = {"gp:hasRecipient", "gp:isReasonFor"}
    return sorted({term for row in rows for term in re.findall(r"gpt?:\w+", row)} - kept)


@pytest.fixture(scope="module")
def published(built: Path, config: Config) -> Published:
    return Published(built, config)


@pytest.mark.parametrize("number", CHECKS, ids=[f"{n}-{words.replace(' ', '-')}" for n, (words, _) in CHECKS.items()])
def test_best_practice(number: int, published: Published) -> None:
    assert CHECKS[number][1](published)


def test_every_practice_is_accounted_for() -> None:
    assert not CHECKS.keys() & WITHOUT_CHECK.keys()
    assert sorted(CHECKS.keys() | WITHOUT_CHECK.keys()) == list(range(1, 36))


# --- changes of the ontology ----------------------------------------------------------------------

OLD: Final = """
PREFIX gp: <https://w3id.org/geopol/ns#> PREFIX e: <https://e.org/>
INSERT DATA {
  e:c a gp:FactualClaim .
  e:v a gp:Visit ; gp:hasVisitor e:p . e:s a gp:Signing ; gp:hasSignatory e:p ; gp:signsInstrument e:i .
  e:m a gp:SanctionMeasure ; gp:hasSanctioner e:p ; gp:hasRecipient e:q . e:g a gp:Graduation ; gp:hasGraduate e:p .
  e:w a gp:CommunicativeAct ; gp:hasRecipient e:q .
  e:t a gp:ArmsTransfer ; gp:hasRecipient e:q ; gp:isUnderAgreement e:i .
  e:f a gp:CeasefireViolation . e:e a gp:Election ; gp:fillsSeatsOf e:b .
}
"""


def test_update_makes_data_of_the_old_ontology_new(published: Published) -> None:
    update = re.search(r"```sparql-update\n(.*?)```", CHANGES.read_text(encoding="utf-8"), re.DOTALL)
    assert update
    store = ox.Store()
    store.update(OLD)
    before = len(store)
    store.update(update[1])
    assert len(store) == before + 1  # the event type
    terms = {node.value for quad in store for node in (quad.predicate, quad.object) if isinstance(node, ox.NamedNode)}
    used = {term for term in terms if term.startswith("https://w3id.org/geopol/ns#")}
    assert not [term for term in used if published.none(f"<{term}> a ?kind")]
    rows = store.query("SELECT ?s { ?s <https://w3id.org/geopol/ns#hasRecipient> ?o }")
    assert [str(row["s"]) for row in rows] == ["<https://e.org/t>"]  # type: ignore[union-attr]


def test_changes_name_every_term_that_is_new_or_gone(published: Published) -> None:
    named = set(re.findall(r"\bgpt?:\w+", CHANGES.read_text(encoding="utf-8")))
    gone = {term for term in named if not published.ask(f"{term} a ?kind")}
    assert gone == set(_removed())


# --- RDF 1.2 --------------------------------------------------------------------------------------


def test_reifiers_are_the_claims_and_assert_nothing(store: ox.Store, config: Config) -> None:
    query = files.read_query(ROOT / "queries" / "rdf-1.2" / "claims-as-reifiers.rq")
    written = results.write(local.run(query.text, store), "ttl", config.prefixes)
    read = {quad.triple for quad in ox.parse(written, format=ox.RdfFormat.TURTLE)}
    reified = {t.subject: t.object for t in read if t.predicate == RDF.reifies}
    parts = [RDF.subject, RDF.predicate, RDF.object]
    claims = {quad.subject for quad in store.quads_for_pattern(None, RDF.predicate, None)}
    assert reified.keys() == claims
    for claim, term in reified.items():
        assert isinstance(term, ox.Triple)
        stated = [next(store.quads_for_pattern(claim, part, None)).object for part in parts]
        assert [term.subject, term.predicate, term.object] == stated
    assert not read & set(reified.values())
