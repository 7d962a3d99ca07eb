"""What once depended on the layout of the files, the cache or the verb."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.build.cache import Cache
from publisher.build.corpus import Corpus, Means
from publisher.build.pipeline import Built, build, levels, review
from publisher.errors import SourceError
from publisher.workspace.config import load_config

_TOML = """[dataset]
base = "https://thes.example/"
title = "Thesaurus"
description = "Concepts in several files."
license = "https://creativecommons.org/licenses/by/4.0/"
publisher = "Office"
version = "1"
issued = 2026-11-27
[dumps]
formats = ["nt"]
"""
_PREFIXES = """@prefix id: <https://thes.example/id/> .
@prefix ex: <https://thes.example/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_SHAPES = """ex:Children a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property ex:children .
ex:children a sh:PropertyShape ; sh:path [ sh:inversePath skos:broader ] ; sh:maxCount 3 ; sh:message "At most 3." .
ex:Unique a sh:NodeShape ; sh:targetClass skos:Concept ; sh:sparql [ sh:message "Two have this notation." ; sh:select
  '''SELECT $this ?value { $this <http://www.w3.org/2004/02/skos/core#notation> ?value .
   ?o <http://www.w3.org/2004/02/skos/core#notation> ?value FILTER (?o != $this) }''' ] .
"""
_SIBLINGS = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT { ?a skos:related ?b } WHERE { ?a skos:broader ?p . ?b skos:broader ?p . FILTER (?a != ?b) }
"""
_ONTOLOGY = "<https://thes.example/ns> a owl:Ontology . ex:p a owl:DatatypeProperty .\n"


def _workspace(root: Path, files: dict[str, str], rule: str = "", shapes: str = _SHAPES) -> Path:
    texts = {"ontology/o.ttl": _ONTOLOGY, "ontology/shapes/s.ttl": shapes, **files}
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text if name.endswith(".tsv") else _PREFIXES + text, encoding="utf-8")
    (root / "publisher.toml").write_text(_TOML)
    if rule:
        (root / "ontology/rules").mkdir(exist_ok=True)
        (root / "ontology/rules/rule.rq").write_text(rule)
    return root


def _concepts(number: int) -> str:
    """Two of twelve concepts; the first and the last have one notation, and five share a broader one."""
    rows = []
    for n in (2 * number, 2 * number + 1):
        broader = f"skos:broader id:c{n % 2} ; " if n > 1 else ""
        rows.append(f'id:c{n} a skos:Concept ; {broader}skos:notation "{0 if n == 11 else n}" .\n')
    return "".join(rows)


def _result(built: Built) -> set[tuple[str, ...]]:
    assert built.folder is None
    return {(*f.key, f.message) for f in built.report.findings if f.severity == "violation"}


@pytest.mark.parametrize("size", [1, 10**9])
def test_the_layout_of_the_files_does_not_matter(tmp_path: Path, size: int) -> None:
    results = []
    for folder in ("data/articles", "data"):
        files = {f"{folder}/part-{number}.ttl": _concepts(number) for number in range(6)}
        root = _workspace(tmp_path / folder.replace("/", "-"), files, _SIBLINGS)
        results.append(_result(build(load_config(root), root / "dist", size=size)))
    assert results[0] == results[1]
    assert {shape.rpartition("#")[2] for shape, *_ in results[0]} == {"children", "Unique"}
    assert len(results[0]) == 4


def test_a_rule_over_several_files_derives_everything(tmp_path: Path) -> None:
    files = {f"data/articles/part-{number}.ttl": _concepts(number) for number in range(6)}
    lines = []
    for size in (1, 10**9):
        root = _workspace(
            tmp_path / str(size),
            files,
            _SIBLINGS,
            "ex:Named a sh:NodeShape ; sh:targetClass skos:Concept ; sh:nodeKind sh:IRI .",
        )
        folder = build(load_config(root), root / "dist", size=size).folder
        assert folder is not None
        lines.append((folder / "dumps/inferred.nt").read_text().splitlines())
    assert sorted(lines[0]) == sorted(lines[1])
    assert len(lines[0]) == 2 * 5 * 4


