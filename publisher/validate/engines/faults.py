"""Hold the faults of shapes, and take them out of a shapes graph, so that the rest can be validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import CHECK, SH, Term, plain
from publisher.validate.engines.shapes_graph import SHAPE_LIST_PARAMETERS, SHAPE_PARAMETERS, ShapesGraph
from publisher.validate.report import Finding, Terms

_ILL_FORMED: Final = CHECK["ill-formed-shape"].value
_UNSUPPORTED: Final = CHECK["unsupported-shape"].value


@dataclass(frozen=True)
class Fault:
    """What is wrong with a shape: at one value of a parameter, or without ``parameter`` at the whole.

    What is not ill-formed is not supported, and a warning. ``changes_meaning`` tells that the shape means something
    else without it; what is ill-formed always does. ``is_kept`` tells that an engine gets it all the same. ``place``
    is the triple where it is written.
    """

    shape: Term
    parameter: NamedNode | None
    value: Term | None
    message: str
    is_ill_formed: bool = True
    changes_meaning: bool = False
    is_kept: bool = False
    place: tuple[Term, NamedNode, Term] | None = None

    def finding(self, graph: ShapesGraph) -> Finding:
        """Return the fault as a finding about the shape, which is found in the files of the shapes like any other."""
        kind = _ILL_FORMED if self.is_ill_formed else _UNSUPPORTED
        node, parameter, value = self.place or (self.shape, self.parameter, self.value)
        return Finding(
            focus=graph.label(self.shape),
            path=parameter.value if parameter else "",
            component=kind,
            value="" if value is None or isinstance(value, BlankNode) else plain(value),
            severity="violation" if self.is_ill_formed else "warning",
            shape=kind,
            message=self.message,
            terms=Terms(str(node), str(value) if value is not None else "", f"<{kind}>"),
        )


def without(graph: ShapesGraph, faults: list[Fault]) -> ShapesGraph:
    """Return the shapes graph without what is at fault, so that what is left means what it meant.

    A shape loses the faulty parameter; what refers to such a shape within sh:not, sh:or and the like goes as well.
    """
    if not faults:
        return graph
    at_fault = {fault.shape for fault in faults if fault.is_ill_formed or fault.changes_meaning}
    removed = {fault.shape for fault in faults if fault.parameter in (None, SH.path)}
    parameters = {(f.shape, p) for f in faults if not f.is_kept and f.parameter for p in _group(f.parameter)}
    parameters -= {(f.shape, SH.property) for f in faults}
    tainted = reachable(at_fault, lambda shape: (parent for parent, _ in graph.parents.get(shape, ())))

    def is_left(t: Triple) -> bool:
        if t.subject in removed or (t.subject, t.predicate) in parameters:
            return False
        if t.predicate == SH.property:
            return t.object not in removed and t.object in graph.shapes
        if t.predicate in SHAPE_LIST_PARAMETERS:
            return not any(member in tainted for member in graph.members(t.object) or ())
        return t.predicate not in SHAPE_PARAMETERS or t.object not in tainted

    return ShapesGraph(filter(is_left, graph.triples))


# Parameters that make one constraint together.
_GROUPS: Final = (
    (SH.pattern, SH.flags),
    (SH.closed, SH.ignoredProperties),
    (SH.qualifiedValueShape, SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint),
)


def _group(parameter: NamedNode) -> tuple[NamedNode, ...]:
    return next((group for group in _GROUPS if parameter in group), (parameter,))
