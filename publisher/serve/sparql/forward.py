"""Pass queries on to a store, and its answers back as they are received, with the limits and shares of the workers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

from publisher.dump.formats import MEDIA_TYPES
from publisher.errors import EndpointError, PublisherError, SourceError
from publisher.http import Client, Credentials
from publisher.query.files import STDIN
from publisher.query.process import HELD, HOLD
from publisher.query.requests import QueryRequest, QueryStopped
from publisher.serve.sparql.queries import QueryOptions, Shares

_ACCEPT: Final = MEDIA_TYPES | {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_MOST_PARTS: Final = 4  # of an answer that wait for the client; the store waits then
_CHECKED: Final = 1.0  # seconds for which it is known whether the store answers
_PATIENCE: Final = 3.0  # seconds in which it answers the simplest query
_FORM: Final = "application/x-www-form-urlencoded"


class ForwardedAnswer:
    """The answer of a store to a query of a form, while it is received.

    As that of a worker, it is held back until there are 64 kB of it, or until 100 ms after its first part.
    """

    def __init__(self, form: str) -> None:
        self.form, self.held, self.is_complete = form, b"", False
        self.is_begun = self.is_left = False  # whether a part was received, and nobody waits for another
        self._parts = asyncio.Queue[bytes | PublisherError | None](_MOST_PARTS)  # None is the end

    @property
    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer in parts. Raises ``QueryStopped`` and ``SourceError`` where it ends in between."""
        if self.held:
            yield self.held
        while not self.is_complete:
            if part := await self._next():
                yield part

    async def begin(self) -> None:
        """Wait until the answer can be sent on. Raises as ``chunks`` does."""
        self.held = await self._next()
        with suppress(TimeoutError):
            async with asyncio.timeout(HOLD):
                while len(self.held) < HELD and not self.is_complete:
                    self.held += await self._next()

    async def _next(self) -> bytes:
        part = await self._parts.get()
        if isinstance(part, PublisherError):
            raise part
        self.is_complete = part is None
        return part or b""

    async def put(self, part: bytes | PublisherError | None) -> None:
        """Hand a part of the answer on, its end, or why there is none; wait where the client is slow."""
        self.is_begun = True
        if not self.is_left:
            await self._parts.put(part)


class ForwardedQueries:
    """Queries on the store at a URL, in place of workers; a context manager.

    So many are under way at once as there would be workers; the limits on rows and memory are the store's own. What
    the store says of its errors is printed, and not passed on.
    """

    def __init__(self, url: str, credentials: Credentials | None, options: QueryOptions) -> None:
        self._url, self._options = url, options
        self._most = options.limits.size or sys.maxsize
        self._client = Client(options.limits.seconds, credentials, limit=sys.maxsize, advise=_refuse)
        self._free, self._waiting = asyncio.Semaphore(options.number), 0
        self._shares = Shares(options)
        self._exchanges = set[asyncio.Task[None]]()
        self._checking, self._next_check, self._fault = asyncio.Lock(), 0.0, ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for exchange in self._exchanges:
            exchange.cancel()
        await asyncio.gather(*self._exchanges, return_exceptions=True)
        await self._client.aclose()

    def at_once(self, request: QueryRequest) -> None:
        """Answer no query: the store does."""

    @property
    def version(self) -> str:
        """What the answers to queries depend on, beside the queries: nobody knows."""
        return ""

    def count_workers(self) -> int:
        """Return how many processes there are for queries: none here."""
        return 0

    async def fault(self) -> str:
        """Return why no query can be answered now; nothing if one can. The store is asked now and then."""
        async with self._checking:
            loop = asyncio.get_running_loop()
            if loop.time() >= self._next_check:
                self._fault = await self._ask()
                self._next_check = loop.time() + _CHECKED
            return self._fault

    async def _ask(self) -> str:
        content, headers = urlencode({"query": "ASK {}"}).encode(), {"Accept": _ACCEPT["json"], "Content-Type": _FORM}
        try:
            async with (
                asyncio.timeout(_PATIENCE),
                self._client.stream("POST", self._url, content=content, headers=headers) as response,
            ):
                async for _ in response.parts:
                    pass
        except TimeoutError:
            return f"the store does not answer within {_PATIENCE:g} seconds"
        except (EndpointError, SourceError) as error:
            print(f"publisher: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its log
            return "the store does not answer; the log has the reason"
        return ""

    @asynccontextmanager
    async def run(self, request: QueryRequest, client: str) -> AsyncIterator[ForwardedAnswer]:
        """Yield the answer to a query of a client, once it can be sent on.

        Raises as ``PublishedQueries.run`` does, and ``QueryStopped`` (store) where the store gives no answer that can
        be passed on; the log has the reason.
        """
        answer = ForwardedAnswer(request.check())
        async with self._shares.hold(client):
            await self._wait()
            exchange = asyncio.create_task(self._exchange(request, answer))
            self._exchanges.add(exchange)
            exchange.add_done_callback(self._end)
            try:
                await answer.begin()
                yield answer
            finally:
                answer.is_left = True
                if answer.is_begun:  # else the store is computing, and counts until it has answered
                    exchange.cancel()

    async def _wait(self) -> None:
        """Wait until the store can be given another query. Raises ``QueryStopped``."""
        if self._free.locked() and self._waiting >= self._options.limits.queue:
            raise QueryStopped("queue", f"{self._waiting} queries wait already; ask again later")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1

    def _end(self, exchange: asyncio.Task[None]) -> None:
        self._exchanges.discard(exchange)
        self._free.release()

    async def _exchange(self, request: QueryRequest, answer: ForwardedAnswer) -> None:
        """Ask the store, and hand on what it answers until it ends, or reaches a limit."""
        seconds = self._options.limits.seconds
        try:
            async with asyncio.timeout(seconds):
                await self._receive(request, answer)
        except TimeoutError:
            await answer.put(QueryStopped("time", f"the store takes more than {seconds:g} seconds"))
        except EndpointError as error:
            print(f"publisher: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its log
            await answer.put(QueryStopped("store", "the store gives no answer, or one that breaks off"))
        except (SourceError, QueryStopped) as error:
            await answer.put(error)
        else:
            await answer.put(None)

    async def _receive(self, request: QueryRequest, answer: ForwardedAnswer) -> None:
        graphs = {"default-graph-uri": request.default_graphs, "named-graph-uri": request.named_graphs}
        pairs = [("query", request.text), *((name, iri) for name, iris in graphs.items() for iri in iris)]
        content, media_type, size = urlencode(pairs).encode(), _ACCEPT[request.format], 0
        headers = {"Accept": media_type, "Content-Type": _FORM}
        async with self._client.stream("POST", self._url, content=content, headers=headers) as response:
            if response.media_type != media_type:
                print(f"publisher: {self._url}: answers as {response.media_type!r}", file=sys.stderr, flush=True)  # noqa: T201 - its log
                raise QueryStopped("store", f"the store does not answer as {media_type}")
            async for part in response.parts:
                size += len(part)
                if size > self._most:
                    raise QueryStopped("bytes", f"the answer has more than {self._most:,} bytes")
                await answer.put(part)
                if answer.is_left:
                    return


def _refuse(status: int, _body: bytes) -> str:
    """Raise ``SourceError`` for a status that blames the query (SPARQL 1.1 Protocol, section 2.1.6)."""
    if status == HTTPStatus.BAD_REQUEST:
        raise SourceError("the store refuses it, as malformed or because it does not know a function", STDIN)
    return ""
