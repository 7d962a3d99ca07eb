from __future__ import annotations

import stat
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.cli.main import main
from publisher.errors import OutputError, SourceError, UsageError
from publisher.rdf.turtle_tokens import tokens
from publisher.workspace import formatter
from publisher.workspace.formatter import INDENT, WIDTH, find, format_text, rewrite
from publisher.workspace.positions import triple_positions
from tests.conftest import ROOT
from tests.rdf.test_turtle import FILES, graph
from tests.turtle_texts import documents

PREFIX = "@prefix : <urn:x:> .\n\n"


def comments(text: str) -> Counter[str]:
    return Counter(token.text.rstrip() for token in tokens(text) if token.kind == "comment")


def lexical_forms(text: str) -> Counter[str]:
    """Every literal as written, quotation marks and all."""
    kinds = ("string", "integer", "decimal", "double")
    return Counter(token.text for token in tokens(text) if token.kind in kinds)


@given(documents())
def test_formatting_keeps_all_that_is_said_and_is_done_once(text: str) -> None:
    result = format_text(text)
    assert graph(result) == graph(text)
    assert comments(result) == comments(text)
    assert lexical_forms(result) == lexical_forms(text)
    assert format_text(result) == result


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_our_files_are_formatted_without_loss(path: Path) -> None:
    text = path.read_bytes().decode()
    result = format_text(text, path)
    assert graph(result) == graph(text)
    assert comments(result) == comments(text)
    assert format_text(result, path) == result


@given(st.lists(st.sampled_from(["@prefix z: <urn:z:> .", "@prefix a: <urn:a:> .", "# one", "", ":s :p 1 . # two"])))
def test_the_head_of_a_file_stays_at_its_head(lines: list[str]) -> None:
    text = "\n".join(["@prefix : <urn:x:> .", *lines])
    result = format_text(text)
    assert format_text(result) == result
    assert comments(result) == comments(text)


CASES = {
    "prefixes are sorted under the head of the file": (
        "# The file.\n\n@prefix b: <urn:b:> . # of b\nPREFIX a: <urn:a:>\n# about c\n@prefix c: <urn:c:>.\n",
        "# The file.\n\n@prefix a: <urn:a:> .\n@prefix b: <urn:b:> .  # of b\n# about c\n@prefix c: <urn:c:> .\n",
    ),
    "a prefix that is declared twice keeps its place": (
        "@prefix b: <urn:b:> . @prefix a: <urn:a:> . @prefix b: <urn:c:> . b:s a:p b:o .",
        "@prefix b: <urn:b:> .\n@prefix a: <urn:a:> .\n@prefix b: <urn:c:> .\n\nb:s a:p b:o .\n",
    ),
    "the base stays where it is": (
        "@prefix b: <urn:b:> .\nBASE <https://e.org/>\n@prefix c: <c#> . @prefix a: <a#> .",
        "@prefix b: <urn:b:> .\n@base <https://e.org/> .\n@prefix a: <a#> .\n@prefix c: <c#> .\n",
    ),
    "type and labels come first, the rest by name": (
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix : <urn:x:> .\n"
        ':s :p10 1 ; :p9 2;rdfs:label "s"@en , "é"@az;;:b 3; <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> :T.',
        "@prefix : <urn:x:> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\n"
        ':s\n    a :T ;\n    rdfs:label "é"@az , "s"@en ;\n    :b 3 ;\n    :p9 2 ;\n    :p10 1 ;\n.\n',
    ),
    "lexical forms stay": (
        PREFIX + ':s :p 01 , 1.0, 1e0, "1"^^:odd , true .',
        PREFIX + ':s\n    :p 01 , 1.0 , 1e0 , true , "1"^^:odd ;\n.\n',
    ),
    "what does not fit has a line for each": (
        PREFIX + f":s :p :o10 , :o9 , :{'x' * 90} .",
        PREFIX + f":s\n    :p\n        :o9 ,\n        :o10 ,\n        :{'x' * 90} ;\n.\n",
    ),
    "comments stay with what they are about": (
        PREFIX + ":s :q 1 ; # of q\n # above p\n :p 2 # of p\n # at the end\n . # of s\n# last",
        PREFIX + ":s\n    # above p\n    :p 2 ;  # of p\n    :q 1 ;  # of q\n    # at the end\n.  # of s\n\n# last\n",
    ),
    "comments of objects move with them": (
        PREFIX + ":s :p :b , # of b\n # above a\n :a ; # of a\n .",
        PREFIX + ":s\n    :p\n        # above a\n        :a ,  # of a\n        :b ;  # of b\n.\n",
    ),
    "a comment inside a literal goes above it": (
        PREFIX + ':s :p "1" # odd\n ^^ :odd .',
        PREFIX + ':s\n    # odd\n    :p "1"^^:odd ;\n.\n',
    ),
    "a table of short statements stays a table": (
        PREFIX + "# table\n:a   a :T. # of a\n:b   a :T .\n\n\n:c   a :T .",
        PREFIX + "# table\n:a a :T .  # of a\n:b a :T .\n\n:c a :T .\n",
    ),
    "brackets keep their order": (
        PREFIX + ":s :p [ :q 2 ; :a 1 ] , ( :z ( ) :y ) , [ # in\n :q 1 ] , [] .",
        PREFIX
        + ":s\n    :p\n        [ :q 2 ; :a 1 ] ,\n        ( :z () :y ) ,\n"
        + "        [\n            # in\n            :q 1 ;\n        ] ,\n        [] ;\n.\n",
    ),
    "a bracket may be all": (PREFIX + "[ :p 1; ] . [] :q ( 1 2 ).", PREFIX + "[ :p 1 ] .\n[] :q ( 1 2 ) .\n"),
    "long strings stay, line ends inside them too": (
        PREFIX + ':s :p """one\r\n  two""" .\r\n',
        PREFIX + ':s\n    :p """one\r\n  two""" ;\n.\n',
    ),
    "blank lines are one at most": (
        PREFIX + "\n\n# group\n\n\n# about s\n:s a :T ; :p 1 .\n:t a :T .",
        PREFIX + "# group\n\n# about s\n:s\n    a :T ;\n    :p 1 ;\n.\n\n:t a :T .\n",
    ),
    "a byte order mark goes": ("\ufeff" + PREFIX + ":s a :T .", PREFIX + ":s a :T .\n"),
    "an empty file stays empty": ("\n\n", ""),
    "a file of comments stays one": ("# one\n\n\n# two", "# one\n\n# two\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_layout(name: str) -> None:
    text, expected = CASES[name]
    assert format_text(text) == expected
    assert format_text(expected) == expected


def test_to_add_a_statement_is_to_add_a_line() -> None:
    before = format_text(PREFIX + ":s a :T ; :p 1 ; :r 3 .").splitlines()
    for added in (":q 2", ":z 4", ":a 0"):
        after = format_text(PREFIX + f":s a :T ; :p 1 ; :r 3 ; {added} .").splitlines()
        assert [line for line in after if line not in before] == [f"{INDENT}{added} ;"]
        assert len(after) == len(before) + 1


@given(documents())
def test_lines_are_short_where_they_can_be(text: str) -> None:
    for line in format_text(text).splitlines():
        assert len(line) <= WIDTH or "#" in line or '"' in line or "'" in line


@given(st.text())
@example("<urn:s> <urn:p> [ .")
@example("{ <urn:s> <urn:p> 1 }")
def test_any_text_is_formatted_or_refused(text: str) -> None:
    try:
        format_text(text)
    except SourceError as error:
        assert error.line is not None


def test_another_graph_is_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "_bare", lambda _: ":other")
    with pytest.raises(SourceError, match="would change the graph"):
        format_text(PREFIX + ":s :p :o .")


def test_a_comment_is_never_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "_line", lambda _above, body, _behind, indent: indent + body)
    with pytest.raises(SourceError, match="would lose a comment"):
        format_text(PREFIX + ":s :p :o . # about s")


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    path = tmp_path / "untidy.ttl"
    path.write_text(PREFIX + ":s :q 2 ; :p 1 .", encoding="utf-8")
    path.chmod(0o640)
    return path


