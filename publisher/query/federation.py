"""Run federated queries without a network, on a snapshot of Wikidata in place of its SPARQL service."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.query import local
from publisher.query.files import STDIN
from publisher.query.results import Answer
from publisher.rdf.sparql import position_of, tokenize

WIKIDATA: Final = "https://query.wikidata.org/sparql"


def localize(text: str, services: Iterable[str], graph: ox.NamedNode, path: Path = STDIN) -> str:
    """Return the query with ``GRAPH`` and the graph in the place of ``SERVICE`` and one of the services.

    Raises ``SourceError`` at a service of which there is no copy.
    """
    known = {f"<{service}>" for service in services}
    tokens = [token for token in tokenize(text) if token[0].upper() != "SILENT" or token.lastgroup != "word"]
    places: list[tuple[int, int]] = []
    for word, name in pairwise(tokens):
        if word.lastgroup == "word" and word[0].upper() == "SERVICE":
            if name[0] not in known:
                told = f"there is no copy of the service {name[0]}; only of {', '.join(sorted(known))}"
                raise SourceError(told, path, *position_of(name))
            places.append((word.start(), name.end()))
    for start, end in reversed(places):
        text = f"{text[:start]}GRAPH {graph}{text[end:]}"
    return text


def run(text: str, store: ox.Store, snapshot: Iterable[ox.Triple], graph: ox.NamedNode, path: Path = STDIN) -> Answer:
    """Run a localized query on ``store``, with the snapshot in a graph that only ``GRAPH`` reaches."""
    store.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in snapshot)
    return local.run(text, store, path, union=False)
