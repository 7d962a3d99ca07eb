"""The HTTP client against servers that redirect to others, never end, or answer more than anybody wants."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, repeat
from pathlib import Path

import pytest

from publisher.errors import EndpointError
from publisher.http import AnswerCache, Client, Credentials, Response, Retry, TransientError
from publisher.http.headers import retry_after
from publisher.link.client import Wikidata, open_client
from publisher.load.client import StoreClient, connect
from publisher.load.profiles import find_target
from publisher.query import endpoint
from publisher.workspace.config import Services

STATUSES = (301, 302, 303, 307, 308)
BASIC, DIGEST = Credentials("me", "s3cret"), Credentials("me", "s3cret", is_digest=True)
ROWS = b'{"head": {"vars": ["x"]}, "results": {"bindings": []}}'


# --- redirects ------------------------------------------------------------------------------------


@dataclass
class Server:
    """A server that answers with SPARQL results below ``/end``, and else redirects to ``location``."""

    url: str = ""
    status: int = 200
    location: str = ""
    asks_for: str = ""  # the scheme of authentication
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.title(): value for name, value in self.headers.items()}
            server.requests.append((self.command, self.path, headers, body))
            if server.asks_for and "Authorization" not in self.headers:
                self.reply(401, {"WWW-Authenticate": f'{server.asks_for} realm="r", nonce="n", qop="auth"'})
            elif self.path.startswith("/end"):
                self.reply(200, {"Content-Type": "application/sparql-results+json"}, ROWS)
            else:
                self.reply(server.status, {"Location": server.location, "Set-Cookie": "session=1; Path=/"})

        def reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names are those of the base class

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        server.url = f"http://127.0.0.1:{running.server_port}"
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        running.shutdown()


@pytest.fixture
def one() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Server]:
    with serving() as server:
        yield server


def is_refused(one: Server, other: Server, send: Callable[[], object]) -> None:
    """Check that a redirect from one server to the other is refused in words, and that nothing arrives there."""
    one.location = f"{other.url}/end?token=1"
    with pytest.raises(EndpointError) as caught:
        send()
    message = str(caught.value)
    assert f"{one.url} redirects to another server, {other.url}," in message
    assert f"use its URL: {other.url}/end" in message
    assert "s3cret" not in message
    assert other.requests == []


@pytest.mark.parametrize("credentials", [None, BASIC, DIGEST], ids=["nobody", "basic", "digest"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("status", STATUSES)
def test_redirect_to_another_server(
    status: int, method: str, credentials: Credentials | None, one: Server, other: Server
) -> None:
    one.status = status
    one.asks_for = ("Digest" if credentials.is_digest else "Basic") if credentials else ""
    content = b"a=b" if method != "GET" else b""
    with Client(10, credentials) as client:

        def send() -> object:
            return client.request(method, f"{one.url}/start", content=content, headers={"Accept": "*/*"})

        if method == "GET" and credentials is None:
            one.location = f"{other.url}/end"
            for _ in range(2):  # the second time, a cookie would have been set
                send()
            for _, _, headers, body in other.requests:
                assert not {"Authorization", "Cookie"} & headers.keys()
                assert body == b""
                assert headers["User-Agent"] == client.agent
            assert len(other.requests) == 2
        else:
            is_refused(one, other, send)


@pytest.mark.parametrize("credentials", [None, BASIC, DIGEST], ids=["nobody", "basic", "digest"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("status", STATUSES)
def test_redirect_to_the_same_server(status: int, method: str, credentials: Credentials | None, one: Server) -> None:
    one.status, one.location = status, "/end"
    one.asks_for = ("Digest" if credentials.is_digest else "Basic") if credentials else ""
    content = b"a=b" if method != "GET" else b""
    with Client(10, credentials) as client:
        assert client.request(method, f"{one.url}/start", content=content).body == ROWS
    seen, path, headers, body = one.requests[-1]
    assert path == "/end"
    assert (seen, body) == (("GET", b"") if status == 303 else (method, content))
    assert ("Content-Type" in headers) == ("Content-Type" in one.requests[0][2] and status != 303)
    assert ("Authorization" in headers) == (credentials is not None)
    assert "Cookie" not in headers


def test_user_in_the_url_goes_nowhere_else(one: Server, other: Server) -> None:
    one.status = 302
    url = one.url.replace("//", "//me:s3cret@")
    with Client(10) as client:
        is_refused(one, other, lambda: client.request("GET", f"{url}/start"))
        assert "Authorization" in one.requests[0][2]
        one.location = f"{url.replace('s3cret', 'theirs')}/end"
        client.request("GET", f"{one.url}/start")
    assert "Authorization" not in one.requests[-1][2]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/end", "http://", "http://[::1"])
def test_redirect_to_what_is_no_service(location: str, one: Server) -> None:
    one.status, one.location = 302, location
    with Client(10) as client, pytest.raises(EndpointError):
        client.request("GET", f"{one.url}/start")


def test_redirects_end(one: Server) -> None:
    one.status, one.location = 302, "/start"
    with Client(10) as client, pytest.raises(EndpointError, match="redirects again and again"):
        client.request("GET", f"{one.url}/start")
    assert len(one.requests) < 10


@pytest.mark.parametrize("credentials", [None, BASIC, DIGEST], ids=["nobody", "basic", "digest"])
@pytest.mark.parametrize("status", STATUSES)
def test_query_at_an_endpoint_stays_there(
    status: int, credentials: Credentials | None, one: Server, other: Server
) -> None:
    one.status = status
    is_refused(one, other, lambda: endpoint.run(f"{one.url}/sparql", "ASK {}", 10, credentials))
    one.location = "/end"
    answer = endpoint.run(f"{one.url}/sparql", "SELECT ?x {}", 10, credentials)
    assert answer.form == "select"


@pytest.mark.parametrize("profile", ["fuseki", "virtuoso"])  # Basic and Digest
@pytest.mark.parametrize("status", STATUSES)
def test_requests_of_a_load_stay_at_the_store(
    status: int, profile: str, one: Server, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.status = status
    for user, password in (("", ""), ("me", "s3cret")):
        monkeypatch.setenv("PUBLISHER_USER", user)
        monkeypatch.setenv("PUBLISHER_PASSWORD", password)
        target = find_target({}, one.url, profile)
        assert bool(target.credentials) == bool(user)
        with connect(target, 10) as http:
            store = StoreClient(target, http)
            is_refused(one, other, lambda store=store: store.rows("SELECT ?x {}"))  # type: ignore[misc]
            is_refused(one, other, lambda store=store: store.update("CLEAR ALL"))  # type: ignore[misc]


@pytest.mark.parametrize("status", STATUSES)
def test_questions_to_wikidata_stay_there(status: int, one: Server, other: Server) -> None:
    one.status = status
    services = Services(f"{one.url}/api", f"{one.url}/reconcile", f"{one.url}/sparql", "me@example.org", 0)
    with open_client("me@example.org", 0, tries=1) as client:
        wikidata = Wikidata(services, client)
        is_refused(one, other, lambda: wikidata.reconcile(["Baku"]))
        is_refused(one, other, lambda: wikidata.labelled([("Baku", "en")]))
        with pytest.raises(EndpointError):  # it is followed: what it finds are no search results
            wikidata.search("Baku", "en")
    assert len(other.requests) == 1
    assert "(me@example.org)" in other.requests[0][2]["User-Agent"]


def test_answers_of_wikidatas_sparql_service_are_kept(one: Server, tmp_path: Path) -> None:
    services = Services("http://127.0.0.1:9/", "http://127.0.0.1:9/", f"{one.url}/end", "me@example.org", 0)
    for cache in (AnswerCache(tmp_path, 60), AnswerCache(tmp_path, 60), None):
        with open_client("me@example.org", 0, cache=cache) as client:
            assert Wikidata(services, client).labelled([("Baku", "en")]) == ()
    assert [path for _, path, _, _ in one.requests] == ["/end"] * 2  # the last one asks anew
    assert "(me@example.org)" in one.requests[0][2]["User-Agent"]


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("http://store.invalid/", BASIC),
        ("http://127.0.0.1.invalid/", BASIC),
        ("http://me:s3cret@store.invalid/", None),
    ],
)
def test_password_does_not_cross_a_network_as_it_is(url: str, credentials: Credentials | None) -> None:
    with Client(10, credentials) as client, pytest.raises(EndpointError, match="everyone on the way") as caught:
        client.request("GET", url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("http://store.invalid/", DIGEST),
        ("http://store.invalid/", None),
        ("http://store.invalid/", Credentials("me", "s3cret", is_insecure=True)),
        ("https://store.invalid/", BASIC),
    ],
)
def test_connection_that_may_be_tried(url: str, credentials: Credentials | None) -> None:
    with Client(10, credentials) as client, pytest.raises(EndpointError, match="cannot be reached"):
        client.request("GET", url)


# --- servers without an end -----------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
BOMB = gzip.compress(gzip.compress(b" " * (1 << 28), 9), 9)
SMALL_BOMB = gzip.compress(b" " * (1 << 28), 9)
_MEBIBYTE = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"


def _slowly(*parts: bytes, then: Iterator[bytes]) -> Iterator[bytes]:
    yield from parts
    for part in then:
        time.sleep(0.1)
        yield part


ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "silence": lambda: _slowly(then=repeat(b"")),
    "trickled line": lambda: _slowly(b"HTTP/1.1 200 OK\r\nX: ", then=repeat(b"y")),
    "trickled head": lambda: _slowly(b"HTTP/1.1 200 OK\r\n", then=(b"X-%d: y\r\n" % n for n in count())),
    "trickled body": lambda: _slowly(HEAD, b"Content-Length: 100000\r\n\r\n", then=repeat(b" ")),
    "trickled chunks": lambda: _slowly(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", then=repeat(b"1\r\n \r\n")),
    "trickled error": lambda: _slowly(b"HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n", then=repeat(b" ")),
    "continue": lambda: _slowly(then=repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
    "flood of continue": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "flood of headers": lambda: _slowly(b"HTTP/1.1 200 OK\r\n", then=iter([b"X: y\r\n" * (1 << 20)])),
    "flood": lambda: _slowly(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", then=repeat(_MEBIBYTE)),
    "flood of an error": lambda: _slowly(
        b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n", then=repeat(_MEBIBYTE)
    ),
    "bomb": lambda: iter([HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(SMALL_BOMB), SMALL_BOMB]),
    "bomb in a bomb": lambda: iter(
        [HEAD, b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB]
    ),
    "wait for a day": lambda: iter([b"HTTP/1.1 503 Busy\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n"]),
    "wait for two seconds": lambda: iter([b"HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"]),
    "wait for ever": lambda: iter(
        [b"HTTP/1.1 429 Busy\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n"]
    ),
    "wait until the year 9999": lambda: iter(
        [b"HTTP/1.1 429 Busy\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n"]
    ),
}


@contextmanager
def answering(parts: Callable[[], Iterator[bytes]]) -> Iterator[tuple[str, list[int]]]:
    """Serve bytes to whoever connects; yield the URL, and a list to which each connection adds the bytes it took."""
    taken: list[int] = []

    def serve(connection: socket.socket) -> None:
        size = 0
        with connection, suppress(OSError):
            connection.settimeout(30)
            connection.recv(1 << 16)
            for part in parts():
                connection.sendall(part)
                size += len(part)
        taken.append(size)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", taken
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("name", ENDLESS)
def test_every_answer_ends(name: str) -> None:
    with answering(ENDLESS[name]) as (url, _), Client(1, limit=1 << 24) as client:
        started = time.monotonic()
        with pytest.raises(EndpointError) as caught:
            client.request("GET", url)
        assert time.monotonic() - started < 2
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["flood", "flood of an error", "flood of headers", "bomb", "bomb in a bomb"])
def test_every_answer_has_a_bound(name: str) -> None:
    with answering(ENDLESS[name]) as (url, taken), Client(20, limit=1 << 22) as client:
        with pytest.raises(EndpointError, match=r"larger than|HTTP 500|the connection broke|encoded as gzip, gzip"):
            client.request("GET", url)
        time.sleep(0.3)
    assert sum(taken) < 1 << 25  # with what the sockets hold


def _update(url: str) -> None:
    target = find_target({}, url, "oxigraph")
    with connect(target, 1) as http:
        StoreClient(target, http).update("CLEAR ALL")


def _ask_wikidata(url: str) -> None:
    with open_client("", 0, timeout=1) as http:
        Wikidata(Services(url, url, url, interval=0), http).labelled([("Baku", "en")])


ASKING: dict[str, Callable[[str], object]] = {
    "endpoint": lambda url: endpoint.run(url, "ASK {}", 1),
    "store": _update,
    "wikidata": _ask_wikidata,
}


@pytest.mark.parametrize("name", ["trickled head", "continue", "wait for a day"])
@pytest.mark.parametrize("kind", ASKING)
def test_deadline_of_each_client(name: str, kind: str) -> None:
    with answering(ENDLESS[name]) as (url, _):
        started = time.monotonic()
        with pytest.raises(EndpointError, match=r"no answer within 1 s|asks to wait 86400 s; try again after that"):
            ASKING[kind](url)
        assert time.monotonic() - started < 2


def test_wait_that_fits_is_kept() -> None:
    parts = iter(["HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n", "HTTP/1.1 200 OK\r\n"])
    with answering(lambda: iter([f"{next(parts)}Content-Length: 0\r\n\r\n".encode()])) as (url, _):
        started = time.monotonic()
        with Client(10) as client:
            assert client.request("GET", url).body == b""
        assert time.monotonic() - started >= 1


def test_faults_are_met_again_only_where_that_is_safe() -> None:
    faults: list[int] = []

    def parts() -> Iterator[bytes]:
        faults.append(1)
        return iter([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12"])

    with answering(parts) as (url, _):
        for retry, tries in ((Retry(), 1), (Retry(3, 0.0, after_faults=True), 3)):
            faults.clear()
            with Client(10, retry=retry) as client, pytest.raises(EndpointError, match="the connection broke"):
                client.request("POST", url, content=b"x")
            assert len(faults) == tries


def test_a_server_that_never_answered_is_not_tried_again() -> None:
    pauses: list[float] = []
    retry = Retry(4, 9.0, after_faults=True)
    with Client(60, retry=retry, sleep=pauses.append) as client:
        with serving() as server:
            client.request("GET", f"{server.url}/end")
        with pytest.raises(EndpointError, match=r"cannot be reached: .*gave up after 4 tries"):
            client.request("GET", f"{server.url}/end")
        assert pauses == [9, 18, 36]
    with open_client("me@example.org", 1.0, sleep=pauses.append) as client:
        for url in (server.url, "http://example.invalid/"):
            with pytest.raises(EndpointError, match=r"cannot be reached: .*is the server running\?$"):
                client.request("GET", url)
    assert len(pauses) == 3


def test_what_a_server_writes_does_not_steer_the_terminal() -> None:
    body = b"<p>\x1b[31mRED\x07</p>\x1b]0;title\x07 \xc2\x9b31m \xe2\x80\xaebad"
    answer = b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with (
        answering(lambda: iter([answer])) as (url, _),
        Client(10) as client,
        pytest.raises(EndpointError) as caught,
    ):
        client.request("GET", url)
    assert str(caught.value) == f"{url}: HTTP 500: [31mRED ]0;title 31m bad"


def test_retry_after() -> None:
    assert retry_after("2") == 2
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert [retry_after(wrong) for wrong in (None, "", "soon", "-1", "²")] == [None] * 5


def test_reader_may_ask_again() -> None:
    seen: list[bytes] = []

    def reader(response: Response) -> int:
        seen.append(response.body)
        if len(seen) < 3:
            raise TransientError("not yet", 0)
        return len(seen)

    with answering(lambda: iter([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])) as (url, _), Client(10) as client:
        assert client.read(reader, "GET", url) == 3


@pytest.mark.parametrize("url", ["", "x", "//host/path", "http://", "file:///etc/passwd", "http://\x00/"])
def test_url_of_no_service(url: str) -> None:
    with Client(1) as client, pytest.raises(EndpointError, match="expected a URL such as"):
        client.request("GET", url)


def test_password_is_in_no_text() -> None:
    assert "s3cret" not in repr(BASIC)
    with Client(1, BASIC) as client, pytest.raises(EndpointError) as caught:
        client.request("GET", "http://me:s3cret@127.0.0.1:9/")
    assert "s3cret" not in str(caught.value)


def test_client_that_is_not_closed_ends_with_the_program() -> None:
    code = (
        "from publisher.http import Client\n"
        "client = Client(1)\n"
        "try: client.request('GET', 'http://127.0.0.1:9/')\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert "cannot be reached" in done.stdout
    assert done.stderr == ""


def test_name_that_is_looked_up_for_ever_ends_at_the_deadline() -> None:
    code = (
        "import socket, time\n"
        "from publisher.http import Client\n"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(60)\n"
        "with Client(0.5) as client:\n"
        "    try: client.request('GET', 'http://example.invalid/')\n"
        "    except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert "no answer within 0.5 s" in done.stdout
    assert done.stderr == ""


def test_name_that_does_not_exist() -> None:
    with Client(10) as client, pytest.raises(EndpointError, match="cannot be reached: "):
        client.request("GET", "http://example.invalid/")
