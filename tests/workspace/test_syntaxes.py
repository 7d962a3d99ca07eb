"""RDF/XML and JSON-LD: places of errors, white space in attributes, and statements that would be dropped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.rdf.vocab import plain
from publisher.workspace.sources import read_triples
from publisher.workspace.syntaxes import normalize_attributes

XML = (
    '<?xml version="1.0"?>\n<!-- > -->\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:e="http://e/"{}>\n{}\n</rdf:RDF>\n'
)


def _read(tmp_path: Path, name: str, text: str) -> list[tuple[str, str, str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [(plain(t.subject), t.predicate.value, plain(t.object)) for t in read_triples(path)]


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (' <e:A rdf:about="http://e/é">é<e:p/></e:A>', (4, 31), ""),
        (' <e:A rdf:ID="a"/>', (4, 2), "name the base with xml:base"),
        (" <e:A>\n\n  <e:p>x</e:q>\n </e:A>", (6, 9), "expected `</e:p>`"),
        (' <e:A>\n  <e:p rdf:resource="http://e/b" rdf:nodeID="c"/>\n </e:A>', (5, 3), "Not both"),
        (" <e:A>", (5, 1), ""),
    ],
)
def test_an_error_in_rdf_xml_has_line_and_column(
    content: str, place: tuple[int, int], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as raised:
        _read(tmp_path, "x.rdf", XML.format("", content))
    assert (raised.value.line, raised.value.column) == place
    assert message in raised.value.message


def test_xml_base_resolves_relative_iris(tmp_path: Path) -> None:
    text = XML.format(' xml:base="http://e/x"', '<e:A rdf:ID="a"/>')
    assert [s for s, _, _ in _read(tmp_path, "x.rdf", text)] == ["http://e/x#a"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\t"])
def test_white_space_in_an_attribute_is_a_space(line_break: str, tmp_path: Path) -> None:
    content = f"<e:A rdf:about='http://e/a' e:p=\"one{line_break}'two\"><e:q>one{line_break}two</e:q></e:A>"
    path = tmp_path / "x.rdf"
    path.write_bytes(XML.format("", content).encode())
    values = {t.predicate.value: plain(t.object) for t in read_triples(path)}
    assert values["http://e/p"] == "one 'two"
    assert values["http://e/q"].replace("\r\n", "\n").replace("\r", "\n") in ("one\ntwo", "one\ttwo")


@pytest.mark.parametrize(
    "text", ["<!-- <a b='\n'> -->", "<![CDATA[<a b='\n'>]]>", "<a>b='\n'</a>", "<?a b='\n'?>", "<!ENTITY a '\n'>"]
)
def test_white_space_elsewhere_stays(text: str) -> None:
    assert normalize_attributes(text) == text


@given(st.text(st.sampled_from("<>\"'=ab !-[]?\n\r\t/")))
def test_nothing_but_white_space_changes(text: str) -> None:
    assert normalize_attributes(text).split() == text.split()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"@id": "http://e/a",\n "http://e/p": {"@id": "bob"}}', (2, 24), "'bob' is a relative IRI"),
        ('{"@id": "bob", "http://e/p": "x"}', (1, 9), "'bob' is a relative IRI"),
        ('{"@id": "http://e/a", "@type": "T"}', (1, 32), "'T' is a relative IRI"),
        ('{"@id": "http://e/a", "http://e/p": {"@id": "//h/x"}}', (1, 45), "'//h/x' is a relative IRI"),
        ('{"@id": "", "http://e/p": "x"}', (1, 9), "'' is a relative IRI"),
        ('{"@id": "http://e/a", "http://e/p": {"@value": "x", "@type": "dt"}}', (1, 62), "'dt' is a relative"),
        ('{"@id": "http://e/a b", "http://e/p": "x"}', (1, 9), "'http://e/a b' is no IRI: it contains ' '"),
        ('{"@graph": [{"@id": "http://e/a", "@type": ["http://e/{x}"]}]}', (1, 45), "is no IRI: it contains '{'"),
    ],
)
def test_statements_that_json_ld_would_drop_are_refused(
    text: str, place: tuple[int, int], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as raised:
        _read(tmp_path, "x.jsonld", text)
    assert message in raised.value.message
    assert (raised.value.line, raised.value.column) == place


def test_json_ld_with_a_base_or_blank_nodes_is_read(tmp_path: Path) -> None:
    text = '{"@context": {"@base": "http://b/"}, "@id": "a", "http://e/p": [{"@id": "../c"}, {"@id": "_:x"}, "y z"]}'
    triples = _read(tmp_path, "x.jsonld", text)
    assert {s for s, _, _ in triples} == {"http://b/a"}
    assert {"http://b/c", "y z"} <= {o for _, _, o in triples}


@pytest.mark.skipif(sys.platform != "linux", reason="the locale decides about names on Linux alone")
def test_a_locale_without_the_letters_of_a_name_is_named(small: Path) -> None:
    (small / "data" / "entities" / "entities.ttl").rename(small / "data" / "entities" / "\u00fc.ttl")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "publisher", "validate", "-w", str(small)]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 3
    assert "\u00fc.ttl: the name of the file cannot be read: the locale has the encoding" in done.stderr.decode()
