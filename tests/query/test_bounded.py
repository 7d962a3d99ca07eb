"""Queries of one triple pattern are answered without a worker, as a worker answers them; no other query is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.query import bounded
from publisher.query.bounded import BoundedQueries, bounded_query
from publisher.query.index import opened_index
from publisher.query.requests import Limits, QueryRequest
from publisher.query.worker import RESULT_FORMATS, in_order
from publisher.rdf.sparql import selected_star

LIMITS = Limits()
DATA = "".join(
    f'<urn:s{i % 40}> <urn:p{i % 3}> "{i}" <urn:g{i % 2}> .\n<urn:s{i}> <urn:o> <urn:s{i % 7}> .\n' for i in range(120)
) + (
    '<urn:s1> <urn:p0> "}},{\\"bindings\\":[{\\"<result>,\\r\\n"@en .\n<urn:s1> <urn:o> _:b .\n_:b <urn:o> _:c .\n'
    '<urn:s1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:s2> .\n<urn:s2> <urn:p1> "1"^^<urn:p0> .\n'
    f'<urn:large> <urn:p0> "{"x" * 70_000}" .\n'
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    dump = tmp_path_factory.mktemp("dump") / "all.nq"
    dump.write_text(DATA, encoding="utf-8")
    with opened_index(dump, dump.parent / "indexes") as path:
        yield path


@pytest.fixture(scope="module", params=[bounded.SMALL, 10], ids=["memory", "disk"])
def queries(index: Path, request: pytest.FixtureRequest) -> BoundedQueries:
    return BoundedQueries(index, LIMITS, request.param)


@pytest.fixture(scope="module")
def store(index: Path) -> ox.Store:
    return ox.Store.read_only(str(index))


def answer_of_worker(store: ox.Store, request: QueryRequest) -> bytes | None:
    """Return what ``publisher.query.worker`` writes; nothing where it fails."""
    star, variables = selected_star(request.text)
    try:
        text = request.text if star is None else in_order(request.text, star, variables, {})
        result = store.query(text)
    except SyntaxError:
        return None
    assert isinstance(result, ox.QuerySolutions)
    return result.serialize(format=RESULT_FORMATS[request.format])


def rows(content: bytes | None, form: str) -> object:
    """Return head and rows of an answer, in one order: a store in memory has another one than that on the disk."""
    if content is None:
        return None
    if form == "json":
        answer = json.loads(content)
        return answer["head"], sorted(map(str, answer["results"]["bindings"]))
    mark = {"xml": b"<result>", "csv": b"\r\n", "tsv": b"\n"}[form]
    head, *body = content.removesuffix(b"</results></sparql>").split(mark)
    return head, sorted(body)


VARIABLES = ("?s", "?p", "$o", "?s2")
TERMS = (
    "<urn:s1>",
    "<urn:s2>",
    "<urn:p0>",
    "<urn:o>",
    "u:s3",
    "u:o",
    ":x",
    "u:s1.",
    "a",
    '"7"',
    "'''1'''",
    '"1"@en',
    "_:b",
)
PATTERN = st.lists(st.sampled_from((*VARIABLES, *VARIABLES, *TERMS)), min_size=3, max_size=3).map(" ".join)


@given(
    selected=st.sampled_from(("*", "?p", "?s $p ?o", "$o ?s", "?none", "?none ?o", "?s2 ?s")),
    pattern=PATTERN,
    where=st.sampled_from(
        ("{{{}}}", "WHERE{{{}}}", "WHERE {{ {} . }}", "where{{{}.}}#c\n", "{{ {} ; ?p ?o }}", "{{{{{}}}}}")
    ),
    end=st.sampled_from(
        ("", "LIMIT 3", "limit 0", " LIMIT 100", "LIMIT 101", "LIMIT 5000", "OFFSET 1", "LIMIT 1 OFFSET 1")
    ),
    form=st.sampled_from(("json", "xml", "csv", "tsv")),
    gap=st.sampled_from(("", " ", "\t\r\n")),
)
def test_answers_are_those_of_a_worker(
    queries: BoundedQueries, store: ox.Store, selected: str, pattern: str, where: str, end: str, form: str, gap: str
) -> None:
    text = f"PREFIX u: <urn:> SELECT{gap}{selected}{gap}{where.format(pattern)}{gap}{end}"
    request = QueryRequest(text, form)
    answer = queries.answer(request)
    if answer is not None:
        assert rows(answer, form) == rows(answer_of_worker(store, request), form)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { <urn:s1> ?p ?o }",
        "PREFIX u: <urn:>\nselect $p where { u:s1 $p 'x' . } LIMIT 4\n",
        "SELECT ?o { <urn:s1> <urn:o> ?o } LIMIT 4",
        "SELECT ?s { ?s a <urn:s2> }",
        "SELECT ?none ?s { ?s a ?o } LIMIT 100",
        'SELECT?s{?s?p"}"}LIMIT 2',
        "PREFIX u:<urn:>PREFIX :<urn:s>SELECT?p?o{:1 ?p?o.}",
    ],
)
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_one_pattern_needs_no_worker(queries: BoundedQueries, store: ox.Store, text: str, form: str) -> None:
    request = QueryRequest(text, form)
    assert rows(queries.answer(request), form) == rows(answer_of_worker(store, request), form) is not None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o . ?o ?p ?s }",
        "SELECT * { ?s ?p ?s }",
        "SELECT * { $s ?p ?s }",
        "SELECT * { ?s ?p _:b }",
        "SELECT * { _:b ?p ?o }",
        "SELECT * { ?s ?p [] }",
        "SELECT ?none { ?s ?p ?o }",
        "SELECT * { ?s <urn:p>* ?o }",
        "SELECT * { ?s <urn:p>/<urn:q> ?o }",
        "SELECT * { ?s ?p ?o, ?q }",
        "SELECT * { ?s ?p ?o FILTER(?o) }",
        "SELECT * { { ?s ?p ?o } }",
        "SELECT * { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * FROM <urn:g> { ?s ?p ?o }",
        "SELECT * { <<?s ?p ?o>> ?q ?r }",
        "SELECT DISTINCT ?s { ?s ?p ?o }",
        "SELECT REDUCED ?s { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (?s AS ?t) { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } ORDER BY ?s",
        "SELECT * { ?s ?p ?o } OFFSET 1",
        "SELECT * { ?s ?p ?o } LIMIT 1 OFFSET 1",
        "SELECT * { ?s ?p ?o } LIMIT 1 LIMIT 2",
        "SELECT * { ?s ?p ?o } VALUES ?s { <urn:a> }",
        "SELECT * { SELECT * { ?s ?p ?o } }",
        "SELECT * { SERVICE <urn:a> { ?s ?p ?o } }",
        "BASE <urn:a> SELECT * { ?s ?p ?o }",
        "ASK { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DESCRIBE <urn:a>",
        "DELETE WHERE { ?s ?p ?o }",
        'SELECT * { ?s ?p "\\u0022 . ?a ?b ?c }',
        "SELECT * { ?s ?p <urn:a\\u003E> }",
        "SELECT * { ?s ?p 'a'@en }",
        "SELECT * { ?s ?p 7 }",
        'SELECT * { ?s ?p """a""" }',
        "SELECT * { ?s ?p ?o } # LIMIT 1",
        "SELECT * { u:a:b:c }",
        "SELECT * { ?s ?p u:o. }",
        "SELECT * { ?sapo }",
        "SELECT * { ?s a?o }",
        "SELECT\u00a0* { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } LIMIT 9999999999999999999",
        f"SELECT * {{ ?s ?p ?o{' ' * 1900}",
        f"SELECT * {{ ?s ?p <urn:{'a' * 2000}> }}",
        "SELECT * { ?s ?p } ?o {",
        "",
    ],
)
def test_nothing_else_is_bounded(text: str) -> None:
    assert bounded_query(text) is None


def test_what_is_too_large_or_faulty_is_left_to_a_worker(queries: BoundedQueries, index: Path) -> None:
    for text in (
        "SELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } LIMIT 3",
        "SELECT * { ?s a ?o } LIMIT 0",
        "SELECT * { <urn:large> ?p ?o }",
        "SELECT * { u:s1 ?p ?o }",
        "PREFIX u:a <urn:> SELECT * { u:s1 ?p ?o }",
        "SELECT ?s { ?s ?p <%> }",
    ):
        assert bounded_query(text)
        assert queries.answer(QueryRequest(text)) is None
    one = "SELECT * { <urn:s1> ?p ?o }"
    assert queries.answer(QueryRequest(one))
    assert queries.answer(QueryRequest(one, default_graphs=("urn:g1",))) is None
    assert queries.answer(QueryRequest(one, named_graphs=("urn:g1",))) is None
    assert BoundedQueries(index, Limits(rows=2)).answer(QueryRequest(one)) is None
    assert BoundedQueries(index, Limits(size=20)).answer(QueryRequest(one)) is None
    assert bounded.ROWS == 100  # each attempt that is left to a worker costs as much
