"""Other libraries get the same graph."""

from __future__ import annotations

from hypothesis import given
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.interop import to_rdflib
from tests.strategies import triples


@given(triples())
def test_rdflib_gets_the_same_graph(found: list[Triple]) -> None:
    graph = to_rdflib(found)
    assert len(graph) == len(set(found))
    assert {(str(s), str(p), str(o)) for s, p, o in graph} == {_strings(t) for t in found}


def _strings(t: Triple) -> tuple[str, str, str]:
    def text(term: object) -> str:
        assert isinstance(term, NamedNode | BlankNode | Literal)
        return term.value

    return text(t.subject), t.predicate.value, text(t.object)
