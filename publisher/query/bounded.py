"""Answer queries of one triple pattern in this process: they end by construction.

Any other query runs in a worker, which can be killed (``publisher.query.pool``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from publisher.query.requests import Limits, QueryRequest
from publisher.query.worker import RESULT_FORMATS, ROW_MARKS

ROWS: Final = 100  # that an answer has at most
_SIZE: Final = 1 << 16  # bytes of an answer
_LENGTH: Final = 2000  # characters of a query
_KEPT: Final = 256  # answers
SMALL: Final = 50_000  # triples, which take 25 MB and half a second to be read
# The whole text of a query of the class. Each token is an atomic group: it is as long as it can be, as the terminals of
# SPARQL 1.1 are (section 19.8), so that none is divided.
_IRI: Final = r"""(?><[^<>"{}|^`\\\x00-\x20]*>)"""
_NAME: Final = r"(?>(?!_:)(?:\w[\w.-]*)?:[\w.:%-]*)(?<!\.)"
_VARIABLE: Final = r"(?>[?$]\w+)"
_STRING: Final = r"""(?>"(?!"")[^"\\\r\n]*"|'(?!'')[^'\\\r\n]*')"""
_GAP: Final = r"[ \t\r\n]*+"
_QUERY: Final = re.compile(
    rf"""{_GAP} (?P<prefixes> (?: (?i:PREFIX) [ \t\r\n] {_GAP} {_NAME} {_GAP} {_IRI} {_GAP} )*+ )
    (?i:SELECT) {_GAP} (?P<selected> \* | (?: {_VARIABLE} {_GAP} )++ ) {_GAP} (?: (?i:WHERE) {_GAP} )?
    \{{ {_GAP} (?P<subject> {_IRI} | {_NAME} | {_VARIABLE} ) {_GAP}
    (?P<predicate> {_IRI} | {_NAME} | {_VARIABLE} | a(?=[ \t\r\n]) ) {_GAP}
    (?P<object> {_IRI} | {_NAME} | {_VARIABLE} | {_STRING} ) {_GAP} \.? {_GAP} \}} {_GAP}
    (?: (?i:LIMIT) [ \t\r\n] {_GAP} (?P<limit> [0-9]{{1,18}} ) {_GAP} )?""",
    re.VERBOSE | re.ASCII,
)


def bounded_query(text: str, rows: int = ROWS) -> tuple[str, int] | None:
    """Return a query, and its limit of at most one row more than ``rows``; ``None`` unless it is one triple pattern.

    What is accepted is a SELECT of ``*`` or variables with one pattern of IRIs, names, plain strings and variables,
    none of them twice, on the default graph, with PREFIX and LIMIT and nothing else. A store on the disk has an index
    for each combination of known terms: such a query reads one entry of an index for each row, at most ``rows`` + 1. (A
    variable that occurs twice would have it look for rows that may not exist, and a blank node is a variable.) What is
    returned is written from the tokens that were recognised, so that the engine gets no others; none is a comment or
    has a backslash, which can stand for any character. Of the selected variables one is bound, so that rows can be
    counted in any format.

    >>> bounded_query("SELECT * { <urn:a> ?p ?o }", rows=9)
    ('SELECT ?p ?o { <urn:a> ?p ?o } LIMIT 10', 10)
    >>> bounded_query("SELECT * { ?a ?p ?a }"), bounded_query("SELECT * { ?a ?p ?b } OFFSET 9")
    (None, None)
    """
    match = _QUERY.fullmatch(text) if len(text) <= _LENGTH else None
    if match is None:
        return None
    prefixes, selected, *pattern, limit = match.groups()
    variables = [term for term in pattern if term[0] in "?$"]
    names = {term[1:] for term in variables}
    if selected == "*":
        selected = " ".join(variables)
    if len(names) < len(variables) or names.isdisjoint(re.findall(r"\w+", selected)):
        return None
    most = min(int(limit), rows + 1) if limit else rows + 1
    return f"{prefixes}SELECT {selected} {{ {' '.join(pattern)} }} LIMIT {most}", most


class BoundedQueries:
    """Answer the queries of ``bounded_query`` from an index. It is opened once, which takes some 40 ms and 8 MB.

    The default graph of an index of up to ``small`` triples is held in memory: a query takes half the time there, and
    cannot read much. The last answers are kept, and which queries have none.
    """

    def __init__(self, index: Path, limits: Limits, small: int = SMALL) -> None:
        store = ox.Store.read_only(str(index))
        triples = list(islice(store.quads_for_pattern(None, None, None, ox.DefaultGraph()), small + 1))
        self._store = ox.Store() if len(triples) <= small else store
        if self._store is not store:
            self._store.bulk_extend(triples)
        self._rows = ROWS if limits.rows is None else min(ROWS, limits.rows)
        self._size = _SIZE if limits.size is None else min(_SIZE, limits.size)
        self._kept = lru_cache(_KEPT)(self._run)

    def answer(self, request: QueryRequest) -> bytes | None:
        """Return the answer that a worker would give, perhaps in another order; ``None`` where one is to give it.

        That is any other query, one with more rows or bytes, and one with a fault, which the worker reports; also one
        with as many rows as its LIMIT: which rows it has, and which a query with an OFFSET, one store has to choose.
        """
        if request.default_graphs or request.named_graphs or len(request.text) > _LENGTH:
            return None
        return self._kept(request.text, request.format, request.base, tuple(request.prefixes.items()))

    def _run(self, query: str, form: str, base: str | None, prefixes: tuple[tuple[str, str], ...]) -> bytes | None:
        bounded = bounded_query(query, self._rows)
        if bounded is None:
            return None
        text, most = bounded
        try:
            result: Any = self._store.query(text, base_iri=base, prefixes=dict(prefixes))
            content: bytes = result.serialize(format=RESULT_FORMATS[form])
        except (SyntaxError, ValueError, RuntimeError):
            return None
        rows = sum(map(content.count, ROW_MARKS[form])) - (form in ("csv", "tsv"))  # which have a header
        return content if rows < most and len(content) <= self._size else None
