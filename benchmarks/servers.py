"""Start servers with the same files and data, each on one core, and say what their processes take."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.tasks import WORK
from publisher.build.pipeline import build
from publisher.workspace.config import Config, load_config
from tests.running import free_port, oxigraph_program

ROOT: Final = Path(__file__).parent.parent
OURS: Final = "publisher serve"
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PATIENCE: Final = 60.0  # seconds
_NGINX: Final = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; default_type text/plain;
  types {{ text/html html; text/turtle ttl; application/ld+json jsonld; application/n-triples nt; }}
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  map $http_accept $extension {{ default .html; "~*text/turtle" .ttl; "~*ld\\+json" .jsonld; }}
  server {{
    listen 127.0.0.1:{port}; root {root};
    location ~ ^/id/[^.]*$ {{ add_header Vary Accept always; return 303 $uri$extension; }}
  }}
}}
"""


@dataclass
class Server:
    """A server that runs: its URL, and its first process."""

    name: str
    url: str
    process: subprocess.Popen[str]

    def processes(self) -> list[int]:
        """Return the ids of the process and of all that it has started."""
        found = [self.process.pid]
        for pid in found:
            with suppress(OSError):  # it has ended
                for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - an iterator would be left open
                    children = Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="utf-8")
                    found += [int(child) for child in children.split()]
        return found

    def cpu(self) -> float:
        """Return the seconds of CPU time that the processes and those that have ended took."""
        fields = [_stat(pid) for pid in self.processes()]
        own = sum(int(values[place]) for values in fields if values for place in (11, 12))
        ended = sum(int(values[place]) for values in fields[:1] if values for place in (13, 14))
        return (own + ended) / _TICKS

    def memory(self) -> float:
        """Return the MiB that the processes have in memory, each with what it shares with others."""
        pages = sum(int(values[21]) for pid in self.processes() if (values := _stat(pid)))
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _stat(pid: int) -> list[str]:
    """Return the fields of the state of a process from the third on; none where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def published() -> tuple[Config, Path]:
    """Return the workspace of this repository, and its site, built once for all measurements."""
    config, dist = load_config(ROOT), WORK / "serve" / "dist"
    if not dist.is_dir():
        dist.parent.mkdir(parents=True, exist_ok=True)
        if build(config, dist).folder is None:
            raise RuntimeError("the workspace cannot be published")
    return config, dist


def on_one_core(command: Sequence[str | Path]) -> list[str]:
    """Return a command that leaves all cores but the first to the load."""
    return ["taskset", "--cpu-list", "0", *map(str, command)] if shutil.which("taskset") else list(map(str, command))


@contextmanager
def ours(dist: Path, *options: str, is_on_one_core: bool = True) -> Iterator[Server]:
    """Run ``publisher serve`` on a site."""
    command = [sys.executable, "-m", "publisher", "serve", "--workspace", str(ROOT), "--out", str(dist), "--port", "0"]
    full = [*command, *options]
    process = subprocess.Popen(  # noqa: S603 (ours)
        on_one_core(full) if is_on_one_core else full, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr  # noqa: S101
    line = process.stderr.readline()
    match = re.search(r"http://\S+/", line)
    if match is None:
        raise RuntimeError(line + process.stderr.read())
    copying = threading.Thread(target=shutil.copyfileobj, args=(process.stderr, sys.stderr), daemon=True)
    copying.start()
    with _ended(process):
        yield Server(OURS, match[0].rstrip(";"), process)
    copying.join(_PATIENCE)
    process.stderr.close()


@contextmanager
def nginx(dist: Path, folder: Path) -> Iterator[Server]:
    """Run nginx on the same files, with the formats by a regular expression."""
    port = free_port()
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port, root=dist), encoding="utf-8")
    yield from _served("nginx", ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors"], port)


@contextmanager
def oxigraph(dist: Path, folder: Path) -> Iterator[Server]:
    """Run the server of Oxigraph on the same data."""
    program, port = str(oxigraph_program()), free_port()
    load: list[str | Path] = [program, "load", "--location", folder / "store", "--file", dist / "dumps" / "all.nq"]
    subprocess.run(load, check=True, capture_output=True)  # noqa: S603 (ours)
    options: list[str | Path] = ["--location", folder / "store", "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    yield from _served("oxigraph", [program, "serve-read-only", *options], port)


def _served(name: str, command: Sequence[str | Path], port: int) -> Iterator[Server]:
    url = f"http://127.0.0.1:{port}/"
    with _ended(subprocess.Popen(on_one_core(command), stderr=subprocess.DEVNULL, text=True)) as process:  # noqa: S603 (ours)
        wait_for(url)
        yield Server(name, url, process)


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)


def wait_for(url: str, status: int = 0) -> float:
    """Return how many seconds it took until a URL was answered, by a status if one is given."""
    start = time.perf_counter()
    while time.perf_counter() - start < _PATIENCE:
        try:
            if httpx.get(url, timeout=_PATIENCE).status_code == status or not status:
                return time.perf_counter() - start
        except httpx.TransportError:
            time.sleep(0.01)
    raise TimeoutError(url)
