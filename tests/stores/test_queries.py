"""Every saved query gets from every store the answer that the table in the documentation says."""

from __future__ import annotations

from pathlib import Path

from publisher.workspace.config import Config
from tests import asked
from tests.conftest import in_ci
from tests.running import (
    Running,
)

# queries that a store cannot answer, as docs/stores.md tells
KNOWN: dict[str, set[str]] = {"oxigraph": set(), "fuseki": set(), "virtuoso": set(), "rdf4j": set()}
# parameters that a store cannot answer, as docs/stores.md tells: Virtuoso stops answering anything
UNBOUND: dict[str, set[str]] = {"virtuoso": {"who-holds-which-office date"}}


@in_ci
def test_every_query_is_answered_as_the_table_tells(store: Running, config: Config, built: Path) -> None:
    found = asked.answers(store, config, built)
    assert found == asked.written()[store.name], "run: python -m tests.asked"
    assert {query for query, told in found.items() if told != asked.GOOD} == KNOWN[store.name]

    assert {
        name for name, same in asked.bound_answers(store, config, built, UNBOUND.get(store.name, set())) if not same
    } == set()


def test_table_has_every_query() -> None:
    told = asked.written()
    assert asked.PAGE.read_text(encoding="utf-8") == asked.page(told)
