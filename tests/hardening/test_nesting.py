"""Nested input on which the native parsers end the process is refused before, wherever it comes from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from publisher.errors import EndpointError, SourceError
from publisher.http import Response
from publisher.query.endpoint import parse_answer
from publisher.workspace.sources import read_triples

DEPTH = 20_000
TERMS = "<a:a> <a:b> " + "<<( <a:a> <a:b> " * DEPTH + '"1"' + " )>>" * DEPTH + " .\n"
XML = (
    '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head><results><result>'
    '<binding name="x">'
    + "<triple><subject><uri>a:a</uri></subject><predicate><uri>a:b</uri></predicate><object>" * DEPTH
    + "<literal>1</literal>"
    + "</object></triple>" * DEPTH
    + "</binding></result></results></sparql>"
)
RDF_XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="a:">'
    + "<a:a><a:b>" * DEPTH
    + "</a:b></a:a>" * DEPTH
    + "</rdf:RDF>"
)
JSON_LD = '{"a:a": ' * DEPTH + "1" + "}" * DEPTH
ANSWERS = {
    "turtle": ("construct", "text/turtle", TERMS),
    "n-triples": ("construct", "application/n-triples", TERMS),
    "rdf/xml": ("construct", "application/rdf+xml", RDF_XML),
    "json-ld": ("construct", "application/ld+json", JSON_LD),
    "results in xml": ("select", "application/sparql-results+xml", XML),
}


@pytest.mark.parametrize("suffix", ["ttl", "trig", "nt", "nq"])
def test_triple_terms_in_a_source(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text(TERMS, encoding="utf-8")
    with pytest.raises(SourceError, match=r":1:[0-9]+: triple terms are nested more than 500 levels deep"):
        read_triples(path)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_an_endpoint(name: str) -> None:
    form, media_type, text = ANSWERS[name]
    with pytest.raises(EndpointError, match="levels deep"):
        parse_answer(form, Response(media_type, text.encode()))


def test_the_guard_is_for_something_real() -> None:
    code = "import sys, pyoxigraph as ox; list(ox.parse(sys.stdin.buffer.read(), format=ox.RdfFormat.TURTLE))"
    assert subprocess.run([sys.executable, "-c", code], input=TERMS.encode(), check=False).returncode < 0