@pytest.mark.parametrize(
    "literal", ['"abc"^^xsd:gYear', '"---31"^^xsd:gDay', '"2018Z"^^xsd:gYear', '"--12"^^xsd:gMonth']
)
def test_a_warm_cache_changes_no_verdict(tmp_path: Path, literal: str) -> None:
    root = _workspace(tmp_path / "w", {"data/d.ttl": f"id:a ex:p {literal} ."})
    config, cache = load_config(root), tmp_path / "cache"
    cold = build(config, root / "dist", cache=cache).report
    (root / "data/d.ttl").write_text(f'{_PREFIXES}id:a ex:p "ok" .')
    build(config, root / "dist", cache=cache)
    (root / "data/d.ttl").write_text(f"{_PREFIXES}id:a ex:p {literal} .")
    assert build(config, root / "dist", cache=cache).report == cold == review(config)


def test_what_a_lint_finds_stops_the_build(tmp_path: Path) -> None:
    root = _workspace(tmp_path, {"data/entities/c.ttl": 'id:c ex:p "x" ; ex:zzz 1 .'})
    built = build(load_config(root), root / "dist")
    assert built.folder is None
    assert built.report == review(load_config(root))
    assert [f.path for f in built.report.findings if f.severity == "violation"] == ["https://thes.example/ns#zzz"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("CONSTRUCT { ?a <urn:q> ?b } WHERE { ?a <urn:p> ?b FILTER NOT EXISTS { ?b <urn:q> ?c } }", "order of rules"),
        ("CONSTRUCT { ?a <urn:q> ?b } WHERE { { SELECT ?a (SAMPLE(?o) AS ?b) { ?a ?p ?o } GROUP BY ?a } }", "SAMPLE"),
        ("CONSTRUCT { ?a <urn:q> ?b } WHERE { ?a <urn:p> ?b } LIMIT 1", "LIMIT"),
    ],
)
def test_rules_that_are_not_determined_are_refused(tmp_path: Path, rule: str, message: str) -> None:
    root = _workspace(tmp_path, {"data/d.ttl": 'id:a ex:p "x" .'}, rule)
    with pytest.raises(SourceError, match=message) as raised:
        build(load_config(root), root / "dist")
    assert raised.value.path == root / "ontology/rules/rule.rq"


def test_a_rule_is_refused_at_the_term_that_it_may_not_ask_the_absence_of(tmp_path: Path) -> None:
    rule = "CONSTRUCT { ?a <urn:q> ?b }\nWHERE {\n  ?a <urn:p> ?b\n  FILTER NOT EXISTS { ?b <urn:q> ?c }\n}"
    root = _workspace(tmp_path, {"data/d.ttl": 'id:a ex:p "x" .'}, rule)
    with pytest.raises(SourceError, match="order of rules") as raised:
        build(load_config(root), root / "dist")
    assert (raised.value.line, raised.value.column) == (4, 26)


def test_levels_are_told_with_reasons(tmp_path: Path) -> None:
    root = _workspace(tmp_path, {"data/d.ttl": _concepts(1)}, _SIBLINGS)
    lines = levels(load_config(root)).splitlines()
    assert any(line.startswith("global") and "children" in line and "leads backwards" in line for line in lines)
    assert any(line.startswith("own") and "Children" in line for line in lines)
    assert any(line.startswith("global") and "rule.rq" in line for line in lines)


