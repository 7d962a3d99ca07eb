"""Every method on every store: what was sent is there, by value; foreign graphs stay; faults leave the old data."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Thread

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.credentials import SimpleCredential
from keyring.errors import KeyringLocked

from publisher.cli import main
from publisher.errors import ConfigError, EndpointError, UsageError
from publisher.http import Credentials
from publisher.load import bulk, load, plan, profiles
from publisher.load.client import StoreClient, connect
from publisher.load.graphs import GraphPart
from publisher.load.ledger import DAMAGED, STAGING, Ledger
from publisher.load.profiles import Target
from publisher.load.virtuoso import SqlConsole
from publisher.progress import Progress
from publisher.workspace.config import Config, load_config
from tests import asked
from tests.conftest import ROOT, Requirement
from tests.published import published
from tests.running import (
    INSTALL,
    PASSWORD,
    Running,
    answering,
    can_mount,
    cutting_proxy,
    disk,
    is_installed,
    running,
)

FOREIGN = "https://other.org/graph"
# queries that a store cannot answer, as docs/stores.md tells
KNOWN: dict[str, set[str]] = {
    "oxigraph": set(),
    "fuseki": set(),
    "virtuoso": {"who-holds-which-office"},
    "rdf4j": set(),
}
METHODS = ("gsp", "update")


Opened = Callable[[Target], StoreClient]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open sessions that are closed in the end."""
    with ExitStack() as stack:
        yield lambda target: StoreClient(target, stack.enter_context(connect(target, 60)))


def write(folder: Path, *lines: str) -> Path:
    path = folder / "all.nq"
    path.write_text("".join(f"{line} .\n" for line in lines), encoding="utf-8")
    return path


def generated(path: Path, triples: int) -> Path:
    """Write ``triples`` statements of 20 graphs, the same each time."""
    with path.open("w", encoding="utf-8") as out:
        for n in range(triples):
            graph, thing = f"<https://e.org/graph/{n % 20}>", f"<https://e.org/id/{n // 7}>"
            out.write(f'{thing} <https://e.org/ns#p{n % 7}> "value {n}"@en {graph} .\n')
    return path


@pytest.mark.parametrize("method", METHODS)
def test_what_is_sent_is_there(store: Running, method: str, config: Config, built: Path, opened: Opened) -> None:
    target = store.target(method)
    session = opened(target)
    session.update(f"INSERT DATA {{ GRAPH <{FOREIGN}> {{ <urn:s> <urn:p> 1 }} }}")
    done = load(config, built, target, 60, full=True)
    assert not [difference for difference in done.differences if difference.is_loss]
    assert done.triples > 10_000
    assert session.count(FOREIGN) == 1
    again = load(config, built, target, 60, sync=True)
    assert again.sent == again.removed == ()
    assert again.unchanged == done.sent
    assert not session.rows(f'SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }} LIMIT 1')


def test_bulk_loader(store: Running, config: Config, built: Path, opened: Opened, tmp_path: Path) -> None:
    if "bulk" not in store.target().profile.methods:
        with pytest.raises(UsageError, match="not loaded by 'bulk'"):
            store.target("bulk")
        return
    config = replace(config, base="https://bulk.org/")
    opened(store.target()).update(f"INSERT DATA {{ GRAPH <{FOREIGN}> {{ <urn:s> <urn:p> 1 }} }}")
    blank = b'_:a <urn:p> "it\'s" <https://bulk.org/g> .\n_:a <urn:q> _:b <https://bulk.org/g> .\n'
    dump = published(tmp_path, "all.nq", (built / "dumps" / "all.nq").read_bytes() + blank)
    with store.bulk() as target:
        done = load(config, dump, target, 120, full=True)
        again = load(config, dump, target, 120, sync=True)
    assert not [difference for difference in done.differences if difference.is_loss]
    assert (again.sent, again.unchanged, done.triples > 9_000) == ((), done.sent, True)
    session = opened(store.target())
    assert session.count(FOREIGN) == 1
    assert not session.rows(f'SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }} LIMIT 1')
    assert load(config, dump, store.target(), 120, sync=True).sent == ()


