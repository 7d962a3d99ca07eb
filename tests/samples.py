"""Take a part of a dataset that has all of its kinds of triples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pyoxigraph import Triple

from publisher.rdf.vocab import RDF, Term


def sample(triples: Iterable[Triple], size: int) -> list[Triple]:
    """Return the first ``size`` triples of each property and of each class, so that every axiom is applied."""
    counts: Counter[Term] = Counter()
    chosen = []
    for triple in triples:
        kind = triple.object if triple.predicate == RDF.type else triple.predicate
        counts[kind] += 1
        if counts[kind] <= size:
            chosen.append(triple)
    return chosen
