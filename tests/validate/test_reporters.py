from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyoxigraph as ox
import pytest
import rdflib
import rdflib.collection
from hypothesis import given
from hypothesis import strategies as st
from rdflib.namespace import SH as SHACL

from publisher.rdf.vocab import SH
from publisher.validate.baseline import Compared
from publisher.validate.engines import compile_shapes
from publisher.validate.report import Finding, Report
from publisher.validate.reporters import REPORTERS, Naming

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "data" / "sarif-2.1.0-rtm.5.schema.json").read_text(encoding="utf-8")
)
ROOT = Path("/workspace")
NAMING = Naming({"id": "https://e.org/id/", "gp": "https://e.org/ns#"}, ROOT)
FOUND = Finding(
    focus="https://e.org/id/x",
    path="https://e.org/ns#p",
    component="https://e.org/ns#C",
    value="50%, or: so\r\nmore",
    severity="violation",
    shape="https://e.org/ns#S",
    message="No https://e.org/ns#p.\nMend it, 100%: now.",
    file=ROOT / "data" / "a b,c.ttl",
    line=3,
    column=7,
    expected="a gp:B",
    hint="did you mean `gp:q`?",
    because=("id:y gp:r id:x",),
)
TEXTS = st.text(max_size=12)
FINDINGS = st.builds(
    Finding,
    focus=st.one_of(TEXTS, st.just("https://e.org/id/x")),
    path=st.sampled_from(["", "https://e.org/ns#p", "^<https://e.org/ns#p>", "<a>/<b>", "^a b"]),
    component=st.just("https://e.org/ns#C"),
    value=TEXTS,
    severity=st.sampled_from(["violation", "warning", "info"]),
    shape=st.sampled_from(["https://e.org/ns#S", ""]),
    message=TEXTS,
    file=st.one_of(st.none(), st.just(ROOT / "data" / "ä %.ttl")),
    line=st.one_of(st.none(), st.integers(1, 9)),
    column=st.one_of(st.none(), st.integers(1, 9)),
)


def _write(kind: str, *findings: Finding) -> str:
    return REPORTERS[kind](Compared(Report(findings), 2, (("https://e.org/ns#S", "f", "", ""),)), NAMING)


def test_sarif_describes_a_check() -> None:
    check = "urn:publisher:check:undeclared-term"
    document = json.loads(_write("sarif", Finding("f", "p", check, "", "violation", check, "m")))
    (rule,) = document["runs"][0]["tool"]["driver"]["rules"]
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    assert rule["id"] == "check:undeclared-term"
    assert rule["shortDescription"]["text"].startswith("Data or shapes use a term")
    assert "docs/validating.md#undeclared-term" in rule["help"]["text"]


