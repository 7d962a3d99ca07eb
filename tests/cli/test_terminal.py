"""Run commands on a terminal of their own, and see what is shown there and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.cli.options import Execution
from publisher.cli.terminal import print_findings
from publisher.workspace.scaffold import make_workspace
from tests.recorder import Recorder

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WRONG = "gp:hasPlace id:san-fransisco"


def _run(arguments: list[str], stream: str, **environment: str) -> tuple[str, str]:
    """Run a command with one of its streams on a terminal; return what it wrote there, and to the other stream."""
    primary, secondary = pty.openpty()
    out, err = (secondary if name == stream else subprocess.PIPE for name in ("stdout", "stderr"))
    variables = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "publisher", *arguments]
    variables = {**variables, "TERM": "xterm", **environment}
    with subprocess.Popen(command, env=variables, stdout=out, stderr=err) as process:
        os.close(secondary)
        shown = b""
        while chunk := _read(primary):
            shown += chunk
        others = b"".join(pipe.read() for pipe in (process.stdout, process.stderr) if pipe)
    os.close(primary)
    return shown.decode().replace("\r\n", "\n"), others.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux reports that the process has closed its end
        return b""


@pytest.fixture
def wrong(small: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """A workspace with a violation, validated once: a process on a terminal takes the findings from the cache."""
    path = small / "data" / "articles" / "un-charter.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("gp:hasPlace id:san-francisco", WRONG, 1), encoding="utf-8")
    assert main(["validate", "-w", str(small)]) == 1
    capfd.readouterr()
    return small


def test_findings_are_coloured_on_a_terminal_alone(wrong: Path, capfd: pytest.CaptureFixture[str]) -> None:
    validate = ["validate", "-w", str(wrong), "--jobs", "1"]
    shown, _ = _run(validate, "stdout", COLUMNS="500")  # so that no line is wrapped
    assert re.search(
        r"^  \x1b\[1mdata/articles/un-charter\.ttl:\d+:\d+: \x1b\[0m\x1b\[31mviolation\x1b\[0m: ", shown, re.MULTILINE
    )
    assert main(validate) == 1
    assert capfd.readouterr() == (ANSI.sub("", shown), "")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_turned_off(wrong: Path, environment: dict[str, str]) -> None:
    shown, _ = _run(["validate", "-w", str(wrong), "--jobs", "1"], "stdout", COLUMNS="500", **environment)
    assert "violation: id:signing-of-the-un-charter" in shown
    assert "\x1b" not in shown


def test_only_the_first_line_of_a_finding_is_coloured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("publisher.cli.terminal.has_colour", lambda _: True)
    text = "a.ttl\n  a.ttl:1:2: warning: id:a\n     1 │ violation: it\n    info: of a message\n  info: id:b\n"
    bold, yellow, cyan, end = "\x1b[1m", "\x1b[33m", "\x1b[36m", "\x1b[0m"
    print_findings(text)
    assert capsys.readouterr().out == (
        f"a.ttl\n  {bold}a.ttl:1:2: {end}{yellow}warning{end}: id:a\n     1 │ violation: it\n    info: of a message\n"
        f"  {cyan}info{end}: id:b\n"
    )


@pytest.mark.parametrize("arguments", [["build", "--no-cache"], ["validate"]])
def test_progress_is_shown_on_a_terminal(tmp_path: Path, arguments: list[str]) -> None:
    make_workspace(tmp_path / "w", template="bare")
    shown, output = _run([*arguments, "-w", str(tmp_path / "w"), "--jobs", "1"], "stderr")
    assert re.search("close the ontology|parse|infer|validate|write", shown)  # a short step may not be drawn
    assert re.search(r"\d:\d\d:\d\d", shown)
    assert output
    assert "\x1b" not in output


def test_each_task_is_reported_as_a_part_of_the_step() -> None:
    progress = Recorder()
    progress.step("infer")
    with Execution(jobs=1, no_cache=True, executor="processes", scheduler=None).mapper(progress) as mapper:
        assert list(mapper(str, [1, 2, 3])) == ["1", "2", "3"]
    assert progress.steps == [("infer", 3, 3)]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_nobody_else_steers_the_terminal(small: Path, stream: str) -> None:
    if stream == "stdout":
        escaped = r"\e]0;title\a\u009b31m\u202e"
        (small / "queries" / "a.rq").write_text(f'#+ summary: "{escaped}"\nASK {{}}', encoding="utf-8")
        arguments = ["query", "--list"]
    else:
        arguments = ["query", "no\x1b]0;title\x07\x9b31m\u202e"]
    shown, _ = _run([*arguments, "-w", str(small)], stream)
    assert "\ufffd]0;title\ufffd\ufffd31m\ufffd" in shown
    assert not set("\x1b\x07\x9b\u202e") & set(shown)
