"""Each kind of mistake is reported at its line and column.

A file of ``tests/validate/mistakes/`` holds a mistake as edits of the workspace that ``publisher init`` makes. The
sign ``▶`` stands before the term at fault and is taken out again: where it stood is where the finding must point.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from publisher.build.cache import FOLDER as CACHE
from publisher.build.review import Request, judge
from publisher.cli.main import main
from publisher.errors import ConfigError
from publisher.rdf.curies import shorten
from publisher.validate.report import Finding
from publisher.validate.text import display_prefixes
from publisher.workspace.config import Config, load_config

FOLDER: Final = Path(__file__).parent / "mistakes"
MISTAKES: Final = sorted(FOLDER.glob("*.toml"))
SIGN: Final = "▶"
OF_CONFIGURATION: Final = 2


@dataclass(frozen=True)
class Place:
    file: str
    line: int
    column: int


def _apply(mistake: dict[str, Any], root: Path) -> Place:
    """Make the mistake in the workspace and return where it is."""
    places = []
    encodings: dict[Path, str] = {}
    for edit in mistake["edit"]:
        path = root / edit["file"]
        encodings[path] = edit.get("encoding", encodings.get(path, "utf-8"))
        if "old" in edit:
            text, old = path.read_text(encoding="utf-8"), edit["old"]
            assert text.count(old) >= 1, f"{edit['file']} has no {old!r}"
            text = text.replace(old, edit["new"], 1)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = edit["new"]
        path.write_text(text, encoding="utf-8")
    for path, encoding in encodings.items():
        text = path.read_text(encoding="utf-8")
        if SIGN in text:
            before = text[: text.index(SIGN)].split("\n")
            places.append(Place(path.relative_to(root).as_posix(), len(before), len(before[-1]) + 1))
        path.write_bytes(text.replace(SIGN, "").encode(encoding))
    (place,) = places
    return place


def _place(finding: Finding, root: Path) -> Place | None:
    if not finding.file or not finding.line or not finding.column:
        return None
    return Place(finding.file.relative_to(root).as_posix(), finding.line, finding.column)


def test_there_are_forty_kinds() -> None:
    assert len(MISTAKES) >= 40


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_mistake_is_found_where_it_is(path: Path, small: Path) -> None:
    mistake = tomllib.loads(path.read_text(encoding="utf-8"))
    place = _apply(mistake, small)
    if mistake.get("exit") == OF_CONFIGURATION:
        with pytest.raises(ConfigError) as raised:
            load_config(small)
        assert str(raised.value).startswith(f"{small / place.file}:{place.line}:{place.column}: ")
        assert mistake.get("hint", "") in str(raised.value)
        return
    config = load_config(small)
    verdict = judge(config, Request(), cache=small / CACHE)
    found = {shorten(f.shape, display_prefixes({})): f for f in verdict.compared.new.findings}
    assert set(found) == {mistake["shape"], *mistake.get("also", ())}
    finding = found[mistake["shape"]]
    _compare(finding, mistake, config)
    assert _place(finding, small) == place
    assert verdict.exit_code == mistake.get("exit", 1 if mistake["severity"] == "violation" else 0)


def _compare(finding: Finding, mistake: dict[str, Any], config: Config) -> None:
    assert finding.severity == mistake["severity"]
    assert mistake.get("hint", "") in finding.hint
    assert not mistake.get("because") or any(mistake["because"] in reason for reason in finding.because)
    assert finding.message
    assert finding.file
    assert finding.file.is_relative_to(config.root)


@pytest.mark.parametrize("kind", ["json", "sarif", "github", "turtle", "text"])
def test_a_mistake_shows_in_every_format(kind: str, small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mistake = tomllib.loads(next(p for p in MISTAKES if "property-misspelt" in p.stem).read_text(encoding="utf-8"))
    _apply(mistake, small)
    assert main(["validate", "-w", str(small), "--format", kind]) == 1
    assert "hasPlase" in capsys.readouterr().out
