"""Ask a web service of somebody else for JSON, politely: one request at a time, with pauses, and none twice."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, NewConnectionError
from urllib3.exceptions import TimeoutError as TimedOut

from publisher.errors import EndpointError

# A service that asks for more patience than this is left alone until the user comes back.
_LONGEST: Final = 120.0
_BUSY: Final = {429, 500, 502, 503, 504}
_REDIRECTS: Final = 3
# Redirects alone are followed by the library: the rest is counted here, so that all faults share one patience.
_ONLY_REDIRECTS: Final = urllib3.Retry(
    total=_REDIRECTS, redirect=_REDIRECTS, connect=False, read=False, status=0, other=False,
    respect_retry_after_header=False,
)  # fmt: skip


class _TransientError(Exception):
    """A fault that another try may not meet; ``wait`` is what the service asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass
class Client:
    """A client of JSON services.

    ``interval`` is the least time between two requests and ``timeout`` the patience with one, in seconds; ``cache``
    is a folder in which answers are kept, for ``lifetime`` seconds; ``tries`` counts the first one too.
    """

    agent: str
    interval: float = 1.0
    cache: Path | None = None
    lifetime: float = 7 * 86_400.0
    timeout: float = 30.0
    tries: int = 5
    sleep: Callable[[float], None] = time.sleep
    _pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager, repr=False)
    _last: float = field(default=0.0, repr=False)

    def get(self, url: str, parameters: Mapping[str, str]) -> Any:
        """Return the JSON at ``url``. Raises ``EndpointError`` when the service has none, or is busy for long."""
        return self._ask("GET", url, parameters)

    def post(self, url: str, form: Mapping[str, str]) -> Any:
        """Return the JSON with which ``url`` answers a form. Raises as ``get`` does."""
        return self._ask("POST", url, form)

    def _ask(self, method: str, url: str, fields: Mapping[str, str]) -> Any:
        kept = self._place(method, url, fields)
        if kept is not None and (found := self._read(kept)) is not None:
            return found
        for attempt in range(1, self.tries + 1):
            try:
                found = self._once(method, url, fields)
                break
            except _TransientError as fault:
                if attempt == self.tries:
                    told = f"{url}: {fault}; gave up after {self.tries} tries, try again later"
                    raise EndpointError(told) from None
                self._wait(url, fault, attempt)
        if kept is not None:
            _write(kept, found)
        return found

    def _wait(self, url: str, fault: _TransientError, attempt: int) -> None:
        """Back off twice as long each time, and no shorter than the service asks for."""
        wait = max(fault.wait or 0.0, self.interval * 2**attempt)
        if wait > _LONGEST:
            raise EndpointError(f"{url}: {fault}, and asks to wait {wait:.0f} s; try again after that") from None
        self.sleep(wait)

    def _once(self, method: str, url: str, fields: Mapping[str, str]) -> Any:
        pause = self._last + self.interval - time.monotonic()
        if pause > 0:
            self.sleep(pause)
        try:
            response = self._send(method, url, dict(fields))
        except MaxRetryError as error:
            raise EndpointError(f"{url}: redirects again and again: {error.reason}") from None
        except NewConnectionError as error:
            raise _TransientError(f"cannot be reached: {error}") from None
        except TimedOut:
            raise _TransientError(f"no answer within {self.timeout:g} s") from None
        except HTTPError as error:
            raise _TransientError(f"the connection broke: {error}") from None
        finally:
            self._last = time.monotonic()
        return _json(url, response)

    def _send(self, method: str, url: str, fields: dict[str, str]) -> urllib3.BaseHTTPResponse:
        headers = {"User-Agent": self.agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        options: dict[str, Any] = {"headers": headers, "timeout": self.timeout, "retries": _ONLY_REDIRECTS}
        if method == "GET":
            return self._pool.request_encode_url(method, url, fields, **options)
        return self._pool.request_encode_body(method, url, fields, encode_multipart=False, **options)

    def _place(self, method: str, url: str, fields: Mapping[str, str]) -> Path | None:
        if self.cache is None:
            return None
        asked = json.dumps([method, url, sorted(fields.items())])
        return self.cache / f"{hashlib.sha256(asked.encode()).hexdigest()}.json"

    def _read(self, path: Path) -> Any:
        """Return what is kept and fresh; a file that is damaged is as good as none."""
        with suppress(OSError, ValueError):
            if time.time() - path.stat().st_mtime <= self.lifetime:
                return json.loads(path.read_text(encoding="utf-8"))
        return None


def _json(url: str, response: urllib3.BaseHTTPResponse) -> Any:
    if response.status in _BUSY:
        raise _TransientError(f"HTTP {response.status}", _retry_after(response))
    if response.status != HTTPStatus.OK:
        raise EndpointError(
            f"{url}: HTTP {response.status} {response.reason or ''}; is the URL in publisher.toml right?"
        )
    try:
        found = json.loads(response.data)
    except (ValueError, RecursionError):
        media_type = (response.headers.get("Content-Type") or "something without a media type").partition(";")[0]
        raise _TransientError(f"expected JSON, got {media_type} that is none or was cut off") from None
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, dict) and error.get("code") in ("maxlag", "ratelimited"):
        raise _TransientError(f"the service is behind ({error.get('code')})", _retry_after(response))
    if error:
        told = error.get("info") or error.get("code") if isinstance(error, dict) else error
        raise EndpointError(f"{url}: the service refuses: {told}")
    return found


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Read ``Retry-After``, seconds or a date (RFC 9110, section 10.2.3)."""
    with suppress(InvalidHeader):
        return _ONLY_REDIRECTS.get_retry_after(response)
    return None


def _write(path: Path, found: Any) -> None:
    """Keep an answer whole, or not at all; a cache that cannot be written is no reason to stop."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(found, file, ensure_ascii=False)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
