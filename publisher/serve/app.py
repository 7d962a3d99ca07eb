"""The ASGI application of a preview, with the events that make browsers reload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.serve.media import media_type
from publisher.serve.preview import TEMPLATES, Preview

_HEARTBEAT: Final = 15.0  # seconds, so that a connection that is gone is noticed
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_OWN: Final = {"preview.css": "text/css", "preview.js": "text/javascript"}
_INDEX: Final = "index.html"


class Signal:
    """Tell all open connections that something has changed, from any thread; ``close`` ends them."""

    def __init__(self) -> None:
        self.is_closed = False
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake all that wait."""
        with suppress(RuntimeError):  # the loop is closed: there are no connections any more
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def close(self) -> None:
        """End all connections."""
        self.is_closed = True
        self._wake()

    async def wait(self, seconds: float) -> None:
        """Wait for the next change, at most so long."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return


def preview_app(preview: Preview, signal: Signal, hosts: Collection[str]) -> Starlette:
    """Return the application; it answers only requests that name one of the ``hosts``.

    So a page of another site, whose name was made to lead to this machine, cannot read the workspace.
    """
    routes = [
        Route("/-/events", _events(preview, signal)),
        Route("/-/{name}", _own),
        Route("/{address:path}", _site(preview)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(KnownHosts, hosts=hosts)])


class KnownHosts:
    """Refuse requests whose ``Host`` is none of the ``hosts``; without hosts, none is refused."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._app
        if scope["type"] == "http" and self._hosts and _host(Headers(scope=scope)) not in self._hosts:
            app = Response("This server does not answer for the host of the request.\n", 421, media_type="text/plain")
        await app(scope, receive, send)


def _host(headers: Headers) -> str:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _events(preview: Preview, signal: Signal) -> Callable[[Request], Awaitable[Response]]:
    async def stream() -> AsyncIterator[str]:
        sent = -1
        while not signal.is_closed:
            number = preview.view.number
            yield f"data: {number}\n\n" if number != sent else ": still here\n\n"
            sent = number
            await signal.wait(_HEARTBEAT)

    async def events(_: Request) -> Response:
        return StreamingResponse(stream(), media_type="text/event-stream", headers=_HEADERS)

    return events


async def _own(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _OWN:
        return Response("Not found\n", 404, _HEADERS, "text/plain")
    return Response((TEMPLATES / name).read_bytes(), 200, _HEADERS, _OWN[name])


def _site(preview: Preview) -> Callable[[Request], Awaitable[Response]]:
    async def site(request: Request) -> Response:
        address = request.path_params["address"]
        if not address or address.endswith("/"):
            address += _INDEX
        page = await run_in_threadpool(preview.page, address)
        if page is not None:
            return Response(page.text, page.status, _HEADERS, "text/html")
        state = preview.view.state
        content = await run_in_threadpool(state.file, address) if state else None
        if content is not None:
            return Response(content, 200, {**_HEADERS, "Content-Type": media_type(address)})
        if state and (location := state.location(address, ", ".join(request.headers.getlist("accept")))):
            return RedirectResponse(f"/{location}", 303, {**_HEADERS, "Vary": "Accept"})
        lost = await run_in_threadpool(preview.page, "404.html")
        return Response(lost.text if lost else "Not found\n", 404, _HEADERS, "text/html")

    return site
