"""Federated queries: at a store that asks Wikidata's stand-in, and here with the snapshot in its place."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.cli.main import main
from publisher.errors import SourceError
from publisher.link import snapshot
from publisher.link.client import Wikidata, open_client
from publisher.query import endpoint, files, local, parameters
from publisher.query.index import extended_index
from publisher.query.process import QueryWorker
from publisher.query.requests import unlimited
from publisher.query.results import Answer, write
from publisher.workspace.config import Config, Services
from tests.conftest import ROOT, Requirement
from tests.link.test_snapshot import DAY
from tests.wikidata_standin import Standin, extract, oxigraph, serving, sparql

FOLDER = ROOT / "queries" / "federated"
QUERIES = files.discover(FOLDER)
GRAPH = ox.NamedNode("https://w3id.org/geopol/graph/wikidata/snapshot")


@pytest.fixture(scope="module")
def turtle(config: Config) -> str:
    """A snapshot of the whole extract."""
    with serving(Standin(extract())) as standin:
        services = Services(f"{standin.url}/w/api.php", standin.url, standin.url, interval=0)
        with open_client("tests", interval=0) as client:
            wikidata = Wikidata(services, client)
            items = list(wikidata.items(extract()).values())
            return snapshot.write(items, wikidata.items(snapshot.mentioned(items)), DAY, config)


@pytest.fixture(scope="module")
def program(require: Requirement) -> str:
    found = oxigraph()
    require("Oxigraph", "pip install oxigraph", found=found is not None)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def service(program: str, turtle: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SPARQL service of the stand-in."""
    triples = ox.serialize(ox.parse(turtle, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES)
    with sparql(program, tmp_path_factory.mktemp("service"), triples or b"") as url:
        yield url


@pytest.fixture(scope="module")
def store(program: str, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store of ours that resolves SERVICE."""
    dump = (built / "dumps" / "all.nt").read_bytes()
    with sparql(program, tmp_path_factory.mktemp("store"), dump) as url:
        yield url


@pytest.fixture(scope="module")
def worker(built: Path, turtle: str) -> Iterator[QueryWorker]:
    """A worker for the dataset and the snapshot."""
    copy = [quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]
    quads = [ox.Quad(t.subject, t.predicate, t.object, GRAPH) for t in copy]
    with extended_index(built / "dumps" / "all.nt", quads) as index, QueryWorker(index, unlimited(120)) as started:
        yield started


def test_there_are_federated_queries_that_any_tool_takes() -> None:
    assert len(QUERIES) >= 3
    for query in QUERIES:
        assert query.question.endswith("?")
        assert f"SERVICE <{local.WIKIDATA}>" in query.text
        assert "wikibase:label" not in query.text, "only Wikidata's own service knows it"
        parameters.bind(query, {}, {})  # all prefixes are declared
    assert not {query.name for query in QUERIES} & {query.name for query in files.discover(ROOT / "queries")}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_the_snapshot_answers_as_the_service_does(
    query: files.Query, store: str, service: str, worker: QueryWorker
) -> None:
    remote = endpoint.run(store, query.text.replace(local.WIKIDATA, service))
    answer = worker.answer(local.localize(query.text, [local.WIKIDATA], GRAPH))
    assert write(answer, "csv", {}, None) == write(remote, "csv", {}, None)
    assert len(write(answer, "csv", {}, None).splitlines()) >= 3


def test_the_command_answers_from_the_snapshot(
    turtle: str, built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("publisher.toml", "queries"):
        (tmp_path / name).symlink_to(ROOT / name)
    command = ["query", "federated/offices-since", "--local-service", "--format", "csv"]
    command += ["-w", str(tmp_path), "--out", str(built)]
    assert main(command) == 2
    assert "there is no snapshot of Wikidata yet" in capsys.readouterr().err
    (tmp_path / snapshot.FILE).parent.mkdir(parents=True)
    (tmp_path / snapshot.FILE).write_text(turtle, encoding="utf-8")
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "https://w3id.org/geopol/id/ilham-aliyev,Ilham Aliyev,President of Azerbaijan,2003" in lines
    assert main([*command, "--endpoint", "http://127.0.0.1:9/query"]) == 2
    assert "choose one" in capsys.readouterr().err
    assert main([part for part in command if part != "--local-service"]) == 3
    assert "or with '--local-service'" in capsys.readouterr().err


def test_facts_of_the_snapshot_answer_nothing_outside_the_service(worker: QueryWorker) -> None:
    ask = "ASK { ?item <http://www.wikidata.org/prop/direct/P31> ?kind }"
    assert not bool(worker.answer(ask).rows())
    inside = local.localize(f"ASK {{ SERVICE SILENT <{local.WIKIDATA}> {ask[4:]} }}", [local.WIKIDATA], GRAPH)
    assert bool(worker.answer(inside).rows())


def test_a_service_without_a_copy_is_told_with_its_place() -> None:
    text = "# SERVICE <http://127.0.0.1/> in a comment\nSELECT * {\n  SERVICE <http://127.0.0.1/other> { ?s ?p ?o } }"
    with pytest.raises(SourceError, match=r"<stdin>:3:11: there is no copy of the service <http://127\.0\.0\.1/other>"):
        local.localize(text, [local.WIKIDATA], GRAPH)


def test_comunica_answers_as_the_snapshot_does(
    service: str, worker: QueryWorker, built: Path, tmp_path: Path, require: Requirement
) -> None:
    folder = ROOT / "tests" / "comunica"
    found = shutil.which("node") is not None and (folder / "node_modules").is_dir()
    require("Comunica (node 20 or later)", "npm ci --prefix tests/comunica", found=found)
    paths = [tmp_path / query.path.name for query in QUERIES]
    for path, query in zip(paths, QUERIES, strict=True):
        path.write_text(query.text.replace(local.WIKIDATA, service), encoding="utf-8")
    dump = built / "dumps" / "all.nt"
    command = ["node", str(folder / "run.mjs"), str(dump), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=300)
    for name, answer in json.loads(done.stdout).items():
        assert "error" not in answer, answer["error"]
        text = local.localize(files.find(name, FOLDER).text, [local.WIKIDATA], GRAPH)
        here = worker.answer(text)
        # without the order: Comunica 4 puts single rows of a sorted answer out of their place
        assert Counter(_rows(Answer("select", answer["body"].encode()))) == Counter(_rows(here)), name


def _rows(answer: Answer) -> list[bytes]:
    return write(answer, "csv", {}, None).encode().splitlines()
