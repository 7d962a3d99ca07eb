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
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode, Triple

from publisher.errors import SourceError
from publisher.infer.axioms import unapplied
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import NTriple, iri, to_ntriples
from publisher.rdf.vocab import OWL, RDF, RDFS
from publisher.workspace.sources import Source, triples_of

if TYPE_CHECKING:
    import rdflib

_TYPE: Final = str(RDF.type)
_TAUTOLOGIES: Final = frozenset(map(str, (OWL.Thing, RDFS.Resource, OWL.NamedIndividual)))
# The namespaces of the predicates that matter to the closure; labels and definitions only slow it down.
_LOGIC: Final = (RDF.iri, RDFS.iri + "sub", RDFS.domain.value, RDFS.range.value, OWL.iri)
_OWLRL_ERROR: Final = "http://www.daml.org/2002/03/agents/agent-ont#error"

Table = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Schema:
    """A closed ontology as tables from a class or property to what it entails; terms are in N-Triples syntax.

    ``axioms`` are the triples that the closure was computed from; ``unsupported`` are the IRIs of the constructs of
    OWL among them that inference over data does not apply.
    """

    superclasses: Table
    superproperties: Table
    domains: Table
    ranges: Table
    inverses: Table
    transitive: frozenset[str]
    unsupported: tuple[str, ...]
    axioms: frozenset[NTriple] = frozenset()

    @cached_property
    def _by_predicate(self) -> dict[str, tuple[Iterable[str], ...]]:
        tables = (self.superproperties, self.domains, self.ranges, self.inverses)
        return {predicate: tuple(t.get(predicate, ()) for t in tables) for table in tables for predicate in table}

    def entailed_by(self, triples: Iterable[NTriple]) -> set[NTriple]:
        """Apply cax-sco, prp-spo1, prp-dom, prp-rng, prp-symp and prp-inv1/2 once to each triple."""
        entailed: set[NTriple] = set()
        add = entailed.add
        for s, p, o in triples:
            if p == _TYPE:
                for superclass in self.superclasses.get(o, ()):
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
        superclasses=_table(_pairs(graph, RDFS.subClassOf), is_proper=True),
        superproperties=_table(_pairs(graph, RDFS.subPropertyOf), is_proper=True),
        domains=_table(_pairs(graph, RDFS.domain), is_proper=True),
        ranges=_table(_pairs(graph, RDFS.range), is_proper=True),
        inverses=_table(inverses),
        transitive=frozenset(_instances(graph, OWL.TransitiveProperty)),
        unsupported=tuple(sorted({OWL[term].value for _, term, _ in unapplied(axioms) if " " not in term})),
        axioms=frozenset(to_ntriples(axioms)),
    )


def _instances(graph: rdflib.Graph, cls: NamedNode) -> Iterator[str]:
    return (instance for instance, other in _pairs(graph, RDF.type) if other == str(cls))


def _pairs(graph: rdflib.Graph, predicate: NamedNode) -> list[tuple[str, str]]:
    """Return the subjects and objects of a predicate, where both are IRIs."""
    from rdflib import URIRef

    pairs = graph.subject_objects(URIRef(predicate.value))
    return [(iri(s), iri(o)) for s, o in pairs if isinstance(s, URIRef) and isinstance(o, URIRef)]


def _table(pairs: Iterable[tuple[str, str]], *, is_proper: bool = False) -> Table:
    """Return a table of pairs; a proper one has no reflexive pair, and no class of everything."""
    table: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        if not is_proper or (one != other and other not in _TAUTOLOGIES):
            table[one].add(other)
    return {key: frozenset(values) for key, values in table.items()}
