"""Each source file has a purpose by its folder, and a graph of its own by its path."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from publisher.errors import ConfigError, SourceError
from publisher.workspace.config import Config, load_config
from publisher.workspace.layout import Files, find_files, find_ontology_files, graph_name
from publisher.workspace.sources import Workspace, read_workspace


def test_the_purpose_of_each_file(small: Path) -> None:
    paths = (
        *("data/articles/2018/a.ttl", "data/articles-of-others.ttl", "data/links/a.sssom.tsv", "data/links/b.ttl"),
        *("data/wikidata/snapshot.ttl", "ontology/alignments/a.sssom.tsv", "ontology/notes/a.ttl"),
    )
    for path in paths:
        (small / path).parent.mkdir(parents=True, exist_ok=True)
        (small / path).touch()
    files = find_files(load_config(small))

    def names(group: tuple[Path, ...]) -> set[str]:
        return {path.relative_to(small).as_posix() for path in group}

    assert names(files.articles) == {"data/articles/2018/a.ttl", "data/articles/un-charter.ttl"}
    assert "data/articles-of-others.ttl" in names(files.shared)
    assert names(files.links) == {"data/links/a.sssom.tsv", "data/links/b.ttl"}
    assert "ontology/alignments/a.sssom.tsv" in names(files.alignments)
    assert files.data == tuple(sorted((*files.shared, *files.articles)))
    every = {*files.data, *files.links, *files.ontology, *files.alignments, *files.rules}.union(*files.shapes)
    assert not {small / "data/wikidata/snapshot.ttl", small / "ontology/notes/a.ttl"} & every
    ontology = find_ontology_files(load_config(small))
    assert ontology == Files(files.ontology, files.alignments, files.shapes, files.rules)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("data/a.ttl", "a"),
        ("data/links/wikidata.sssom.tsv", "links/wikidata"),
        ("ontology/geopol.ttl", "ontology/geopol"),
        ("data/a b/100%.ttl", "a%20b/100%25"),
    ],
)
def test_the_name_of_a_graph(path: str, name: str) -> None:
    assert graph_name(Path(path)) == name


@pytest.mark.parametrize("name", ["a b.ttl", "100%.ttl", "a#b.ttl", "a<b>.ttl", 'a"b.ttl', "ünïcode.ttl", "a[b].ttl"])
def test_any_file_name_makes_a_graph(small: Path, name: str) -> None:
    (small / "data" / name).write_text("<http://e/a> <http://e/p> [ <http://e/q> 1 ] .", encoding="utf-8")
    graphs = [NamedNode(source.graph) for source in read_workspace(load_config(small)).data]
    assert len(set(graphs)) == len(graphs)


def test_every_file_is_a_graph_of_its_own(workspace: Workspace, config: Config) -> None:
    graphs = [source.graph for source in (*workspace.data, *workspace.links)]
    assert len(graphs) == len(set(graphs))
    assert f"{config.base}graph/articles/edm-15-177" in graphs
    assert f"{config.base}graph/links/wikidata" in graphs


def test_a_workspace_without_data_is_explained(small: Path) -> None:
    for path in (small / "data").rglob("*.ttl"):
        path.unlink()
    with pytest.raises(ConfigError, match=r"put at least one \.ttl file there"):
        read_workspace(load_config(small))


@pytest.mark.parametrize("pair", [("a.ttl", "a.nt"), ("a.trig", "a.ttl")])
def test_two_files_of_one_graph_are_refused(small: Path, pair: tuple[str, str]) -> None:
    for name in pair:
        (small / "data" / name).write_text("", encoding="utf-8")
    with pytest.raises(SourceError, match="would have the name of that of a\\."):
        read_workspace(load_config(small))


def test_a_graph_has_the_whole_name_of_its_file(small: Path) -> None:
    for name in ("edm.15.ttl", "edm.16.ttl"):
        (small / "data" / name).write_text("", encoding="utf-8")
    graphs = {source.graph for source in read_workspace(load_config(small)).data}
    assert {f"https://example.org/dataset/graph/{name}" for name in ("edm.15", "edm.16")} <= graphs


def test_hidden_files_and_prose_are_passed_over(small: Path) -> None:
    before = read_workspace(load_config(small))
    (small / "data" / ".a.ttl.swp").write_bytes(b"\x00")
    (small / "data" / "NOTES.md").write_text("# Notes", encoding="utf-8")
    (small / "data" / "a.ttl~").write_text("old", encoding="utf-8")
    assert read_workspace(load_config(small)) == before
