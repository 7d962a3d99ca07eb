"""What the documentation says was tried is held by tests that are there."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

ROWS = re.findall(r"^\| .* \|$", (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8"), re.MULTILINE)
NAMED = [match for row in ROWS for match in re.findall(r"`(tests/[\w/.]+)::(\w+)`", row)]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_is_there(path: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_each_attack_names_its_test() -> None:
    attacks = [row for row in ROWS if row.count(" | ") == 2 and " --- " not in row and "what was tried" not in row]
    assert len(attacks) > 25
    assert [row for row in attacks if "`tests/" not in row] == []
