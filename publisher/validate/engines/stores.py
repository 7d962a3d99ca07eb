"""Load data that queries read into a store: in memory, or on the disk where there is much of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final, TypeVar

import pyoxigraph as ox
from more_itertools import constrained_batches, partition

from publisher.workspace.atomic import temporary_folder

# Bytes of N-Triples from which a store is on the disk: in memory it takes about four times as much.
LARGE: Final = 32 * 1024 * 1024
# Bytes that are loaded at once: to load takes some ten times as much memory.
_CHUNK: Final = 8 * 1024 * 1024

Result = TypeVar("Result")


def with_store(
    parts: Iterable[bytes], use: Callable[[ox.Store], Result], large: int = LARGE, chunk: int = _CHUNK
) -> Result:
    """Return what ``use`` returns for a store with ``parts``: whole lines of N-Triples as pyoxigraph writes them.

    From ``large`` bytes on the store is in the folder for temporary files, and goes at the end; ``chunk`` bytes are
    loaded into it at once.
    """
    rest, first = iter(parts), list[bytes]()
    while sum(map(len, first)) < large:
        if (part := next(rest, None)) is None:
            return use(_loaded(ox.Store(), first, chunk))
        first.append(part)
    with temporary_folder("store") as folder:
        return use(_loaded(ox.Store(str(folder)), chain(first, rest), chunk))


def _loaded(store: ox.Store, parts: Iterable[bytes], chunk: int) -> ox.Store:
    for batch in constrained_batches(parts, chunk, strict=False):
        plain, blank = partition(lambda part: b"_:" in part, batch)  # bulk_load renames blank nodes, and is faster
        store.bulk_load(b"".join(plain), format=ox.RdfFormat.N_TRIPLES, lenient=True)
        store.bulk_extend(ox.parse(b"".join(blank), format=ox.RdfFormat.N_TRIPLES, lenient=True))
    return store
