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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from publisher.http import Credentials
from publisher.load.profiles import PROFILES, Target, find_target
from publisher.workspace.config import StoreTable

LIB = Path(__file__).parent / "stores" / "lib"
INSTALL = "tests/stores/install"
STORES = ("oxigraph", "fuseki", "virtuoso", "rdf4j")
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
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
[SPARQL]
ResultSetMaxRows = 1000000
"""

_REPOSITORY = b"""\
@prefix rep: <http://www.openrdf.org/config/repository#> .
@prefix sr: <http://www.openrdf.org/config/repository/sail#> .
@prefix sail: <http://www.openrdf.org/config/sail#> .
[] a rep:Repository ; rep:repositoryID "ds" ; <http://www.w3.org/2000/01/rdf-schema#label> "ds" ;
  rep:repositoryImpl [ rep:repositoryType "openrdf:SailRepository" ;
    sr:sailImpl [ sail:sailType "openrdf:NativeStore" ] ] .
"""
_PATHS = {"fuseki": "/ds", "rdf4j": "/rdf4j-server/repositories/ds"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def oxigraph_program() -> str | None:
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.is_file() else shutil.which("oxigraph")


def fuseki_jar() -> Path | None:
    return next(iter(sorted(LIB.glob("jena-fuseki-server-*.jar"))), None)


def rdf4j() -> tuple[Path | None, Path | None]:
    """Return the container and the server."""
    first = (next(iter(sorted(LIB.glob(name))), None) for name in ("jetty-runner-*.jar", "rdf4j-http-server-*.war"))
    return next(first), next(first)


def is_installed(name: str) -> bool:
    return {
        "oxigraph": oxigraph_program() is not None,
        "fuseki": fuseki_jar() is not None and shutil.which("java") is not None,
        "virtuoso": shutil.which("virtuoso-t") is not None,
        "rdf4j": all(rdf4j()) and shutil.which("java") is not None,
    }[name]


@dataclass
class Running:
    """A store that can be stopped, killed and started again with the data it had."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    sql_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    is_read_only: bool = False  # from its next start on; of Oxigraph and Fuseki
    has_union: bool = True  # so, too

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}" + _PATHS.get(self.name, "")

    def target(self, method: str | None = None, port: int | None = None) -> Target:
        url = self.url.replace(f":{self.port}", f":{port or self.port}")
        found = find_target(
            {self.name: StoreTable(self.name, {"profile": self.name, "url": url})}, self.name, None, method
        )
        user = Credentials("dba", PASSWORD, is_digest=True) if self.name == "virtuoso" else None
        return Target(**{**vars(found), "credentials": user, "tools": self.tools()})

    def tools(self) -> dict[str, str]:
        """Return what its bulk loader must know."""
        if self.name == "virtuoso":
            return {"folder": str(self.folder), "sql": f"127.0.0.1:{self.sql_port}"}
        if self.name == "fuseki":
            return {"location": str(self.folder / "tdb2"), "program": str(fuseki_jar())}
        return {"location": str(self.folder / "ox")} if self.name == "oxigraph" else {}

    @contextmanager
    def bulk(self) -> Iterator[Target]:
        """Yield the target of the bulk loader; all but Virtuoso are stopped for as long."""
        offline = self.name != "virtuoso"
        if offline:
            self.stop()
        yield self.target("bulk")
        if offline:
            self.start()

    def command(self) -> Sequence[str]:
        union = [PROFILES[self.name].union_switch] if self.has_union else []
        if self.name == "oxigraph":
            verb = "serve-read-only" if self.is_read_only else "serve"
            options = ["--location", str(self.folder / "ox"), "--bind", f"127.0.0.1:{self.port}", *union]
            return [str(oxigraph_program()), verb, *options]
        if self.name == "fuseki":
            data = self.folder / "tdb2"
            data.mkdir(exist_ok=True)
            options = ["--localhost", f"--port={self.port}", "--tdb2", f"--loc={data}", *union, "/ds"]
            options[-1:-1] = [] if self.is_read_only else ["--update"]
            return ["java", "-Xmx1g", "-jar", str(fuseki_jar()), *options]
        if self.name == "rdf4j":
            container, server = rdf4j()
            home = f"-Dorg.eclipse.rdf4j.appdata.basedir={self.folder}"
            options = ["--host", "127.0.0.1", "--port", str(self.port), "--path", "/rdf4j-server", str(server)]
            return ["java", "-Xmx1g", home, "-jar", str(container), *options]
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
        if self.name == "rdf4j":
            self._wait(f"{self.url.partition('/repositories')[0]}/protocol")
            self._make_repository()
        else:
            self._wait(f"{self.url}{PROFILES[self.name].query.replace('-auth', '')}?query=ASK%7B%7D")

    def _make_repository(self) -> None:
        headers = {"Content-Type": "text/turtle"}
        asked = urllib.request.Request(self.url, _REPOSITORY, headers, method="PUT")  # noqa: S310 (our own)
        try:
            with urllib.request.urlopen(asked, timeout=30):  # noqa: S310 (our own)
                pass
        except urllib.error.HTTPError as error:
            assert error.code == 409, error  # it was there before
            error.close()

    def _wait(self, url: str) -> None:
        assert self.process
        for _ in range(600):
            assert self.process.poll() is None, f"{self.name} ended"
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own)
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        pytest.fail(f"{self.name} does not answer")

    def stop(self) -> None:
        """End in order: what it holds in memory is written."""
        if self.process:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

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
def disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """Make ``folder`` a disk of its own, of so many bytes (``50m``); yield what changes the size."""

    def mount(*options: str) -> None:
        subprocess.run(["mount", *options, str(folder)], check=True, capture_output=True)

    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    try:
        yield lambda wanted: mount("-o", f"remount,size={wanted}")
    finally:
        subprocess.run(["umount", str(folder)], check=True, capture_output=True)


def can_mount(folder: Path) -> bool:
    """Tell whether this user may do so, here."""
    try:
        with disk(folder, "1m"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def answering(answer: Callable[[str, bytes], bytes | None], port: int, status: int = 200) -> Iterator[int]:
    """Yield a port that leads to ``port``, but for the requests to which ``answer`` has an answer of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if (own := answer(self.path, body)) is not None:
                self._send(status, {"Content-Type": "text/html", "Location": f"http://127.0.0.1:{port}/"}, own)
                return
            url = f"http://127.0.0.1:{port}{self.path}"
            kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            told = httpx.post(url, content=body, headers=kept, timeout=60)
            named = ("Content-Type", "WWW-Authenticate")
            self._send(told.status_code, {n: told.headers[n] for n in named if n in told.headers}, told.content)

        def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            with suppress(OSError):  # who asked may be gone
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False  # what is still to be sent is sent before the proxy ends
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


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
            end.close()  # else who still sends waits for a reader

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
