"""End the process where the native engine takes too long with one query: nothing else stops it.

A build evaluates thousands of queries, most of them within a millisecond, on data in its memory: a process for each of
them, as ``publisher.query.process`` has it for those of users, would cost more than the queries. Nothing is lost when
the process ends: a build replaces its result in one step.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

VARIABLE: Final = "PUBLISHER_QUERY_SECONDS"
_DEFAULT: Final = 600.0
_EXIT_CODE: Final = 3  # of a source that cannot be read as what it should be


@contextmanager
def limited(seconds: float, end: Callable[[], object]) -> Iterator[None]:
    """Call ``end``, which is to end the process, when the block takes longer than ``seconds``."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def limited_time(source: object) -> Iterator[None]:
    """End the process where the block, which evaluates a query of a source and takes its results, takes too long."""
    limit = _seconds()

    def end() -> None:
        sys.stderr.write(
            f"publisher: {source}: a query takes more than {limit:g} seconds; make it cheaper, or allow more by the "
            f"environment variable {VARIABLE}\n"
        )
        sys.stderr.flush()
        os._exit(_EXIT_CODE)

    with limited(limit, end):
        yield


def _seconds() -> float:
    """Return how long one query of a workspace may take."""
    try:
        return min(threading.TIMEOUT_MAX, max(float(os.environ.get(VARIABLE, _DEFAULT)), 0.1))
    except ValueError:
        return _DEFAULT
