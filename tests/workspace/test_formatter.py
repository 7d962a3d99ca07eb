from __future__ import annotations

import stat
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.cli.main import main
from publisher.errors import OutputError, SourceError, UsageError
from publisher.rdf.turtle import DEEPEST, Directive
from publisher.rdf.turtle_positions import triple_positions
from publisher.rdf.turtle_printer import WIDTH
from publisher.rdf.turtle_tokens import tokens
from publisher.workspace import formatter
from publisher.workspace.formatter import find, format_text, rewrite
from tests.conftest import ROOT
from tests.rdf.test_turtle import FILES, graph
from tests.turtle_texts import documents, statements

PREFIX = "@prefix : <urn:x:> .\n\n"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def comments(text: str) -> Counter[str]:
    return Counter(token.text.rstrip() for token in tokens(text) if token.kind == "comment")


def lexical_forms(text: str) -> Counter[str]:
    """Every literal as written, quotation marks and all."""
    kinds = ("string", "integer", "decimal", "double")
    return Counter(token.text for token in tokens(text) if token.kind in kinds)


@given(documents())
@example('@prefix : <https://e.org/> .\n: a [ a [ a # the parser names the nodes in another order\n"" ] ] .')
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


LONG = ":" + "x" * 50
CASES = {
    "directives keep their order, and get one spelling": (
        "# File.\n\n@prefix b: <urn:b:> . # of b\nPREFIX a: <urn:a:>\n# on c\n@prefix c:<urn:c:>.\nBASE   <urn:d>",
        "# File.\n\n@prefix b: <urn:b:> .  # of b\n@prefix a: <urn:a:> .\n"
        "# on c\n@prefix c: <urn:c:> .\n@base <urn:d> .\n",
    ),
    "the lines of the author stay, with a set indent": (
        PREFIX + ":s\n    a :T ;\n      :p 1;:q 2 ;\n  :r :o,:o2 ,\n      :o3 .\n:t a :T ;\n    :p 1 ;\n.",
        PREFIX + ":s\n  a :T ;\n  :p 1 ; :q 2 ;\n  :r :o , :o2 ,\n    :o3 .\n:t a :T ;\n  :p 1 ;\n.\n",
    ),
    "a full stop on a line of its own has a semicolon before it": (
        PREFIX + ":s :p 1\n  . :t :p 1 ; .",
        PREFIX + ":s :p 1 ;\n.\n:t :p 1 .\n",
    ),
    "the type of a named thing comes first": (
        PREFIX + ":s :p 1 ; # of p\n  a :T ; # of a\n  :q 2 .\n:t :p 1 ; rdf:type :T .".replace("rdf:type", RDF_TYPE),
        PREFIX + ":s a :T ;  # of a\n  :p 1 ;  # of p\n  :q 2 .\n:t a :T ; :p 1 .\n",
    ),
    "types do not move blank nodes": (
        PREFIX + "[] :p 1 ; a :T . _:b :p 1 ; a :T . :s :p [] ; a [ a :T ] ; :q [ :p 1 ; a :T ] .",
        PREFIX + "[] :p 1 ; a :T .\n_:b :p 1 ; a :T .\n:s :p [] ; a [ a :T ] ; :q [ :p 1 ; a :T ] .\n",
    ),
    "lexical forms stay": (
        PREFIX + ':s :p 01,1.0, 1e0,"1"^^:odd,true ,"x"@EN.',
        PREFIX + ':s :p 01 , 1.0 , 1e0 , "1"^^:odd , true , "x"@EN .\n',
    ),
    "a predicate that does not fit begins a line": (
        PREFIX + f":s a :T ; :p {LONG} ; :q {LONG} ; :r 1 .",
        PREFIX + f":s a :T ; :p {LONG} ;\n  :q {LONG} ; :r 1 .\n",
    ),
    "objects that do not fit fill lines": (
        PREFIX + f":s :p {LONG} , {LONG} , {LONG} ,\n 1 ,\n 2 ; :q 1 .",
        PREFIX + f":s :p {LONG} , {LONG} ,\n    {LONG} , 1 , 2 ;\n  :q 1 .\n",
    ),
    "what cannot be broken is too long": (
        PREFIX + f':s :p "{"x" * 120}" , 1 .',
        PREFIX + f':s :p "{"x" * 120}" ,\n    1 .\n',
    ),
    "brackets on one line stay there if they fit": (
        PREFIX + ":s :p [:q 2;:a 1;],( :z ( ) :y ),[ ] .",
        PREFIX + ":s :p [ :q 2 ; :a 1 ] , ( :z () :y ) , [] .\n",
    ),
    "brackets that do not fit are opened": (
        PREFIX + f":s :p ( {LONG} {LONG} {LONG} 1 ) ; :q 1 .",
        PREFIX + f":s :p (\n  {LONG} {LONG}\n  {LONG} 1\n) ;\n  :q 1 .\n",
    ),
    "brackets that the author opened stay open": (
        PREFIX + ":s a :T ;\n :p [ a :R ;\n :q :o ; :r 1 ] , ( 1\n2 ) ; :z 1 .",
        PREFIX + ":s a :T ;\n  :p [\n    a :R ;\n    :q :o ; :r 1 ;\n  ] , (\n    1\n    2\n  ) ;\n  :z 1 .\n",
    ),
    "comments keep their place": (
        PREFIX + ":s :q 1 ; # of q\n # above p\n :p 2 # of p\n # at the end\n . # of s\n# last",
        PREFIX + ":s :q 1 ;  # of q\n  # above p\n  :p 2 ;  # of p\n  # at the end\n.  # of s\n# last\n",
    ),
    "comments of objects stay with them": (
        PREFIX + ":s # of s\n :p :b , # of b\n # above a\n :a . # of all",
        PREFIX + ":s  # of s\n  :p :b ,  # of b\n    # above a\n    :a .  # of all\n",
    ),
    "comments inside brackets open them": (
        PREFIX + ":s :p [ # in\n :q 1 # of q\n ] , ( # empty\n ) .",
        PREFIX + ":s :p [  # in\n  :q 1 ;  # of q\n] , (  # empty\n) .\n",
    ),
    "a comment inside a literal goes above it": (
        PREFIX + ':s :p "1" # odd\n ^^ :odd .',
        PREFIX + ':s :p\n    # odd\n    "1"^^:odd .\n',
    ),
    "a comment inside a directive goes above it": (
        "@prefix # odd\n : <urn:x:> . # of x",
        "# odd\n@prefix : <urn:x:> .  # of x\n",
    ),
    "columns of a table stay": (
        PREFIX + "# table\n:a    a  :T. # of a\n:long  a :T .\n:b    a :T .\n:c    a :T .\n\n:d    a :T .",
        PREFIX + "# table\n:a a :T .  # of a\n:long a :T .\n:b    a :T .\n:c    a :T .\n\n:d a :T .\n",
    ),
    "long strings stay, line ends inside them too": (
        PREFIX + ':s :p """one\r\n  two""" ; :q 1 .\r\n',
        PREFIX + ':s :p """one\r\n  two""" ;\n  :q 1 .\n',
    ),
    "blank lines are two at most between statements, and one inside them": (
        "\n\n" + PREFIX + "\n\n\n# group\n\n# about s\n:s a :T ;\n\n\n:p 1 .\n:t a :T .\n\n",
        PREFIX + "\n# group\n\n# about s\n:s a :T ;\n\n  :p 1 .\n:t a :T .\n",
    ),
    "semicolons at the beginning of lines go to the end": (
        PREFIX + ":s a :T\n  ; :p 1\n  ; :q :a\n     , :b\n.",
        PREFIX + ":s a :T ;\n  :p 1 ;\n  :q :a ,\n    :b ;\n.\n",
    ),
    "a byte order mark goes": ("\ufeff" + PREFIX + ":s a :T .", PREFIX + ":s a :T .\n"),
    "an empty file stays empty": ("\n\n", ""),
    "a file of comments stays one": ("# one\n\n\n# two", "# one\n\n\n# two\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_layout(name: str) -> None:
    text, expected = CASES[name]
    assert format_text(text) == expected
    assert format_text(expected) == expected


@given(documents())
def test_lines_are_short_where_they_can_be(text: str) -> None:
    for line in format_text(text).splitlines():
        assert len(line) <= WIDTH or "#" in line or '"' in line or "'" in line


@given(documents())
def test_prefixes_are_kept_in_their_order(text: str) -> None:
    def directives(turtle: str) -> list[tuple[str | None, str]]:
        return [(s.prefix, s.iri.text) for s in statements(turtle) if isinstance(s, Directive)]

    assert directives(format_text(text)) == directives(text)


@given(documents(), st.integers(0, 2000), st.text(max_size=3))
def test_damaged_text_is_formatted_or_refused_with_its_position(text: str, cut: int, insert: str) -> None:
    damaged = text[:cut] + insert + text[cut + len(insert) :]
    try:
        result = format_text(damaged)
    except SourceError as error:
        assert error.line is not None
        assert error.column is not None
    else:
        assert graph(result) == graph(damaged)


def _list(size: int) -> str:
    return f":s :p ( {' '.join(f':o{n}' for n in range(size))} ) ."


def _blank_nodes(size: int) -> str:
    return "".join(f':s{n} a :T ; :p {n} , [ :q "{n}"@en ] .\n' for n in range(size))


def _comments(size: int) -> str:
    return "".join(f":s{n} a :T ; # one\n # two\n :p {n} .\n" for n in range(size))


def _nested(size: int) -> str:
    return f":s :p {'( :o ' * 90}{' '.join(f'[ :p {n} ]' for n in range(size))}{' )' * 90} ."


@pytest.mark.parametrize("generate", [_list, _blank_nodes, _comments, _nested])
def test_the_work_grows_with_the_text(generate: Callable[[int], str]) -> None:
    def work(size: int) -> int:
        """Count the calls of Python functions."""
        calls, text = 0, PREFIX + generate(size)

        def count(_frame: object, event: str, _arg: object) -> None:
            nonlocal calls
            calls += event == "call"

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            format_text(text)
        finally:
            sys.setprofile(before)
        return calls

    few, many = work(250), work(1000)
    assert many < 4.4 * few


@pytest.mark.parametrize(("opened", "closed"), [("[ :p ", " ]"), ("( ", " )")])
def test_deep_brackets_are_formatted_or_refused(opened: str, closed: str) -> None:
    def nested(depth: int) -> str:
        return f"{PREFIX}:s :p {opened * depth}1{closed * depth} ."

    result = format_text(nested(DEEPEST))
    assert format_text(result) == result
    with pytest.raises(SourceError, match=f"at most {DEEPEST} levels"):
        format_text(nested(DEEPEST + 1))


@given(st.text())
@example("<urn:s> <urn:p> [ .")
@example("{ <urn:s> <urn:p> 1 }")
def test_any_text_is_formatted_or_refused(text: str) -> None:
    try:
        format_text(text)
    except SourceError as error:
        assert error.line is not None


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (PREFIX + ":s :p :other . # about s", "would change the triples"),
        (PREFIX + "_:s :p :o . # about s", "would change the triples"),
        (PREFIX + ":s :p :o .", "would lose a comment"),
    ],
)
def test_other_triples_or_comments_are_never_written(
    result: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatter, "print_turtle", lambda *_: result)
    with pytest.raises(SourceError, match=message):
        format_text(PREFIX + ":s :p :o . # about s")


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    path = tmp_path / "untidy.ttl"
    path.write_text(PREFIX + ":s   :q 2;\n:p 1.", encoding="utf-8")
    path.chmod(0o640)
    return path


