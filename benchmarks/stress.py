"""Load a server for minutes, with a tenth of the clients hostile: ``python -m benchmarks.stress --seconds 120``.

Exit code 1 means that the server did not hold: an error that it did not choose, memory without a bound, a process that
was left, or no answers afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from benchmarks.servers import ROOT, Server, ours, published, wait_for
from publisher.workspace.config import load_config

_PATIENCE: Final = 60.0  # seconds for an answer
_SEED: Final = 20261128
_HOSTILE_QUERIES: Final = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a",
    "SELECT * { ?a (!<http://x>)* ?b . ?b (!<http://y>)* ?c }",
    'SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "^(a|b|ab)*c$")) }',
    'SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?f)); separator="") AS ?all) { ?a ?b ?c . ?d ?e ?f }',
    "SELECT * { ?a ?b ?c . ?d ?e ?f }",
)


@dataclass
class Outcome:
    """What the clients saw: answers by kind of request and status, seconds of answers, and the memory of the server."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def add(self, kind: str, status: str, seconds: float) -> None:
        """Note an answer."""
        self.answers[kind, status] += 1
        if status == "200":
            self.seconds.setdefault(kind, []).append(seconds)


@dataclass
class Target:
    """Where the clients send requests, what there is to ask for, and until when they do."""

    host: str
    port: int
    base: str
    names: Sequence[str]
    end: float
    outcome: Outcome
    pause: float

    def is_over(self) -> bool:
        """Tell whether the time is over."""
        return time.monotonic() >= self.end


class Client:
    """A client with an address of its own, which a trusted proxy would tell."""

    def __init__(self, target: Target, number: int) -> None:
        self.target, self.random = target, random.Random(_SEED + number)  # noqa: S311 (no secret)
        self._address = f"198.18.{number // 250}.{number % 250 + 1}"

    def request(self, path: str, accept: str = "*/*") -> bytes:
        """Return a request for a path."""
        host = f"{self.target.host}:{self.target.port}"
        lines = (f"GET {path} HTTP/1.1", f"Host: {host}", f"Accept: {accept}", f"X-Forwarded-For: {self._address}")
        return "\r\n".join((*lines, "", "")).encode()

    async def ask(self, kind: str, content: bytes) -> str:
        """Send a request on a connection of its own; note and return the status."""
        begin, status = time.perf_counter(), "no answer"
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_connection(self.target.host, self.target.port)
                try:
                    writer.write(content)
                    status = ((await reader.readline()).decode("latin-1").split(" ")[1:2] or [status])[0]
                    body = await self._rest(reader)
                finally:
                    writer.close()
                if status.startswith("5") and not (status in ("503", "504") and b"limit: " in body):
                    self.target.outcome.complaints.append(f"{kind}: {status} {body[-200:]!r}")
        if status == "no answer" and kind in ("thing", "document", "point query"):
            self.target.outcome.complaints.append(f"{kind}: no answer")
        self.target.outcome.add(kind, status, time.perf_counter() - begin)
        return status

    async def _rest(self, reader: asyncio.StreamReader) -> bytes:
        """Read an answer to its end; of a long one, the end is returned."""
        length = None
        while (line := await reader.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if length is not None:
            return await reader.readexactly(length)
        last = b""
        while not last.endswith(b"0\r\n\r\n") and (part := await reader.read(1 << 16)):
            last = (last + part)[-200:]
        return last


async def visit(client: Client) -> None:
    """Ask for things, documents and what is said of things, with pauses."""
    target = client.target
    while not target.is_over():
        name = client.random.choice(target.names)
        match client.random.randrange(4):
            case 0:
                await client.ask("thing", client.request(f"/id/{quote(name)}", "text/turtle"))
            case 1:
                await client.ask("document", client.request(f"/id/{quote(name)}.html"))
            case _:
                query = urlencode({"query": f"SELECT ?p ?o {{ <{target.base}id/{name}> ?p ?o }}"})
                await client.ask("point query", client.request(f"/sparql?{query}"))
        await asyncio.sleep(client.random.random() * 2 * target.pause)


async def compute(client: Client) -> None:
    """Send queries that do not end."""
    query = urlencode({"query": client.random.choice(_HOSTILE_QUERIES)})
    await client.ask("hostile query", client.request(f"/sparql?{query}"))


async def leave(client: Client) -> None:
    """Send a query that does not end, and close the connection."""
    query = urlencode({"query": client.random.choice(_HOSTILE_QUERIES)})
    await _send(client, client.request(f"/sparql?{query}"), client.random.random())


async def crawl(client: Client) -> None:
    """Ask for files outside of the site, and for paths that are none."""
    paths = (
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%00",
        "/%ff%fe",
        "//etc/passwd",
        "/" + "a/" * 3000,
        "/id/%0d%0aX",
    )
    status = await client.ask("bad path", client.request(client.random.choice(paths)))
    if status == "200":
        client.target.outcome.complaints.append("a path outside of the site was answered by 200")


async def flood(client: Client) -> None:
    """Send a head without an end, or bytes that are no HTTP."""
    head = client.request("/")[:-2]
    content = client.random.choice((head + b"A: " + b"a" * (1 << 20), head + b"A: b\r\n" * 5000, os.urandom(1000)))
    await _send(client, content, 1)


async def hang(client: Client) -> None:
    """Send a part of a head or of a body, and then a byte now and then, or nothing."""
    post = client.request("/sparql").replace(b"GET", b"POST")[:-2]
    body = post + b"Content-Type: application/sparql-query\r\nContent-Length: 9999\r\n\r\nSELECT"
    await _send(client, client.random.choice((b"", b"GET / HT", client.request("/")[:-2], body)), 25, drip=b"a")


async def starve(client: Client) -> None:
    """Ask for much, and read nothing."""
    await _send(client, client.request("/dumps/all.nq"), 20, reads=False)


async def _send(client: Client, content: bytes, seconds: float, *, drip: bytes = b"", reads: bool = True) -> None:
    """Send bytes and leave after so many seconds, or when the server hangs up."""
    target = client.target
    with suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection(target.host, target.port)
        end = min(time.monotonic() + seconds, target.end)
        try:
            writer.write(content)
            while time.monotonic() < end:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(1.0, max(end - time.monotonic(), 0))):
                        if reads and not await reader.read(1 << 16):
                            break
                        await asyncio.sleep(0 if reads else 1)
                writer.write(drip)
                await writer.drain()
        finally:
            writer.transport.abort()
    target.outcome.answers["hostile connection", "left"] += 1


