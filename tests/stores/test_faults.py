"""Stores that are read-only, full, killed, slow or cut off: the old data stay, and the next load succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from publisher.errors import EndpointError
from publisher.http import Credentials
from publisher.load import load
from publisher.load.bulk import run_sql
from publisher.load.profiles import Target
from publisher.workspace.config import Config
from tests.conftest import Requirement
from tests.running import (
    INSTALL,
    Running,
    answering,
    can_mount,
    cutting_proxy,
    disk,
    is_installed,
    running,
)
from tests.stores.helpers import (
    METHODS,
    OLD,
    Killer,
    Opened,
    count,
    free,
    generated,
    staged_graphs,
    staged_names,
    values,
    write,
)


@pytest.mark.parametrize("method", METHODS)
def test_store_that_is_read_only(store: Running, method: str, config: Config, tmp_path: Path, opened: Opened) -> None:
    if store.name == "rdf4j":  # which has neither users nor a way to be read-only
        return
    config = replace(config, base=f"https://{method}.read-only.org/")
    dump = write(tmp_path, OLD)
    load(config, dump, store.target(), 60)
    new = write(tmp_path, OLD.replace("old", "new"))
    with forbidden(store, method) as (target, message):
        for sync in (False, True):
            with pytest.raises(EndpointError, match=message):
                load(config, new, target, 60, sync=sync)
        assert values(opened(target), "https://e.org/graph/0") == ["old"]
    assert load(config, new, store.target(method), 60, full=True).differences == ()


@contextmanager
def forbidden(store: Running, method: str) -> Iterator[tuple[Target, str]]:
    """Yield a target that may only be read, and what is said of it."""
    if store.name == "virtuoso":
        run_sql(
            store.target("bulk"), ["DB.DBA.USER_CREATE('reader', 'reads');", 'grant SPARQL_SELECT to "reader";'], 60
        )
        user = Credentials("reader", "reads", is_digest=True)
        yield replace(store.target(method), credentials=user), "HTTP 500: .*does not let this user write"
    else:
        for store.is_read_only in (True, False):
            store.stop()
            store.start()
            if store.is_read_only:
                yield store.target(method), r"HTTP \d+: .*read-only"


@pytest.mark.parametrize(("name", "size"), [("oxigraph", "8m"), ("fuseki", "2m"), ("virtuoso", "50m")])
def test_disk_that_is_full(
    name: str, size: str, config: Config, tmp_path: Path, opened: Opened, require: Requirement
) -> None:
    require(name, INSTALL, found=is_installed(name))
    folder = tmp_path / "disk"
    folder.mkdir()
    require("a right to mount a small disk", "root, in a container with CAP_SYS_ADMIN", found=can_mount(folder))
    with disk(folder, size) as resize, running(name, folder) as found:
        client = opened(found.target())
        load(config, write(tmp_path, OLD), found.target(), 60)
        big = generated(tmp_path / "big.nq", 30_000)
        with pytest.raises(EndpointError, match=r"is its disk full|its log tells why"):
            load(config, big, found.target(), 60)
        found.kill()
        resize("500m")
        found.start()
        assert values(client, "https://e.org/graph/0") == ["old"]
        free(client, config)
        assert load(config, big, found.target(), 60, full=True).differences == ()
        found.kill()  # before its disk goes


@pytest.mark.parametrize("step", ["send", "swap"])
def test_killed_while_loading(step: str, store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config = replace(config, base="https://e.org/")
    target = store.target()
    old = write(tmp_path, '<urn:s> <urn:p> "old" <https://e.org/graph/0>')
    load(config, old, target, 60)
    dump = generated(tmp_path / "big.nq", 3_000)
    with pytest.raises(EndpointError, match=r"the connection broke|cannot be reached"):
        load(config, dump, target, 60, progress=Killer(store, step))
    store.start()
    client = opened(target)
    assert values(client, "https://e.org/graph/0") == ["old"]
    with pytest.raises(EndpointError, match="another load is at work"):  # so it seems, until the lease ends
        load(config, dump, target, 60)
    free(client, config)
    done = load(config, dump, target, 60, full=True)
    assert (done.triples, done.differences) == (3_000, ())


def test_connection_that_is_cut(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config = replace(config, base="https://cut.org/")
    old = write(tmp_path, '<urn:s> <urn:p> "old" <https://e.org/graph/0>')
    load(config, old, store.target(), 60)
    dump = generated(tmp_path / "big.nq", 3_000)
    with cutting_proxy(store.port, 100_000) as port, pytest.raises(EndpointError, match="the connection broke"):
        load(config, dump, store.target(port=port), 60)
    client = opened(store.target())
    assert count(client, "https://e.org/graph/0") == 1
    free(client, config)
    assert load(config, dump, store.target(), 60, full=True).differences == ()


def test_store_that_answers_success_and_takes_no_data(
    store: Running, config: Config, tmp_path: Path, opened: Opened
) -> None:
    def failing(_: str, body: bytes) -> bytes | None:
        return b"<p>Error: out of memory</p>" if b'"value ' in body else None

    config = replace(config, base="https://failing.org/")
    load(config, write(tmp_path, OLD), store.target(), 60)
    dump = generated(tmp_path / "big.nq", 1_000)
    with (
        answering(failing, store.port) as port,
        pytest.raises(EndpointError, match="the store holds 0; the old data are still in service"),
    ):
        load(config, dump, store.target(port=port), 60)
    client = opened(store.target())
    assert values(client, "https://e.org/graph/0") == ["old"]
    assert load(config, dump, store.target(), 60, full=True).differences == ()
    assert staged_graphs(client) == []


def test_store_that_is_slow(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    """Two requests that were given up arrive late: before the load that makes up for them, and after it."""
    is_given_up = Event()

    def slow(_: str, body: bytes) -> bytes | None:
        if b'"value ' in body:
            is_given_up.wait(60)
        return None

    config = replace(config, base="https://slow.org/")
    load(config, write(tmp_path, OLD), store.target(), 60)
    dump = generated(tmp_path / "big.nq", 1_000)
    with answering(slow, store.port) as port:  # which ends when the request has arrived
        with pytest.raises(EndpointError, match="no answer within 2"):
            load(config, dump, store.target(port=port), 2)
        is_given_up.set()
    client = opened(store.target())
    assert values(client, "https://e.org/graph/0") == ["old"]
    assert load(config, dump, store.target(), 60, full=True).differences == ()
    client.send([(staged_names(client, config)[0], b"<urn:s> <urn:p> <urn:late> .\n")])
    load(config, dump, store.target(), 60, sync=True)
    assert staged_graphs(client) == []
