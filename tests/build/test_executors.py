from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from publisher.build.executors import dask, here, processes
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


def test_processes_end_when_the_build_is_killed() -> None:
    code = """if True:
        import time
        from publisher.build.executors import processes
        with processes(2) as mapper:
            print(list(mapper(abs, [-1, -2])), flush=True)
            time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == b"[1, 2]\n"
        process.kill()
        process.communicate(timeout=60)  # ends when no process has the pipe any more


def test_errors_keep_their_place_between_processes() -> None:
    with processes(2) as mapper, pytest.raises(SourceError, match="job 0") as caught:
        list(mapper(_fail, range(4)))
    assert (caught.value.path, caught.value.line, caught.value.column) == (ROOT, 1, 2)


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    pytest.importorskip("distributed", reason="get it with: pip install 'geopol-publisher[dask]'")
    with pytest.raises(PublisherError, match="no Dask scheduler answers"), dask("tcp://127.0.0.1:9"):
        pass
