"""Name the lots that a corpus is worked on in, what each borrows of others, and the keys of what is found out.

All of it travels to other processes; what stands behind a key is in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from publisher.build.cache import Cache, key_of
from publisher.build.context import Rulebook, rulebook_at
from publisher.validate.engines import Engine


@dataclass(frozen=True)
class Place:
    """Where a job finds what it works with: the workspace, the cache, and the digest of the rulebook."""

    root: Path
    cache: Path
    book: str

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook, as this process has it."""
        return rulebook_at(self.root, self.book, self.cache)

    def find(self, kind: str, key: str) -> bytes | None:
        """Return what an earlier job left, if it is still there."""
        return Cache(self.cache).get(kind, key)

    def has(self, kind: str, key: str) -> bool:
        """Tell whether an earlier job left something; it may be broken."""
        return Cache(self.cache).has(kind, key)

    def keep(self, kind: str, key: str, value: bytes) -> None:
        """Leave a result for later jobs."""
        Cache(self.cache).put(kind, key, value)


@dataclass(frozen=True)
class Lot:
    """The files of one shard, by their paths from the workspace, and what its results depend on.

    ``key`` stands for the content of the files and of the rulebook; ``background`` is the lot of the shared files,
    nothing where everything is one lot; ``shared`` is the key of the shared facts, ``seen`` stands for what of them
    may matter here. ``orders`` are of things that others describe and this lot has to do with; ``borrowed`` stands for
    what they say; ``ceded`` are the things that belong to another lot. The first lot has the graphs besides the data
    too: ``more`` stands for the content of the mapping files, ``links``.
    """

    place: Place
    paths: tuple[str, ...]
    key: str
    background: Lot | None = None
    shared: str = ""
    seen: str = ""
    orders: tuple[Order, ...] = ()
    borrowed: str = ""
    ceded: frozenset[int] = frozenset()
    is_first: bool = False
    links: tuple[str, ...] = ()
    more: str = ""

    @cached_property
    def written(self) -> str:
        """The key of what depends on the shared facts too."""
        return key_of(self.key, self.seen, self.borrowed, *map(str, sorted(self.ceded)), self.more, str(self.is_first))


@dataclass(frozen=True)
class Case:
    """Files of some lots that the reference engine has to look at together.

    ``suspects`` are the paths of the files in each of ``lots``; ``witnesses`` is the key of accepted claims elsewhere.
    """

    lots: tuple[Lot, ...]
    suspects: tuple[tuple[str, ...], ...]
    engine: Engine
    witnesses: str = ""

    @property
    def place(self) -> Place:
        """Where the lots are."""
        return self.lots[0].place

    @property
    def key(self) -> str:
        """The key of what the engine finds."""
        about = (part for lot, paths in zip(self.lots, self.suspects, strict=True) for part in (lot.written, *paths))
        return key_of(self.engine, self.witnesses, *about)


@dataclass(frozen=True)
class Order:
    """Things of a lot that another asks for, by their hashes; some are divided between the two."""

    lot: Lot
    things: tuple[int, ...]
    divided: frozenset[int]

    @cached_property
    def key(self) -> str:
        """The key of what the lot says of them."""
        return key_of(self.lot.key, *(f"{thing} {thing in self.divided}" for thing in self.things))


@dataclass(frozen=True)
class Counter:
    """All orders to one lot."""

    lot: Lot
    orders: tuple[Order, ...]

    @cached_property
    def key(self) -> str:
        """The key of the digests of what is lent."""
        return key_of(*(order.key for order in self.orders))
