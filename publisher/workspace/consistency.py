"""State the axioms that data can contradict as shapes, so that a contradiction is found as any violation is.

These are the rules of OWL 2 RL/RDF that end in ``false`` (OWL 2 Profiles, section 4.3) and look at a bounded part of
the data: cax-dw, cax-adc, cls-com, cls-nothing2, prp-irp, prp-asyp, prp-pdw, prp-adp, prp-npa1, prp-npa2, cls-maxc1,
cls-maxqc1 and cls-maxqc2. The shapes are for the data together with what is inferred from them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import CHECK, OWL, RDF, RDFS, SH, Term

_ZERO: Final = (OWL.maxCardinality, OWL.cardinality, OWL.maxQualifiedCardinality, OWL.qualifiedCardinality)


def consistency_shapes(ontology: Iterable[Triple], is_off: Callable[[str], bool]) -> list[Triple]:
    """Return the shapes of all checks that are not off; each shape has the IRI of its check, ``/`` and a digest.

    >>> axiom = Triple(NamedNode("urn:p"), RDF.type, OWL.IrreflexiveProperty)
    >>> sorted({t.predicate.value.rpartition("#")[2] for t in consistency_shapes([axiom], lambda check: False)})
    ['disjoint', 'message', 'targetSubjectsOf', 'type']
    """
    axioms = _Axioms(ontology)
    shapes = [_shape(check, *parts) for check, find in _CHECKS.items() if not is_off(check) for parts in find(axioms)]
    text = "".join(dict.fromkeys(shapes))
    return [quad.triple for quad in ox.parse(f"@prefix sh: <{SH.iri}> .\n{text}", format=ox.RdfFormat.TURTLE)]


def is_zero(value: Term) -> bool:
    """Tell whether a literal is the integer 0, in any lexical form."""
    return isinstance(value, Literal) and set(value.value.strip()) <= set("+-0") and "0" in value.value


# --- the axioms, each as target, message and constraints in Turtle ------------------------------------


class _Axioms:
    """The triples of an ontology, indexed."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[Term, NamedNode], list[Term]] = defaultdict(list)
        self.pairs: dict[NamedNode, list[tuple[Term, Term]]] = defaultdict(list)
        for t in dict.fromkeys(triples):
            self._objects[t.subject, t.predicate].append(t.object)
            self.pairs[t.predicate].append((t.subject, t.object))

    def objects(self, subject: Term, *predicates: NamedNode) -> list[Term]:
        return [value for predicate in predicates for value in self._objects.get((subject, predicate), ())]

    def instances(self, cls: NamedNode) -> Iterator[Term]:
        return (node for node, other in self.pairs[RDF.type] if other == cls)

    def items(self, head: Term) -> Iterator[Term]:
        """Yield the members of a list; one that contains itself ends there."""
        for cell in reachable([head], lambda cell: self.objects(cell, RDF.rest)[:1]):
            yield from self.objects(cell, RDF.first)[:1]


_Shape = tuple[str, str, str]  # target, message, constraints


def _disjoint_classes(axioms: _Axioms) -> Iterator[_Shape]:
    pairs = [*axioms.pairs[OWL.disjointWith], *axioms.pairs[OWL.complementOf]]
    pairs += [(cls, cls) for cls, other in axioms.pairs[RDFS.subClassOf] if other == OWL.Nothing]
    heads = [head for node in axioms.instances(OWL.AllDisjointClasses) for head in axioms.objects(node, OWL.members)]
    heads += [head for _, head in axioms.pairs[OWL.disjointUnionOf]]
    for cls, others in _excluded(pairs, map(axioms.items, heads)).items():
        message = f"The thing is a {cls} too, and by the ontology nothing is both."
        yield f"sh:targetClass {cls}", message, f"sh:path {RDF.type} ; sh:not [ sh:in ( {' '.join(others)} ) ]"


def _irreflexive_properties(axioms: _Axioms) -> Iterator[_Shape]:
    for prop in _named(axioms.instances(OWL.IrreflexiveProperty)):
        message = f"The thing has {prop} to itself, and by the ontology nothing has."
        yield f"sh:targetSubjectsOf {prop}", message, f"sh:disjoint {prop}"


