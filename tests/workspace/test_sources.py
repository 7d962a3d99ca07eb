from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from publisher.errors import ConfigError, SourceError
from publisher.rdf.interop import to_rdflib
from publisher.workspace.config import Config, load_config
from publisher.workspace.sources import Workspace, find_read_errors, read_triples, read_workspace, triples_of
from tests.strategies import triples

PREFIXES = {"gp": "https://w3id.org/geopol/ns#"}


def _write(tmp_path: Path, content: str | bytes, name: str = "a.ttl") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "line", "column", "told"),
    [
        ("@prefix e: <http://e/> .\ne:a e:p e:b\ne:c e:p e:d .\n", 3, 1, ""),
        ("\n<http://e/a> gp:x <http://e/b> .", 2, 14, "add '@prefix gp: <https://w3id.org/geopol/ns#> .'"),
        ("<http://e/a> zz:x <http://e/b> .", 1, 14, "the prefix 'zz:' is not declared"),
        ("<http://e/a> <http://e/p> <b> .", 1, 27, "a relative IRI"),
        ("<http://e/a> <http://e/p> <b c> .", 1, 27, ""),
        ('<http://e/a> <http://e/p> "open .', 1, 27, ""),
        (b'<http://e/a> <http://e/p>\n  "caf\xe9" .', 2, 7, "not UTF-8: byte 0xE9"),
        ("<http://e/a> <http://e/p> <<( <http://e/a> <http://e/p> 1 )>> .", 1, 27, "RDF 1.2"),
    ],
)
def test_a_broken_file_is_located(
    tmp_path: Path, content: str | bytes, line: int | None, column: int | None, told: str
) -> None:
    path = _write(tmp_path, content)
    with pytest.raises(SourceError) as error:
        read_triples(path, PREFIXES)
    assert (error.value.line, error.value.column) == (line, column)
    assert str(error.value).startswith(str(path))
    assert told in str(error.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"not an RDF file that is read here; expected one of \.ttl"):
        read_triples(_write(tmp_path, "a", "a.docx"))


