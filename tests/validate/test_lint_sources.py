"""Axioms that the data contradict, axioms without effect, and files that nothing reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.build.pipeline import build, review
from publisher.build.review import Request, judge
from publisher.validate.report import Finding
from publisher.workspace.config import load_config

PREFIXES = """
@prefix : <https://e.org/ns#> .
@prefix id: <https://e.org/id/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
TOML = """[dataset]
base = "https://e.org/"
title = "T"
description = "D"
license = "https://creativecommons.org/licenses/by/4.0/"
publisher = "P"
version = "1"
issued = 2026-11-24
"""
DECLARED = """<https://e.org/ns> a owl:Ontology . :A a owl:Class . :B a owl:Class . :C a owl:Class .
:Sub a owl:Class ; rdfs:subClassOf :B . :p a owl:ObjectProperty . :q a owl:ObjectProperty .
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with an ontology of three classes, one shape, and no data."""
    (tmp_path / "publisher.toml").write_text(TOML, encoding="utf-8")
    _write(tmp_path / "ontology" / "o.ttl", DECLARED)
    _write(tmp_path / "ontology" / "shapes" / "s.ttl", ":S a sh:NodeShape ; sh:targetClass :A ; sh:nodeKind sh:IRI .")
    return tmp_path


def _write(path: Path, turtle: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PREFIXES + turtle, encoding="utf-8")


def _findings(root: Path, check: str) -> list[Finding]:
    findings = judge(load_config(root), Request()).compared.new.findings
    return [f for f in findings if f.shape == f"urn:publisher:check:{check}"]


@pytest.mark.parametrize(
    ("axiom", "data", "check"),
    [
        (":A owl:disjointWith :B", "id:x a :A , :B", "disjoint-classes"),
        (":A owl:disjointWith :B", "id:x a :A , :Sub", "disjoint-classes"),
        (":B owl:complementOf :A", "id:x a :A , :B", "disjoint-classes"),
        ("[] a owl:AllDisjointClasses ; owl:members ( :C :B :A )", "id:x a :A , :C", "disjoint-classes"),
        (":U a owl:Class ; owl:disjointUnionOf ( :A :B )", "id:x a :A , :B", "disjoint-classes"),
        (":C rdfs:subClassOf owl:Nothing", "id:x a :C", "disjoint-classes"),
        (":p a owl:IrreflexiveProperty", "id:x a :A ; :p id:x", "irreflexive-property"),
        (":p a owl:AsymmetricProperty", "id:x a :A ; :p id:y . id:y a :A ; :p id:x", "asymmetric-property"),
        (":p owl:propertyDisjointWith :q", "id:x a :A ; :p id:x ; :q id:x", "disjoint-properties"),
        ("[] a owl:AllDisjointProperties ; owl:members ( :q :p )", "id:x :p id:x ; :q id:x", "disjoint-properties"),
        (
            "[] owl:sourceIndividual id:x ; owl:assertionProperty :p ; owl:targetIndividual id:y",
            "id:x :p id:y , id:x . id:y a :A",
            "negative-assertion",
        ),
        (
            "[] owl:sourceIndividual id:x ; owl:assertionProperty rdfs:label ; owl:targetValue 'no'@en",
            "id:x rdfs:label 'no'@en , 'no'",
            "negative-assertion",
        ),
        (
            ":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 0 ]",
            "id:x a :A ; :p id:x",
            "forbidden-property",
        ),
        (
            ":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 0 ; owl:onClass :B ]",
            "id:x a :A ; :p id:x , id:y . id:y a :Sub",
            "forbidden-property",
        ),
    ],
)
def test_a_contradiction_of_an_axiom_stops_a_release(axiom: str, data: str, check: str, root: Path) -> None:
    _write(root / "ontology" / "axiom.ttl", f"{axiom} .")
    _write(root / "data" / "d.ttl", f"{data} .")
    found = _findings(root, check)
    assert {(f.severity, f.focus) for f in found} >= {("violation", "https://e.org/id/x")}
    assert len(found) == (2 if check == "asymmetric-property" else 1)
    assert all(f.line and f.column and f.component == f.shape for f in found)
    assert build(load_config(root), root / "dist").folder is None
    toml = root / "publisher.toml"
    toml.write_text(f'{TOML}[lints]\n{check} = "off"\n', encoding="utf-8")
    assert _findings(root, check) == []


