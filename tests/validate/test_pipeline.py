from __future__ import annotations

from pathlib import Path

import pytest

from publisher.build.pipeline import check
from publisher.errors import SourceError
from publisher.workspace.config import load_config


def test_findings_name_the_file_of_the_focus_node(small: Path) -> None:
    article = small / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8").replace("gp:hasVerdict gpt:accepted", "gp:hasVerdict gpt:acepted")
    article.write_text(text, encoding="utf-8")
    report = check(load_config(small)).report
    assert not report.conforms
    assert {finding.file for finding in report.findings if "s01-c1" in finding.focus} == {article}


def test_ill_formed_shapes_are_explained(small: Path) -> None:
    path = small / "ontology" / "shapes" / "broken.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <http://e/s> a sh:NodeShape ; sh:targetNode <http://e/x> ;"
        " sh:property <http://e/p> . <http://e/p> a sh:PropertyShape ; sh:minCount 1 .",
        encoding="utf-8",
    )
    with pytest.raises(SourceError, match="ill-formed"):
        check(load_config(small))


@pytest.mark.parametrize(
    "query", ["SELECT $this WHERE {", "SELECT $this WHERE { $this zz:p ?o }", "DELETE WHERE { ?s ?p ?o }"]
)
def test_a_bad_query_in_a_shape_is_explained(small: Path, query: str) -> None:
    (small / "ontology" / "shapes" / "broken.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <http://e/s> a sh:NodeShape ; sh:targetNode <http://e/x> ;"
        f' sh:sparql <http://e/q> . <http://e/q> a sh:SPARQLConstraint ; sh:select "{query}" .',
        encoding="utf-8",
    )
    with pytest.raises(SourceError, match="ill-formed"):
        check(load_config(small))


def test_a_value_that_no_engine_can_compare_is_a_finding(small: Path) -> None:
    article = small / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8").replace('gp:latestEnd "1945-06-26"', 'gp:latestEnd "1945-06-31"', 1)
    article.write_text(text, encoding="utf-8")
    report = check(load_config(small)).report
    assert {"1945-06-31"} <= {finding.value for finding in report.findings}
    assert not report.conforms
