"""The bulk loaders of the stores: what they are given is there, and their failures are reported."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from publisher.errors import EndpointError, UsageError
from publisher.http import Credentials
from publisher.load import bulk, load
from publisher.load.ledger import STAGING
from publisher.workspace.config import Config
from tests.conftest import Requirement
from tests.published import published
from tests.running import (
    INSTALL,
    Running,
    is_installed,
    running,
)
from tests.stores.helpers import (
    FOREIGN,
    OLD,
    Opened,
    count,
    free,
    generated,
    values,
    write,
)

PATIENCE = 300  # seconds for one answer, on a busy machine


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
    client = opened(store.target())
    assert count(client, FOREIGN) == 1
    assert not client.rows(f'SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }} LIMIT 1')
    assert load(config, dump, store.target(), 120, sync=True).sent == ()


def test_bulk_loader_that_cannot(store: Running, config: Config, tmp_path: Path) -> None:
    dump = write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://e.org/g>")
    if store.name == "virtuoso":
        target = replace(store.target("bulk"), credentials=Credentials("dba", "wrong", is_digest=True))
        with pytest.raises(EndpointError, match="401"):
            load(config, dump, target, PATIENCE)
        target = replace(store.target("bulk"), tools={**store.tools(), "sql": "127.0.0.1:9"})
        with pytest.raises(EndpointError, match="isql-vt"):
            load(config, dump, target, PATIENCE)
        target = store.target("bulk")
        bulk.run_sql(target, [f"ld_dir('{store.folder}', 'v.ini', 'urn:other');"], PATIENCE)
        with pytest.raises(EndpointError, match=r"v\.ini waits in DB\.DBA\.load_list"):
            load(config, dump, target, PATIENCE)
        bulk.run_sql(target, ["delete from DB.DBA.load_list;"], PATIENCE)
        target = replace(store.target("bulk"), tools={**store.tools(), "folder": "/nowhere"})
        with pytest.raises(EndpointError, match="/nowhere: cannot be written"):
            load(config, dump, target, PATIENCE)
    elif store.name != "rdf4j":
        with pytest.raises(EndpointError, match="stop the server first"):
            load(config, dump, store.target("bulk"), PATIENCE)


@pytest.mark.parametrize("name", ["with space", "it's", 'dou"ble'])
def test_folder_of_virtuoso(name: str, store: Running, config: Config, tmp_path: Path) -> None:
    if store.name != "virtuoso":
        return
    folder = store.folder / name
    folder.mkdir()
    dump = write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://folder.org/g>")
    target = store.target("bulk")
    assert load(config, dump, replace(target, tools={**store.tools(), "folder": str(folder)}), PATIENCE).triples == 1
    with tempfile.TemporaryDirectory(dir="/var/tmp") as other:  # in /tmp it was allowed without being named
        Path(other).chmod(0o755)
        target = replace(target, tools={**store.tools(), "folder": other})
        with pytest.raises(EndpointError, match=f"Access to '{other}.*denied.*add its folder to DirsAllowed"):
            load(config, dump, target, PATIENCE)


def test_killed_while_loading_in_bulk(config: Config, tmp_path: Path, opened: Opened, require: Requirement) -> None:
    require("virtuoso", INSTALL, found=is_installed("virtuoso"))
    config, graph = replace(config, base="https://e.org/"), "https://e.org/graph/0"
    with running("virtuoso", tmp_path) as store:
        load(config, write(tmp_path, OLD), store.target(), PATIENCE)
        dump = generated(tmp_path / "big.nq", 300_000)  # fewer are loaded before it is killed
        killing = Thread(target=kill_at_work, args=(store,))
        killing.start()
        with pytest.raises(EndpointError, match="isql-vt"):
            load(config, dump, store.target("bulk"), PATIENCE)
        killing.join()
        store.start()
        client = opened(store.target())
        assert values(client, graph) == ["old"]
        assert bulk.waiting_files(store.target("bulk"), PATIENCE)
        free(client, config)
        done = load(config, dump, store.target("bulk"), PATIENCE, full=True)
        assert (done.triples, done.differences) == (300_000, ())


def kill_at_work(store: Running) -> None:
    query = "select concat('at ', 'work') from DB.DBA.load_list where ll_state = 1;"
    while "at work" not in bulk.run_sql(store.target("bulk"), [query], PATIENCE):
        time.sleep(0.01)
    store.kill()


def test_wrong_password_at_the_console(tmp_path: Path, require: Requirement) -> None:
    require("virtuoso", INSTALL, found=is_installed("virtuoso"))
    with running("virtuoso", tmp_path) as store:  # which shuts everybody out for a while after that
        target = replace(store.target("bulk"), credentials=Credentials("dba", "it's wrong", is_digest=True))
        with pytest.raises(EndpointError, match=r"isql-vt failed: .*Bad login"):
            bulk.run_sql(target, ["select 1;"], PATIENCE)
