"""The table of loads tells ratios of medians, and lands between its markers."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks import load as measured
from benchmarks.__main__ import DOCUMENT
from benchmarks.load import BEGIN, END, OWN, Case
from benchmarks.table import put
from publisher.load.profiles import PROFILES
from tests.conftest import Requirement
from tests.running import INSTALL, STORES, is_installed


def test_cases_of_every_store() -> None:
    for store in STORES:
        found = list(measured.cases(store))
        assert found[0] == Case(store, OWN)
        assert {case.method for case in found[1:]} == set(PROFILES[store].methods)
        assert len(found) == 1 + 2 * len(PROFILES[store].methods)


def test_table_tells_ratios(require: Requirement) -> None:
    require("virtuoso", INSTALL, found=is_installed("virtuoso"))  # its version is told
    seconds = {OWN: 4.0, "gsp": 5.0, "update": 8.0}
    medians = {Case("rdf4j", method): taken for method, taken in seconds.items()}
    medians |= {Case("rdf4j", method, is_verified=True): 10.0 for method in ("gsp", "update")}
    options = argparse.Namespace(stores=["rdf4j"], articles=10, rounds=3, patience=60.0)
    text = measured.render(medians, 40_000, options)
    rows = [line for line in text.splitlines() if line.startswith("| rdf4j ")]
    assert rows == [
        "| rdf4j | none: one `POST` of the file | `gsp` | 80 % | 8,000 | 10,000 | 4,000 |",
        "| rdf4j | none: one `POST` of the file | `update` | 50 % | 5,000 | 10,000 | 4,000 |",
    ]
    assert "10 articles, 40,000 triples; 3 rounds; none is run again after more than 60 s; " in text


def test_table_lands_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    put(page, BEGIN, END, "new")
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    page.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected one line"):
        put(page, BEGIN, END, "new")
    assert DOCUMENT.read_text(encoding="utf-8").count(BEGIN) == 1
