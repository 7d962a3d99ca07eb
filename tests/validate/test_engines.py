from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.cli.options import announce_engine
from publisher.errors import UsageError
from publisher.rdf.vocab import CHECK
from publisher.validate.engines import Engine, comparison, compile_shapes, default_engine, native
from publisher.validate.report import Finding, Report, read_findings, write_findings

PREFIXES = """
@prefix e: <http://e.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = "e:x a e:C ; e:p e:y ; e:n 1 . e:y e:q 2 ."
ENGINES: tuple[Engine, ...] = ("native", "pyshacl")
each_engine = pytest.mark.parametrize("engine", ENGINES)


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)]


def validate(data: str, shapes: str, engine: Engine | None = "native") -> list[Finding]:
    validator = compile_shapes(triples(shapes), engine)
    content = ox.serialize(triples(data), format=ox.RdfFormat.N_TRIPLES) or b""
    return [*validator.faults, *sorted(validator.validate([content]))]


def components(findings: list[Finding]) -> list[str]:
    return [f.component.rpartition("#")[2].removesuffix("ConstraintComponent") for f in findings]


# --- findings ----------------------------------------------------------------------------------------

WHOLE_DATASET = """
e:s a sh:NodeShape ; sh:targetNode e:dataset ; sh:sparql [ a sh:SPARQLConstraint ;
  sh:message "It has {?value} and {?path}: {?n}." ;
  sh:select "SELECT $this ?value ?path ?n WHERE { ?value <http://e.org/n> ?n BIND(<http://e.org/n> AS ?path) }" ] .
