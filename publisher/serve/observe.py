"""Tell operators what a server does: a line in a log for each request, its health, and figures for Prometheus."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
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

    ``/-/alive`` says that the process answers, ``/-/health`` whether it can serve (503: not now), by ``checks``, and
    ``/-/metrics`` has the figures. ``workers`` returns how many processes answer queries.
    """

    def __init__(
        self,
        app: ASGIApp,
        checks: Mapping[str, Callable[[], bool]],
        log: AccessLog | None = None,
        workers: Callable[[], int] | None = None,
    ) -> None:
        self._app, self._checks, self._log, self._workers = app, checks, log, workers
        self._write = sys.stdout.write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        own = self._answer(scope["path"]) if scope["path"].startswith(_OWN) else None
        await (own or self._app)(scope, receive, send)

    def _answer(self, path: str) -> Response | None:
        match path.removeprefix(_OWN):
            case "alive":
                return PlainTextResponse("alive\n", headers=_HEADERS)
            case "health":
                states = {name: check() for name, check in self._checks.items()}
                is_ready = all(states.values())
                return JSONResponse({"ready": is_ready, **states}, 200 if is_ready else 503, _HEADERS)
            case "metrics":
                text = generate_latest(self._figures.registry)
                return Response(text, headers={**_HEADERS, "Content-Type": CONTENT_TYPE_LATEST})
            case _:
                return None

    def observe(self, exchange: Exchange) -> None:
        """Count a request that has ended, and log it."""
        self._figures.count(exchange)
        if self._log:
            with suppress(OSError, ValueError):  # nobody reads the log any more
                self._write(f"{self._log.line(exchange, time.time())}\n")
                sys.stdout.flush()

    @cached_property
    def _figures(self) -> _Figures:
        return _Figures(self._workers)


class _Figures:
    """Counters of one server."""

    def __init__(self, workers: Callable[[], int] | None) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, CPU time and open files
        self._requests = Counter(
            "publisher_requests", "Requests that have ended.", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "publisher_request_seconds", "Seconds of a request.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self._queries = Counter(
            "publisher_queries", "Queries that have ended: done, or why not.", ("end",), registry=self.registry
        )
        if workers:
            alive = Gauge("publisher_workers", "Processes that answer queries.", registry=self.registry)
            alive.set_function(workers)

    def count(self, exchange: Exchange) -> None:
        route = route_of(exchange.scope["path"])
        self._requests.labels(route, exchange.status).inc()
        self._seconds.labels(route).observe(exchange.seconds)
        if end := exchange.scope["state"].get("end"):
            self._queries.labels(end).inc()
