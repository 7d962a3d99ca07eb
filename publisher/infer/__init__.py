"""Infer triples: close an ontology under OWL 2 RL/RDF, then materialise what follows from data.

Only new triples are returned; the input is never changed.

>>> from pathlib import Path
>>> import pyoxigraph as ox
>>> from publisher.infer import close, materialize
>>> from publisher.workspace.sources import Source
>>> def read(turtle):
...     prefixes = {"ex": "http://example.org/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
...     head = "".join(f"PREFIX {name}: <{iri}> " for name, iri in prefixes.items())
...     return tuple(quad.triple for quad in ox.parse(head + turtle, format=ox.RdfFormat.TURTLE))
>>> ontology = Source(Path("ontology.ttl"), "http://example.org/graph", read("ex:Dog rdfs:subClassOf ex:Animal ."))
>>> for triple in materialize(read("ex:rex a ex:Dog ."), close((ontology,))):
...     print(triple.object)
<http://example.org/Animal>
"""

from publisher.infer.materialization import materialize
from publisher.infer.schema import Schema, close

__all__ = ["Schema", "close", "materialize"]
