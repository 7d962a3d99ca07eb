from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Triple

from publisher.build.cache import FOLDER as CACHE
from publisher.build.pipeline import read_closed, review
from publisher.cli.main import main
from publisher.errors import UsageError
from publisher.explain import Explainer, write
from publisher.infer import close
from publisher.rdf.terms import read_node, read_triple
from publisher.rdf.vocab import RDF, Namespace
from publisher.validate.report import Report
from publisher.validate.text import display_prefixes
from publisher.workspace.config import Config, load_config
from publisher.workspace.sources import Workspace, read_workspace, triples_of

GPS = Namespace("https://w3id.org/geopol/shapes#")
SHORTCUT = ("id:ilham-aliyev", "gp:visited", "id:territory-of-belarus")
VISIT = "id:visit-of-aliyev-to-belarus-2018-11-19"


@pytest.fixture(scope="module")
def made(config: Config, workspace: Workspace) -> Explainer:
    return Explainer(config, workspace, close(workspace.ontology))


def _text(made: Explainer, config: Config, *triple: str) -> str:
    prefixes = display_prefixes(config.prefixes)
    return write(made.explain_triple(read_triple(triple[0], triple[1], triple[2], prefixes)), prefixes, "text")


def _place(line: str, root: Path) -> str:
    """Return the source text that a place of an explanation points to, read from the file itself."""
    name, row, column = line.rpartition(" at ")[2].split(":")
    return (root / name).read_text(encoding="utf-8").splitlines()[int(row) - 1][int(column) - 1 :]


def test_an_asserted_triple_is_shown_where_it_stands(made: Explainer, config: Config) -> None:
    lines = _text(made, config, VISIT, "gp:hasActor", "id:ilham-aliyev").splitlines()
    assert lines[0] == f"{VISIT} gp:hasActor id:ilham-aliyev"
    assert "asserted at data/articles/edm-15-177.ttl:" in lines[1]
    assert _place(lines[1], config.root).startswith("id:ilham-aliyev")


def test_a_shortcut_is_derived_from_its_situation(made: Explainer, config: Config) -> None:
    lines = _text(made, config, *SHORTCUT).splitlines()
    assert lines[1] == "  by ontology/rules/visited.rq: Derive gp:visited from visits."
    premises = {line.strip() for line in lines[2:8:2]}
    assert premises == {
        f"{VISIT} a gp:Visit",
        f"{VISIT} gp:hasPlace id:territory-of-belarus",
        f"{VISIT} gp:hasActor id:ilham-aliyev",
    }
    for premise, place in zip(lines[2:8:2], lines[3:8:2], strict=True):
        assert _place(place, config.root).startswith(premise.split()[-1])


def test_a_rule_of_the_profile_is_named_with_its_axiom(made: Explainer, config: Config) -> None:
    text = _text(made, config, VISIT, "gp:hasParticipant", "id:alyaksandr-lukashenka")
    assert "by prp-spo1 of OWL 2 RL" in text
    assert "gp:hasHost rdfs:subPropertyOf gp:hasParticipant\n    asserted at ontology/geopol.ttl:" in text


def test_a_triple_of_the_ontology_is_found_too(made: Explainer, config: Config) -> None:
    assert "asserted at ontology/geopol.ttl:" in _text(made, config, "gp:Visit", "rdfs:subClassOf", "gp:Event")


def test_what_only_claims_say_is_said_to_be_claimed(made: Explainer, config: Config) -> None:
    lines = _text(made, config, "id:armenia", "gp:causes", "id:internal-problems-of-the-csto").splitlines()
    assert lines[1:] == [
        "  no triple of the dataset says this, asserted or inferred; 1 claim does:",
        "  said by the claim edm-15-177:s20-c1 (gp:Allegation), claimant id:ilham-aliyev, verdict gpt:unassessed",
    ]


def test_what_is_denied_is_said_to_be_denied(made: Explainer, config: Config) -> None:
    text = _text(made, config, "id:azerbaijan", "gp:memberOf", "id:csto")
    assert "denied by the claim edm-15-177:s16-c3 (gp:Assertion)" in text
    assert "\n  said by" not in text


def test_what_nobody_says_is_said_so(made: Explainer, config: Config) -> None:
    text = _text(made, config, "id:belarus", "gp:memberOf", "id:non-aligned-movement")
    assert text.endswith("no triple of the dataset says this, asserted or inferred; no claim does either")


@pytest.mark.parametrize(
    ("triple", "told"),
    [
        (
            ("id:yuri-khachaturov", "gp:holdsOffice", "id:secretary-general-of-the-csto"),
            [
                "but for its condition FILTER NOT EXISTS { ?tenure gp:latestEnd ?end }",
                'with ?end = "2018-12-31"^^xsd:date',
            ],
        ),
        (
            ("id:russia", "gp:suppliedArmsTo", "id:armenia"),
            ["but for its condition FILTER(?status = gpt:partlyDelivered", "with ?status = gpt:contracted"],
        ),
    ],
    ids=["ended", "contracted"],
)
def test_a_rule_that_nearly_fired_is_named(
    made: Explainer, config: Config, triple: tuple[str, str, str], told: list[str]
) -> None:
    text = _text(made, config, *triple)
    for part in told:
        assert part in text