@pytest.mark.parametrize("profile", ["graphdb", "sparql"])
def test_profiles_of_other_stores(profile: str, store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    """GraphDB speaks the protocol of RDF4J; two stores that need nothing but SPARQL 1.1 Update stand for any such."""
    if store.name not in {"graphdb": ("rdf4j",), "sparql": ("rdf4j", "oxigraph")}[profile]:
        return
    config, urls = replace(config, base=f"https://{profile}.org/"), store.target()
    entry = {"url": store.url} if profile == "graphdb" else {"query": urls.query, "update": urls.update}
    lines = [f'<urn:s> <urn:p> "{n} é" <https://{profile}.org/{n % 3}>' for n in range(20)]
    for method in profiles.PROFILES[profile].methods:
        target = profiles.find_target({"other": {"profile": profile, **entry}}, "other", None, method)
        for some in (lines, lines[1:]):
            dump = write(tmp_path, *some)
            done = load(config, dump, target, 60, full=True)
            assert (done.differences, len(done.sent)) == ((), 3)
            assert load(config, dump, target, 60, sync=True).sent == ()
        assert opened(target).count(f"https://{profile}.org/0") == 6


def test_a_build_is_sent_as_it_is(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config, target = replace(config, base="https://parts.org/"), store.target()
    target = replace(target, profile=replace(target.profile, request_size=5))
    two = '<urn:s> <urn:p> _:{0} <https://parts.org/0> .\n_:{0} <urn:n> "{0}" <https://parts.org/0> .\n'
    blank = [two.format(name) for name in "ab"]
    lines = [f'<urn:s{n}> <urn:p> "_:{n}" <https://parts.org/{n % 3}> .\n' for n in range(17)]
    (tmp_path / "new").mkdir()
    old = published(tmp_path, "all.nq", "".join([*blank, *lines]).encode())
    new = published(tmp_path / "new", "all.nq", "".join([*blank, *lines, lines[1].replace("_:1", "new")]).encode())
    done = load(config, old, target, 60, full=True)
    assert (done.differences, done.triples) == ((), 21)
    assert load(config, old, target, 60, sync=True).sent == ()
    done = load(config, new, target, 60, sync=True, full=True)
    assert (done.differences, done.sent, done.triples) == ((), ("https://parts.org/1",), 7)
    assert opened(target).count("https://parts.org/1") == 7


def test_bulk_loader_that_cannot(store: Running, config: Config, tmp_path: Path) -> None:
    dump = write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://e.org/g>")
    if store.name == "virtuoso":
        target = replace(store.target("bulk"), credentials=Credentials("dba", "wrong", is_digest=True))
        with pytest.raises(EndpointError, match="401"):
            load(config, dump, target, 60)
        target = replace(store.target("bulk"), tools={**store.tools(), "sql": "127.0.0.1:9"})
        with pytest.raises(EndpointError, match="isql-vt"):
            load(config, dump, target, 60)
        target = store.target("bulk")
        with SqlConsole(target, 60) as console:
            console.run([f"ld_dir('{store.folder}', 'v.ini', 'urn:other');"])
            with pytest.raises(EndpointError, match=r"v\.ini waits in DB\.DBA\.load_list"):
                load(config, dump, target, 60)
            console.run(["delete from DB.DBA.load_list;"])
        target = replace(store.target("bulk"), tools={**store.tools(), "folder": "/nowhere"})
        with pytest.raises(EndpointError, match="/nowhere: cannot be written"):
            load(config, dump, target, 60)
    elif store.name != "rdf4j":
        with pytest.raises(EndpointError, match="stop the server first"):
            load(config, dump, store.target("bulk"), 60)


@pytest.mark.parametrize("kept", [1, 2])
def test_first_load_cut_off(kept: int, store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    """After the first of two requests that say what a load begins with, or when all is there but not said to be."""
    config = replace(config, base=f"https://notes{kept}.org/")
    target = store.target()
    target = replace(target, profile=replace(target.profile, request_size=6))
    names = [f"{config.base}{n}" for n in range(8)]
    dump = write(tmp_path, *(f'<urn:s> <urn:p> "{n}" <{name}>' for n, name in enumerate(names)))
    add, told = StoreClient.add, list[int]()

    def stopping(self: StoreClient, graph: str, part: GraphPart) -> None:
        if len(told) == kept:
            raise EndpointError("cut off")
        told.append(part.triples)
        add(self, graph, part)

    def cut_off(_: Ledger) -> None:
        raise EndpointError("cut off")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(StoreClient, "add", stopping)
        patched.setattr(Ledger, "end", cut_off)
        with pytest.raises(EndpointError, match="cut off"):
            load(config, dump, target, 60)
    assert told == [6, 2][:kept]
    session = opened(target)
    entries = Ledger(session, config.graph("load")).entries()
    begun = dict.fromkeys(names[: sum(told)], DAMAGED)
    assert {name: entry.value for name, entry in entries.items()} == begun
    assert sum(session.counts(names).values()) == (8 if kept == 2 else 0)
    done = load(config, dump, target, 60, sync=True, full=True)
    assert set(done.sent) == set(names)
    assert done.differences == ()
    assert load(config, dump, target, 60, sync=True).sent == ()


@pytest.mark.parametrize("name", ["with space", "it's", 'dou"ble'])
def test_folder_of_virtuoso(name: str, store: Running, config: Config, tmp_path: Path) -> None:
    if store.name != "virtuoso":
        return
    folder = store.folder / name
    folder.mkdir()
    dump = write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://folder.org/g>")
    target = store.target("bulk")
    assert load(config, dump, replace(target, tools={**store.tools(), "folder": str(folder)}), 60).triples == 1
    with tempfile.TemporaryDirectory(dir="/var/tmp") as other:  # in /tmp it was allowed without being named
        Path(other).chmod(0o755)
        target = replace(target, tools={**store.tools(), "folder": other})
        with pytest.raises(EndpointError, match=f"Access to '{other}.*denied.*add its folder to DirsAllowed"):
            load(config, dump, target, 60)


def test_every_query_is_answered_as_the_table_tells(store: Running, config: Config, built: Path) -> None:
    found = asked.answers(store, config, built)
    assert found == asked.written()[store.name], "run: python -m tests.asked"
    assert {query for query, told in found.items() if told != asked.GOOD} == KNOWN[store.name]


def test_table_has_every_query() -> None:
    told = asked.written()
    assert asked.PAGE.read_text(encoding="utf-8") == asked.page(told)


def test_sync_sends_only_what_differs(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    target = store.target()
    config = replace(config, base="https://sync.org/")
    one, two = "<urn:s> <urn:p> {} <https://sync.org/1>", "<urn:s> <urn:p> {} <https://sync.org/2>"
    load(config, write(tmp_path, one.format('"a"'), two.format('"a"')), target, 60)
    done = load(config, write(tmp_path, one.format('"a"'), two.format('"b"')), target, 60, sync=True)
    assert (done.sent, done.unchanged) == (("https://sync.org/2",), ("https://sync.org/1",))
    done = load(config, write(tmp_path, two.format('"b"')), target, 60, sync=True)
    assert (done.sent, done.removed) == ((), ("https://sync.org/1",))
    session = opened(target)
    assert session.count("https://sync.org/1") == 0
    session.update("INSERT DATA { GRAPH <https://sync.org/2> { <urn:s> <urn:p> 'mine' } }")
    done = load(config, tmp_path / "all.nq", target, 60, sync=True)
    assert done.sent == ("https://sync.org/2",)
    assert [t.object.value for t in session.triples("https://sync.org/2")] == ["b"]  # type: ignore[union-attr]


OLD = '<urn:s> <urn:p> "old" <https://e.org/graph/0>'


def values(session: StoreClient, graph: str) -> list[str]:
    return [row["o"].value for row in session.rows(f"SELECT ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")]


def free(session: StoreClient, config: Config) -> None:
    """End the lease of a load that could not end it."""
    session.update(f"DELETE WHERE {{ GRAPH <{config.graph('load')}> {{ ?s <urn:publisher:load:until> ?o }} }}")


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
        with SqlConsole(store.target("bulk"), 60) as console:
            console.run(["DB.DBA.USER_CREATE('reader', 'reads');", 'grant SPARQL_SELECT to "reader";'])
        user = Credentials("reader", "reads", is_digest=True)
        yield replace(store.target(method), credentials=user), "HTTP 500: .*does not let this user write"
    else:
        for store.is_read_only in (True, False):
            store.stop()
            store.start()
            if store.is_read_only:
                yield store.target(method), r"HTTP \d+: .*read-only"


@pytest.mark.parametrize(("name", "size"), [("fuseki", "2m"), ("virtuoso", "50m")])
def test_disk_that_is_full(
    name: str, size: str, config: Config, tmp_path: Path, opened: Opened, require: Requirement
) -> None:
    require(name, INSTALL, found=is_installed(name))
    folder = tmp_path / "disk"
    folder.mkdir()
    require("a right to mount a small disk", "root, in a container with CAP_SYS_ADMIN", found=can_mount(folder))
    with disk(folder, size) as resize, running(name, folder) as found:
        session = opened(found.target())
        load(config, write(tmp_path, OLD), found.target(), 60)
        big = generated(tmp_path / "big.nq", 30_000)
        with pytest.raises(EndpointError, match=r"is its disk full|its log tells why"):
            load(config, big, found.target(), 60)
        found.kill()
        resize("500m")
        found.start()
        assert values(session, "https://e.org/graph/0") == ["old"]
        free(session, config)
        assert load(config, big, found.target(), 60, full=True).differences == ()
        found.kill()  # before its disk goes


class Meddler(Progress):
    """Run an update when the load comes to a step."""

    def __init__(self, session: StoreClient, step: str, update: str) -> None:
        self._session, self._step, self._update = session, step, update

    def step(self, label: str) -> None:
        if label.startswith(self._step):
            self._session.update(self._update)


@pytest.mark.parametrize(
    "meddled", ["DELETE DATA {{ GRAPH <{}> {{ <urn:s> <urn:p> 'a' }} }}", "DROP SILENT GRAPH <{}>"]
)
def test_sync_sends_again_what_was_lost(
    meddled: str, store: Running, config: Config, tmp_path: Path, opened: Opened
) -> None:
    config, session = replace(config, base="https://lost.org/"), opened(store.target())
    lost, kept, other = (f"https://lost.org/{n}" for n in (1, 2, 3))
    dump = write(tmp_path, *(f'<urn:s> <urn:p> "{value}" <{g}>' for g in (lost, kept) for value in "ab"))
    gone = meddled.format(lost)
    others = "'c', 'd'" if "DROP" in gone else "'c'"  # as many as there were: the count is right again
    change = f"{gone} ; INSERT DATA {{ GRAPH <{lost}> {{ <urn:s> <urn:p> {others} }} }}"
    for what in (gone, change):
        done = load(config, dump, store.target(), 60, full=True, progress=Meddler(session, "verify", what))
        assert (done.exit_code, {difference.graph for difference in done.differences}) == (3, {lost})
        again = load(config, dump, store.target(), 60, sync=True, full=True)
        assert (again.sent, again.unchanged, again.differences) == ((lost,), (kept,), ())
    load(config, dump, store.target(), 60, full=True, progress=Meddler(session, "verify", change))
    done = load(config, write(tmp_path, f"<urn:s> <urn:p> <urn:o> <{other}>"), store.target(), 60)
    assert done.removed == (lost, kept)  # it stayed ours


@pytest.mark.parametrize("copies", [None, 7, "bulk"])
def test_graph_that_shrinks(store: Running, copies: int | str | None, config: Config, tmp_path: Path) -> None:
    config = replace(config, base="https://shrink.org/")
    lines = [f'<urn:{n // 7}> <urn:p{n % 7}> "value {n}"@en <https://shrink.org/g>' for n in range(9, 30_000, 20)]
    load(config, write(tmp_path, *lines), store.target(), 60)
    is_bulk = copies == "bulk" and "bulk" in store.target().profile.methods
    with store.bulk() if is_bulk else nullcontext(store.target()) as target:
        few = copies if isinstance(copies, int) and target.profile.copy_size else target.profile.copy_size
        piecewise = replace(target, profile=replace(target.profile, copy_size=few))
        done = load(config, write(tmp_path, *lines[:50]), piecewise, 60, full=True)
    assert (done.triples, done.differences) == (50, ())


@pytest.mark.parametrize("method", METHODS)
def test_blank_nodes_stay_what_they_are(store: Running, method: str, config: Config, tmp_path: Path) -> None:
    config = replace(config, base="https://blank.org/")
    graph = "<https://blank.org/g>"
    lines = [f'_:a{n} <urn:p> _:b{n} {graph} .\n_:b{n} <urn:n> "{n}" {graph}' for n in range(50)]
    done = load(config, write(tmp_path, *lines), store.target(method), 60, full=True)
    assert done.differences == ()


def test_two_loads_at_once(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config = replace(config, base="https://lock.org/")
    target, dump = store.target(), write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://lock.org/g>")
    other = Ledger(opened(target), config.graph("load"))
    other.lock()
    with pytest.raises(EndpointError, match="another load is at work"):
        load(config, dump, target, 60)
    other.unlock()
    assert load(config, dump, target, 60).triples == 1


class Killer(Progress):
    """Kill the store when the load comes to a step."""

    def __init__(self, store: Running, step: str) -> None:
        self._store, self._step = store, step

    def step(self, label: str) -> None:
        if label.startswith(self._step):
            self._store.kill()


@pytest.mark.parametrize("step", ["send", "swap"])
def test_killed_while_loading(step: str, store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config = replace(config, base="https://e.org/")
    target = store.target()
    old = write(tmp_path, '<urn:s> <urn:p> "old" <https://e.org/graph/0>')
    load(config, old, target, 60)
    dump = generated(tmp_path / "big.nq", 30_000)
    with pytest.raises(EndpointError, match=r"the connection broke|cannot be reached"):
        load(config, dump, target, 60, progress=Killer(store, step))
    store.start()
    session = opened(target)
    assert [t.object.value for t in session.triples("https://e.org/graph/0")] == ["old"]  # type: ignore[union-attr]
    with pytest.raises(EndpointError, match="another load is at work"):  # so it seems, until the lease ends
        load(config, dump, target, 60)
    free(session, config)
    done = load(config, dump, target, 60, full=True)
    assert (done.triples, done.differences) == (30_000, ())


def test_killed_while_loading_in_bulk(config: Config, tmp_path: Path, opened: Opened, require: Requirement) -> None:
    require("virtuoso", INSTALL, found=is_installed("virtuoso"))
    config, graph = replace(config, base="https://e.org/"), "https://e.org/graph/0"
    with running("virtuoso", tmp_path) as store:
        load(config, write(tmp_path, OLD), store.target(), 60)
        dump = generated(tmp_path / "big.nq", 300_000)
        killing = Thread(target=kill_at_work, args=(store,))
        killing.start()
        with pytest.raises(EndpointError, match="isql-vt"):
            load(config, dump, store.target("bulk"), 60)
        killing.join()
        store.start()
        session = opened(store.target())
        assert values(session, graph) == ["old"]
        with SqlConsole(store.target("bulk"), 60) as console:
            assert bulk.waiting_files(console)
        free(session, config)
        done = load(config, dump, store.target("bulk"), 60, full=True)
        assert (done.triples, done.differences) == (300_000, ())


def test_wrong_password_at_the_console(tmp_path: Path, require: Requirement) -> None:
    require("virtuoso", INSTALL, found=is_installed("virtuoso"))
    with running("virtuoso", tmp_path) as store:  # which shuts everybody out for a while after that
        target = replace(store.target("bulk"), credentials=Credentials("dba", "it's wrong", is_digest=True))
        with pytest.raises(EndpointError, match=r"isql-vt failed: .*Bad login"), SqlConsole(target, 60):
            pass


def kill_at_work(store: Running) -> None:
    with SqlConsole(store.target("bulk"), 60) as console:
        while "at work" not in console.run(["select concat('at ', 'work') from DB.DBA.load_list where ll_state = 1;"]):
            time.sleep(0.01)
    store.kill()


def test_connection_that_is_cut(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config = replace(config, base="https://cut.org/")
    old = write(tmp_path, '<urn:s> <urn:p> "old" <https://e.org/graph/0>')
    load(config, old, store.target(), 60)
    dump = generated(tmp_path / "big.nq", 30_000)
    with cutting_proxy(store.port, 500_000) as port, pytest.raises(EndpointError, match="the connection broke"):
        load(config, dump, store.target(port=port), 60)
    session = opened(store.target())
    assert session.count("https://e.org/graph/0") == 1
    free(session, config)
    assert load(config, dump, store.target(), 60, full=True).differences == ()


def failing(_: str, body: bytes) -> bytes | None:
    """Say yes to data, and do not take them."""
    return b"<p>Error: out of memory</p>" if b'"value ' in body else None


def slow(_: str, body: bytes) -> bytes | None:
    if b'"value ' in body:
        time.sleep(4)
    return None


@pytest.mark.parametrize(
    ("answer", "patience", "message"),
    [(failing, 60, "the store holds 0; the old data"), (slow, 2, "no answer within 2")],
)
def test_store_that_lies_or_is_slow(
    answer: Callable[[str, bytes], bytes | None],
    patience: float,
    message: str,
    store: Running,
    config: Config,
    tmp_path: Path,
    opened: Opened,
) -> None:
    config = replace(config, base=f"https://{answer.__name__}.org/")
    old = write(tmp_path, '<urn:s> <urn:p> "old" <https://e.org/graph/0>')
    load(config, old, store.target(), 60)
    dump = generated(tmp_path / "big.nq", 1_000)
    with answering(answer, store.port) as port, pytest.raises(EndpointError, match=message):
        load(config, dump, store.target(port=port), patience)
    if answer is slow:
        time.sleep(5)  # until what was given up has arrived
    session = opened(store.target())
    assert values(session, "https://e.org/graph/0") == ["old"]
    assert load(config, dump, store.target(), 60, full=True).differences == ()
    if answer is slow:  # and goes on: a request that was given up comes after the load that made up for it
        late = GraphPart(b"<urn:s> <urn:p> <urn:late> .\n", 1, has_blank_nodes=False)
        session.send([(staged_names(session, config)[0], late)])
    load(config, dump, store.target(), 60, sync=True)
    assert staged_graphs(session) == []


def staged_names(session: StoreClient, config: Config) -> list[str]:
    return sorted(Ledger(session, config.graph("load")).staged())


def staged_graphs(session: StoreClient) -> list[str]:
    rows = session.rows(f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }}')
    return [row["g"].value for row in rows]


def test_late_swap(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config, session = replace(config, base="https://late.org/"), opened(store.target())
    load(config, write(tmp_path, OLD.replace("e.org/graph/0", "late.org/g")), store.target(), 60)

    class Late(Progress):
        """Take the staged graphs away before they are put in their places, as the swap of another load does."""

        def step(self, label: str) -> None:
            if label.startswith("swap"):
                session.update(*(f"DROP SILENT GRAPH <{graph}>" for graph in staged_graphs(session)))

    new = write(tmp_path, OLD.replace("old", "new").replace("e.org/graph/0", "late.org/g"))
    with pytest.raises(EndpointError):
        load(config, new, store.target(), 60, progress=Late())
    # Virtuoso and RDF4J empty the target of a MOVE whose source is gone; the load tells, and the next one mends it
    assert values(session, "https://late.org/g") == ([] if store.name in ("virtuoso", "rdf4j") else ["old"])
    assert load(config, new, store.target(), 60, full=True).differences == ()
    assert values(session, "https://late.org/g") == ["new"]


def test_what_a_swap_leaves_goes_with_the_next_load(
    store: Running, config: Config, tmp_path: Path, opened: Opened
) -> None:
    config, session = replace(config, base="https://left.org/"), opened(store.target())

    def dump(value: str) -> Path:
        return write(tmp_path, OLD.replace("old", value).replace("e.org/graph/0", "left.org/g"))

    load(config, dump("old"), store.target(), 60)

    class Interrupted(Progress):
        """Break off when the swap is done, and leave something in the staged graph, as Fuseki was seen to do."""

        def step(self, label: str) -> None:
            self.label = label

        def advance(self, parts: int = 1) -> None:
            if self.label == "swap graphs" and parts:
                staged = Ledger(session, config.graph("load")).staged()
                session.update(*(f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:s> <urn:p> 1 }} }}" for graph in staged))
                raise EndpointError("interrupted")

    if store.target().profile.copy_size:
        with pytest.raises(EndpointError, match="interrupted"):
            load(config, dump("new"), store.target(), 60, progress=Interrupted())
        assert len(staged_graphs(session)) == 1
    else:  # in the request of the swap
        load(config, dump("new"), store.target(), 60)
    assert values(session, "https://left.org/g") == ["new"]
    load(config, dump("newer"), store.target(), 60)
    assert staged_graphs(session) == []


def test_value_that_virtuoso_changes_is_sent_again(store: Running, config: Config, tmp_path: Path) -> None:
    if store.name != "virtuoso":
        return
    config = replace(config, base="https://changed.org/")
    year = '"-0044"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    dump = write(tmp_path, f"<urn:s> <urn:p> {year} <https://changed.org/g>")
    for _ in range(2):
        done = load(config, dump, store.target(), 60, sync=True, full=True)
        assert (done.sent, done.exit_code) == (("https://changed.org/g",), 3)


def test_wrong_password(store: Running, config: Config, built: Path) -> None:
    target = replace(store.target(), credentials=Credentials("dba", "wrong", is_digest=True))
    if store.name != "virtuoso":  # which alone asks: the others answer, and never see it
        assert load(config, built, target, 60, sync=True).differences == ()
        return
    with pytest.raises(EndpointError, match=r"HTTP 401: .*PUBLISHER_PASSWORD") as caught:
        load(config, built, target, 60)
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("name", ["https://w3id.org/geopol/graph/load", f"{STAGING}x"])
def test_graph_with_the_name_of_our_books(name: str, config: Config, tmp_path: Path) -> None:
    dump = write(tmp_path, f"<urn:s> <urn:p> <urn:o> <{name}>")
    target = profiles.find_target({}, "http://127.0.0.1:9", "fuseki")  # nobody is there, and nobody is asked
    for refused in (lambda: load(config, dump, target, 60), lambda: plan(config, dump, target)):
        with pytest.raises(ConfigError, match="keep their books"):
            refused()


def table(**columns: str) -> bytes:
    row = {name: {"type": "literal", "value": told} for name, told in columns.items()}
    return json.dumps({"head": {"vars": list(row)}, "results": {"bindings": [row]}}).encode()


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (200, b"<html><body>Welcome</body></html>", "no table of SPARQL results: <html>"),
        (200, table(x="1"), r"the answer lacks \?h, \?until"),
        (200, table(h="urn:x", until="soon"), "expected a whole number, found 'soon'"),
        (301, b"", r"HTTP 301: http://127.0.0.1:\d+ redirects to another server, http://127.0.0.1:9, .* use its URL"),
        (308, b"", r"HTTP 308: http://127.0.0.1:\d+ redirects to another server, http://127.0.0.1:9, .* use its URL"),
    ],
)
def test_server_that_is_no_store(status: int, answer: bytes, message: str, config: Config, built: Path) -> None:
    with answering(lambda *_: answer, 9, status) as port:
        target = profiles.find_target({}, f"http://127.0.0.1:{port}", "fuseki")
        with pytest.raises(EndpointError, match=message):
            load(config, built, target, 60)


def test_count_that_is_none(opened: Opened) -> None:
    target = profiles.find_target({}, "http://127.0.0.1:9", "fuseki")
    with answering(lambda *_: b'{"head": {"vars": ["n"]}, "results": {"bindings": []}}', 9) as port:
        session = opened(replace(target, query=f"http://127.0.0.1:{port}/"))
        with pytest.raises(EndpointError, match="0 answers to a count"):
            session.count("urn:g")


@pytest.mark.parametrize("method", METHODS)
def test_odd_texts_and_names(store: Running, method: str, config: Config, tmp_path: Path) -> None:
    config = replace(config, base=f"https://{method}.odd.org/")
    texts = [
        "a" * 200_000,
        "é" * 100_000,
        r"\\ \n" * 50_000,
        *(f"{chr(n)}a{chr(n)}" for n in (1, 8, 11, 31, 127, 133, 0x1F600)),
    ]
    graphs = [f"https://odd.org/{'x' * 5_000}", "https://odd.org/é?a=1&b=%20+c'd"]
    lines = [f'<urn:s> <urn:p> "{text}"@en-LATN <{graph}>' for text in texts for graph in graphs]
    done = load(config, write(tmp_path, *lines), store.target(method), 60, full=True)
    assert (done.triples, done.differences) == (len(lines), ())


def test_nobody_there(config: Config, built: Path) -> None:
    target = profiles.find_target({}, "http://127.0.0.1:9", "fuseki")
    with pytest.raises(EndpointError, match=r"cannot be reached: .*is the server running"):
        load(config, built, target, 60)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"url": "http://127.0.0.1"}, "profile is None; expected one of oxigraph"),
        ({"profile": "fuseki"}, "expected the key 'url'"),
        ({"profile": "fuseki", "url": "ftp://e.org"}, "expected a URL of http"),
        ({"profile": "fuseki", "url": "http://me:secret@e.org"}, "keep user and password out"),
        ({"profile": "fuseki", "url": "http://[::1"}, "is no URL: Invalid IPv6 URL"),
        ({"profile": "qlever", "url": "http://e.org:70190"}, "is no URL: Port out of range"),
        ({"profile": "qlever", "url": "http://e.org:0"}, "is no URL: nobody listens on port 0"),
        ({"profile": "fuseki", "url": "http://e.org/ds?query="}, r"without \? and #"),
        ({"profile": "fuseki", "url": "http://e.org", "auth": "none"}, "expected basic or digest"),
    ],
)
def test_entry_that_says_too_little(entry: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        profiles.find_target({"mine": entry}, "mine")


def test_unknown_store() -> None:
    with pytest.raises(UsageError, match="there is no store 'x'"):
        profiles.find_target({}, "x")
    with pytest.raises(UsageError, match="which kind of store"):
        profiles.find_target({}, "http://127.0.0.1")
    with pytest.raises(UsageError, match="not loaded by 'gsp'; possible: update"):
        profiles.find_target({}, "http://127.0.0.1", "sparql", "gsp")


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISHER_USER", "all")
    with pytest.raises(ConfigError, match="set both"):
        profiles.credentials("my-store", is_digest=False)
    monkeypatch.setenv("PUBLISHER_PASSWORD", "s3cret")
    monkeypatch.setenv("PUBLISHER_MY_STORE_USER", "own")
    monkeypatch.setenv("PUBLISHER_MY_STORE_PASSWORD", "s3cret")
    assert profiles.credentials("other", is_digest=False) == Credentials("all", "s3cret")
    found = profiles.credentials("my-store", is_digest=True)
    assert found == Credentials("own", "s3cret", is_digest=True)
    assert "s3cret" not in repr(found)


class Memory(KeyringBackend):
    """A keyring that forgets; it may be asked without a name, as those of the systems may."""

    priority = 0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._kept: dict[str, tuple[str, str]] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service] = (username, password)

    def get_password(self, service: str, username: str) -> str | None:
        found = self._kept.get(service)
        return found[1] if found and found[0] == username else None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        found = self._kept.get(service)
        return SimpleCredential(*found) if found and username in (None, found[0]) else None


