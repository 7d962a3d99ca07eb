"""Pass queries on to a store, with the limits and shares of the workers; answers come back whole."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

from publisher.dump.formats import MEDIA_TYPES
from publisher.errors import EndpointError, SourceError
from publisher.http import LIMIT, Client, Credentials, Retry
from publisher.query.files import STDIN
from publisher.query.pool import QueryRequest, QueryStopped, QueryTimeout, QueueFull
from publisher.serve.sparql.queries import QueryOptions, Shares

_ACCEPT: Final = MEDIA_TYPES | {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_FORM: Final = "application/x-www-form-urlencoded"


class StoreFailure(QueryStopped):
    """A query to which the store gave no answer that can be passed on; the log has the reason."""

    limit = "store"


@dataclass(frozen=True)
class ForwardedAnswer:
    """The answer of a store to a query of a form, which is there as a whole."""

    form: str
    held: bytes
    is_complete: bool = True

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer."""
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield self.held


class ForwardedQueries:
    """Queries on the store at a URL, in place of workers; a context manager.

    So many are under way at once as there would be workers; the limits on rows and memory are the store's own. What
    the store says of its errors is printed, and not passed on.
    """

    def __init__(self, url: str, credentials: Credentials | None, options: QueryOptions) -> None:
        self._url, self._options = url, options
        limits = options.limits
        size = limits.size or LIMIT
        self._client = Client(limits.seconds, credentials, retry=Retry(tries=1), limit=size, advise=_refuse)
        self._free, self._waiting = asyncio.Semaphore(options.number), 0
        self._shares = Shares(options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._client.__exit__, kind, error, trace)

    def count_workers(self) -> int:
        """Return how many processes there are for queries: none here."""
        return 0

    @asynccontextmanager
    async def run(self, request: QueryRequest, client: str) -> AsyncIterator[ForwardedAnswer]:
        """Yield the answer to a query of a client. Raises as ``PublishedQueries.run`` does, and ``StoreFailure``."""
        form = request.check()
        async with self._shares.hold(client):
            if self._free.locked() and self._waiting >= self._options.limits.queue:
                raise QueueFull(f"{self._waiting} queries wait already; ask again later")
            self._waiting += 1
            try:
                await self._free.acquire()
            finally:
                self._waiting -= 1
            sending = asyncio.ensure_future(asyncio.to_thread(self._send, request, form))
            sending.add_done_callback(self._release)  # also where the client has left meanwhile
            yield await asyncio.shield(sending)

    def _release(self, sending: asyncio.Future[ForwardedAnswer]) -> None:
        self._free.release()
        if not sending.cancelled():
            sending.exception()  # which nobody may wait for any more

    def _send(self, request: QueryRequest, form: str) -> ForwardedAnswer:
        graphs = {"default-graph-uri": request.default_graphs, "named-graph-uri": request.named_graphs}
        pairs = [("query", request.text), *((name, iri) for name, iris in graphs.items() for iri in iris)]
        headers = {"Accept": _ACCEPT[request.format], "Content-Type": _FORM}
        begin = time.monotonic()
        try:
            answer = self._client.request("POST", self._url, content=urlencode(pairs).encode(), headers=headers)
        except EndpointError as error:
            seconds = time.monotonic() - begin
            if seconds >= self._options.limits.seconds:
                raise QueryTimeout(f"the store takes more than {self._options.limits.seconds:g} seconds") from None
            print(f"publisher: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its log
            raise StoreFailure("the store gives no answer, or one that is too large") from None
        if answer.media_type != _ACCEPT[request.format]:
            print(f"publisher: {self._url}: answers as {answer.media_type!r}", file=sys.stderr, flush=True)  # noqa: T201 - its log
            raise StoreFailure(f"the store does not answer as {_ACCEPT[request.format]}")
        return ForwardedAnswer(form, answer.body)


def _refuse(status: int, _body: bytes) -> str:
    """Raise ``SourceError`` for a status that blames the query (SPARQL 1.1 Protocol, section 2.1.6)."""
    if status == HTTPStatus.BAD_REQUEST:
        raise SourceError("the store refuses it, as malformed or because it does not know a function", STDIN)
    return ""
