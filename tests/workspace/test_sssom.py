from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.workspace.sssom import read_header, read_mappings, triples, write_cells

HEAD = "#curie_map:\n#  id: https://e.org/id/\n#  wd: http://www.wikidata.org/entity/\n"
COLUMNS = "subject_id\tpredicate_modifier\tpredicate_id\tobject_id\tmapping_justification\n"


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "links.sssom.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_only_mappings_that_hold_become_triples(tmp_path: Path) -> None:
    rows = (
        "id:a\t\towl:sameAs\twd:Q1\tsemapv:ManualMappingCuration\n"
        "id:a\tNot\towl:sameAs\twd:Q2\tsemapv:ManualMappingCuration\n"
        "id:b\t\tskos:exactMatch\tsssom:NoTermFound\tsemapv:ManualMappingCuration\n"
    )
    found = read_mappings(_write(tmp_path, HEAD + COLUMNS + rows))
    assert [m.line for m in found] == [5, 6, 7]
    assert [str(t) for t in triples(found)] == [
        "<https://e.org/id/a> <http://www.w3.org/2002/07/owl#sameAs> <http://www.wikidata.org/entity/Q1>"
    ]


@pytest.mark.parametrize("modifier", ["Not", "not", "NOT", " Not "])
def test_a_negation_negates_in_any_spelling(tmp_path: Path, modifier: str) -> None:
    row = f"id:a\t{modifier}\towl:sameAs\twd:Q2\tsemapv:ManualMappingCuration\n"
    (found,) = read_mappings(_write(tmp_path, HEAD + COLUMNS + row))
    assert found.is_negated
    assert triples([found]) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("#curie_map: 5\n" + COLUMNS, 1, "has no names with values"),
        ("#- curie_map\n" + COLUMNS, 1, "has no names with values"),
        (HEAD + "#  skos: https://e.org/\n" + COLUMNS, 1, "the prefix 'skos' is built in"),
        (HEAD + "#predicate_modifier: Not\n" + COLUMNS, 1, "no slot of a mapping set"),
        (HEAD + COLUMNS + "\n\nid:a\t\towl:sameAs\twd:q1\tsemapv:X\n", 7, "object_id is 'wd:q1'; Wikidata has"),
        (HEAD + COLUMNS + 'id:a\t\towl:sameAs\twd:Q1\t"not closed\n', 5, "not a table"),
        ("#curie_map: [\n" + COLUMNS, 1, "not valid YAML"),
        (HEAD + "subject_id\tobject_id\n", 4, "no column 'predicate_id'"),
        (HEAD + COLUMNS + "id:a\t\towl:sameAs\tq:1\tsemapv:X\n", 5, "object_id is 'q:1'; expected a CURIE"),
        (HEAD + COLUMNS + "id:a\t\towl:sameAs\twd:Q 1\tsemapv:X\n", 5, "object_id is 'wd:Q 1'; expected a CURIE"),
        (HEAD + COLUMNS + "id:a\t\towl:sameAs\twd:Q1\t" + "x" * 200_000 + "\n", 5, "not a table"),
        ("#curie_map:\n#  wd: not an iri\n" + COLUMNS, 1, "the namespace of 'wd' is not an absolute IRI"),
        ("#curie_map:\n#  wd: [" + "[" * 2000 + "\n" + COLUMNS, 1, ""),
        (HEAD + COLUMNS + "id:a\t\towl:sameAs\twd:Q1\t\n", 5, "no mapping_justification"),
        (HEAD + COLUMNS + "id:a\towl:sameAs\n", 5, "fewer cells"),
        (HEAD + COLUMNS + "id:a\t\towl:sameAs\twd:Q1\tx\ty\n", 5, "more or fewer cells"),
        (HEAD, 4, "no column 'subject_id'"),
        (HEAD + COLUMNS + "id:a\tNever\towl:sameAs\twd:Q1\tsemapv:X\n", 5, "predicate_modifier is 'Never'"),
        (HEAD + COLUMNS.strip() + "\tobject_id\n", 4, "the column 'object_id' is there twice"),
    ],
)
def test_a_bad_file_is_located(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    with pytest.raises(SourceError) as error:
        read_mappings(_write(tmp_path, text))
    assert error.value.line == line
    assert message in str(error.value)


def test_cells_are_quoted_and_blank_lines_passed_over(tmp_path: Path) -> None:
    rows = '"id:a"\t\tskos:exactMatch\txsd:date\t"two\nlines"\n\nid:b\tNot\towl:sameAs\tlinkml:x\tsay "x"\n'
    one, other = read_mappings(_write(tmp_path, HEAD + COLUMNS + rows))
    assert (one.subject, one.object, one.line) == ("https://e.org/id/a", "http://www.w3.org/2001/XMLSchema#date", 5)
    assert (other.line, other.is_negated, other.columns["mapping_justification"]) == (8, True, 'say "x"')


def test_prefixes_need_no_declaration_where_all_are_built_in(tmp_path: Path) -> None:
    path = _write(tmp_path, COLUMNS + "skos:Concept\t\tskos:exactMatch\towl:Class\tsemapv:X\n")
    assert len(read_mappings(path)) == 1


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_only_line_ends_separate_lines(tmp_path: Path, separator: str, end: str) -> None:
    text = HEAD + COLUMNS + f"id:a\t\towl:sameAs\twd:Q1\ttwo{separator}parts\nid:b\t\towl:sameAs\twd:Q2\tx\n"
    path = tmp_path / "links.sssom.tsv"
    path.write_bytes(text.replace("\n", end).encode())
    one, other = read_mappings(path)
    assert (one.columns["mapping_justification"], one.line, other.line) == (f"two{separator}parts", 5, 6)
    assert read_header(path)[0] == HEAD.splitlines()


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\t\n\r,'), min_size=1), min_size=5
    )
)
def test_cells_that_are_written_are_read_again(cells: list[str]) -> None:
    assert [*csv.reader(io.StringIO(write_cells(cells), newline=""), delimiter="\t", strict=True)] == [cells]


def test_a_file_in_another_encoding_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "links.sssom.tsv"
    path.write_bytes((HEAD + COLUMNS).encode("utf-16"))
    with pytest.raises(SourceError, match="UTF-8"):
        read_mappings(path)
