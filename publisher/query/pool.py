"""Run queries in worker processes, so that each query ends: by its answer, or at a limit that is named.

The engine cannot be interrupted, but a process can be killed. Each worker opens one index (``publisher.query.index``)
and answers one query at a time. For a server there is ``QueryPool``::

    async with QueryPool(index, workers=2, limits=Limits(seconds=10)) as pool:
        async with pool.run(QueryRequest("SELECT * { ?s ?p ?o }", "csv")) as answer:
            async for chunk in answer.chunks:
                ...

and for commands ``publisher.query.process.QueryWorker``, which does the same without asyncio. Both hold an answer back
until there are 64 kB of it, or until 100 ms after its first part: what ends before is an error and no part of an
answer. ``SourceError`` tells of a query that cannot be run, with line and column; ``QueryStopped`` of one that was
stopped, and at which limit. Who leaves an answer, or is cancelled, kills its query.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Self

from publisher.errors import plural
from publisher.query.process import BLOCK, HELD, HOLD, START, QueryExchange, WorkerProcess
from publisher.query.requests import Limits, QueryRequest, QueryStopped

_AT_ONCE: Final = 1 << 15  # bytes that a pipe takes whose reader waits


class _Worker(WorkerProcess):
    """A worker process whose output is read by asyncio."""

    reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def start(self) -> None:
        """Wait until the process is ready. Raises ``QueryStopped``."""
        self.reader, self._writer = await asyncio.open_unix_connection(sock=self.output, limit=BLOCK)
        try:
            async with asyncio.timeout(START):
                is_ready = await self.reader.read(BLOCK)
        except BaseException:
            self.leave()
            raise
        if not is_ready:
            self.leave()
            raise await asyncio.to_thread(self.failed_start)

    async def send(self, content: bytes) -> None:
        """Send a request."""
        if len(content) <= _AT_ONCE:
            self.write(content)
        else:
            await asyncio.to_thread(self.write, content)

    def leave(self) -> None:
        """Kill the process, and read no more of its output."""
        self.kill()
        self._writer.close()


class StreamedAnswer:
    """The answer to a query, which may still be running; ``form`` is select, ask, construct or describe."""

    def __init__(self, pool: QueryPool, worker: _Worker, request: QueryRequest, form: str) -> None:
        self.form = form
        self._pool, self._worker = pool, worker
        self._exchange = QueryExchange(request, pool.limits)
        self.held = b""  # the part of the answer that was held back: all of it where ``is_complete``
        self._is_late = self._is_over = False
        self._timer = asyncio.get_running_loop().call_later(pool.limits.seconds, self._expire)

    @property
    def is_complete(self) -> bool:
        """Whether the whole answer was already received, so that no error can follow."""
        return self._exchange.is_complete

    @property
    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer in parts. Raises ``QueryStopped`` and ``SourceError`` where it ends in between."""
        if self.held:
            yield self.held
        while not self._exchange.is_complete:
            if part := await self._receive():
                yield part

    async def begin(self) -> None:
        """Run the query until its answer can be sent on. Raises as ``chunks`` does."""
        await self._worker.send(self._exchange.content())
        while not (self.held or self._exchange.is_complete):
            self.held = await self._receive()
        if self._exchange.is_complete:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(HOLD):
                while len(self.held) < HELD and not self._exchange.is_complete:
                    self.held += await self._receive()

    async def _receive(self) -> bytes:
        """Return the next part of the answer."""
        received = await self._worker.reader.read(BLOCK)
        if self._is_late:
            raise self._exchange.stopped("time")
        if not received:
            raise await asyncio.to_thread(self._exchange.died, self._worker)
        part = self._exchange.feed(received)
        if self._exchange.is_complete:
            self.close()
        return part

    def _expire(self) -> None:
        self._is_late = True
        self.close()

    def close(self) -> None:
        """End the query if it still runs."""
        if not self._is_over:
            self._is_over = True
            self._timer.cancel()
            self._pool.give_back(self._worker, is_ready=self._exchange.is_complete)


