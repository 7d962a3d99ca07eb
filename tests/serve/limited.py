"""Serve a small application with short limits: ``python -m tests.serve.limited``; prints its URL."""

from __future__ import annotations

import asyncio
import sys
import threading

from starlette.types import Receive, Scope, Send

from publisher.serve.direct import end_process
from publisher.serve.guard import Messages
from publisher.serve.server import ServerLimits, free_address, serve_app

LIMITS = ServerLimits(head_seconds=1, body_seconds=1, piece_seconds=1, grace_seconds=4)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, then answer as the path says."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/fails":
        raise RuntimeError("a mistake")
    if scope["path"] == "/late":
        await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/large":
        for _ in range(2000):
            await send({"type": "http.response.body", "body": bytes(1 << 18), "more_body": True})
    await send({"type": "http.response.body", "body": b"good"})


def cached(scope: Scope) -> Messages | None:
    """Return an answer for some paths, with the name of the thread that asks for it; fail for others."""
    if scope["path"] == "/fails-in-memory":
        raise RuntimeError("a mistake")
    if scope["path"] != "/in-memory":
        return None
    body = b"loop" if threading.current_thread() is threading.main_thread() else b"thread"
    return {"type": "http.response.start", "status": 200, "headers": []}, {"type": "http.response.body", "body": body}


def ready(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve_app(application, free_address("127.0.0.1", 0), ready, cached=cached, limits=LIMITS))
    sys.stdout.write("ended\n")
    end_process()
