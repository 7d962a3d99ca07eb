"""Test that the workspace of somebody else cannot have files outside of it written or deleted, by links in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from publisher.build.cache import FOLDER
from publisher.cli.link import _link_file
from publisher.cli.main import main
from publisher.errors import OutputError
from publisher.link.links import Links
from publisher.workspace.config import load_config

UNTIDY = "@prefix ex: <http://example.org/> .\nex:a   ex:b\n ex:c.\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of the user, with a file of each name that could be of interest."""
    folder = tmp_path / "home"
    folder.mkdir()
    names = (".gitignore", "CACHEDIR.TAG", "a.ttl", f"segments-{'0' * 64}", "wikidata.sssom.tsv", "baseline.json")
    for name in names:
        (folder / name).write_text(UNTIDY, encoding="utf-8")
    return folder


def _untouched(home: Path) -> bool:
    return [path.read_text(encoding="utf-8") for path in home.iterdir()] == [UNTIDY] * 6


def test_links_in_the_cache_are_replaced(small: Path, home: Path) -> None:
    cache = small / FOLDER
    shutil.rmtree(cache)
    cache.mkdir()
    for path in home.iterdir():
        (cache / path.name).symlink_to(path)
    assert main(["validate", "-w", str(small)]) == 0
    assert _untouched(home)
    assert (cache / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert not (cache / ".gitignore").is_symlink()


@pytest.mark.parametrize("verb", ["build", "validate"])
def test_a_cache_that_is_a_link_is_refused(
    verb: str, small: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(small / FOLDER)
    (small / FOLDER).symlink_to(home)
    assert main([verb, "-w", str(small)]) == 2
    assert "is a link; remove it, or use --no-cache" in capsys.readouterr().err
    assert _untouched(home)


@pytest.mark.parametrize("place", ["file", "folder"])
def test_files_behind_links_out_of_the_workspace_are_not_formatted(
    place: str, small: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link, target = (
        small / "data" / ("a.ttl" if place == "file" else "more"),
        home / "a.ttl" if place == "file" else home,
    )
    link.symlink_to(target)
    (small / "data" / "mine.ttl").write_text(UNTIDY, encoding="utf-8")
    for arguments in ([], [str(link)])[place == "folder" :]:  # such a folder is searched when it is named
        assert main(["fmt", *arguments, "-w", str(small)]) == 2
        assert "out of the workspace" in capsys.readouterr().err
    assert _untouched(home)
    assert (small / "data" / "mine.ttl").read_text(encoding="utf-8") == UNTIDY  # all or nothing
    assert main(["fmt", "--check", str(small / "data"), str(link), "-w", str(small)]) == 1
    assert main(["fmt", str(home / "a.ttl"), "-w", str(small)]) == 0  # the user named it
    assert not _untouched(home)


def test_other_files_behind_links_are_not_written(small: Path, home: Path) -> None:
    baseline = small / "baseline.json"
    baseline.symlink_to(home / "baseline.json")
    assert main(["validate", "-w", str(small), "--baseline", str(baseline), "--write-baseline"]) == 2
    text = small / "a.txt"
    text.write_text("Talks failed.", encoding="utf-8")
    out = small / "data" / "articles" / "new.ttl"
    out.symlink_to(home / "a.ttl")
    assert main(["draft", str(text), "-w", str(small), "--published", "2024-01-01", "--out", str(out)]) == 2
    assert _untouched(home)


def test_links_to_wikidata_are_not_written_behind_a_link(small: Path, home: Path) -> None:
    path = small / "data" / "links" / "wikidata.sssom.tsv"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(home / path.name)
    with pytest.raises(OutputError, match="out of the workspace"):
        _link_file(load_config(small), "id:me", Links(()))
    assert _untouched(home)
