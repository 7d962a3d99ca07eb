"""The table of the kinds of findings, and the documentation that repeats it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.rdf.vocab import CHECK
from publisher.validate.lint_context import FindingKind, Problem
from publisher.validate.lints import FINDING_KINDS

ROOT = Path(__file__).parents[2]


def test_the_documentation_has_a_section_for_each_kind() -> None:
    text = (ROOT / "docs" / "validating.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### ([a-z-]+)\n\n\*\*(\w+)\.\*\* (.*)$", text, re.MULTILINE)
    assert sections == [(kind.id, kind.severity.capitalize(), kind.description) for kind in FINDING_KINDS]


def test_every_kind_in_the_sources_is_in_the_table() -> None:
    ids = {kind.id for kind in FINDING_KINDS}
    assert len(ids) == len(FINDING_KINDS)
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "publisher").rglob("*.py"))
    assert set(re.findall(r'CHECK\["([^"]+)"\]', source)) <= ids
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in ids)


@pytest.mark.parametrize("kind", FINDING_KINDS, ids=lambda kind: kind.id)
def test_a_kind_is_described_in_one_sentence(kind: FindingKind) -> None:
    assert re.fullmatch(r"[A-Z].*\.", kind.description)
    assert kind.description.count(". ") == 0


def test_a_finding_has_the_id_and_the_severity_of_its_kind() -> None:
    finding = FindingKind("odd", "info", "It is odd.").finding(Problem("https://e.org/x", "Odd.", value="7", line=3))
    assert (finding.shape, finding.severity, finding.line) == (CHECK.odd.value, "info", 3)
    assert finding.component == CHECK.odd.value
