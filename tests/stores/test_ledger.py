"""The ledger: leases, graphs that were changed by others, and loads that were cut off at any moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import EndpointError, SourceError
from publisher.load import load, plan
from publisher.load.client import StoreClient
from publisher.load.ledger import DAMAGED, Ledger
from publisher.progress import Progress
from publisher.workspace.config import Config
from tests.published import published
from tests.running import (
    Running,
)
from tests.stores.helpers import (
    OLD,
    Opened,
    staged_graphs,
    values,
    write,
)


def test_two_loads_at_once(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config = replace(config, base="https://lock.org/")
    target, dump = store.target(), write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://lock.org/g>")
    other = Ledger(opened(target), config.graph("load"))
    other.lock()
    with pytest.raises(EndpointError, match="another load is at work"):
        load(config, dump, target, 60)
    other.unlock()
    assert load(config, dump, target, 60).triples == 1


def test_load_whose_lease_was_ended_changes_nothing(
    store: Running, config: Config, tmp_path: Path, opened: Opened
) -> None:
    config = replace(config, base="https://ended.org/")
    old = '<urn:s> <urn:p> "old" <https://ended.org/g>'
    load(config, write(tmp_path, old), store.target(), 60)
    client, ledger = opened(store.target()), f"<{config.graph('load')}>"
    ended = Meddler(client, "swap", f"DELETE WHERE {{ GRAPH {ledger} {{ ?s <urn:publisher:load:until> ?o }} }}")
    new = write(tmp_path, old.replace("old", "new"))
    with pytest.raises(EndpointError, match="another load has ended the lease of this one"):
        load(config, new, store.target(), 60, progress=ended)
    assert values(client, "https://ended.org/g") == ["old"]
    load(config, new, store.target(), 60)
    assert values(client, "https://ended.org/g") == ["new"]


@pytest.mark.parametrize("kept", [1, 2])
def test_first_load_cut_off(kept: int, store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    """After the first of two requests that say what a load begins with, or when all is there but not said to be."""
    config = replace(config, base=f"https://notes{kept}.org/")
    target = store.target()
    target = replace(target, profile=replace(target.profile, update_size=6))
    names = [f"{config.base}{n}" for n in range(8)]
    dump = write(tmp_path, *(f'<urn:s> <urn:p> "{n}" <{name}>' for n, name in enumerate(names)))
    update, told = StoreClient.update, list[int]()

    def stopping(self: StoreClient, *operations: str) -> None:
        if begun := operations[0].count(":begun> "):
            if len(told) == kept:
                raise EndpointError("cut off")
            told.append(begun)
        update(self, *operations)

    def cut_off(_: Ledger) -> None:
        raise EndpointError("cut off")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(StoreClient, "update", stopping)
        patched.setattr(Ledger, "end", cut_off)
        with pytest.raises(EndpointError, match="cut off"):
            load(config, dump, target, 60)
    assert told == [6, 2][:kept]
    client = opened(target)
    entries = Ledger(client, config.graph("load")).entries()
    begun = dict.fromkeys(names[: sum(told)], DAMAGED)
    assert {name: entry.value for name, entry in entries.items()} == begun
    assert sum(client.counts(names).values()) == (8 if kept == 2 else 0)
    done = load(config, dump, target, 60, sync=True, full=True)
    assert set(done.sent) == set(names)
    assert done.differences == ()
    assert load(config, dump, target, 60, sync=True).sent == ()


class Meddler(Progress):
    """Run an update when the load comes to a step."""

    def __init__(self, client: StoreClient, step: str, update: str) -> None:
        self._session, self._step, self._update = client, step, update

    def step(self, label: str) -> None:
        if label.startswith(self._step):
            self._session.update(self._update)


@pytest.mark.parametrize(
    "meddled", ["DELETE DATA {{ GRAPH <{}> {{ <urn:s> <urn:p> 'a' }} }}", "DROP SILENT GRAPH <{}>"]
)
def test_sync_sends_again_what_was_lost(
    meddled: str, store: Running, config: Config, tmp_path: Path, opened: Opened
) -> None:
    config, client = replace(config, base="https://lost.org/"), opened(store.target())
    lost, kept, other = (f"https://lost.org/{n}" for n in (1, 2, 3))
    dump = write(tmp_path, *(f'<urn:s> <urn:p> "{value}" <{g}>' for g in (lost, kept) for value in "ab"))
    gone = meddled.format(lost)
    others = "'c', 'd'" if "DROP" in gone else "'c'"  # as many as there were: the count is right again
    change = f"{gone} ; INSERT DATA {{ GRAPH <{lost}> {{ <urn:s> <urn:p> {others} }} }}"
    for what in (gone, change):
        done = load(config, dump, store.target(), 60, full=True, progress=Meddler(client, "verify", what))
        assert (done.exit_code, {difference.graph for difference in done.differences}) == (3, {lost})
        again = load(config, dump, store.target(), 60, sync=True, full=True)
        assert (again.sent, again.unchanged, again.differences) == ((lost,), (kept,), ())
    load(config, dump, store.target(), 60, full=True, progress=Meddler(client, "verify", change))
    done = load(config, write(tmp_path, f"<urn:s> <urn:p> <urn:o> <{other}>"), store.target(), 60)
    assert done.removed == (lost, kept)  # it stayed ours


def test_dump_that_changes_while_it_is_sent(store: Running, config: Config, tmp_path: Path) -> None:
    config = replace(config, base="https://changing.org/")
    dists = [tmp_path / "old", tmp_path / "new"]
    for dist in dists:
        dist.mkdir()
        published(dist, "all.nq", f'<urn:s> <urn:p> "{dist.name}" <https://changing.org/g> .\n'.encode())

    class Rebuilt(Progress):
        def step(self, label: str) -> None:
            if label.startswith("take"):
                dists[0].rename(tmp_path / "older")
                dists[1].rename(dists[0])

    with pytest.raises(SourceError, match=r"changed while it was read|not what graphs\.tsv tells"):
        load(config, dists[0], store.target(), 60, progress=Rebuilt())
    done = load(config, dists[0], store.target(), 60, sync=True, full=True)
    assert (done.sent, done.differences) == (("https://changing.org/g",), ())


def test_late_swap(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    config, client = replace(config, base="https://late.org/"), opened(store.target())
    load(config, write(tmp_path, OLD.replace("e.org/graph/0", "late.org/g")), store.target(), 60)

    class Late(Progress):
        """Take the staged graphs away before they are put in their places, as the swap of another load does."""

        def step(self, label: str) -> None:
            if label.startswith("swap"):
                client.update(*(f"DROP SILENT GRAPH <{graph}>" for graph in staged_graphs(client)))

    new = write(tmp_path, OLD.replace("old", "new").replace("e.org/graph/0", "late.org/g"))
    with pytest.raises(EndpointError):
        load(config, new, store.target(), 60, progress=Late())
    # Virtuoso and RDF4J empty the target of a MOVE whose source is gone; the load tells, and the next one mends it
    assert values(client, "https://late.org/g") == ([] if store.name in ("virtuoso", "rdf4j") else ["old"])
    assert load(config, new, store.target(), 60, full=True).differences == ()
    assert values(client, "https://late.org/g") == ["new"]


def test_what_a_swap_leaves_goes_with_the_next_load(
    store: Running, config: Config, tmp_path: Path, opened: Opened
) -> None:
    config, client = replace(config, base="https://left.org/"), opened(store.target())

    def dump(value: str) -> Path:
        return write(tmp_path, OLD.replace("old", value).replace("e.org/graph/0", "left.org/g"))

    load(config, dump("old"), store.target(), 60)

    class Interrupted(Progress):
        """Break off when the swap is done, and leave something in the staged graph, as Fuseki was seen to do."""

        def step(self, label: str) -> None:
            self.label = label

        def advance(self, parts: int = 1) -> None:
            if self.label == "swap graphs" and parts:
                staged = Ledger(client, config.graph("load")).staged()
                client.update(*(f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:s> <urn:p> 1 }} }}" for graph in staged))
                raise EndpointError("interrupted")

    if store.target().profile.copy_size:
        with pytest.raises(EndpointError, match="interrupted"):
            load(config, dump("new"), store.target(), 60, progress=Interrupted())
        assert len(staged_graphs(client)) == 1
    else:  # in the request of the swap
        load(config, dump("new"), store.target(), 60)
    assert values(client, "https://left.org/g") == ["new"]
    load(config, dump("newer"), store.target(), 60)
    assert staged_graphs(client) == []


def test_a_lease_from_a_clock_that_is_ahead(
    store: Running, config: Config, tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(config, base="https://ahead.org/")
    target, dump = store.target(), write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://ahead.org/g>")
    monkeypatch.setattr("publisher.load.ledger.time.time", lambda: 4_102_000_000.0)
    Ledger(opened(target), config.graph("load")).lock()
    monkeypatch.undo()
    with pytest.raises(
        EndpointError, match=r"until 2099-12-2\d \d\d:\d\d:\d\d .* by its clock.*'publisher load --break"
    ):
        load(config, dump, target, 60)
    assert load(config, dump, target, 60, breaks_lease=True).triples == 1
    assert load(config, dump, target, 60).triples == 1


def test_plan_of_a_sync(store: Running, config: Config, tmp_path: Path) -> None:
    config = replace(config, base="https://plan.org/")
    lines = [f"<urn:s> <urn:p> <urn:o> <https://plan.org/{n}>" for n in range(3)]
    load(config, write(tmp_path, *lines), store.target(), 60)
    assert plan(config, write(tmp_path, *lines), store.target(), sync=True) == []
    planned = plan(config, write(tmp_path, lines[0], lines[1].replace("urn:o", "urn:new")), store.target(), sync=True)
    assert {name for name in "012" if f"<https://plan.org/{name}>" in "\n".join(planned)} == {"1", "2"}
    assert planned[-1].endswith("DROP SILENT GRAPH <https://plan.org/2>")
