"""The table of sites has a row for each size, and its place in the documentation."""

from __future__ import annotations

from benchmarks.__main__ import DOCUMENT
from benchmarks.site import BEGIN, END, Measured, render


def test_rates_are_pages_by_cpu_seconds() -> None:
    seconds = {"all": 4.0, "pages": 2.0, "again": 3.0}
    table = render([Measured(100, 1000, 5000, seconds, (12.34, 3.21, 29.9), (5.0, 9.5))])
    assert table.splitlines()[-1] == "| 100 | 1,000 | 5,000 | 250 | 500 | 12.3 | 3.2 | 29.9 | 4.0 | 3.0 | 5.0 | 9.5 |"


def test_the_table_has_a_place() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
