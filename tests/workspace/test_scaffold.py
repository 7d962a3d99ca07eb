from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from publisher.build.pipeline import build
from publisher.errors import ConfigError, UsageError
from publisher.rdf.vocab import GP, Namespace, plain
from publisher.workspace.config import EXAMPLE_BASE, load_config
from publisher.workspace.scaffold import make_workspace
from publisher.workspace.sources import read_triples

OA = Namespace("http://www.w3.org/ns/oa#")


def test_a_new_workspace_builds_at_once_without_a_finding(small: Path) -> None:
    result = build(load_config(small), small / "dist")
    assert result.report.findings == ()
    assert (small / "dist" / "dumps" / "all.ttl").is_file()


def test_a_base_of_ones_own_is_everywhere(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w", "https://data.example/x/")
    result = build(load_config(tmp_path / "w"), tmp_path / "w" / "dist")
    assert result.report.findings == ()
    assert "example.org" not in (tmp_path / "w" / "dist" / "dumps" / "asserted.nt").read_text(encoding="utf-8")


def test_the_files_of_the_template_have_the_base_that_is_replaced(small: Path) -> None:
    files = (small / "publisher.toml", *(small / "data").rglob("*.ttl"))
    assert all(EXAMPLE_BASE in path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("base", ["https://data.example/x", 'https://data.example/"/', "https://data.example/ /"])
def test_a_bad_base_makes_nothing(base: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"^--base is '{base}'; expected an absolute "):
        make_workspace(tmp_path / "w", base)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(UsageError, match="not empty"):
        make_workspace(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"README.md", "publisher.toml", "ontology", "data", "queries"}


def test_the_passages_of_the_example_are_those_of_its_text(small: Path) -> None:
    text = (small / "data" / "articles" / "un-charter.txt").read_text(encoding="utf-8")
    triples = read_triples(small / "data" / "articles" / "un-charter.ttl")
    found = {(plain(t.subject), t.predicate): plain(t.object) for t in triples}
    passages = [s for (s, p) in found if p == OA.hasSelector]
    assert len(passages) == 3
    for passage in passages:
        selector = found[passage, OA.hasSelector]
        span = text[int(found[selector, OA.start]) : int(found[selector, OA.end])]
        assert hashlib.sha256(span.encode()).hexdigest() == found[passage, GP.textDigest]