def test_a_rule_copies_terms_as_they_are(tmp_path: Path) -> None:
    values = (
        '"1.50"^^xsd:decimal',
        '"007"^^xsd:integer',
        '"1.0E6"^^xsd:double',
        '"1"^^xsd:boolean',
        '"P12M"^^xsd:duration',
    )
    rule = "CONSTRUCT { ?s <urn:copy> ?v ; <urn:sum> ?w } WHERE { ?s <https://thes.example/ns#p> ?v BIND(1.50 AS ?w) }"
    files = {
        "data/a.ttl": f"id:a ex:p {' , '.join(values)} .",
        "data/b.ttl": 'id:b ex:p "1.5"^^xsd:decimal , "7"^^xsd:integer .',
    }
    root = _workspace(
        tmp_path, files, rule, "ex:Named a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:nodeKind sh:IRI ."
    )
    for size in (1, 10**9):
        folder = build(load_config(root), root / "dist", size=size).folder
        assert folder is not None
        lines = (folder / "dumps/inferred.nt").read_text().splitlines()
        copies = {line for line in lines if "<urn:copy>" in line}
        stated = (folder / "dumps/asserted.nt").read_text().splitlines()
        assert copies == {line.replace("https://thes.example/ns#p", "urn:copy") for line in stated}
        assert len(lines) == len(copies) + 2


def test_values_that_are_written_alike_are_findings_of_their_own(tmp_path: Path) -> None:
    shapes = "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:maxLength 1 ] .\n"
    values = ("42", '"42"', '"42"@de', '"42"^^xsd:date')
    root = _workspace(tmp_path, {"data/d.ttl": f"ex:a ex:p {' , '.join(values)} .\n"}, shapes=shapes)
    findings = [f for f in review(load_config(root)).findings if f.component.endswith("MaxLengthConstraintComponent")]
    assert {f.terms.value.partition("^")[0] for f in findings if f.terms} >= {'"42"', '"42"@de'}
    assert len({(f.line, f.column) for f in findings}) == len(findings) == 3  # the date is ill-formed, which is all


_UNNAMED = """ex:Named a sh:NodeShape ; sh:targetNode <https://thes.example/ns> ;
  sh:sparql [ sh:message "No name." ; sh:select
  '''SELECT DISTINCT $this ?value ?path { ?node a ?kind FILTER(isBlank(?node)) OPTIONAL { ?user ?path ?node }
     BIND(COALESCE(?user, ?node) AS ?value) }''' ] .
"""


@pytest.mark.parametrize("size", [1, 10**9])
def test_what_points_to_a_blank_node_is_found_in_any_part(tmp_path: Path, size: int) -> None:
    files = {
        "data/a.ttl": "id:a a ex:Thing .",
        "data/b.ttl": "id:a ex:p [ a ex:Thing ] . id:b a ex:Thing .",
        "data/c.ttl": "id:b ex:q [ a ex:Thing ] .",
    }
    config = load_config(_workspace(tmp_path, files, shapes=_UNNAMED))
    found = {(f.focus, f.path) for f in build(config, tmp_path / "dist", size=size).report.findings}
    assert {("https://thes.example/id/a", "https://thes.example/ns#p")} <= found
    assert {("https://thes.example/id/b", "https://thes.example/ns#q")} <= found
    assert "?user ?path ?node is not reached" in levels(config)


_RDF = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
_LOCATED = """ex:Claims a sh:NodeShape ; sh:targetClass ex:Claim ; sh:sparql [ sh:message "A fact." ; sh:select
  '''PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
     SELECT $this { $this rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o . ?s ?p ?o }''' ] .
ex:Used a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property [
  sh:path [ sh:inversePath ex:p ] ; sh:nodeKind sh:IRI ] .
"""