def test_files_are_written_once_with_their_permissions(untidy: Path) -> None:
    assert rewrite([untidy], {}, check=True) == [untidy]
    assert untidy.read_text(encoding="utf-8").endswith(":p 1 .")
    assert rewrite([untidy], {}) == [untidy]
    assert untidy.read_text(encoding="utf-8") == PREFIX + ":s\n    :p 1 ;\n    :q 2 ;\n.\n"
    assert stat.S_IMODE(untidy.stat().st_mode) == 0o640
    assert rewrite([untidy], {}) == []
    assert [path.name for path in untidy.parent.iterdir()] == ["untidy.ttl"]


def test_a_link_stays_a_link(untidy: Path) -> None:
    link = untidy.with_name("link.ttl")
    link.symlink_to(untidy.name)
    assert rewrite([link], {}) == [link]
    assert link.is_symlink()
    assert rewrite([untidy], {}) == []


def test_nothing_is_written_when_one_file_is_broken(untidy: Path) -> None:
    broken = untidy.with_name("broken.ttl")
    broken.write_text("@prefix : <urn:x:> .\n:s :p no:o .\n", encoding="utf-8")
    before = untidy.read_bytes()
    with pytest.raises(SourceError, match="no:"):
        rewrite([untidy, broken], {})
    assert untidy.read_bytes() == before


def test_paths_are_found(untidy: Path, small: Path) -> None:
    assert find([untidy, untidy], small) == [untidy]
    assert find([small / "data"], small) == sorted((small / "data").rglob("*.ttl"))
    assert {path.suffix for path in find([], small)} == {".ttl"}
    for path in (untidy.parent / "none.ttl", small / "publisher.toml"):
        with pytest.raises(UsageError, match="not a Turtle file"):
            find([path], small)


def test_the_command_checks_and_writes(small: Path, untidy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", str(untidy), "--check", "-w", str(small)]) == 1
    assert capsys.readouterr().out == f"{untidy}\n"
    assert main(["fmt", str(untidy), "-w", str(small)]) == 0
    assert main(["fmt", str(untidy), "--check", "-w", str(small)]) == 0
    assert "0 of 1 files would change" in capsys.readouterr().err
    assert main(["fmt", "-w", str(small)]) == 0
    assert main(["fmt", "--check", "-w", str(small)]) == 0
    untidy.write_text("<a b> .", encoding="utf-8")
    assert main(["fmt", str(untidy), "-w", str(small)]) == 3
    assert f"{untidy}:1:" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(untidy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = untidy.read_bytes()
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="Permission denied; it is as it was"):
        rewrite([untidy], {})
    assert untidy.read_bytes() == before
    assert [path.name for path in untidy.parent.iterdir()] == ["untidy.ttl"]


def test_the_order_of_statements_is_that_of_the_author() -> None:
    text = PREFIX + ":z a :T ; :p 1 . :a a :T ; :p 1 . :m a :T ; :p 1 ."
    subjects = dict.fromkeys(str(fact.triple.subject) for fact in triple_positions(format_text(text)))
    assert list(subjects) == ["<urn:x:z>", "<urn:x:a>", "<urn:x:m>"]
