"""Close an ontology under OWL 2 RL/RDF and index the result for the inference over data.

The rules are those of OWL 2 Profiles, section 4.3
(https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules); owlrl applies them.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import NamedNode, Triple

from publisher.errors import SourceError
from publisher.infer.axioms import unapplied
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import NTriple, format_ntriples, from_ntriples, parse_ntriples, to_ntriples
from publisher.rdf.vocab import OWL, RDF, RDFS
from publisher.workspace.sources import Source, triples_of

if TYPE_CHECKING:
    import rdflib

_TYPE: Final = str(RDF.type)
_TAUTOLOGIES: Final = frozenset({OWL.Thing, RDFS.Resource, OWL.NamedIndividual})
# The namespaces of the predicates that matter to the closure; labels and definitions only slow it down.
_LOGIC: Final = (RDF.iri, RDFS.iri + "sub", RDFS.domain.value, RDFS.range.value, OWL.iri)
_OWLRL_ERROR: Final = "http://www.daml.org/2002/03/agents/agent-ont#error"
_TABLES: Final = ("superclasses", "superproperties", "domains", "ranges", "inverses")

Table = dict[NamedNode, frozenset[NamedNode]]


@dataclass(frozen=True)
class Schema:
    """A closed ontology as tables from a class or property to what it entails.

    ``axioms`` are the triples that the closure was computed from; ``unsupported`` are the IRIs of the constructs of
    OWL among them that inference over data does not apply.
    """

    superclasses: Table
    superproperties: Table
    domains: Table
    ranges: Table
    inverses: Table
    transitive: frozenset[NamedNode]
    unsupported: tuple[str, ...]
    axioms: frozenset[Triple] = frozenset()

    @cached_property
    def entailments(self) -> Entailments:
        """The tables, indexed for single triples of data."""
        return Entailments(self)


class Entailments:
    """What a single triple entails by a schema: one look-up by its class or predicate."""

    def __init__(self, schema: Schema) -> None:
        self._superclasses = _terms(schema.superclasses)
        tables = [_terms(t) for t in (schema.superproperties, schema.domains, schema.ranges, schema.inverses)]
        self._by_predicate = {
            predicate: tuple(table.get(predicate, ()) for table in tables) for table in tables for predicate in table
        }

    def of(self, triples: Iterable[NTriple]) -> set[NTriple]:
        """Apply cax-sco, prp-spo1, prp-dom, prp-rng, prp-symp and prp-inv1/2 once to each triple."""
        entailed: set[NTriple] = set()
        add = entailed.add
        for s, p, o in triples:
            if p == _TYPE:
                for superclass in self._superclasses.get(o, ()):
                    add((s, _TYPE, superclass))
                continue
            entry = self._by_predicate.get(p)
            if entry is None:
                continue
            superproperties, domains, ranges, inverses = entry
            for superproperty in superproperties:
                add((s, superproperty, o))
            for domain in domains:
                add((s, _TYPE, domain))
            if o[0] != '"':
                for range_ in ranges:
                    add((o, _TYPE, range_))
                for inverse in inverses:
                    add((o, inverse, s))
        return entailed


def close(ontology: tuple[Source, ...]) -> Schema:
    """Return the OWL 2 RL closure of an ontology, given as its source files.

    The last closures are kept in the process, so that closing the same axioms again costs nothing. Raises
    ``SourceError`` when owlrl finds the ontology inconsistent or ill-formed.
    """
    axioms = tuple(t for t in triples_of(ontology) if t.predicate.value.startswith(_LOGIC))
    try:
        return _close(axioms)
    except ValueError as error:
        raise SourceError(str(error), ontology[0].path) from None


@contextlib.contextmanager
def _datatypes_restored() -> Iterator[None]:
    """Restore rdflib's table of datatypes, to which owlrl adds its own and leaves them for the whole process."""
    from rdflib import term

    table = dict(term._toPythonMapping)  # there is no public way to read it
    try:
        yield
    finally:
        term._toPythonMapping.clear()
        term._toPythonMapping.update(table)


