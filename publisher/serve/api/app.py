"""The ASGI application of what a server computes: answers of saved queries, their pages, and things as Markdown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import PublisherError
from publisher.query.requests import QueryStopped
from publisher.query.results import GRAPH_FORMS
from publisher.rdf.sparql import is_volatile
from publisher.serve.api.formats import GRAPH_MEDIA, ROW_MEDIA
from publisher.serve.api.markdown import thing_markdown
from publisher.serve.api.openapi import openapi
from publisher.serve.api.pages import ServedPages
from publisher.serve.api.service import QueryService, read_values
from publisher.serve.dynamic import DynamicAnswers
from publisher.serve.guard import CutAnswerError, client_left
from publisher.serve.media import content_type
from publisher.serve.published import METHODS, PREFLIGHT
from publisher.serve.sparql.queries import end_of, status_of

_FOLDER: Final = "queries/"
_DESCRIPTION: Final = "openapi.json"
_PAGE: Final = "api.html"
_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Content-Security-Policy": "default-src 'none'; sandbox",  # markup in data is inert in browsers
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
# The policy of the pages (publisher/site/templates/base.html).
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HTML: Final = "html"
_NONE: Final[Mapping[str, str]] = {}


class _Address(NamedTuple):
    """What a request asks for: a path below the root of the site, as a whole and in two parts, and its query string."""

    path: str
    stem: str
    extension: str
    query: str


class ApiApplication:
    """Answer what no file of the site answers; ``takes`` tells which requests those are.

    ``version`` returns what answers depend on beside the request.
    """

    def __init__(self, service: QueryService, version: Callable[[], str] = str) -> None:
        self._service, self._dataset, self._version = service, service.dataset, version
        self._pages = ServedPages(service.dataset)

    def takes(self, scope: Scope) -> bool:
        """Tell whether this application answers a request.

        A saved query without parameters in its address is a file of the site, where the build could answer it.
        """
        address = self._address(scope)
        if address.path in (_DESCRIPTION, _PAGE):
            return True
        if address.extension == "md":
            return self._has(f"{address.stem}.html") and not self._has(address.path)
        if not address.path.startswith(_FOLDER):
            return False
        query = self._dataset.queries.get(address.stem.removeprefix(_FOLDER))
        if query is None:
            return False
        media = GRAPH_MEDIA if query.form in GRAPH_FORMS else ROW_MEDIA
        if address.extension not in (*media, _HTML):
            return False
        return bool(address.query) or not self._has(address.path)

    def _has(self, path: str) -> bool:
        """Tell whether the build wrote a file."""
        if path.startswith("/") or ".." in path.split("/"):
            return False
        try:
            return (self._dataset.dist / path).is_file()
        except (OSError, ValueError):  # what no file can be called
            return False

    def _address(self, scope: Scope) -> _Address:
        path, base = unquote(scope["path"]), self._dataset.config.site.base_path
        path = path.removeprefix(base if path.startswith(base) else "/")
        stem, _, extension = path.rpartition(".")
        return _Address(path, stem, extension, scope.get("query_string", b"").decode("latin-1"))

    def mounted(self, other: ASGIApp) -> ASGIApp:
        """Return the application that answers as this one what it takes, and else as another one."""
        own = DynamicAnswers(self, self._version)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await (own if self.takes(scope) else other)(scope, receive, send)

        return application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that ``takes`` takes; a query is killed when its client leaves."""
        answering = asyncio.ensure_future(self._answer(scope, send))
        leaving = asyncio.ensure_future(client_left(receive))
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering

    async def _answer(self, scope: Scope, send: Send) -> None:
        scope.setdefault("state", {})
        method, sent = scope["method"], _Sent(send, is_head=scope["method"] == "HEAD")
        if method == "OPTIONS":
            await sent.whole(204, {**PREFLIGHT, "Allow": METHODS}, b"")
        elif method not in ("GET", "HEAD"):
            await sent.text(405, f"Only {METHODS} are answered here.", {"Allow": METHODS})
        else:
            try:
                await self._respond(self._address(scope), scope, sent)
            except PublisherError as error:
                if sent.is_begun:
                    raise CutAnswerError(str(error)) from None
                if isinstance(error, QueryStopped):
                    scope["state"]["end"] = end_of(error)
                status, headers = refusal(error)
                await sent.text(status, str(error).removeprefix("--"), headers)

    async def _respond(self, address: _Address, scope: Scope, sent: _Sent) -> None:
        if address.path == _DESCRIPTION:
            content = json.dumps(openapi(self._dataset.config, self._dataset.queries.values()), ensure_ascii=False)
            await sent.whole(200, {"Content-Type": "application/json"}, content.encode())
        elif address.path == _PAGE:
            await sent.page(200, await asyncio.to_thread(self._pages.api))
        elif address.extension == "md":
            await self._markdown(address.stem, sent)
        elif address.extension == _HTML:
            await self._question(address, scope, sent)
        else:
            await self._query(address, scope, sent)

    async def _markdown(self, name: str, sent: _Sent) -> None:
        def text() -> str:
            model = self._dataset.model
            return thing_markdown(model, model.by_page[name]) if name in model.by_page else ""

        if content := await asyncio.to_thread(text):
            await sent.whole(200, {"Content-Type": "text/markdown; charset=utf-8"}, content.encode())
        else:
            await sent.text(404, "There is no such thing here.")

    async def _query(self, address: _Address, scope: Scope, sent: _Sent) -> None:
        """Send the answer to a saved query: marked, as a whole, or else as it comes."""
        name, extension = address.stem.removeprefix(_FOLDER), address.extension
        request, is_marked = await self._service.request(name, read_values(address.query), extension)
        scope["state"]["is_volatile"], client = is_volatile(request.text), _client(scope)
        media = (GRAPH_MEDIA if extension in GRAPH_MEDIA else ROW_MEDIA)[extension]
        headers = {"Content-Type": content_type(media)}
        if is_marked:
            await sent.whole(200, headers, await self._service.marked(request, client))
            return
        async with self._service.run(request, client) as running:
            if running.is_complete:
                await sent.whole(200, headers, running.held)
            else:
                await sent.stream(headers, running.chunks)

    async def _question(self, address: _Address, scope: Scope, sent: _Sent) -> None:
        """Send the page of a saved query; fields of its form that are empty stand for the defaults."""
        name, values, status = address.stem.removeprefix(_FOLDER), dict[str, str](), 200
        answer, fault = None, ""
        try:
            values = {key: value for key, value in read_values(address.query).items() if value}
            request, _ = await self._service.request(name, values, "json")
            scope["state"]["is_volatile"] = is_volatile(request.text)
            answer = await self._service.answer(request, _client(scope), is_marked=False)
        except PublisherError as error:
            status, fault = refusal(error)[0], str(error).removeprefix("--")
        query = self._dataset.queries[name]
        await sent.page(status, await asyncio.to_thread(self._pages.question, query, values, answer, fault))