class Locked(Memory):
    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        raise KeyringLocked(f"{service} {username}")


@pytest.fixture
def kept() -> Iterator[None]:
    """Put the keyring back in the end."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("kept")
def test_credentials_come_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(Memory())
    keyring.set_password("publisher:mine", "me", "s3cret")
    entry = {"mine": {"profile": "virtuoso", "url": "http://127.0.0.1:9"}}
    assert profiles.find_target(entry, "mine").credentials == Credentials("me", "s3cret", is_digest=True)
    assert profiles.credentials("other", is_digest=False) is None
    monkeypatch.setenv("PUBLISHER_MINE_USER", "someone")
    monkeypatch.setenv("PUBLISHER_MINE_PASSWORD", "else")
    assert profiles.credentials("mine", is_digest=False) == Credentials("someone", "else")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("backend", [Locked, fail.Keyring, null.Keyring])
def test_keyring_that_tells_nothing(backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    assert profiles.credentials("mine", is_digest=False) is None


def test_without_keyring() -> None:
    code = (
        "import sys; sys.modules['keyring'] = None\n"
        "from publisher.load.profiles import credentials\n"
        "assert credentials('mine', is_digest=False) is None"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


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
        target = profiles.find_target({"x": {**entry, "program": "/jar"}}, "x", None, "bulk")
        lines = plan(load_config(ROOT), built, target)
        assert told in lines[0]
        assert lines[-1].startswith(f"update {last} ")
    target = profiles.find_target({"x": {**entry, "profile": "virtuoso", "folder": "/f"}}, "x", None, "bulk")
    lines = plan(load_config(ROOT), built, target)
    assert lines[0].startswith("isql-vt 127.0.0.1:1111 dba ")
    assert lines.count("rdf_loader_run();") == 1
    with pytest.raises(ConfigError, match="needs to know the folder"):
        plan(load_config(ROOT), built, replace(target, tools={}))


def test_command_line(
    store: Running, built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if store.name == "virtuoso":
        monkeypatch.setenv("PUBLISHER_USER", "dba")
        monkeypatch.setenv("PUBLISHER_PASSWORD", PASSWORD)
    asked = ["load", store.url, "--profile", store.name, "--out", str(built), "-w", str(ROOT)]
    assert main.main([*asked, "--verify", "full"]) == 0
    assert "every count is right" in capsys.readouterr().out
    assert main.main([*asked, "--sync"]) == 0
    assert ": 0 graphs sent (0 triples)" in capsys.readouterr().out
