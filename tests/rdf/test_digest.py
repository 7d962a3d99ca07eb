"""The digest of a graph needs no order, and that of its parts give it; the index is read as it was written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.rdf.digest import GraphDigest, digest_triples, format_index, format_lines, read_index, split_lines

TRIPLES = st.lists(st.binary(min_size=1, max_size=8), unique=True, max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=8)
DIGESTS = st.builds(digest_triples, TRIPLES)


def test_what_a_digest_is() -> None:
    triples = [b"<urn:s> <urn:p> <urn:o>", b'<urn:s> <urn:p> "1"']
    total = sum(int(hashlib.sha256(triple).hexdigest(), 16) for triple in triples) % 2**256
    assert digest_triples(triples) == GraphDigest(f"{total:064x}", 2)
    assert digest_triples([]) == GraphDigest("0" * 64, 0)


@given(triples=TRIPLES, data=st.data())
def test_order_and_parts(triples: list[bytes], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(triples))
    cut = data.draw(st.integers(0, len(triples)))
    assert (
        digest_triples(shuffled)
        == digest_triples(triples)
        == digest_triples(shuffled[:cut]) + digest_triples(shuffled[cut:])
    )


@given(triples=TRIPLES.filter(bool), data=st.data())
def test_every_change_tells(triples: list[bytes], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(triples))
    rest = [triple for triple in triples if triple != gone]
    assert digest_triples(rest).value != digest_triples(triples).value
    assert digest_triples([*rest, gone + b"x" * 9]).value != digest_triples(triples).value


@given(parts=st.lists(st.dictionaries(NAMES, DIGESTS, max_size=5), max_size=3), data=st.data())
def test_an_index_is_the_sum_of_its_parts(
    parts: list[dict[str, GraphDigest]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("index") / "graphs.tsv"
    found = split_lines(b"".join(line for part in parts for line in format_lines(part)))
    path.write_bytes(b"".join(format_index(data.draw(st.permutations(found)))))
    expected: dict[str, GraphDigest] = {}
    for name, digest in (item for part in parts for item in part.items()):
        expected[name] = expected[name] + digest if name in expected else digest
    read = read_index(path)
    assert read == expected
    assert list(read) == sorted(expected)


def test_what_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "graphs.tsv").write_bytes(b"graph\ttriples\tdigest\n\xff\t1\t0\n")
    for path in (tmp_path / "graphs.tsv", tmp_path / "nowhere.tsv"):
        with pytest.raises(SourceError, match="cannot be read as a list of graphs"):
            read_index(path)
