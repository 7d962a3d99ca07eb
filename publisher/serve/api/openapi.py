"""Describe the saved queries of a workspace, the SPARQL endpoint, and what operators ask, in OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from publisher.query.files import Query
from publisher.query.marks import COLUMNS
from publisher.query.paging import order_obstacle
from publisher.query.parameters import Parameter
from publisher.query.results import GRAPH_FORMS
from publisher.serve.api.dataset import MOST_ROWS
from publisher.serve.api.formats import GRAPH_MEDIA, ROW_MEDIA, SPARQL_MEDIA
from publisher.workspace.config import Config


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _text(description: str, media_type: str = "text/plain") -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}


_IRI: Final = r"^https?://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?(#[A-Za-z0-9._~-]*)?$"
# The schemas of values by the types of parameters (publisher.query.parameters).
_SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "string": {"type": "string"},
    "boolean": {"type": "string", "enum": ["true", "false"]},
    "integer": {"type": "integer"},
    "decimal": {"type": "string", "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"},
    "date": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}
# The second is that of an answer which the build wrote as a file.
_JSON: Final = (ROW_MEDIA["json"], "application/json")
_HEALTH: Final = {
    "type": "object",
    "properties": {
        **{name: {"type": "boolean"} for name in ("ready", "site", "queries")},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["ready", "site", "queries", "reasons"],
}
_NAMED: Final = "An IRI, a name with a prefix, or any name that one thing of the dataset has."
_ERRORS: Final = {
    "400": "A parameter that the query does not have, or a value that is not of its type; the text says which.",
    "404": "There is no such query or format.",
    "429": "This client runs too many queries at once; Retry-After says when to ask again.",
    "503": "The query was stopped at a limit on memory, rows or bytes, or too many queries wait; the text says which.",
    "504": "The query was stopped at the limit on time.",
}


def openapi(config: Config, queries: Iterable[Query]) -> dict[str, Any]:
    """Return the description of the interface; addresses are relative to that of the description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": config.title,
            "description": config.description,
            "version": config.version,
            "license": {"name": config.license, "url": config.license},
        },
        "servers": [{"url": "."}],
        "paths": {**{f"/queries/{query.name}.{{format}}": {"get": _operation(query)} for query in queries}, **_PATHS},
        "components": {
            "schemas": {"iri": iri_schema(config.prefixes), **_SCHEMAS},
            "parameters": _COMMON,
            "responses": _RESPONSES,
        },
    }


def _operation(query: Query) -> dict[str, Any]:
    kind = "graph" if query.form in GRAPH_FORMS else "rows"
    common = [f"{kind}-format", *_applicable(query)]
    return {
        "operationId": query.name,
        "summary": query.question or query.name,
        "description": "\n\n".join(_description(query)),
        "tags": list(query.tags),
        "parameters": [
            *(_parameter(parameter) for parameter in query.parameters),
            *(_ref("parameters", name) for name in common),
        ],
        "responses": {
            "200": _ref("responses", kind),
            **{code: _ref("responses", code) for code in _ERRORS},
        },
    }


def _description(query: Query) -> Iterator[str]:
    if query.description:
        yield query.description
    if query.form == "select" and (obstacle := order_obstacle(query.text)):
        yield f"There are no limit and offset: {obstacle}."


def _parameter(parameter: Parameter) -> dict[str, Any]:
    parts = [parameter.description.strip()]
    parts += [_NAMED] * (parameter.type == "iri")
    parts.append(f"By default {parameter.default}." if parameter.default else "By default any.")
    schema = _ref("schemas", parameter.type)
    return {"name": parameter.name, "in": "query", "schema": schema, "description": " ".join(parts)}


def iri_schema(prefixes: Mapping[str, str]) -> dict[str, Any]:
    """Return the schema of IRIs and of names with one of the prefixes; names of things are not in it."""
    curie = f"^({'|'.join(sorted(prefixes))}):[A-Za-z0-9_-]+$"
    return {"type": "string", "anyOf": [{"pattern": _IRI}, {"pattern": curie}]}


