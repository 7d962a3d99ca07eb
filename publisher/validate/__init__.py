r"""Validate data against shapes, lint what no shape can see, and report each finding with its place.

What is wrong with the data is a ``Report``; exceptions are for shapes, rules and queries that are ill-formed.

>>> import pyoxigraph as ox
>>> shape = "PREFIX e: <http://e/> PREFIX sh: <http://www.w3.org/ns/shacl#> "
>>> shape += "e:S a sh:PropertyShape ; sh:targetClass e:Dog ; sh:path e:name ; sh:minCount 1 ."
>>> shapes = [quad.triple for quad in ox.parse(shape, format=ox.RdfFormat.TURTLE)]
>>> data = b"<http://e/rex> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/Dog> .\n"
>>> [(finding.severity, finding.focus, finding.path) for finding in compile_shapes(shapes).validate([data])]
[('violation', 'http://e/rex', 'http://e/name')]
"""

from publisher.validate.engines import compile_shapes
from publisher.validate.pipeline import locate
from publisher.validate.report import Finding, Report, Severity

__all__ = ["Finding", "Report", "Severity", "compile_shapes", "locate"]
