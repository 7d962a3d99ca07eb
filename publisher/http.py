"""Speak HTTP with a store: credentials, time-outs, a deadline, retries, and errors in words.

Connections are kept open between requests, unless a store answers sooner without. Credentials are sent as Basic or
Digest authentication (RFC 7617, RFC 7616) and never appear in an error.
"""

from __future__ import annotations

import contextlib
import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import httpx

from publisher.errors import EndpointError

TRIES: Final = 4
_BUSY: Final = (429, 503)
_LONGEST_PAUSE: Final = 30.0  # seconds
_HINTS: Final = {
    401: "; set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment, or those of this store",
    403: "; the store does not let this user write: is it read-only, or are the credentials of another user?",
    404: "; is this the URL of the store, and does its dataset or repository exist?",
    405: "; is the store read-only, or is this the URL of something else?",
    500: "; its log may tell more: is its disk full, or is it short of memory?",
    507: "; is its disk full?",
}
_DENIED: Final = re.compile(rb"access denied|no permission|not allowed|read-only", re.IGNORECASE)  # Virtuoso says 500


@dataclass(frozen=True)
class Credentials:
    """A user and the password; the password is kept out of every text."""

    user: str
    password: str
    is_digest: bool = False

    def __repr__(self) -> str:
        return f"Credentials({self.user!r}, …)"


@dataclass(frozen=True)
class Response:
    """What a server answered: its media type without parameters, in lower case, and the body."""

    media_type: str
    body: bytes


class Wire:
    """A client of one store; ``timeout`` is the patience with one whole answer, in seconds.

    With ``hangs_up``, each request has a connection of its own.
    """

    def __init__(self, credentials: Credentials | None, timeout: float, *, hangs_up: bool = False) -> None:
        auth: httpx.Auth | None = None
        if credentials:
            kind = httpx.DigestAuth if credentials.is_digest else httpx.BasicAuth
            auth = kind(credentials.user, credentials.password)
        self._timeout = timeout
        headers = {"User-Agent": "geopol-publisher"} | ({"Connection": "close"} if hangs_up else {})
        self._client = httpx.Client(auth=auth, timeout=timeout, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; ask again, a little later each time, while the store says 429 or 503.

        Raises ``EndpointError`` when the store cannot be reached, refuses, or takes longer than the time-out.
        """
        for attempt in range(TRIES):
            asked = time.monotonic()
            try:
                with self._client.stream(
                    method, url, params=params, data=form, content=content, headers=headers
                ) as response:
                    body = self._read(response, url, asked)
            except httpx.TimeoutException:
                raise EndpointError(self._slow(url)) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise EndpointError(f"{url}: {_broken(error)}") from None
            if response.status_code not in _BUSY or attempt == TRIES - 1:
                break
            time.sleep(pause(response.headers.get("Retry-After"), attempt))
        if not response.is_success:
            raise EndpointError(f"{url}: HTTP {response.status_code}: {_said(body)}{_hint(response, body)}")
        return Response(response.headers.get("Content-Type", "").partition(";")[0].strip().lower(), body)

    def _read(self, response: httpx.Response, url: str, asked: float) -> bytes:
        parts = []
        for part in response.iter_bytes():
            parts.append(part)
            if time.monotonic() - asked > self._timeout:
                raise EndpointError(self._slow(url))
        return b"".join(parts)

    def _slow(self, url: str) -> str:
        return f"{url}: no whole answer within {self._timeout:g} s; allow more time with '--timeout'"


def pause(retry_after: str | None, attempt: int) -> float:
    """Return how many seconds to wait: what the server asks for (RFC 9110, section 10.2.3), else more each time."""
    wait: float = 0.5 * 2.0**attempt
    if retry_after and retry_after.strip().isdecimal():
        wait = float(retry_after)
    elif retry_after:
        with contextlib.suppress(ValueError):
            wait = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
    return min(max(wait, 0.0), _LONGEST_PAUSE)


def _broken(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {error}; is the server running?"
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return "not a URL of a store; expected one such as http://127.0.0.1:7878"
    told = str(error).rstrip(".") or type(error).__name__
    return f"the connection broke: {told}; if the store has ended, its log tells why"


def _hint(response: httpx.Response, body: bytes) -> str:
    if response.has_redirect_location:  # not followed: the password would go there, too
        return f"; it refers to {response.headers['Location'][:200]}: is that the URL of the store?"
    return _HINTS.get(403 if _DENIED.search(body) else response.status_code, "")


def _said(body: bytes) -> str:
    text = re.sub(r"<[^>]*>|\s+", " ", body[:4000].decode(errors="replace"))
    return " ".join(text.split())[:300] or "no reason given"
