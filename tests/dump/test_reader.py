"""The dump of a published folder is found, and its lines are read whether they are canonical or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import dump
from publisher.dump.reader import read_dump, split_nquads
from publisher.errors import UsageError
from publisher.rdf.digest import digest_triples
from tests.published import published

LINE = b"<urn:s> <urn:p> <urn:o> <urn:g> .\n"


@pytest.mark.parametrize("name", ["all.nq", "all.nq.gz"])
def test_dump_of_a_published_folder(name: str, tmp_path: Path) -> None:
    published_dump = dump.open(published(tmp_path, name, LINE))
    assert (published_dump.path.name, published_dump.is_published, published_dump.description) == (name, True, None)
    assert published_dump.list_graphs() == {"urn:g": digest_triples([b"<urn:s> <urn:p> <urn:o>"])}
    assert [str(quad) for quad in published_dump.quads()] == [LINE.decode().removesuffix(" .\n")]
    published_dump.path.with_name("void.ttl").write_bytes(b"")
    assert published_dump.description == published_dump.path.with_name("void.ttl")


def test_file_by_itself_has_no_list(tmp_path: Path) -> None:
    published_dump = dump.open(published(tmp_path, "all.nq", LINE) / "dumps" / "all.nq")
    published_dump.path.with_name("void.ttl").write_bytes(b"")
    assert (published_dump.is_published, published_dump.description, published_dump.list_graphs()) == (False, None, {})


def test_nothing_to_open(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a folder made by 'publisher build'"):
        dump.open(tmp_path)
    (tmp_path / "README.md").write_text("# Not RDF", encoding="utf-8")
    with pytest.raises(UsageError, match="its name ends in no extension of RDF"):
        dump.open(tmp_path / "README.md")
    (tmp_path / "dumps").mkdir()
    with pytest.raises(UsageError, match=r'add "nq" to the formats under \[dumps\]'):
        dump.open(tmp_path)


def test_canonical_and_other_lines_give_the_same_triples(tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    path.write_bytes(LINE)
    expected = [(b"urn:g", [b"<urn:s> <urn:p> <urn:o>"])]
    assert list(read_dump(path)) == list(split_nquads(path)) == expected
    path.write_bytes(LINE.replace(b" ", b"\t") + b"# a comment\n")
    assert list(read_dump(path)) == expected
