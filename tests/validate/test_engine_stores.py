"""A store on the disk holds what one in memory holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.validate.engines.stores import with_store

PARTS = [
    b'<urn:a> <urn:p> _:b .\n<urn:a> <urn:p> "1" .\n',
    b"",
    b'_:b <urn:q> <urn:a> .\n<urn:a> <urn:p> "1" .\n',
    b"".join(b"<urn:a> <urn:r> <urn:%d> .\n" % number for number in range(100)),
]
QUERY = "ASK { <urn:a> <urn:p> ?b . ?b <urn:q> ?c . ?c <urn:r> <urn:99> }"


def triples(store: ox.Store) -> set[str]:
    assert store.query(QUERY)
    return {str(quad.triple) for quad in store}


@pytest.mark.parametrize("chunk", [1, 200, 1_000_000])
def test_the_place_of_a_store_does_not_show(chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def on_disk(store: ox.Store) -> set[str]:
        assert [path.name for path in tmp_path.glob("publisher-store-*/CURRENT")] == ["CURRENT"]
        return triples(store)

    in_memory = with_store(iter(PARTS), triples)
    assert len(in_memory) == 103
    assert with_store(iter(PARTS), on_disk, large=10, chunk=chunk) == in_memory
    assert not list(tmp_path.iterdir())


def test_no_data_are_an_empty_store() -> None:
    assert with_store([], len) == 0
    assert with_store([b"", b""], len) == 0