class QueryPool:
    """Worker processes that answer queries on one index; a context manager.

    Raises ``QueryStopped`` where no process can open the index. A process that was killed, or that ended, is replaced.
    """

    def __init__(self, index: Path, workers: int, limits: Limits) -> None:
        self.limits = limits
        self._index, self._count = index, workers
        self._idle: list[_Worker] = []
        self._started = set[_Worker]()
        self._free = asyncio.Semaphore(workers)
        self._waiting = 0
        self._tasks = set[asyncio.Task[None]]()
        self._is_closed = False

    async def __aenter__(self) -> Self:
        self._idle = [await self._start()]
        for _ in range(self._count - 1):  # the others are not waited for
            await self._free.acquire()
            self._replace_later(None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the running queries end, which takes at most as long as the limit on time; then end the processes."""
        self._is_closed = True
        for _ in range(self._count):
            await self._free.acquire()
        while self._idle:
            await self._end(self._idle.pop())

    async def kill(self) -> None:
        """End the processes, and so the running queries."""
        for worker in self._started:
            worker.kill()
        await self.close()

    async def check(self) -> None:
        """Start a process where none is alive. Raises ``QueryStopped`` where that fails."""
        if not any(worker.is_alive for worker in self._started):
            async with self.run(QueryRequest("ASK {}")) as answer:
                async for _ in answer.chunks:
                    pass

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the processes."""
        return tuple(worker.pid for worker in self._started)

    @asynccontextmanager
    async def run(self, request: QueryRequest) -> AsyncIterator[StreamedAnswer]:
        """Run a query, once a worker is free, and yield its answer when the first part of it is there.

        At the end the query is killed if it still runs.
        Raises ``SourceError``, ``UsageError`` for a format that is none of the form of the query, and ``QueryStopped``.
        """
        form = request.check()
        answer = StreamedAnswer(self, await self._take(), request, form)
        try:
            await answer.begin()
            yield answer
        finally:
            answer.close()

    async def _take(self) -> _Worker:
        """Return a worker, which is this query's until ``give_back``."""
        await self._wait()
        try:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive:
                    return worker
                await self._end(worker)
            return await self._start()
        except BaseException:
            self._free.release()
            raise

    async def _wait(self) -> None:
        """Wait for a free worker, and hold it. Raises ``QueryStopped``."""
        if not (self._is_closed or self._free.locked()):
            await self._free.acquire()  # at once
            return
        if self._is_closed or self._waiting >= self.limits.queue:
            raise QueryStopped("queue", f"{plural(self._waiting, 'query')} wait already; ask again later")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.limits.seconds):
                await self._free.acquire()
        except TimeoutError:
            message = f"no process was free within {self.limits.seconds:g} seconds; ask again later"
            raise QueryStopped("queue", message) from None
        finally:
            self._waiting -= 1

    def give_back(self, worker: _Worker, *, is_ready: bool) -> None:
        """Take a worker back from a query; one that is not ready for another is replaced."""
        if is_ready:
            self._idle.append(worker)
            self._free.release()
        else:
            worker.kill()
            self._replace_later(worker)

    def _replace_later(self, worker: _Worker | None) -> None:
        task = asyncio.get_running_loop().create_task(self._replace(worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace(self, worker: _Worker | None) -> None:
        """Start a process in the place of another; where that fails, the next query tries it again."""
        try:
            if worker:
                await self._end(worker)
            self._idle.append(await self._start())
        except (QueryStopped, OSError, TimeoutError):
            return
        finally:
            self._free.release()

    async def _start(self) -> _Worker:
        worker = _Worker(self._index, self.limits)
        await worker.start()
        self._started.add(worker)
        return worker

    async def _end(self, worker: _Worker) -> None:
        self._started.discard(worker)
        worker.leave()
        await asyncio.to_thread(worker.end)
