"""Explain why a triple is in the data, and why a node violates a shape, with the places of the sources.

>>> from datetime import date
>>> from pathlib import Path
>>> from pyoxigraph import NamedNode, RdfFormat, Triple, parse
>>> from publisher.infer import close
>>> from publisher.workspace.config import Config
>>> from publisher.workspace.sources import ShapesGraphs, Source, Workspace
>>> def source(name, turtle):
...     head = "PREFIX e: <http://e/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
...     triples = (quad.triple for quad in parse(head + turtle, format=RdfFormat.TURTLE))
...     return Source(Path(name), f"http://e/graph/{name}", tuple(triples))
>>> ontology = (source("ontology.ttl", "e:owns rdfs:subPropertyOf e:has ."),)
>>> data = (source("data.ttl", "e:ann e:owns e:rex ."),)
>>> workspace = Workspace(ontology, (), ShapesGraphs((), (), (), ()), (), data, ())
>>> config = Config(Path(), "http://e/", "Dogs", "", "", "", "1", date(2026, 1, 1), {"e": "http://e/"})
>>> triple = Triple(NamedNode("http://e/ann"), NamedNode("http://e/has"), NamedNode("http://e/rex"))
>>> explanation = Explainer(config, workspace, close(ontology)).explain_triple(triple)
>>> explanation.derivation.rule, [str(premise.triple) for premise in explanation.derivation.premises][:1]
('prp-spo1', ['<http://e/ann> <http://e/owns> <http://e/rex>'])
"""

from publisher.explain.explain import Explainer, NodeExplanation, TripleExplanation
from publisher.explain.text import write

__all__ = ["Explainer", "NodeExplanation", "TripleExplanation", "write"]
