"""Queries in worker processes end: by their answer or at a limit, and leave the other queries alone."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox
import pytest

from publisher.errors import PublisherError, SourceError, UsageError
from publisher.query import local
from publisher.query.index import opened_index
from publisher.query.pool import QueryPool
from publisher.query.process import QueryExchange, QueryWorker, WorkerProcess
from publisher.query.requests import Limits, QueryRequest, QueryStopped
from tests.conftest import ROOT
from tests.event_loop import run_async

NEVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
MANY = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SORTED = f"{MANY} ORDER BY ?a"
BEGIN = 0.1  # seconds: enough to send a query to a worker that is ready
SMALL = Limits(seconds=120, memory=512 << 20)

DATA = "".join(f'<urn:s{i}> <urn:p> "{i}" <urn:g{i % 2}> .\n' for i in range(400)) + (
    "<urn:both> <urn:p> <urn:o> <urn:g0> .\n<urn:both> <urn:p> <urn:o> <urn:g1> .\n_:b <urn:p> _:b <urn:g1> .\n"
)


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dump") / "all.nq"
    path.write_text(DATA)
    return path


@pytest.fixture(scope="module")
def index(dump: Path) -> Iterator[Path]:
    with opened_index(dump, dump.parent / "indexes") as path:
        yield path


@asynccontextmanager
async def pool_of(index: Path, workers: int = 1, limits: Limits = SMALL) -> AsyncIterator[QueryPool]:
    async with QueryPool(index, workers, limits) as pool:
        yield pool


async def ask(pool: QueryPool, text: str, form: str = "csv") -> bytes:
    async with pool.run(QueryRequest(text, form)) as answer:
        return b"".join([chunk async for chunk in answer.chunks])


def rows_in(answer: bytes, form: str) -> list[bytes]:
    """Return the parts of a serialization that are rows, sorted, but for what differs: the labels of blank nodes."""
    text = re.sub(rb"_:\w+|bnode[^}<]*", b"blank", answer)
    separator = {"json": b"},{", "xml": b"<result>"}.get(form, b"\n")
    head, _, rows = text.rpartition(b'"bindings":[{')
    return [head, *sorted(part.strip(b"]}") for part in rows.split(separator))]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?z ?b ?a }", "csv"),
        ("SELECT DISTINCT * { ?z ?b ?a }", "json"),
        ("SELECT ?a ?z { ?z ?b ?a }", "tsv"),
        ("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?a ?b ?c } } GROUP BY ?g ORDER BY ?g", "xml"),
        ("SELECT ?s FROM <urn:g1> { ?s ?p ?o }", "csv"),
        ("ASK FROM NAMED <urn:g1> { GRAPH ?g { <urn:s0> ?p ?o } }", "json"),
        ("SELECT * {}", "csv"),
    ],
)
def test_answers_are_those_of_a_store_in_memory(index: Path, dump: Path, text: str, form: str) -> None:
    with QueryWorker(index, SMALL) as worker:
        answer = b"".join(worker.run(QueryRequest(text, form)))
    expected = local.run(text, local.load_store([dump])).rows()
    formats = {"csv": ox.QueryResultsFormat.CSV, "tsv": ox.QueryResultsFormat.TSV, "xml": ox.QueryResultsFormat.XML}
    serialized = expected.serialize(format=formats.get(form, ox.QueryResultsFormat.JSON)) or b""
    assert rows_in(answer, form) == rows_in(serialized, form)


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld", "rdf", "nq", "trig"])
def test_graphs_in_each_format(index: Path, form: str) -> None:
    text = "CONSTRUCT { ?o ?p ?s } { ?s ?p ?o FILTER(ISIRI(?o)) }"
    with QueryWorker(index, SMALL) as worker:
        answer = b"".join(worker.run(QueryRequest(text, form)))
    syntax = ox.RdfFormat.from_extension(form)
    assert [quad.subject for quad in ox.parse(answer, format=syntax)] == [ox.NamedNode("urn:o")]


def test_the_dataset_of_the_protocol_replaces_that_of_the_query(index: Path) -> None:
    text = "SELECT (COUNT(*) AS ?n) FROM <urn:g0> { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    with QueryWorker(index, SMALL) as worker:

        def count(default: tuple[str, ...], named: tuple[str, ...]) -> int:
            parts = worker.run(QueryRequest(text, "csv", default, named))
            return int(b"".join(parts).splitlines()[1])

        assert count((), ()) == 201
        assert count(("urn:g1",), ()) == 202
        assert count((), ("urn:g0",)) == 201
        assert count(("urn:g1",), ("urn:g0",)) == 403


@pytest.mark.parametrize(
    ("text", "limits", "limit", "words"),
    [
        (NEVER, Limits(seconds=0.5), "time", "more than 0.5 seconds"),
        (SORTED, Limits(seconds=120, memory=64 << 20), "memory", "more than 64 MB of memory"),
        (MANY, Limits(rows=5000), "rows", "more than 5,000 rows"),
        (MANY, Limits(size=100_000), "bytes", "more than 100,000 bytes"),
    ],
)
def test_each_limit_is_named_and_the_next_query_is_answered(
    index: Path, text: str, limits: Limits, limit: str, words: str
) -> None:
    async def run() -> None:
        async with pool_of(index, limits=limits) as pool:
            with pytest.raises(QueryStopped, match=words) as stopped:
                await ask(pool, text)
            assert stopped.value.limit == limit
            assert await ask(pool, "ASK {}") == b"true"

    run_async(run())
    with QueryWorker(index, limits) as worker:
        with pytest.raises(QueryStopped, match=words) as stopped:
            list(worker.run(QueryRequest(text, "csv")))
        assert stopped.value.limit == limit
        assert b"".join(worker.run(QueryRequest("ASK {}", "csv"))) == b"true"


def test_an_early_end_is_no_part_of_an_answer(index: Path) -> None:
    async def run() -> None:
        async with pool_of(index, limits=Limits(rows=50_000)) as pool:
            async with pool.run(QueryRequest(MANY, "csv")) as answer:
                assert len(answer.held) > 8000
                with pytest.raises(QueryStopped, match="rows") as stopped:
                    [chunk async for chunk in answer.chunks]
            rows = re.search(r"with ([\d,]+) rows", str(stopped.value))
            assert rows
            assert 40_000 < int(rows[1].replace(",", "")) <= 50_000
        async with pool_of(index, limits=Limits(rows=100)) as pool:
            with pytest.raises(QueryStopped, match="rows"):
                async with pool.run(QueryRequest(MANY, "csv")):
                    pytest.fail("a part of the answer can be sent on")

    run_async(run())


@pytest.mark.parametrize(
    ("text", "form", "error", "words"),
    [
        ("SELECT * {\n ?s ?p }", "csv", SourceError, r"q\.rq:2:9: expected"),
        ("SELECT (<urn:f>(1) AS ?x) {}", "csv", SourceError, "custom function <urn:f>"),
        ("DELETE WHERE { ?s ?p ?o }", "csv", SourceError, "DELETE is SPARQL Update"),
        ("SELECT * { SERVICE <http://localhost> { ?s ?p ?o } }", "csv", SourceError, "SERVICE is not resolved"),
        ("SELECT * {", "csv", SourceError, r"q\.rq:1:11: expected"),
        ("ASK {}", "ttl", UsageError, "written as json, xml, csv, tsv"),
    ],
)
def test_faults_of_queries(index: Path, text: str, form: str, error: type[Exception], words: str) -> None:
    with QueryWorker(index, SMALL) as worker, pytest.raises(error, match=words):
        list(worker.run(QueryRequest(text, form, path=Path("q.rq"))))


def test_who_is_cancelled_or_leaves_kills_the_query(index: Path) -> None:
    async def run() -> None:
        async with pool_of(index) as pool:
            first = pool.processes
            task = asyncio.create_task(ask(pool, NEVER))
            await asyncio.sleep(BEGIN)
            task.cancel()
            assert await ask(pool, "ASK {}") == b"true"
            second = pool.processes
            async with pool.run(QueryRequest(MANY)) as answer:
                assert not answer.is_complete
            assert await ask(pool, "ASK {}") == b"true"
            assert len({*first, *second, *pool.processes}) == 3
            assert await ask(pool, "ASK {}") == b"true"
            assert len({*first, *second, *pool.processes}) == 3, "one that has answered is kept"

    run_async(run())


def test_queue_is_bounded(index: Path) -> None:
    async def run() -> None:
        async with pool_of(index, limits=Limits(seconds=60, queue=1)) as pool:
            running = asyncio.create_task(ask(pool, NEVER))
            await asyncio.sleep(BEGIN)
            waiting = asyncio.create_task(ask(pool, "ASK {}"))
            await asyncio.sleep(BEGIN)
            with pytest.raises(QueryStopped, match="1 query wait"):
                await ask(pool, "ASK {}")
            running.cancel()
            assert await waiting == b"true"

    run_async(run())


def test_a_worker_that_is_killed_is_replaced(index: Path) -> None:
    async def run() -> None:
        async with pool_of(index) as pool:
            running = asyncio.create_task(ask(pool, NEVER))
            await asyncio.sleep(BEGIN)
            (worker,) = pool.processes
            os.kill(worker, signal.SIGKILL)
            with pytest.raises(QueryStopped, match="signal 9"):
                await running
            assert await ask(pool, "ASK {}") == b"true"
            (idle,) = pool.processes
            os.kill(idle, signal.SIGKILL)
            with suppress(QueryStopped):  # where the request is sent before it has ended
                assert await ask(pool, "ASK {}") == b"true"
            assert await ask(pool, "ASK {}") == b"true"
        assert not pool.processes

    run_async(run())


def test_the_end_of_a_worker_closes_no_descriptor_of_others(index: Path) -> None:
    async def run() -> None:
        async with pool_of(index) as pool:
            async with pool.run(QueryRequest(MANY, "csv")) as answer:
                os.kill(pool.processes[0], signal.SIGKILL)
                with pytest.raises(QueryStopped, match="signal 9"):
                    async for _ in answer.chunks:
                        pass
                others = [os.open(os.devnull, os.O_RDONLY) for _ in range(30)]  # they get the numbers that are free
            assert await ask(pool, "ASK {}") == b"true"  # by the worker in its place
        for descriptor in others:
            os.close(descriptor)

    run_async(run())


def test_the_input_of_a_process_is_not_closed_while_a_request_is_written(index: Path) -> None:
    """Its descriptor could be that of another connection by the time of the write."""
    process, is_writing, order = WorkerProcess(index, Limits()), threading.Event(), list[str]()

    class SlowInput(io.RawIOBase):
        def write(self, content: Any) -> int:
            is_writing.set()
            time.sleep(0.2)
            order.append("written")
            return len(content)

        def close(self) -> None:
            order.append("closed")

    process.input = cast("IO[bytes]", SlowInput())
    with process.output:
        writing = threading.Thread(target=process.write, args=(b"a request",))
        writing.start()
        is_writing.wait()
        process.kill()
        process.end()
        writing.join()
    assert process.stdin
    process.stdin.close()
    assert order[:2] == ["written", "closed"]


@pytest.mark.skipif(sys.platform != "linux", reason="only the kernel of Linux refuses sockets")
def test_no_query_asks_another_host(index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, WorkerProcess(index, SMALL) as process:
        other.settimeout(0.5)
        process.output.settimeout(10)
        assert process.output.recv(100)  # it is ready
        text = f"SELECT * {{ SERVICE <http://127.0.0.1:{other.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        exchange = QueryExchange(QueryRequest(text, "csv"), SMALL)
        process.write(exchange.content())

        def read() -> None:
            while not exchange.is_complete:
                exchange.feed(process.output.recv(1000))

        with pytest.raises(SourceError, match="ermission denied"):
            read()
        with pytest.raises(TimeoutError):
            other.accept()
        process.end()
        process.output.close()


def test_a_pool_says_whether_a_process_can_be_started(index: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(index, tmp_path / "index"))

    def kill(pool: QueryPool) -> None:
        for process in pool.processes:
            os.kill(process, signal.SIGKILL)
            os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)  # a zombie can have threads that still end

    async def run() -> None:
        async with pool_of(copy) as pool:
            await pool.check()
            kill(pool)
            await pool.check()
            assert len(pool.processes) == 1
            copy.rename(tmp_path / "moved")
            kill(pool)
            with pytest.raises(QueryStopped, match="could not be started"):
                await pool.check()
            (tmp_path / "moved").rename(copy)
            await pool.check()

    run_async(run())


def test_no_worker_outlives_its_parent(index: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from publisher.query.pool import QueryPool
from publisher.query.requests import Limits, QueryRequest
async def main():
    async with QueryPool(Path({str(index)!r}), 1, Limits(seconds=600)) as pool:
        print(*pool.processes, flush=True)
        async with pool.run(QueryRequest({NEVER!r})):
            pass
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        time.sleep(0.2)  # it is within the query, or about to be
        parent.kill()
    end = time.monotonic() + 60
    while is_running(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(worker)


def is_running(process: int) -> bool:
    """Tell whether there is a process that has not ended; one that nobody waits for stays as a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_an_index_is_made_once_and_old_ones_are_removed(tmp_path: Path) -> None:
    dump, folder = tmp_path / "all.nt", tmp_path / "cache" / "indexes"

    def entries() -> list[str]:
        return sorted(path.name for path in folder.iterdir() if path.is_dir())

    dump.write_text("<urn:a> <urn:b> <urn:c> .\n")
    with opened_index(dump, folder) as index:
        for number in range(8):
            other = tmp_path / f"{number}.nt"
            other.write_text(f"<urn:a> <urn:b> <urn:c{number}> .\n")
            with opened_index(other, folder):
                pass
        assert len(entries()) == 5  # the one in use, and four others
        before = entries()
        with opened_index(dump, folder) as again:
            assert again == index
            assert len(ox.Store.read_only(str(again))) == 1
        assert set(entries()) <= set(before)


def test_an_index_where_nothing_can_be_written(tmp_path: Path) -> None:
    dump = tmp_path / "all.nt"
    dump.write_text("<urn:a> <urn:b> <urn:c> .\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for folder in (None, tmp_path / "link", tmp_path / "link" / "indexes"):
        with opened_index(dump, folder) as index, QueryWorker(index, SMALL) as worker:
            rows = csv.reader(io.StringIO(b"".join(worker.run(QueryRequest("SELECT * { ?s ?p ?o }", "csv"))).decode()))
            assert list(rows) == [["s", "p", "o"], ["urn:a", "urn:b", "urn:c"]]
        assert not index.exists()
    assert not any((tmp_path / "elsewhere").iterdir())


def test_a_dump_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "all.nt").write_text("<urn:a> <urn:b> .\n")
    for path, words in ((tmp_path / "all.nt", r"all\.nt:1:"), (tmp_path / "none.nt", "cannot be read: No such file")):
        with pytest.raises(PublisherError, match=words), opened_index(path, tmp_path / "indexes"):
            pass
    assert not any(path.is_dir() for path in (tmp_path / "indexes").iterdir())
