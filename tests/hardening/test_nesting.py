"""Nested input on which the native parsers end the process is refused before, wherever it comes from."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.cli.main import main
from publisher.errors import EndpointError, SourceError
from publisher.http import Response
from publisher.query.endpoint import parse_answer
from publisher.rdf.io import load_file, read_quads
from publisher.workspace.scaffold import make_workspace
from publisher.workspace.sources import read_triples

DEPTH = 20_000
TERMS = "<a:a> <a:b> " + "<<( <a:a> <a:b> " * DEPTH + '"1"' + " )>>" * DEPTH + " .\n"
XML = (
    '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head><results><result>'
    '<binding name="x">'
    + "<triple><subject><uri>a:a</uri></subject><predicate><uri>a:b</uri></predicate><object>" * DEPTH
    + "<literal>1</literal>"
    + "</object></triple>" * DEPTH
    + "</binding></result></results></sparql>"
)
RDF_XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="a:">'
    + "<a:a><a:b>" * DEPTH
    + "</a:b></a:a>" * DEPTH
    + "</rdf:RDF>"
)
JSON_LD = '{"a:a": ' * DEPTH + "1" + "}" * DEPTH
ANSWERS = {
    "turtle": ("construct", "text/turtle", TERMS),
    "n-triples": ("construct", "application/n-triples", TERMS),
    "rdf/xml": ("construct", "application/rdf+xml", RDF_XML),
    "json-ld": ("construct", "application/ld+json", JSON_LD),
    "results in xml": ("select", "application/sparql-results+xml", XML),
}


@pytest.mark.parametrize("suffix", ["ttl", "trig", "nt", "nq"])
def test_triple_terms_in_a_source(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text(TERMS, encoding="utf-8")
    with pytest.raises(SourceError, match=r":1:[0-9]+: triple terms are nested more than 500 levels deep"):
        read_triples(path)


@pytest.mark.parametrize("read", [lambda path: [*read_quads(path)], lambda path: load_file(ox.Store(), path)])
@pytest.mark.parametrize(
    ("name", "text", "line"),
    [("a.nq.gz", TERMS, 2), ("a.ttl", TERMS, 2), ("a.rdf", RDF_XML, 2), ("a.jsonld", JSON_LD, 2)],
)
def test_files_that_no_build_wrote(
    name: str, text: str, line: int, read: Callable[[Path], object], tmp_path: Path
) -> None:
    path, content = tmp_path / name, f"\n{text}".encode()
    path.write_bytes(gzip.compress(content, 1) if name.endswith(".gz") else content)
    with pytest.raises(SourceError, match=rf"{name}:{line}:[0-9]+: .* nested more than .* levels deep"):
        read(path)


def test_commands_on_files_that_no_build_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_workspace(root := tmp_path / "workspace")
    (deep := root / "dist" / "dumps" / "all.nq").parent.mkdir(parents=True)
    deep.write_text(TERMS, encoding="utf-8")
    query = ["query", "who-says-what", "--workspace", str(root)]
    for arguments in (query, ["diff", str(deep), str(deep)]):
        assert main(arguments) == 3
        assert "all.nq:1:8013: triple terms are nested" in capsys.readouterr().err


def test_marks_in_comments_strings_and_iris_end_no_triple_term(tmp_path: Path) -> None:
    (path := tmp_path / "a.ttl").write_text(TERMS.replace("<a:b> <<(", "<a:b> # )>>\n<<("), encoding="utf-8")
    with pytest.raises(SourceError, match="nested more than 500 levels deep"):
        read_triples(path)
    path.write_text("""<a:a> <a:b> <<( <a:)> <a:b> ")>> <<(" )>> , '<<(' .\n""" * 1000, encoding="utf-8")
    assert len({*read_quads(path)}) == 2


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_an_endpoint(name: str) -> None:
    form, media_type, text = ANSWERS[name]
    with pytest.raises(EndpointError, match="levels deep"):
        parse_answer(form, Response(media_type, text.encode()))


def test_the_guard_is_for_something_real() -> None:
    code = "import sys, pyoxigraph as ox; list(ox.parse(sys.stdin.buffer.read(), format=ox.RdfFormat.TURTLE))"
    assert subprocess.run([sys.executable, "-c", code], input=TERMS.encode(), check=False).returncode < 0
