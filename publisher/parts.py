"""Divide the articles into shards.

Which shard an article is in depends on its path alone, as long as the number of shards stays, so that a new article
changes one of them. Articles that speak of each other's things stay together.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

# Articles in a shard. A larger one wastes less on its surroundings, a smaller one is sooner built again.
SIZE: Final = 64

# Names are compared by 64 bits of their digest: two that agree by chance only bring two shards together.
_HASH_BYTES: Final = 8
# So many at once are looked through for names that occur twice, whatever the size of the whole.
_MOST_NAMES: Final = 1_000_000


def divide(paths: Sequence[str], size: int = SIZE) -> list[tuple[str, ...]]:
    """Return the paths in shards of about ``size``, or in one when there are no more than that."""
    bits = max(0, (max(1, len(paths)) - 1) // size).bit_length()
    shards: dict[int, list[str]] = defaultdict(list)
    for path in paths:
        shards[_hash(path) >> (64 - bits) if bits else 0].append(path)
    return [tuple(sorted(shards[number])) for number in sorted(shards)]


def hashes(names: Iterable[str]) -> bytes:
    """Return the digests of names, sorted, in a form that is small and can be searched."""
    return array("Q", sorted(map(_hash, names))).tobytes()


def join(shards: Sequence[tuple[str, ...]], described: Sequence[bytes], wanted: Sequence[Iterable[str]]) -> list[int]:
    """Return for each shard the first that it must be joined with: itself, if it stands alone.

    Two shards belong together when both describe a thing, or when one names what only the other describes.
    ``described`` are the ``hashes`` of what each describes, ``wanted`` what each names without describing it.
    """
    leaders = list(range(len(shards)))

    def leader(number: int) -> int:
        while leaders[number] != number:
            number = leaders[number]
        return number

    tables = [_table(content) for content in described]
    for one, other in (*_twice(tables), *_owners(tables, wanted)):
        first, second = sorted((leader(one), leader(other)))
        leaders[second] = first
    return [leader(number) for number in range(len(shards))]


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=_HASH_BYTES).digest())


def _table(content: bytes) -> memoryview:
    return memoryview(content).cast("Q")


def _twice(tables: Sequence[memoryview]) -> list[tuple[int, int]]:
    """Return pairs of tables that hold one number, looking at one range of numbers after the other."""
    ranges = 1 + sum(map(len, tables)) // _MOST_NAMES
    pairs = []
    for start, end in ((i * 2**64 // ranges, (i + 1) * 2**64 // ranges) for i in range(ranges)):
        slices = [table[bisect_left(table, start) : bisect_left(table, end)] for table in tables]
        seen: set[int] = set()
        for part in slices:
            seen.update(part)
        if len(seen) < sum(map(len, slices)):
            pairs += _pairs(slices)
    return pairs


def _pairs(slices: Sequence[memoryview]) -> list[tuple[int, int]]:
    first: dict[int, int] = {}
    return [
        (first[value], number)
        for number, part in enumerate(slices)
        for value in part
        if first.setdefault(value, number) != number
    ]


def _owners(tables: Sequence[memoryview], wanted: Sequence[Iterable[str]]) -> list[tuple[int, int]]:
    """Return pairs of one shard that wants a thing and another that describes it."""
    seekers = [(number, _hash(name)) for number, names in enumerate(wanted) for name in names]
    if not seekers:
        return []
    sought = {value for _, value in seekers}
    owners = {value: number for number, table in enumerate(tables) for value in sought.intersection(table)}
    return [(number, owners[value]) for number, value in seekers if value in owners]
