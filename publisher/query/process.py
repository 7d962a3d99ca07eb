"""Run one query after the other in a worker process, and stop those that take too much.

``QueryWorker`` is for commands. Servers have ``publisher.query.pool``, which does the same for several at once.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from publisher.errors import SourceError, plural
from publisher.query import worker
from publisher.query.files import STDIN, query_form
from publisher.query.requests import Limits, QueryRequest, QueryStopped
from publisher.query.results import GRAPH_FORMS, Answer
from publisher.rdf.sparql import selected_star, syntax_error, unsupported

HELD: Final = 1 << 16  # bytes of an answer that are held back
HOLD: Final = 0.1  # seconds after the first part of an answer, in which the rest of these bytes is waited for
BLOCK: Final = 1 << 16  # bytes that are read at once
START: Final = 60.0  # seconds in which a process is ready, on a machine that is busy
_MOMENT: Final = 0.2
_GONE: Final = 10.0  # seconds in which a process that was killed is gone
_NO_MEMORY: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError")


# --- the exchange with a process -------------------------------------------------------------------------------


class QueryExchange:
    """The answer to a request as it is read from a worker: bytes go in, parts of the answer come out."""

    def __init__(self, request: QueryRequest, limits: Limits) -> None:
        self.is_complete = False
        self._request, self._limits = request, limits
        self._begin = time.monotonic()
        self._input = bytearray()
        self._rows = self._size = 0

    def content(self) -> bytes:
        """Return the request as the worker reads it."""
        request, limits = self._request, self._limits
        graphs = (request.default_graphs, request.named_graphs)
        star, variables = selected_star(request.text)
        content = {
            "text": request.text,
            "format": request.format,
            "graphs": graphs if any(graphs) else None,
            "prefixes": dict(request.prefixes),
            "written": {**request.own_prefixes, **request.prefixes},
            "base": request.base,
            "rows": limits.rows,
            "bytes": limits.size,
            "star": star,
            "variables": variables,
        }
        encoded = json.dumps(content).encode()
        return worker.LENGTH.pack(len(encoded)) + encoded

    def feed(self, received: bytes) -> bytes:
        """Return the part of the answer that is in what was received; ``is_complete`` tells whether it is the last.

        Raises ``SourceError`` for a query that cannot be run, and ``QueryStopped``.
        """
        self._input += received
        answer = bytearray()
        while len(self._input) >= worker.FRAME.size:
            kind, length, rows = worker.FRAME.unpack_from(self._input)
            end = worker.FRAME.size + length
            if len(self._input) < end:
                break
            content = self._input[worker.FRAME.size : end]
            del self._input[:end]
            self._rows = max(rows, self._rows)
            if kind == worker.FAULT:
                self._raise(**json.loads(content))
            answer += content
            self.is_complete = self.is_complete or kind == worker.END
        self._size += len(answer)
        return bytes(answer)

    def _raise(self, kind: str, message: str) -> None:
        self.is_complete = kind != "memory"  # then the worker is ready for the next
        request = self._request
        match kind:
            case "syntax":
                raise syntax_error(SyntaxError(message), request.path, request.text)
            case "evaluation":
                raise unsupported(RuntimeError(message), request.text, request.path)
            case "other":
                raise SourceError(message, request.path)
        raise self.stopped(kind)

    def stopped(self, limit: str, code: int = 0) -> QueryStopped:
        """Return the error for a query that reached a limit, or whose process ended with an exit code."""
        limits = self._limits
        causes = {
            "time": f"the query takes more than {limits.seconds:g} seconds",
            "memory": f"the query needs more than {(limits.memory or 0) >> 20:,} MB of memory",
            "rows": f"the answer has more than {limits.rows or 0:,} rows",
            "bytes": f"the answer has more than {limits.size or 0:,} bytes",
            "worker": f"the process that ran the query ended ({_cause(code)})",
        }
        seconds = time.monotonic() - self._begin
        progress = f"{plural(self._rows, 'row')} and {plural(self._size, 'byte')} of the answer"
        return QueryStopped(limit, f"{causes[limit]}; it was stopped after {seconds:.1f} seconds, with {progress}")

    def died(self, process: WorkerProcess) -> QueryStopped:
        """Return the error for a query whose process has ended."""
        code, output = process.end()
        is_memory = self._limits.memory and any(sign in output for sign in _NO_MEMORY)
        return self.stopped("memory" if is_memory else "worker", code)


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


class WorkerProcess(subprocess.Popen[bytes]):
    """A process of ``publisher.query.worker``: what is written to ``input`` it reads, and it writes to ``output``.

    ``output`` is a socket, which its reader closes. uvloop closes a pipe twice, by libuv and by its file object; in
    between, another thread can get the same descriptor for the connection of a client.
    """

    def __init__(self, index: Path, limits: Limits) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process)
        environment = os.environ | {"MALLOC_ARENA_MAX": "2", "RUST_BACKTRACE": "0"}
        self.output, its_end = socket.socketpair()
        with its_end:
            super().__init__(
                [sys.executable, "-P", worker.__file__, str(index), str(limits.memory or 0)],
                stdin=subprocess.PIPE,
                stdout=its_end.fileno(),
                stderr=self._errors,
                env=environment,
                bufsize=0,
            )
        assert self.stdin  # noqa: S101 (a pipe)
        self.input = self.stdin
        self._ending, self._writing = threading.Lock(), threading.Lock()
        self._end: tuple[int, bytes] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.poll() is None

    def write(self, content: bytes) -> None:
        """Send a request; a process that has ended shows itself when its answer is read."""
        with self._writing, suppress(BrokenPipeError):
            while content:
                content = content[self.input.write(content) :]

    def end(self) -> tuple[int, bytes]:
        """Kill the process, close its input, and return its exit code and what it wrote to standard error."""
        with self._ending:
            if self._end is None:
                with self._writing:  # another connection can get the descriptor once it is closed
                    self.input.close()
                with suppress(subprocess.TimeoutExpired):  # its output may end a moment before the process
                    self.wait(_MOMENT)
                self.kill()
                code = self.wait(_GONE)
                with self._errors:
                    self._errors.seek(0)
                    self._end = code, self._errors.read()
            return self._end

    def failed_start(self) -> QueryStopped:
        """Return the error of a process that ended before it was ready."""
        code, output = self.end()
        lines = output.decode(errors="replace").strip().splitlines()
        message = f"a process for queries could not be started: {lines[-1] if lines else _cause(code)}"
        return QueryStopped("worker", message)


# --- the face for commands --------------------------------------------------------------------------------------


class QueryWorker:
    """Run queries one after the other; a context manager that ends the process.

    A process that was killed is replaced for the next query.
    """

    def __init__(self, index: Path, limits: Limits) -> None:
        self._index, self._limits = index, limits
        self._process: WorkerProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.end()
            self._process.output.close()
            self._process = None

    def run(self, request: QueryRequest) -> Iterator[bytes]:
        """Yield the answer in parts.

        Raises ``SourceError`` and ``QueryStopped`` before the first part where the query ends so early.
        """
        request.check()
        deadline = time.monotonic() + self._limits.seconds
        process = self._process if self._process and self._process.is_alive else self._start(deadline)
        exchange = QueryExchange(request, self._limits)
        try:
            process.write(exchange.content())
            yield from _held_back(self._parts(process, exchange, deadline))
        finally:
            if not exchange.is_complete:
                self._end()

    def answer(self, text: str, path: Path = STDIN) -> Answer:
        """Return the answer to a query of any form. Raises as ``run`` does."""
        form = query_form(text, path)
        is_graph = form in GRAPH_FORMS
        body = b"".join(self.run(QueryRequest(text, "nt" if is_graph else "json", path=path)))
        return Answer(form, b"".join(sorted(set(body.splitlines(keepends=True)))) if is_graph else body)

    def _start(self, deadline: float) -> WorkerProcess:
        self._end()
        process = self._process = WorkerProcess(self._index, self._limits)
        ready = _read(process, max(deadline, time.monotonic() + START))
        if not ready:
            raise process.failed_start()
        return process

    @staticmethod
    def _parts(process: WorkerProcess, exchange: QueryExchange, deadline: float) -> Iterator[bytes]:
        while not exchange.is_complete:
            received = _read(process, deadline)
            if received is None:
                raise exchange.stopped("time")
            if not received:
                raise exchange.died(process)
            if part := exchange.feed(received):
                yield part


def _read(process: WorkerProcess, deadline: float) -> bytes | None:
    """Return what a process wrote, nothing where it has ended, and ``None`` after the deadline."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.output, selectors.EVENT_READ)
        if not selector.select(max(0, deadline - time.monotonic())):
            return None
    return process.output.recv(BLOCK)


def _held_back(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts of an answer, the first ones together."""
    held, until = b"", 0.0
    for part in parts:
        held += part
        until = until or time.monotonic() + HOLD
        if len(held) >= HELD or time.monotonic() >= until:
            break
    if held:
        yield held
    yield from parts