@lru_cache(maxsize=4)
def _close(axioms: tuple[Triple, ...]) -> Schema:
    import owlrl  # slow to import, and not needed when the schema is in the cache
    import rdflib

    graph = to_rdflib(axioms)
    try:
        with _datatypes_restored():
            owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    except ValueError as error:  # such as a circular list
        raise ValueError(f"the ontology is ill-formed: {error}") from None
    if errors := sorted(str(message) for message in graph.objects(None, rdflib.URIRef(_OWLRL_ERROR))):
        raise ValueError(f"the ontology is inconsistent: {'; '.join(errors)}")
    inverses = _pairs(graph, OWL.inverseOf)
    inverses += [(inverse, prop) for prop, inverse in inverses]
    inverses += [(prop, prop) for prop in _instances(graph, OWL.SymmetricProperty)]
    return Schema(
        superclasses=_proper(_pairs(graph, RDFS.subClassOf)),
        superproperties=_proper(_pairs(graph, RDFS.subPropertyOf)),
        domains=_proper(_pairs(graph, RDFS.domain)),
        ranges=_proper(_pairs(graph, RDFS.range)),
        inverses=_table(inverses),
        transitive=frozenset(_instances(graph, OWL.TransitiveProperty)),
        unsupported=tuple(sorted({OWL[term].value for _, term, _ in unapplied(axioms) if " " not in term})),
        axioms=frozenset(axioms),
    )


def write_schema(schema: Schema) -> dict[str, Any]:
    """Return a schema as values that ``json`` can serialise."""
    tables = {name: _terms(getattr(schema, name)) for name in _TABLES}
    axioms = format_ntriples(to_ntriples(schema.axioms))
    transitive = [prop.value for prop in schema.transitive]
    return {**tables, "transitive": transitive, "unsupported": schema.unsupported, "axioms": axioms}


def read_schema(values: dict[str, Any]) -> Schema:
    """Return the schema that ``write_schema`` returned as ``values``."""
    return Schema(
        **{name: _nodes(values[name]) for name in _TABLES},
        transitive=frozenset(NamedNode(iri) for iri in values["transitive"]),
        unsupported=tuple(values["unsupported"]),
        axioms=frozenset(from_ntriples(parse_ntriples(values["axioms"]))),
    )


def _instances(graph: rdflib.Graph, cls: NamedNode) -> Iterator[NamedNode]:
    return (instance for instance, other in _pairs(graph, RDF.type) if other == cls)


def _pairs(graph: rdflib.Graph, predicate: NamedNode) -> list[tuple[NamedNode, NamedNode]]:
    """Return the subjects and objects of a predicate, where both are IRIs."""
    import rdflib

    pairs = graph.subject_objects(rdflib.URIRef(predicate.value))
    return [
        (NamedNode(str(s)), NamedNode(str(o)))
        for s, o in pairs
        if isinstance(s, rdflib.URIRef) and isinstance(o, rdflib.URIRef)
    ]


def _proper(pairs: Iterable[tuple[NamedNode, NamedNode]]) -> Table:
    """Return the table of pairs that say something: no reflexive pair, no class of everything."""
    return _table((one, other) for one, other in pairs if one != other and other not in _TAUTOLOGIES)


def _table(pairs: Iterable[tuple[NamedNode, NamedNode]]) -> Table:
    table: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for one, other in pairs:
        table[one].add(other)
    return {key: frozenset(values) for key, values in table.items()}


def _terms(table: Table) -> dict[str, tuple[str, ...]]:
    return {str(key): tuple(str(value) for value in values) for key, values in table.items()}


def _nodes(table: dict[str, list[str]]) -> Table:
    return {NamedNode(key[1:-1]): frozenset(NamedNode(value[1:-1]) for value in table[key]) for key in table}
