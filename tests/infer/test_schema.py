from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from publisher.infer import close
from publisher.rdf.vocab import XSD
from publisher.workspace.sources import Source

FORMS = ["abc gYear", "2018Z gYear", "---31 gDay", "--12 gMonth", "1 boolean", "1.50 decimal", "x hexBinary"]


@pytest.mark.parametrize("form", FORMS)
def test_closing_an_ontology_does_not_change_how_rdflib_reads_literals(form: str) -> None:
    text, name = form.split()
    datatype = rdflib.URIRef(XSD[name].value)

    def read() -> tuple[object, object]:
        literal = rdflib.Literal(text, datatype=datatype)
        return literal.ill_typed, literal.value

    before = read()
    content = f"<http://e.org/C{name}> a <http://www.w3.org/2002/07/owl#Class> ."
    triples = tuple(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.TURTLE))
    close((Source(Path("o.ttl"), "http://e.org/graph", triples),))
    assert read() == before
