from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.rdf.safety import (
    NO_SERVICE,
    check_depth,
    check_keywords,
    check_query,
    check_rule,
    check_syntax,
    check_xml,
)
from publisher.rdf.sparql import tokenize

Kinds = dict[str, Callable[[int], str]]

PATH = Path("q.rq")
# Each shape of a query that ends the process of the engine when it is long or deep enough, as large as is let through.
LONG: Kinds = {
    "objects": lambda n: "ASK { <x:s> <x:p> " + ",".join(map(str, range(n // 2))) + " }",
    "sum": lambda n: "ASK { BIND(" + "+".join(["1"] * (n // 2)) + " AS ?x) }",
    "or": lambda n: "ASK { FILTER(" + "||".join(["?a"] * (n // 3)) + ") }",
    "not": lambda n: "ASK { FILTER(" + "!" * n + "?a) }",
    "minus": lambda n: "ASK { " + "MINUS{}" * (n // 3) + " }",
    "union": lambda n: "ASK { " + "UNION".join(["{}"] * (n // 3)) + " }",
    "optional": lambda n: "ASK { " + "OPTIONAL{}" * (n // 3) + " }",
    "filter": lambda n: "ASK { " + "FILTER(?a)" * (n // 4) + " }",
    "bind": lambda n: "ASK { " + "".join(f"BIND(1 AS ?x{i})" for i in range(n // 6)) + " }",
    "select": lambda n: "ASK { " + "{SELECT*{}}" * (n // 6) + " }",
    "alternatives": lambda n: "ASK { ?a " + "|".join(["<x:p>"] * (n // 2)) + " ?b }",
}
DEEP: Kinds = {
    "group": lambda n: "ASK {" + "{" * n + "}" * n + "}",
    "parentheses": lambda n: "ASK { FILTER " + "(" * n + "1" + ")" * n + " }",
    "exists": lambda n: "ASK { " + "FILTER EXISTS {" * n + "}" * n + " }",
    "select": lambda n: "ASK { " + "{SELECT * {" * (n // 2) + "}}" * (n // 2) + " }",
    "optional": lambda n: "ASK { " + "OPTIONAL {" * n + "}" * n + " }",
    "minus": lambda n: "ASK { " + "MINUS {" * n + "}" * n + " }",
    "concat": lambda n: "ASK { BIND(" + "CONCAT(" * (n - 1) + "1" + ")" * (n - 1) + " AS ?x) }",
    "not": lambda n: "ASK { FILTER " + "(!" * n + "1" + ")" * n + " }",
    "graph": lambda n: "ASK { " + "GRAPH ?g {" * n + "}" * n + " }",
}


def _survives(text: str) -> bool:
    code = "import sys, pyoxigraph; pyoxigraph.Store().query(sys.stdin.read())"
    return subprocess.run([sys.executable, "-c", code], input=text, text=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", LONG)
def test_the_longest_query_is_survived(kind: str) -> None:
    longest = LONG[kind](2980)
    check_query(longest, PATH)
    assert _survives(longest)
    with pytest.raises(SourceError, match="more than 3000 words and marks"):
        check_query(LONG[kind](3100), PATH)


@pytest.mark.parametrize("kind", DEEP)
def test_the_deepest_query_is_survived(kind: str) -> None:
    deepest = DEEP[kind](98)
    check_query(deepest, PATH)
    assert _survives(deepest)
    with pytest.raises(SourceError, match=r"q\.rq:1:[0-9]+: brackets are nested more than 100 levels deep"):
        check_query(DEEP[kind](104), PATH)


# What could be an IRI may be two comparisons with brackets and signs between them.
HIDDEN: Kinds = {
    "parentheses": lambda n: "SELECT * { FILTER(1 <" + "(" * n + ">1) }",
    "signs": lambda n: "SELECT * { FILTER(1 <" + "!" * 40 * n + ">1) }",
    "in two": lambda n: "SELECT * { FILTER(1<" + "(" * (n // 2) + ">1<" + "(" * (n // 2) + ">1) }",
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_brackets_and_signs_in_what_could_be_an_iri_count(kind: str) -> None:
    assert not _survives(HIDDEN[kind](20_000))
    with pytest.raises(SourceError, match=r"q\.rq:1:[0-9]+: (brackets are nested|a query of) more than"):
        check_query(HIDDEN[kind](200), PATH)


def test_balanced_brackets_in_iris_are_no_depth() -> None:
    check_query("ASK { ?s ?p " + ", ".join(f"<urn:mercury_({n})>" for n in range(500)) + " }", PATH)


@pytest.mark.parametrize("call", ["STRUUID()", "rand()", "SAMPLE(?o)"])
def test_a_call_between_comparisons_is_refused_in_rules(call: str) -> None:
    rule = f"CONSTRUCT {{ ?s ?p ?v }} WHERE {{ ?s ?p ?o BIND(IF(1<2,{call},1>2) AS ?v) }}"
    with pytest.raises(SourceError, match=rf"q\.rq:1:[0-9]+: {call.partition('(')[0].upper()} "):
        check_rule(rule, PATH)
    check_rule("CONSTRUCT WHERE { ?s <urn:rand> <http://e/now()> , <urn:x:sample(1)> }", PATH)


def test_what_the_guards_are_for_is_real() -> None:
    assert not _survives(DEEP["exists"](5000))
    assert not _survives(LONG["objects"](40_000))


@pytest.mark.parametrize(
    "text",
    [
        'ASK { BIND("' + "(" * 5000 + '" AS ?x) }',
        "ASK { " + "# ((( [[[ {{{\n" * 5000 + "}",
        "ASK { ?a <http://e/" + "(" * 5000 + "> ?b }",
        "ASK { VALUES ?x { " + "<http://e/a> " * 50_000 + "} ?x ?y ?z }",
        "ASK { VALUES (?x ?y) { " + "(1 2) " * 50_000 + "} }",
    ],
    ids=["string", "comments", "IRI", "values", "rows of values"],
)
def test_what_does_no_harm_is_free(text: str) -> None:
    check_query(text, PATH)
    assert _survives(text)


@pytest.mark.parametrize("begin", ["<<( <a:a> <a:b> ", "<<( "])
def test_triple_terms_in_values_count(begin: str) -> None:
    query = f"ASK {{ VALUES ?x {{ {begin * 20_000}1{' )>>' * 20_000} }} }}"
    assert not _survives(query)
    with pytest.raises(SourceError, match="brackets are nested more than 100 levels deep"):
        check_query(query, PATH)


def test_values_end_where_they_end() -> None:
    with pytest.raises(SourceError, match="words and marks"):
        check_query("ASK { VALUES ?x { 1 } " + "?a ?b ?c . " * 1000 + "}", PATH)


def test_brackets_in_texts_of_json_do_not_count() -> None:
    check_depth('{"a": "' + "[" * 5000 + '\\"' + "{" * 5000 + '"}', PATH)
    with pytest.raises(SourceError, match=r"q\.rq:2:"):
        check_depth('{"a":\n' + "[" * 5000, PATH)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONSTRUCT { ?a <x:p> ?b } { ?a <x:q> ?c BIND(STRUUID() AS ?b) }", "1:46: STRUUID gives another value"),
        ("CONSTRUCT { ?a <x:p> ?b }\n{ ?a <x:q> ?c BIND(uuid() AS ?b) }", "2:20: UUID gives another value"),
        ("CONSTRUCT { ?a <x:p> ?b } { ?a <x:q> ?c BIND(NOW() AS ?b) }", "NOW gives"),
        ("CONSTRUCT { ?a <x:p> ?b } { ?a <x:q> ?c FILTER(RAND() < 0.5) }", "RAND gives"),
        ("CONSTRUCT { ?a <x:p> ?b } { ?a <x:q> ?c BIND(BNODE() AS ?b) }", "BNODE gives"),
        ("CONSTRUCT { ?a <x:p> [] } { ?a <x:q> ?c }", "1:22: '[' in the template"),
        ("CONSTRUCT { ?a <x:p> _:b } { ?a <x:q> ?c }", "1:22: '_:b' in the template"),
        ("CONSTRUCT { ?a <x:p> (1 2) } { ?a <x:q> ?c }", "'(' in the template"),
        ("CONSTRUCT WHERE { ?a <x:p> [] }", "'[' in the template"),
        ("CONSTRUCT { ?a <x:p> ?b } { SERVICE <x:s> { ?a <x:q> ?b } }", "SERVICE in a rule"),
        ("CONSTRUCT {} {" + "{" * 200, "levels deep"),
    ],
)
def test_a_rule_that_derives_something_else_each_time_is_refused(text: str, message: str) -> None:
    with pytest.raises(SourceError) as error:
        check_rule(text, PATH)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT { ?now <x:uuid> 'NOW() []' } { ?now <x:q> [ <x:p> _:c ] . FILTER(?now > 1) } # RAND() SERVICE",
        "PREFIX now: <x:BNODE()>\nCONSTRUCT { ?a now:now ?b } WHERE { ?a now:rand (?b) }",
    ],
)
def test_a_rule_may_say_what_only_looks_like_it(text: str) -> None:
    check_rule(text, PATH)


def test_an_entity_that_is_used_too_often_is_refused() -> None:
    text = '<!DOCTYPE r [<!ENTITY a "' + "x" * 900 + '">]>\n<r>' + "&a;" * 100_000 + "</r>"
    with pytest.raises(SourceError, match="the entity 'a' makes the file more than 10 times as long"):
        check_xml(text, Path("a.rdf"))
    check_xml(text.replace("x" * 900, "http://e/"), Path("a.rdf"))


EVIL = "<http://127.0.0.1:1/>"  # the engine refuses this port with an ``OSError``
SOME = ox.Store()
SOME.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:p"), ox.Literal(1)))
SERVICES = (
    f"SERVICE{EVIL}{{?x ?y ?z}}",
    f"?s ?p 1SERVICE {EVIL}{{}}",
    "SERVICEe:{}",
    "service:z{}",
    f"service#'\n{EVIL}{{}}",
)
HIDING = (
    "FILTER(?s!=u:d\\'e)",
    "FILTER(?s!=u:d\\#e)",
    "FILTER(?s!=<urn:\\u0061#x>)",
    "FILTER('1'<'b>')",
    'FILTER(1<2#>"""\n)',
    "FILTER(1<?x#>'''\n||1=1)",
    "BIND('''a\\'''' AS ?k)",
    "FILTER(u:a<u:b\\#>'c')",
    "VALUES ?v {'x' \"y'\" '#' u:k\\'}",
    "?s u:p|<#x'> ?u .",
    "#'''\n",
    "'",
    '"""',
    "?s ?p ?o .",
)


@given(
    before=st.lists(st.sampled_from(HIDING), max_size=2),
    service=st.sampled_from(SERVICES),
    after=st.lists(st.sampled_from((*HIDING, "#'", '#"""')), max_size=2),
)
def test_the_engine_asks_no_service_that_is_refused(before: list[str], service: str, after: list[str]) -> None:
    prefixes = f"PREFIX u: <urn:> PREFIX service: <urn:s> PREFIX e: {EVIL} PREFIX : {EVIL} "
    text = f"{prefixes}SELECT * {{ {' '.join(before)} {service} {' '.join(after)} }}"
    try:
        check_keywords(text, PATH, NO_SERVICE)
    except SourceError:
        return
    with suppress(SyntaxError, RuntimeError):  # and no OSError
        list(cast("ox.QuerySolutions", SOME.query(text, base_iri="http://e/")))


def test_services_of_the_property_are_asked_where_they_are_not_refused() -> None:
    for service in SERVICES:
        text = f"PREFIX service: <urn:s> PREFIX e: {EVIL} PREFIX : {EVIL} SELECT * {{ {service} }}"
        with pytest.raises(OSError, match="port 1 is not allowed"):
            list(cast("ox.QuerySolutions", SOME.query(text)))
        with pytest.raises(SourceError, match="SERVICE is not resolved here"):
            check_keywords(text, PATH, NO_SERVICE)


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX service: <urn:> SELECT * FROM service:a { GRAPH service:b { ?service a service:C , 'SERVICE' } }",
        "SELECT * { ?s (<#a>|^<#b'>)+ 'x'@service, <SERVICE> FILTER(1 < 2) } # SERVICE",
    ],
)
def test_what_only_looks_like_a_service_is_no_service(text: str) -> None:
    check_keywords(text, PATH, NO_SERVICE)


@pytest.mark.parametrize("part", ["a-", "a.", '"\\', "'''\"", "<a", "?a", "@a-", "u:\\'", "#a\r"])
def test_any_text_is_split_in_linear_time(part: str) -> None:
    """A request of 256 KiB would take minutes in quadratic time."""
    tokenize(part * (1 << 15))


def test_the_syntax_is_checked_without_asking_services() -> None:
    for text in (f"ASK {{ SERVICE SILENT {EVIL} {{ ?a ?b ?c }} }}", f"SELECT * {{ service{EVIL}{{}} ?silent ?p ?o }}"):
        check_syntax(text, PATH)
    for text in ("ASK { SERVICE SILENT <urn:a> { ?a ?b } }", "ASK { ?s ?p ?o SILENT ?s }"):
        with pytest.raises(SyntaxError) as own:
            check_syntax(text, PATH)
        with pytest.raises(SyntaxError) as engines:
            SOME.query(text)
        assert str(own.value).partition(": ")[0] == str(engines.value).partition(": ")[0]
    with pytest.raises(SourceError, match="SERVICE is not resolved here"):
        check_syntax(f"ASK {{ ?s ?p 1SERVICE {EVIL} {{}} }}", PATH)
