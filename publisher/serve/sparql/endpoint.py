"""Answer queries by the SPARQL 1.1 Protocol, and describe the service (SPARQL 1.1 Service Description)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import lru_cache
from typing import Final

import pyoxigraph as ox
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import SourceError, UsageError
from publisher.query.files import STDIN, UpdateError, query_form
from publisher.query.requests import QueryRequest, QueryStopped
from publisher.query.results import GRAPH_FORMS
from publisher.rdf.safety import check_keywords, check_query
from publisher.rdf.sparql import is_volatile
from publisher.serve.dynamic import DynamicAnswers
from publisher.serve.guard import CutAnswerError, Messages, client_left
from publisher.serve.media import content_type
from publisher.serve.negotiation import REPRESENTATIONS, Representation, choose
from publisher.serve.sparql.answers import QueryAnswer
from publisher.serve.sparql.forward import ForwardedQueries
from publisher.serve.sparql.protocol import (
    METHODS,
    NO_UPDATE,
    ProtocolError,
    header,
    read_query_string,
    read_request,
    service_url,
)
from publisher.serve.sparql.queries import PublishedQueries, end_of, status_of

PATH: Final = "sparql"
_MOMENT: Final = 0.05  # seconds of a query before its client is looked after: most are shorter
_HTML: Final = REPRESENTATIONS[0]
_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",  # markup in data is inert in browsers
    "Cache-Control": "no-cache",
}
_FIXED: Final = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": METHODS,
}
_NO_SERVICE: Final = {"SERVICE": "is not resolved here: this service asks no other one"}

# The preferred one first. The second ones of a format are other names that clients use.
_ROWS: Final = (
    Representation("application/sparql-results+json", "json", "JSON"),
    Representation("application/sparql-results+xml", "xml", "XML"),
    Representation("text/csv", "csv", "CSV"),
    Representation("text/tab-separated-values", "tsv", "TSV"),
    Representation("application/json", "json", "JSON"),
    Representation("application/xml", "xml", "XML"),
)
_GRAPHS: Final = (
    *REPRESENTATIONS[1:],
    Representation("application/n-quads", "nq", "N-Quads"),
    Representation("application/trig", "trig", "TriG"),
    Representation("application/json", "jsonld", "JSON-LD"),
    Representation("application/xml", "rdf", "RDF/XML"),
    Representation("text/plain", "nt", "N-Triples"),
)
_PREFIXED: Final = ("ttl", "trig", "rdf")  # JSON-LD is written without a context
_NONE: Final[Mapping[str, str]] = {}
_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_FORMAT_NAMES: Final = (
    *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
    *("Turtle", "JSON-LD", "N-Triples", "RDF_XML", "N-Quads", "TriG"),
)


MarkedAnswer = Callable[[QueryRequest, str], Awaitable[bytes]]


class SparqlEndpoint:
    """The ASGI application that answers queries on a published dataset, at ``sparql`` below a path of the site.

    ``marked`` returns the whole answer to a query of a client, with columns that tell claims from facts, and
    ``version`` what answers depend on beside the request. ``prefixes`` shorten the IRIs of answers.
    """

    def __init__(
        self,
        queries: PublishedQueries | ForwardedQueries,
        base_path: str = "/",
        marked: MarkedAnswer | None = None,
        version: Callable[[], str] = str,
        prefixes: Mapping[str, str] = _NONE,
    ) -> None:
        self._queries, self._marked, self._prefixes = queries, marked, prefixes
        self._dynamic = DynamicAnswers(self, version, "Accept, Accept-Encoding")
        self._paths = {f"{prefix}{PATH}{end}" for prefix in ("/", base_path) for end in ("", "/")}

    def mounted(self, site: ASGIApp) -> ASGIApp:
        """Return the application that answers as this one at its path, and as ``site`` elsewhere."""

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await (self._dynamic if scope["path"] in self._paths else site)(scope, receive, send)

        return application

    def at_once(self, scope: Scope) -> Messages | None:
        """Return the answer to a query by GET that needs no process, in any thread; nothing for all other requests."""
        if scope["method"] != "GET" or scope["path"] not in self._paths:
            return None
        return self._dynamic.whole(scope, self._at_once)

    def _at_once(self, scope: Scope) -> Messages | None:
        try:
            request = read_query_string(scope)
        except ProtocolError:  # which ``__call__`` reports
            return None
        chosen = choose(header(scope, b"accept"), _ROWS)
        if request.query is None or request.is_marked or chosen is None:
            return None
        graphs = request.default_graphs, request.named_graphs
        content = self._queries.at_once(QueryRequest(request.query, chosen.extension, *graphs, base=service_url(scope)))
        if content is None:
            return None
        scope.setdefault("state", {}).update(query=request.query, end="done")
        headers = [*_headers_of(chosen), (b"content-length", str(len(content)).encode())]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        return start, {"type": "http.response.body", "body": content}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        try:
            await self._respond(scope, receive, send)
        except ProtocolError as error:
            text, headers = f"{error}\n".encode(), {**error.headers, "Content-Type": "text/plain; charset=utf-8"}
            await _send(send, error.status, headers, b"" if scope["method"] == "HEAD" else text, len(text))

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _send(send, 204, _PREFLIGHT, b"", None)
            return
        request = await read_request(scope, receive)
        accept = header(scope, b"accept")
        if request.query is None:
            await self._describe(scope, accept, send)
            return
        scope.setdefault("state", {}).update(query=request.query, is_volatile=is_volatile(request.query))
        form = _checked(request.query)
        chosen = _chosen(accept, _GRAPHS if form in GRAPH_FORMS else _ROWS)
        graphs = request.default_graphs, request.named_graphs
        own_prefixes = self._prefixes if chosen.extension in _PREFIXED else {}
        query = QueryRequest(
            request.query, chosen.extension, *graphs, own_prefixes=own_prefixes, base=service_url(scope)
        )
        is_marked = request.is_marked and form == "select" and self._marked
        run = self._run_marked if is_marked else self._run
        await self._answer(run(query, chosen, scope, send), scope, receive)

    async def _answer(self, answering: Coroutine[None, None, None], scope: Scope, receive: Receive) -> None:
        """Run a query and send its answer; end it where the client leaves, which is looked for after a moment."""
        running, leaving = asyncio.current_task(), list[asyncio.Task[None]]()
        assert running  # noqa: S101 (this is a coroutine)
        has_left = False

        def cancel(task: asyncio.Task[None]) -> None:
            nonlocal has_left
            if not task.cancelled():
                has_left = True
                running.cancel()

        def look() -> None:
            leaving.append(asyncio.ensure_future(client_left(receive)))
            leaving[0].add_done_callback(cancel)

        timer = asyncio.get_running_loop().call_later(_MOMENT, look)
        try:
            await answering
        except asyncio.CancelledError:
            scope["state"]["end"] = "cancelled"
            if not has_left:
                raise
            running.uncancel()
        finally:
            timer.cancel()
            for task in leaving:
                task.remove_done_callback(cancel)
                task.cancel()

    async def _run(self, query: QueryRequest, chosen: Representation, scope: Scope, send: Send) -> None:
        client = (scope.get("client") or ("",))[0]
        is_begun = False
        try:
            async with self._queries.run(query, client) as answer:
                is_begun = True
                await _stream(answer, chosen, send, is_head=scope["method"] == "HEAD")
            scope["state"]["end"] = "done"
        except QueryStopped as error:
            scope["state"]["end"] = end_of(error)
            if is_begun:
                raise CutAnswerError(str(error)) from None
            raise _refusal(error) from None
        except SourceError as error:
            if is_begun:
                raise CutAnswerError(str(error)) from None
            raise ProtocolError(400, _located(error)) from None

    async def _run_marked(self, query: QueryRequest, chosen: Representation, scope: Scope, send: Send) -> None:
        assert self._marked  # noqa: S101 (``_respond`` has looked)
        try:
            content = await self._marked(query, (scope.get("client") or ("",))[0])
        except QueryStopped as error:
            scope["state"]["end"] = end_of(error)
            raise _refusal(error) from None
        except SourceError as error:
            raise ProtocolError(400, _located(error)) from None
        except UsageError as error:
            raise ProtocolError(400, str(error)) from None
        headers = {"Content-Type": content_type(chosen.media_type), "Vary": "Accept"}
        await _send(send, 200, headers, b"" if scope["method"] == "HEAD" else content, len(content))
        scope["state"]["end"] = "done"

    async def _describe(self, scope: Scope, accept: str, send: Send) -> None:
        """Lead people to the page for queries, and programs to the description of the service."""
        chosen = _chosen(accept, (_GRAPHS[0], _HTML, *_GRAPHS[1:])) if accept else _GRAPHS[0]
        path = scope["path"].rstrip("/")
        if chosen == _HTML:
            page = f"{path.removesuffix(PATH)}{PATH}.html"
            await _send(send, 303, {"Location": page, "Vary": "Accept"}, b"", 0)
            return
        syntax = ox.RdfFormat.from_extension(chosen.extension)
        triples = ox.parse(_description(service_url(scope)).encode(), format=ox.RdfFormat.TURTLE)
        is_quads = syntax is not None and syntax.supports_datasets
        content = ox.serialize(
            list(triples) if is_quads else [quad.triple for quad in triples],
            format=syntax,
            prefixes={"sd": _SD, "formats": _FORMATS},
        )
        content = content or b""
        headers = {"Content-Type": content_type(chosen.media_type), "Vary": "Accept, Host"}
        await _send(send, 200, headers, b"" if scope["method"] == "HEAD" else content, len(content))


def _checked(text: str) -> str:
    """Return the form of a query. Raises ``ProtocolError`` for SPARQL Update, SERVICE, and what is no query."""
    try:
        check_query(text, STDIN)
        form = query_form(text)
        check_keywords(text, STDIN, _NO_SERVICE)
    except UpdateError:
        raise ProtocolError(403, NO_UPDATE) from None
    except SourceError as error:
        raise ProtocolError(400, _located(error)) from None
    return form


def _located(error: SourceError) -> str:
    """Return a message with the place in the query."""
    if error.line is None:
        return f"The query: {error.message}"
    return f"The query, line {error.line}, column {error.column}: {error.message}"


def _chosen(accept: str, available: tuple[Representation, ...]) -> Representation:
    chosen = choose(accept, available)
    if chosen is None:
        names = ", ".join(dict.fromkeys(r.media_type for r in available))
        raise ProtocolError(406, f"The answer can be had as {names}.", {"Vary": "Accept"})
    return chosen


# --- answers -------------------------------------------------------------------------------------------------


def _refusal(error: QueryStopped) -> ProtocolError:
    """Return the answer for a query that was stopped before any of its answer was sent."""
    status, headers = status_of(error)
    return ProtocolError(status, f"The query was stopped (limit: {error.limit}): {error}.", headers)


async def _stream(answer: QueryAnswer, chosen: Representation, send: Send, *, is_head: bool) -> None:
    headers = {"Content-Type": content_type(chosen.media_type), "Vary": "Accept"}
    if answer.is_complete or is_head:
        size = len(answer.held) if answer.is_complete else None
        await _send(send, 200, headers, b"" if is_head else answer.held, size)
        return
    await send({"type": "http.response.start", "status": 200, "headers": _encoded(headers)})
    async for chunk in answer.chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, status: int, headers: Mapping[str, str], body: bytes, size: int | None) -> None:
    length = {} if size is None else {"Content-Length": str(size)}
    await send({"type": "http.response.start", "status": status, "headers": _encoded({**headers, **length})})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [*_FIXED, *((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items())]


@lru_cache(maxsize=len(_ROWS))
def _headers_of(chosen: Representation) -> list[tuple[bytes, bytes]]:
    """Return the headers of all answers in a format."""
    return _encoded({"Content-Type": content_type(chosen.media_type), "Vary": "Accept"})


def _description(url: str) -> str:
    """Return the description of the service at a URL, in Turtle."""
    formats = ", ".join(f"<{_FORMATS}{name}>" for name in _FORMAT_NAMES)
    return f"""
        @prefix sd: <{_SD}> .
        <{url}> a sd:Service ;
            sd:endpoint <{url}> ;
            sd:supportedLanguage sd:SPARQL11Query ;
            sd:feature sd:UnionDefaultGraph ;
            sd:resultFormat {formats} ;
            sd:defaultDataset [ a sd:Dataset ; sd:defaultGraph [ a sd:Graph ] ] .
    """
