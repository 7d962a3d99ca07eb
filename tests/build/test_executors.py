from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from publisher.build.executors import apart, dask, here, processes
from publisher.errors import PublisherError, SourceError
from tests.conftest import ROOT


def _double(number: int) -> int:
    return 2 * number


def _process(_: int) -> int:
    return os.getpid()


def _die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _fail(number: int) -> int:
    raise SourceError(f"job {number}", ROOT, 1, 2)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(count: int) -> None:
    with processes(count) as mapper:
        assert list(mapper(_double, range(50))) == [2 * number for number in range(50)]
        assert list(mapper(_double, [])) == []


def test_one_job_alone_stays_here() -> None:
    with processes(2) as mapper:
        assert list(mapper(_process, [1])) == [os.getpid()]
        assert os.getpid() not in set(mapper(_process, [1, 2]))
    assert list(here(_double, [1, 2])) == [2, 4]


def test_a_process_that_dies_is_told() -> None:
    with processes(2) as mapper, pytest.raises(PublisherError, match="fewer --jobs"):
        list(mapper(_die, range(10)))


def test_errors_keep_their_place_between_processes() -> None:
    with processes(2) as mapper, pytest.raises(SourceError, match="job 0") as caught:
        list(mapper(_fail, range(4)))
    assert (caught.value.path, caught.value.line, caught.value.column) == (ROOT, 1, 2)


def _note(path: Path) -> int:
    apart(lambda: _append(path))
    return os.getpid()


def _append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as out:
        out.write(f"{os.getpid()}\n")


def test_work_apart_is_done_in_a_copy_of_a_process_of_the_pool(tmp_path: Path) -> None:
    path = tmp_path / "pids"
    with processes(2) as mapper:
        workers = set(mapper(_note, [path] * 6))
    copies = path.read_text(encoding="utf-8").split()
    assert len(copies) == len(set(copies)) == 6
    assert not {*map(int, copies)} & {*workers, os.getpid()}
    assert _note(path) == os.getpid()
    assert path.read_text(encoding="utf-8").split()[-1] == str(os.getpid())


class _OddError(Exception):
    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("not to be pickled")


def _raise(error: type[Exception]) -> None:
    raise SourceError("here", ROOT, 1, 2) if error is SourceError else error


def _fail_apart(error: type[Exception]) -> None:
    apart(partial(_raise, error))


def _die_apart(_: int) -> None:
    apart(lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_work_apart_tells_what_went_wrong() -> None:
    with processes(2) as mapper:
        with pytest.raises(SourceError, match="here") as caught:
            list(mapper(_fail_apart, [SourceError, SourceError]))
        assert (caught.value.path, caught.value.line, caught.value.column) == (ROOT, 1, 2)
        with pytest.raises(RuntimeError, match="_OddError"):
            list(mapper(_fail_apart, [_OddError, _OddError]))
        with pytest.raises(PublisherError, match="fewer --jobs"):
            list(mapper(_die_apart, [1, 2]))


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    pytest.importorskip("distributed", reason="get it with: pip install 'geopol-publisher[dask]'")
    with pytest.raises(PublisherError, match="no Dask scheduler answers"), dask("tcp://127.0.0.1:9"):
        pass