"""


@each_engine
def test_what_a_query_over_the_dataset_returns_is_the_focus_node(engine: Engine) -> None:
    (finding,) = validate(DATA, WHOLE_DATASET, engine)
    assert (finding.focus, finding.value, finding.path) == ("http://e.org/x", "", "http://e.org/n")
    assert finding.message == "It has http://e.org/x and http://e.org/n: 1."
    assert finding.terms
    assert (finding.terms.focus, finding.terms.value) == ("<http://e.org/dataset>", "<http://e.org/x>")


@each_engine
def test_the_focus_node_of_a_target_node_is_the_focus_node(engine: Engine) -> None:
    shapes = "e:s a sh:NodeShape ; sh:targetNode e:x ; sh:property [ sh:path e:n ; sh:datatype xsd:string ] ."
    (finding,) = validate(DATA, shapes, engine)
    assert (finding.focus, finding.path, finding.value) == ("http://e.org/x", "http://e.org/n", "1")


@each_engine
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("e:none", "http://e.org/none"),
        ("( e:p e:none )", "<http://e.org/p>/<http://e.org/none>"),
        ("[ sh:inversePath e:none ]", "^<http://e.org/none>"),
        ("[ sh:inversePath ( e:p e:none ) ]", "^(<http://e.org/p>/<http://e.org/none>)"),
        ("[ sh:alternativePath ( e:none e:nil ) ]", "(<http://e.org/none>|<http://e.org/nil>)"),
        ("( e:none [ sh:oneOrMorePath e:p ] )", "<http://e.org/none>/(<http://e.org/p>)+"),
        ("( e:none [ sh:zeroOrMorePath e:p ] )", "<http://e.org/none>/(<http://e.org/p>)*"),
        ("( e:none [ sh:zeroOrOnePath [ sh:inversePath e:p ] ] )", "<http://e.org/none>/(^<http://e.org/p>)?"),
    ],
)
def test_path_reads_as_in_sparql(path: str, text: str, engine: Engine) -> None:
    shapes = f"e:s sh:targetClass e:C ; sh:property e:t . e:t sh:path {path} ; sh:minCount 1 ."
    (finding,) = validate(DATA, shapes, engine)
    assert finding.path == text


@each_engine
def test_results_within_results_are_not_findings(engine: Engine) -> None:
    shapes = "e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:node [ sh:class e:D ] ] ."
    assert components(validate(DATA, shapes, engine)) == ["Node"]


@each_engine
@pytest.mark.parametrize(
    ("severity", "expected"),
    [("sh:Violation", "violation"), ("sh:Warning", "warning"), ("sh:Info", "info"), ("e:Odd", "violation")],
)
def test_severity_is_that_of_the_shape(severity: str, expected: str, engine: Engine) -> None:
    (finding,) = validate(DATA, f"e:s sh:targetClass e:C ; sh:severity {severity} ; sh:class e:D .", engine)
    assert finding.severity == expected


@each_engine
@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ('"Hallo"@de , "Hello"@en , "plain"', "Hello"),
        ('"Hallo"@de , "Howdy"@en-US', "Howdy"),
        ('"Hallo"@de , "plain"', "plain"),
        ('"Salut"@fr , "Hallo"@de', "Hallo"),
    ],
)
def test_message_is_chosen_by_language(messages: str, expected: str, engine: Engine) -> None:
    (finding,) = validate(DATA, f"e:s sh:targetClass e:C ; sh:class e:D ; sh:message {messages} .", engine)
    assert finding.message == expected


@each_engine
def test_values_of_a_list_are_told_in_the_order_of_the_shape(engine: Engine) -> None:
    shapes = "e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:in ( e:one e:two e:three ) ] ."
    (finding,) = validate(DATA, shapes, engine)
    assert finding.message == "The value is not one of http://e.org/one, http://e.org/two, http://e.org/three."


@each_engine
def test_the_name_of_an_anonymous_shape_does_not_depend_on_other_shapes(engine: Engine) -> None:
    one = "e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:class e:D ] ."
    other = "e:s sh:targetClass e:C ; sh:property [ sh:path e:m ; sh:maxCount 1 ] , [ sh:path e:p ; sh:class e:D ] ."
    (finding,) = validate(DATA, one, engine)
    assert finding.shape == "http://e.org/s http://e.org/p Class"
    assert [f.key for f in validate(DATA, other, engine)] == [finding.key]


@each_engine
def test_an_anonymous_shape_with_a_target_is_named_by_it(engine: Engine) -> None:
    (finding,) = validate(DATA, "[] sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:class e:D ] .", engine)
    assert finding.shape == "http://www.w3.org/ns/shacl#targetClass http://e.org/C http://e.org/p Class"


@each_engine
def test_terms_keep_what_plain_strings_lose(engine: Engine, tmp_path: Path) -> None:
    data = 'e:x e:p 42 , "42" , "mot"@fr , [] .'
    shapes = 'e:s sh:targetSubjectsOf e:p ; sh:property [ sh:path e:p ; sh:class e:D ; sh:message "A"@en , "B"@de ] .'
    findings = validate(data, shapes, engine)
    values = {f.terms.value for f in findings if f.terms}
    assert values >= {'"42"^^<http://www.w3.org/2001/XMLSchema#integer>', '"42"', '"mot"@fr'}
    assert any(value.startswith("_:") for value in values)
    assert {f.terms.messages for f in findings if f.terms} == {('"A"@en', '"B"@de')}
    assert read_findings(write_findings(Report(tuple(findings)), tmp_path), tmp_path).findings == tuple(findings)


def test_blank_nodes_are_those_of_the_data() -> None:
    rng = random.Random(7)  # noqa: S311 - reproducible, not secret

    def node() -> str:
        return rng.choice((f"_:n{rng.randrange(300)}", f"e:{rng.randrange(9)}", '" _:x ."', '"\\n_:y <p> _:z ."'))

    data = "".join(f"{rng.choice(('e:a', f'_:n{rng.randrange(300)}'))} e:p {node()} .\n" for _ in range(900))
    shapes = triples(
        "e:s sh:targetSubjectsOf e:p ; sh:targetObjectsOf e:p ; sh:in ( 1 2 3 ) ;"
        " sh:property [ sh:path ( e:p [ sh:inversePath e:p ] ) ; sh:maxCount 0 ] ."
    )
    content = ox.serialize(triples(data), format=ox.RdfFormat.N_TRIPLES) or b""
    found, wanted = (Counter(f.key for f in compile_shapes(shapes, e).validate([content])) for e in ENGINES)
    assert found == wanted
    assert sum(found.values()) > 500


@each_engine
def test_shapes_are_compiled_once_for_any_number_of_data_graphs(engine: Engine) -> None:
    validator = compile_shapes(triples("e:s sh:targetSubjectsOf e:p ; sh:nodeKind sh:BlankNode ."), engine)
    data = (f"<http://e.org/{name}> <http://e.org/p> <http://e.org/o> .\n".encode() for name in "abc")
    assert [f.focus[-1] for content in data for f in validator.validate([content])] == ["a", "b", "c"]


# --- engines -----------------------------------------------------------------------------------------


def test_pyshacl_is_the_default_where_the_native_engine_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "shacl", None)
    assert default_engine() == "pyshacl"
    assert components(validate(DATA, "e:s sh:targetClass e:C ; sh:class e:D .", None)) == ["Class"]
    with pytest.raises(UsageError, match="--engine pyshacl"):
        validate(DATA, "e:s sh:targetClass e:C ; sh:class e:D .", "native")


def test_the_command_says_that_pyshacl_validates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    announce_engine()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(native, "shacl", None)
    announce_engine()
    assert "pySHACL validates" in capsys.readouterr().err


def test_both_engines_agree_where_they_should() -> None:
    assert components(validate(DATA, "e:s sh:targetClass e:C ; sh:class e:D .", "both")) == ["Class"]


def test_both_engines_report_each_disagreement() -> None:
    shapes = 'e:s sh:targetClass e:C ; sh:property [ sh:path e:t ; sh:pattern "^a.b$" ; sh:flags "s" ] .'
    (finding,) = validate('e:x a e:C ; e:t "a\\nb" .', shapes, "both")
    assert (finding.shape, finding.severity) == (CHECK["engines-disagree"].value, "warning")
    assert finding.message.startswith("Only pySHACL finds this, by http://e.org/s http://e.org/t Pattern: ")


@pytest.mark.parametrize("pattern", ["^\\\\p{L}+$", "^\\\\i\\\\c*$"])
def test_what_pyshacl_alone_refuses_is_no_fault_of_the_shape(pattern: str) -> None:
    shapes = f'e:s sh:targetClass e:C ; sh:property [ sh:path e:t ; sh:pattern "{pattern}" ] .'
    findings = validate('e:x a e:C ; e:t "1" .', shapes, "both")
    assert not [f for f in findings if f.is_of_shapes]
    assert any(f.severity == "warning" and f.message.startswith("pySHACL does not support this") for f in findings)
    assert "Pattern" in components(findings)


INCOMPARABLE = [
    'e:x a e:C ; e:from "2018-11-19"^^xsd:date ; e:to "2018"^^xsd:date .',
    'e:x a e:C ; e:from [] ; e:to "2018-11-19"^^xsd:date .',
]
OF_INTEGER = "sh:property [ sh:path e:p ; sh:datatype xsd:integer ]"
ORDER = "e:s sh:targetClass e:C ; sh:property [ sh:path e:from ; sh:lessThanOrEquals e:to ] ."


@pytest.mark.parametrize("data", INCOMPARABLE)
def test_values_without_an_order_are_findings(data: str) -> None:
    assert components(validate(data, ORDER)) == ["LessThanOrEquals"]
    (finding,) = validate(data, ORDER, "pyshacl")
    assert finding.shape in (CHECK["engine-stopped"].value, "http://e.org/s http://e.org/from LessThanOrEquals")


def test_a_disagreement_that_is_known_names_the_clause_that_decides() -> None:
    page = (Path(__file__).parents[2] / "docs" / "validating.md").read_text(encoding="utf-8")
    (finding,) = validate('e:x a e:C ; e:p "1_0"^^xsd:integer .', f"e:s sh:targetClass e:C ; {OF_INTEGER} .", "both")[
        1:
    ]
    assert finding.shape == CHECK["engines-disagree"].value
    assert "(SHACL 4.1.2)" in finding.hint
    clauses = [re.search(r"\(([^()]*)\)$", clause) for clause in comparison.CLAUSES.values()]
    assert [clause for clause in clauses if clause is None or clause[1] not in page] == []


def test_when_pyshacl_stops_nothing_is_compared() -> None:
    findings = validate(INCOMPARABLE[1], ORDER, "both")
    assert set(components(findings)) == {"LessThanOrEquals", CHECK["engine-stopped"].value}


COMPONENT = """
e:Longest a sh:ConstraintComponent ; sh:parameter [ sh:path e:longest ] , [ sh:path e:unit ; sh:optional true ] ;
  sh:validator [ sh:ask "ASK { FILTER (STRLEN(STR($value)) <= $longest) }" ; sh:message "Longer than {$longest}." ] .
