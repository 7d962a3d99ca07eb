"""Ask a remote SPARQL endpoint; the only module that knows SPARQLWrapper."""

from __future__ import annotations

import ast
import http.client
import json
import re
import time
import urllib.error
from contextlib import closing
from typing import Final

import pyoxigraph as ox
from SPARQLWrapper import BASIC, DIGEST, JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import (
    EndPointInternalError,
    EndPointNotFound,
    QueryBadFormed,
    SPARQLWrapperException,
    Unauthorized,
    URITooLong,
)

from publisher.errors import EndpointError
from publisher.http import TRIES, Credentials, pause
from publisher.query.files import parse_query
from publisher.query.results import GRAPH_FORMS, Answer, graph_answer, row_answer

TIMEOUT: Final = 30.0
_BUSY: Final = (429, 503)

# SPARQLWrapper turns these five statuses into exceptions of its own and forgets the number
_STATUS: Final[dict[type[SPARQLWrapperException], int]] = {
    QueryBadFormed: 400,
    Unauthorized: 401,
    EndPointNotFound: 404,
    URITooLong: 414,
    EndPointInternalError: 500,
}
_HINTS: Final = {
    401: "; set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment, or those of this store",
    403: "; the endpoint does not admit this client",
    404: "; is the path right? Oxigraph answers at /query, Virtuoso at /sparql, Fuseki at /DATASET/sparql",
    405: "; is this the URL of the SPARQL service itself?",
    415: "; is this the URL of the SPARQL service itself?",
}


def select(endpoint: str, query: str, timeout: float = TIMEOUT, credentials: Credentials | None = None) -> Answer:
    """Run a query (of any form) at ``endpoint`` and return its answer; ``timeout`` in seconds, for the whole answer.

    Implements the SPARQL 1.1 Protocol, query via URL-encoded POST, which has no limit of length. Asks again while the
    endpoint says 429 or 503, after the pause it asks for. Raises ``EndpointError`` when the endpoint cannot be reached,
    refuses, or sends something that is no answer, and ``SourceError`` for SPARQL Update.
    """
    form = parse_query(query).form
    media_type, body = _request(_wrapper(endpoint, query, form, timeout, credentials), timeout)
    try:
        return _read(endpoint, form, media_type, body)
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{endpoint}: the answer is not the {media_type} that it should be, or was cut off: {error}"
        raise EndpointError(message) from None


def _wrapper(endpoint: str, query: str, form: str, timeout: float, credentials: Credentials | None) -> SPARQLWrapper:
    if not endpoint.startswith(("http://", "https://")):
        raise EndpointError(f"{endpoint}: not an endpoint; expected a URL such as http://127.0.0.1:7878/query")
    wrapper = SPARQLWrapper(endpoint, agent="geopol-publisher")
    wrapper.setQuery(query)
    wrapper.queryType = form.upper()  # its own guess is a regular expression, which comments can mislead
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)
    wrapper.setReturnFormat(JSON if form not in GRAPH_FORMS else TURTLE)
    if credentials:
        wrapper.setHTTPAuth(DIGEST if credentials.is_digest else BASIC)
        wrapper.setCredentials(credentials.user, credentials.password)
    wrapper.setTimeout(max(1, round(timeout)))  # it knows whole seconds only, and 0 means "never"
    return wrapper


