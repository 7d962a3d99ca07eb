"""Read requests of the SPARQL 1.1 Protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

import pyoxigraph as ox
from starlette.types import Receive, Scope

METHODS: Final = "GET, HEAD, POST, OPTIONS"
_MOST: Final = 1 << 18  # bytes of a request
_MOST_FIELDS: Final = 1000
_FORM: Final = "application/x-www-form-urlencoded"
_QUERY: Final = "application/sparql-query"
_UPDATE: Final = "application/sparql-update"
NO_UPDATE: Final = "Nothing can be changed here: 'publisher build' publishes the dataset, and this service reads it."
_HOST: Final = re.compile(r"[\w.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", re.ASCII)


class ProtocolError(Exception):
    """A request that is not answered: its status, why, and headers."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.headers = status, headers or {}
        super().__init__(message)


class ProtocolRequest(NamedTuple):
    """What a client asks: the query, ``None`` for none, and the graphs of its dataset.

    ``is_marked``, by ``marks=1``, is no part of the protocol: rows then have columns that tell claims from facts.
    """

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    is_marked: bool = False


async def read_request(scope: Scope, receive: Receive) -> ProtocolRequest:
    """Read a request (SPARQL 1.1 Protocol, section 2.1). Raises ``ProtocolError``."""
    parameters = _parameters(scope.get("query_string", b""))
    match scope["method"]:
        case "GET" | "HEAD":
            return _request(parameters)
        case "POST":
            pass
        case _:
            raise ProtocolError(405, f"Only {METHODS} are answered here.", {"Allow": METHODS})
    kind, _, options = header(scope, b"content-type").partition(";")
    kind = kind.strip().lower()
    if kind == _UPDATE:
        raise ProtocolError(403, NO_UPDATE)
    if kind not in (_FORM, _QUERY):
        message = f"A query is sent as {_FORM} or {_QUERY}, and not as {kind or 'something without Content-Type'}."
        raise ProtocolError(415, message)
    if header(scope, b"content-encoding").lower() not in ("", "identity"):
        raise ProtocolError(415, "A query is sent without Content-Encoding.", {"Accept-Encoding": "identity"})
    charset = options.lower().partition("charset=")[2].partition(";")[0].strip().strip('"')
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise ProtocolError(415, "A query is sent as UTF-8.")
    body = await _body(scope, receive)
    if kind == _QUERY:
        return _request([*parameters, ("query", _decoded(body))])
    request = _request([*parameters, *_parameters(body)])
    if request.query is None:
        raise ProtocolError(400, "The parameter 'query' is missing.")
    return request


def read_query_string(scope: Scope) -> ProtocolRequest:
    """Read a request by GET, which has no body. Raises ``ProtocolError``."""
    return _request(_parameters(scope.get("query_string", b"")))


def _parameters(encoded: bytes) -> list[tuple[str, str]]:
    fields = encoded.replace(b"+", b" ").split(b"&") if encoded else []
    if len(fields) > _MOST_FIELDS:
        raise ProtocolError(400, f"The request has more than {_MOST_FIELDS:,} parameters.")
    try:
        encoded.decode("ascii")
        pairs = (field.partition(b"=") for field in fields if field)
        return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]
    except UnicodeError:
        raise ProtocolError(400, "The request is not encoded as UTF-8.") from None


def _unquoted(text: bytes) -> str:
    return (unquote_to_bytes(text) if b"%" in text else text).decode()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeError:
        raise ProtocolError(400, "The query is not encoded as UTF-8.") from None


def _request(parameters: list[tuple[str, str]]) -> ProtocolRequest:
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise ProtocolError(403, NO_UPDATE)
    queries = values.get("query", [])
    if len(queries) > 1:
        raise ProtocolError(400, "A request has one parameter 'query'.")
    graphs = tuple(values.get("default-graph-uri", ())), tuple(values.get("named-graph-uri", ()))
    for name in (*graphs[0], *graphs[1]):
        _check_iri(name)
    if (marks := values.get("marks", ["0"])) not in (["0"], ["1"]):
        raise ProtocolError(400, "The parameter 'marks' is 1 or 0.")
    return ProtocolRequest(queries[0] if queries else None, *graphs, is_marked=marks == ["1"])


def _check_iri(name: str) -> None:
    try:
        ox.NamedNode(name)
    except ValueError:
        raise ProtocolError(400, f"A graph has an absolute IRI, and not {name!r}.") from None


async def _body(scope: Scope, receive: Receive) -> bytes:
    length = header(scope, b"content-length")
    if length.isdigit() and int(length) > _MOST:
        raise ProtocolError(413, f"A request has at most {_MOST:,} bytes.")
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST:
            raise ProtocolError(413, f"A request has at most {_MOST:,} bytes.")
        if not message.get("more_body"):
            return bytes(body)


def header(scope: Scope, name: bytes) -> str:
    """Return the values of a header of a request, joined by commas."""
    return ", ".join([value.decode("latin-1") for key, value in scope["headers"] if key == name])


def service_url(scope: Scope) -> str:
    """Return the URL of the service, by the name that the client has for it."""
    return _url(scope.get("scheme", "http"), header(scope, b"host"), scope["path"])


@lru_cache(maxsize=64)
def _url(scheme: str, host: str, path: str) -> str:
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}{quote(path.rstrip('/'))}"
