from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, RdfFormat, Triple, serialize

from publisher.errors import SourceError
from publisher.workspace.config import load_config
from publisher.workspace.sources import Workspace, find_read_errors, read_triples, read_workspace, triples_of
from tests.strategies import triples

PREFIXES = {"gp": "https://w3id.org/geopol/ns#"}


def _write(tmp_path: Path, content: str | bytes, name: str = "a.ttl") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
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
    tmp_path: Path, content: str | bytes, line: int | None, column: int | None, message: str
) -> None:
    path = _write(tmp_path, content)
    with pytest.raises(SourceError) as error:
        read_triples(path, PREFIXES)
    assert (error.value.line, error.value.column) == (line, column)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"not an RDF file that is read here; expected one of \.ttl"):
        read_triples(_write(tmp_path, "a", "a.docx"))


def test_a_web_page_in_turtle_clothes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read_triples(_write(tmp_path, "<!DOCTYPE html><html><body>404</body></html>"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.rdf", '<!DOCTYPE r [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><r>&b;</r>', "entity 'b'"),
        ("a.rdf", f'<!DOCTYPE r [<!ENTITY a "{"x" * 2000}">]><r>&a;</r>', "entity 'a'"),
        ("a.rdf", "<a>" * 2000 + "</a>" * 2000, "nested more than 1000 levels"),
        ("a.jsonld", '{"http://e/p":' * 2000 + "1" + "}" * 2000, "nested more than 1000 levels"),
        ("a.ttl", f'<http://e/a> <http://e/p> "{"x" * (17 << 20)}" .', "larger than 16 MB"),
    ],
    ids=["nested entities", "long entity", "deep XML", "deep JSON", "huge literal"],
)
def test_input_that_parsers_do_not_survive_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
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


def test_named_graphs_are_refused(tmp_path: Path) -> None:
    quads = "<http://e/a> <http://e/p> <http://e/b> <http://e/g> ."
    with pytest.raises(SourceError, match="graph"):
        read_triples(_write(tmp_path, quads, "a.nq"))
    trig = (
        "<http://e/a> <http://e/p> 1 .\n{ <http://e/a> <http://e/p> 2 }\n <http://e/g> { <http://e/a> <http://e/p> 3 }"
    )
    with pytest.raises(SourceError, match=r"a\.trig:3:2: Named graphs are not allowed"):
        read_triples(_write(tmp_path, trig, "a.trig"))


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    assert len(read_triples(_write(tmp_path, b"\xef\xbb\xbf<http://e/a> <http://e/p> 1 ."))) == 1


def test_blank_nodes_are_stable_and_differ_between_files(tmp_path: Path) -> None:
    path = _write(tmp_path, "<http://e/a> <http://e/p> [ <http://e/q> 1 ] .")
    first, again, other = (read_triples(path, name=name) for name in ("a-b/x", "a-b/x", "ab/x"))
    assert first == again
    assert not _blank(first) & _blank(other)


def _blank(found: list[Triple]) -> set[BlankNode]:
    return {node for t in found for node in (t.subject, t.object) if isinstance(node, BlankNode)}


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


def test_identity_links_are_apart_from_the_facts(workspace: Workspace) -> None:
    same_as = "http://www.w3.org/2002/07/owl#sameAs"
    assert any(t.predicate.value == same_as for t in triples_of(workspace.links))
    assert not any(t.predicate.value == same_as for t in triples_of(workspace.data))


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
