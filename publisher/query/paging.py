"""Take a part of the rows of a query, where its rows have a total order.

Without one, two pages may have the same row, and a row may be on none. A query that ends with ORDER BY gets a total
order: after its own keys, rows are ordered by all columns, so that only equal rows can change places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from publisher.errors import UsageError
from publisher.rdf.sparql import tokenize

_DEPTHS = {"{": 1, "(": 1, "}": -1, ")": -1}


class _Order(NamedTuple):
    """The columns of a query, and the place in its text after the keys by which it orders rows."""

    columns: tuple[str, ...]
    end: int


def order_obstacle(text: str) -> str:
    """Return why the rows of a query cannot be paged, in a few words; empty where they can.

    >>> order_obstacle("SELECT ?s { ?s ?p ?o }")
    'its rows have no order: it does not end with ORDER BY'
    """
    return order if isinstance(order := _order(text), str) else ""


def page(text: str, limit: int | None, offset: int) -> str:
    """Return a query for the rows after the first ``offset``, at most ``limit``.

    Raises ``UsageError`` where the rows have no total order.

    >>> page("SELECT ?s { ?s ?p ?o } ORDER BY ?s", 10, 20).partition("ORDER BY ")[2]
    '?s STR(?s) LANG(?s) STR(DATATYPE(?s)) ?s LIMIT 10 OFFSET 20'
    """
    if isinstance(order := _order(text), str):
        raise UsageError(f"there are no limit and offset for this query: {order}")
    keys = " ".join(f"STR(?{name}) LANG(?{name}) STR(DATATYPE(?{name})) ?{name}" for name in order.columns)
    part = f" LIMIT {limit}" * (limit is not None) + f" OFFSET {offset}"
    return f"{text[: order.end]} {keys}{part}{text[order.end :]}"


def _order(text: str) -> _Order | str:
    """Return the order of the rows of a query, or why there is none."""
    tokens = list(_with_depths(tokenize(text)))
    words = [token[0].upper() if token.lastgroup == "word" and not depth else "" for token, depth in tokens]
    if "SELECT" not in words:
        return "its answer has no rows"
    if "ORDER" not in words:
        return "its rows have no order: it does not end with ORDER BY"
    if {"LIMIT", "OFFSET"} & set(words):
        return "it has a LIMIT or OFFSET of its own"
    selected = takewhile(lambda pair: pair[0][0] != "{", tokens[words.index("SELECT") :])
    columns = tuple(
        token[0][1:]
        for (before, _), (token, depth) in pairwise(selected)
        if token.lastgroup == "variable" and (not depth or (depth == 1 and before[0].upper() == "AS"))
    )
    if not columns:
        return "its columns are not named: it has SELECT *"
    start = words.index("ORDER")
    stop = next((i for i in range(start, len(tokens)) if words[i] == "VALUES"), len(tokens))
    return _Order(columns, tokens[stop - 1][0].end())


def _with_depths(tokens: Sequence[re.Match[str]]) -> Iterator[tuple[re.Match[str], int]]:
    """Yield each token with the number of brackets around it."""
    depth = 0
    for token in tokens:
        change = _DEPTHS.get(token[0], 0) if token.lastgroup == "mark" else 0
        depth += min(change, 0)
        yield token, depth
        depth += max(change, 0)
