"""Measure serving beside nginx and the server of Oxigraph: ``python -m benchmarks.serve --rounds 3``.

Each server has one core, and wrk another one. Rounds take turns, and medians are told.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from benchmarks.__main__ import DOCUMENT, machine
from benchmarks.servers import OURS, Server, nginx, ours, oxigraph, published, wait_for
from benchmarks.table import grid, show

BEGIN: Final = "<!-- serve results: written by python -m benchmarks.serve, not by hand -->"
END: Final = "<!-- end of serve results -->"
_CONNECTIONS: Final = 16
_LUA: Final = """
local paths, number = {{ {paths} }}, {first}
function request()
  number = number + 1
  local path = string.gsub(paths[(number - 1) % #paths + 1], "NUMBER", number)
  return wrk.format("GET", path, {{ Accept = "{accept}" }})
end
"""
_TURTLE: Final = "text/turtle"
_JSON: Final = "application/sparql-results+json"


class Work(NamedTuple):
    """What the servers are asked: the paths in turn, and the header ``Accept``.

    ``NUMBER`` in a path is another number each time, so that no request is one that was answered before.
    """

    name: str
    paths: tuple[str, ...]
    accept: str


class Load(NamedTuple):
    """What wrk measured: requests a second, and for each second of CPU time; milliseconds of the 99th percentile."""

    rate: float
    per_cpu: float
    p99: float


def main(argv: list[str] | None = None) -> int:
    """Measure, and print or write the table."""
    options = _options(argv)
    if missing := [name for name in ("wrk", "nginx", "taskset") if not shutil.which(name)]:
        print(f"Not installed: {', '.join(missing)}; run apt-get install wrk nginx util-linux", file=sys.stderr)
        return 2
    config, dist = published()
    names = sorted(path.stem for path in (dist / "id").glob("*.ttl"))
    measured: dict[tuple[str, str], list[Load]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-") as temporary, ExitStack() as stack:
        folders = [Path(temporary) / name for name in ("nginx", "oxigraph")]
        for folder in folders:
            folder.mkdir()
        begin = time.perf_counter()
        own = stack.enter_context(ours(dist, "--workers", "1"))
        first = time.perf_counter() - begin + wait_for(f"{own.url}sparql?{urlencode({'query': 'ASK {}'})}", 200)
        web = stack.enter_context(nginx(dist, folders[0]))
        store = stack.enter_context(oxigraph(dist, folders[1]))
        pair = pairs(names)
        things = [f"{config.base}id/{name}" for name in names]
        points = [
            (server, points_of(things, path, is_new=is_new))
            for is_new in (True, False)
            for server, path in ((own, "/sparql"), (store, "/query"))
        ]
        cases = ((own, pair), (web, pair), *points)
        for _ in range(options.rounds):
            for server, work in cases:
                load = measure(server, work, options.seconds, Path(temporary))
                measured[work.name, server.name].append(load)
                print(f"{load.rate:9,.0f}/s {load.per_cpu:9,.0f}/CPU s  {work.name}: {server.name}", flush=True)
    text = render({key: _median(loads) for key, loads in measured.items()}, first, options)
    show(text, DOCUMENT if options.write else None, BEGIN, END)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="runs of each server (default: 3)")
    add("--seconds", type=int, default=5, help="of each run (default: 5)")
    add("--write", action="store_true", help="write the table into docs/performance.md")
    return parser.parse_args(argv)


def pairs(names: Iterable[str]) -> Work:
    """Return requests for things in turn, each followed by one for the document that the answer leads to."""
    paths = (path for name in names for path in (f"/id/{quote(name)}", f"/id/{quote(name)}.ttl"))
    return Work("303 and document", tuple(paths), _TURTLE)


def points_of(things: Iterable[str], path: str, *, is_new: bool = True) -> Work:
    """Return queries for what is said of each thing, at the path of an endpoint; each is new, or asked again."""
    limit = "NUMBER" if is_new else "1000000"
    queries = (urlencode({"query": f"SELECT ?p ?o {{ <{thing}> ?p ?o }} LIMIT {limit}"}) for thing in things)
    name = "point query" if is_new else "point query, asked again"
    return Work(name, tuple(f"{path}?{query}" for query in queries), _JSON)


def measure(server: Server, work: Work, seconds: int, folder: Path) -> Load:
    """Load a server for so many seconds. Raises ``RuntimeError`` for an answer that is an error."""
    script = folder / "requests.lua"
    first = random.randrange(1_000_000, 900_000_000)  # noqa: S311 (no secret)
    paths = ", ".join(map(json.dumps, work.paths))
    script.write_text(_LUA.format(paths=paths, accept=work.accept, first=first), encoding="utf-8")
    options = ["-t1", f"-c{_CONNECTIONS}", f"-d{seconds}", "--latency", "-s", script, server.url]
    before = server.cpu()
    command = ["taskset", "--cpu-list", "1-1023", "wrk", *map(str, options)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 (on PATH)
    return read_wrk(told, server.cpu() - before)


def read_wrk(text: str, cpu: float) -> Load:
    """Read what wrk printed of a run that took ``cpu`` seconds of CPU time of the server."""
    if wrong := re.search(r"(Non-2xx.*|Socket errors.*)", text):
        raise RuntimeError(wrong[1])
    count = int(re.findall(r"(\d+) requests in", text)[0])
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", text)[0])
    number, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", text)[0]
    return Load(rate, count / max(cpu, 0.01), float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit])


def _median(loads: Sequence[Load]) -> Load:
    return Load(*(statistics.median(values) for values in zip(*loads, strict=True)))


def render(medians: dict[tuple[str, str], Load], first: float, options: argparse.Namespace) -> str:
    """Return the table and what it depends on."""
    rows = []
    for (work, name), load in medians.items():
        own = medians[work, OURS]
        ratio = f"{own.per_cpu / load.per_cpu:.0%}".replace("%", " %") if name != OURS else ""
        rows.append((work, name, f"{load.rate:,.0f}", f"{load.per_cpu:,.0f}", ratio, f"{load.p99:.1f}"))
    head = ("request", "server", "requests/s", "requests/CPU s", f"{OURS} / this", "99 % within ms")
    servers = f"granian {version('granian')}, {_nginx_version()}, Oxigraph {version('oxigraph')}"
    told = f"{options.rounds} rounds of {options.seconds} s, {_CONNECTIONS} connections; {machine()}; {servers}"
    start = f"From the start of the command to the first answer of `/sparql`: {first:.1f} s."
    return f"> {told}\n\n{grid(head, 'llrrrr', rows)}\n\n{start}"


def _nginx_version() -> str:
    told = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False).stderr  # noqa: S607 (on PATH)
    return told.strip().rpartition(" ")[2].replace("/", " ")


if __name__ == "__main__":
    sys.exit(main())
