from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import CHECK, OWL, RDF, SH, SKOS, XSD, Namespace
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.hints import Hints, split_iri
from publisher.validate.report import Finding

E = Namespace("https://e.org/ns#")
PREFIXES = {"e": E.iri, "xsd": XSD.iri}


def _list(*items: NamedNode | BlankNode) -> list[Triple]:
    cells = [BlankNode(f"cell{number}") for number in range(len(items))]
    rest: list[NamedNode | BlankNode] = [*cells[1:], RDF.nil]
    return [
        triple
        for cell, item, following in zip(cells, items, rest, strict=True)
        for triple in (Triple(cell, RDF.first, item), Triple(cell, RDF.rest, following))
    ]


def _hints(*shapes: Triple) -> Hints:
    ontology = [Triple(E[name], RDF.type, OWL.Class) for name in ("Visit", "Person", "Signing")]
    ontology += [Triple(E[name], RDF.type, OWL.ObjectProperty) for name in ("hasHost", "hasVisitor", "Hashost2")]
    data = [Triple(E[name], RDF.type, E.Person) for name in ("ilham-aliyev", "minsk")]
    return Hints(PREFIXES, ShapesGraph(shapes), tuple(ontology), tuple(data))


def _complete(component: str, *shapes: Triple, value: str = "", path: str = E.hasHost.value) -> Finding:
    name = f"{SH.iri}{component}ConstraintComponent"
    return _hints(*shapes).complete(Finding(E.x.value, path, name, value, "violation", E.Shape.value, "m"))


@pytest.mark.parametrize(
    ("component", "triples", "expected"),
    [
        ("MinCount", [Triple(E.Shape, SH.minCount, Literal(2))], "at least 2 of e:hasHost"),
        ("MaxCount", [Triple(E.Shape, SH.maxCount, Literal(1))], "at most 1 of e:hasHost"),
        ("Class", [Triple(E.Shape, SH["class"], E.Person)], "a e:Person"),
        ("Datatype", [Triple(E.Shape, SH.datatype, XSD.date)], "a literal of type xsd:date"),
        ("NodeKind", [Triple(E.Shape, SH.nodeKind, SH.IRIOrLiteral)], "an IRI or a literal"),
        ("Pattern", [Triple(E.Shape, SH.pattern, Literal("^a$"))], "a text that matches ^a$"),
        ("In", [Triple(E.Shape, SH["in"], BlankNode("cell0")), *_list(E.a, E.b, E.c)], "e:a, e:b or e:c"),
        (
            "Or",
            [
                Triple(E.Shape, SH["or"], BlankNode("cell0")),
                *_list(BlankNode("one"), BlankNode("other"), BlankNode("with-a-path")),
                Triple(BlankNode("one"), SH.datatype, XSD.date),
                Triple(BlankNode("other"), SH["class"], E.Visit),
                Triple(BlankNode("with-a-path"), SH["class"], E.Visit),
                Triple(BlankNode("with-a-path"), SH.path, E.hasHost),
            ],
            "a literal of type xsd:date or a e:Visit",
        ),
        ("SPARQL", [], ""),
    ],
)
def test_what_a_shape_expects(component: str, triples: list[Triple], expected: str) -> None:
    assert _complete(component, *triples).expected == expected


@pytest.mark.parametrize(
    ("value", "path", "meant"),
    [
        ("ilham-aliev", "hasHost", "ilham-aliyev"),
        ("Persson", "type", "Person"),
        ("Singing", "type", "Signing"),
        ("minsk", "hasHost", ""),
        ("unlike-anything", "hasHost", ""),
    ],
)
def test_what_may_have_been_meant(value: str, path: str, meant: str) -> None:
    at = RDF.type.value if path == "type" else E[path].value
    expected = f"`e:{value}`: did you mean `e:{meant}`?" if meant else ""
    assert _complete("Class", value=E[value].value, path=at).hint == expected


def test_only_the_case_may_be_wrong_and_other_namespaces_are_not_meant() -> None:
    hints = _hints()
    assert hints.near(E.HASHOST.value, hints.properties) == "`e:HASHOST`: did you mean `e:hasHost`?"
    assert hints.near("https://other.org/hasHosts", hints.properties) == ""


def test_another_number_is_no_misspelling() -> None:
    things = frozenset({E.c100.value, E["article-2018"].value})
    hints = _hints()
    assert hints.near(E.c1000.value, things) == hints.near(E["article-2019"].value, things) == ""
    assert hints.near(E["artcle-2018"].value, things) == "`e:artcle-2018`: did you mean `e:article-2018`?"


def test_the_search_for_similar_names_has_an_end() -> None:
    hints = replace(_hints(), max_comparisons=4)
    assert hints.near(E.hasHots.value, hints.properties)
    assert hints.near(E.hasVistor.value, hints.properties)
    assert hints.near(E.hashost3.value, hints.properties) == ""
    assert hints.near(E.hasHots.value, hints.properties)


def test_a_list_that_contains_itself_ends() -> None:
    cell = BlankNode("c")
    graph = ShapesGraph([Triple(cell, RDF.first, E.a), Triple(cell, RDF.rest, cell)])
    assert graph.members(cell) is None
    complete = _complete("In", Triple(E.Shape, SH["in"], cell), *graph.triples)
    assert complete.expected == ""


@given(st.text(max_size=20))
def test_no_value_brings_a_traceback(value: str) -> None:
    hints = _hints()
    assert "".join(split_iri(value)) == value
    found = hints.complete(Finding(value, value, value, value, "info", value, value))
    assert found.message == value


@pytest.mark.parametrize(("path", "value"), [(f"{SKOS.iri}broder", ""), (RDF.type.value, f"{SKOS.iri}Concpt")])
def test_a_misspelt_term_of_a_standard_is_suggested_without_its_declaration(path: str, value: str) -> None:
    check = CHECK["undeclared-term"].value
    found = _hints().complete(Finding(E.x.value, path, check, value, "violation", check, "m"))
    assert found.hint.endswith(f"did you mean `{SKOS.iri}{'Concept' if value else 'broader'}`?")
