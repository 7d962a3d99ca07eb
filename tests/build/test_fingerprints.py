from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from publisher.build import fingerprints
from publisher.build.cache import Cache
from publisher.errors import SourceError
from publisher.workspace.files import read_bytes


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    found = Cache(tmp_path / "cache")
    found.prepare()
    return found


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read, in the order of reading."""
    names: list[str] = []

    def note(path: Path) -> bytes:
        names.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(fingerprints, "read_bytes", note)
    return names


def _write(root: Path, **texts: str) -> list[Path]:
    paths = [root / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _look(root: Path, paths: list[Path], cache: Cache) -> dict[str, str]:
    found = fingerprints.contents_of(root, paths, cache)
    assert [found[path.name].size for path in paths] == [path.stat().st_size for path in paths]
    assert {name: content.digest for name, content in found.items()} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }
    return {name: content.digest for name, content in found.items()}


def test_what_has_not_changed_is_not_read_again(
    tmp_path: Path, cache: Cache, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_SETTLED", -(10**12))  # as if it were long ago
    paths = _write(tmp_path, a="one", b="two")
    before = _look(tmp_path, paths, cache)
    assert _look(tmp_path, paths, cache) == before
    assert read == ["a", "b"]
    paths[1].write_text("owt", encoding="utf-8")
    assert _look(tmp_path, paths, cache) != before
    assert read == ["a", "b", "b"]
    paths += _write(tmp_path, c="three")
    _look(tmp_path, paths, cache)
    assert read == ["a", "b", "b", "c"]
    _look(tmp_path, paths[1:], cache)
    assert read == ["a", "b", "b", "c"]


def test_the_time_of_modification_alone_is_not_believed(
    tmp_path: Path, cache: Cache, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_SETTLED", -(10**12))
    paths = _write(tmp_path, a="one")
    status = paths[0].stat()
    _look(tmp_path, paths, cache)
    paths[0].write_text("two", encoding="utf-8")
    os.utime(paths[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    _look(tmp_path, paths, cache)
    assert read == ["a", "a"]


def test_what_changed_a_moment_ago_is_read_again(tmp_path: Path, cache: Cache, read: list[str]) -> None:
    paths = _write(tmp_path, a="one")
    _look(tmp_path, paths, cache)
    _look(tmp_path, paths, cache)
    assert read == ["a", "a"]


def test_a_broken_entry_is_not_believed(
    tmp_path: Path, cache: Cache, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_SETTLED", -(10**12))
    paths = _write(tmp_path, a="one")
    _look(tmp_path, paths, cache)
    entry = cache.folder / fingerprints.entry_of(tmp_path)
    entry.write_bytes(entry.read_bytes()[:-1])
    _look(tmp_path, paths, cache)
    assert read == ["a", "a"]


def test_a_file_that_was_removed_since_it_was_listed_is_told(tmp_path: Path, cache: Cache) -> None:
    paths = _write(tmp_path, a="one", b="two")
    paths[0].unlink()
    with pytest.raises(SourceError, match="a: cannot be read: No such file or directory"):
        fingerprints.contents_of(tmp_path, paths, cache)
