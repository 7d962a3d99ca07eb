"""A store that holds the older dataset gets what differs, and only such a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.errors import EndpointError
from publisher.load import load, migrate
from publisher.load.client import StoreClient, connect
from publisher.load.ledger import STAGING, Ledger
from publisher.load.profiles import Target
from publisher.workspace.config import Config
from tests.conftest import ROOT
from tests.running import PASSWORD, Running, answering
from tests.stores.helpers import FOREIGN, Killer, count, free


@contextmanager
def opened(target: Target) -> Iterator[StoreClient]:
    with connect(target, 60) as http:
        yield StoreClient(target, http)


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line} .\n" for line in lines), encoding="utf-8")
    return path


def datasets(folder: Path, base: str) -> tuple[Path, Path]:
    """Write two datasets: a graph changes, one with blank nodes changes, one goes, one comes, one stays."""
    same = f'<urn:s> <urn:p> "it\'s \\"so\\"" <{base}same>'
    many = [f'<urn:s{n}> <urn:p> "{n}" <{base}many>' for n in range(50)]
    blank = [f"_:a <urn:p> _:b <{base}blank>", f'_:b <urn:n> "{{}}" <{base}blank>']
    old = write(
        folder / "old.nq",
        same,
        *many,
        *(b.format("old") for b in blank),
        f"<urn:s> <urn:p> 'x' <{base}gone>".replace("'", '"'),
    )
    changed = [*many[1:], f'<urn:s0> <urn:p> "Ägypten"@de <{base}many>']
    new = write(
        folder / "new.nq", same, *changed, *(b.format("new") for b in blank), f'<urn:s> <urn:p> "y" <{base}come>'
    )
    return old, new


def test_store_gets_what_differs(store: Running, config: Config, tmp_path: Path) -> None:
    base, target = "https://migrate.org/", store.target()
    config = replace(config, base=base)
    old, new = datasets(tmp_path, base)
    load(config, old, target, 60)
    with opened(target) as client:
        client.update(f"INSERT DATA {{ GRAPH <{FOREIGN}> {{ <urn:s> <urn:p> 1 }} }}")
        sent: list[bytes] = []

        def watch(_: str, body: bytes) -> bytes | None:
            sent.append(body)
            return None

        with answering(watch, store.port) as port:
            done = migrate(config, old, new, store.target(port=port), 60)
        assert (done.changed, done.removed) == ((f"{base}many",), (f"{base}gone",))
        assert done.replaced == (f"{base}blank", f"{base}come")
        assert (done.triples_removed, done.triples_added) == (1, 1)
        assert not any(b"urn:s7>" in body or b"urn%3As7%3E" in body for body in sent), "the rest is not sent"
        assert count(client, FOREIGN) == 1
        assert not client.rows(
            f'SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }} LIMIT 1'
        )
    assert migrate(config, old, new, target, 60).is_empty
    assert load(config, new, target, 60, sync=True).sent == ()
    assert load(config, new, target, 60, full=True).differences == ()


def test_store_that_holds_something_else_is_left_alone(store: Running, config: Config, tmp_path: Path) -> None:
    base, target = "https://refuse.org/", store.target()
    config = replace(config, base=base)
    old, new = datasets(tmp_path, base)
    with pytest.raises(
        EndpointError, match=r"does not hold the older dataset: 3 graphs, such as <.*nothing was changed"
    ):
        migrate(config, old, new, target, 60)
    other = write(tmp_path / "other.nq", f'<urn:s> <urn:p> "other" <{base}many>')
    load(config, other, target, 60)
    with pytest.raises(EndpointError, match="does not hold the older dataset"):
        migrate(config, old, new, target, 60)
    assert load(config, other, target, 60, sync=True).sent == ()
    with opened(target) as client:
        ledger = Ledger(client, config.graph("load"))
        ledger.lock()
        with pytest.raises(EndpointError, match="another load is at work"):
            migrate(config, other, new, target, 60)
        ledger.unlock()


def test_what_somebody_changed_is_replaced(store: Running, config: Config, tmp_path: Path) -> None:
    base, target = "https://mended.org/", store.target()
    config = replace(config, base=base)
    old, new = datasets(tmp_path, base)
    load(config, old, target, 60)
    with opened(target) as client:
        client.update(f"INSERT DATA {{ GRAPH <{base}many> {{ <urn:s> <urn:p> 'mine' }} }}")
    done = migrate(config, old, new, target, 60)
    assert (done.changed, f"{base}many" in done.replaced) == ((), True)
    assert load(config, new, target, 60, sync=True, full=True).differences == ()


def test_more_than_one_request_holds(store: Running, config: Config, tmp_path: Path) -> None:
    base = "https://batch.org/"
    config = replace(config, base=base)
    target = store.target()
    target = replace(target, profile=replace(target.profile, update_size=12, moves_per_update=2))
    names = [f"{base}g{n}" for n in range(9)]
    old = write(tmp_path / "old.nq", *(f'<urn:s> <urn:p> "{n}" <{name}>' for name in names for n in range(9)))
    new = write(tmp_path / "new.nq", *(f'<urn:s> <urn:p> "{n + 1}" <{name}>' for name in names[2:] for n in range(9)))
    load(config, old, target, 60)
    done = migrate(config, old, new, target, 60)
    assert (len(done.changed), len(done.replaced), done.removed) == (6, 1, (names[0], names[1]))
    assert load(config, new, target, 60, sync=True, full=True).sent == ()


def test_killed_before_the_change(store: Running, config: Config, tmp_path: Path) -> None:
    base, target = "https://killed.org/", store.target()
    config = replace(config, base=base)
    old, new = datasets(tmp_path, base)
    load(config, old, target, 60)
    with pytest.raises(EndpointError, match=r"the connection broke|cannot be reached"):
        migrate(config, old, new, target, 60, progress=Killer(store, "change"))
    store.start()
    with opened(target) as client:
        assert count(client, f"{base}many") == 50
        free(client, config)
    assert migrate(config, old, new, target, 60).changed == (f"{base}many",)
    assert load(config, new, target, 60, sync=True, full=True).differences == ()


def test_command_line(
    store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if store.name == "virtuoso":
        monkeypatch.setenv("PUBLISHER_USER", "dba")
        monkeypatch.setenv("PUBLISHER_PASSWORD", PASSWORD)
    old, new = datasets(tmp_path, "https://command.org/")
    into = [store.url, "--profile", store.name, "-w", str(ROOT)]
    migrating = ["diff", str(old), str(new), "--migrate", *into]
    assert main.main(migrating) == 3
    assert main.main(["load", *into, "--out", str(old)]) == 0
    capsys.readouterr()
    assert main.main(migrating) == 0
    told = "1 graph changed in place (triples: 1 removed, 1 added), 2 replaced or new, 1 removed; every count is right"
    assert told in capsys.readouterr().out
    assert main.main(migrating) == 0
    assert "nothing to do" in capsys.readouterr().out
