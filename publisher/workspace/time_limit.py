"""End the process where the native engine takes too long with one query: nothing else stops it.

A build evaluates thousands of queries, most of them within a millisecond, on data in its memory: a process for each of
them, as ``publisher.query.process`` has it for those of users, would cost more than the queries. Nothing is lost when
the process ends: a build replaces its result in one step.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

VARIABLE: Final = "PUBLISHER_QUERY_SECONDS"
_DEFAULT: Final = 600.0
_EXIT_CODE: Final = 3  # of a source that cannot be read as what it should be

Item = TypeVar("Item")


class _Watchdog:
    """A thread that looks at what is being evaluated in this process."""

    def __init__(self) -> None:
        self.process = 0  # a process that was forked has no thread
        self.evaluations: dict[object, tuple[float, object]] = {}

    def start(self) -> None:
        if self.process != os.getpid():
            self.process = os.getpid()
            self.evaluations.clear()
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        limit = seconds()
        while True:
            time.sleep(min(1.0, limit / 4))
            now = time.monotonic()
            for begin, source in [*self.evaluations.values()]:
                if now - begin > limit:
                    sys.stderr.write(
                        f"publisher: {source}: a query takes more than {limit:g} seconds; make it cheaper, or allow "
                        f"more by the environment variable {VARIABLE}\n"
                    )
                    sys.stderr.flush()
                    os._exit(_EXIT_CODE)


_WATCHDOG: Final = _Watchdog()


def seconds() -> float:
    """Return how long one query of a workspace may take."""
    try:
        return max(float(os.environ.get(VARIABLE, _DEFAULT)), 0.1)
    except ValueError:
        return _DEFAULT


@contextmanager
def limited_time(source: object) -> Iterator[None]:
    """End the process where the block, which evaluates a query of a source, takes too long."""
    _WATCHDOG.start()
    token = object()
    _WATCHDOG.evaluations[token] = time.monotonic(), source
    try:
        yield
    finally:
        _WATCHDOG.evaluations.pop(token, None)


def in_limited_time(source: object, items: Iterable[Item]) -> Iterator[Item]:
    """Yield the results of a query, all of which are to be there in limited time."""
    with limited_time(source):
        yield from items
