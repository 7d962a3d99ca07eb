"""A function that the SPARQL engine does not know is an error of the query, at its place; the rest is validated."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.cli.main import main
from publisher.errors import SourceError
from publisher.infer.materialization import construct
from publisher.query.local import run
from publisher.workspace.sources import Rule

PATH = Path("q.rq")
CALLS = {
    "<http://example.org/f>(?s)": "http://example.org/f",
    "e:f(?s)": "http://example.org/f",
    "<http://www.w3.org/2001/XMLSchema#anyURI>(?s)": "http://www.w3.org/2001/XMLSchema#anyURI",
}
FILES = {
    "publisher.toml": '[dataset]\nbase = "https://e.org/"\ntitle = "T"\ndescription = "D"\npublisher = "P"\n'
    'license = "https://creativecommons.org/licenses/by/4.0/"\nversion = "1"\nissued = 2026-11-24\n',
    "ontology/o.ttl": "<https://e.org/A> a <http://www.w3.org/2002/07/owl#Class> .",
    "ontology/shapes/s.ttl": "<https://e.org/S> a <http://www.w3.org/ns/shacl#NodeShape> ; "
    "<http://www.w3.org/ns/shacl#targetClass> <https://e.org/A> ; <http://www.w3.org/ns/shacl#closed> true .",
    "data/d.ttl": "<https://e.org/id/x> a <https://e.org/A> ; <https://e.org/p> 1 .",
}


@pytest.mark.parametrize("call", CALLS)
def test_the_function_is_named_at_its_place(call: str) -> None:
    prefix = "PREFIX e: <http://example.org/>\n"
    rule = Rule(PATH, f"{prefix}CONSTRUCT {{ ?s a ?t }} WHERE {{ ?s a ?t FILTER({call}) }}")
    message = f"The custom function <{CALLS[call]}> is not supported; call a function of SPARQL 1.1"
    with pytest.raises(SourceError) as error:
        run(f"{prefix}SELECT ({call} AS ?x) {{}}", ox.Store(), PATH)
    assert str(error.value) == f"q.rq:2:9: {message}"
    with pytest.raises(SourceError) as error:
        construct(rule, ox.Store())
    assert str(error.value) == f"q.rq:2:46: {message}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for folder in ("queries", "ontology/rules"):
        (tmp_path / folder).mkdir()
    return tmp_path


@pytest.mark.parametrize("call", CALLS)
def test_validate_reports_the_query_and_the_rest(call: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"#+ summary: Q?\n#+ tags: [x]\nPREFIX e: <http://example.org/>\nSELECT ({call} AS ?x) {{}}"
    (root / "queries" / "q.rq").write_text(text, encoding="utf-8")
    assert main(["validate", "-w", str(root)]) == 1
    output = capsys.readouterr().out
    assert "queries/q.rq:4:9: violation: queries/q.rq\n" in output
    assert "call a function of SPARQL 1.1" in output
    assert "data/d.ttl:1:" in output


@pytest.mark.parametrize("verb", ["validate", "build"])
def test_a_rule_with_an_unknown_function_is_refused(verb: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "CONSTRUCT { ?s a ?t } WHERE { ?s a ?t FILTER(<http://example.org/f>(?t)) }"
    (root / "ontology" / "rules" / "r.rq").write_text(text, encoding="utf-8")
    assert main([verb, "-w", str(root)]) == 3
    output = capsys.readouterr()
    assert "ontology/rules/r.rq:1:46: The custom function <http://example.org/f>" in output.out + output.err
