"""Say in errors which URL failed, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

from publisher.errors import EndpointError
from publisher.http.headers import plain
from publisher.http.urls import is_local, without_user

CONNECT: Final = 10.0  # seconds for a connection, with the look-up of the name
NO_URL: Final = "not the URL of a service; expected a URL such as http://127.0.0.1:7878/query"


@contextmanager
def naming(url: str) -> Iterator[None]:
    """Name the URL in errors."""
    try:
        yield
    except EndpointError as error:
        raise EndpointError(f"{without_user(url)}: {error}") from None


@contextmanager
def mapping(fault: type[EndpointError], unreachable: type[EndpointError] = EndpointError) -> Iterator[None]:
    """Raise ``unreachable`` without a connection, ``fault`` where it breaks, ``EndpointError`` for what is no URL."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        reason = plain(str(error)) or f"no connection within {CONNECT:g} s"
        advice = "" if is_local(str(error.request.url)) else "is there a network, and "
        raise unreachable(f"cannot be reached: {reason}; {advice}is the server running?") from None
    except httpx.HTTPError as error:
        reason = plain(str(error)).rstrip(".") or type(error).__name__
        raise fault(f"the connection broke: {reason}; if the server has ended, its log tells why") from None
    except (httpx.InvalidURL, ValueError) as error:  # a host that is none, here or in a redirect
        raise EndpointError(f"{NO_URL}: {plain(str(error))}") from None
