"""Start real triple stores on loopback, with data of their own that go afterwards."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher.stores import PROFILES, Target, find_target
from publisher.wire import Credentials

LIB = Path(__file__).parent / "stores" / "lib"
_UNION = "--set=tdb:unionDefaultGraph=true"
INSTALL = "tests/stores/install"
STORES = ("oxigraph", "fuseki", "virtuoso")
PASSWORD = "not-a-secret"  # noqa: S105 (of a store that lives as long as a test)

_VIRTUOSO = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 20000
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
[SPARQL]
ResultSetMaxRows = 1000000
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def oxigraph_program() -> str | None:
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.is_file() else shutil.which("oxigraph")


def fuseki_jar() -> Path | None:
    return next(iter(sorted(LIB.glob("jena-fuseki-server-*.jar"))), None)


def is_installed(name: str) -> bool:
    return {
        "oxigraph": oxigraph_program() is not None,
        "fuseki": fuseki_jar() is not None and shutil.which("java") is not None,
        "virtuoso": shutil.which("virtuoso-t") is not None,
    }[name]


@dataclass
class Running:
    """A store that can be stopped, killed and started again with the data it had."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    sql_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}" + ("/ds" if self.name == "fuseki" else "")

    def target(self, method: str | None = None, port: int | None = None) -> Target:
        url = self.url.replace(f":{self.port}", f":{port or self.port}")
        found = find_target({self.name: {"profile": self.name, "url": url}}, self.name, None, method)
        user = Credentials("dba", PASSWORD, is_digest=True) if self.name == "virtuoso" else None
        return Target(**{**vars(found), "credentials": user})

    def command(self) -> Sequence[str]:
        if self.name == "oxigraph":
            bind = f"127.0.0.1:{self.port}"
            return [
                str(oxigraph_program()),
                "serve",
                "--location",
                str(self.folder / "ox"),
                "--bind",
                bind,
                "--union-default-graph",
            ]
        if self.name == "fuseki":
            data = self.folder / "tdb2"
            data.mkdir(exist_ok=True)
            options = ["--localhost", f"--port={self.port}", "--tdb2", f"--loc={data}", "--update", _UNION, "/ds"]
            return ["java", "-Xmx1g", "-jar", str(fuseki_jar()), *options]
        return ["virtuoso-t", "+foreground", "+configfile", str(self.folder / "v.ini")]

    def start(self) -> None:
        if self.name == "virtuoso" and not (self.folder / "v.ini").exists():
            settings = _VIRTUOSO.format(folder=self.folder, port=self.port, sql=self.sql_port)
            (self.folder / "v.ini").write_text(settings, encoding="utf-8")
            first = ["+pwdold", "dba", "+pwddba", PASSWORD, "+pwddav", PASSWORD]
            subprocess.run([*self.command(), *first], cwd=self.folder, check=True, capture_output=True)
        (self.folder / "virtuoso.lck").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait(PROFILES[self.name].query.replace("-auth", ""))

    def _wait(self, path: str) -> None:
        assert self.process
        for _ in range(600):
            assert self.process.poll() is None, f"{self.name} ended"
            try:
                with urllib.request.urlopen(self.url + path + "?query=ASK%7B%7D", timeout=5):  # noqa: S310 (our own)
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        pytest.fail(f"{self.name} does not answer")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def running(name: str, folder: Path) -> Iterator[Running]:
    """Start a store, and kill it in the end."""
    store = Running(name, folder)
    try:
        store.start()
        yield store
    finally:
        store.kill()


@contextmanager
def cutting_proxy(port: int, after: int) -> Iterator[int]:
    """Yield a port that leads to ``port`` until ``after`` bytes went there; then every connection is cut."""
    left = [after]

    def pump(source: socket.socket, sink: socket.socket, *, counts: bool) -> None:
        with suppress(OSError):
            while (data := source.recv(1 << 14)) and left[0] > 0:
                left[0] -= len(data) if counts else 0
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", port))
                ends.extend((client, server))
                for source, sink, counts in ((client, server, True), (server, client, False)):
                    threading.Thread(target=pump, args=(source, sink), kwargs={"counts": counts}).start()

    ends: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for end in ends:
                end.close()
