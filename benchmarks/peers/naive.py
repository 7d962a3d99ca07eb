"""The script that everybody starts from: rdflib parses, pySHACL validates, owlrl closes, rdflib writes.

usage: naive.py start | validate WORKSPACE [INFERRED.nt] | build WORKSPACE OUT
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import owlrl
import pyshacl
import rdflib
from rdflib import Dataset, Graph
from rdflib.namespace import SH
from workspace import data_files, ontology_files, pair, shape_files, tell, timed

FORMATS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld", "trig": "trig", "nq": "nquads"}


def main() -> None:
    """Do what the command line asks for."""
    what, root = sys.argv[1], Path(sys.argv[-1] if len(sys.argv) == 2 else sys.argv[2])
    if what == "start":
        tell()
        return
    with timed("parse"):
        graphs = {path.stem: Graph().parse(path) for path in data_files(root)}
        ontology = sum_of(Graph().parse(path) for path in ontology_files(root))
        data = sum_of(graphs.values())
    with timed("validate"):
        findings = validate(sum_of((data, ontology)), root, "asserted")
    if what == "validate":
        if len(sys.argv) > 3:
            with timed("parse the inferred"):
                inferred = Graph().parse(sys.argv[3])
            with timed("validate again"):
                findings += validate(sum_of((data, ontology, inferred)), root, "derived")
        tell(findings, asserted=len(data))
        return
    with timed("infer"):
        inferred = infer(data, ontology, root)
    with timed("validate again"):
        findings += validate(sum_of((data, ontology, inferred)), root, "derived")
    with timed("write"):
        write({**graphs}, inferred, ontology, Path(sys.argv[3]))
    tell(findings, asserted=len(data), inferred=len(inferred))


def sum_of(graphs: Iterable[Graph]) -> Graph:
    """Return the union of graphs."""
    union = Graph()
    for graph in graphs:
        union += graph
    return union


def validate(data: Graph, root: Path, stage: str) -> list[str]:
    """Return what pySHACL finds, with its own defaults."""
    shapes = sum_of(Graph().parse(path) for path in shape_files(root, stage))
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    return [
        pair(report.value(r, SH.focusNode), report.value(r, SH.value), report.value(r, SH.sourceConstraintComponent))
        for r in report.objects(None, SH.result)
    ]


def infer(data: Graph, ontology: Graph, root: Path) -> Graph:
    """Return what owlrl and the rules derive about things of the data."""
    closed = sum_of((data, ontology))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    for rule in sorted((root / "ontology" / "rules").glob("*.rq")):
        for triple in closed.query(rule.read_text(encoding="utf-8")):
            closed.add(triple)
    things = set(data.subjects())
    empty = {rdflib.OWL.Thing, rdflib.RDFS.Resource, rdflib.OWL.NamedIndividual}
    inferred = Graph()
    for s, p, o in closed:
        if (
            s in things
            and not isinstance(s, rdflib.Literal)
            and (s, p, o) not in data
            and o not in empty
            and not (p == rdflib.OWL.sameAs and s == o)
        ):
            inferred.add((s, p, o))
    return inferred


def write(graphs: dict[str, Graph], inferred: Graph, ontology: Graph, out: Path) -> None:
    """Write the same dumps as a build."""
    out.mkdir(parents=True)
    own = {"inferred": inferred}
    for name, parts in (("asserted", graphs), ("inferred", own), ("all", {**graphs, **own, "ontology": ontology})):
        union, dataset = sum_of(parts.values()), Dataset()
        for part, graph in parts.items():
            target = dataset.graph(rdflib.URIRef(f"urn:graph:{part}"))
            for triple in graph:
                target.add(triple)
        for extension, form in FORMATS.items():
            source = dataset if extension in ("trig", "nq") else union
            source.serialize(out / f"{name}.{extension}", format=form, encoding="utf-8")


main()
