"""What stops a release stops it in every command, and lints look at all things of the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.build.review import Request, judge
from publisher.cli.main import main
from publisher.workspace.config import load_config

PREFIXES = """@prefix : <https://e.org/ns#> .
@prefix e: <https://e.org/> .
@prefix id: <https://e.org/id/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
SSSOM = """# curie_map:
#   e: https://e.org/
#   id: https://e.org/id/
#   wd: http://www.wikidata.org/entity/
# mapping_set_id: https://e.org/links/wikidata
# license: https://creativecommons.org/publicdomain/zero/1.0/
subject_id\tpredicate_id\tobject_id\tmapping_justification
{}\tskos:closeMatch\twd:Q42\tsemapv:ManualMappingCuration
"""
FILES = {
    "publisher.toml": '[dataset]\nbase = "https://e.org/"\ntitle = "T"\ndescription = "D"\npublisher = "P"\n'
    'license = "https://creativecommons.org/licenses/by/4.0/"\nversion = "1"\nissued = 2026-11-24\n',
    "ontology/o.ttl": f"{PREFIXES}<https://e.org/ns> a owl:Ontology . :A a owl:Class . :p a owl:DatatypeProperty .",
    "ontology/shapes/s.ttl": f"{PREFIXES}:S a sh:NodeShape ; sh:targetClass :A ; "
    "sh:property [ sh:path :p ; sh:maxCount 1 ] .",
    "data/entities/d.ttl": f"{PREFIXES}id:x a :A ; :p 1 .",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with one thing."""
    _write(tmp_path, FILES)
    return tmp_path


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("data/more.ttl", f"{PREFIXES}id:y a :A .", 0),
        ("data/links/w.sssom.tsv", SSSOM.format("id:x"), 0),
        ("data/more.ttl", f"{PREFIXES}id:y a :A ; :p 1 , 2 .", 1),
        ("data/more.ttl", f"{PREFIXES}id:y a :A ; :zzz 1 .", 1),
        ("data/more.ttl", f"{PREFIXES}id:y a :A ; skos:related id:nothing .", 1),
        ("data/more.ttl", f'{PREFIXES}id:y a :A ; :p "x"^^<http://www.w3.org/2001/XMLSchema#date> .', 1),
        ("data/links/w.sssom.tsv", SSSOM.format("id:nothing"), 1),
        ("queries/q.rq", "#+ summary: What?\n#+ tags: [x]\nSELECT * {", 1),
        ("queries/q.rq", "#+ summary: What?\n#+ tags: [x]\nSELECT * { ?s <https://e.org/ns#zzz> ?o }", 1),
        ("data/more.ttl", "id:y a id:z .", 3),
        ("data/more.xyz", "", 3),
        ("ontology/shapes/t.ttl", f'{PREFIXES}:T a sh:NodeShape ; sh:targetClass :A ; sh:in "x" .', 3),
    ],
)
def test_validate_and_build_agree_on_what_stops_a_release(name: str, text: str, code: int, root: Path) -> None:
    _write(root, {name: text})
    assert main(["validate", "-w", str(root)]) == code
    assert main(["build", "-w", str(root)]) == code
    assert (root / "dist").exists() == (code == 0)


def test_a_check_that_is_set_to_a_violation_stops_a_release(root: Path) -> None:
    assert main(["build", "-w", str(root)]) == 0
    _write(root, {"publisher.toml": f'{FILES["publisher.toml"]}[lints]\nunused-entity = "violation"\n'})
    assert main(["validate", "-w", str(root)]) == 1
    assert main(["build", "-w", str(root)]) == 1


def test_things_are_all_of_the_base(root: Path) -> None:
    _write(
        root,
        {
            "data/entities/d.ttl": f"{PREFIXES}e:place a :A . <https://e.org/person/Ann_B> a :A . e:used a :A ; :p 1 .",
            "data/entities/e.ttl": f"{PREFIXES}id:x a :A ; skos:related e:used , id:x .",
            "data/links/w.sssom.tsv": SSSOM.format("e:nothing"),
            "queries/q.rq": "#+ summary: What?\n#+ tags: [x]\nSELECT * { <https://e.org/plaice> "
            "<https://e.org/ns#p> ?o . GRAPH <https://e.org/graph/entities/d> { ?o a <https://e.org/ns#A> } }",
        },
    )
    findings = judge(load_config(root), Request()).compared.new.findings
    things = {(f.shape.rpartition(":")[2], (f.value if f.shape.endswith("query-thing") else f.focus)) for f in findings}
    assert things == {
        ("unused-entity", "https://e.org/place"),
        ("unused-entity", "https://e.org/person/Ann_B"),
        ("unused-entity", "https://e.org/id/x"),
        ("name-pattern", "https://e.org/person/Ann_B"),
        ("linked-thing", "https://e.org/nothing"),
        ("query-thing", "https://e.org/plaice"),
    }
    assert any("place" in f.hint for f in findings if f.value == "https://e.org/plaice")