def _asymmetric_properties(axioms: _Axioms) -> Iterator[_Shape]:
    for prop in _named(axioms.instances(OWL.AsymmetricProperty)):
        message = f"{prop} is stated in both directions, and by the ontology it holds in one."
        query = f"SELECT $this ?path ?value {{ $this {prop} ?value . ?value {prop} $this . BIND({prop} AS ?path) }}"
        yield f"sh:targetSubjectsOf {prop}", message, f'sh:sparql [ a sh:SPARQLConstraint ; sh:select "{query}" ]'


def _disjoint_properties(axioms: _Axioms) -> Iterator[_Shape]:
    nodes = axioms.instances(OWL.AllDisjointProperties)
    heads = [head for node in nodes for head in axioms.objects(node, OWL.members)]
    for prop, others in _excluded(axioms.pairs[OWL.propertyDisjointWith], map(axioms.items, heads)).items():
        for other in others:
            message = f"The thing has this value of {prop} and of {other}, and by the ontology nothing has both."
            yield f"sh:targetSubjectsOf {prop}", message, f"sh:path {prop} ; sh:disjoint {other}"


def _negative_assertions(axioms: _Axioms) -> Iterator[_Shape]:
    for node, source in axioms.pairs[OWL.sourceIndividual]:
        for prop in _named(axioms.objects(node, OWL.assertionProperty)):
            for value in axioms.objects(node, OWL.targetIndividual, OWL.targetValue):
                if isinstance(source, NamedNode) and isinstance(value, NamedNode | Literal):
                    message = f"By the ontology the thing does not have this value of {prop}."
                    yield f"sh:targetNode {source}", message, f"sh:path {prop} ; sh:not [ sh:hasValue {value} ]"


def _forbidden_properties(axioms: _Axioms) -> Iterator[_Shape]:
    for cls, restriction in (*axioms.pairs[RDFS.subClassOf], *axioms.pairs[OWL.equivalentClass]):
        if not isinstance(cls, NamedNode) or not any(map(is_zero, axioms.objects(restriction, *_ZERO))):
            continue
        kinds = [str(kind) for kind in axioms.objects(restriction, OWL.onClass) if kind != OWL.Thing]
        for prop in _named(axioms.objects(restriction, OWL.onProperty)):
            if not kinds:
                message = f"By the ontology a {cls} has no {prop}."
                yield f"sh:targetClass {cls}", message, f"sh:path {prop} ; sh:maxCount 0"
            for kind in _named(axioms.objects(restriction, OWL.onClass)) if kinds else ():
                message = f"By the ontology a {cls} has no {prop} that is a {kind}."
                yield f"sh:targetClass {cls}", message, f"sh:path {prop} ; sh:not [ sh:class {kind} ]"


_CHECKS: Final[dict[str, Callable[[_Axioms], Iterator[_Shape]]]] = {
    "disjoint-classes": _disjoint_classes,
    "irreflexive-property": _irreflexive_properties,
    "asymmetric-property": _asymmetric_properties,
    "disjoint-properties": _disjoint_properties,
    "negative-assertion": _negative_assertions,
    "forbidden-property": _forbidden_properties,
}


def _shape(check: str, target: str, message: str, constraints: str) -> str:
    """Return a shape in Turtle, with a property shape where the constraints have a path."""
    iri = f"{CHECK.iri}{check}/{hashlib.sha256(f'{target} {constraints}'.encode()).hexdigest()[:12]}"
    text = f"{constraints} ; sh:message {Literal(message, language='en')}"
    if constraints.startswith("sh:path"):
        property_shape = f"<{iri}-path> a sh:PropertyShape ; {text} ."
        return f"<{iri}> a sh:NodeShape ; {target} ; sh:property <{iri}-path> .\n{property_shape}\n"
    return f"<{iri}> a sh:NodeShape ; {target} ; {text} .\n"


def _named(terms: Iterable[Term]) -> Iterator[NamedNode]:
    return (term for term in terms if isinstance(term, NamedNode))


def _excluded(pairs: Iterable[tuple[Term, Term]], lists: Iterable[Iterable[Term]]) -> dict[str, list[str]]:
    """Return in Turtle what each class or property excludes; each two stand once, under the first in order."""
    excluded: dict[str, set[str]] = defaultdict(set)
    for one, other in (*pairs, *(pair for items in lists for pair in combinations(items, 2))):
        if isinstance(one, NamedNode) and isinstance(other, NamedNode):
            first, second = sorted((str(one), str(other)))
            excluded[first].add(second)
    return {first: sorted(others) for first, others in sorted(excluded.items())}
