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
    """Return a query in which each ``SERVICE`` of one of the services is replaced by ``GRAPH`` of their copy.

    Raises ``SourceError`` at the name of any other service.
    """
    copied = {f"<{service}>" for service in services}
    tokens = [token for token in tokenize(text) if token[0].upper() != "SILENT" or token.lastgroup != "word"]
    spans: list[tuple[int, int]] = []
    for word, name in pairwise(tokens):
        if word.lastgroup == "word" and word[0].upper() == "SERVICE":
            if name[0] not in copied:
                message = f"there is no copy of the service {name[0]}; only of {', '.join(sorted(copied))}"
                raise SourceError(message, path, *position_of(name))
            spans.append((word.start(), name.end()))
    for start, end in reversed(spans):
        text = f"{text[:start]}GRAPH {graph}{text[end:]}"
    return text


def run(text: str, store: ox.Store, snapshot: Iterable[ox.Triple], graph: ox.NamedNode, path: Path = STDIN) -> Answer:
    """Run a query that ``localize`` returned, on ``store`` with the snapshot added as the named graph ``graph``.

    Triples of the snapshot match within ``GRAPH`` only. Raises ``SourceError`` as ``publisher.query.run`` does.
    """
    store.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in snapshot)
    return local.run(text, store, path)
