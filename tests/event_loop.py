"""Run coroutines in tests: in threads, because a browser of other tests may have an event loop in the main one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from publisher.serve.server import loop_factory

T = TypeVar("T")


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, which has an event loop of its own, of the kind that servers have."""

    def run() -> T:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(coroutine)

    return run_in_thread(run)


def run_in_thread(function: Callable[[], T]) -> T:
    """Return the result of a function that may start an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()
