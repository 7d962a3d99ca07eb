"""Hold every request to limits that the server does not have, and tell an observer how it ended."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Messages = tuple["Message", "Message"]  # an answer: its start, and its body
_TEXT: Final = [(b"content-type", b"text/plain; charset=utf-8")]
_WITHOUT_BODY: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(slots=True)
class Exchange:
    """A request and what was sent for it: status (0: nothing yet), bytes of the body, and seconds that it took.

    ``scope["state"]`` can have what an application tells of the request: ``query``, the text of a SPARQL query, and
    ``end``, how the query ended: ``done``, ``timeout``, ``memory``, ``rows``, ``queue`` or ``failed``.
    """

    scope: Scope
    status: int = 0
    size: int = 0
    seconds: float = 0.0


async def client_left(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


class SlowClientError(Exception):
    """The body of a request has not come within the time for it, or nothing of an answer was read for too long."""


class CutAnswerError(Exception):
    """An answer that ends too early, for a reason that is no mistake of the server: the connection is closed."""


class Guard:
    """An ASGI application around another one.

    A request whose body is not there after ``body_seconds`` is answered by 408; an answer in pieces of which a client
    takes none for ``piece_seconds`` is cut. An exception is answered by 500 and printed to standard error.
    ``observe`` is called at the end of each request. ``running`` counts the requests that are being answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        observe: Callable[[Exchange], None] = lambda _: None,
        *,
        body_seconds: float = 20,
        piece_seconds: float = 60,
    ) -> None:
        self._app, self._observe = app, observe
        self._body_seconds, self._piece_seconds = body_seconds, piece_seconds
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        scope.setdefault("state", {})
        exchange, start = Exchange(scope), time.perf_counter()
        self.running += 1
        try:
            await self._answer(exchange, receive, send)
        finally:
            self.running -= 1
            exchange.seconds = time.perf_counter() - start
            self._observe(exchange)

    def _counted(self, exchange: Exchange, send: Send) -> Send:
        """Return a ``send`` that notes what is sent, and bounds the time for a piece of an answer."""

        def sending(message: Message) -> Awaitable[None]:  # no coroutine of its own: most answers are short
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            else:
                exchange.size += len(message.get("body", b""))
            return self._send_piece(send, message) if message.get("more_body") else send(message)

        return sending

    async def _answer(self, exchange: Exchange, receive: Receive, sending: Send) -> None:
        scope, send = exchange.scope, self._counted(exchange, sending)
        if scope["method"] not in _WITHOUT_BODY:
            receive, send = self._bounded(receive, send)
        try:
            await self._app(scope, receive, send)
        except SlowClientError:
            if exchange.status:
                raise
            await _refuse(send, 408, b"The body of the request has not come in time.\n")
        except CutAnswerError:
            raise
        except Exception:
            print(f"publisher: {scope['method']} {scope['path']!r} failed", file=sys.stderr)  # noqa: T201 - its log
            traceback.print_exc()
            if exchange.status:
                raise
            await _refuse(send, 500, b"The server failed; its log has the reason.\n")

    async def _send_piece(self, send: Send, message: Message) -> None:
        try:
            async with asyncio.timeout(self._piece_seconds):
                await send(message)
        except TimeoutError:
            raise SlowClientError from None

    def _bounded(self, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """Return a ``receive`` that bounds the time until the body is complete, and not what comes after it.

        The ``send`` tells a client whose body was not read that the connection is closed (RFC 9112, 9.6): otherwise its
        next request would be lost with what is left of the body.
        """
        deadline, is_complete = asyncio.get_running_loop().time() + self._body_seconds, False

        async def bounded() -> Message:
            nonlocal is_complete
            try:
                async with asyncio.timeout_at(None if is_complete else deadline):
                    message = await receive()
            except TimeoutError:
                raise SlowClientError from None
            is_complete = not message.get("more_body")
            return message

        def closing(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and not is_complete:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            return send(message)

        return bounded, closing


async def _refuse(send: Send, status: int, text: bytes) -> None:
    length = (b"content-length", str(len(text)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*_TEXT, length]})
    await send({"type": "http.response.body", "body": text})
