"""Run saved queries and SPARQL on the published dataset, for HTTP and for the tools of the MCP server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from publisher.errors import UsageError
from publisher.query.files import query_form
from publisher.query.marks import mark_rows
from publisher.query.requests import QueryRequest, QueryStopped
from publisher.query.results import GRAPH_FORMS, Answer, graph_answer, write
from publisher.serve.api.dataset import PublishedDataset, read_flag
from publisher.serve.sparql.answers import QueryAnswer

# Run a query for a client, within limits.
Run = Callable[[QueryRequest, str], AbstractAsyncContextManager[QueryAnswer]]

# Bytes of an answer that is read as a whole: to mark its rows, or to show it as a page.
MOST: Final = 1 << 25
_PARAMETERS: Final = 100


class QueryService:
    """Answer queries on a dataset; ``run`` runs one of them."""

    def __init__(self, dataset: PublishedDataset, run: Run) -> None:
        self.dataset, self.run = dataset, run

    async def request(self, name: str, values: Mapping[str, str], form: str) -> tuple[QueryRequest, bool]:
        """Return the request for a saved query, and whether its rows are to be marked.

        Raises ``KeyError`` where there is no such query, and ``UsageError`` and ``SourceError`` for the values.
        """
        query = self.dataset.queries[name]
        values, is_marked = dict(values), False
        if query.form == "select" and all(parameter.name != "marks" for parameter in query.parameters):
            is_marked = read_flag("marks", values.pop("marks", "0"))
        return await asyncio.to_thread(self.dataset.request, query, values, form), is_marked

    async def answer(self, request: QueryRequest, client: str, *, is_marked: bool) -> Answer:
        """Return a whole answer, with columns that tell claims from facts if it is to be marked.

        Raises as ``run`` does, and ``QueryStopped`` (bytes) for one that is too large for that.
        """
        content = bytearray()
        form = "nt" if query_form(request.text, request.path) in GRAPH_FORMS else "json"
        async with self.run(replace(request, format=form), client) as answer:
            async for chunk in answer.chunks:
                content += chunk
                if len(content) > MOST:
                    message = f"the answer has more than {MOST >> 20} MB, too much to be marked; ask for less of it"
                    raise QueryStopped("bytes", message)
        return await asyncio.to_thread(self._finish, answer.form, bytes(content), is_marked)

    async def marked(self, request: QueryRequest, client: str) -> bytes:
        """Return the answer to a query in the format of the request, with columns that tell claims from facts.

        Raises as ``answer`` does.
        """
        answer = await self.answer(request, client, is_marked=True)
        return (await asyncio.to_thread(write, answer, request.format, self.dataset.config.prefixes)).encode()

    def _finish(self, form: str, content: bytes, is_marked: bool) -> Answer:
        answer = Answer(form, content)
        if form in GRAPH_FORMS:
            return graph_answer(form, answer.triples())
        return mark_rows(answer, self.dataset.model.marks) if is_marked else answer


def read_values(query_string: str) -> dict[str, str]:
    """Return the parameters of a request by name.

    Raises ``UsageError`` for one that is given twice, and for what is not encoded in UTF-8.
    """
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict", max_num_fields=_PARAMETERS)
    except ValueError:
        raise UsageError(f"expected at most {_PARAMETERS} parameters as NAME=VALUE, escaped in UTF-8") from None
    counts = Counter(name for name, _ in pairs)
    if repeated := next((name for name, count in counts.items() if count > 1), None):
        raise UsageError(f"'{repeated}' is given twice")
    return dict(pairs)
