"""Tell operators what a server does: a line in a log for each request, its health, and figures for Prometheus."""

from __future__ import annotations

import sys
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.serve.access_log import AccessLog
from publisher.serve.guard import Exchange

_OWN: Final = "/-/"
_SECONDS: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def route_of(path: str) -> str:
    """Return to which part of the server a path belongs: few names, whatever clients ask for.

    >>> route_of("/geopol/sparql"), route_of("/queries/who.csv"), route_of("/id/armenia"), route_of("/-/health")
    ('sparql', 'queries', 'site', 'operation')
    """
    if path.startswith(_OWN):
        return "operation"
    if path.endswith("/sparql"):
        return "sparql"
    return "queries" if "/queries/" in path else "site"


class Observer:
    """The ASGI application that answers below ``/-/``, around the one that answers the rest.

    ``/-/alive`` says that the process answers, ``/-/health`` whether it can serve (503: not now), and ``/-/metrics``
    has the figures. Each of the ``checks`` returns why a part cannot serve, and nothing if it can. ``workers`` returns
    how many processes answer queries.
    """

    def __init__(
        self,
        app: ASGIApp,
        checks: Mapping[str, Callable[[], Awaitable[str]]],
        log: AccessLog | None = None,
        workers: Callable[[], int] | None = None,
    ) -> None:
        self._app, self._checks, self._log = app, checks, log
        self._figures = _Figures(workers)
        self._count, self._write = self._figures.count, sys.stdout.write

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request."""
        own = self._answer(scope) if scope["path"].startswith(_OWN) else None
        return (own or self._app)(scope, receive, send)

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        reasons = {name: await check() for name, check in self._checks.items()}
        states = {name: not reason for name, reason in reasons.items()}
        content = {"ready": all(states.values()), **states, "reasons": [*filter(None, reasons.values())]}
        await JSONResponse(content, 200 if content["ready"] else 503, _HEADERS)(scope, receive, send)

    def _answer(self, scope: Scope) -> ASGIApp | None:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Only GET and HEAD are answered here.\n", 405, {**_HEADERS, "Allow": "GET, HEAD"})
        match scope["path"].removeprefix(_OWN):
            case "alive":
                return PlainTextResponse("alive\n", headers=_HEADERS)
            case "health":
                return self._health
            case "metrics":
                text = generate_latest(self._figures.registry)
                return Response(text, headers={**_HEADERS, "Content-Type": CONTENT_TYPE_LATEST})
            case _:
                return None

    def observe(self, exchange: Exchange) -> None:
        """Count a request that has ended, and log it."""
        self._count(exchange)
        if self._log:
            with suppress(OSError, ValueError):  # nobody reads the log any more
                self._write(f"{self._log.line(exchange, time.time())}\n")
                sys.stdout.flush()


class _Figures(Collector):
    """Counters of one server, which take less time than those of the library: there is one call for each request."""

    def __init__(self, workers: Callable[[], int] | None) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, CPU time and open files
        self._workers = workers
        self._requests, self._queries = Counter[tuple[str, int]](), Counter[str]()
        self._lock = threading.Lock()  # requests end in two threads (publisher.serve.direct)
        self._seconds = defaultdict[str, list[float]](lambda: [0.0] * (len(_SECONDS) + 2))  # at last their sum
        self.registry.register(self)

    def count(self, exchange: Exchange) -> None:
        route = route_of(exchange.scope["path"])
        with self._lock:
            self._requests[route, exchange.status] += 1
            seconds = self._seconds[route]
            seconds[bisect_left(_SECONDS, exchange.seconds)] += 1
            seconds[-1] += exchange.seconds
            if end := exchange.scope["state"].get("end"):
                self._queries[end] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield the figures as Prometheus has them."""
        requests = CounterMetricFamily("publisher_requests", "Requests that have ended.", labels=("route", "status"))
        for (route, status), count in self._requests.items():
            requests.add_metric((route, str(status)), count)
        seconds = HistogramMetricFamily("publisher_request_seconds", "Seconds of a request.", labels=("route",))
        for route, (*counts, total) in self._seconds.items():
            bounds = [*map(str, _SECONDS), "+Inf"]
            seconds.add_metric((route,), list(zip(bounds, accumulate(counts), strict=True)), total)
        queries = CounterMetricFamily("publisher_queries", "Queries that have ended, by how they did.", labels=("end",))
        for end, count in self._queries.items():
            queries.add_metric((end,), count)
        yield from (requests, seconds, queries)
        if self._workers:
            yield GaugeMetricFamily("publisher_workers", "Processes that answer queries.", self._workers())
