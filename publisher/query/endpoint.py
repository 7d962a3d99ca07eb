"""Run queries at a remote SPARQL endpoint: SPARQLWrapper writes the request, and our HTTP client sends it."""

from __future__ import annotations

import json
from typing import Final, cast

import pyoxigraph as ox
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

from publisher.errors import EndpointError
from publisher.http import Client, Credentials, Response
from publisher.query.files import query_form
from publisher.query.results import GRAPH_FORMS, Answer, graph_answer, row_answer
from publisher.rdf.safety import check_foreign

TIMEOUT: Final = 30.0

_ADVICE: Final = {
    401: "; set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment, and PUBLISHER_HOST to the host that they are "
    "for; or those of this store (docs/stores.md)",
    403: "; the endpoint does not admit this client",
    404: "; is the path right? Oxigraph answers at /query, Virtuoso at /sparql, Fuseki at /DATASET/sparql",
    405: "; is this the URL of the SPARQL service itself?",
    415: "; is this the URL of the SPARQL service itself?",
}


def run(
    endpoint: str, query: str, timeout: float = TIMEOUT, credentials: Credentials | None = None, contact: str = ""
) -> Answer:
    """Run a query of any form at ``endpoint`` and return its answer; ``timeout`` is in seconds, for all of it.

    ``contact`` tells the operators of the endpoint who asks. Raises ``EndpointError`` when the endpoint cannot be
    reached, refuses, or sends something that is no answer, and ``SourceError`` for SPARQL Update.
    """
    with Client(timeout, credentials, contact=contact, advise=lambda status, _: _ADVICE.get(status, "")) as client:
        return send(client, endpoint, query)


def send(client: Client, endpoint: str, query: str) -> Answer:
    """Run a query as ``run`` does, with a client that is already there.

    Implements the SPARQL 1.1 Protocol, section 2.1.2: query via URL-encoded POST, which has no limit of length.
    """
    form = query_form(query)
    wrapper = SPARQLWrapper(endpoint, agent=client.agent)
    wrapper.setQuery(query)
    wrapper.queryType = form.upper()  # its own guess is a regular expression, which comments can mislead
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)
    wrapper.setReturnFormat(TURTLE if form in GRAPH_FORMS else JSON)
    try:
        request = wrapper._createRequest()  # the public methods also send it, by urllib
    except ValueError as error:
        raise EndpointError(f"{endpoint}: {error}; expected a URL such as http://127.0.0.1:7878/query") from None
    content, headers = cast("bytes", request.data), dict(request.header_items())
    return client.read(
        lambda response: parse_answer(form, response), "POST", endpoint, content=content, headers=headers
    )


def parse_answer(form: str, response: Response) -> Answer:
    """Parse an answer by the type that the endpoint says it has, which need not be the one asked for.

    Raises ``EndpointError`` for what is no answer to a query of this form.
    """
    graph, media_type = form in GRAPH_FORMS, response.media_type
    known = (ox.RdfFormat if graph else ox.QueryResultsFormat).from_media_type(media_type)
    if known is None or known == ox.QueryResultsFormat.CSV:  # CSV does not keep the types of its values
        expected = "RDF" if graph else "SPARQL results"
        found = media_type or "an answer without a media type"
        raise EndpointError(f"expected {expected}, got {found}; is this the URL of the SPARQL service itself?")
    try:
        check_foreign(response.body, known)
        if isinstance(known, ox.RdfFormat):
            return graph_answer(form, (quad.triple for quad in ox.parse(response.body, format=known)))
        body = _standard(response.body, form) if known == ox.QueryResultsFormat.JSON else response.body
        return row_answer(form, ox.parse_query_results(body, format=known))
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"the answer is not the {media_type} that it should be, or was cut off: {error}"
    raise EndpointError(message)  # without a context: its frames hold parsers, which only this thread may free


def _standard(body: bytes, form: str) -> bytes:
    """Drop what engines add to SPARQL results JSON, and rename blank nodes to labels that every parser takes."""
    results = json.loads(body)
    if "boolean" in results:
        return json.dumps({"head": {}, "boolean": results["boolean"]}).encode()
    names, rows = results["head"]["vars"], results["results"]["bindings"]
    if form == "ask" and names == ["__ASK_RETVAL"]:  # Virtuoso's yes is a row that holds 1
        return json.dumps({"head": {}, "boolean": any(row["__ASK_RETVAL"]["value"] == "1" for row in rows)}).encode()
    labels: dict[str, str] = {}
    for term in (term for row in rows for term in row.values() if term["type"] == "bnode"):
        term["value"] = labels.setdefault(term["value"], f"b{len(labels)}")
    return json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()
