"""What QLever builds an index from holds every graph, and its own program reads the settings beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.cli.main import main
from publisher.dump import diff
from publisher.errors import ConfigError, SourceError, UsageError
from publisher.load import migrate, profiles, qlever
from publisher.workspace.config import Config, StoreTable
from tests.conftest import Requirement
from tests.published import published
from tests.running import INSTALL, LIB

LINES = b'<urn:s> <urn:p> "1" <https://e.org/g> .\n<urn:s> <urn:p> _:b <https://e.org/h> .\n'
PROGRAM = LIB / "qlever" / "bin" / "qlever"


def find(folder: Path, name: str = "mine", **more: str) -> profiles.Target:
    return profiles.find_target({name: StoreTable(name, {"profile": "qlever", "location": str(folder), **more})}, name)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dist").mkdir()
    return published(tmp_path / "dist", "all.nq", LINES)


def test_all_graphs_are_in_one_file(config: Config, built: Path, tmp_path: Path) -> None:
    done = qlever.prepare(config, built, find(tmp_path / "new" / "index"))
    assert done.path == tmp_path / "new" / "index" / "mine.nq"
    quads = set(ox.parse(path=done.path))
    assert len(quads) == done.triples > 10_000
    assert {quad.graph_name.value for quad in quads} >= {config.graph("inferred"), config.graph("void")}
    assert done.graphs == len({quad.graph_name for quad in quads})
    assert quads >= set(ox.parse(path=built / "dumps" / "all.nq"))


@pytest.mark.parametrize("name", ["all.nq", "all.nq.gz"])
def test_packed_or_not(name: str, config: Config, tmp_path: Path) -> None:
    done = qlever.prepare(config, published(tmp_path, name, LINES), find(tmp_path / "index"))
    assert sorted(done.path.read_bytes().splitlines(keepends=True)) == sorted(LINES.splitlines(keepends=True))
    assert not list(done.path.parent.glob(".*"))


def test_settings_that_are_there_stay(config: Config, dist: Path, tmp_path: Path) -> None:
    target = find(tmp_path, url="http://127.0.0.1:7100")
    first = qlever.prepare(config, dist, target)
    settings = tmp_path / "Qleverfile"
    assert "PORT = 7100\n" in settings.read_text("utf-8")
    settings.write_text("mine", "utf-8")
    again = qlever.prepare(config, dist, target)
    assert (first.has_own_settings, again.has_own_settings) == (False, True)
    assert settings.read_text("utf-8") == "mine"


def test_an_earlier_file_stays_when_there_is_no_new_one(config: Config, dist: Path, tmp_path: Path) -> None:
    done = qlever.prepare(config, dist, find(tmp_path / "index"))
    (dist / "dumps" / "all.nq").write_bytes(LINES[:-20])
    with pytest.raises(SourceError, match="not what SHA256SUMS tells"):
        qlever.prepare(config, dist, find(tmp_path / "index"))
    assert done.path.read_bytes() == LINES
    assert sorted(path.name for path in done.path.parent.iterdir()) == ["Qleverfile", "mine.nq"]


def test_no_place_to_write(config: Config, dist: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="file: cannot be written: "):
        qlever.prepare(config, dist, find(tmp_path / "file"))
    target = profiles.find_target({}, "http://127.0.0.1:7019", "qlever")
    with pytest.raises(ConfigError, match="method 'index' of qlever needs to know the location"):
        qlever.prepare(config, dist, target)


def test_what_an_index_cannot(config: Config, dist: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the index of qlever is built anew, not changed"):
        migrate(config, dist, dist, find(tmp_path), 60)
    with pytest.raises(UsageError, match="not loaded by 'gsp'; possible: index"):
        profiles.find_target({"mine": StoreTable("mine", {"profile": "qlever", "location": "/x"})}, "mine", None, "gsp")
    assert diff.diff(dist, dist).is_empty


@pytest.mark.parametrize("name", ["mine", "my store; rm -rf /", "$(x)", "…"])
def test_the_program_of_qlever_reads_the_settings(
    name: str, config: Config, dist: Path, tmp_path: Path, require: Requirement
) -> None:
    program = str(PROGRAM) if PROGRAM.is_file() else shutil.which("qlever")
    require("the program qlever", INSTALL, found=program is not None)
    folder = tmp_path / "an index"
    target = find(folder, name, url="http://127.0.0.1:7100")
    done = qlever.prepare(replace(config, title="50 % of\n$HOME, ${x} & more"), dist, target)
    stem = done.path.stem
    assert re.fullmatch(r"[A-Za-z0-9_-]+", stem)
    told = [
        subprocess.run(
            [str(program), *command, "--system", "native", "--show"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # where it tells the commands
            text=True,
            check=True,
            env=dict(os.environ, QLEVER_ARGCOMPLETE_ENABLED="1"),
        ).stdout
        for command in (line.split()[1:] for line in qlever.commands(target)[1:])
    ]
    assert f"cat {stem}.nq | qlever-index -i {stem} -s {stem}.settings.json" in told[0]
    assert " -F nq -f - -p true " in told[0]
    assert f"qlever-server -i {stem} " in told[1]
    assert " -p 7100 " in told[1]


def test_command_line(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = small / "index"
    with (small / "publisher.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[stores.big]\nprofile = "qlever"\nlocation = "{index}"\n')

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "-w", str(small)])
        return code, *capsys.readouterr()

    assert run("build")[0] == 0
    code, shown, _ = run("load", "big", "--show")
    assert (code, index.exists()) == (0, False)
    assert shown.splitlines()[2:] == [f"cd {index}", *qlever.commands(find(index))[1:]]
    code, done, _ = run("load", "big")
    assert code == 0
    assert "Nothing is loaded yet; this does it:\n  cd " in done
    assert "was there" not in done
    assert (index / "big.nq").is_file()
    assert "Qleverfile was there, and stays as it is" in run("load", "big")[1]
    for options in (("--sync",), ("--verify", "full")):
        code, _, said = run("load", "big", *options)
        assert (code, "is built whole: no --sync, no --verify" in said) == (2, True)
    code, _, said = run("query", "who-says-what", "--endpoint", "big")
    assert (code, "[stores.big]: expected the key 'url', to ask it" in said) == (2, True)
