"""Complete command lines as the scripts of ``publisher completion`` do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from publisher.cli.main import publisher
from tests.conftest import ROOT

STORE = '\n[stores.town-hall]\nprofile = "oxigraph"\nurl = "http://localhost:7878"\n'


def _complete(line: str) -> list[str]:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_PUBLISHER_COMPLETE": "bash_complete"}
    result = CliRunner().invoke(publisher, [], env=words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.split()


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("publisher bu", ["plain,build"]),
        ("publisher build --no", ["plain,--no-cache"]),
        ("publisher validate --format s", ["plain,sarif"]),
        ("publisher link c", ["plain,check", "plain,compare"]),
        ("publisher query who-m", ["plain,who-met-whom"]),
        ("publisher query ./some", ["file,./some"]),
        ("publisher query who-accuses-whom --c", ["plain,--claimant"]),
        ("publisher query who-accuses-whom --claimant ", []),
        ("publisher query nothing --l", ["plain,--list", "plain,--local-service"]),
        ("publisher load t", ["plain,town-hall"]),
        ("publisher query --endpoint t", ["plain,town-hall"]),
    ],
)
def test_completions(line: str, completions: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "queries").symlink_to(ROOT / "queries")
    toml = (ROOT / "publisher.toml").read_text(encoding="utf-8")
    (tmp_path / "publisher.toml").write_text(toml + STORE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert _complete(line) == completions


@pytest.mark.parametrize("toml", [None, "[stores"])
def test_outside_of_a_workspace_nothing_fails(
    toml: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if toml:
        (tmp_path / "publisher.toml").write_text(toml, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert _complete("publisher load t") == []
    assert _complete("publisher query t") == ["file,t"]


def test_another_workspace_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _complete(f"publisher query -w {ROOT} timel") == ["plain,timeline"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_the_shell(shell: str) -> None:
    script = CliRunner().invoke(publisher, ["completion", shell]).stdout
    assert f"_PUBLISHER_COMPLETE={shell}_complete" in script
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script, text=True, check=True)
