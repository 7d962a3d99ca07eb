from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from publisher.errors import OutputError
from publisher.workspace import atomic
from publisher.workspace.atomic import (
    MARKER,
    ensure_apart,
    is_temporary,
    replacing,
    saving,
    staging,
    temporary_folder,
    write_atomically,
)
from tests.conftest import ROOT


def _fill(folder: Path, text: str) -> None:
    (folder / MARKER).parent.mkdir()
    (folder / MARKER).write_text(text, encoding="utf-8")


def _publish(target: Path, text: str) -> None:
    with staging(target) as folder:
        _fill(folder, text)


def _siblings(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


def test_a_result_appears_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "dist"
    _publish(target, "one")
    assert (target / MARKER).read_text(encoding="utf-8") == "one"
    assert _siblings(target) == {"dist"}


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_result_takes_the_place_of_the_earlier(
    tmp_path: Path, can_exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    target = tmp_path / "dist"
    _publish(target, "one")
    (target / MARKER.parent / "stale").touch()
    (target / MARKER).write_text(f"{'0' * 64}  stale\n", encoding="utf-8")
    (target / ".DS_Store").touch()
    _publish(target, "two")
    assert (target / MARKER).read_text(encoding="utf-8") == "two"
    assert not (target / MARKER.parent / "stale").exists()
    assert _siblings(target) == {"dist"}


def test_a_failure_leaves_the_earlier_result(tmp_path: Path) -> None:
    target = tmp_path / "dist"
    _publish(target, "one")

    def fail_half_way() -> None:
        with staging(target) as folder:
            _fill(folder, "half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert (target / MARKER).read_text(encoding="utf-8") == "one"
    assert _siblings(target) == {"dist"}


def test_foreign_files_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(OutputError, match="would be lost"):
        _publish(tmp_path / "dist", "one")
    assert (tmp_path / "dist" / "thesis.tex").exists()


@pytest.mark.parametrize("name", ["thesis.tex", "dumps/thesis.tex", "notes/thesis.tex", ".thesis"])
def test_files_beside_an_earlier_result_are_not_lost(tmp_path: Path, name: str) -> None:
    target = tmp_path / "dist"
    _publish(target, f"{'0' * 64}  all.nt\n")
    (target / "dumps" / "all.nt").touch()
    mine = target / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("years of work", encoding="utf-8")
    with pytest.raises(OutputError, match=rf"{name}: was not published here and would be lost"):
        _publish(target, "two")
    assert mine.exists()
    assert _siblings(target) == {"dist"}
    mine.unlink()
    _publish(target, "two")


def test_a_link_in_an_earlier_result_is_foreign(tmp_path: Path) -> None:
    target = tmp_path / "dist"
    _publish(target, f"{'0' * 64}  ../pagefind\n")
    (target / "pagefind").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="pagefind: was not published here"):
        _publish(target, "two")


def test_a_file_that_comes_during_a_build_is_not_lost(tmp_path: Path) -> None:
    target = tmp_path / "dist"
    _publish(target, "one")

    def build() -> None:
        with staging(target) as folder:
            _fill(folder, "two")
            (target / "thesis.tex").touch()

    with pytest.raises(OutputError, match=r"thesis\.tex: was not published here"):
        build()
    assert (target / "thesis.tex").exists()


@pytest.mark.parametrize("place", ["data", "data/articles/out", "ontology", "queries/x", ".", ".."])
def test_sources_are_not_replaced(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "w")
    with pytest.raises(OutputError, match="is a place of sources"):
        ensure_apart(Path(place), Path())
    (tmp_path / "link").symlink_to(tmp_path / "w" / "data")
    with pytest.raises(OutputError, match="is a place of sources"):
        ensure_apart(tmp_path / "link", Path())
    ensure_apart(Path("dist"), Path())
    ensure_apart(Path("data-of-today"), Path())


def test_nobody_stands_in_what_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dist" / "dumps").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "dist" / "dumps")
    with pytest.raises(OutputError, match="is the folder that you are in"):
        ensure_apart(Path(".."), tmp_path / "w")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    triple = Triple(NamedNode("http://e/a"), NamedNode("http://e/p"), Literal("x" * 100_000))
    with pytest.raises(OutputError, match="No space left on device"), staging(tmp_path / "dist"):
        serialize([triple], "/dev/full", format=RdfFormat.N_TRIPLES)
    assert list(tmp_path.iterdir()) == []


def test_a_file_or_a_link_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(OutputError, match="is not a folder"):
            _publish(tmp_path / name, "one")


def test_what_dead_processes_left_is_removed_and_what_live_ones_use_is_not(tmp_path: Path) -> None:
    dead = tmp_path / ".dist-publishing-abcd1234"
    others = [
        tmp_path / name for name in (".dist-2024-backup", ".dist-publishing-old", ".dist-publishing-abcd1234-old")
    ]
    for folder in (dead, *others):
        folder.mkdir()
    with staging(tmp_path / "dist") as live:
        _publish(tmp_path / "dist", "one")
        assert live.exists()
    assert not dead.exists()
    assert all(folder.exists() for folder in others)


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        _publish(tmp_path / "file" / "dist", "one")


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_replaced_with_its_permissions_and_through_its_link(tmp_path: Path) -> None:
    path, link = tmp_path / "a.ttl", tmp_path / "link.ttl"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to(path.name)
    with saving(link) as temporary:
        temporary.write_bytes(b"new\r\n")
    assert (path.read_bytes(), path.stat().st_mode & 0o777, link.is_symlink()) == (b"new\r\n", 0o640, True)
    write_atomically(tmp_path / "b.ttl", b"\xff")
    plain = tmp_path / "plain"
    plain.touch()
    assert (tmp_path / "b.ttl").stat().st_mode == plain.stat().st_mode
    assert _siblings(path) == {"a.ttl", "b.ttl", "link.ttl", "plain"}


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("old", encoding="utf-8")

    def stop_half_way() -> None:
        with replacing(path) as temporary:
            temporary.write_text("ne", encoding="utf-8")
            assert is_temporary(temporary)
            assert path.read_text(encoding="utf-8") == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_half_way()
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "a.ttl", "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert _siblings(path) == {"a.ttl"}


def test_a_temporary_folder_goes_with_its_process_or_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """if True:
        import time
        from publisher.workspace.atomic import temporary_folder
        with temporary_folder("test") as folder:
            print(folder, flush=True)
            time.sleep(600)
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, env=environment) as process:
        assert process.stdout
        other = Path(process.stdout.readline().decode().strip())
        (other / "content").write_text("large", encoding="utf-8")
        with temporary_folder("test") as own:
            assert {path.name for path in tmp_path.iterdir()} == {other.name, own.name}, "its process is alive"
        assert not own.exists()
        process.kill()
    (tmp_path / "link").mkdir()
    (tmp_path / "publisher-test-link").symlink_to(tmp_path / "link")
    with temporary_folder("test") as own:
        assert {path.name for path in tmp_path.iterdir()} == {own.name, "link", "publisher-test-link"}
    with temporary_folder("test") as new, temporary_folder("test") as newer:
        assert new.is_dir()
        assert newer.is_dir()