def test_sarif_is_valid_and_points_at_the_place() -> None:
    document = json.loads(_write("sarif", FOUND))
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    (result,) = document["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "data/a%20b%2Cc.ttl"
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert (result["ruleId"], result["level"]) == ("gp:S", "error")
    assert "did you mean" in result["message"]["text"]


def test_the_schema_can_tell_good_from_bad() -> None:
    document = json.loads(_write("sarif", FOUND))
    document["runs"][0]["results"][0]["level"] = "violation"
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(document)


@given(st.lists(FINDINGS, max_size=3))
def test_sarif_and_turtle_are_valid_whatever_was_found(findings: list[Finding]) -> None:
    jsonschema.Draft4Validator(SCHEMA).validate(json.loads(_write("sarif", *findings)))
    triples = [quad.triple for quad in ox.parse(_write("turtle", *findings), format=ox.RdfFormat.TURTLE)]
    assert sum(t.predicate == SH.result for t in triples) == len(findings)
    assert _write("github", *findings).count("\n") == len(findings)
    assert len(json.loads(_write("json", *findings))["findings"]) == len(findings)


def test_workflow_commands_are_escaped() -> None:
    assert _write("github", FOUND) == (
        "::error file=data/a b%2Cc.ttl,line=3,col=7,title=gp%3AS::id:x · gp:p · 50%25, or: so%0D%0Amore: "
        "No gp:p.%0AMend it, 100%25: now. Expected: a gp:B. Hint: did you mean `gp:q`? Because: id:y gp:r id:x.\n"
    )


def test_json_has_every_field() -> None:
    document: dict[str, Any] = json.loads(_write("json", FOUND))
    assert document["version"] == 1
    assert document["counts"] == {"violation": 1, "warning": 0, "info": 0}
    assert (document["total"], document["omitted"]) == (1, 0)
    assert document["conforms"] is False
    assert document["baseline"]["known"] == 2
    assert document["findings"] == [
        {
            "file": "data/a b,c.ttl",
            "line": 3,
            "column": 7,
            "severity": "violation",
            "shape": FOUND.shape,
            "component": FOUND.component,
            "focus": FOUND.focus,
            "path": FOUND.path,
            "value": FOUND.value,
            "message": FOUND.message,
            "expected": FOUND.expected,
            "hint": FOUND.hint,
            "because": list(FOUND.because),
        }
    ]


def test_turtle_with_names_that_end_with_a_dot_is_read_by_rdflib() -> None:
    report = rdflib.Graph().parse(data=_write("turtle", replace(FOUND, focus="https://e.org/id/D.C.")), format="turtle")
    assert [str(node) for node in report.objects(None, SHACL.focusNode)] == ["https://e.org/id/D.C."]


def test_turtle_is_a_validation_report() -> None:
    written = _write("turtle", FOUND)
    store = ox.Store()
    store.load(written, format=ox.RdfFormat.TURTLE)
    ask = "PREFIX sh: <http://www.w3.org/ns/shacl#> ASK { ?r a sh:ValidationReport ; sh:conforms false ; sh:result [ "
    ask += "sh:focusNode <https://e.org/id/x> ; sh:resultPath <https://e.org/ns#p> ; sh:resultSeverity sh:Violation ] }"
    assert store.query(ask)


def test_a_validation_report_keeps_terms() -> None:
    text = """@prefix e: <http://e.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        e:s sh:targetSubjectsOf e:p ; sh:severity e:Odd ; sh:property
          [ sh:path e:p ; sh:maxLength 1 ; sh:severity e:Odd ; sh:message "Too long."@en , "Zu lang."@de ] ,
          [ sh:path ( e:p [ sh:zeroOrMorePath [ sh:inversePath ( e:q e:r ) ] ]
              [ sh:alternativePath ( e:a e:b ) ] ) ; sh:minCount 1 ] ."""
    shapes = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    data = b'<http://e.org/x> <http://e.org/p> "42" .\n_:b <http://e.org/p> "mot"@fr .\n'
    data += b'<http://e.org/x> <http://e.org/p> "42"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    report = rdflib.Graph().parse(data=_write("turtle", *compile_shapes(shapes).validate([data])), format="turtle")
    values = set(report.objects(None, SHACL.value))
    assert values == {rdflib.Literal("42"), rdflib.Literal(42), rdflib.Literal("mot", lang="fr")}
    assert {"Too long.", "Zu lang."} <= {str(text) for text in report.objects(None, SHACL.resultMessage)}
    assert rdflib.URIRef("http://e.org/Odd") in set(report.objects(None, SHACL.resultSeverity))
    assert sum(isinstance(node, rdflib.BNode) for node in set(report.objects(None, SHACL.focusNode))) == 1
    assert len({node for node in report.objects(None, SHACL.sourceShape) if isinstance(node, rdflib.BNode)}) == 2
    path = next(node for node in report.objects(None, SHACL.resultPath) if isinstance(node, rdflib.BNode))
    first, second, third = rdflib.collection.Collection(report, path)
    assert first == rdflib.URIRef("http://e.org/p")
    inverse = report.value(report.value(second, SHACL.zeroOrMorePath), SHACL.inversePath)
    for node, names in ((inverse, "qr"), (report.value(third, SHACL.alternativePath), "ab")):
        assert node is not None
        members = rdflib.collection.Collection(report, node)
        assert [str(member)[-1] for member in members] == list(names)


CUT = Compared(
    Report((replace(FOUND, severity="info"), FOUND, replace(FOUND, severity="info", line=9))),
    most=2,
)
SENTENCE = "Showing 2 of 3 findings, chosen by severity; raise --max-findings to see more."


def test_a_cut_report_has_the_worst_findings_and_says_how_many_there_are() -> None:
    assert [finding.severity for finding in CUT.shown()] == ["info", "violation"]
    text = REPORTERS["text"](CUT, NAMING)
    assert text.count("Mend it") == 2
    assert text.endswith(f"1 violation, 2 infos. The data do not conform to the shapes.\n{SENTENCE}\n")
    commands = REPORTERS["github"](CUT, NAMING).splitlines()
    assert commands[2:] == [f"::notice::{SENTENCE}"]
    document = json.loads(REPORTERS["json"](CUT, NAMING))
    assert (document["total"], document["omitted"], len(document["findings"])) == (3, 1, 2)
    assert document["counts"] == {"violation": 1, "warning": 0, "info": 2}


def test_a_cut_report_is_valid_sarif_and_a_validation_report() -> None:
    document = json.loads(REPORTERS["sarif"](CUT, NAMING))
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    (run,) = document["runs"]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == SENTENCE
    assert (run["properties"], len(run["results"])) == ({"total": 3, "omitted": 1}, 2)
    report = rdflib.Graph().parse(data=REPORTERS["turtle"](CUT, NAMING), format="turtle")
    (node,) = report.subjects(rdflib.RDF.type, SHACL.ValidationReport)
    assert report.value(node, rdflib.RDFS.comment) == rdflib.Literal(SENTENCE, lang="en")
    assert report.value(node, SHACL.conforms) == rdflib.Literal(False)
    assert len(set(report.objects(node, SHACL.result))) == 2


@pytest.mark.parametrize("kind", REPORTERS)
def test_a_report_that_is_not_cut_says_nothing_of_it(kind: str) -> None:
    assert REPORTERS[kind](replace(CUT, most=3), NAMING) == REPORTERS[kind](replace(CUT, most=None), NAMING)


def test_text_counts_the_findings_of_the_baseline() -> None:
    text = _write("text")
    assert "2 findings of the baseline not shown." in text
    assert "1 entry of the baseline found nothing; --write-baseline drops:\n  gp:S · f\n" in text


@pytest.mark.parametrize("kind", REPORTERS)
def test_nothing_found_is_written_too(kind: str) -> None:
    assert REPORTERS[kind](Compared(Report(()), 0, ()), NAMING).count("\n") < 30