"""


@each_engine
def test_constraint_components_are_applied(engine: Engine) -> None:
    shapes = """e:s sh:targetNode 'abc' , 'abcd' ; e:longest 3 .
        e:t sh:targetClass e:C ; sh:property e:u . e:u sh:path e:p ; e:longest 3 ; sh:nodeKind sh:Literal ."""
    findings = validate('e:x a e:C ; e:p "abc" , "abcd" , e:y .', COMPONENT + shapes, engine)
    named = [f for f in findings if f.component == "http://e.org/Longest"]
    assert {(f.focus, f.path, f.shape[-1], f.message) for f in named} == {
        ("abcd", "", "s", "Longer than 3."),
        ("http://e.org/x", "http://e.org/p", "u", "Longer than 3."),
    }
    assert "NodeKind" in components(findings)
    if engine == "native":  # pySHACL leaves out the value (SHACL, 6.3)
        assert {f.value for f in named} == {"abcd", "http://e.org/y"}


@each_engine
def test_this_is_bound_before_a_query_runs(engine: Engine) -> None:
    select = """SELECT $this ?value WHERE { BIND ($this AS ?that) { SELECT $this ?o (COUNT(?s) AS ?n)
        WHERE { ?s <http://e.org/p> ?o FILTER (BOUND($this) && ?o = $this) } GROUP BY $this ?o HAVING (COUNT(?s) > 1) }
        OPTIONAL { ?value <http://e.org/p> $this } FILTER (?that = $this) }"""
    data = "e:a e:p e:o . e:b e:p e:o . e:a e:p e:q ."
    shapes = f'e:s sh:targetObjectsOf e:p ; sh:sparql [ sh:select """{select}""" ; sh:message "{{$this}}" ] .'
    found = [(f.focus[-1], f.value[-1], f.message) for f in validate(data, shapes, engine)]
    assert found == [("o", "a", "http://e.org/o"), ("o", "b", "http://e.org/o")]


@each_engine
def test_queries_of_property_shapes_run_for_the_values_above_them(engine: Engine) -> None:
    inner = 'sh:sparql [ sh:select "SELECT $this ?value { $this $PATH ?value FILTER (?value > 1) }" ; sh:message "m" ]'
    path = "[ sh:zeroOrMorePath e:q ]"
    shapes = f"e:s sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:property [ sh:path {path} ; {inner} ] ] ."
    (finding,) = validate(DATA, shapes, engine)
    assert (finding.focus, finding.path, finding.value) == ("http://e.org/y", "(<http://e.org/q>)*", "2")


@each_engine
def test_each_of_several_queries_is_told_by_its_own_message(engine: Engine) -> None:
    of_node = 'sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o }" ; sh:message "Node."@en ]'
    of_data = (
        'sh:sparql [ sh:select "SELECT $this ?value WHERE { ?value a <http://e.org/C> }" ; sh:message "Data."@en ]'
    )
    findings = validate(DATA, f"e:s sh:targetNode e:y ; {of_node} ; {of_data} .", engine)
    assert {(f.message, f.focus) for f in findings} == {("Node.", "http://e.org/y"), ("Data.", "http://e.org/x")}


IS_TWO = 'sh:sparql [ sh:select "SELECT $this { $this <http://e.org/p> ?v FILTER (?v != 2) }" ]'
VALUE_IS_TWO = 'sh:sparql [ sh:select "SELECT $this ?value { $this $PATH ?value FILTER (?value != 2) }" ]'


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        (f"sh:not [ {IS_TWO} ]", "bc"),
        (f"sh:node [ {IS_TWO} ]", "a"),
        (f"sh:and ( [ sh:class e:C ] [ {IS_TWO} ] )", "abc"),
        (f"sh:or ( [ sh:class e:C ] [ {IS_TWO} ] )", "a"),
        (f"sh:xone ( [ sh:nodeKind sh:IRI ] [ {IS_TWO} ] )", "bc"),
        (f"sh:not [ sh:not [ {IS_TWO} ] ]", "a"),
        (f"sh:not [ sh:property [ sh:path e:p ; {VALUE_IS_TWO} ] ]", "bc"),
        (f"sh:node [ sh:property [ sh:path e:q ; sh:node [ {IS_TWO} ] ] ]", "c"),
        (f"sh:not [ sh:path e:p ; {VALUE_IS_TWO} ]", "bc"),
        (f"sh:or ( [ sh:path e:q ; sh:minCount 1 ] [ sh:path e:p ; {VALUE_IS_TWO} ] )", "a"),
        (f"sh:xone ( [ sh:path e:p ; {VALUE_IS_TWO} ] [ sh:path e:p ; sh:minCount 1 ] )", "b"),
        (f"sh:node [ sh:property e:r ] ; sh:not e:r . e:r sh:path e:p ; {VALUE_IS_TWO}", "abc"),
        ("sh:or ( [ sh:path e:p ; sh:lessThan e:n ] [ sh:path e:q ; sh:minCount 1 ] )", "b"),
        ("sh:not [ sh:path e:p ; sh:lessThan e:n ]", "ac"),
        (f"sh:property [ sh:path e:q ; sh:qualifiedValueShape [ {IS_TWO} ] ; sh:qualifiedMinCount 1 ]", "ab"),
        ("sh:not [ sh:property [ sh:path e:p ; e:longest 1 ] ]", "bc"),
        ("sh:node e:named . e:named sh:targetNode e:c ; sh:not [ sh:property [ sh:path e:q ; e:longest 3 ] ]", "ab"),
    ],
)
def test_queries_decide_of_the_shapes_that_they_are_nested_in(constraint: str, wrong: str) -> None:
    data = 'e:a e:p 31 ; e:n 40 . e:b e:p 2 ; e:n 1 . e:c e:q e:a ; e:q "x" .'
    shapes = f"e:s sh:targetNode e:a , e:b , e:c ; {constraint} . {COMPONENT}"
    native, reference = (validate(data, shapes, engine) for engine in ENGINES)
    assert Counter(map(_key, native)) == Counter(map(_key, reference))
    assert "".join(sorted({finding.focus[-1] for finding in native})) == wrong


def _key(finding: Finding) -> tuple[str, ...]:
    return *finding.key[1:], finding.component
