"""Tell which axioms of OWL 2 have no effect on the data: neither inference nor a check looks at them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.rdf.vocab import OWL, RDF, RDFS, Term
from publisher.workspace.consistency import is_zero

# What stands for an axiom that has no effect on the data, with what to write instead.
NOT_APPLIED: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            *("propertyChainAxiom", "hasValue", "hasSelf", "intersectionOf", "ReflexiveProperty"),
            *("topObjectProperty", "topDataProperty"),
        ),
        "write a rule under ontology/rules/ that derives it",
    ),
    **dict.fromkeys(
        (
            *("hasKey", "allValuesFrom", "someValuesFrom", "cardinality", "minCardinality", "maxCardinality"),
            *("qualifiedCardinality", "minQualifiedCardinality", "maxQualifiedCardinality", "unionOf"),
            *("disjointUnionOf", "oneOf", "onDatatype", "datatypeComplementOf", "FunctionalProperty"),
            *("InverseFunctionalProperty", "differentFrom", "AllDifferent"),
            *("bottomObjectProperty", "bottomDataProperty"),
        ),
        "write a shape that demands it",
    ),
    "sameAs": "write a mapping under data/links/, or give both one IRI",
    "imports": "put a copy of the ontology into ontology/, where every file is read",
}
# Declarations, annotations, and parts of the terms above.
SILENT: Final = frozenset(
    {
        *("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "Ontology", "OntologyProperty"),
        *("NamedIndividual", "Thing", "DataRange", "Restriction", "DeprecatedClass", "DeprecatedProperty"),
        *("Axiom", "Annotation", "annotatedSource", "annotatedProperty", "annotatedTarget"),
        *("deprecated", "versionInfo", "versionIRI", "priorVersion", "backwardCompatibleWith", "incompatibleWith"),
        *("onProperty", "onProperties", "onClass", "onDataRange", "withRestrictions", "distinctMembers"),
        *("rational", "real"),
    }
)
_ZERO: Final = ("cardinality", "maxCardinality", "qualifiedCardinality", "maxQualifiedCardinality")
_IN_ONTOLOGY_ONLY: Final = frozenset({RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range})
_OF_INDIVIDUALS: Final = ("NamedIndividual", "Thing", "Ontology")


def unapplied(ontology: Iterable[Triple], ontologies: Container[Term] = ()) -> Iterator[tuple[Triple, str, str]]:
    """Yield each triple of an ontology that has no effect on the data, the term at fault, and what to do instead.

    ``ontologies`` are those that are read, whether one imports the other or not.
    """
    for t in ontology:
        name = _term(t)
        is_checked = name in _ZERO and is_zero(t.object)
        is_read = name == "imports" and t.object in ontologies
        if name in NOT_APPLIED and not is_checked and not is_read:
            yield t, name, NOT_APPLIED[name]
        elif name == "inverseOf" and isinstance(t.subject, BlankNode):
            yield t, "inverseOf of an anonymous property", "give the inverse property a name"


def is_axiom(t: Triple) -> bool:
    """Tell whether a triple is an axiom, which has an effect in an ontology alone."""
    return _is_axiom(t.predicate, t.object if t.predicate == RDF.type else None)


@lru_cache(maxsize=1 << 12)
def _is_axiom(predicate: NamedNode, cls: Term | None) -> bool:
    name = _name(cls or predicate)
    is_annotation = cls is None and name in SILENT and name[0].islower() and not name.startswith("on")
    return predicate in _IN_ONTOLOGY_ONLY or bool(name and not is_annotation and name not in _OF_INDIVIDUALS)


def _term(t: Triple) -> str:
    """Return the name of the term of OWL that a triple is about, or ``""``."""
    return _name(t.object if t.predicate == RDF.type else t.predicate)


def _name(term: Term) -> str:
    return term.value.removeprefix(OWL.iri) if isinstance(term, NamedNode) and term.value.startswith(OWL.iri) else ""