_HOSTILE: Final[Sequence[Callable[[Client], Awaitable[None]]]] = (compute, leave, compute, crawl, flood, hang, starve)


async def attack(client: Client, deed: Callable[[Client], Awaitable[None]]) -> None:
    """Do a hostile deed again and again."""
    while not client.target.is_over():
        await deed(client)
        await asyncio.sleep(0.05)


async def run(server: Server, target: Target, clients: int) -> None:
    """Run the clients, a tenth of them hostile, and measure the memory of the server."""

    async def watch() -> None:
        while not target.is_over():
            target.outcome.memory.append(server.memory())
            await asyncio.sleep(1)

    hostile = clients // 10
    deeds = [attack(Client(target, number), _HOSTILE[number % len(_HOSTILE)]) for number in range(hostile)]
    visits = [visit(Client(target, number)) for number in range(hostile, clients)]
    await asyncio.gather(watch(), *deeds, *visits)


def main(argv: list[str] | None = None) -> int:
    """Load the server, and print what came of it."""
    options = _options(argv)
    config, dist = (load_config(ROOT), options.dist) if options.dist else published()
    names = sorted(path.stem for path in (dist / "id").glob("*.ttl"))
    outcome = Outcome()
    limits = ("--timeout", str(options.timeout), "--memory", str(options.memory), "--proxy", "127.0.0.1")
    with ours(dist, *limits, is_on_one_core=False) as server:
        point = f"{server.url}sparql?{urlencode({'query': 'ASK {}'})}"
        wait_for(point, 200)
        parts = urlsplit(server.url)
        end = time.monotonic() + options.seconds
        target = Target(str(parts.hostname), parts.port or 80, config.base, names, end, outcome, options.pause)
        asyncio.run(run(server, target, options.clients))
        after = wait_for(point, 200)
        wait_for(f"{server.url}-/health", 200)
        processes = server.processes()
    left = [pid for pid in processes if Path(f"/proc/{pid}").exists()]
    outcome.complaints += [f"process {pid} was left" for pid in left]
    bound = 500 + options.memory * max(2, os.cpu_count() or 1)
    if max(outcome.memory) > bound:
        outcome.complaints.append(f"it took {max(outcome.memory):,.0f} MiB; expected at most {bound:,}")
    print(told(outcome, after))
    return 1 if outcome.complaints else 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stress", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--seconds", type=float, default=120, help="of the load (default: 120)")
    add("--clients", type=int, default=200, help="at once, a tenth of them hostile (default: 200)")
    add("--pause", type=float, default=0.5, metavar="S", help="between two requests of a client (default: 0.5)")
    add("--timeout", type=float, default=2, metavar="S", help="the limit of a query (default: 2)")
    add("--memory", type=int, default=512, metavar="MB", help="the limit of a query (default: 512)")
    add("--dist", type=Path, help="a site of this workspace that is built already")
    return parser.parse_args(argv)


def told(outcome: Outcome, after: float) -> str:
    """Return what came of a load, as text."""
    lines = [f"{count:9,}  {kind}: {status}" for (kind, status), count in sorted(outcome.answers.items())]
    for kind, seconds in sorted(outcome.seconds.items()):
        many = sorted(seconds)
        last = many[min(int(len(many) * 0.99), len(many) - 1)]
        lines.append(f"{kind}: median {1000 * statistics.median(many):,.0f} ms, 99 % within {1000 * last:,.0f} ms")
    lines.append(f"memory: {outcome.memory[0]:,.0f} MiB at first, {max(outcome.memory):,.0f} MiB at most")
    lines.append(f"the first answer afterwards took {1000 * after:,.0f} ms")
    return "\n".join([*lines, *(f"WRONG: {complaint}" for complaint in outcome.complaints[:20])])


if __name__ == "__main__":
    sys.exit(main())
