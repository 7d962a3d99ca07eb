"""Send what a server computes: with an entity tag, so that a query need not run again, and compressed.

The dataset, the program and the request determine the answer to GET. So its tag is known before the answer is, and a
client that has it is answered by 304 without a query. The tag is weak (RFC 9110, 8.8.1): the rows of another run can
have another order, and blank nodes other labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.serve.coding import SMALLEST, Packer, choose_coding, is_compressible
from publisher.serve.guard import Messages
from publisher.serve.sparql.protocol import header

_DETERMINING: Final = (b"accept", b"host")
_QUALITY: Final = 1  # of the least work: an answer is sent once


class DynamicAnswers:
    """The ASGI application around one that computes its answers.

    ``version`` returns what they depend on beside the request; where it is empty, there are no entity tags, and none
    for an answer during which it changes. ``vary`` is the header ``Vary`` of answers that can be compressed. The other
    application sets ``is_volatile`` in the state of a request whose answer is another one each time.
    """

    def __init__(self, app: ASGIApp, version: Callable[[], str], vary: str = "Accept-Encoding") -> None:
        self._app, self._version, self._vary = app, version, vary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        accept_encoding, tag = header(scope, b"accept-encoding"), self._tag(scope)
        if _has(scope, tag):
            await self._send_not_modified(tag, send)
        elif tag or accept_encoding:
            answer = _Answer(scope, send, lambda: self._current(tag, scope), choose_coding(accept_encoding))
            await self._app(scope, receive, answer.send)
        else:
            await self._app(scope, receive, send)

    def whole(self, scope: Scope, answer: Callable[[Scope], Messages | None]) -> Messages | None:
        """Return a whole answer of the other application as ``__call__`` sends it; nothing where the client has it."""
        tag = self._tag(scope)
        messages = None if _has(scope, tag) else answer(scope)
        if messages is None:
            return None
        start, last = messages
        headers, body = dict(start["headers"]), last["body"]
        if packer := _prepare(
            scope, headers, self._current(tag, scope), choose_coding(header(scope, b"accept-encoding"))
        ):
            body = packer.packed(body, is_last=True)
            headers[b"content-length"] = str(len(body)).encode()
        return {**start, "headers": [*headers.items()]}, {**last, "body": body}

    def _tag(self, scope: Scope) -> str:
        version = self._version() if scope["method"] in ("GET", "HEAD") else ""
        return _tag(version, scope) if version else ""

    def _current(self, tag: str, scope: Scope) -> str:
        """Return the tag, or nothing where another build has replaced the dataset since the request was received."""
        return tag if tag and self._tag(scope) == tag else ""

    async def _send_not_modified(self, tag: str, send: Send) -> None:
        headers = MutableHeaders(
            {"ETag": tag, "Vary": self._vary, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        )
        await send({"type": "http.response.start", "status": 304, "headers": headers.raw})
        await send({"type": "http.response.body", "body": b""})


def _tag(version: str, scope: Scope) -> str:
    """Return the entity tag of the answer to a request; no other header than those that are part of it chooses it."""
    chosen = (value for name, value in scope["headers"] if name in _DETERMINING)
    parts = (version.encode(), scope["path"].encode(), scope["query_string"], *chosen)
    return f'W/"{hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"'


def _has(scope: Scope, tag: str) -> bool:
    """Tell whether the client has the answer with a tag."""
    return bool(tag) and tag.removeprefix("W/") in header(scope, b"if-none-match")


class _Answer:
    """An answer that is sent with a tag, in a coding; its head is held back until the first part of its body."""

    def __init__(self, scope: Scope, send: Send, tag: Callable[[], str], coding: str) -> None:
        self._scope, self._send, self._tag, self._coding = scope, send, tag, coding
        self._start: Message | None = None
        self._packer: Packer | None = None

    async def send(self, message: Message) -> None:
        """Send a message of the other application."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        body, is_last = message.get("body", b""), not message.get("more_body")
        start, self._start = self._start, None
        headers = dict(start["headers"]) if start else {}
        if start and start["status"] == 200:
            self._packer = _prepare(self._scope, headers, self._tag(), self._coding)
        if self._packer:
            body = await self._packer.pack(body, is_last=is_last)
            if start and is_last:
                headers[b"content-length"] = str(len(body)).encode()
        if start:
            await self._send({**start, "headers": [*headers.items()]})
        if body or is_last:
            await self._send({**message, "body": body})


def _prepare(scope: Scope, headers: dict[bytes, bytes], tag: str, coding: str) -> Packer | None:
    """Add what the headers, none of which is repeated, say of tag and coding; return what is to compress the body."""
    if tag and not scope.get("state", {}).get("is_volatile"):
        headers[b"etag"] = tag.encode()
    if not is_compressible(headers.get(b"content-type", b"").decode("latin-1")):
        return None
    headers[b"vary"] = b", ".join(filter(None, (headers.get(b"vary"), b"Accept-Encoding")))
    if not coding or int(headers.get(b"content-length", SMALLEST)) < SMALLEST:
        return None
    headers[b"content-encoding"] = coding.encode()
    headers.pop(b"content-length", None)
    return None if scope["method"] == "HEAD" else Packer(coding, _QUALITY)
