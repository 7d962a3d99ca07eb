"""Query files: what their header says, what a parameter may be, and what each query answers on three engines."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError, UsageError
from publisher.query import files, local, parameters, results
from publisher.query.files import Query
from publisher.query.results import Answer
from publisher.rdf.sparql import tokenize
from publisher.workspace.config import Config
from tests.conftest import IN_CI, ROOT, Requirement, in_ci

FOLDER = ROOT / "queries"
EXPECTED = FOLDER / "expected"
COMUNICA = ROOT / "tests" / "comunica"
QUERIES = files.discover(FOLDER)
NAMES = [query.name for query in QUERIES]
PREFIXES = {"id": "https://e.org/id/", "e": "https://e.org/"}

Engine = Callable[[Query], Answer]

# Queries that take an engine long; CI runs them, too.
SLOW: Final = {
    "oxigraph": set[str](),
    "rdflib_graph": {  # view-of-a-side 40 s, the others about a second each
        "armed-conflicts",
        "claims-that-pass-for-facts",
        "days-between-encounters",
        "event-rows",
        "nanopublication",
        "positions",
        "view-of-a-side",
        "what-is-contested",
        "what-rests-on-one-source-or-voice",
    },
    "comunica": {  # a second or more each, most of a minute together
        "claims-by-claimant",
        "claims-of-a-relation",
        "claims-that-pass-for-facts",
        "event-rows",
        "loaded-statements-of-the-author",
        "nanopublication",
        "positions",
        "quotations",
        "sources-by-sentence",
        "what-concerns-a-thing",
        "what-is-contested",
        "what-rests-on-one-source-or-voice",
        "who-accuses-whom",
        "who-gains-and-who-loses",
        "who-said-what-to-whom",
        "who-supplied-what-to-whom",
    },
}


def runs() -> list[Any]:
    """Return parameters of each engine with each query."""
    return [
        pytest.param(engine, query, marks=[in_ci] if query.name in slow else [], id=f"{engine}-{query.name}")
        for engine, slow in SLOW.items()
        for query in QUERIES
    ]


HEADER = """\
#+ summary: Who met whom?
#+ description: |
#+   Two lines,
#+   that is.
#+ tags: [facts, people]
#+ competency-questions: [Q1]
#+ parameters:
#+   - name: person
#+     type: iri
#+     description: Only this person.
#+   - name: words
#+     type: string
#+     description: Only these words.
"""
BODY = """\
PREFIX id: <https://other.org/id#> # VALUES ?person { id:in-a-comment }
SELECT ?person ?words WHERE {
  VALUES ?person { UNDEF }
  VALUES $words { "a } b" }
  BIND("VALUES ?person { id:in-a-string }" AS ?s)
}
"""


def written(tmp_path: Path, text: str, name: str = "q.rq") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# --- the header -----------------------------------------------------------------------------------


def test_header(tmp_path: Path) -> None:
    query = files.read_query(written(tmp_path, HEADER + BODY))
    assert (query.name, query.form) == ("q", "select")
    assert query.question == "Who met whom?"
    assert query.description == "Two lines,\nthat is."
    assert query.tags == ("facts", "people")
    assert query.competency_questions == ("Q1",)
    assert [(p.name, p.type, p.default) for p in query.parameters] == [
        ("person", "iri", None),
        ("words", "string", '"a } b"'),
    ]


@pytest.mark.parametrize(
    ("header", "place", "message"),
    [
        ("#+ summary: a: b\n", "1:14", "not valid YAML"),
        ("#+ summary: \x07\n", "", "not valid YAML"),
        ("#+ only words\n", "1", "not made of lines"),
        ("#+ summary: a\n#+ sumary: b\n", "2:4", "unknown header key 'sumary'; known: summary,"),
        ("#+ summary: [a]\n", "1:4", "header key 'summary': expected a text"),
        ("#+ summary: a\n#+ tags: a\n", "2:4", "header key 'tags': expected a list of words"),
        ("#+ parameters:\n#+   - name: x\n", "1:4", "a name, a type and a description"),
        (
            "#+ parameters:\n#+   - {name: x, type: url, description: d}\n",
            "2:9",
            "parameter 'x': unknown type 'url'; known: iri, string,",
        ),
        (
            "#+ parameters:\n#+   - {name: who, type: iri, description: d}\n",
            "2:9",
            "parameter 'who' needs one 'VALUES ?who { … }' in the query; found 0",
        ),
    ],
)
def test_bad_header_is_located(tmp_path: Path, header: str, place: str, message: str) -> None:
    path = written(tmp_path, header + "SELECT * {}")
    with pytest.raises(SourceError) as caught:
        files.read_query(path)
    where = f"{path}:{place}: " if place else f"{path}: "
    assert str(caught.value).startswith(where)
    assert message in str(caught.value)


def test_query_needs_no_header(tmp_path: Path) -> None:
    written(tmp_path, "SELECT * {}")
    assert files.discover(tmp_path) == [files.find("q", tmp_path)]


def test_file_of_the_user_needs_no_header(tmp_path: Path) -> None:
    assert files.find(str(written(tmp_path, "ASK {}")), tmp_path).form == "ask"


def test_unknown_query_names_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, HEADER + BODY, "who-met-whom.rq")
    with pytest.raises(UsageError, match=r"has no query 'who-met-who'; did you mean who-met-whom"):
        files.find("who-met-who", tmp_path)
    with pytest.raises(UsageError, match="publisher query --list"):
        files.find("zzz", tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        files.find("zzz.rq", tmp_path)


def test_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "q.rq"
    path.write_bytes(b"\xff")
    with pytest.raises(SourceError, match=r"q\.rq:1:1: not UTF-8"):
        files.read_query(path)


# --- the text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("select * {}", "select"),
        ("# ASK\nBASE <https://e.org/select>\nPREFIX ask: <https://e.org/ask>\nConstruct {} {}", "construct"),
        ("DESCRIBE <https://e.org/insert>", "describe"),
    ],
)
def test_form(text: str, form: str) -> None:
    assert files.parse_query(text).form == form


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n INSERT DATA {}", "<stdin>:2:2: INSERT is SPARQL Update; only queries are run here"),
        ("PREFIX e: <https://e.org/> WITH e:g DELETE {} WHERE {}", "<stdin>:1:28: WITH is SPARQL Update"),
        ("hello", "<stdin>:1:1: expected SELECT, ASK, CONSTRUCT, DESCRIBE, found 'hello'"),
        ("# nothing", "<stdin>: there is no query in it"),
        ("SELECT * {\n ?s ?p }", "<stdin>:2:9: expected one of"),
        ("SELECT * {\n  SERVICE SILENT <https://e.org/> {} }", "<stdin>:2:3: SERVICE is not resolved here"),
    ],
)
def test_refused_text_is_located(text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        local.run(text, ox.Store())
    assert str(caught.value).startswith(message)


def test_service_in_names_strings_and_comments_is_no_service() -> None:
    text = 'PREFIX service: <https://e.org/SERVICE> # SERVICE\nASK { ?SERVICE service:SERVICE "SERVICE" }'
    assert local.run(text, ox.Store()).rows() == ox.parse_query_results(b"false", format=ox.QueryResultsFormat.TSV)


@pytest.mark.parametrize(
    ("clauses", "count"),
    [
        ("{ ?s ?p ?o }", 2),
        ("FROM <urn:g> { ?s ?p ?o }", 1),
        ("FROM <urn:none> { ?s ?p ?o }", 0),
        ("FROM NAMED <urn:h> { GRAPH ?g { ?s ?p ?o } }", 2),
        ("FROM NAMED <urn:h> { ?s ?p ?o }", 0),
        ("{ GRAPH ?g { ?s ?p ?o } }", 3),
        ("{ GRAPH ?g { ?s ?p ?o } ?s ?p ?o }", 3),
    ],
)
def test_default_graph_is_the_union_unless_the_query_names_another(tmp_path: Path, clauses: str, count: int) -> None:
    quads = "<urn:a> <urn:p> <urn:b> <urn:{}> .\n"
    path = written(tmp_path, quads.format("g") + quads.format("h") + quads.format("h").replace("b", "c"), "all.nq")
    rows = local.run(f"SELECT (COUNT(*) AS ?n) {clauses}", local.load_store([path])).rows()
    assert [row["n"].value for row in rows] == [str(count)]  # type: ignore[union-attr]


# --- parameters -----------------------------------------------------------------------------------


def test_bind_replaces_the_values_and_nothing_else(tmp_path: Path) -> None:
    query = files.read_query(written(tmp_path, HEADER + BODY))
    bound = parameters.bind(query, {"person": "e:x", "words": 'c " { d'}, PREFIXES)
    assert "VALUES ?person { <https://e.org/x> }" in bound
    assert 'VALUES $words { "c \\" { d" }' in bound
    assert "# VALUES ?person { id:in-a-comment }" in bound
    assert '"VALUES ?person { id:in-a-string }"' in bound
    assert parameters.bind(query, {}, PREFIXES) == query.text


def test_prefix_of_the_query_goes_before_that_of_the_workspace(tmp_path: Path) -> None:
    query = files.read_query(written(tmp_path, HEADER + BODY))
    assert "<https://other.org/id#x>" in parameters.bind(query, {"person": "id:x"}, PREFIXES)


def test_unknown_parameter_names_the_known(tmp_path: Path) -> None:
    query = files.read_query(written(tmp_path, HEADER + BODY))
    with pytest.raises(UsageError, match=r"no parameter 'who'; its parameters: person \(iri\), words \(string\)"):
        parameters.bind(query, {"who": "id:x"}, PREFIXES)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_string_reaches_the_query_unchanged(value: str) -> None:
    text = "#+ parameters: [{name: x, type: string, description: d}]\nSELECT ?x { VALUES ?x { 'd' } }"
    bound = parameters.bind(files.parse_query(text), {"x": value}, {})
    rows = local.run(bound, ox.Store()).rows()
    assert isinstance(rows, ox.QuerySolutions)
    assert [row["x"] for row in rows] == [ox.Literal(value)]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_an_iri_is_one_term_or_refused(name: str) -> None:
    text = "#+ parameters: [{name: x, type: iri, description: d}]\nSELECT ?x { VALUES ?x { UNDEF } }"
    try:
        bound = parameters.bind(files.parse_query(text), {"x": "id:" + name}, PREFIXES)
    except UsageError:
        return
    rows = local.run(bound, ox.Store()).rows()
    assert isinstance(rows, ox.QuerySolutions)
    assert [row["x"] for row in rows] == [ox.NamedNode(PREFIXES["id"] + name)]


# --- loading --------------------------------------------------------------------------------------


def test_load_store(tmp_path: Path) -> None:
    import gzip

    plain = tmp_path / "a.nt"
    plain.write_text("<urn:a> <urn:b> <urn:c> .\n")
    packed = tmp_path / "b.nq.gz"
    packed.write_bytes(gzip.compress(b"<urn:a> <urn:b> <urn:d> <urn:g> .\n"))
    rows = local.run("SELECT ?o { ?s ?p ?o } ORDER BY ?o", local.load_store([plain, packed])).rows()
    assert [row["o"].value for row in rows] == ["urn:c", "urn:d"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ttl", b"<urn:a> <urn:b>\n  c .", "a.ttl:2:3: "),
        ("a.nt.gz", b"no gzip", "a.nt.gz: cannot be read"),
        ("a.doc", b"", "a.doc: cannot be read"),
    ],
)
def test_load_store_names_what_cannot_be_read(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=re.escape(message)):
        local.load_store([path])


# --- the published queries ------------------------------------------------------------------------

# What engines do differently, or what makes an answer depend on the day or the layout of the graphs
UNPORTABLE = {"SERVICE", "GRAPH", "FROM", "GROUP_CONCAT", "SAMPLE", "NOW", "RAND", "UUID", "STRUUID", "LATERAL"}


def words(query: Query, kind: str) -> set[str]:
    return {token[0] for token in tokenize(query.text) if token.lastgroup == kind}


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 24


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_query_is_portable(query: Query) -> None:
    found = {word.upper() for word in words(query, "word")}
    assert not found & UNPORTABLE
    assert query.form != "describe"
    assert {"ORDER", "BY"} <= found or query.form in ("ask", "construct")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", query.name)
    assert query.question.endswith("?")
    assert query.tags


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_query_says_what_an_empty_answer_means(query: Query) -> None:
    assert ("The answer “no” means" if query.form == "ask" else "An empty answer means") in query.description


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_query_prints_no_sentence_without_its_article(query: Query) -> None:
    head = query.text.partition("WHERE")[0]
    assert "?sentence" not in head or "?article ?sentence" in head


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_query_names_an_article_only_as_the_default_of_a_parameter(query: Query) -> None:
    body = re.sub(r"VALUES\s*\?\w+\s*\{[^}]*\}|^PREFIX.*$", "", query.text, flags=re.MULTILINE)
    articles = [path.stem for path in (ROOT / "data" / "articles").glob("*.ttl")]
    assert not [name for name in articles if name in body]


@pytest.mark.parametrize("query", QUERIES, ids=NAMES)
def test_terms_of_a_query_are_in_the_dataset(query: Query, store: ox.Store, config: Config) -> None:
    known = {prefix: config.prefixes[prefix] for prefix in ("gp", "gpt", "id", "edm-15-177")}
    used = [name.partition(":") for name in words(query, "name")]
    terms = [ox.NamedNode(known[prefix] + local) for prefix, _, local in used if prefix in known and local]
    missing = [term.value for term in terms if next(store.quads_for_pattern(term, None, None), None) is None]
    assert not missing


@pytest.fixture(scope="session")
def oxigraph(store: ox.Store) -> Engine:
    return lambda query: local.run(query.text, store, query.path)


@pytest.fixture(scope="session")
def rdflib_graph(dump: Path) -> Engine:
    graph = rdflib.Graph().parse(dump)

    def run(query: Query) -> Answer:
        result = graph.query(query.text)
        if result.graph is not None:
            return graph_of(query.form, result.graph.serialize(format="nt", encoding="utf-8"))
        return Answer(query.form, result.serialize(format="json") or b"")

    return run


@pytest.fixture(scope="session")
def comunica(dump: Path, require: Requirement) -> Engine:
    """All queries in one process of Comunica, an engine that shares no code with the others."""
    here = shutil.which("node") is not None and (COMUNICA / "node_modules").is_dir()
    require("Comunica (node 20 or later)", f"npm ci --prefix {COMUNICA.relative_to(ROOT)}", found=here)
    paths = [str(query.path) for query in QUERIES if IN_CI or query.name not in SLOW["comunica"]]
    command = ["node", str(COMUNICA / "run.mjs"), str(dump), *paths]
    done = subprocess.run(command, capture_output=True, check=True, timeout=900)
    found: dict[str, dict[str, str]] = json.loads(done.stdout)

    def run(query: Query) -> Answer:
        answer = found[query.name]
        assert "error" not in answer, answer["error"]
        if query.form == "construct":
            return graph_of(query.form, answer["body"].encode())
        return Answer(query.form, answer["body"].encode())

    return run


def graph_of(form: str, n_triples: bytes) -> Answer:
    parsed = ox.parse(n_triples, format=ox.RdfFormat.N_TRIPLES)
    return results.graph_answer(form, (quad.triple for quad in parsed))


def expected(query: Query) -> Answer:
    """Read the reviewed answer: SPARQL results TSV, which unlike CSV keeps the type of each value."""
    path = EXPECTED / f"{query.name}.{'ttl' if query.form == 'construct' else 'tsv'}"
    assert path.is_file(), f"{path}: missing; review the answer, then: python -m tests.update_expected {query.name}"
    if query.form == "construct":
        parsed = ox.parse(path=path, format=ox.RdfFormat.TURTLE)
        return results.graph_answer(query.form, (quad.triple for quad in parsed))
    return results.row_answer(query.form, ox.parse_query_results(path=path, format=ox.QueryResultsFormat.TSV))


def value(term: object) -> object:
    """Return what a term means: engines write numbers and language tags in their own ways."""
    if not isinstance(term, ox.Literal):
        return term
    datatype = term.datatype.value.rpartition("#")[2]
    if datatype in ("integer", "decimal"):
        return datatype, Decimal(term.value)
    if datatype == "boolean":
        return datatype, term.value in ("true", "1")
    return term.datatype, (term.language or "").lower(), term.value


def rows_of(answer: Answer) -> list[tuple[object, ...]]:
    """Return an answer as rows to compare, in its order; the first one has the names of the columns."""
    if answer.form == "construct":
        return sorted((tuple(map(value, triple)) for triple in answer.triples()), key=str)
    rows = answer.rows()
    if isinstance(rows, ox.QueryBoolean):
        return [(bool(rows),)]
    names = tuple(variable.value for variable in rows.variables)
    return [names, *(tuple(value(row[name]) for name in names) for row in rows)]


@pytest.mark.parametrize(("engine", "query"), runs())
def test_answer(engine: str, query: Query, request: pytest.FixtureRequest) -> None:
    run: Engine = request.getfixturevalue(engine)
    answer, reviewed = rows_of(run(query)), rows_of(expected(query))
    if engine == "comunica":  # version 4 puts single rows of a sorted answer out of their place
        assert Counter(answer) == Counter(reviewed)
    else:
        assert answer == reviewed


def test_each_expected_answer_has_its_query() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(NAMES)


@pytest.mark.parametrize(
    ("name", "given", "column", "found"),
    [
        ("who-met-whom", {"person": "id:alyaksandr-lukashenka"}, "person", {"id:alyaksandr-lukashenka"}),
        ("quotations", {"speaker": "id:alyaksandr-lukashenka"}, "sentence", {"6", "7", "15"}),
        ("sources-by-sentence", {"outlet": "id:president-az"}, "issued", {"2018-11-14", "2018-11-19"}),
        ("claims-in-a-sentence", {"sentence": "19"}, "sentence", {"19"}),
        ("who-said-what-to-whom", {"from": "2018-11-12", "until": "2018-11-13"}, "time", {"2018-11-12", "../2018-12"}),
        ("who-said-what-to-whom", {"from": "2018-12-31", "until": "2019-01-01"}, "time", {"2018-12", "../2018-12"}),
        ("who-holds-which-office", {"date": "2019-06-01"}, "inOffice", {"not known", "no"}),
        (
            "what-changed-between-two-dates",
            {"from": "2018-12-09", "until": "2018-12-09"},
            "certainty",
            {"certain", "possible"},
        ),
        ("view-of-a-side", {"state": "id:belarus"}, "holderName", {"Alyaksandr Lukashenka", "Belarus"}),
    ],
)
def test_parameters_of_published_queries(
    name: str, given: dict[str, str], column: str, found: set[str], store: ox.Store, config: Config
) -> None:
    text = parameters.bind(files.find(name, FOLDER), given, config.prefixes)
    rows = local.run(text, store).rows()
    assert isinstance(rows, ox.QuerySolutions)
    assert {results._cell(row[column], config.prefixes) for row in rows} == found


def test_positions_has_each_statement_of_a_position(store: ox.Store) -> None:
    kind = ox.NamedNode("https://w3id.org/geopol/ns#PositionStatement")
    statements = {
        quad.subject for quad in store.quads_for_pattern(None, None, kind) if quad.predicate.value.endswith("#type")
    }
    rows = local.run(files.find("positions", FOLDER).text, store).rows()
    assert isinstance(rows, ox.QuerySolutions)
    assert statements <= {row["claim"] for row in rows}
