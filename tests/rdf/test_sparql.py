from __future__ import annotations

import pytest

from publisher.rdf.ntriples import iri
from publisher.rdf.sparql import as_select, named_iris, predicates_read, union_predicates
from publisher.rdf.vocab import RDF

TYPE = iri(RDF.type.value)
PREFIXES = {"e": "https://e.org/", "": "https://empty.org/"}


def test_the_select_form_keeps_everything_else() -> None:
    text = 'PREFIX c: <http://e/CONSTRUCT#> CONSTRUCT { ?a c:p "}" } WHERE { ?a c:q ?b } LIMIT 1'
    assert as_select(text) == "PREFIX c: <http://e/CONSTRUCT#> SELECT * WHERE { ?a c:q ?b } LIMIT 1"


def test_in_the_short_form_the_pattern_is_the_template() -> None:
    assert as_select("CONSTRUCT WHERE { ?a <urn:q> ?b }") == "SELECT * WHERE { ?a <urn:q> ?b }"
    assert as_select("CONSTRUCT { ?a <urn:q> 1") == "CONSTRUCT { ?a <urn:q> 1"  # which the engine refuses


def test_names_are_found_in_full_and_with_prefixes() -> None:
    query = "?a e:p ?b ; <urn:q> ?c ; x:no ?d ; :own e:v1.2. # e:said\n"
    assert named_iris(query, PREFIXES) == {
        "<https://e.org/p>",
        "<urn:q>",
        "<https://empty.org/own>",
        "<https://e.org/v1.2>",
    }


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("?value e:p/e:q ?o", {"<https://e.org/p>", "<https://e.org/q>"}),
        ("?value a e:C", {"<https://e.org/C>", TYPE}),
        ("?value e:a/a/e:b ?o", {"<https://e.org/a>", "<https://e.org/b>", TYPE}),
        ("?value e:p ?o , ?other ; :q [ a e:C ; e:p ?third ] .", {*named_iris("e:p :q e:C a", PREFIXES)}),
        ("?value e:p ?o FILTER(?o != e:x && !BOUND(?o)) OPTIONAL { ?o e:q 1 }", {*named_iris("e:p e:q e:x", PREFIXES)}),
        ('?value e:p "?s ?p ?o" # ?s ?p ?o\n', {"<https://e.org/p>"}),
        ("?value ?path ?o", None),
        ("?value ?path e:x", None),
        ("?value ?path 'x'", None),
        ("?value ?path 1", None),
        ("?value ?path -1", None),
        ("?value ?path true", None),
        ("?value ?path [ e:p 1 ]", None),
        ("e:x ?path e:y", None),
        ("e:x ?path ?o", None),
        ("[ ?path e:x ]", None),
        ("?value e:p [ ?path e:x ]", None),
        ("?value e:p ?o ; ?path ?other .", None),
        ("?value e:p ?o ; ?path e:x .", None),
        ("?value !e:p ?o", None),
        ("?value !(e:p|^e:q) ?o", None),
        ("?value ! a ?o", None),
        ("BASE <http://e/> ?value <p> ?o", None),
        ("?value e:a\\,b ?o", None),
    ],
)
def test_what_a_query_reads(pattern: str, wanted: set[str] | None) -> None:
    found = predicates_read(f"SELECT $this ?value ?path WHERE {{ {pattern} }}", PREFIXES)
    assert found == (None if wanted is None else frozenset(wanted))


def test_prefixes_that_a_query_declares_are_known() -> None:
    found = predicates_read("PREFIX f: <urn:f#> SELECT * WHERE { ?value f:p ?o }", {})
    assert found == frozenset(("<urn:f#>", "<urn:f#p>"))


def test_several_queries_read_what_each_does() -> None:
    assert union_predicates([frozenset("a"), frozenset("b")]) == frozenset("ab")
    assert union_predicates([frozenset("a"), None]) is None
    assert union_predicates([]) == frozenset()