class _Sent:
    """What is sent as the answer to a request."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send, self._is_head = send, is_head
        self.is_begun = False

    async def whole(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        """Send an answer whose size is known."""
        length = {} if status == 204 else {"Content-Length": str(len(content))}
        await self._begin(status, {**headers, **length})
        await self._send({"type": "http.response.body", "body": b"" if self._is_head else content})

    async def stream(self, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> None:
        """Send an answer in parts."""
        await self._begin(200, headers)
        if not self._is_head:
            async for chunk in chunks:
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def page(self, status: int, text: str) -> None:
        """Send a page."""
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}
        await self.whole(status, headers, text.encode("utf-8", "replace"))

    async def text(self, status: int, text: str, headers: Mapping[str, str] = _NONE) -> None:
        """Send a message for people."""
        content = f"{text}\n".encode("utf-8", "replace")
        await self.whole(status, {**headers, "Content-Type": "text/plain; charset=utf-8"}, content)

    async def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.is_begun = True
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in {**_OPEN, **headers}.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})


def refusal(error: PublisherError) -> tuple[int, dict[str, str]]:
    """Return the status and headers of the answer to a query that cannot be answered, or was stopped."""
    return status_of(error) if isinstance(error, QueryStopped) else (400, {})


def _client(scope: Scope) -> str:
    return (scope.get("client") or ("",))[0]
