"""The table of the kinds of findings, and the documentation that repeats it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.rdf.vocab import GPS
from publisher.validate.lint_context import Problem
from publisher.validate.lints import FINDING_KINDS, FindingKind

ROOT = Path(__file__).parents[2]


def test_the_documentation_has_the_table_of_kinds() -> None:
    text = (ROOT / "docs" / "validating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `gps:(\w+)` \| (\w+) \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(kind.id, kind.severity, kind.description) for kind in FINDING_KINDS]


def test_every_kind_in_the_sources_is_in_the_table() -> None:
    ids = {kind.id for kind in FINDING_KINDS}
    assert len(ids) == len(FINDING_KINDS)
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "publisher").rglob("*.py"))
    named = set(re.findall(r"GPS\.(\w+)\.value", source))
    assert {name for name in named if not name.endswith("ConstraintComponent")} <= ids


@pytest.mark.parametrize("kind", FINDING_KINDS, ids=lambda kind: kind.id)
def test_a_kind_is_described_in_one_sentence(kind: FindingKind) -> None:
    assert re.fullmatch(r"[A-Z].*\.", kind.description)
    assert kind.description.count(". ") == 0


def test_a_finding_has_the_id_and_the_severity_of_its_kind() -> None:
    finding = FindingKind("Odd", "info", "It is odd.").finding(Problem("https://e.org/x", "Odd.", value="7", line=3))
    assert (finding.shape, finding.severity, finding.line) == (GPS.Odd.value, "info", 3)
    assert finding.component == GPS.OddConstraintComponent.value
