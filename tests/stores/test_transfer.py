"""Every method on every store: what was sent is there, by value, and graphs of others stay."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.errors import EndpointError
from publisher.http import Credentials
from publisher.load import load, profiles
from publisher.load.ledger import STAGING
from publisher.progress import Progress
from publisher.workspace.config import Config, StoreTable, load_config
from tests.conftest import ROOT
from tests.published import published
from tests.running import (
    PASSWORD,
    Running,
)
from tests.stores.helpers import (
    FOREIGN,
    METHODS,
    Opened,
    count,
    values,
    write,
)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_sent_is_there(store: Running, method: str, config: Config, built: Path, opened: Opened) -> None:
    target = store.target(method)
    client = opened(target)
    client.update(f"INSERT DATA {{ GRAPH <{FOREIGN}> {{ <urn:s> <urn:p> 1 }} }}")
    done = load(config, built, target, 60, full=True)
    assert not [difference for difference in done.differences if difference.is_loss]
    assert done.triples > 10_000
    assert count(client, FOREIGN) == 1
    again = load(config, built, target, 60, sync=True)
    assert again.sent == again.removed == ()
    assert again.unchanged == done.sent
    assert not client.rows(f'SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER STRSTARTS(STR(?g), "{STAGING}") }} LIMIT 1')


@pytest.mark.parametrize("profile", ["graphdb", "sparql"])
def test_profiles_of_other_stores(profile: str, store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    """GraphDB speaks the protocol of RDF4J; two stores that need nothing but SPARQL 1.1 Update stand for any such."""
    if store.name not in {"graphdb": ("rdf4j",), "sparql": ("rdf4j", "oxigraph")}[profile]:
        return
    config, urls = replace(config, base=f"https://{profile}.org/"), store.target()
    entry = {"url": store.url} if profile == "graphdb" else {"query": urls.query, "update": urls.update}
    lines = [f'<urn:s> <urn:p> "{n} é" <https://{profile}.org/{n % 3}>' for n in range(20)]
    for method in profiles.PROFILES[profile].methods:
        target = profiles.find_target(
            {"other": StoreTable("other", {"profile": profile, **entry})}, "other", None, method
        )
        for some in (lines, lines[1:]):
            dump = write(tmp_path, *some)
            done = load(config, dump, target, 60, full=True)
            assert (done.differences, len(done.sent)) == ((), 3)
            assert load(config, dump, target, 60, sync=True).sent == ()
        assert count(opened(target), f"https://{profile}.org/0") == 6


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
    assert count(opened(target), "https://parts.org/1") == 7


def test_sync_sends_only_what_differs(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    target = store.target()
    config = replace(config, base="https://sync.org/")
    one, two = "<urn:s> <urn:p> {} <https://sync.org/1>", "<urn:s> <urn:p> {} <https://sync.org/2>"
    load(config, write(tmp_path, one.format('"a"'), two.format('"a"')), target, 60)
    done = load(config, write(tmp_path, one.format('"a"'), two.format('"b"')), target, 60, sync=True)
    assert (done.sent, done.unchanged) == (("https://sync.org/2",), ("https://sync.org/1",))
    done = load(config, write(tmp_path, two.format('"b"')), target, 60, sync=True)
    assert (done.sent, done.removed) == ((), ("https://sync.org/1",))
    client = opened(target)
    assert count(client, "https://sync.org/1") == 0
    client.update("INSERT DATA { GRAPH <https://sync.org/2> { <urn:s> <urn:p> 'mine' } }")
    done = load(config, tmp_path / "all.nq", target, 60, sync=True)
    assert done.sent == ("https://sync.org/2",)
    assert values(client, "https://sync.org/2") == ["b"]


@pytest.mark.parametrize("variant", ["default", "copies", "bulk"])
def test_graph_that_shrinks(store: Running, variant: str, config: Config, tmp_path: Path) -> None:
    profile = store.target().profile
    if (variant == "copies" and not profile.copy_size) or (variant == "bulk" and "bulk" not in profile.methods):
        return
    config = replace(config, base="https://shrink.org/")
    lines = [f'<urn:{n // 7}> <urn:p{n % 7}> "value {n}"@en <https://shrink.org/g>' for n in range(9, 30_000, 20)]
    load(config, write(tmp_path, *lines), store.target(), 60)
    with store.bulk() if variant == "bulk" else nullcontext(store.target()) as found:
        copy_size = 7 if variant == "copies" else profile.copy_size
        target = replace(found, profile=replace(profile, copy_size=copy_size))
        done = load(config, write(tmp_path, *lines[:50]), target, 60, full=True)
    assert (done.triples, done.differences) == (50, ())


@pytest.mark.parametrize("method", METHODS)
def test_blank_nodes_stay_what_they_are(store: Running, method: str, config: Config, tmp_path: Path) -> None:
    config = replace(config, base="https://blank.org/")
    graph = "<https://blank.org/g>"
    lines = [f'_:a{n} <urn:p> _:b{n} {graph} .\n_:b{n} <urn:n> "{n}" {graph}' for n in range(50)]
    done = load(config, write(tmp_path, *lines), store.target(method), 60, full=True)
    assert done.differences == ()


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


def test_value_that_virtuoso_changes_is_sent_again(store: Running, config: Config, tmp_path: Path) -> None:
    if store.name != "virtuoso":
        return
    config = replace(config, base="https://changed.org/")
    year = '"-0044"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    dump = write(tmp_path, f"<urn:s> <urn:p> {year} <https://changed.org/g>")
    for _ in range(2):
        done = load(config, dump, store.target(), 60, sync=True, full=True)
        assert (done.sent, done.exit_code) == (("https://changed.org/g",), 3)


class Counting(Progress):
    """Record how many parts of each step were announced, and how many were done."""

    def __init__(self) -> None:
        self.steps: dict[str, list[int]] = {}

    def step(self, label: str) -> None:
        self.label = label
        self.steps[label] = [0, 0]

    def expect(self, parts: int) -> None:
        self.steps[self.label][0] = parts

    def advance(self, parts: int = 1) -> None:
        self.steps[self.label][1] += parts


def test_progress_of_a_load(store: Running, config: Config, tmp_path: Path) -> None:
    config = replace(config, base="https://progress.org/")
    first, second = Counting(), Counting()
    for value, progress in (("old", first), ("new", second)):
        dump = write(tmp_path, *(f'<urn:s> <urn:p> "{value} {n}" <https://progress.org/{n % 3}>' for n in range(20)))
        load(config, dump, store.target(), 60, full=True, progress=progress)
    assert (first.steps["send triples"], first.steps["verify"]) == ([20, 20], [3, 3])
    assert "swap graphs" not in first.steps
    assert (second.steps["send triples"], second.steps["swap graphs"], second.steps["verify"]) == (
        *([20, 20], [3, 3], [3, 3]),
    )


def test_wrong_password(store: Running, config: Config, built: Path) -> None:
    target = replace(store.target(), credentials=Credentials("dba", "wrong", is_digest=True))
    if store.name != "virtuoso":  # which alone asks: the others answer, and never see it
        assert load(config, built, target, 60, sync=True).differences == ()
        return
    with pytest.raises(EndpointError, match=r"HTTP 401: .*PUBLISHER_PASSWORD") as caught:
        load(config, built, target, 60)
    assert "wrong" not in str(caught.value)


def test_store_whose_default_graph_is_not_the_union(
    store: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (switch := store.target().profile.union_switch):
        return
    dump = write(tmp_path, "<urn:s> <urn:p> <urn:o> <https://union.org/g>")
    (tmp_path / "q.rq").write_text("SELECT ?s { ?s <urn:p> <urn:o> }")
    loading = ["load", store.url, "--profile", store.name, "--out", str(dump), "-w", str(ROOT)]
    asking = ["query", str(tmp_path / "q.rq"), "--endpoint", store.target().query, "-w", str(ROOT)]
    settings = (ROOT / "publisher.toml").read_text(encoding="utf-8")
    settings = settings.replace(load_config(ROOT).base, "https://never.loaded/")
    (tmp_path / "publisher.toml").write_text(settings, encoding="utf-8")
    by_others = [*asking[:-1], str(tmp_path)]  # as a store that was loaded by another tool, without a ledger
    for store.has_union in (False, True):
        store.stop()
        store.start()
        for command in (loading, asking, by_others):
            assert main.main(command) == 0
            error = capsys.readouterr().err
            if store.has_union:
                assert "warning" not in error
            else:
                assert "the default graph is not the union of the named graphs" in error
                assert f"start {store.name} with '{switch}'" in error


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


def test_two_lexical_forms_of_a_value(store: Running, config: Config, tmp_path: Path, opened: Opened) -> None:
    """Stores keep one triple or both: the load ends, also over a graph that was there, and is not repeated."""
    config = replace(config, base="https://forms.org/")
    xsd = "http://www.w3.org/2001/XMLSchema#"
    forms = (("1", "integer"), ("01", "integer"), ("+1", "integer"), ("2.5e0", "double"), ("25E-1", "double"))
    lines = [f'<urn:s> <urn:p> "{form}"^^<{xsd}{kind}> <https://forms.org/g>' for form, kind in forms]
    for more in ("one", "two"):
        dump = write(tmp_path, *lines, f'<urn:s> <urn:q> "{more}" <https://forms.org/g>')
        done = load(config, dump, store.target(), 60, full=True)
        assert done.sent == ("https://forms.org/g",)
        assert not [difference for difference in done.differences if difference.is_loss]
        assert load(config, dump, store.target(), 60, sync=True).unchanged == done.sent
    client = opened(store.target())
    client.update('DELETE DATA { GRAPH <https://forms.org/g> { <urn:s> <urn:q> "two" } }')
    again = load(config, dump, store.target(), 60, sync=True, full=True)
    assert again.sent == ("https://forms.org/g",)
    assert not [difference for difference in again.differences if difference.is_loss]
