"""Look host names up so that a slow name server holds nothing up."""

from __future__ import annotations

import asyncio
import concurrent.futures
import socket
import threading
from typing import Any


class EventLoop(asyncio.SelectorEventLoop):
    """Looks names up in threads that end with the program: a look-up heeds no deadline, and cannot be cancelled."""

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """Return what ``socket.getaddrinfo`` returns."""
        addresses = concurrent.futures.Future[Any]()
        addresses.set_running_or_notify_cancel()

        def look_up() -> None:
            try:
                addresses.set_result(socket.getaddrinfo(*arguments, **options))
            except (OSError, ValueError) as error:
                addresses.set_exception(error)

        threading.Thread(target=look_up, daemon=True).start()
        return await asyncio.wrap_future(addresses)
