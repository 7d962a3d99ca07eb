"""Write a line about each request, without the queries and the secrets that are in it."""

from __future__ import annotations

import json
import time
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from publisher.serve.guard import Exchange

_SAFE: Final = "/%:@!$&'()*+,;=~[] "  # of what a client sent, in a line of a log


class AccessLog(NamedTuple):
    """How requests are logged: in the combined format or as JSON, with or without the text of their queries."""

    form: str
    with_queries: bool = False

    def line(self, exchange: Exchange, now: float) -> str:
        """Return the line about a request that ended at a time, in seconds since the epoch.

        A query string, also that of the page that led here, can have a SPARQL query or a secret: neither is in the line
        unless queries are wanted.
        """
        fields = _fields(exchange, now, with_queries=self.with_queries)
        if self.form == "json":
            return json.dumps(fields, ensure_ascii=True)
        text = {name: quote(str(value), safe=_SAFE) for name, value in fields.items()}
        moment = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
        target = f"{text['path']}?{text['query']}" if "query" in text else text["path"]
        request = f'"{text["method"]} {target} HTTP/{exchange.scope["http_version"]}" {text["status"]} {text["bytes"]}'
        return f'{text["client"]} - - [{moment}] {request} "{text["referer"]}" "{text["agent"]}"'


def _fields(exchange: Exchange, now: float, *, with_queries: bool) -> dict[str, Any]:
    scope = exchange.scope
    headers = dict(scope["headers"])
    referer = headers.get(b"referer", b"-").decode("latin-1")
    fields = {
        "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z",
        "client": scope["client"][0] if scope.get("client") else "-",
        "method": scope["method"],
        "path": (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1").partition("?")[0],
        "status": exchange.status,
        "bytes": exchange.size,
        "seconds": round(exchange.seconds, 6),
        "referer": referer if with_queries else referer.partition("?")[0],
        "agent": headers.get(b"user-agent", b"-").decode("latin-1"),
    }
    if end := scope["state"].get("end"):
        fields["end"] = end
    if with_queries and (query := scope["state"].get("query") or scope["query_string"].decode("latin-1")):
        fields["query"] = query
    return fields
