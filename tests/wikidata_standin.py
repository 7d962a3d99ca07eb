"""Stand in for Wikidata on loopback: ``w/api.php``, a reconciliation service, and its SPARQL service.

Written from the documentation of MediaWiki's ``wbsearchentities`` and ``wbgetentities`` and from the W3C Reconciliation
Service API 0.2; the SPARQL service is Oxigraph with the same items in Wikidata's RDF. ``Standin.faults`` makes the next
answers fail, one fault each.
"""

from __future__ import annotations

import csv
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from publisher.link.client import Wikidata, open_client
from publisher.rdf.vocab import XSD
from publisher.workspace.config import Services

DATA = Path(__file__).parent / "data" / "wikidata"
WD, WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
RDFS_LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
SKOS_ALT_LABEL = NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")

_LANGUAGES = ("en", "az", "be", "hy", "ru")

Entity = dict[str, Any]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def extract() -> dict[str, Entity]:
    """Return the items of ``tests/data/wikidata`` as ``wbgetentities`` writes them."""
    entities = {
        row["item"]: entity(row["item"], row["label"], [row["alias"]] * bool(row["alias"]), row["description"])
        for row in _rows("items.tsv")
    }
    for number, row in enumerate(_rows("statements.tsv")):
        qualifiers = dict(pair.split("=") for pair in row["qualifiers"].split())
        state(entities[row["item"]], row["property"], row["value"], qualifiers, f"test-{number}")
    return entities


def entity(qid: str, label: str, aliases: list[str], description: str) -> Entity:
    def text(value: str) -> dict[str, str]:
        return {"language": "en", "value": value}

    return {
        "type": "item",
        "id": qid,
        "labels": {"en": text(label)},
        "aliases": {"en": [text(alias) for alias in aliases]} if aliases else [],
        "descriptions": {"en": text(description)},
        "claims": {},
    }


def state(
    item: Entity,
    prop: str,
    value: str,
    qualifiers: dict[str, str] | None = None,
    name: str = "test",
    rank: str = "normal",
) -> None:
    """Add a statement to an item."""
    found: Entity = {"type": "statement", "id": f"{item['id']}${name}", "rank": rank, "mainsnak": snak(prop, value)}
    if qualifiers:
        found["qualifiers"] = {prop: [snak(prop, text)] for prop, text in qualifiers.items()}
    item["claims"].setdefault(prop, []).append(found)


