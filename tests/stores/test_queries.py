"""Every saved query gets from every store the answer that the table in the documentation says."""

from __future__ import annotations

from pathlib import Path

from publisher.workspace.config import Config
from tests import asked
from tests.running import (
    Running,
)

# queries that a store cannot answer, as docs/stores.md tells
KNOWN: dict[str, set[str]] = {
    "oxigraph": set(),
    "fuseki": set(),
    "virtuoso": {
        "members-of-organizations",
        "sentences-without-a-citation",
        "sources-by-sentence",
        "view-of-a-side",
        "what-a-source-supports",
        "who-supplied-what-to-whom",
    },
    "rdf4j": {"timeline"},
}


def test_every_query_is_answered_as_the_table_tells(store: Running, config: Config, built: Path) -> None:
    found = asked.answers(store, config, built)
    assert found == asked.written()[store.name], "run: python -m tests.asked"
    assert {query for query, told in found.items() if told != asked.GOOD} == KNOWN[store.name]


def test_table_has_every_query() -> None:
    told = asked.written()
    assert asked.PAGE.read_text(encoding="utf-8") == asked.page(told)
