"""Clients that are slow, say nothing, or say too much do not hold the server, nor keep it from ending."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from publisher.workspace.config import Config
from tests.conftest import ROOT, in_ci
from tests.serve.conftest import serving

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.serve.limited"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def connect(url: str, data: bytes) -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
    connection.sendall(data)
    return connection


def status(url: str, data: bytes) -> bytes:
    """Send what may be no request, and return the status line; empty where the server hangs up."""
    with connect(url, data) as connection:
        try:
            return connection.recv(1 << 16).partition(b"\r\n")[0]
        except ConnectionResetError:
            return b""


def test_limits(server: tuple[subprocess.Popen[str], str]) -> None:
    process, url = server
    silent = [connect(url, data) for data in (b"", b"GET / HT", HEAD, HEAD + b"\r\n")]
    for number, connection in enumerate(silent):  # the last one is answered first
        with connection:
            connection.recv(1 << 16)
            assert number < 3 or connection.recv(1 << 16) == b""
    assert status(url, HEAD + b"A: " + b"a" * (1 << 20) + b"\r\n\r\n").split()[1:2] in ([b"431"], [])
    assert b" 431 " in status(url, HEAD + b"A: b\r\n" * 200 + b"\r\n")
    assert status(url, b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n").split()[1:2] in ([b"414"], [b"431"], [])
    for data in (b"GET /\x00 HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02", b"GET / HTTP/9\r\n\r\n", HEAD + b" A: b\r\n\r\n"):
        assert b" 400 " in status(url, data), data
    assert status(url, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") in (b"", b"HTTP/1.1 400 Bad Request")
    body = HEAD.replace(b"GET", b"POST") + b"Content-Length: 9\r\n\r\nabc"
    assert status(url, body) == b"HTTP/1.1 408 Request Timeout"
    failed = httpx.get(f"{url}fails")
    assert (failed.status_code, failed.text) == (500, "The server failed; its log has the reason.\n")
    with httpx.Client(base_url=url) as client:
        paths = ("in-memory", "fails-in-memory", "in-memory", "")
        assert [client.get(path).text for path in paths] == ["thread", "good", "thread", "good"]
    with connect(url, HEAD.replace(b"/ ", b"/large ", 1) + b"\r\n") as unread:
        time.sleep(3)
        unread.settimeout(1)
        size = 0
        while part := unread.recv(1 << 20):
            size += len(part)
        assert size < 2000 << 18
    assert httpx.get(url).text == "good"
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "ended\n")
    assert "publisher: GET '/fails' failed" in errors
    assert "RuntimeError: a mistake" in errors


def test_answers_are_completed_before_the_end(server: tuple[subprocess.Popen[str], str]) -> None:
    process, url = server
    late, large = (HEAD.replace(b"/ ", path, 1) + b"\r\n" for path in (b"/late ", b"/large "))
    with connect(url, late) as answered, connect(url, HEAD), connect(url, large):
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGINT)
        assert answered.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
        output, _ = process.communicate(timeout=60)  # although a client reads nothing, and another says nothing
    assert (process.returncode, output) == (0, "ended\n")


@in_ci
def test_clients_whose_queries_are_stopped_leave_a_worker_to_the_others(config: Config, built: Path) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    options = ("--workers", "2", "--timeout", "2", "--proxy", "127.0.0.1")
    with (
        serving("--workspace", str(config.root), "--out", str(built), *options) as served,
        ThreadPoolExecutor() as pool,
    ):

        def ask(client: str, query: str) -> int:
            headers = {"X-Forwarded-For": client}
            return httpx.get(f"{served.url}sparql", params={"query": query}, headers=headers, timeout=60).status_code

        assert ask("192.0.2.3", "ASK {}") == 200
        first = [pool.submit(ask, f"192.0.2.{number}", endless) for number in (1, 2)]  # they take both workers
        assert {answer.result() for answer in first} == {504}
        stopped = [pool.submit(ask, f"192.0.2.{number}", endless) for number in (1, 2)]
        time.sleep(0.2)
        assert ask("192.0.2.3", "ASK {}") == 200
        assert not all(answer.done() for answer in stopped)
        assert {answer.result() for answer in stopped} == {504}
        assert served.interrupt() == 0
