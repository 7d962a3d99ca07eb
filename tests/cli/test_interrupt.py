from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.cli.interrupt import interruptible
from publisher.workspace.scaffold import make_workspace
from publisher.workspace.time_limit import limited

# More pairs than any machine looks at in the time of a test.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != ?l) }"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interrupt") / "w"
    make_workspace(folder)
    (folder / "dist" / "dumps").mkdir(parents=True)
    lines = [f'<urn:s{i}> <urn:p> "{i}" <urn:g> .\n' for i in range(1000)]
    (folder / "dist" / "dumps" / "all.nq").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def asking(published: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "publisher", "query", "-", "-w", str(published)]
    with _started([*command, "--timeout", "600"]) as process:
        yield process
        process.kill()


def _started(command: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("options", [[], ["--local-service"]])
def test_a_query_that_takes_too_long_ends(published: Path, options: list[str]) -> None:
    snapshot = published / "data" / "wikidata" / "snapshot.ttl"
    snapshot.parent.mkdir(exist_ok=True)
    snapshot.write_text("<urn:a> <urn:p> <urn:b> .")
    command = [sys.executable, "-m", "publisher", "query", "-", "-w", str(published), "--timeout", "0.5", *options]
    ran = subprocess.run(command, input=ENDLESS, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 3
    assert ran.stdout == ""
    assert ran.stderr == (
        "publisher: <stdin>: no answer within 0.5 seconds; ask for less, or allow more by --timeout\n"
    )


def test_ctrl_c_ends_a_query_that_native_code_runs(asking: subprocess.Popen[str]) -> None:
    assert asking.stdin
    asking.stdin.write(ENDLESS)
    asking.stdin.close()
    asking.stdin = None
    time.sleep(2)
    assert asking.poll() is None
    asking.send_signal(signal.SIGINT)
    out, err = asking.communicate(timeout=10)
    assert (asking.returncode, out, err) == (130, "", "publisher: interrupted; nothing was changed\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["load", "http://127.0.0.1:9", "--profile", "oxigraph"], "the store may hold a part of the new data"),
        (["load", "http://127.0.0.1:9", "--profile", "oxigraph", "--show"], "nothing was changed"),
        (["diff", "one", "other", "--migrate=http://127.0.0.1:9"], "the store may hold a part of the new data"),
        (["diff", "one", "other"], "nothing was changed"),
    ],
)
def test_what_is_said_of_an_interrupted_command(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.publisher, "invoke", interrupted)
    assert main.main(arguments) == 130
    assert message in capsys.readouterr().err


def test_what_is_done_in_time_is_left_alone() -> None:
    ended: list[int] = []
    before = threading.active_count()
    with limited(0.2, lambda: ended.append(1)):
        pass
    with interruptible(lambda: ended.append(2), grace=0.1):
        pass
    time.sleep(0.4)
    assert ended == []
    assert threading.active_count() == before


def test_what_is_not_done_in_time_is_ended() -> None:
    ended = threading.Event()
    with limited(0.01, ended.set):
        assert ended.wait(10)


def test_python_code_cleans_up_by_itself() -> None:
    ended: list[int] = []

    def run() -> None:
        with interruptible(lambda: ended.append(1)):
            signal.raise_signal(signal.SIGINT)
            time.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert ended == []