@pytest.mark.parametrize("size", [1, 10**9])
def test_findings_have_their_places_and_reasons_from_any_part(tmp_path: Path, size: int) -> None:
    files = {
        "data/claim.ttl": f"{_RDF}id:c a ex:Claim ; rdf:subject id:a ; rdf:predicate ex:q ; rdf:object id:b .",
        "data/fact.ttl": "id:a a ex:Thing ; ex:p id:b .",
        "data/thing.ttl": "id:b a ex:Thing .",
        "data/unnamed.ttl": "[] ex:p id:b .",
    }
    rule = "PREFIX ex: <https://thes.example/ns#> CONSTRUCT { ?a ex:q ?b } WHERE { ?a ex:p ?b }"
    report = review(load_config(_workspace(tmp_path, files, rule, _LOCATED)), size=size)
    found = {f.focus[-1]: f for f in report.findings if "SPARQL" in f.component or "NodeKind" in f.component}
    assert "follows by rule.rq from" in found["c"].because[0]
    assert "(data/fact.ttl:7:24)" in found["c"].because[0]
    assert found["b"].file == tmp_path / "data/unnamed.ttl"


@pytest.mark.parametrize("size", [1, 10**9])
def test_hints_know_what_other_files_describe(tmp_path: Path, size: int) -> None:
    files = {
        "data/a.ttl": "id:x a ex:Thing ; ex:at id:berlin , <https://e.org/pari> . id:berlim a ex:Place .",
        **{f"data/{name}.ttl": f"id:{name} a ex:Thing ." for name in "bcdefgh"},  # which makes several parts
        "data/k.ttl": "id:berlin a ex:Thing . <https://e.org/paris> a ex:Place .",
    }
    shapes = "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:at ; sh:property [ sh:path ex:at ; sh:class ex:Place ] .\n"
    found = review(load_config(_workspace(tmp_path, files, shapes=shapes)), size=size).findings
    hints = {f.value: f.hint for f in found if f.component.endswith("ClassConstraintComponent")}
    meant = "`https://e.org/pari`: did you mean `https://e.org/paris`?"
    assert hints == {"https://thes.example/id/berlin": "", "https://e.org/pari": meant}


def test_a_term_that_shapes_do_not_declare_is_found_wherever_it_stands(tmp_path: Path) -> None:
    shapes = f"{_SHAPES}<https://thes.example/sh> a owl:Ontology . <https://thes.example/sh#A> a sh:NodeShape .\n"
    files = {
        "data/entities/unused.ttl": "id:a a <https://thes.example/sh#B> .",
        "data/used.ttl": "id:b a <https://thes.example/sh#B> , <https://thes.example/sh#A> .",
    }
    found = review(load_config(_workspace(tmp_path, files, shapes=shapes))).findings
    undeclared = {(f.focus[-1], f.value) for f in found if f.shape.endswith("undeclared-term")}
    assert undeclared == {(name, "https://thes.example/sh#B") for name in "ab"}


@pytest.mark.parametrize("size", [1, 10**9])
def test_a_rule_sees_the_classes_that_other_files_state(tmp_path: Path, size: int) -> None:
    files = {
        "data/a.ttl": "id:a ex:at id:b .",
        **{f"data/{name}.ttl": f"id:{name} a ex:Place ." for name in "bcdefgh"},
    }
    rule = "PREFIX ex: <https://thes.example/ns#> CONSTRUCT { ?b ex:visitor ?a } WHERE { ?a ex:at ?b . ?b a ex:Place }"
    shapes = "ex:S a sh:NodeShape ; sh:targetClass ex:Place ; sh:property [ sh:path ex:visitor ; sh:maxCount 0 ] .\n"
    report = review(load_config(_workspace(tmp_path, files, rule, shapes)), size=size)
    assert [f.focus[-1] for f in report.findings if f.component.endswith("MaxCountConstraintComponent")] == ["b"]


