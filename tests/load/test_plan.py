"""A plan lists the requests of a load, and sends none of them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.errors import ConfigError, EndpointError, SourceError
from publisher.load import bulk, load, plan, profiles
from publisher.load.ledger import STAGING
from publisher.workspace.config import Config, StoreTable, load_config
from tests.conftest import ROOT
from tests.stores.helpers import (
    write,
)


def test_show_sends_nothing(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "http://127.0.0.1:9"
    asked = ["load", url, "--profile", "virtuoso", "--show", "--out", str(built), "-w", str(ROOT)]
    assert main.main(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"POST {url}/sparql-graph-crud-auth?graph={STAGING}")
    assert " MOVE GRAPH " in lines[-1]
    assert main.main([*asked, "--method", "update"]) == 0
    assert "INSERT DATA" in capsys.readouterr().out


def test_show_tells_which_way_each_line_goes(config: Config, tmp_path: Path) -> None:
    target = profiles.find_target({}, "http://127.0.0.1:9", "virtuoso", "update")
    kinds = {"plain": '<urn:s> <urn:p> "a"', "long": f'<urn:s> <urn:p> "{"a" * 60_000}"', "blank": '_:a <urn:p> "a"'}
    dump = write(tmp_path, *(f"{line} <https://e.org/g>" for line in kinds.values()))
    urls = [line.split()[1] for line in plan(config, dump, target)]
    assert [url.rpartition("9/")[2].partition("?")[0] for url in urls] == [
        "sparql-auth",  # both without a blank node
        "sparql-graph-crud-auth",
        "sparql-auth",  # the move
    ]
    by_protocol = plan(config, dump, replace(target, method="gsp"))
    assert [line.partition(" INSERT")[1] for line in by_protocol] == [" INSERT", "", ""]


def test_show_of_bulk_loaders(built: Path) -> None:
    for name, told, last in (
        ("oxigraph", "load --location /db --file", "MOVE GRAPH"),
        ("fuseki", "-cp /jar tdb2.tdbloader --loc=/db", "CLEAR GRAPH"),
    ):
        entry = {"url": "http://127.0.0.1:9", "profile": name, "location": "/db"}
        target = profiles.find_target({"x": StoreTable("x", {**entry, "program": "/jar"})}, "x", None, "bulk")
        lines = plan(load_config(ROOT), built, target)
        assert told in lines[0]
        assert lines[-1].startswith(f"update {last} ")
    target = profiles.find_target(
        {"x": StoreTable("x", {**entry, "profile": "virtuoso", "folder": "/f"})}, "x", None, "bulk"
    )
    lines = plan(load_config(ROOT), built, target)
    assert lines[0].startswith("isql-vt 127.0.0.1:1111 dba ")
    assert lines.count("rdf_loader_run();") == 1
    with pytest.raises(ConfigError, match="needs to know the folder"):
        plan(load_config(ROOT), built, replace(target, tools={}))


def test_program_whose_output_is_not_utf_8() -> None:
    code = "import sys; sys.stderr.buffer.write(b'not \\xff'); sys.exit(1)"
    with pytest.raises(EndpointError, match=r"x: python.* failed: not \ufffd"):
        bulk.run("x", [sys.executable, "-c", code], 60)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["<urn:s> <urn:p> <urn:o> <https://w3id.org/geopol/graph/load>"], "keep their books"),
        ([f"<urn:s> <urn:p> <urn:o> <{STAGING}x>"], "keep their books"),
        (["<urn:s> <urn:p> <urn:o> <https://e.org/a/../b>"], r"has a '/\.' or '/\.\.' that some stores resolve"),
        (["<urn:s> <urn:p> <urn:o> <https://e.org/.?a>"], r"has a '/\.' or '/\.\.' that some stores resolve"),
        ([], r"all\.nq: holds no triples; a load of it would remove the whole dataset"),
    ],
)
def test_dataset_that_is_not_loaded(lines: list[str], message: str, config: Config, tmp_path: Path) -> None:
    dump = write(tmp_path, *lines)
    target = profiles.find_target({}, "http://127.0.0.1:9", "fuseki")  # nobody is there, and nobody is asked
    for refused in (lambda: load(config, dump, target, 60), lambda: plan(config, dump, target)):
        with pytest.raises((ConfigError, SourceError), match=message):
            refused()
