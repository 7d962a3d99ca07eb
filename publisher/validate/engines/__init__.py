r"""Validate data against SHACL shapes (https://www.w3.org/TR/shacl/) by one engine, or by two that are compared.

Shapes are compiled once and validate any number of data graphs. No engine confirms or replaces what another finds.

>>> import pyoxigraph as ox
>>> text = '''
... PREFIX sh: <http://www.w3.org/ns/shacl#>
... <urn:s> sh:targetSubjectsOf <urn:p> ; sh:property [ sh:path <urn:p> ; sh:maxCount 1 ] .'''
>>> shapes = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
>>> validator = compile_shapes(shapes)
>>> [finding.focus for finding in validator.validate([b'<urn:x> <urn:p> "1" .\n<urn:x> <urn:p> "2" .\n'])]
['urn:x']
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, Protocol

from pyoxigraph import Triple

from publisher.errors import UsageError
from publisher.validate.engines.native import NativeValidator, is_available
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.report import Finding

__all__ = ["ENGINES", "Engine", "Validator", "compile_shapes", "default_engine"]

Engine = Literal["native", "pyshacl", "both"]
ENGINES: Final[tuple[Engine, ...]] = ("native", "pyshacl", "both")


class Validator(Protocol):
    """Compiled shapes."""

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What is ill-formed in the shapes, or not applied: findings about shapes, not about data."""

    def validate(self, parts: Iterable[bytes]) -> list[Finding]:
        """Return the validation results for data in parts of whole lines, in no particular order and without places.

        The data are N-Triples as pyoxigraph writes them, one triple a line, and hold the class hierarchy too. They may
        be more than memory can hold.
        """


def default_engine() -> Engine:
    """Return the engine that is asked when nobody names one: pySHACL where there is no wheel of the native engine."""
    return "native" if is_available() else "pyshacl"


def compile_shapes(shapes: Iterable[Triple], engine: Engine | None = None) -> Validator:
    """Return a validator for a shapes graph; messages are in English where shapes have one in it.

    ``engine`` is by default that of ``default_engine``. Raises ``UsageError`` when the engine is not installed.
    """
    name = engine or default_engine()
    if name != "pyshacl" and not is_available():
        raise UsageError(f"--engine {name}: the package 'shacl' is not installed; use --engine pyshacl")
    graph = ShapesGraph(shapes)
    if name == "native":
        return NativeValidator(graph)
    if name == "pyshacl":
        from publisher.validate.engines.reference import ReferenceValidator

        return ReferenceValidator(graph)
    from publisher.validate.engines.comparison import ComparingValidator

    return ComparingValidator(graph)