def test_files_are_written_once_with_their_permissions(untidy: Path) -> None:
    assert rewrite([untidy], {}, check=True) == [untidy]
    assert untidy.read_text(encoding="utf-8").endswith(":p 1.")
    assert rewrite([untidy], {}) == [untidy]
    assert untidy.read_text(encoding="utf-8") == PREFIX + ":s :q 2 ;\n  :p 1 .\n"
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


def test_published_dumps_and_hidden_folders_are_not_formatted(untidy: Path, small: Path) -> None:
    (small / "dist" / "dumps").mkdir(parents=True)
    (small / "dist" / "dumps" / "SHA256SUMS").touch()
    (small / ".venv").mkdir()
    for folder in (small / "dist" / "dumps", small / ".venv"):
        (folder / "all.ttl").write_bytes(untidy.read_bytes())
    sources = find([small / "ontology", small / "data"], small)
    assert sorted(find([small], small)) == sorted(sources)
    assert find([small / "dist" / "dumps"], small) == []


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


def test_an_interrupt_tells_how_many_files_were_written(
    small: Path, untidy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [untidy, *(untidy.with_name(f"{n}.ttl") for n in range(3))]
    for path in paths:
        path.write_bytes(untidy.read_bytes())
    replace = Path.replace

    def interrupt(path: Path, target: Path) -> Path:
        replaced = replace(path, target)
        if target == paths[1]:
            raise KeyboardInterrupt
        return replaced

    monkeypatch.setattr(Path, "replace", interrupt)
    assert main(["fmt", *map(str, paths), "-w", str(small)]) == 130
    assert capsys.readouterr().err == "publisher: interrupted: 2 of 4 files were written\n"
    assert rewrite(paths, {}, check=True) == paths[2:]
    assert sorted(path.name for path in untidy.parent.iterdir() if path.is_file()) == sorted(p.name for p in paths)


def test_the_order_of_statements_is_that_of_the_author() -> None:
    text = PREFIX + ":z a :T ; :p 1 . :a a :T ; :p 1 . :m a :T ; :p 1 ."
    subjects = dict.fromkeys(str(fact.triple.subject) for fact in triple_positions(format_text(text)))
    assert list(subjects) == ["<urn:x:z>", "<urn:x:a>", "<urn:x:m>"]
