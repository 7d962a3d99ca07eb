"""Pages of rows: only of queries whose rows have an order, which is then made total."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from publisher.errors import UsageError
from publisher.query import files
from publisher.query.paging import order_obstacle, page
from tests.conftest import ROOT

ROWS = 'VALUES ?a { "x"@en "x"@de "x" 1 01 "1" <urn:x> UNDEF } VALUES ?b { 1 2 3 }'


def rows(text: str) -> list[tuple[str, ...]]:
    found = ox.Store().query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(str(term) for term in row) for row in found]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ASK {}", "no rows"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "no rows"),
        ("SELECT ?s { ?s ?p ?o }", "no order"),
        ("SELECT ?s { { SELECT ?s { ?s ?p ?o } ORDER BY ?s } }", "no order"),
        ("SELECT * { ?s ?p ?o } ORDER BY ?s", r"SELECT \*"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 3", "of its own"),
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s OFFSET 3", "of its own"),
        ("", "no rows"),
    ],
)
def test_without_an_order_there_are_no_pages(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        page(text, 10, 0)


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT ?a ?b {{ {ROWS} }} ORDER BY DESC(?b)",
        f"SELECT DISTINCT ?a ?b WHERE {{ {ROWS} }} ORDER BY ?a # by name",
        f"SELECT ?b (COUNT(?a) AS ?n) {{ {ROWS} }} GROUP BY ?b HAVING (COUNT(?a) > 1) ORDER BY ?n",
        f"PREFIX e: <urn:e:>\nSELECT (STR(?a) AS ?text) $b\nFROM <urn:g>\n{{ {ROWS} }}"
        " ORDER BY (STRLEN(?text))\nVALUES ?b { 1 2 }",
    ],
)
def test_pages_have_each_row_once_and_in_the_order_of_the_query(text: str) -> None:
    whole = rows(page(text, None, 0))
    assert sorted(whole) == sorted(rows(text))
    parts = [row for start in range(0, len(whole) + 2, 2) for row in rows(page(text, 2, start))]
    assert parts == whole
    assert rows(page(text, 0, 0)) == []
    assert rows(page(text, 5, 10**9)) == []


def test_all_saved_queries_with_rows_have_pages() -> None:
    selects = [query for query in files.discover(ROOT / "queries") if query.form == "select"]
    assert len(selects) > 40
    assert {query.name: order_obstacle(query.text) for query in selects if order_obstacle(query.text)} == {}
