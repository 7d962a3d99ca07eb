"""Answers: the same values in every format, and a table that people can read."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib
from rich.cells import cell_len

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


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT * { ?s ?p ?o }", "s p o"),
        ("PREFIX e: <urn:e:> SELECT DISTINCT * { ?z ?é ?a FILTER(?z != ?b) }", "z é a"),
        ("SELECT * { { SELECT ?o ?s { ?s ?hidden ?o } } }", "o s"),
        ("SELECT ?p ?s { ?s ?p ?o }", "p s"),
        ("SELECT (COUNT(*) AS ?n) ?a { ?a ?b ?c } GROUP BY ?a", "n a"),
        ("#SELECT ?a *\nSELECT*{ ?c ?b $a }", "c b a"),
    ],
)
def test_columns_are_in_the_order_of_use(text: str, names: str) -> None:
    rows = run(text).rows()
    assert isinstance(rows, ox.QuerySolutions)
    assert [variable.value for variable in rows.variables] == names.split()


def test_tables_do_not_steer_a_terminal_and_line_up() -> None:
    query = r'SELECT * { VALUES (?x ?y) { ("a\u001B[31m\u009B\u202Eb" "|") ("会谈会谈会谈" "|") } }'
    first, second = results.write(run(query), "table", {}, 80).splitlines()[2:4]
    assert first.startswith("a\ufffd[31m\ufffd\ufffdb ")
    assert cell_len(first.partition("|")[0]) == cell_len(second.partition("|")[0])
    assert "\\u001B" in results.write(run(query), "json", {}).upper().replace("\\U", "\\u")  # for programs
