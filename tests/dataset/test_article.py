"""Hold the encoding of the first article to its promises."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from publisher.rdf.curies import shorten
from publisher.rdf.vocab import GP, RDF, Namespace, Term, plain
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace, triples_of
from publisher.workspace.sssom import NO_TERM_FOUND, read_mappings
from tests.check_passages import main, mismatches
from tests.conftest import ROOT

DCTERMS = Namespace("http://purl.org/dc/terms/")
GPT = Namespace("https://w3id.org/geopol/terms#")
OWL_SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"
WIKIDATA = "http://www.wikidata.org/entity/"

BODY = range(4, 44)
GOLDEN = ROOT / "tests" / "data"
# The text is under copyright and not part of the project: name the folder that holds article/article.txt.
MATERIAL = Path(os.environ.get("ARTICLE_MATERIAL", ROOT.parent / "shared"))
needs_text = pytest.mark.skipif(
    not (MATERIAL / "article" / "article.txt").is_file(),
    reason="the text of the article is not here; set ARTICLE_MATERIAL to the folder that holds article/article.txt",
)


@dataclass(frozen=True)
class Claim:
    node: Term
    kind: str
    triple: Triple
    verdict: str
    is_negated: bool

    @property
    def is_accepted(self) -> bool:
        return self.verdict == "accepted"


@pytest.fixture(scope="module")
def everything(built: Path) -> set[Triple]:
    return {quad.triple for quad in parse(path=built / "dumps" / "all.nt", format=RdfFormat.N_TRIPLES)}


@pytest.fixture(scope="module")
def asserted(workspace: Workspace) -> dict[Term, dict[NamedNode, set[Term]]]:
    found: dict[Term, dict[NamedNode, set[Term]]] = defaultdict(lambda: defaultdict(set))
    for t in triples_of(workspace.data):
        found[t.subject][t.predicate].add(t.object)
    return found


@pytest.fixture(scope="module")
def claims(asserted: dict[Term, dict[NamedNode, set[Term]]]) -> list[Claim]:
    return [_claim(node, found) for node, found in asserted.items() if GP.hasVerdict in found]


def _claim(node: Term, found: dict[NamedNode, set[Term]]) -> Claim:
    (kind,), (verdict,) = found[RDF.type], found[GP.hasVerdict]
    (subject,), (predicate,), (obj,) = found[RDF.subject], found[RDF.predicate], found[RDF.object]
    triple = Triple(subject, predicate, obj)  # type: ignore[arg-type]  # a subject and a predicate they are
    is_negated = {plain(value) for value in found[GP.isNegated]} == {"true"}
    return Claim(node, plain(kind).rpartition("#")[2], triple, plain(verdict).rpartition("#")[2], is_negated)


def test_every_sentence_of_the_body_carries_a_claim(asserted: dict[Term, dict[NamedNode, set[Term]]]) -> None:
    sentences = {
        int(plain(number))
        for found in asserted.values()
        for passage in found.get(GP.isAtPassage, ())
        for number in asserted[passage][GP.sentenceNumber]
    }
    assert sentences >= {1, 2, 3, *BODY}, "title, publication line, caption and body"


def test_all_28_cited_items_support_a_claim(asserted: dict[Term, dict[NamedNode, set[Term]]]) -> None:
    articles = {node for node, found in asserted.items() if GP.Article in found.get(RDF.type, ())}
    cited = {doc for found in asserted.values() for doc in found.get(GP.citesSource, ())} - articles
    documents = {
        node for node, found in asserted.items() if found.get(RDF.type) == {GP.Document} and "doc-" in plain(node)
    }
    assert cited == documents
    assert len(cited) == 28, "26 of the first article, and two of the third"


def test_no_triple_states_what_only_a_claim_says(claims: list[Claim], everything: set[Triple]) -> None:
    accepted = {claim.triple for claim in claims if claim.is_accepted and not claim.is_negated}
    leaked = [claim for claim in claims if claim.triple in everything and claim.triple not in accepted]
    assert leaked == []


def test_what_is_accepted_is_there_and_what_is_denied_is_not(claims: list[Claim], everything: set[Triple]) -> None:
    wrong = [c for c in claims if c.is_accepted and (c.triple in everything) == c.is_negated]
    assert wrong == []
    assert any(c.is_negated and c.is_accepted for c in claims)


def test_no_claim_only_property_is_ever_a_predicate(everything: set[Triple]) -> None:
    claim_only = {t.subject for t in everything if t.predicate == GP.hasUsage and t.object == GPT.claimOnly}
    assert GP.occupies in claim_only
    assert not [t for t in everything if t.predicate in claim_only]


def _shortcuts(everything: set[Triple], config: Config) -> str:
    derived = {t.subject for t in everything if t.predicate == GP.hasUsage and t.object == GPT.derivedOnly}
    return "".join(sorted(f"{_short(t, config)}\n" for t in everything if t.predicate in derived))


def _staying(claims: list[Claim], config: Config) -> str:
    lines = []
    for claim in claims:
        if not claim.is_accepted:
            node, denied = shorten(plain(claim.node), config.prefixes), " not" if claim.is_negated else ""
            lines.append(f"{node} {claim.kind} {claim.verdict}{denied}: {_short(claim.triple, config)}\n")
    return "".join(sorted(lines))


def _short(t: Triple, config: Config) -> str:
    terms = (t.subject, t.predicate, t.object)
    return " ".join(shorten(plain(x), config.prefixes) if isinstance(x, NamedNode) else str(x) for x in terms)


def test_the_shortcuts_are_those_that_were_reviewed(everything: set[Triple], config: Config) -> None:
    assert _shortcuts(everything, config) == (GOLDEN / "shortcuts.txt").read_text(encoding="utf-8")


def test_the_claims_that_stay_claims_are_those_that_were_reviewed(claims: list[Claim], config: Config) -> None:
    assert _staying(claims, config) == (GOLDEN / "claims-that-stay-claims.txt").read_text(encoding="utf-8")


@needs_text
def test_every_passage_matches_the_text() -> None:
    text = (MATERIAL / "article" / "article.txt").read_text(encoding="utf-8")
    assert list(mismatches(text)) == []
    assert list(mismatches(text[1:])), "a text that is off by one matches nothing"


@needs_text
def test_the_script_tells_by_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article = MATERIAL / "article" / "article.txt"
    assert main([str(article)]) == 0
    other = tmp_path / "other.txt"
    other.write_text(article.read_text(encoding="utf-8").upper(), encoding="utf-8")
    assert main([str(other)]) == 1
    assert "has another digest" in capsys.readouterr().out


_RUN = 12


def _runs(text: str) -> dict[tuple[str, ...], None]:
    words = re.findall(r"\w+", text.lower())
    return dict.fromkeys(tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1))


@needs_text
def test_no_twelve_words_of_the_article_stand_anywhere_in_the_project() -> None:
    text = (MATERIAL / "article" / "article.txt").read_text(encoding="utf-8")
    forbidden = set(_runs(text))  # quotations of speakers are data, and shorter
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert len(files) > 50
    copied = [path for path in files if path.is_file() and forbidden & _runs(path.read_text("utf-8", "ignore")).keys()]
    assert copied == []


def test_every_link_is_reviewed_and_says_why(config: Config, asserted: dict[Term, dict[NamedNode, set[Term]]]) -> None:
    found = read_mappings(config.root / "data" / "links" / "wikidata.sssom.tsv")
    assert found
    for mapping in found:
        assert mapping.object.startswith(WIKIDATA) or mapping.object == NO_TERM_FOUND
        assert NamedNode(mapping.subject) in asserted, f"{mapping.subject} is described"
        assert mapping.is_asserted or mapping.columns["comment"], "what was rejected or not found says why"
    same = [m.object for m in found if m.is_asserted and m.predicate == OWL_SAME_AS]
    assert len(same) == len(set(same)), "no item is two things"


@pytest.mark.skipif(
    not (MATERIAL / "wikidata" / "qids.tsv").is_file(),
    reason="the list of checked items is not here; set ARTICLE_MATERIAL to the folder that holds wikidata/qids.tsv",
)
def test_only_items_with_evidence_are_linked(config: Config) -> None:
    with (MATERIAL / "wikidata" / "qids.tsv").open(encoding="utf-8", newline="") as rows:
        evident = {row["qid"] for row in csv.DictReader(rows, delimiter="\t") if row["evidence"] in ("1", "2+")}
    linked = {m.object for m in read_mappings(config.root / "data" / "links" / "wikidata.sssom.tsv") if m.is_asserted}
    assert linked
    assert {iri.removeprefix(WIKIDATA) for iri in linked} <= evident
