"""Send answers that are in memory from the thread in which granian has read the request.

An application of ASGI runs in the event loop. To hand it a request and to take its answer wakes two threads, which
costs as much as the rest of a small answer. What is in memory needs no event loop: a whole answer is sent at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

from publisher.serve.guard import Exchange, Messages

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_SCHEDULING: Final = "_cbsched_aioschedule"  # of granian, which has no public name for it


class DirectAnswers:
    """Answer requests by what ``cached`` returns for them; both it and ``observe`` are called in any thread."""

    def __init__(self, cached: Callable[[Scope], Messages | None], observe: Callable[[Exchange], None]) -> None:
        self._cached, self._observe = cached, observe

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request if its answer is in memory; return whether it was."""
        del receive
        start = time.perf_counter()
        messages = self._cached(scope) if scope["type"] == "http" else None
        if messages is None:
            return False
        first, last = messages
        scope.setdefault("state", {})
        self._observe(Exchange(scope, first["status"], len(last["body"]), time.perf_counter() - start))
        send(first)  # neither has to be awaited: granian sends a whole answer at once
        send(last)
        return True


def end_process() -> NoReturn:
    """End this process while threads of granian run, which abort it where they meet an interpreter that ends."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(0)


def spawn_with(answer: Callable[[Scope, Receive, Send], bool]) -> Callable[..., Awaitable[None]] | None:
    """Return the ``spawn_target`` of a server of granian that gives each request to ``answer`` first.

    What is not answered so goes to the application. ``None`` is for versions of granian that schedule otherwise: all
    requests go to the application.
    """
    from granian import _futures
    from granian.server.embed import Server

    schedule_in_loop = getattr(_futures, _SCHEDULING, None)
    if schedule_in_loop is None:
        return None

    def schedule_by(*arguments: Any) -> Callable[[Any], None]:
        in_loop = schedule_in_loop(*arguments)

        def schedule(request: Any) -> None:
            protocol = request.proto
            try:
                is_answered = answer(request.scope, protocol.receive, protocol.send)
            except Exception:  # noqa: BLE001 - it would end the thread of granian; the application reports it
                is_answered = False
            if is_answered:
                request.done()
            else:
                in_loop(request)

        return schedule

    async def spawn(*settings: Any) -> None:
        setattr(_futures, _SCHEDULING, schedule_by)  # read before this coroutine first waits
        await Server._spawn_asgi_worker(*settings)  # as the server does without a target

    return spawn
