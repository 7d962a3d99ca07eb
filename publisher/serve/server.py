"""Run an ASGI application on an address of this machine until Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from publisher.errors import UsageError, reason
from publisher.serve.preview import Preview
from publisher.serve.published import PublishedSite
from publisher.workspace.config import Config

_MISSING: Final = "this command needs a web server; install it with: pip install 'geopol-publisher[serve]'"
Ready = Callable[[str], None]

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


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

    Raises ``UsageError`` where the address cannot be used, or the server is not installed.
    """

    async def serve() -> None:
        from publisher.serve.app import Signal, preview_app

        preview, changes = Preview(root, cache), Signal()
        # a thread that is in the middle of a validation does not keep the process from ending
        threading.Thread(target=preview.watch, args=(changes.set,), daemon=True).start()
        await _serve(preview_app(preview, changes, _hosts(host)), address, ready, changes.close)

    address = free_address(host, port)
    _run(serve)


def run_published(config: Config, dist: Path, host: str, port: int, ready: Ready) -> None:
    """Serve the site in the folder ``dist`` until Ctrl-C, as ``run_preview`` does.

    Raises ``UsageError`` where there is no site, too.
    """

    async def serve() -> None:
        from publisher.serve.app import published_app

        await _serve(published_app(site), address, ready, lambda: None)

    site, address = PublishedSite(config, dist), free_address(host, port)
    _run(serve)


def _run(serve: Callable[[], Coroutine[None, None, None]]) -> None:
    try:
        asyncio.run(serve())
    except ImportError:
        raise UsageError(_MISSING) from None


def _hosts(host: str) -> list[str]:
    """Return the names by which requests may name the server; none, where it can be reached from other machines."""
    return [*_LOOPBACK] if host in _LOOPBACK else []


async def _serve(application: Any, address: tuple[str, int], ready: Ready, close: Callable[[], None]) -> None:
    """Run granian in this process until SIGINT or SIGTERM; ``close`` ends the connections that never end."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    loop = asyncio.get_running_loop()
    server: Any = Server(application, *address, interface=Interfaces.ASGINL, log_enabled=False)

    def stop() -> None:
        close()
        server.stop()

    with suppress(NotImplementedError):  # on Windows, where Ctrl-C ends the loop
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    serving = asyncio.ensure_future(server.serve())
    while not serving.done() and not await _answers(*address):
        await asyncio.sleep(0.02)
    if not serving.done():
        ready(url_of(*address))
    await serving


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
