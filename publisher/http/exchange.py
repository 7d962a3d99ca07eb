"""What a request has, when it is sent again, and what an answer is."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypedDict

from publisher.errors import EndpointError


@dataclass(frozen=True)
class Credentials:
    """A user and the password, for Basic or Digest authentication (RFC 7617, RFC 7616); no text shows the password.

    Basic sends the password itself: with ``is_insecure`` also over plain http to another machine.
    """

    user: str
    password: str = field(repr=False)
    is_digest: bool = False
    is_insecure: bool = False


@dataclass(frozen=True)
class Response:
    """A successful answer: its media type without parameters, in lower case, and the body, decompressed.

    ``retry_after`` is the pause that the server asks for, in seconds; some do so beside an error in the body.
    """

    media_type: str
    body: bytes
    retry_after: float | None = None


@dataclass(frozen=True)
class StreamedResponse:
    """A successful answer that is being received: its media type as that of ``Response``, and the body in parts."""

    media_type: str
    parts: AsyncIterator[bytes]


@dataclass(frozen=True)
class RawResponse:
    """Whatever a server answered to one request: its status, its headers by their names in lower case, and its body.

    The values of a repeated header are joined by commas. Of an error, the beginning is read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Options(TypedDict, total=False):
    """What a request has beside its method and URL: parameters of the URL, and ``data`` of a form or a body."""

    params: Mapping[str, str]
    data: Mapping[str, str]
    content: bytes
    headers: Mapping[str, str]


class TransientError(EndpointError):
    """A failure that another try may not meet; ``wait`` is the pause that the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class Retry:
    """When a request is sent again, and after which pause.

    ``tries`` counts the first one. The first pause is ``pause`` seconds and each later one twice as long, unless the
    server says ``Retry-After`` (RFC 9110, section 10.2.3). ``patience`` is the time for one try, in seconds.
    """

    tries: int = 4
    pause: float = 0.5
    statuses: frozenset[int] = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
    after_faults: bool = False  # also when the connection breaks, or a server that has answered cannot be reached
    patience: float = math.inf
