from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.build import partition
from publisher.build.partition import divide, divided, hashes, holders, name_hash

_SIZES = st.dictionaries(st.text("abc/", min_size=1, max_size=8), st.integers(0, 5000), min_size=1)


@given(_SIZES, st.integers(1, 4000))
def test_each_path_is_in_one_part(sizes: dict[str, int], size: int) -> None:
    parts = divide(sizes, size)
    assert sorted(path for part in parts for path in part) == sorted(sizes)
    assert all(parts)
    assert len(parts) == 1 or sum(sizes.values()) > size


def test_a_new_path_changes_one_part() -> None:
    sizes = {f"data/articles/{number}.ttl": 1000 for number in range(500)}
    before, after = divide(sizes, 10_000), divide({**sizes, "data/articles/new.ttl": 1000}, 10_000)
    assert len(set(before) - set(after)) == 1
    assert 30 <= len(before) <= 130


@given(st.lists(st.sets(st.text("abcd", max_size=3), max_size=20), max_size=6), st.integers(1, 30))
def test_what_several_have_is_found_in_ranges_of_any_size(names: list[set[str]], most: int) -> None:
    tables = [hashes(held) for held in names]
    before, partition._MOST_NAMES = partition._MOST_NAMES, most  # type: ignore[misc]
    try:
        found = divided(tables)
    finally:
        partition._MOST_NAMES = before  # type: ignore[misc]
    every = {name for held in names for name in held}
    expected = {
        name_hash(name): [number for number, held in enumerate(names) if name in held]
        for name in every
        if sum(name in held for held in names) > 1
    }
    assert found == expected


def test_the_first_holder_is_told() -> None:
    tables = [hashes(["a", "b"]), hashes(["b", "c"])]
    assert holders(tables, map(name_hash, ["b", "c", "d"])) == {name_hash("b"): 0, name_hash("c"): 1}
