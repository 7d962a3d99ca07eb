"""Small datasets, and what the tests of loads ask of a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from publisher.load.client import StoreClient
from publisher.load.ledger import STAGING, Ledger
from publisher.load.profiles import Target
from publisher.progress import Progress
from publisher.workspace.config import Config
from tests.running import (
    Running,
)

FOREIGN = "https://other.org/graph"


METHODS = ("gsp", "update")


Opened = Callable[[Target], StoreClient]


OLD = '<urn:s> <urn:p> "old" <https://e.org/graph/0>'


def write(folder: Path, *lines: str) -> Path:
    path = folder / "all.nq"
    path.write_text("".join(f"{line} .\n" for line in lines), encoding="utf-8")
    return path


def generated(path: Path, triples: int) -> Path:
    """Write ``triples`` statements of 20 graphs, the same each time."""
    with path.open("w", encoding="utf-8") as out:
        for n in range(triples):
            graph, thing = f"<https://e.org/graph/{n % 20}>", f"<https://e.org/id/{n // 7}>"
            out.write(f'{thing} <https://e.org/ns#p{n % 7}> "value {n}"@en {graph} .\n')
    return path


def values(client: StoreClient, graph: str) -> list[str]:
    return [row["o"].value for row in client.rows(f"SELECT ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")]


def count(client: StoreClient, graph: str) -> int:
    return client.counts([graph])[graph]


def free(client: StoreClient, config: Config) -> None:
    """End the lease of a load that could not end it."""
    client.update(f"DELETE WHERE {{ GRAPH <{config.graph('load')}> {{ ?s <urn:publisher:load:until> ?o }} }}")


def staged_names(client: StoreClient, config: Config) -> list[str]:
    return sorted(Ledger(client, config.graph("load")).staged())


def staged_graphs(client: StoreClient) -> list[str]:
    rows = client.rows(f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }}')
    return [row["g"].value for row in rows]


class Killer(Progress):
    """Kill the store when a load or a migration comes to a step."""

    def __init__(self, store: Running, step: str) -> None:
        self._store, self._step = store, step

    def step(self, label: str) -> None:
        if label.startswith(self._step):
            self._store.kill()
