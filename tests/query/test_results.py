"""Answers: the same values in every format, and a table that people can read."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib

from publisher.errors import UsageError
from publisher.query import local, results
from publisher.query.results import Answer

PREFIXES = {"id": "https://e.org/id/", "longer": "https://e.org/id/longer/", "unused": "https://e.org/unused/"}
ROWS = """SELECT ?a ?b ?c WHERE { VALUES (?a ?b ?c) {
  (<https://e.org/id/x> "one, \\"two\\""@en 3)
  (<https://e.org/id/longer/y> UNDEF "2018-11-19"^^<http://www.w3.org/2001/XMLSchema#date>)
} }"""
GRAPH = "CONSTRUCT { <https://e.org/id/x> <https://e.org/p> 2 , 1 } WHERE {}"


def run(text: str) -> Answer:
    return local.run(text, ox.Store())


def test_table() -> None:
    lines = results.write(run(ROWS), "table", PREFIXES).splitlines()
    assert lines[0].split() == ["a", "b", "c"]
    assert lines[2].split() == ["id:x", "one,", '"two"', "3"]
    assert lines[3].split() == ["longer:y", "2018-11-19"]
    assert lines[-1] == "2 rows"
    assert lines[2].index("3") == lines[3].index("2018")


def test_table_is_folded_and_loses_nothing() -> None:
    text = "word " * 40
    answer = run(f'SELECT ?a ?b {{ BIND("{text}" AS ?a) BIND("[b]bold[/b]" AS ?b) }}')
    table = results.write(answer, "table", {}, width=40)
    assert max(map(len, table.splitlines())) <= 40
    assert table.count("word") == 40
    assert "[b]bold[/b]" in table
    assert table.endswith("\n1 row\n")


def test_crowded_table_is_turned_on_its_side() -> None:
    columns = " ".join(f'("value {n} {"x" * 30}" AS ?column{n})' for n in range(5))
    answer = run(f"SELECT {columns} ?none {{ VALUES ?row {{ 1 2 }} }}")
    lines = results.write(answer, "table", {}, width=60).splitlines()
    assert lines[0].split() == ["column0", "value", "0", "x" * 30]
    assert [line == "" for line in lines[:11]] == [False] * 5 + [True] + [False] * 5
    assert lines[-1] == "2 rows"
    assert results.write(answer, "table", {}, width=400).splitlines()[0].startswith("column0   ")


def test_table_without_rows_says_so() -> None:
    assert results.write(run("SELECT * { ?s ?p ?o }"), None, {}).startswith("No rows")


@pytest.mark.parametrize(("text", "words"), [("ASK {}", "yes\n"), ("ASK { ?s ?p ?o }", "no\n")])
def test_table_of_a_yes_or_no(text: str, words: str) -> None:
    assert results.write(run(text), None, {}) == words


def test_csv() -> None:
    found = list(csv.reader(io.StringIO(results.write(run(ROWS), "csv", PREFIXES))))
    assert found == [
        ["a", "b", "c"],
        ["https://e.org/id/x", 'one, "two"', "3"],
        ["https://e.org/id/longer/y", "", "2018-11-19"],
    ]


def test_tsv_keeps_types() -> None:
    lines = results.write(run(ROWS), "tsv", PREFIXES).splitlines()
    assert lines[:2] == ["?a\t?b\t?c", '<https://e.org/id/x>\t"one, \\"two\\""@en\t3']


def test_json_and_xml() -> None:
    bindings = json.loads(results.write(run(ROWS), "json", PREFIXES))["results"]["bindings"]
    assert bindings[0]["b"] == {"type": "literal", "value": 'one, "two"', "xml:lang": "en"}
    root = ET.fromstring(results.write(run(ROWS), "xml", PREFIXES))  # noqa: S314 (our own output)
    assert len(root.findall(".//{http://www.w3.org/2005/sparql-results#}result")) == 2


def test_every_reader_reads_names_that_end_with_a_dot() -> None:
    turtle = results.write(run("CONSTRUCT { <https://e.org/id/D.C.> a <https://e.org/id/x> } {}"), None, PREFIXES)
    ((subject, _, _),) = rdflib.Graph().parse(data=turtle, format="turtle")
    assert str(subject) == "https://e.org/id/D.C."


def test_turtle() -> None:
    turtle = results.write(run(GRAPH), None, PREFIXES)
    assert "@prefix id: <https://e.org/id/>" in turtle
    assert "unused" not in turtle
    assert len(list(ox.parse(turtle, format=ox.RdfFormat.TURTLE))) == 2
    assert run(GRAPH).body.splitlines() == sorted(run(GRAPH).body.splitlines())


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (ROWS, "ttl", "--format ttl: the answer to SELECT is written as table, csv, tsv, json, xml"),
        ("ASK {}", "ttl", "the answer to ASK"),
        (GRAPH, "csv", "--format csv: the answer to CONSTRUCT is written as ttl"),
    ],
)
def test_format_that_does_not_fit(text: str, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        results.write(run(text), name, {})
