"""Divide the data files into parts, and find the part that owns a thing.

The part of a file depends on its path alone, as long as the number of parts stays, so that a new file changes one part.
A thing belongs to the first part whose files describe it.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Final

# Bytes of source text in a part. A larger one costs less in sum, a smaller one is sooner built again.
SIZE: Final = 1024 * 1024
# Parts are larger where there would be more.
_MOST_PARTS: Final = 500

# Names are compared by so many bytes of a digest where there are millions of them.
_HASH_BYTES: Final = 8
# So many at once are looked through for names that occur twice, whatever the size of the whole.
_MOST_NAMES: Final = 1_000_000
# To search one hash in a sorted table costs as much as to pass over so many.
_SEARCH_COST: Final = 50


def divide(sizes: dict[str, int], size: int = SIZE) -> list[tuple[str, ...]]:
    """Return paths in parts of about ``size`` bytes, or in one when there is no more than that.

    ``sizes`` are the bytes of the file at each path.
    """
    total = max(1, sum(sizes.values()))
    wanted = min((total - 1) // size, _MOST_PARTS, 4 * len(sizes))
    bits = wanted.bit_length()
    parts: dict[int, list[str]] = defaultdict(list)
    for path in sizes:
        parts[name_hash(path) >> (64 - bits) if bits else 0].append(path)
    return [tuple(sorted(parts[number])) for number in sorted(parts)]


def name_hash(name: str) -> int:
    """Return 64 bits of the digest of a name, by which names are compared where there are millions of them."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=_HASH_BYTES).digest())


def hashes(names: Iterable[str]) -> bytes:
    """Return the hashes of names, sorted, in a form that is small and can be searched."""
    return pack_hashes(map(name_hash, names))


def pack_hashes(values: Iterable[int]) -> bytes:
    """Return hashes, sorted, in the form of ``hashes``."""
    return array("Q", sorted(values)).tobytes()


def table(content: bytes) -> memoryview[int]:
    """Return the hashes in what ``hashes`` returned."""
    return memoryview(content).cast("Q")


def holders(tables: Sequence[bytes], wanted: Iterable[int]) -> dict[int, int]:
    """Return the first of the ``tables`` of hashes that has each of the hashes that are wanted, as far as one does."""
    sought, found = set(wanted), dict[int, int]()
    for number, view in enumerate(map(table, tables if sought else ())):
        is_small = len(sought) * _SEARCH_COST < len(view)
        for value in filter(partial(_has, view), sought) if is_small else sought.intersection(view):
            found.setdefault(value, number)
    return found


def _has(view: memoryview[int], value: int) -> bool:
    place = bisect_left(view, value)
    return place < len(view) and view[place] == value


def _slices(tables: Sequence[bytes]) -> Iterator[list[memoryview[int]]]:
    """Yield the hashes of all ``tables`` in one range after the other, with about ``_MOST_NAMES`` at once."""
    views = [table(content) for content in tables]
    ranges = 1 + sum(map(len, views)) // _MOST_NAMES
    for start, end in ((i * 2**64 // ranges, (i + 1) * 2**64 // ranges) for i in range(ranges)):
        yield [view[bisect_left(view, start) : bisect_left(view, end)] for view in views]


def divided(tables: Sequence[bytes]) -> dict[int, list[int]]:
    """Return the hashes that several ``tables`` have, each with the numbers of these tables."""
    found: dict[int, list[int]] = {}
    for slices in _slices(tables):
        seen: set[int] = set()
        twice: set[int] = set()
        for part in slices:
            twice |= seen.intersection(part)
            seen.update(part)
        for number, part in enumerate(slices if twice else ()):
            for value in twice.intersection(part):
                found.setdefault(value, []).append(number)
    return found


def lacking(tables: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    """Return for each of the ``tables`` the hashes that none of the ``others`` has."""
    found = [array("Q") for _ in tables]
    for slices in _slices((*tables, *others)):
        missing = set[int]().union(*slices[: len(tables)]).difference(*slices[len(tables) :])
        for values, part in zip(found, slices if missing else (), strict=False):
            values.extend(value for value in part if value in missing)
    return [values.tobytes() for values in found]


def repeated(tables: Sequence[bytes]) -> set[int]:
    """Return the hashes that occur more than once in the ``tables``, in one or in several."""
    found = set(divided(tables))
    for content in tables:
        view = table(content)
        found.update(one for one, other in pairwise(view) if one == other)
    return found
