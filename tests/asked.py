"""Run every query on every store, and write the results to docs/queries-on-stores.md.

    python -m tests.asked

needs all stores, and a build in dist/. A test fails when the page differs from the results of the stores.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from publisher.errors import EndpointError
from publisher.load import load
from publisher.query import endpoint, local, parameters
from publisher.query.files import Query
from publisher.workspace.config import Config, load_config
from tests.conftest import ROOT
from tests.dataset.test_queries import QUERIES, expected, rows_of
from tests.running import STORES, Running, running

PAGE = ROOT / "docs" / "queries-on-stores.md"
GOOD = "as expected"
DAY = "2018-11-19"
_HEAD = """\
# Queries on stores

<!-- Written by `python -m tests.asked`; change the sources instead. -->

The result of each query of `queries/` on each store, after `publisher load`. Results are compared by value with the
reviewed results in `queries/expected/`.

"""


def answers(store: Running, config: Config, built: Path) -> dict[str, str]:
    """Load the dataset into a store and return, by query, whether its answer is as expected."""
    target = store.target()
    load(config, built, target, 60, sync=True)
    found = {}
    for query in QUERIES:
        try:
            answer = endpoint.run(target.query, query.text, 60, target.credentials)
        except EndpointError:
            found[query.name] = "no answer"
            continue
        same = Counter(rows_of(answer)) == Counter(rows_of(expected(query)))
        found[query.name] = GOOD if same else "another answer"
    return found


def bound_answers(
    store: Running, config: Config, built: Path, without: Container[str] = ()
) -> Iterator[tuple[str, bool]]:
    """Yield for each parameter without a default whether a loaded store answers with a value as the dumps do."""
    target, dump = store.target(), local.load_store([built / "dumps" / "all.nt"])
    for query, parameter in ((q, p) for q in QUERIES for p in q.parameters):
        name = f"{query.name} {parameter.name}"
        value = DAY if parameter.type == "date" else _last_value(query, parameter.name)
        if parameter.default is None and value and name not in without:
            text = parameters.bind(query, {parameter.name: value}, config.prefixes)
            answer = endpoint.run(target.query, text, 60, target.credentials)
            yield name, Counter(rows_of(answer)) == Counter(rows_of(local.run(text, dump)))


def _last_value(query: Query, column: str) -> str | None:
    """Return the last IRI that a column of the expected result has."""
    names, *rows = rows_of(expected(query))
    values = (row[names.index(column)] for row in reversed(rows)) if column in names else iter(())
    return next((value.value for value in values if isinstance(value, ox.NamedNode)), None)


def page(found: Mapping[str, Mapping[str, str]]) -> str:
    """Return the page, with a row for each query and a column for each store."""
    lines = [f"| query | {' | '.join(STORES)} |", f"| --- |{' --- |' * len(STORES)}"]
    for query in QUERIES:
        cells = " | ".join(found[name][query.name] for name in STORES)
        lines.append(f"| [{query.name}](../queries/{query.name}.rq) | {cells} |")
    sums = " | ".join(f"{sum(cell == GOOD for cell in found[name].values())} of {len(QUERIES)}" for name in STORES)
    return _HEAD + "\n".join([*lines, f"| *as expected* | {sums} |", ""])


def written() -> dict[str, dict[str, str]]:
    """Return what the page says, by store and query."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if "](../" in line]
    told = {row[0].partition("]")[0].strip("["): row[1:] for row in rows}
    return {name: {query: cells[at] for query, cells in told.items()} for at, name in enumerate(STORES)}


def main() -> int:
    """Write the page."""
    config, found = load_config(ROOT), {}
    for name in STORES:
        with tempfile.TemporaryDirectory() as folder, running(name, Path(folder)) as store:
            found[name] = answers(store, config, ROOT / "dist")
    PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
