"""The table of servers tells ratios, and errors are no measurement."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks import serve, stress
from benchmarks.__main__ import DOCUMENT
from benchmarks.serve import BEGIN, END, Load
from benchmarks.servers import OURS
from tests.conftest import in_ci
from tests.event_loop import run_in_thread

_WRK = """\
  Latency Distribution
     50%    1.10ms
     99%    3.50ms
  1000 requests in 2.00s, 2.00MB read
Requests/sec:    500.25
"""


def test_what_wrk_prints_is_read() -> None:
    assert serve.read_wrk(_WRK, 0.5) == Load(500.25, 2000.0, 3.5)
    for line in ("  Non-2xx or 3xx responses: 7", "  Socket errors: connect 0, read 1, write 0, timeout 0"):
        with pytest.raises(RuntimeError, match=r"Non-2xx or 3xx responses: 7|Socket errors: .*read 1"):
            serve.read_wrk(f"{_WRK}{line}\n", 1)


def test_requests() -> None:
    assert serve.pairs(["a b"]).paths == ("/id/a%20b", "/id/a%20b.ttl")
    (path,) = serve.points_of(["https://example.org/a"], "/sparql").paths
    assert path.startswith("/sparql?query=SELECT+%3Fp+%3Fo+%7B+%3Chttps%3A%2F%2Fexample.org%2Fa%3E")


def test_table_tells_ratios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_nginx_version", lambda: "nginx 1.22")
    medians = {("pair", OURS): Load(1000, 2000, 5), ("pair", "nginx"): Load(4000, 8000, 1.25)}
    text = serve.render(medians, 1.25, argparse.Namespace(rounds=3, seconds=5))
    assert f"| pair | {OURS} | 1,000 | 2,000 |  | 5.0 |" in text
    assert "| pair | nginx | 4,000 | 8,000 | 25 % | 1.2 |" in text
    assert "answer of `/sparql`: 1.2 s" in text
    assert DOCUMENT.read_text(encoding="utf-8").count(BEGIN) == DOCUMENT.read_text(encoding="utf-8").count(END) == 1


@in_ci
def test_the_server_holds_while_some_clients_are_hostile(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--seconds", "4", "--clients", "20", "--pause", "0.2", "--dist", str(built)]
    code = run_in_thread(lambda: stress.main(options))
    text = capsys.readouterr().out
    assert code == 0, text
    assert "thing: 303" in text