def test_a_web_page_in_turtle_clothes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read_triples(_write(tmp_path, "<!DOCTYPE html><html><body>404</body></html>"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.rdf", '<!DOCTYPE r [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><r>&b;</r>', "entity 'b'"),
        ("a.rdf", f'<!DOCTYPE r [<!ENTITY a "{"x" * 2000}">]><r>&a;</r>', "entity 'a'"),
        ("a.rdf", "<a>" * 2000 + "</a>" * 2000, "nested more than 1000 levels"),
        ("a.jsonld", '{"http://e/p":' * 2000 + "1" + "}" * 2000, "nested more than 1000 levels"),
        ("a.ttl", f'<http://e/a> <http://e/p> "{"x" * (17 << 20)}" .', "larger than 16 MB"),
    ],
    ids=["nested entities", "long entity", "deep XML", "deep JSON", "huge literal"],
)
def test_input_that_parsers_do_not_survive_is_refused(tmp_path: Path, name: str, content: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_triples(_write(tmp_path, content, name))


def test_deep_nesting_that_parsers_survive_is_read(tmp_path: Path) -> None:
    nested = "<http://e/a> <http://e/p> " + "[ <http://e/p> " * 10_000 + "1" + " ]" * 10_000 + " ."
    assert len(read_triples(_write(tmp_path, nested))) == 10_001


def test_entities_that_abbreviate_namespaces_are_read(tmp_path: Path) -> None:
    owl = (
        '<!DOCTYPE rdf:RDF [<!ENTITY e "http://e/">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        '<e:A rdf:about="&e;a"/></rdf:RDF>'
    )
    assert len(read_triples(_write(tmp_path, owl, "a.owl"))) == 1


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.ttl")
    with pytest.raises(SourceError, match="not a regular file"):
        read_triples(tmp_path / "a.ttl")


@pytest.mark.parametrize("name", ["a b.ttl", "100%.ttl", "a#b.ttl", "a<b>.ttl", 'a"b.ttl', "ünïcode.ttl", "a[b].ttl"])
def test_any_file_name_makes_a_graph(small: Path, name: str) -> None:
    (small / "data" / name).write_text("<http://e/a> <http://e/p> [ <http://e/q> 1 ] .", encoding="utf-8")
    graphs = [NamedNode(source.graph) for source in read_workspace(load_config(small)).data]
    assert len(set(graphs)) == len(graphs)


def test_named_graphs_are_refused(tmp_path: Path) -> None:
    quads = "<http://e/a> <http://e/p> <http://e/b> <http://e/g> ."
    with pytest.raises(SourceError, match="graph"):
        read_triples(_write(tmp_path, quads, "a.nq"))


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    assert len(read_triples(_write(tmp_path, b"\xef\xbb\xbf<http://e/a> <http://e/p> 1 ."))) == 1


def test_blank_nodes_are_stable_and_differ_between_files(tmp_path: Path) -> None:
    path = _write(tmp_path, "<http://e/a> <http://e/p> [ <http://e/q> 1 ] .")
    first, again, other = (read_triples(path, name=name) for name in ("a-b/x", "a-b/x", "ab/x"))
    assert first == again
    assert not _blank(first) & _blank(other)


def _blank(found: list[Triple]) -> set[BlankNode]:
    return {node for t in found for node in (t.subject, t.object) if isinstance(node, BlankNode)}


@given(triples())
def test_rdflib_gets_the_same_graph(found: list[Triple]) -> None:
    graph = to_rdflib(found)
    assert len(graph) == len(set(found))
    assert {(str(s), str(p), str(o)) for s, p, o in graph} == {_strings(t) for t in found}


def _strings(t: Triple) -> tuple[str, str, str]:
    def text(term: object) -> str:
        assert isinstance(term, NamedNode | BlankNode | Literal)
        return term.value

    return text(t.subject), t.predicate.value, text(t.object)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_bring_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = _write(tmp_path_factory.mktemp("bytes"), content)
    try:
        read_triples(path)
    except SourceError as error:
        assert str(path) in str(error)


@given(triples(), st.integers(min_value=0, max_value=200))
def test_a_truncated_file_brings_no_traceback(
    tmp_path_factory: pytest.TempPathFactory, found: list[Triple], cut: int
) -> None:
    content = serialize(found, format=RdfFormat.TURTLE) or b""
    path = _write(tmp_path_factory.mktemp("cut"), content[:cut])
    try:
        read_triples(path)
    except SourceError as error:
        assert str(path) in str(error)


def test_every_file_is_a_graph_of_its_own(workspace: Workspace, config: Config) -> None:
    graphs = [source.graph for source in (*workspace.data, *workspace.links)]
    assert len(graphs) == len(set(graphs))
    assert f"{config.base}graph/articles/edm-15-177" in graphs
    assert f"{config.base}graph/links/wikidata" in graphs


def test_identity_links_are_apart_from_the_facts(workspace: Workspace) -> None:
    same_as = "http://www.w3.org/2002/07/owl#sameAs"
    assert any(t.predicate.value == same_as for t in triples_of(workspace.links))
    assert not any(t.predicate.value == same_as for t in triples_of(workspace.data))


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


def test_a_rule_is_a_query_file(small: Path) -> None:
    (small / "ontology" / "rules" / "shortcuts.sparql").write_text("CONSTRUCT {} WHERE {}", encoding="utf-8")
    with pytest.raises(SourceError, match=r"shortcuts\.sparql: not a rule; .* \.rq"):
        read_workspace(load_config(small))


@pytest.mark.parametrize("folder", ["data", "ontology", "ontology/alignments", "ontology/shapes", "ontology/rules"])
def test_a_link_to_nothing_is_told_wherever_it_is(small: Path, folder: str) -> None:
    (small / folder).mkdir(exist_ok=True)
    (small / folder / "gone").symlink_to(small / "nowhere")
    with pytest.raises(SourceError, match="gone: the link cannot be followed") as error:
        read_workspace(load_config(small))
    if folder != "ontology/rules":
        assert [str(e) for e in find_read_errors(load_config(small))] == [str(error.value)]


def test_hidden_files_and_prose_are_passed_over(small: Path) -> None:
    before = read_workspace(load_config(small))
    (small / "data" / ".a.ttl.swp").write_bytes(b"\x00")
    (small / "data" / "NOTES.md").write_text("# Notes", encoding="utf-8")
    (small / "data" / "a.ttl~").write_text("old", encoding="utf-8")
    assert read_workspace(load_config(small)) == before
