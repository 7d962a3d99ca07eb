"""Answer queries of one triple pattern in this process: they end by construction.

Any other query runs in a worker, which can be killed (``publisher.query.pool``).
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from publisher.query.requests import Limits, QueryRequest
from publisher.query.worker import RESULT_FORMATS, ROW_MARKS
from publisher.rdf.sparql import tokenize

ROWS: Final = 100  # that an answer has at most
_SIZE: Final = 1 << 16  # bytes of an answer
_LENGTH: Final = 2000  # characters of a query
_KEYWORDS: Final = ("PREFIX", "SELECT", "WHERE", "LIMIT")
# The kinds of the tokens of a query.
_SHAPE: Final = re.compile(
    r"(?:PREFIX name iri )*SELECT (?:\* |(?:variable )+)(?:WHERE )?"
    r"\{ (?:iri|name|variable) (?:iri|name|variable|a) (?:iri|name|variable|string) (?:\. )?\} (?:LIMIT number )?"
)


def bounded_query(text: str, rows: int = ROWS) -> str | None:
    """Return a query with a limit of at most one row more than ``rows``; ``None`` unless it is one triple pattern.

    What is accepted is a SELECT of ``*`` or variables with one pattern of IRIs, names, plain strings and variables,
    none of them twice, on the default graph, with PREFIX and LIMIT and nothing else. The store has an index for each
    combination of known terms: such a query reads one entry of an index for each row, at most ``rows`` + 1. (A variable
    that occurs twice would have it look for rows that may not exist, and a blank node is a variable.) What is returned
    is written from the tokens that were recognised, so that the engine gets no others; none has a backslash, which can
    stand for any character. Of the selected variables one is bound, so that rows can be counted in any format.

    >>> bounded_query("SELECT * { <urn:a> ?p ?o } # all", rows=9)
    'SELECT ?p ?o { <urn:a> ?p ?o } LIMIT 10'
    >>> bounded_query("SELECT * { ?a ?p ?a }"), bounded_query("SELECT * { ?a ?p ?b } OFFSET 9")
    (None, None)
    """
    if len(text) > _LENGTH or "\\" in text:
        return None
    tokens = tokenize(text)
    kinds = [_kind(token) for token in tokens]
    if not _SHAPE.fullmatch("".join(f"{kind} " for kind in kinds)):
        return None
    words = [token[0] for token in tokens]
    select, begin = kinds.index("SELECT"), kinds.index("{")
    pattern = words[begin + 1 : begin + 4]
    variables = [word for word in pattern if word[0] in "?$"]
    names = {word[1:] for word in variables}
    selected = [word for word in words[select + 1 : begin] if word[0] in "?$"] or variables
    if len(names) < len(variables) or not names.intersection(word[1:] for word in selected):
        return None
    limit = min(int(words[-1]), rows + 1) if kinds[-1] == "number" else rows + 1
    return f"{' '.join([*words[:select], 'SELECT', *selected])} {{ {' '.join(pattern)} }} LIMIT {limit}"


def _kind(token: re.Match[str]) -> str:
    """Return the kind of a token; keywords and marks are kinds of their own."""
    kind, word = str(token.lastgroup), token[0]
    if kind == "mark" or word == "a":
        return word
    if kind == "name":
        return "blank" if word.startswith("_:") else kind
    if kind == "word":
        return (
            "number" if word.isdecimal() and word.isascii() else next((k for k in _KEYWORDS if k == word.upper()), kind)
        )
    return kind


class BoundedQueries:
    """Answer the queries of ``bounded_query`` from an index. It is opened once, which takes some 40 ms and 8 MB."""

    def __init__(self, index: Path, limits: Limits) -> None:
        self._store = ox.Store.read_only(str(index))
        self._rows = ROWS if limits.rows is None else min(ROWS, limits.rows)
        self._size = _SIZE if limits.size is None else min(_SIZE, limits.size)

    def answer(self, request: QueryRequest) -> bytes | None:
        """Return the answer that a worker would give; ``None`` where one is to give it.

        That is any other query, one with more rows or bytes, and one with a fault, which the worker reports.
        """
        text = bounded_query(request.text, self._rows)
        if text is None or request.default_graphs or request.named_graphs:
            return None
        output = _Output(self._size)
        try:
            result: Any = self._store.query(text, base_iri=request.base, prefixes=dict(request.prefixes))
            result.serialize(output, format=RESULT_FORMATS[request.format])
        except (SyntaxError, ValueError, RuntimeError, OverflowError):
            return None
        content = output.getvalue()
        rows = sum(map(content.count, ROW_MARKS[request.format])) - (
            request.format in ("csv", "tsv")
        )  # without a header
        return content if rows <= self._rows else None


class _Output(io.BytesIO):
    """What is written, up to so many bytes; more raise ``OverflowError``."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, content: Any) -> int:
        if self.tell() + len(content) > self._most:
            raise OverflowError
        return super().write(content)