def test_no_contradiction_no_finding(root: Path) -> None:
    _write(
        root / "ontology" / "axiom.ttl",
        ":A owl:disjointWith :B . :p a owl:IrreflexiveProperty , owl:AsymmetricProperty ; owl:propertyDisjointWith :q.",
    )
    _write(root / "data" / "d.ttl", "id:x a :A , :C ; :p id:y . id:y a :B ; :q id:x .")
    assert judge(load_config(root), Request(fail_on="warning")).exit_code == 0
    built = build(load_config(root), root / "dist")
    assert built.folder
    assert "urn:publisher" not in (built.folder / "dumps" / "shapes.ttl").read_text(encoding="utf-8")


def test_an_axiom_without_effect_is_told_at_its_place(root: Path) -> None:
    _write(root / "ontology" / "axiom.ttl", ":A rdfs:subClassOf [\n  owl:onProperty :p ; owl:someValuesFrom :B ] .")
    _write(root / "data" / "d.ttl", "id:x a :A .")
    (finding,) = _findings(root, "unapplied-axiom")
    lines = PREFIXES.count("\n")
    assert (finding.focus, finding.line, finding.column) == ("https://e.org/ns#A", lines + 2, 23)
    assert finding.file == root / "ontology" / "axiom.ttl"


def test_axioms_among_the_data_are_told(root: Path) -> None:
    _write(root / "data" / "d.ttl", "id:x a :A ; owl:sameAs id:y . id:y a :A . :New rdfs:subClassOf :A ; a owl:Class .")
    found = _findings(root, "axiom-in-data")
    assert [(f.path.rpartition("#")[2], f.line) for f in found] == [
        ("sameAs", PREFIXES.count("\n") + 1),
        ("type", PREFIXES.count("\n") + 1),
        ("subClassOf", PREFIXES.count("\n") + 1),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ontology/more/x.ttl", "ontology/more"),
        ("ontology/shapes/more/deep/x.ttl", "ontology/shapes/more"),
        ("ontology/rules/more/x.rq", "ontology/rules/more"),
        ("queries/x.ttl", "queries/x.ttl"),
        ("queries/more/x.rq", "queries/more"),
        ("queries/expected/x.tsv", None),
        ("queries/README.md", None),
        ("ontology/examples/x.ttl", None),
        ("ontology/.hidden/x.ttl", None),
        ("ontology/prose/README.md", None),
        ("elsewhere/x.ttl", None),
    ],
)
def test_what_nothing_reads_is_told(path: str, expected: str | None, root: Path) -> None:
    _write(root / "data" / "d.ttl", "id:x a :A .")
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("?", encoding="utf-8")
    assert [f.focus for f in _findings(root, "passed-over")] == ([expected] if expected else [])


def test_contradictions_do_not_depend_on_parts_or_engines(root: Path) -> None:
    """Of each kind, with the statements that contradict each other in different files."""
    _write(
        root / "ontology" / "axioms.ttl",
        """[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .
:p a owl:IrreflexiveProperty , owl:AsymmetricProperty ; owl:propertyDisjointWith :q .
:C rdfs:subClassOf [ owl:onProperty :q ; owl:maxQualifiedCardinality 0 ; owl:onClass :B ] .
[] owl:sourceIndividual id:x ; owl:assertionProperty :q ; owl:targetIndividual id:z .""",
    )
    statements = ("id:x a :A", "id:x a :Sub", "id:x :p id:y", "id:y a :C ; :p id:x , id:y", "id:x :q id:y , id:z")
    for number, statement in enumerate((*statements, "id:z a :B", "id:y :q id:z")):
        _write(root / "data" / f"{number}.ttl", f"{statement} .")
    config = load_config(root)
    whole = review(config)
    assert {f.shape.removeprefix("urn:publisher:check:") for f in whole.findings} == {
        *("disjoint-classes", "irreflexive-property", "asymmetric-property", "disjoint-properties"),
        *("negative-assertion", "forbidden-property"),
    }
    assert review(config, size=1).findings == whole.findings
    assert review(config, engine="both").findings == whole.findings
