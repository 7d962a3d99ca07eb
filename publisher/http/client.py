"""Send requests within a deadline, follow redirects, and try again."""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Self, TypeVar, Unpack

import anyio
import anyio.from_thread
import httpx
import tenacity

from publisher import __version__
from publisher.errors import EndpointError, plural
from publisher.http.cache import AnswerCache
from publisher.http.exchange import Credentials, Options, RawResponse, Response, Retry, StreamedResponse, TransientError
from publisher.http.faults import CONNECT, NO_URL, mapping, naming
from publisher.http.headers import excerpt, media_type, plain, retry_after
from publisher.http.lookup import EventLoop
from publisher.http.urls import is_local, origin, without_user

T = TypeVar("T")
_Open = Callable[[httpx.Request], Awaitable[httpx.Response]]

LIMIT: Final = 1 << 29  # bytes of an answer
_EXCERPT: Final = 1 << 16  # bytes that are read of an answer that is an error
_REDIRECTS: Final = 5
_RETRY: Final = Retry()
_DECODED: Final = ("", "identity", "gzip", "deflate")  # one layer: 64 KiB read become 64 MiB at most
_OF_BODY: Final = ("Content-Length", "Content-Type", "Transfer-Encoding")


class Client:
    """A client of one service, open until it is closed.

    ``timeout`` is the time for one exchange with all its retries, in seconds, ``limit`` the size of an answer in bytes,
    and ``interval`` the least time between two requests to a host. ``contact`` tells the operators of a public service
    who asks. ``advise`` returns what to add to the error for a status and the beginning of the body. With
    ``hangs_up``, each request has a connection of its own.
    """

    def __init__(
        self,
        timeout: float,
        credentials: Credentials | None = None,
        *,
        contact: str = "",
        retry: Retry = _RETRY,
        interval: float = 0.0,
        cache: AnswerCache | None = None,
        limit: int = LIMIT,
        hangs_up: bool = False,
        advise: Callable[[int, bytes], str] = lambda _status, _body: "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._timeout, self._retry, self._interval, self._limit = timeout, retry, interval, limit
        self._advise, self._sleep = advise, sleep
        self._cache, self._credentials = cache, credentials
        self._asked: dict[str, float] = {}  # when the last request to a host ended
        self._answered: set[str] = set()  # hosts
        self.agent = f"geopol-publisher/{__version__}{f' ({contact})' if contact else ''} httpx/{httpx.__version__}"
        headers = {"User-Agent": self.agent, "Accept-Encoding": "gzip, deflate"}
        kind = httpx.DigestAuth if credentials and credentials.is_digest else httpx.BasicAuth
        self._http = httpx.AsyncClient(
            auth=kind(credentials.user, credentials.password) if credentials else None,
            headers=headers | ({"Connection": "close"} if hangs_up else {}),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=CONNECT),  # the deadline of the exchange holds for the other steps
        )
        self._stack, self._lock = ExitStack(), threading.Lock()
        self._portal: anyio.from_thread.BlockingPortal | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        atexit.unregister(self._stack.close)
        self._stack.__exit__(*raised)

    def request(self, method: str, url: str, **options: Unpack[Options]) -> Response:
        """Send a request and return the answer; raise ``EndpointError`` as ``read`` does."""
        return self.read(lambda response: response, method, url, **options)

    def read(self, reader: Callable[[Response], T], method: str, url: str, **options: Unpack[Options]) -> T:
        """Send a request and return what ``reader`` makes of the answer, which may come from the cache.

        ``reader`` raises ``TransientError`` for an answer to ask for again, and ``EndpointError`` for one of no use;
        its messages need not name the URL. Neither is kept. Raises ``EndpointError`` when the service cannot be
        reached, refuses, answers too much or too late, or redirects to another server what must not go there.
        """
        request = self._request(method, url, options)
        if self._cache and (cached := self._cache.get(request)):
            with suppress(EndpointError):
                return reader(cached)
        self._wait_for_turn(request)
        with naming(url):
            response, result = self._persist(request, reader)
        if self._cache:
            self._cache.put(request, response)
        return result

    def exchange(self, method: str, url: str, headers: Mapping[str, str]) -> RawResponse:
        """Send a request once, follow no redirect, and return whatever the server answers.

        Raises ``EndpointError`` when it cannot be reached, or answers too much or too late.
        """
        request = self._request(method, url, {"headers": headers})
        self._wait_for_turn(request)
        with naming(url):
            response, body = self._call(request, time.monotonic() + self._timeout, EndpointError, self._open)
        return RawResponse(response.status_code, dict(response.headers), body)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Unpack[Options]) -> AsyncIterator[StreamedResponse]:
        """Send a request once, in the event loop of the caller, and yield the answer while it is received.

        The deadline is that of the caller, who uses the client for nothing else and closes it by ``aclose``. Raises
        ``EndpointError`` as ``read`` does, also between two parts.
        """
        request = self._request(method, url, options)
        with naming(url), mapping(EndpointError):
            response = await self._follow(request)
        try:
            if not response.is_success:
                with naming(url), mapping(EndpointError):
                    raise EndpointError(self._refusal(response, await self._read(response)))
            yield StreamedResponse(media_type(response), self._named_parts(url, response))
        finally:
            await response.aclose()

    async def _named_parts(self, url: str, response: httpx.Response) -> AsyncIterator[bytes]:
        with naming(url), mapping(EndpointError):
            async for part in self._parts(response):
                yield part

    async def aclose(self) -> None:
        """Close the connections of ``stream``."""
        await self._http.aclose()

    def _request(self, method: str, url: str, options: Options) -> httpx.Request:
        """Return a request; raise ``EndpointError`` where the URL is none, or would show a password."""
        with suppress(httpx.InvalidURL, ValueError):
            request = self._http.build_request(method, url, **options)
            if request.url.scheme in ("http", "https") and request.url.host:
                self._ensure_encrypted(request)
                return request
        raise EndpointError(f"{without_user(url)}: {NO_URL}")

    def _wait_for_turn(self, request: httpx.Request) -> None:
        """Keep the interval between two requests to a host."""
        pause = self._asked.get(request.url.host, -math.inf) + self._interval - time.monotonic()
        if pause > 0:
            self._sleep(pause)

    def _ensure_encrypted(self, request: httpx.Request) -> None:
        """Raise ``EndpointError`` when the password would cross a network as it is."""
        known = self._credentials
        is_readable = not (known.is_digest or known.is_insecure) if known else request.url.userinfo
        way_out = ", or allow it with '--insecure'" if known else ""
        if is_readable and request.url.scheme == "http" and not is_local(str(request.url)):
            raise EndpointError(
                f"{origin(request.url)}: over plain http, everyone on the way could read the password; use https, "
                f"or a tunnel to 127.0.0.1{way_out}"
            )

    def _opened(self) -> anyio.from_thread.BlockingPortal:
        """Return the event loop that sends the requests; it runs in a thread of its own, and so in any program."""
        with self._lock:
            if self._portal is None:
                options = {"loop_factory": EventLoop}
                portal = anyio.from_thread.start_blocking_portal("asyncio", backend_options=options)
                self._portal = self._stack.enter_context(portal)
                self._stack.enter_context(self._portal.wrap_async_context_manager(self._http))
                atexit.register(self._stack.close)  # an open client would keep it from ending
            return self._portal

    def _persist(self, request: httpx.Request, reader: Callable[[Response], T]) -> tuple[Response, T]:
        """Send a request until it is answered; raise ``EndpointError`` at the deadline, or when the tries are used."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            stop=tenacity.stop_after_attempt(self._retry.tries) | tenacity.stop_before_delay(self._timeout),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, request, reader, time.monotonic() + self._timeout)
        except TransientError as error:
            tries = retrying.statistics["attempt_number"]
            if error.wait and tries < self._retry.tries:
                raise EndpointError(f"{error}, and asks to wait {error.wait:.0f} s; try again after that") from None
            raise EndpointError(f"{error}; gave up after {plural(tries, 'try')}, try again later") from None

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wait = error.wait if isinstance(error, TransientError) else None
        return max(self._retry.pause * 2.0 ** (state.attempt_number - 1) if wait is None else wait, self._interval)

    def _attempt(self, request: httpx.Request, reader: Callable[[Response], T], deadline: float) -> tuple[Response, T]:
        """Send a request once and read the answer."""
        fault = TransientError if self._retry.after_faults else EndpointError
        response, body = self._call(request, deadline, fault, self._follow)
        wait = retry_after(response.headers.get("Retry-After"))
        if not response.is_success:
            message = self._refusal(response, body)
            if response.status_code in self._retry.statuses:
                raise TransientError(message, wait)
            raise EndpointError(message)
        answer = Response(media_type(response), body, wait)
        return answer, reader(answer)

    def _refusal(self, response: httpx.Response, body: bytes) -> str:
        """Return what to say of a response that is an error."""
        reason = excerpt(body) or plain(response.reason_phrase) or "no reason given"
        return f"HTTP {response.status_code}: {reason}{self._advise(response.status_code, body)}"

    def _call(
        self, request: httpx.Request, deadline: float, fault: type[EndpointError], open_: _Open
    ) -> tuple[httpx.Response, bytes]:
        """Return a response and its body.

        Raises ``fault`` where the connection breaks, and where a host that has answered before cannot be reached.
        """
        with mapping(fault, fault if request.url.host in self._answered else EndpointError):
            return self._opened().call(self._exchange, open_, request, deadline)

    async def _exchange(self, open_: _Open, request: httpx.Request, deadline: float) -> tuple[httpx.Response, bytes]:
        """Return the last response to a request and its body."""
        time_left = deadline - time.monotonic()
        try:
            with anyio.fail_after(min(time_left, self._retry.patience)):
                response = await open_(request)
                try:
                    return response, await self._read(response)
                finally:
                    await response.aclose()
                    self._asked[response.request.url.host] = time.monotonic()
        except TimeoutError:
            if time_left > self._retry.patience:
                raise TransientError(f"no answer within {self._retry.patience:g} s") from None
            message = f"no answer within {self._timeout:g} s; ask for less, or allow more time with '--timeout'"
            raise EndpointError(message) from None

    async def _follow(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and again to where redirects refer (RFC 9110, section 15.4)."""
        for _ in range(_REDIRECTS + 1):
            response = await self._open(request)
            if not response.has_redirect_location:
                return response
            try:
                await self._read(response)  # the connection is used again
            finally:
                await response.aclose()
            request = self._redirected(request, response)
        raise EndpointError(f"redirects again and again, at last to {plain(str(request.url))}")

    def _redirected(self, request: httpx.Request, response: httpx.Response) -> httpx.Request:
        """Return the request that a redirect asks for; 303 alone changes the method and drops the body.

        Raises ``EndpointError`` for another origin when the request has credentials or a body.
        """
        location = request.url.join(response.headers["Location"])
        url = location.copy_with(userinfo=request.url.userinfo if origin(location) == origin(request.url) else b"")
        if url.scheme not in ("http", "https") or not url.host:
            raise EndpointError(f"redirects to {plain(str(url))}, which is not the URL of a service")
        if origin(url) != origin(request.url):
            has_credentials = self._credentials or request.url.userinfo or "Authorization" in request.headers
            withheld = "the user and the password" if has_credentials else "what the request sends"
            if has_credentials or request.method not in ("GET", "HEAD"):
                raise EndpointError(
                    f"HTTP {response.status_code}: {origin(request.url)} redirects to another server, {origin(url)}, "
                    f"which was not given {withheld}; if that is the right one, use its URL: {plain(str(url))[:300]}"
                )
        headers = httpx.Headers(request.headers)
        method, content = request.method, request.content or None
        if response.status_code == HTTPStatus.SEE_OTHER and method != "HEAD":
            method, content = "GET", None
        for name in ("Host", "Authorization", "Cookie", *(_OF_BODY if content is None else ())):
            headers.pop(name, None)
        return self._http.build_request(method, url, headers=headers, content=content)

    async def _open(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return the response, whose body is to be read."""
        try:
            response = await self._http.send(request, stream=True)
            self._answered.add(request.url.host)
            return response
        finally:
            self._asked[request.url.host] = time.monotonic()

    async def _read(self, response: httpx.Response) -> bytes:
        """Return the body as ``_parts`` does."""
        return b"".join([part async for part in self._parts(response)])

    async def _parts(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the body in parts: up to the limit, or the beginning of an error."""
        encoding = response.headers.get("Content-Encoding", "").lower()
        if encoding not in _DECODED:
            raise EndpointError(f"the answer is encoded as {plain(encoding)[:50]}; expected gzip, deflate or none")
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if response.is_success and size > self._limit:
                raise EndpointError(f"the answer is larger than {self._limit:,} bytes; ask for less")
            yield part
            if not response.is_success and size > _EXCERPT:
                break
