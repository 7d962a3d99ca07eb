"""What is wrong with a shape is told at the shape, and hides nothing else (SHACL, syntax rules)."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.build.cache import FOLDER as CACHE
from publisher.build.review import Request, judge
from publisher.rdf.vocab import CHECK, SH
from publisher.validate.engines import Engine, compile_shapes
from publisher.validate.report import Finding
from publisher.workspace.config import load_config
from tests.validate.test_engines import components, each_engine, triples

DATA = b"""<http://e.org/x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e.org/C> .
<http://e.org/x> <http://e.org/p> <http://e.org/y> .
"""
OTHER = "e:other sh:targetClass e:C ; sh:nodeKind sh:Literal ."

# Each stands in a node shape with a target; the parameter that is told comes behind.
ILL_FORMED = {
    "a property shape without path": ("sh:property [ sh:minCount 1 ]", None),
    "a property shape that is not described": ("sh:property e:t", "property"),
    "two paths": ("sh:property [ sh:path e:p , e:q ; sh:minCount 0 ]", "path"),
    "an empty list as path": ("sh:property [ sh:path () ; sh:minCount 0 ]", "path"),
    "a path of one step in a list": ("sh:property [ sh:path ( e:p ) ; sh:minCount 0 ]", "path"),
    "a literal as path": ('sh:property [ sh:path "p" ; sh:minCount 0 ]', "path"),
    "an unknown kind of path": ("sh:property [ sh:path [ sh:inversPath e:p ] ; sh:minCount 0 ]", "path"),
    "a path that goes round": ("sh:property [ sh:path _:l ] . _:l sh:inversePath _:l", "path"),
    "a count that is text": ('sh:property [ sh:path e:p ; sh:minCount "x" ]', "minCount"),
    "a count that is a decimal": ("sh:property [ sh:path e:p ; sh:minCount 1.0 ]", "minCount"),
    "two counts": ("sh:property [ sh:path e:p ; sh:minCount 0 , 1 ]", "minCount"),
    "a count in a node shape": ("sh:minCount 1", "minCount"),
    "a qualified shape without a count": (
        "sh:property [ sh:path e:p ; sh:qualifiedValueShape [ sh:class e:D ] ]",
        "qualifiedValueShape",
    ),
    "alternatives that are no list": ("sh:or e:y", "or"),
    "a list of values that is none": ('sh:property [ sh:path e:p ; sh:in "x" ]', "in"),
    "a list that goes round": ("sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l", "in"),
    "two lists": ("sh:in ( 1 ) , ( 2 )", "in"),
    "a language that is no text": ("sh:languageIn ( 1 )", "languageIn"),
    "a class that is text": ('sh:class "C"', "class"),
    "a node kind that there is not": ("sh:nodeKind e:Nonsense", "nodeKind"),
    "a severity that is text": ('sh:severity "high"', "severity"),
    "a message that is a number": ("sh:message 1", "message"),
    "a flag that is text": ('sh:closed "yes"', "closed"),
    "a target that is a blank node": ("sh:targetNode []", "targetNode"),
    "a pattern that does not compile": ('sh:pattern "("', "pattern"),
    "an unknown parameter": ("sh:minCuont 3", "minCuont"),
    "a query without a text": ("sh:sparql [ a sh:SPARQLConstraint ]", "sparql"),
    "a query that does not parse": ('sh:sparql [ sh:select "SELECT $this WHERE {" ]', "select"),
    "a prefix from nowhere": ('sh:sparql [ sh:select "SELECT $this WHERE { $this zz:p ?x }" ]', "select"),
    "MINUS": ('sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o MINUS { $this e:p ?o } }" ]', "select"),
}


def check(shapes: str, engine: Engine) -> tuple[tuple[Finding, ...], list[Finding]]:
    prefix = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
    validator = compile_shapes(triples(prefix + shapes), engine)
    return validator.faults, validator.validate([DATA])


@each_engine
@pytest.mark.parametrize(("text", "parameter"), ILL_FORMED.values(), ids=ILL_FORMED)
def test_what_is_ill_formed_is_told_once_and_hides_nothing_else(
    text: str, parameter: str | None, engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    faults, findings = check(f"{OTHER} e:s a sh:NodeShape ; sh:targetClass e:C ; {text} .", engine)
    (fault,) = faults
    assert (fault.severity, fault.shape) == ("violation", CHECK["ill-formed-shape"].value)
    assert fault.path == (SH[parameter].value if parameter else "")
    assert "\n" not in fault.message
    assert components(findings) == ["NodeKind"]
    assert capfd.readouterr().err == ""


UNSUPPORTED = {
    "sh:target": 'sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this { ?this a <http://e.org/C> }" ]',
    "sh:rule": "sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate e:r ; sh:object 1 ]",
    "sh:js": 'sh:js [ sh:jsFunctionName "f" ]',
    "sh:expression": "sh:expression [ sh:path e:p ]",
    "a shape that refers to itself": "sh:property [ sh:path e:p ; sh:node e:s ]",
    "a shape that refers to itself in three steps": "sh:not [ sh:or ( [ sh:node e:s ] [ sh:class e:D ] ) ]",
    "a count of nothing": "sh:property [ sh:path e:p ; sh:qualifiedMinCount 1 ]",
}


@each_engine
@pytest.mark.parametrize("text", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_is_not_applied_is_told(text: str, engine: Engine) -> None:
    faults, findings = check(f"{OTHER} e:s a sh:NodeShape ; {text} .", engine)
    assert {(fault.severity, fault.shape) for fault in faults} == {("warning", CHECK["unsupported-shape"].value)}
    assert components(findings) == ["NodeKind"]


@each_engine
def test_what_depends_on_a_faulty_shape_is_left_out(engine: Engine) -> None:
    faults, findings = check("e:s sh:targetClass e:C ; sh:not [ sh:in 1 ] ; sh:property e:t . e:t sh:path e:q ; "
                             "sh:minCount 1 ; sh:nodeKind e:Odd .", engine)  # fmt: skip
    assert len(faults) == 2
    assert components(findings) == ["MinCount"]


def test_every_fault_has_its_line_and_column(small: Path) -> None:
    path = small / "ontology" / "shapes" / "broken.ttl"
    lines = [
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e.org/> .",
        "e:s a sh:NodeShape ; sh:targetNode e:x ;",
        '  sh:property [ sh:path e:p ; sh:pattern "(" ] ;',
        "  sh:property [ sh:path e:q ; sh:in e:list ] ;",
        "  sh:rule [] .",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    verdict = judge(load_config(small), Request(), cache=small / CACHE)
    faults = [f for f in verdict.compared.new.findings if f.file == path and f.shape != CHECK["undeclared-term"].value]
    assert sorted((f.line, f.column, f.path.rpartition("#")[2]) for f in faults) == [
        (3, 42, "pattern"),
        (4, 37, "in"),
        (5, 3, "rule"),
    ]
    assert verdict.exit_code == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"sh:not {'[ sh:not ' * 3000}[ sh:closed true ]{' ]' * 3000}", "nested more than 40 levels deep"),
        (f"sh:property {'[ sh:path e:p ; sh:property ' * 99}[ sh:path e:p ]{' ]' * 99}", "nested more than 40"),
        (f'sh:sparql [ sh:select "SELECT $this {{ {"{" * 3000}{"}" * 3000} }}" ]', "nested more than 100 levels deep"),
        ('sh:pattern "a{1000}{1000}{1000}"', "size limit"),
    ],
    ids=["shapes", "property shapes", "query", "pattern"],
)
def test_what_an_engine_does_not_survive_is_told(text: str, message: str) -> None:
    faults, findings = check(f"{OTHER} e:s a sh:NodeShape ; sh:targetClass e:C ; {text} .", "native")
    assert any(message in fault.message for fault in faults)
    assert components(findings) == ["NodeKind"]
