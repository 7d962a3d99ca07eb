"""An MCP server over the published dataset: read-only tools, whose rows say whether they are a fact or whose claim."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import pyoxigraph as ox
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from publisher import __version__
from publisher.errors import PublisherError
from publisher.query.index import opened_index
from publisher.query.marks import COLUMNS
from publisher.query.pool import QueryPool
from publisher.query.requests import Limits, QueryRequest
from publisher.query.results import GRAPH_FORMS, Answer, write
from publisher.rdf.curies import shorten
from publisher.serve.api.dataset import PublishedDataset
from publisher.serve.api.markdown import thing_markdown
from publisher.serve.api.service import QueryService
from publisher.site.terminal import find
from publisher.workspace.config import Config

_ROWS: Final = 100  # of an answer, unless more are asked for
_MOST_ROWS: Final = 1000
_NAMES: Final = 20
_LONGEST: Final = 100_000  # characters of a text
_READ_ONLY: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
Result = TypeVar("Result")

_CLAIMS: Final = (
    """
A fact is what the editors accept. A claim is what somebody says: never repeat it without its voice and its verdict.
Rows have the columns """
    + "; ".join(f"{name} ({text})" for name, text in COLUMNS.items())
    + """. A row whose mark is
“none” is not a fact for that: the query did not select what would tell."""
)

Name = Annotated[str, Field(description="A name, or a part of one, in any language.")]
Thing = Annotated[str, Field(description="An identifier such as id:x, an IRI, or a name.")]
Rows = Annotated[int, Field(ge=1, le=_MOST_ROWS, description="The most rows to return.")]


class DatasetTools:
    """The tools of the server: each returns text or JSON, and raises ``ToolError`` with what is wrong."""

    def __init__(self, service: QueryService) -> None:
        self._service, self._dataset = service, service.dataset

    async def search(self, text: Name) -> str:
        """Find things of the dataset by their names; returns identifiers, names and classes."""

        def lines() -> str:
            model = self._dataset.model
            found = find(model, text)
            rows = [
                f"{model.curie(node)}\t{model.index.label(node)}\t{model.class_label(node)}" for node in found[:_NAMES]
            ]
            more = [f"… and {len(found) - _NAMES} more"] if len(found) > _NAMES else []
            return "\n".join([*rows, *more])

        return await _in_words(asyncio.to_thread(lines))

    async def show(self, thing: Thing) -> str:
        """Return what the dataset has on a thing as Markdown: facts and claims apart, each claim with its voice."""

        def page() -> str:
            model = self._dataset.model
            found = find(model, thing)
            if len(found) > 1:
                names = ", ".join(model.curie(node) for node in found[:_NAMES])
                raise ToolError(f"several things are called '{thing}'; show one of {names}")
            return _cut(thing_markdown(model, found[0]))

        return await _in_words(asyncio.to_thread(page))

    async def list_queries(self) -> str:
        """List the saved queries: name, question, and parameters with their types and defaults."""
        lines = []
        for query in self._dataset.queries.values():
            lines.append(f"{query.name}: {query.question}")
            lines += [
                f"    {p.name} ({p.type}): {p.description.strip()} Default: {p.default or 'any'}."
                for p in query.parameters
            ]
        return "\n".join(lines)

    async def run_query(
        self,
        name: Annotated[str, Field(description="The name of a saved query.")],
        parameters: Annotated[dict[str, str], Field(description="Values by the names of parameters.")] = {},  # noqa: B006 (only read)
        rows: Rows = _ROWS,
    ) -> str:
        """Run a saved query; a thing may be given by its identifier or by its name."""
        if name not in self._dataset.queries:
            raise ToolError(f"there is no query '{name}'; list_queries lists them")
        request, _ = await _in_words(self._service.request(name, parameters, "json"))
        return await self._run(request, rows)

    async def sparql(
        self,
        query: Annotated[str, Field(description="A SPARQL 1.1 query; prefixes of the dataset need no declaration.")],
        rows: Rows = _ROWS,
    ) -> str:
        """Run a SPARQL query of any form on the dataset; updates and SERVICE are refused."""
        return await self._run(QueryRequest(query, prefixes=self._dataset.config.prefixes, path=Path("query")), rows)

    async def _run(self, request: QueryRequest, rows: int) -> str:
        answer = await _in_words(self._service.answer(request, "", is_marked=True))
        return await asyncio.to_thread(self._written, answer, rows)

    def _written(self, answer: Answer, most: int) -> str:
        if answer.form in GRAPH_FORMS:
            return _cut(write(answer, "ttl", self._dataset.config.prefixes))
        rows = answer.rows()
        if isinstance(rows, ox.QueryBoolean):
            return json.dumps({"answer": bool(rows)})
        names = [variable.value for variable in rows.variables]
        table = [{name: self._value(row[name]) for name in names if row[name] is not None} for row in rows]
        if self._dataset.model.marks:
            table = [{"mark": "none", **row} for row in table]
        while len(text := _rows_text(names, table, most)) > _LONGEST and most > 1:
            most //= 2
        return text

    def _value(self, term: Any) -> str:
        if isinstance(term, ox.NamedNode):
            return shorten(term.value, self._dataset.config.prefixes)
        return getattr(term, "value", str(term))


def _rows_text(names: list[str], table: list[dict[str, str]], most: int) -> str:
    content: dict[str, Any] = {"columns": names, "count": len(table), "rows": table[:most]}
    if len(table) > most:
        content["note"] = f"only the first {most} rows are here; ask for less, or for more rows"
    return json.dumps(content, ensure_ascii=False)


async def _in_words(result: Awaitable[Result]) -> Result:
    """Return a result, or raise ``ToolError`` with what the user of the tool did wrong."""
    try:
        return await result
    except PublisherError as error:
        raise ToolError(str(error).removeprefix("--")) from None


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… and {len(text) - _LONGEST:,} more characters"


def make_server(service: QueryService) -> MCPServer[Any]:
    """Return the server with its tools, all of which only read."""
    config = service.dataset.config
    about = f"{config.title}. {config.description} Licence: {config.license}."
    has_claims = service.dataset.model.marks is not None
    server: MCPServer[Any] = MCPServer(
        config.title, instructions=about + _CLAIMS * has_claims, version=__version__, log_level="ERROR"
    )
    tools = DatasetTools(service)
    for tool in (tools.search, tools.show, tools.list_queries, tools.run_query, tools.sparql):
        server.add_tool(tool, annotations=_READ_ONLY, structured_output=False)
    return server


def run_stdio(config: Config, dist: Path, dump: Path, cache: Path | None, limits: Limits) -> None:
    """Serve the dataset in the folder ``dist`` on standard input and output, until the input is closed.

    ``dump`` is the dump that queries are run on, and ``cache`` the folder in which its index is kept.
    """

    async def serve() -> None:
        with opened_index(dump, cache) as index:
            async with QueryPool(index, 1, limits) as pool:
                service = QueryService(PublishedDataset(config, dist), lambda request, _: pool.run(request))
                await make_server(service).run_stdio_async()

    asyncio.run(serve())
