"""Run an ASGI application on an address of this machine until Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from publisher import __version__
from publisher.errors import UsageError, reason
from publisher.http import Credentials
from publisher.query.index import index_folder
from publisher.serve.access_log import AccessLog
from publisher.serve.direct import DirectAnswers, spawn_with
from publisher.serve.guard import Exchange, Guard, Messages
from publisher.serve.preview import Preview
from publisher.serve.published import PublishedSite
from publisher.serve.sparql.forward import ForwardedQueries
from publisher.serve.sparql.queries import PublishedQueries, QueryOptions
from publisher.workspace.config import FILE_NAME, Config

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Scope

Ready = Callable[[str], None]

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_BACKLOG: Final = 1024
_LAST_BYTES: Final = 0.5  # seconds for what has been answered and not been sent


class ServerLimits(NamedTuple):
    """What a client may take of a server.

    ``head_seconds`` is the time for the head of a request, and between two requests of a connection; ``head_bytes`` is
    the size of the buffer for it (the head can be twice as large). ``body_seconds`` is the time for the body, and
    ``piece_seconds`` that for a piece of an answer. Of more than so many ``connections`` the others wait.
    ``grace_seconds`` is the time in which answers are completed when the server is stopped.
    """

    head_seconds: float = 10
    head_bytes: int = 1 << 16
    body_seconds: float = 20
    piece_seconds: float = 60
    connections: int = 4096
    grace_seconds: float = 10


_LIMITS: Final = ServerLimits()


def free_address(host: str, port: int) -> tuple[str, int]:
    """Return an address at which a server can be started; port 0 stands for any that is free.

    Raises ``UsageError`` where the address is in use or is none of this machine.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            address = probe.getsockname()
    except UnicodeError:  # what no host can be called
        raise UsageError(f"cannot listen at {host!r}: this is no name or address of a host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} of {host} is in use; stop the program that uses it, or name another with --port"
        else:
            message = f"cannot listen at {host}, port {port}: {reason(error)}"
        raise UsageError(message) from None
    return str(address[0]), int(address[1])


def url_of(host: str, port: int) -> str:
    """Return the URL of a server.

    >>> url_of("127.0.0.1", 8000), url_of("::1", 8000)
    ('http://127.0.0.1:8000/', 'http://[::1]:8000/')
    """
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_preview(root: Path, host: str, port: int, ready: Ready, cache: Path | None = None) -> None:
    """Serve a preview of the workspace at ``root`` until Ctrl-C; ``ready`` gets the URL once it can be opened.

    Raises ``UsageError`` where the address cannot be used.
    """

    async def serve() -> None:
        from publisher.serve.app import Signal, preview_app

        preview, changes = Preview(root, cache), Signal()

        def watch() -> None:
            try:
                preview.watch(changes.set)
            except Exception:
                if not changes.is_closed:  # the end of the process ends what the thread works with
                    raise

        # a thread that is in the middle of a validation does not keep the process from ending
        threading.Thread(target=watch, daemon=True).start()
        # requests may name the server by any name where it can be reached from other machines
        app = preview_app(preview, changes, _LOOPBACK if host in _LOOPBACK else ())
        await serve_app(app, address, ready, changes.close)

    address = free_address(host, port)
    _run(serve)


class Operation(NamedTuple):
    """How a server is operated: the log of its requests, and the proxies whose ``X-Forwarded-For`` is believed.

    ``store`` is the endpoint that answers queries in place of workers, with the credentials for it.
    """

    log: AccessLog | None = None
    proxies: tuple[str, ...] = ()
    queries: QueryOptions = QueryOptions()
    store: tuple[str, Credentials | None] | None = None


def run_published(config: Config, dist: Path, host: str, port: int, ready: Ready, operation: Operation) -> None:
    """Serve the site in the folder ``dist`` until Ctrl-C, as ``run_preview`` does.

    Raises ``UsageError`` where there is no site, too.
    """

    async def site_fault() -> str:
        return "" if site.mark() else "there is no site; 'publisher build' makes it"

    async def serve() -> None:
        from publisher.serve.api.app import ApiApplication
        from publisher.serve.api.dataset import PublishedDataset
        from publisher.serve.api.service import QueryService
        from publisher.serve.observe import Observer
        from publisher.serve.sparql.endpoint import SparqlEndpoint
        from publisher.serve.static import SiteApplication

        program = hashlib.sha256((config.root / FILE_NAME).read_bytes()).hexdigest() + __version__

        def version() -> str:
            return f"{site.digest()} {queries.version} {program}" if queries.version else ""

        def dataset_version() -> str:
            return f"{queries.version} {program}" if queries.version else ""

        async with _queries(config, dist, site, operation) as queries:
            service = QueryService(PublishedDataset(config, dist, site.mark), queries.run)
            sparql = SparqlEndpoint(queries, config.site.base_path, service.marked, dataset_version, config.prefixes)
            pages = SiteApplication(site)
            app = sparql.mounted(ApiApplication(service, version).mounted(pages))

            def at_once(scope: Scope) -> Messages | None:
                return pages.cached(scope) or sparql.at_once(scope)

            checks = {"site": site_fault, "queries": queries.fault}
            observer = Observer(app, checks, operation.log, queries.count_workers)
            await serve_app(
                observer, address, ready, observe=observer.observe, cached=at_once, proxies=operation.proxies
            )

    site, address = PublishedSite(config, dist, has_markdown=True), free_address(host, port)
    _run(serve)


def _queries(
    config: Config, dist: Path, site: PublishedSite, operation: Operation
) -> PublishedQueries | ForwardedQueries:
    if operation.store:
        return ForwardedQueries(*operation.store, operation.queries)
    return PublishedQueries(dist, index_folder(config), site.mark, operation.queries)


def _run(serve: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve())


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes an event loop of uvloop, which saves a fifth of a request; ``None`` where it is missing."""
    try:
        import uvloop
    except ImportError:  # on Windows
        return None
    return uvloop.new_event_loop


async def serve_app(
    application: ASGIApp,
    address: tuple[str, int],
    ready: Ready,
    close: Callable[[], None] = lambda: None,
    *,
    observe: Callable[[Exchange], None] = lambda _: None,
    cached: Callable[[Scope], Messages | None] | None = None,
    proxies: Sequence[str] = (),
    limits: ServerLimits = _LIMITS,
) -> None:
    """Run granian in this process until SIGINT or SIGTERM; ``close`` ends the answers that never end.

    ``observe`` is that of ``Guard``, and ``cached`` that of ``DirectAnswers``; both are called in any thread. With
    ``cached``, end the process by ``end_process`` afterwards.
    ``proxies`` are those whose ``X-Forwarded-For`` is believed.
    """
    from granian.utils.proxies import wrap_asgi_with_proxy_headers

    seconds = {"body_seconds": limits.body_seconds, "piece_seconds": limits.piece_seconds}
    guard = Guard(application, observe, **seconds)
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def proxied(app: Any) -> Any:
        return wrap_asgi_with_proxy_headers(app, [*proxies]) if proxies else app

    server = _server(proxied(guard), address, limits)
    spawn = spawn_with(proxied(DirectAnswers(cached, observe))) if cached else None

    def stop() -> None:
        close()
        server.stop()
        stopped.set()

    with suppress(NotImplementedError):  # on Windows, where Ctrl-C ends the loop
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    serving = asyncio.ensure_future(server.serve(spawn))
    while not serving.done() and not await _answers(*address):
        await asyncio.sleep(0.02)
    if not serving.done():
        ready(url_of(*address))
    await asyncio.wait((serving, asyncio.ensure_future(stopped.wait())), return_when=asyncio.FIRST_COMPLETED)
    if stopped.is_set():
        await _drain(serving, guard, limits.grace_seconds)
    else:
        await serving


def _server(application: ASGIApp, address: tuple[str, int], limits: ServerLimits) -> Any:
    """Return a server with limits for connections that are slow or never say anything.

    It speaks HTTP/1.1 alone, since granian bounds the time until a request only where it need not guess the version.
    The time for the head of a request is also that of a connection between two requests.
    """
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    _raise_file_limit(limits.connections)
    head = HTTP1Settings(header_read_timeout=int(limits.head_seconds * 1000), max_buffer_size=limits.head_bytes)
    return Server(
        application,
        *address,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=head,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=limits.connections,
        log_enabled=False,
    )


def _raise_file_limit(connections: int) -> None:
    """Allow as many open connections as the server takes, where the system lets it."""
    with suppress(ImportError, ValueError, OSError):  # ImportError: on Windows, which has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = connections + 512 if hard == resource.RLIM_INFINITY else min(hard, connections + 512)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _drain(serving: asyncio.Future[None], guard: Guard, seconds: float) -> None:
    """Wait for the answers that have begun; granian itself would wait for clients that never read theirs."""
    end = time.monotonic() + seconds
    while guard.running and time.monotonic() < end:
        await asyncio.sleep(0.05)
    await asyncio.wait((serving,), timeout=_LAST_BYTES)


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