def test_whatever_a_claim_says_is_explained(made: Explainer) -> None:
    """It is derived, or said to be what that claim says or denies, never both without an accepted claim."""
    parts: dict[Any, dict[NamedNode, Any]] = defaultdict(dict)
    for t in triples_of(made.workspace.data):
        parts[t.subject][t.predicate] = t.object
    claims = {node: said for node, said in parts.items() if RDF.predicate in said}
    assert len(claims) > 200
    for claim, said in list(claims.items())[::5]:
        triple = Triple(said[RDF.subject], said[RDF.predicate], said[RDF.object])
        told = made.explain_triple(triple)
        assert claim in {mention.claim for mention in told.mentions or ()}
        if told.derivation:
            assert any("accepted" in str(verdict) for mention in told.mentions or () for verdict in mention.verdicts)


def test_programs_get_the_same_as_people(made: Explainer, config: Config) -> None:
    prefixes = display_prefixes(config.prefixes)
    told = json.loads(write(made.explain_triple(read_triple(*SHORTCUT, prefixes)), prefixes, "json"))
    assert told["status"] == "inferred"
    assert told["derivation"]["rule"] == "visited.rq"
    assert {premise["rule"] for premise in told["derivation"]["premises"]} == {"asserted"}
    assert told["claims"][0]["verdicts"] == ["<https://w3id.org/geopol/terms#accepted>"]


# --- why a node violates a shape ------------------------------------------------------------------------


def _change(small: Path, old: str, new: str) -> None:
    article = small / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8")
    assert old in text
    article.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_violation_is_shown_with_the_triple_at_fault(small: Path) -> None:
    _change(small, "gp:hasActor", "gp:hasActir")
    config = load_config(small)
    report = review(config, cache=small / CACHE, is_linted=False)
    sources, schema = read_closed(config, small / CACHE)
    focus = report.findings[0].focus
    told = Explainer(config, sources, schema).explain_node(read_node(focus, config.prefixes), report)
    text = write(told, display_prefixes(config.prefixes), "text")
    assert "violates gps:" in text
    assert "gp:hasActir" in text
    assert "asserted at data/articles/un-charter.ttl:" in text
    assert json.loads(write(told, display_prefixes(config.prefixes), "json"))["findings"]


def test_an_inferred_culprit_is_shown_with_what_it_follows_from(small: Path) -> None:
    article = small / "data" / "articles" / "un-charter.ttl"
    head, claim, tail = article.read_text(encoding="utf-8").partition("un-charter:s02-c1 a gp:Assertion")
    article.write_text(head + claim + tail.replace("gpt:accepted", "gpt:unassessed", 1), encoding="utf-8")
    config = load_config(small)
    report = review(config, cache=small / CACHE, is_linted=False)
    sources, schema = read_closed(config, small / CACHE)
    focus = read_node(f"{config.base}id/un-charter/s02-c1", config.prefixes)
    told = Explainer(config, sources, schema).explain_node(focus, report)
    text = write(told, display_prefixes(config.prefixes), "text")
    assert "violates gps:OpenClaimStaysClaim" in text
    assert "gp:signed id:charter-of-the-united-nations\n    by ontology/rules/signed.rq" in text
    assert "gp:hasActor id:united-states\n      asserted at data/articles/un-charter.ttl:" in text


def test_a_node_that_violates_nothing_is_told_who_looks_at_it(made: Explainer, config: Config) -> None:
    prefixes = display_prefixes(config.prefixes)
    focus = read_node(VISIT, prefixes)
    text = write(made.explain_node(focus, Report(())), prefixes, "text")
    assert text.startswith(f"{VISIT} violates nothing.")
    assert f"gps:Visit by sh:targetClass because of {VISIT} a gp:Visit" in text
    one = write(made.explain_node(focus, Report(()), GPS.Visit.value), prefixes, "text").splitlines()
    assert one[:2] == [f"{VISIT} violates nothing of gps:Visit.", "1 shape looks at it:"]


def test_an_unknown_node_or_shape_is_a_usage_error(made: Explainer, config: Config) -> None:
    prefixes = display_prefixes(config.prefixes)
    with pytest.raises(UsageError, match=r"did you mean <.*visit-of-aliyev-to-belarus-2018-11-19>"):
        made.explain_node(read_node("id:visit-of-aliyev-to-belarus-2018-11-18", prefixes), Report(()))
    with pytest.raises(UsageError, match=r"/id/nonesuch>$"):  # a common namespace alone is no similarity
        made.explain_node(read_node("id:nonesuch", prefixes), Report(()))
    with pytest.raises(UsageError, match="there is no shape"):
        made.explain_node(read_node(VISIT, prefixes), Report(()), GPS.Nothing.value)


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_explains_a_triple_and_a_node(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = triples_of(read_workspace(load_config(small)).data)
    t = data[0]
    assert main(["explain", str(t.subject), str(t.predicate), str(t.object), "-w", str(small)]) == 0
    assert "asserted at data/" in capsys.readouterr().out
    assert main(["explain", str(t.subject), "-w", str(small), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["idd:x"], "the prefix 'idd:' is not in publisher.toml"),
        (["id:x", "gp:memberOf"], "a triple of three terms"),
        (["id:x", "gp:memberOf", "id:y", "--shape", "gps:Visit"], "a triple of three terms"),
        (["id:x", "gp:memberOf", "nothing"], "'nothing' is no RDF term"),
        (['"x"'], "is a literal"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    small: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["explain", *arguments, "-w", str(small)]) == 2
    assert told in capsys.readouterr().err
