from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.rdf.sparql import as_select, selected_star, syntax_error, tokenize


def test_the_select_form_keeps_everything_else() -> None:
    text = 'PREFIX c: <http://e/CONSTRUCT#> CONSTRUCT { ?a c:p "}" } WHERE { ?a c:q ?b } LIMIT 1'
    assert as_select(text) == "PREFIX c: <http://e/CONSTRUCT#> SELECT * WHERE { ?a c:q ?b } LIMIT 1"


def test_in_the_short_form_the_pattern_is_the_template() -> None:
    assert as_select("CONSTRUCT WHERE { ?a <urn:q> ?b }") == "SELECT * WHERE { ?a <urn:q> ?b }"
    assert as_select("CONSTRUCT { ?a <urn:q> 1") == "CONSTRUCT { ?a <urn:q> 1"  # which the engine refuses


def test_an_undeclared_prefix_is_named_at_its_place() -> None:
    text = "PREFIX a: <urn:a:>\nASK { ?s a:p/b:q _:o }"
    with pytest.raises(SyntaxError) as raised:
        ox.Store().query(text)
    error = syntax_error(raised.value, Path("q.rq"), text)
    assert str(error) == "q.rq:2:14: the prefix 'b:' is not declared; add the line 'PREFIX b: <…>' at the top"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * { ?s ?p }", "q.rq:1:19: expected one of LATERAL, SERVICE"),
        ("SELECT * { ?s a ?o . OPTIONAL ?s ?p ?o }", 'q.rq:1:31: expected "{"'),
        ("SELECT ?s { ?s ?p ?o } GROUP BY ?p", "q.rq:1:35: The SELECT contains a variable that is unbound"),
        ("SELECT * { ?s ?p ?o } }", "q.rq:1:24: expected something else; look for a bracket, dot or quotation mark"),
    ],
)
def test_a_syntax_error_lists_no_sets_of_characters(text: str, message: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        ox.Store().query(text)
    error = str(syntax_error(raised.value, Path("q.rq"), text))
    assert error.startswith(message)
    assert "\n" not in error
    assert "[" not in error


@pytest.mark.parametrize("name", ["o", "नाम", "a·b", "o\u0301", "_1"])
def test_a_variable_is_as_long_as_the_engine_reads_it(name: str) -> None:
    text = f"SELECT * WHERE{{?s<urn:p>?{name}}}"
    assert selected_star(text)[1] == ["s", name]
    solutions = ox.Store().query(text)
    assert isinstance(solutions, ox.QuerySolutions)
    assert {variable.value for variable in solutions.variables} == {"s", name}


class _Text(str):
    """A text to which there can be a weak reference."""

    __slots__ = ("__weakref__",)


def test_the_tokens_of_long_queries_are_not_kept() -> None:
    """Clients can send any number of queries of 256 KiB, each of which has 30 MB of tokens."""
    texts = [_Text(f"ASK {{{' a' * 5000}{number} }}") for number in range(4)]
    references = [weakref.ref(text) for text in texts]
    for text in texts:
        tokenize(text)
    del text
    texts.clear()
    gc.collect()
    assert [reference() is None for reference in references] == [True, True, False, False]
