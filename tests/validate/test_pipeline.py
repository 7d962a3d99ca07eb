from __future__ import annotations

from pathlib import Path

from publisher.build.cache import FOLDER as CACHE
from publisher.build.pipeline import review
from publisher.workspace.config import load_config


def test_findings_name_the_file_of_the_focus_node(small: Path) -> None:
    article = small / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8").replace("gp:hasVerdict gpt:accepted", "gp:hasVerdict gpt:acepted")
    article.write_text(text, encoding="utf-8")
    report = review(load_config(small), cache=small / CACHE, is_linted=False)
    assert not report.conforms
    assert {finding.file for finding in report.findings if "s01-c1" in finding.focus} == {article}


def test_ill_formed_shapes_are_explained_where_they_are(small: Path) -> None:
    path = small / "ontology" / "shapes" / "broken.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<http://e/s> a sh:NodeShape ; sh:targetNode <http://e/x> ;"
        " sh:property <http://e/p> .\n<http://e/p> a sh:PropertyShape ; sh:minCount 1 .",
        encoding="utf-8",
    )
    (finding,) = review(load_config(small), cache=small / CACHE, is_linted=False).findings
    assert (finding.file, finding.line, finding.column) == (path, 3, 1)
    assert "no sh:path" in finding.message


BAD_QUERIES = {
    "SELECT $this WHERE {": "ill-formed",
    "SELECT $this WHERE { $this zz:p ?o }": "prefix 'zz:' is not declared",
    "DELETE WHERE { ?s ?p ?o }": "ill-formed",
    "ASK { $this ?p ?o }": "no SELECT",
    "SELECT ?s WHERE { ?s ?p ?o }": "does not select $this",
    "SELECT $this WHERE { $this ?p ?o MINUS { $this <http://e/q> ?o } }": "MINUS",
}


def test_bad_queries_in_shapes_are_explained_where_they_are(small: Path) -> None:
    path = small / "ontology" / "shapes" / "broken.ttl"
    shapes = (
        f"<http://e/s{n}> a sh:NodeShape ; sh:targetNode <http://e/x> ; sh:sparql <http://e/q{n}> .\n"
        f'<http://e/q{n}> a sh:SPARQLConstraint ; sh:select "{query}" .\n'
        for n, query in enumerate(BAD_QUERIES)
    )
    path.write_text("@prefix sh: <http://www.w3.org/ns/shacl#> .\n" + "".join(shapes), encoding="utf-8")
    report = review(load_config(small), cache=small / CACHE, is_linted=False)
    findings = sorted(report.findings, key=lambda f: f.line or 0)
    places = [(path, line, 49) for line in range(3, 2 * len(BAD_QUERIES) + 2, 2)]
    assert [(f.file, f.line, f.column) for f in findings] == places
    for finding, problem in zip(findings, BAD_QUERIES.values(), strict=True):
        assert problem in finding.message


def test_a_value_that_no_engine_can_compare_is_a_finding(small: Path) -> None:
    article = small / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8").replace('gp:latestEnd "1945-06-26"', 'gp:latestEnd "1945-06-31"', 1)
    article.write_text(text, encoding="utf-8")
    report = review(load_config(small), cache=small / CACHE, is_linted=False)
    assert {"1945-06-31"} <= {finding.value for finding in report.findings}
    assert not report.conforms
