"""Run one function on many jobs: here, in a pool of processes, or on a cluster that is there already.

Functions and jobs travel by name and by value; results come back in the order of the jobs.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Protocol, TypeVar

from publisher.errors import PublisherError, requires_extra

Job = TypeVar("Job")
Result = TypeVar("Result")


class Mapper(Protocol):
    """What applies a function to jobs, here or elsewhere."""

    def __call__(self, function: Callable[[Job], Result], jobs: Sequence[Job], /) -> Iterator[Result]:
        """Return the results in the order of the jobs."""


@contextmanager
def collection_at_end() -> Iterator[None]:
    """Look for garbage in cycles at the end alone: triples and pages are many, and hardly any is in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect(0)  # of what is new


def here(function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
    """Run the jobs in this process, one after the other."""
    return map(function, jobs)


@contextmanager
def processes(count: int | None = None) -> Iterator[Mapper]:
    """Yield a mapper over ``count`` processes, by default one for each core that this process may use.

    They start when there is more than one job to do.
    """
    count = count or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count or os.cpu_count() or 1
    if count == 1:
        yield here
        return
    with ExitStack() as stack:
        pools: list[ProcessPoolExecutor] = []

        def run(function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
            if len(jobs) < 2 and not pools:  # for one job alone, starting takes longer than the job
                yield from here(function, jobs)
                return
            if not pools:
                pools.append(ProcessPoolExecutor(count, initializer=_end_with_parent))
                stack.callback(pools[0].shutdown, wait=True, cancel_futures=True)
            try:
                yield from pools[0].map(function, jobs)
            except BrokenProcessPool:
                raise PublisherError(
                    "a process of the build was ended from outside, perhaps for want of memory; "
                    "try again with fewer --jobs"
                ) from None

        yield run


def _end_with_parent() -> None:
    """Let this worker end when its parent does: one that was killed shuts no pool down."""

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def dask(scheduler: str) -> Iterator[Mapper]:
    """Yield a mapper over the workers of a Dask cluster, which see the workspace and the cache under the same paths.

    Raises ``UsageError`` when Dask is not installed, ``PublisherError`` when no scheduler answers.
    """
    with requires_extra("dask", "--executor dask", "Dask"):
        from distributed import Client
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise PublisherError(f"{scheduler}: no Dask scheduler answers there: {error}") from None
    with client, client.get_executor() as executor:
        yield executor.map
