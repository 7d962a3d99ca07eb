"""Validate a workspace against its shapes, lint what no shape can see, and report each finding with its place.

What is wrong with the data is a ``Report``; exceptions are for shapes, rules and queries that are ill-formed.

>>> from datetime import date
>>> from pathlib import Path
>>> import pyoxigraph as ox
>>> from publisher.infer import close
>>> from publisher.workspace.config import Config
>>> from publisher.workspace.sources import ShapesGraphs, Source, Workspace
>>> def source(name, turtle):
...     head = "PREFIX e: <http://e/> PREFIX sh: <http://www.w3.org/ns/shacl#> "
...     triples = (quad.triple for quad in ox.parse(head + turtle, format=ox.RdfFormat.TURTLE))
...     return Source(Path(name), f"http://e/graph/{name}", tuple(triples))
>>> shape = "e:S a sh:PropertyShape ; sh:targetClass e:Dog ; sh:path e:name ; sh:minCount 1 ."
>>> shapes = ShapesGraphs((source("shapes.ttl", shape),), (), (), ())
>>> workspace = Workspace((), (), shapes, (), (source("dogs.ttl", "e:rex a e:Dog ."),), ())
>>> config = Config(Path(), "http://e/", "Dogs", "", "", "", "1", date(2026, 1, 1), {"e": "http://e/"})
>>> validation = validate(config, workspace, close(()))
>>> [(finding.severity, finding.focus, finding.expected) for finding in validation.report.findings]
[('violation', 'http://e/rex', 'at least 1 of e:name')]
"""

from publisher.validate.pipeline import Validation, lint, validate
from publisher.validate.report import Finding, Report, Severity

__all__ = ["Finding", "Report", "Severity", "Validation", "lint", "validate"]