def _request(wrapper: SPARQLWrapper, timeout: float) -> tuple[str, bytes]:
    """Return the media type, without parameters, and the body of the response."""
    endpoint, started = wrapper.endpoint, time.monotonic()
    try:
        with closing(_answered(wrapper)) as response:
            media_type = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
            return media_type, _whole(response, started + timeout)
    except SPARQLWrapperException as error:
        status = _STATUS.get(type(error), 500)
        raise EndpointError(f"{endpoint}: HTTP {status}: {_response(error)}{_hint(status)}") from None
    except urllib.error.HTTPError as error:
        error.close()
        raise EndpointError(f"{endpoint}: HTTP {error.code}: {error.reason}{_hint(error.code)}") from None
    except TimeoutError:
        raise EndpointError(_timed_out(endpoint, timeout)) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise EndpointError(_timed_out(endpoint, timeout)) from None
        raise EndpointError(f"{endpoint}: cannot be reached: {error.reason}; is the server running?") from None
    except MemoryError:
        raise EndpointError(f"{endpoint}: the answer does not fit into memory; ask for less") from None
    except ValueError as error:  # what urllib makes of a host that is none
        raise EndpointError(f"{endpoint}: not an endpoint: {error}") from None
    except (OSError, http.client.HTTPException) as error:
        raise EndpointError(f"{endpoint}: the connection broke: {error!r}") from None


def _answered(wrapper: SPARQLWrapper) -> http.client.HTTPResponse:
    """Send the request; again, after a pause, while the endpoint is too busy."""
    for attempt in range(TRIES - 1):
        try:
            return wrapper.query().response
        except urllib.error.HTTPError as error:
            if error.code not in _BUSY:
                raise
            error.close()
            time.sleep(pause(error.headers.get("Retry-After"), attempt))
    return wrapper.query().response


def _whole(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read to the end, but not past the deadline: a time-out of the socket alone would wait for every drop."""
    parts = []
    while part := response.read1(1 << 16):
        parts.append(part)
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:  # what read1 passes over: the server promised more
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _read(endpoint: str, form: str, media_type: str, body: bytes) -> Answer:
    """Parse the body by the type that the endpoint says it has, which need not be the one asked for."""
    graph = form in GRAPH_FORMS
    known = (ox.RdfFormat if graph else ox.QueryResultsFormat).from_media_type(media_type)
    if isinstance(known, ox.RdfFormat):
        return graph_answer(form, (quad.triple for quad in ox.parse(body, format=known)))
    if known is None or known == ox.QueryResultsFormat.CSV:  # CSV does not keep the types of its values
        expected = "RDF" if graph else "SPARQL results"
        found = media_type or "an answer without a media type"
        raise EndpointError(
            f"{endpoint}: expected {expected}, got {found}; is this the URL of the SPARQL service itself?"
        )
    if known == ox.QueryResultsFormat.JSON:
        body = _standard(body, form)
    return row_answer(form, ox.parse_query_results(body, format=known))


def _standard(body: bytes, form: str) -> bytes:
    """Drop what engines add to SPARQL results JSON, and rename blank nodes to labels that every parser takes."""
    found = json.loads(body)
    if "boolean" in found:
        return json.dumps({"head": {}, "boolean": found["boolean"]}).encode()
    rows = found["results"]["bindings"]
    if form == "ask" and found["head"]["vars"] == ["__ASK_RETVAL"]:  # Virtuoso's yes is a row that holds 1
        return json.dumps({"head": {}, "boolean": any(row["__ASK_RETVAL"]["value"] == "1" for row in rows)}).encode()
    labels: dict[str, str] = {}
    for term in (term for row in rows for term in row.values() if term["type"] == "bnode"):
        term["value"] = labels.setdefault(term["value"], f"b{len(labels)}")
    return json.dumps({"head": {"vars": found["head"]["vars"]}, "results": {"bindings": rows}}).encode()


def _response(error: SPARQLWrapperException) -> str:
    """Return the beginning of what the endpoint said; the exception holds it as the ``repr`` of bytes."""
    _, _, written = str(error).partition("Response:\n")
    body = ast.literal_eval(written) if written else b""
    text = re.sub(r"<[^>]*>|\s+", " ", body.decode(errors="replace"))
    return " ".join(text.split())[:300] or "no reason given"


def _hint(status: int) -> str:
    return _HINTS.get(status, "")


def _timed_out(endpoint: str, timeout: float) -> str:
    return f"{endpoint}: no answer within {timeout:g} s; ask for less, or allow more time with '--timeout'"
