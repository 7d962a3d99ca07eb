"""Publish a git folder of RDF as a validated, inferred, attributed, loadable dataset."""

from importlib.metadata import version

__version__ = version("geopol-publisher")
