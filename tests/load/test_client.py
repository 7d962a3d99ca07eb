"""Servers that are no store, or not there, end a load with a message."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import EndpointError
from publisher.load import load, profiles
from publisher.load.client import StoreClient, connect
from publisher.workspace.config import Config
from tests.running import (
    answering,
)


def table(**columns: str) -> bytes:
    row = {name: {"type": "literal", "value": told} for name, told in columns.items()}
    return json.dumps({"head": {"vars": list(row)}, "results": {"bindings": [row]}}).encode()


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (200, b"<html><body>Welcome</body></html>", "no table of SPARQL results: <html>"),
        (200, table(x="1"), r"the answer lacks \?h, \?until"),
        (200, table(h="urn:x", until="soon"), "expected a whole number, found 'soon'"),
        (
            413,
            b"<h1>Request Entity Too Large</h1>",
            r"HTTP 413: Request Entity Too Large; a proxy .* '--method update'",
        ),
        (301, b"", r"HTTP 301: http://127.0.0.1:\d+ redirects to another server, http://127.0.0.1:9, .* use its URL"),
        (308, b"", r"HTTP 308: http://127.0.0.1:\d+ redirects to another server, http://127.0.0.1:9, .* use its URL"),
    ],
)
def test_server_that_is_no_store(status: int, answer: bytes, message: str, config: Config, built: Path) -> None:
    with answering(lambda *_: answer, 9, status) as port:
        target = profiles.find_target({}, f"http://127.0.0.1:{port}", "fuseki")
        with pytest.raises(EndpointError, match=message):
            load(config, built, target, 60)


def test_count_that_is_none() -> None:
    target = profiles.find_target({}, "http://127.0.0.1:9", "fuseki")
    answer = b'{"head": {"vars": ["i", "n"]}, "results": {"bindings": []}}'
    with answering(lambda *_: answer, 9) as port, connect(target, 60) as http:
        client = StoreClient(replace(target, query=f"http://127.0.0.1:{port}/"), http)
        with pytest.raises(EndpointError, match="0 answers to 1 counts"):
            client.counts(["urn:g"])


def test_nobody_there(config: Config, built: Path) -> None:
    target = profiles.find_target({}, "http://127.0.0.1:9", "fuseki")
    with pytest.raises(EndpointError, match=r"cannot be reached: .*is the server running"):
        load(config, built, target, 60)