def test_queries_within_other_shapes_hold_for_the_whole_dataset(tmp_path: Path) -> None:
    """What is within sh:not and the like may read other things too, as text is compared with that of another file."""
    shapes = """ex:Top a sh:NodeShape ; sh:targetClass skos:Concept ; sh:not [ sh:sparql [ sh:message "m" ; sh:select
        '''SELECT $this { $this <http://www.w3.org/2004/02/skos/core#broader>+ ?top .
         ?other <http://www.w3.org/2004/02/skos/core#broader> ?top FILTER (?other != $this) }''' ] ] .
        ex:Pairs a sh:NodeShape ; sh:targetClass skos:Concept ;
          sh:or ( ex:Order [ sh:path skos:broader ; sh:maxCount 0 ] ) .
        ex:Order a sh:NodeShape ; sh:property [ sh:path skos:notation ; sh:lessThan skos:altLabel ] .
        """  # fmt: skip
    files = {f"data/articles/part-{number}.ttl": _concepts(number) for number in range(6)}
    files["data/articles/more.ttl"] = 'id:c2 skos:altLabel "1" . id:c3 skos:altLabel "9" . id:c5 skos:altLabel "9"@en .'
    results = []
    for size in (1, 10**9):
        root = _workspace(tmp_path / str(size), files, shapes=shapes)
        built = build(load_config(root), root / "dist", size=size)
        assert [f.message for f in built.report.findings if f.severity == "warning" and "unsupported" in f.shape] == []
        results.append(_result(built))
    assert results[0] == results[1]
    named = {(shape.rpartition("#")[2], focus.rpartition("/")[2]) for shape, focus, *_ in results[0]}
    assert {focus for shape, focus in named if shape == "Top"} == {"c0", "c1"}
    assert {focus for shape, focus in named if shape == "Pairs"} == {"c2", "c5"}


def test_a_constraint_component_sees_what_other_files_state(tmp_path: Path) -> None:
    shapes = """ex:Component a sh:ConstraintComponent ; sh:parameter [ sh:path ex:limit ] ;
          sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER NOT EXISTS { ?other <urn:p> $value } }" ] .
        ex:Limited a sh:NodeShape ; sh:targetClass ex:Thing ; ex:limit 1 ."""
    files = {"data/a.ttl": "id:a a ex:Thing .", "data/b.ttl": "id:b a ex:Thing .", "data/c.ttl": "id:c <urn:p> id:a ."}
    for size in (1, 10**9):
        root = _workspace(tmp_path / str(size), files, shapes=shapes)
        findings = build(load_config(root), root / "dist", size=size).report.findings
        assert {f.focus for f in findings if f.shape.endswith("#Limited")} == {"https://thes.example/id/a"}


def test_shapes_are_evaluated_again_where_what_follows_or_shapes_of_it_concern_them(tmp_path: Path) -> None:
    shape = "ex:{0} a sh:PropertyShape ; sh:targetSubjectsOf ex:{1} ; sh:path ex:{1} ; sh:{2} .\n"
    shapes = shape.format("Friends", "knows", "maxCount 1") + shape.format("Name", "name", "minLength 2")
    files = {
        "ontology/o.ttl": _ONTOLOGY + "ex:knows a owl:SymmetricProperty . ex:name a owl:DatatypeProperty .\n",
        "ontology/shapes/derived/s.ttl": "ex:Short sh:maxLength 3 ; sh:path ex:name . ex:Long sh:node ex:Short .\n",
        "data/d.ttl": 'id:a ex:knows id:b ; ex:name "Anne" . id:c ex:knows id:b . id:b ex:name "B" .\n',
    }
    long = "ex:Long a sh:NodeShape ; sh:targetSubjectsOf ex:name .\n"
    config = load_config(_workspace(tmp_path, files, shapes=shapes + long))
    found = ((f.shape.partition("ns#")[2], f.focus[-1]) for f in review(config).findings)
    assert {(shape, focus) for shape, focus in found if shape} == {("Friends", "b"), ("Name", "b"), ("Long", "a")}
    with (cache := Cache(tmp_path / "cache")).in_use():
        corpus = Corpus(config, Means(cache))
        corpus.read()
        corpus.infer()
    repeated = {unit.name: corpus.context.is_repeated(unit, corpus.new) for unit in corpus.plan.units}
    assert repeated == {f"<https://thes.example/ns#{n}>": n == "Name" for n in ("Friends", "Name", "Long")}
