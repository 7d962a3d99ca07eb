"""Keep the workers for queries on the published dataset, replace them when a build replaces it, and share them out."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from publisher.errors import PublisherError
from publisher.query.bounded import BoundedQueries
from publisher.query.index import find_dump, opened_index
from publisher.query.pool import QueryPool
from publisher.query.requests import Limits, QueryRequest, QueryStopped
from publisher.serve.sparql.answers import CompleteAnswer, QueryAnswer, RecentAnswers

_INTERVAL: Final = 0.5  # seconds between two looks at the published folder
_SUSPECTS: Final = "suspects"  # the name under which they have a share, which is no address
_SUSPECT: Final = 600.0  # seconds after a query that was stopped
_COSTLY: Final = ("time", "memory", "worker")  # the limits at which a query costs a worker
_STATUSES: Final = {
    "time": (504, {}),
    "client": (429, {"Retry-After": "2"}),
    "queue": (503, {"Retry-After": "5"}),
    "worker": (503, {"Retry-After": "5"}),
}
_ENDS: Final = {"time": "timeout", "bytes": "rows", "worker": "failed"}  # as the figures of the server call them


class QueryOptions(NamedTuple):
    """How many processes answer queries (0: one a core, and at least two), and what a query may take."""

    workers: int = 0
    limits: Limits = Limits()

    @property
    def number(self) -> int:
        """How many processes answer queries."""
        return self.workers or max(2, os.cpu_count() or 1)


class Shares:
    """What each client may take of the workers.

    A client runs at most one query less than there are workers at once, as long as there are two, and can have half of
    the queue. So do all clients together of which a query was stopped in the last ten minutes, or that left one, so
    that the others find a worker.
    """

    def __init__(self, options: QueryOptions) -> None:
        self._number, self._queue = options.number, options.limits.queue
        self._clients = Counter[str]()
        self._places: dict[str, asyncio.Semaphore] = {}
        self._suspects: dict[str, float] = {}  # until when they share

    @asynccontextmanager
    async def hold(self, client: str) -> AsyncIterator[None]:
        """Hold one of the places of a client while a query runs.

        Raises ``QueryStopped`` (client) where it has too many queries.
        """
        holder = _SUSPECTS if self._is_suspect(client) else client
        most = max(2, self._queue // 2)
        if self._clients[holder] >= most:
            message = f"{_who(holder)} {most} queries already; wait until one of them has ended"
            raise QueryStopped("client", message)
        self._clients[holder] += 1
        place = self._places.setdefault(holder, asyncio.Semaphore(max(1, self._number - 1)))
        try:
            async with place:
                try:
                    yield
                except (QueryStopped, asyncio.CancelledError) as error:
                    if not isinstance(error, QueryStopped) or error.limit in _COSTLY:
                        self._suspects[client] = time.monotonic() + _SUSPECT
                    raise
        finally:
            self._clients[holder] -= 1
            if not self._clients[holder]:
                del self._clients[holder], self._places[holder]

    def _is_suspect(self, client: str) -> bool:
        if not self._suspects:
            return False
        now = time.monotonic()
        for name in [name for name, end in self._suspects.items() if end < now]:
            del self._suspects[name]
        return client in self._suspects


class PublishedQueries:
    """Workers for the dumps in a published folder; a context manager, which starts in the background.

    ``mark`` returns what another build changes.
    """

    def __init__(self, dist: Path, cache: Path | None, mark: Callable[[], object], options: QueryOptions) -> None:
        self._folder, self._cache, self._mark, self._options = dist / "dumps", cache, mark, options
        self._pool: QueryPool | None = None
        self._bounded: BoundedQueries | None = None
        self._answers = RecentAnswers()
        self._stack = ExitStack()  # holds the index of the pool
        self._is_settled = asyncio.Event()
        self._error, self._version = "the dataset is being indexed", ""
        self._shares = Shares(options)
        self._closing = set[asyncio.Task[None]]()

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        await asyncio.gather(*self._closing)
        if self._pool:
            await self._pool.kill()
        self._stack.close()

    @property
    def limits(self) -> Limits:
        """What a query may take."""
        return self._options.limits

    def count_workers(self) -> int:
        """Return how many processes there are for queries."""
        return len(self._pool.processes) if self._pool else 0

    async def fault(self) -> str:
        """Return why no query can be answered now; nothing if one can, or will be once the dataset is indexed."""
        if self._pool is None:
            return self._error if self._is_settled.is_set() else ""
        try:
            await self._pool.check()
        except (QueryStopped, OSError, TimeoutError) as error:
            return str(error) or "no process for queries can be started in time"
        return ""

    @property
    def version(self) -> str:
        """What the answers to queries depend on, beside the queries: the digest of the dump; empty while unknown."""
        return self._version

    async def _watch(self) -> None:
        """Follow the published folder."""
        known: object = None
        while True:
            if (mark := self._mark()) and mark != known:  # none while another build replaces it
                known = mark
                await self._reload()
                self._is_settled.set()
            await asyncio.sleep(_INTERVAL)

    async def _reload(self) -> None:
        """Open the index of what is published now, then let the old workers end."""
        stack = ExitStack()
        try:
            dump = find_dump(self._folder)
            index = await asyncio.to_thread(stack.enter_context, opened_index(dump, self._cache))
            bounded = await asyncio.to_thread(BoundedQueries, index, self.limits)
            pool = await QueryPool(index, self._options.number, self._options.limits).__aenter__()
        except PublisherError as error:
            stack.close()
            self._error = str(error)
            print(f"publisher: no queries on this build: {error}", file=sys.stderr)  # noqa: T201 - its log
            return
        except BaseException:
            stack.close()
            raise
        old, self._pool, self._answers = self._pool, pool, RecentAnswers()
        self._bounded = bounded
        self._version = index.parent.name
        before, self._stack = self._stack, stack
        if old:
            task = asyncio.create_task(_close(old, before))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def at_once(self, request: QueryRequest) -> bytes | None:
        """Return the answer to a query that needs no process, in any thread; nothing for other queries."""
        bounded = self._bounded
        return bounded.answer(request) if bounded else None

    @asynccontextmanager
    async def run(self, request: QueryRequest, client: str) -> AsyncIterator[QueryAnswer]:
        """Yield the answer to a query of a client, once it can be sent on; at the end, it is killed if it still runs.

        A small answer that was given before on this build is given again, and a query of one triple pattern with few
        rows is answered here, without a worker.

        Raises as ``QueryPool.run`` does, and ``QueryStopped`` where the client has too many queries.
        """
        request.check()
        await self._is_settled.wait()
        answers = self._answers  # before the pool is looked at: an answer of an older one is not put into newer ones
        if repeated := answers.get(request):
            yield repeated
            return
        if (content := self.at_once(request)) is not None:
            complete = CompleteAnswer("select", content)
            answers.put(request, complete)
            yield complete
            return
        async with self._shares.hold(client):
            if self._pool is None:
                raise QueryStopped("queue", self._error)
            async with self._pool.run(request) as answer:
                answers.put(request, answer)
                yield answer


def _who(client: str) -> str:
    return "clients whose queries were stopped have" if client == _SUSPECTS else "this client has"


async def _close(pool: QueryPool, stack: ExitStack) -> None:
    await pool.close()
    stack.close()


def end_of(error: QueryStopped) -> str:
    """Return the name of an end of a query in the figures of the server."""
    return _ENDS.get(error.limit, error.limit)


def status_of(error: QueryStopped) -> tuple[int, dict[str, str]]:
    """Return the status and headers of the answer to a query that was stopped before any of its answer was sent."""
    return _STATUSES.get(error.limit, (503, {}))
