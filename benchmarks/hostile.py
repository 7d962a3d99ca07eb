"""Send queries that take everything to ``publisher serve``, Oxigraph's own server and Fuseki, side by side.

``python -m benchmarks.hostile --dist dist`` prints a table: what the client saw, after how long, and how many seconds
of CPU the server took in the two seconds after that.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from tests.running import INSTALL, free_port, fuseki_jar, is_installed, oxigraph_program

_LIMIT: Final = 3  # seconds that each server is told
_PATIENCE: Final = 12.0  # seconds until the client gives up
_AFTER: Final = 2.0
_PRODUCT: Final = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
_NUMBERS: Final = " ".join(map(str, range(2000)))
_VALUES: Final = " ".join(f"VALUES ?{name} {{ {_NUMBERS} }}" for name in "abc")
_PAIRS: Final = "?a ?b ?c . ?d ?e ?f"
_TEXTS: Final = "CONCAT(STR(?c), STR(?f))"
QUERIES: Final = {
    "rows of a product": f"SELECT * {{ {_PRODUCT} }}",
    "COUNT of a product": f"SELECT (COUNT(*) AS ?n) {{ {_PRODUCT} }}",
    "ORDER BY of a product": f"SELECT * {{ {_PRODUCT} }} ORDER BY ?a",
    "paths (!p)*": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>)* ?b . ?c (!<urn:x>)* ?d }",
    "REGEX on a product": f"SELECT (COUNT(*) AS ?n) {{ {_PAIRS} FILTER(REGEX({_TEXTS}, '(x+)+y')) }}",
    "product of VALUES": f"SELECT (COUNT(*) AS ?n) {{ {_VALUES} }}",
    "GROUP_CONCAT of a product": f"SELECT (GROUP_CONCAT(STR(?a)) AS ?x) {{ {_PAIRS} }}",
    "DISTINCT of a product": f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {_PAIRS} BIND({_TEXTS} AS ?x) }}",
}

_Commands = tuple[list[str], list[str], str]  # that load and serve, and the URL of the endpoint


@contextmanager
def _started(command: list[str], url: str, folder: str | None = None) -> Iterator[int]:
    """Yield the id of a server that answers at a URL."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=folder) as server:  # noqa: S603 (never a shell)
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    httpx.get(url, params={"query": "ASK {}"}).raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield server.pid
        finally:
            server.kill()


@contextmanager
def _ours(dist: Path) -> Iterator[tuple[str, int]]:
    port = free_port()
    options = ["--out", str(dist), "--port", str(port), "--timeout", str(_LIMIT)]
    url = f"http://127.0.0.1:{port}/sparql"
    with _started([sys.executable, "-m", "publisher", "serve", *options], url) as process:
        yield url, process


@contextmanager
def _store(name: str, dist: Path) -> Iterator[tuple[str, int]]:
    """Yield URL and process of the server of a store that has loaded the dump."""
    if not is_installed(name):
        raise SystemExit(f"there is no {name} here; get it with: {INSTALL}")
    port, dump = free_port(), str(dist / "dumps" / "all.nt")
    with tempfile.TemporaryDirectory() as folder:
        load, serve, url = (_oxigraph if name == "oxigraph" else _fuseki)(folder, dump, port)
        subprocess.run(load, check=True, capture_output=True)  # noqa: S603 (a list, never a shell)
        with _started(serve, url, folder) as process:
            yield url, process


def _oxigraph(folder: str, dump: str, port: int) -> _Commands:
    program = str(oxigraph_program())
    options = f"-l {folder} -b 127.0.0.1:{port} --timeout-s {_LIMIT}"
    limited = f'ulimit -v 8000000; exec "{program}" serve-read-only {options}'
    return [program, "load", "-l", folder, "-f", dump], ["sh", "-c", limited], f"http://127.0.0.1:{port}/query"


def _fuseki(folder: str, dump: str, port: int) -> _Commands:
    jar, data = str(fuseki_jar()), f"--loc={folder}"
    options = ["--localhost", f"--port={port}", f"--timeout={_LIMIT * 1000}", "--tdb2", data, "/ds"]
    load = ["java", "-cp", jar, "tdb2.tdbloader", data, dump]
    return load, ["java", "-Xmx4g", "-jar", jar, *options], f"http://127.0.0.1:{port}/ds"


def _ask(url: str, query: str) -> str:
    """Return what a client sees, and after how many seconds."""
    begin, content, accept = time.monotonic(), bytearray(), {"Accept": "application/sparql-results+json"}
    try:
        with httpx.stream("POST", url, data={"query": query}, headers=accept, timeout=_PATIENCE) as answer:
            seen = str(answer.status_code)
            for part in answer.iter_bytes():
                content += part
                if time.monotonic() - begin > _PATIENCE:
                    seen = "no end"
                    break
            else:
                seen += f", {_completeness(content)}" if answer.is_success else ""
    except httpx.RemoteProtocolError:
        seen = "cut off: an error"
    except httpx.TimeoutException:
        seen = "no answer"
    except httpx.HTTPError as error:
        seen = type(error).__name__
    return f"{seen}, {time.monotonic() - begin:.1f} s"


def _completeness(content: bytearray) -> str:
    try:
        json.loads(content)
    except ValueError:
        return "JSON broken off"
    return "complete"


def _cpu(process: int) -> float:
    """Return the seconds of CPU that a process and its children have taken."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for path in tasks for child in path.read_text().split()]
    total = 0.0
    for each in (process, *children):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / 100
    return total


def measure(dist: Path) -> list[tuple[str, ...]]:
    """Return a row for each query: its name, and what happened at each server, which is started anew for it."""
    rows: list[tuple[str, ...]] = []
    for name, query in QUERIES.items():
        row = [name]
        for start in (_ours, partial(_store, "oxigraph"), partial(_store, "fuseki")):
            with start(dist) as (url, process):
                seen = _ask(url, query)
                before = _cpu(process)
                time.sleep(_AFTER)
                row += [seen, f"{max(0.0, _cpu(process) - before):.1f} s"]
        rows.append(tuple(row))
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=Path("dist"))
    servers = ("`publisher serve`", f"`oxigraph --timeout-s {_LIMIT}`", f"`fuseki --timeout={_LIMIT}000`")
    head = ("query", *(title for server in servers for title in (server, "CPU after")))
    rows = [head, ("---",) * len(head), *measure(parser.parse_args().dist)]
    sys.stdout.write("".join(f"| {' | '.join(row)} |\n" for row in rows))
