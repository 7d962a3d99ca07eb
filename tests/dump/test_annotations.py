"""Labels and definitions of SKOS are published as those of RDF Schema, too."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from publisher.dump.annotations import restate
from publisher.workspace.sources import Source

PREFIXES = """
@prefix e: <https://e.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""


def triples(turtle: str) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)}


def test_labels_and_definitions_are_restated_unless_the_term_has_its_own() -> None:
    stated = triples("""
        e:code skos:prefLabel "code"@en , "Code"@de ; skos:definition "A sign."@en .
        e:Class rdfs:label "class"@en ; skos:prefLabel "Class"@en ; skos:definition "A set."@en ;
            rdfs:comment "Own."@en .
    """)
    (source,) = restate([Source(Path("o.ttl"), "https://e.org/o", tuple(stated))])
    assert set(source.triples) - stated == triples("""
        e:code rdfs:label "code"@en , "Code"@de ; rdfs:comment "A sign."@en .
    """)
    assert stated <= set(source.triples)
