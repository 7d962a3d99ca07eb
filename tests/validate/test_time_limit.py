"""A query, rule or constraint of a workspace that never ends is named, and the command ends; nothing crashes it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.workspace.scaffold import make_workspace
from publisher.workspace.time_limit import VARIABLE
from tests.site.conftest import write_workspace

TRIPLES = "".join(f"<https://example.org/t/id/{i}> <http://purl.org/dc/terms/title> {i} .\n" for i in range(300))
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o"
NEVER = f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}"
OPAQUE = "FILTER(CONCAT(STR(?b), STR(?d), STR(?g), STR(?j), STR(?m)) = 'x')"  # which is no key of a join
RULE = f"CONSTRUCT {{ ?a a ?d }} {{ {PRODUCT} {OPAQUE} }}"
CONSTRAINT = f"""@prefix sh: <http://www.w3.org/ns/shacl#> .
<https://example.org/t/ns#Shape> a sh:NodeShape ; sh:targetNode <https://example.org/t/id/1> ;
  sh:sparql [ sh:message "Never." ; sh:select \"\"\"SELECT $this {{ $this ?z ?y . {PRODUCT} {OPAQUE} }}\"\"\" ] .
"""
BRACKETS = f"SELECT * {{ FILTER(1 <{'(' * 5000}{')' * 5000}>1) }}"


def run(command: str, root: Path, seconds: str = "1") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {VARIABLE: seconds}
    arguments = [sys.executable, "-m", "publisher", command, "-w", str(root), "--jobs", "1"]
    return subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False, timeout=240)


@pytest.mark.parametrize(
    ("command", "path", "text", "named"),
    [
        ("build", "queries/never.rq", NEVER, "never.rq"),
        ("validate", "ontology/rules/never.rq", RULE, "never.rq"),
        ("validate", "ontology/shapes/never.ttl", CONSTRAINT, "Shape"),
    ],
)
def test_what_never_ends_is_named(tmp_path: Path, command: str, path: str, text: str, named: str) -> None:
    root = write_workspace(tmp_path / "workspace", TRIPLES)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    ran = run(command, root)
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert re.search(rf"publisher: .*{named}.*: a query takes more than 1 seconds", ran.stderr)
    assert "Traceback" not in ran.stderr


def test_queries_that_crash_the_engine_are_findings(tmp_path: Path) -> None:
    make_workspace(tmp_path / "workspace")
    queries = tmp_path / "workspace" / "queries"
    (queries / "brackets.rq").write_text(BRACKETS)
    (queries / "unknown.rq").write_text("SELECT (<http://example.org/f>(1) AS ?x) {}")
    (queries / "escape.rq").write_text('SELECT ("a\\u001B[31mRED\\u009B31m\\u202Ex" AS ?x) {}')
    ran = run("validate", tmp_path / "workspace", "60")
    assert ran.returncode in (1, 3)
    assert "brackets.rq" in ran.stdout + ran.stderr
    assert "custom function <http://example.org/f>" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert "\x1b[31mRED" not in ran.stdout
