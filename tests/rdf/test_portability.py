from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize
from rdflib.compare import isomorphic

from publisher.errors import SourceError
from publisher.rdf.interop import to_rdflib
from publisher.rdf.portability import check
from publisher.workspace.sources import read_triples

RDF_NS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = f'<rdf:RDF xmlns:rdf="{RDF_NS}" xmlns:its="http://www.w3.org/2005/11/its" its:version="2.0" rdf:version="1.2" xmlns:e="http://e/">'


@pytest.mark.parametrize(
    ("name", "content", "place", "message"),
    [
        ("a.ttl", '<http://e/a> <http://e/p> "x"@en--ltr .', ":1:33", "a language tag with a direction"),
        ("a.nt", '<http://e/a> <http://e/p> "x"@ar--rtl .', ":1:33", "a language tag with a direction"),
        (
            "a.jsonld",
            '{"@id": "http://e/a", "http://e/p": {"@value": "x", "@language": "en", "@direction": "ltr"}}',
            "",
            "a language tag with a direction",
        ),
        (
            "a.rdf",
            f'{XML}<rdf:Description rdf:about="http://e/a"><e:p xml:lang="en" its:dir="rtl">x</e:p></rdf:Description>'
            "</rdf:RDF>",
            "",
            "a language tag with a direction",
        ),
        ("a.ttl", '# one\nVERSION "1.2"\n<http://e/a> <http://e/p> 1 .', ":2:1", "the directive VERSION"),
        ("a.ttl", '@version "1.2" .\n<http://e/a> <http://e/p> 1 .', ":1:1", "the directive @version"),
        ("a.ttl", "<http://e/a> <http://e/p> <http://e/b> {| <http://e/q> 1 |} .", ":1:41", "a triple term (RDF 1.2)"),
        ("a.ttl", '\n<http://e/a> <http://e/p> "a", "b\\u0001" .', ":2:32", "U+0001, which XML cannot write"),
        ("a.ttl", '# \\b\n<http://e/a> <http://e/p> "\\b" .', ":2:27", "U+0008"),
        ("a.nt", '<http://e/a> <http://e/p> "\x0b" .', ":1:27", "U+000B"),
        ("a.ttl", '<http://e/a> <http://e/p> """a\n\uffff""" .', ":1:27", "U+FFFF"),
        ("a.jsonld", '{"@id": "http://e/a", "http://e/p": "\\u001f"}', "", "U+001F"),
        ("a.ttl", "<http://e/a> <http://e/12> 1 .", ":1:14", "<http://e/12> does not end in a name"),
        ("a.ttl", "@prefix e: <http://e/> .\ne:a e:1 1 .", ":2:5", "<http://e/1> does not end in a name"),
        ("a.ttl", "PREFIX e: <http://e/>\ne:a e: 1 .", ":2:5", "<http://e/> does not end in a name"),
        ("a.ttl", "PREFIX e: <http://e/>\ne:a e:x\\(1\\) 1 .", ":2:5", "<http://e/x(1)> does not end in a name"),
        ("a.jsonld", '{"@id": "http://e/a", "http://e/12": 1}', "", "<http://e/12> does not end in a name"),
        ("a.ttl", f"<http://e/a> <{RDF_NS}li> 1 .", ":1:14", "#li> is reserved by RDF/XML"),
        ("a.ttl", "<http://e/a> <http://www.w3.org/2000/xmlns/p> 1 .", ":1:14", "/p> is reserved by RDF/XML"),
    ],
)
def test_what_a_dump_could_not_say_is_refused(
    tmp_path: Path, name: str, content: str, place: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        read_triples(path)
    assert str(error.value).startswith(f"{path}{place}: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        '<http://e/a> <http://e/p> "\\\\b \\\\u0001 -- \\t\\r\\n\\u0085" . # \x01 \\b',
        '<http://e/a> <http://e/p> """\nVERSION "1.2" """ .',
        '<http://e/a> <http://e/p> "x"@version .\n# VERSION "1.2"',
        f"<http://e/a> <{RDF_NS}_1> <http://e/12> ; <http://e/1a> <{RDF_NS}li> .",
    ],
)
def test_what_only_looks_like_it_is_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(content, encoding="utf-8")
    assert read_triples(path)


@given(
    st.from_regex(r"http://e/[a-z0-9._%/#-]{0,5}", fullmatch=True).filter(lambda iri: "%" not in iri),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=6),
)
def test_what_is_let_through_is_rdf_xml_to_another_parser(predicate: str, text: str) -> None:
    try:
        triple = Triple(NamedNode("http://e/a"), NamedNode(predicate), Literal(text))
    except ValueError:
        return  # two number signs
    turtle = serialize([triple], format=RdfFormat.N_TRIPLES) or b""
    try:
        check([triple], turtle.decode(), Path("a.nt"))
    except SourceError:
        return
    written = serialize([triple], format=RdfFormat.RDF_XML) or b""
    assert isomorphic(rdflib.Graph().parse(data=written, format="xml"), to_rdflib([triple]))


@given(st.sampled_from("".join(map(chr, range(32))) + "\ufffe\uffff\x7f\x85"))
def test_exactly_what_xml_cannot_write_is_refused(character: str) -> None:
    triple = Triple(NamedNode("http://e/a"), NamedNode("http://e/p"), Literal(character))
    if character in "\t\n\r\x7f\x85":
        check([triple], character, Path("a.nt"))
    else:
        with pytest.raises(SourceError, match="XML cannot write"):
            check([triple], character, Path("a.nt"))
