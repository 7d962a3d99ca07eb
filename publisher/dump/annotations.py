"""Restate the labels and definitions of an ontology in RDF Schema, for tools that read nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher.rdf.vocab import RDFS, SKOS
from publisher.workspace.sources import Source

_RESTATED: Final = {SKOS.prefLabel: RDFS.label, SKOS.definition: RDFS.comment}


def restate(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Return the sources of an ontology with the properties of RDF Schema beside those of SKOS.

    ``rdfs:label`` restates ``skos:prefLabel``, and ``rdfs:comment`` restates ``skos:definition``, unless the term has
    the property already.
    """
    return tuple(replace(source, triples=(*source.triples, *_restated(source.triples))) for source in sources)


def _restated(triples: tuple[Triple, ...]) -> Iterator[Triple]:
    stated = {(t.subject, t.predicate) for t in triples}
    for t in triples:
        plain = _RESTATED.get(t.predicate)
        if plain and isinstance(t.subject, NamedNode) and (t.subject, plain) not in stated:
            yield Triple(t.subject, plain, t.object)
