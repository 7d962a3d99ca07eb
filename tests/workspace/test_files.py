from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.errors import SourceError
from publisher.workspace.files import find, read_text


def _names(folder: Path, *, recursive: bool = True) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find(folder, recursive=recursive)]


def test_files_are_found_in_order(tmp_path: Path) -> None:
    for name in ("b/c.ttl", "a.ttl", "b/a/z.nt", ".git/x.ttl", "b/README.md", "b/a.ttl~"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert _names(tmp_path) == ["a.ttl", "b/a/z.nt", "b/c.ttl"]
    assert _names(tmp_path, recursive=False) == ["a.ttl"]
    assert find(tmp_path / "nowhere") == []


def test_linked_files_and_folders_are_found(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.ttl").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "more").symlink_to(tmp_path / "shared")
    (tmp_path / "data" / "b.ttl").symlink_to(tmp_path / "shared" / "a.ttl")
    assert _names(tmp_path / "data") == ["b.ttl", "more/a.ttl"]


@pytest.mark.parametrize("target", ["nowhere", "self"])
def test_a_link_that_leads_nowhere_is_told(tmp_path: Path, target: str) -> None:
    (tmp_path / "self").symlink_to(target)
    with pytest.raises(SourceError, match=r"self: the link cannot be followed: .*; repair or remove it"):
        find(tmp_path)
    with pytest.raises(SourceError, match="the link cannot be followed"):
        find(tmp_path / "self")


def test_links_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "data" / "a" / "b").mkdir(parents=True)
    (tmp_path / "data" / "a" / "b" / "up").symlink_to(tmp_path / "data")
    with pytest.raises(SourceError, match="a/b/up: the link leads back to a folder around it"):
        find(tmp_path / "data", recursive=True)


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(SourceError, match="data: cannot be read: Not a directory"):
        find(tmp_path / "data")


def test_a_name_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/data/caf\xe9.ttl")).touch()
    with pytest.raises(SourceError, match="the name of the file is not UTF-8; rename it") as error:
        find(tmp_path / "data")
    assert "caf\N{REPLACEMENT CHARACTER}.ttl" in str(error.value)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Give up what only root may, which includes to read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    for place in (tmp_path, *(path for path in tmp_path.parents if path.name.startswith(("pytest-", "popen-")))):
        place.chmod(0o755)
    for name in ("folder", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "a.ttl").touch()
    (tmp_path / "data" / "a.ttl").chmod(0)
    (tmp_path / "folder").chmod(0)
    with _as_nobody(), pytest.raises(SourceError, match=r"folder: cannot be read: Permission denied"):
        find(tmp_path, recursive=True)
    with _as_nobody(), pytest.raises(SourceError, match=r"a\.ttl: cannot be read: Permission denied"):
        read_text(tmp_path / "data" / "a.ttl")
    (tmp_path / "folder").chmod(0o755)
