"""Validate a workspace with one of the native SHACL engines that Python has.

usage: native.py ENGINE start | ENGINE validate WORKSPACE [INFERRED.nt]

Each gets its data in the way that is fastest for it: parsed by pyoxigraph where it wants one text, N-Triples.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
from workspace import data_files, ontology_files, pair, shape_files, tell, timed

Validate = Callable[[bytes, bytes], list[str]]


def main() -> None:
    """Do what the command line asks for."""
    name, what = sys.argv[1:3]
    engine = ENGINES[name]()
    if what == "start":
        tell()
        return
    root = Path(sys.argv[3])
    with timed("parse"):
        own, size = ntriples(data_files(root))
        data = own + ntriples(ontology_files(root))[0]
    with timed("validate"):
        findings = engine(data, ntriples(shape_files(root, "asserted"))[0])
    if len(sys.argv) > 4:
        with timed("parse the inferred"):
            data += Path(sys.argv[4]).read_bytes()
        with timed("validate again"):
            findings += engine(data, ntriples(shape_files(root, "derived"))[0])
    tell(findings, asserted=size)


def ntriples(paths: list[Path]) -> tuple[bytes, int]:
    """Return the triples of files as N-Triples, and how many; blank nodes are kept apart by their random names."""
    parts, count = [], 0
    for path in paths:
        triples = [q.triple for q in ox.parse(path=path, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)]
        parts.append(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
        count += len(triples)
    return b"".join(parts), count


def pyshifty() -> Validate:
    """Return shifty, as it is used for screening."""
    import shifty

    def validate(data: bytes, shapes: bytes) -> list[str]:
        validator = shifty.PreparedValidator(shapes)
        result = validator.validate_algebra(data, graph_mode="data", infer=False, sort_results=False)
        if result.conforms and not result.violations:
            return []
        # Only the report names components; conforming data never come here.
        _, report, _ = validator.validate(data, graph_mode="data", infer=False)
        return from_report(report)

    return validate


def pyrudof() -> Validate:
    """Return rudof."""
    import pyrudof as rudof

    def validate(data: bytes, shapes: bytes) -> list[str]:
        session = rudof.Rudof(rudof.RudofConfig())
        session.read_data(data.decode(), rudof.RDFFormat.NTriples)
        session.read_shacl(shapes.decode(), rudof.ShaclFormat.NTriples)
        report = session.validate_shacl()
        return [pair(v.focus_node, v.value, v.constraint_component) for v in report.violations]

    return validate


def shacl_rust() -> Validate:
    """Return shacl-rust with its faster index."""
    import shacl_rust as engine

    def validate(data: bytes, shapes: bytes) -> list[str]:
        options = {"data_format": "nt", "shapes_format": "nt", "experimental_index": True}
        report = engine.validate(data.decode(), shapes.decode(), **options)
        keys = ("focusNode", "value", "sourceConstraintComponent")
        return [pair(*(result.get(key) for key in keys)) for result in report["results"]]

    return validate


def pyshacl_turbo() -> Validate:
    """Return pyshacl-turbo."""
    import pyshacl_turbo as engine

    def validate(data: bytes, shapes: bytes) -> list[str]:
        kinds = {"data_graph_format": "nt", "shacl_graph_format": "nt"}
        conforms, report, _ = engine.validate(data, shacl_graph=shapes, **kinds)
        return [] if conforms else from_report(report)

    return validate


def shacl() -> Validate:
    """Return the engine that is simply called shacl."""
    import shacl as engine

    def validate(data: bytes, shapes: bytes) -> list[str]:
        compiled = engine.Shapes.from_text(shapes.decode(), format="ntriples")
        report = compiled.validate_text(data.decode(), format="ntriples")
        return [pair(r.focus_node, r.value_plain, r.component_iri) for r in report.results]

    return validate


def from_report(report: object) -> list[str]:
    """Return the findings of a report that is an rdflib graph."""
    from rdflib import Graph
    from rdflib.namespace import SH

    graph = report if isinstance(report, Graph) else Graph().parse(data=report)
    return [
        pair(graph.value(r, SH.focusNode), graph.value(r, SH.value), graph.value(r, SH.sourceConstraintComponent))
        for r in graph.objects(None, SH.result)
    ]


ENGINES = {
    "pyshifty": pyshifty,
    "pyrudof": pyrudof,
    "pyshacl-turbo": pyshacl_turbo,
    "shacl-rust": shacl_rust,
    "shacl": shacl,
}
main()
