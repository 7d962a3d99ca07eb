"""Send what ``PublishedSite`` answers, by ASGI: compressed if the client accepts it, from memory if it is small."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from publisher.serve.coding import CompressedFiles
from publisher.serve.guard import Messages
from publisher.serve.published import HttpAnswer, PublishedSite

_WITHOUT_BODY: Final = (204, 304)
_PIECE: Final = 1 << 18  # bytes
_SMALL: Final = 1 << 15  # bytes of a body that is kept with its answer
_MOST: Final = 2048  # answers in memory
_LONGEST: Final = 1 << 12  # bytes of the path and the headers of a request whose answer is kept
_FRESH: Final = 0.05  # seconds, in which a build that replaces the site is not noticed
_TRIES: Final = 3
_BUSY: Final = HttpAnswer(503, {"Retry-After": "1"}, b"The site is being replaced.\n")


# A request: method, path, and the headers that an answer depends on: Accept, If-None-Match, Accept-Encoding.
_Request = tuple[str, bytes, bytes, bytes, bytes]


class SiteApplication:
    """The ASGI application that serves the site of a build: nothing is between it and the server.

    Small answers are kept until another build replaces the site. An answer has the content of one build, even if
    another one replaces the site meanwhile.
    """

    def __init__(self, site: PublishedSite) -> None:
        self._site, self._files = site, CompressedFiles()
        self._mark: tuple[int, ...] = ()
        self._next_look = 0.0
        self._kept: dict[_Request, Messages] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; no answer depends on its body."""
        del receive
        self._forget_replaced()
        if messages := self.cached(scope):
            for message in messages:
                await send(message)
            return
        request = _request(scope)
        answer, content = await self._answer(request)
        start = _start(answer, content)
        is_head = request[0] == "HEAD"
        if not isinstance(content, bytes):
            with content:
                await _send_file(start, content, send, is_head=is_head)
            return
        messages = start, {"type": "http.response.body", "body": b"" if is_head else content}
        if len(content) <= _SMALL and answer.status < 500 and not scope.get("query_string"):
            self._keep(request, messages)
        for message in messages:
            await send(message)

    def cached(self, scope: Scope) -> Messages | None:
        """Return the answer to a request that is in memory, if there is one.

        There is only what other applications left to this one, and never the answer to a request with a query string:
        none of them has to be asked again whether it takes a request. Whether another build has replaced the site is
        looked for by ``__call__`` alone, so that this can be called in any thread: when that is due, there is nothing.
        """
        if scope.get("query_string") or time.monotonic() >= self._next_look:
            return None
        return self._kept.get(_request(scope))

    def _forget_replaced(self) -> None:
        """Forget the answers from a build that was replaced; whether it was is asked for now and then."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look, mark = now + _FRESH, self._site.mark()
        if mark != self._mark:
            self._mark = mark
            self._kept.clear()

    def _keep(self, request: _Request, messages: Messages) -> None:
        if sum(map(len, request)) > _LONGEST:
            return
        if len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[request] = messages

    async def _answer(self, request: _Request) -> tuple[HttpAnswer, bytes | BinaryIO]:
        """Return the answer to a request, and its content: bytes, or a file that is large."""
        method, path, *values = request[0], *(part.decode("latin-1") for part in request[1:])
        for _ in range(_TRIES):
            mark = self._site.mark()
            with suppress(FileNotFoundError):
                answer = self._site.answer(method, path.partition("?")[0], *values)
                content = await self._content(answer)
                if self._site.mark() == mark:
                    return answer, content
        return _BUSY, _BUSY.body

    async def _content(self, answer: HttpAnswer) -> bytes | BinaryIO:
        if answer.file is None or answer.status in _WITHOUT_BODY:
            return answer.body
        if answer.coding:
            return await self._files.get(answer.file, answer.digest, answer.coding)
        file = answer.file.open("rb")
        if os.fstat(file.fileno()).st_size > _SMALL:
            return file
        with file:
            return file.read()


def _request(scope: Scope) -> _Request:
    accept = if_none_match = accept_encoding = b""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = accept + b", " + value if accept else value
        elif name == b"accept-encoding":
            accept_encoding = accept_encoding + b", " + value if accept_encoding else value
        elif name == b"if-none-match":
            if_none_match = if_none_match + b", " + value if if_none_match else value
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    return scope["method"], path, accept, if_none_match, accept_encoding


def _start(answer: HttpAnswer, content: bytes | BinaryIO) -> dict[str, Any]:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status not in _WITHOUT_BODY:
        size = len(content) if isinstance(content, bytes) else os.fstat(content.fileno()).st_size
        headers.append((b"content-length", str(size).encode()))
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _send_file(start: dict[str, Any], file: BinaryIO, send: Send, *, is_head: bool) -> None:
    """Send a file in pieces, so that one of any size takes little memory."""
    await send(start)
    piece = b""
    while not is_head and len(piece := file.read(_PIECE)) == _PIECE:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": piece})
