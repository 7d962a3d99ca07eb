from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.workspace.watch import changes, snapshot


def test_a_change_is_told_once(small: Path) -> None:
    events = changes(small, pause=0.01)
    next(events)
    (small / "data" / "new.ttl").write_text("", encoding="utf-8")
    next(events)
    (small / "data" / "new.ttl").unlink()
    next(events)


def test_sources_are_watched_and_results_are_not(small: Path) -> None:
    before = snapshot(small)
    (small / "dist").mkdir()
    (small / "dist" / "a.ttl").write_text("", encoding="utf-8")
    assert snapshot(small) == before
    (small / "publisher.toml").write_text("", encoding="utf-8")
    assert snapshot(small) != before


def test_files_behind_links_are_watched(small: Path, tmp_path: Path) -> None:
    (tmp_path / "shared" / "deep").mkdir(parents=True)
    (small / "data" / "shared").symlink_to(tmp_path / "shared")
    (tmp_path / "shared" / "deep" / "circle").symlink_to(small / "data")
    before = snapshot(small)
    (tmp_path / "shared" / "deep" / "a.ttl").touch()
    assert snapshot(small) != before


def _rename_over(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.swp")
    new.write_text(text, encoding="utf-8")
    new.rename(path)


def _rewrite_with_the_same_time(path: Path, text: str) -> None:
    status = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _make_the_folder_again(path: Path, text: str) -> None:
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("save", [Path.write_text, _rename_over, _rewrite_with_the_same_time, _make_the_folder_again])
def test_the_last_of_many_quick_writes_is_read(small: Path, save: Callable[[Path, str], object]) -> None:
    """Writes of one size follow each other faster than the clock of the file system ticks, and while files are read."""
    (folder := small / "data" / "folder").mkdir()
    (path := folder / "new.ttl").write_text("# 0000\n", encoding="utf-8")
    read = list[str]()
    events = changes(small, pause=0.001)
    for _ in zip(range(8), events, strict=False):
        read.append(path.read_text(encoding="utf-8"))
        for number in range(3):  # after the reading, at once
            save(path, f"# {len(read):02}{number:02}\n")
    assert read == ["# 0000\n", *(f"# {n:02}02\n" for n in range(1, 8))]


def test_watching_ends_with_the_exit_code_of_the_last_run(small: Path) -> None:
    """A run after the change is waited for, then Ctrl-C ends the watch."""
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "validate", "-w", str(small), "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    assert process.stdout.readline() == "The data conform to the shapes.\n"
    article = small / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8").replace("gp:hasPlace id:san", "gp:hasPlase id:san")
    article.write_text(text, encoding="utf-8")
    seen = ""
    while "do not conform" not in seen:
        line = process.stdout.readline()
        assert line
        seen += line
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 1
    process.stdout.close()
    assert "did you mean `gp:hasPlace`?" in seen