def _applicable(query: Query) -> Iterator[str]:
    """Yield which of the parameters that queries have in common a query has."""
    own = {parameter.name for parameter in query.parameters}
    if query.form == "select":
        names = ("marks",) if order_obstacle(query.text) else ("marks", "limit", "offset")
        yield from (name for name in names if name not in own)


def _format(media: Mapping[str, str]) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(media)}
    return {"name": "format", "in": "path", "required": True, "schema": schema, "description": "The format."}


_COLUMNS: Final = "; ".join(f"{name}: {text}" for name, text in COLUMNS.items())
_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": MOST_ROWS}
_COMMON: Final = {
    "rows-format": _format(ROW_MEDIA),
    "graph-format": _format(GRAPH_MEDIA),
    "marks": {
        "name": "marks",
        "in": "query",
        "schema": {"type": "string", "enum": ["0", "1"]},
        "description": f"1 adds columns that tell claims from facts in each row. {_COLUMNS}.",
    },
    "limit": {"name": "limit", "in": "query", "schema": _NUMBER, "description": "At most so many rows."},
    "offset": {"name": "offset", "in": "query", "schema": _NUMBER, "description": "Leave out so many rows."},
}
_GRAPH_NAMES: Final = {"type": "array", "items": _ref("schemas", "iri")}
_SPARQL: Final[Mapping[str, Mapping[str, Any]]] = {
    "query": {"type": "string", "format": "sparql-query", "description": "SELECT, ASK, CONSTRUCT or DESCRIBE."},
    "default-graph-uri": {**_GRAPH_NAMES, "description": "The graphs of the default graph."},
    "named-graph-uri": {**_GRAPH_NAMES, "description": "The named graphs."},
    "marks": {"type": "string", "enum": ["0", "1"], "description": "1 adds columns that tell claims from facts."},
}
_ANSWER: Final[Mapping[str, Any]] = {
    "200": _ref("responses", "sparql"),
    **{code: _ref("responses", code) for code in ("400", "429", "503", "504")},
    "403": _text("An update: nothing can be changed here."),
    "406": _text("A format that there is not."),
    "413": _text("A request of more than 256 kB."),
    "415": _text("Another type of body, or another encoding than UTF-8."),
}
_PATHS: Final[Mapping[str, Any]] = {
    "/sparql": {
        "get": {
            "operationId": "sparql-get",
            "summary": "Answer a query (SPARQL 1.1 Protocol); without one, describe the service.",
            "parameters": [{"name": name, "in": "query", "schema": schema} for name, schema in _SPARQL.items()],
            "responses": {**_ANSWER, "303": {"description": "The page for queries, where a browser sends none."}},
        },
        "post": {
            "operationId": "sparql-post",
            "summary": "Answer a query (SPARQL 1.1 Protocol).",
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {"type": "object", "properties": _SPARQL, "required": ["query"]}
                    },
                    "application/sparql-query": {"schema": _SPARQL["query"]},
                },
            },
            "responses": _ANSWER,
        },
    },
    "/.well-known/void": {
        "get": {
            "operationId": "void",
            "summary": "Lead to the description of the dataset (VoID).",
            "responses": {"303": _text("The address of the description.")},
        },
    },
    "/-/health": {
        "servers": [{"url": "/"}],
        "get": {
            "operationId": "health",
            "summary": "Tell whether the server can serve; operators may keep it to themselves.",
            "responses": {
                code: {"description": text, "content": {"application/json": {"schema": _HEALTH}}}
                for code, text in (("200", "It can."), ("503", "It cannot now; the reasons tell why."))
            },
        },
    },
}
_RESPONSES: Final = {
    "sparql": {
        "description": "The rows, or yes or no; the triples; without a query, the description of the service.",
        "content": {name: {"schema": {}} for name in SPARQL_MEDIA},
    },
    "rows": {
        "description": "The rows, or yes or no.",
        "content": {
            **{name: {"schema": {"type": "string"}} for name in ROW_MEDIA.values()},
            **{name: {"schema": {"type": "object", "required": ["head"]}} for name in _JSON},
        },
    },
    "graph": {
        "description": "The triples.",
        "content": {name: {"schema": {}} for name in GRAPH_MEDIA.values()},
    },
    **{code: _text(text, "text/html" if code == "404" else "text/plain") for code, text in _ERRORS.items()},
}