def snak(prop: str, value: str) -> Entity:
    if value.startswith("Q") and value[1:].isdigit():
        data: Entity = {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": value}}
    elif value[:4].isdigit() and len(value) in (4, 7, 10):
        time = f"+{value}{'-00-00'[len(value) - 4 :]}T00:00:00Z"
        precision = {4: 9, 7: 10, 10: 11}[len(value)]
        data = {"type": "time", "value": {"time": time, "precision": precision, "timezone": 0}}
    elif value.startswith("@"):
        latitude, longitude = map(float, value[1:].split(","))
        data = {"type": "globecoordinate", "value": {"latitude": latitude, "longitude": longitude, "precision": 0.01}}
    else:
        data = {"type": "string", "value": value}
    return {"snaktype": "value", "property": prop, "datavalue": data}


def rdf(entities: dict[str, Entity]) -> bytes:
    """Return the items in the part of Wikidata's RDF that queries need: labels, aliases and truthy statements."""
    triples = []
    for item in entities.values():
        subject = NamedNode(WD + item["id"])
        triples += [
            Triple(subject, RDFS_LABEL, Literal(t["value"], language=t["language"])) for t in item["labels"].values()
        ]
        for aliases in dict(item["aliases"] or {}).values():
            triples += [Triple(subject, SKOS_ALT_LABEL, Literal(t["value"], language=t["language"])) for t in aliases]
        for prop, found in item["claims"].items():
            triples += [Triple(subject, NamedNode(WDT + prop), _term(one["mainsnak"]["datavalue"])) for one in found]
    return serialize(triples, format=RdfFormat.N_TRIPLES) or b""


def _term(data: Entity) -> NamedNode | Literal:
    if data["type"] == "wikibase-entityid":
        return NamedNode(WD + data["value"]["id"])
    if data["type"] == "time":
        return Literal(data["value"]["time"][1:].replace("-00", "-01"), datatype=XSD.dateTime)
    return Literal(str(data["value"]))


class Standin:
    """The state of the server: its items, which redirect, the faults to come, and what was asked."""

    def __init__(self, entities: dict[str, Entity]) -> None:
        self.entities = entities
        self.redirects: dict[str, str] = {}
        self.faults: list[str] = []
        self.asked: list[tuple[str, dict[str, str], str]] = []
        self.url = ""

    def answer(self, path: str, fields: dict[str, str]) -> Any:
        if path == "/reconcile":
            queries = json.loads(fields["queries"])
            return {key: {"result": self.reconcile(query)} for key, query in queries.items()}
        if path != "/w/api.php" or fields.get("format") != "json":
            return None
        return {"wbsearchentities": self.search, "wbgetentities": self.get}[fields["action"]](fields)

    def search(self, fields: dict[str, str]) -> Any:
        """Find by the beginning of a label or alias in the language, whatever the case."""
        text, language = fields["search"].casefold(), fields["language"]
        if language not in _LANGUAGES:
            info = f'Unrecognized value for parameter "language": {language}.'
            return {"error": {"code": "badvalue", "info": info}}
        hits = [
            {"id": item["id"], "label": item["labels"].get("en", {}).get("value", "")}
            for item in self.entities.values()
            if any(name.casefold().startswith(text) for name in _names(item, language))
        ]
        return {"search": hits[: int(fields["limit"])], "success": 1}

    def get(self, fields: dict[str, str]) -> Any:
        asked = fields["ids"].split("|")
        if len(asked) > 50:
            return {"error": {"code": "toomanyvalues", "info": "Too many values supplied for parameter 'ids'."}}
        found = {}
        for qid in asked:
            target = self.redirects.get(qid, qid)
            if target not in self.entities:
                found[qid] = {"id": qid, "missing": ""}
                continue
            item = dict(self.entities[target])
            for part in ("labels", "descriptions"):
                item[part] = {lang: v for lang, v in item[part].items() if lang in fields["languages"].split("|")} or []
            if target != qid:
                item["redirects"] = {"from": qid, "to": target}
            found[target] = item
        return {"entities": found, "success": 1}

    def reconcile(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """Propose what shares a word with the name, most words first, as full-text search does."""
        words = set(query["query"].casefold().replace("-", " ").split())
        scored = []
        for item in self.entities.values():
            common = max(len(words & set(name.casefold().replace("-", " ").split())) for name in _names(item, "en"))
            if common:
                scored.append((-common, int(item["id"][1:]), item))
        return [
            {"id": item["id"], "name": item["labels"]["en"]["value"], "score": -score, "match": False}
            for score, _, item in sorted(scored, key=lambda found: found[:2])[: query["limit"]]
        ]


def _names(item: Entity, language: str) -> list[str]:
    label = [item["labels"][language]["value"]] if language in item["labels"] else []
    return label + [alias["value"] for alias in dict(item["aliases"] or {}).get(language, [])]


_MAXLAG = b'{"error": {"code": "maxlag", "info": "Waiting for a database server: 7 seconds lagged."}}'
_REFUSED = b'{"error": {"code": "badvalue", "info": "Unrecognized value"}}'
_FAULTS: dict[str, tuple[bytes, str, dict[str, str]]] = {
    "html": (b"<html><body>Our servers are under maintenance</body></html>", "text/html", {}),
    "maxlag": (_MAXLAG, "application/json", {"Retry-After": "5"}),
    "refused": (_REFUSED, "application/json", {}),
    "other json": (b'{"hello": "world"}', "application/json", {}),
}


class _Handler(BaseHTTPRequestHandler):
    standin: Standin

    def do_GET(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _respond(self, query: str) -> None:
        path, fields = urlsplit(self.path).path, {key: values[0] for key, values in parse_qs(query).items()}
        self.standin.asked.append((path, fields, self.headers.get("User-Agent", "")))
        fault = self.standin.faults.pop(0) if self.standin.faults else ""
        body = json.dumps(self.standin.answer(path, fields)).encode()
        if body == b"null":
            self._send(404, b"not here", "text/plain")
        elif fault.startswith(("429", "503")):
            status, _, wait = fault.partition(" ")
            self._send(int(status), b"busy", "text/plain", {"Retry-After": wait} if wait else {})
        elif fault == "redirect":
            self._send(301, b"", extra={"Location": self.path})
        elif fault == "cut":
            self._send(200, body[: len(body) // 2], length=len(body))
        else:
            if fault == "slow":
                time.sleep(1.5)
            found, kind, extra = _FAULTS.get(fault, (body, "application/json", {}))
            self._send(200, body[: len(body) // 2] if fault == "truncated" else found, kind, extra)

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json",
        extra: dict[str, str] | None = None,
        length: int = 0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is that of the base class
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that gave up."""


_POLL = 0.02  # seconds in which the server notices that it is to stop; each test waits for that


@contextmanager
def serving(standin: Standin) -> Iterator[Standin]:
    """Serve on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"standin": standin})
    with _Server(("127.0.0.1", 0), handler) as server:
        standin.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, args=(_POLL,), daemon=True).start()
        try:
            yield standin
        finally:
            server.shutdown()


@contextmanager
def connected(standin: Standin, sparql_url: str = "") -> Iterator[Wikidata]:
    """Yield a client of the server that does not wait and caches nothing."""
    url = standin.url
    services = Services(f"{url}/w/api.php", f"{url}/reconcile", sparql_url or f"{url}/sparql", interval=0)
    with open_client("tests@example.org", interval=0, patience=1) as client:
        yield Wikidata(services, client, _LANGUAGES)


def oxigraph() -> str | None:
    """Return where the program is, if it is."""
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.is_file() else shutil.which("oxigraph")


@contextmanager
def sparql(program: str, folder: Path, triples: bytes) -> Iterator[str]:
    """Serve triples with Oxigraph and yield the URL of its SPARQL service."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "items.nt").write_bytes(triples)
    location = str(folder / "store")
    load = [program, "load", "--location", location, "--file", str(folder / "items.nt")]
    subprocess.run(load, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    serve = [program, "serve-read-only", "--location", location, "--bind", address]
    with subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://{address}/query", server)
            yield f"http://{address}/query"
        finally:
            server.terminate()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert server.poll() is None, "oxigraph ended"
        try:
            urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=5).close()  # noqa: S310 - our own server
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("oxigraph does not answer")
