"""Let the lots of a corpus learn what they share, and what each borrows of the others.

Lots are read apart, each in whatever process. What ties them is brought together here, and what came of it is kept: as
long as no lot tells anything else of what several have to do with, there is no need to meet again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from publisher.build import partition, shard, shared, worker
from publisher.build.cache import Cache, key_of
from publisher.build.context import Rulebook
from publisher.build.executors import Mapper
from publisher.build.task import Counter, Lot, Order
from publisher.rdf.ntriples import NTriple


@dataclass(frozen=True)
class Met:
    """The lots with what they share and borrow, what spans articles in each, as digests, and the key of the meeting."""

    lots: tuple[Lot, ...]
    spans: tuple[str, ...]
    key: str


def meet(book: Rulebook, found: list[Lot], cache: Cache, mapper: Mapper) -> Met:
    """Bring together what ties the lots; the first is that of the shared files. All were read."""
    digests = [key_of(worker.result(lot, "ties")) for lot in found]
    key = key_of(found[0].key, *digests)
    if len(found) == 1:
        return Met(tuple(found), (), key)
    came = _Came.unpack(kept) if (kept := cache.get("meeting", key)) else None
    if came is None or not cache.has("shared", came.shared):
        came = _bring_together(book, found, cache)
        cache.put("meeting", key, came.pack())
    lots = [
        replace(lot, shared=came.shared, seen=seen) for lot, seen in zip(_ordered(found, came), came.seen, strict=True)
    ]
    return Met(tuple(_borrow(lots, mapper)), came.spans, key)


class _Came(NamedTuple):
    """What comes of a meeting, apart from what is lent.

    ``shared`` is the key of the shared facts, ``seen`` that of what of them may matter to each lot. ``takes`` tells for
    each lot which things it takes from which others, ``ceded`` which of its own belong to another one, and ``divided``
    which things several describe.
    """

    shared: str
    seen: tuple[str, ...]
    spans: tuple[str, ...]
    takes: list[dict[int, list[int]]]
    ceded: list[list[int]]
    divided: list[int]

    def pack(self) -> bytes:
        """Return it as bytes."""
        takes = [list(lenders.items()) for lenders in self.takes]
        return json.dumps([self.shared, self.seen, self.spans, takes, self.ceded, self.divided]).encode()

    @classmethod
    def unpack(cls, content: bytes) -> _Came:
        """Return what ``pack`` wrote."""
        key, seen, spans, takes, *others = json.loads(content)
        return cls(key, tuple(seen), tuple(spans), list(map(dict, takes)), *others)


def _bring_together(book: Rulebook, found: list[Lot], cache: Cache) -> _Came:
    gathering = shared.Gathering(shard.unpack(worker.result(found[0], "shard")))
    told, spans = list[shard.Hashes](), list[str]()
    for lot in found:
        ties = shard.unpack_ties(worker.result(lot, "ties"))
        gathering.add(ties)
        told.append(ties.hashes)
        spans.append(ties.spans.hex())
    everything = gathering.share(book)
    del gathering
    content = everything.pack()
    key = key_of(content)
    cache.put("shared", key, content)
    view = shared.View(everything, book.looked_at)
    seen = (key, *(view.of(own.named) for own in told[1:]))
    return _Came(key, seen, tuple(spans), *_divide(told, everything.foreign))


def _divide(
    told: list[shard.Hashes], foreign: Iterable[NTriple]
) -> tuple[list[dict[int, list[int]]], list[list[int]], list[int]]:
    """Return what each lot takes, what it cedes, and what is divided.

    ``told`` is what each has to do with, ``foreign`` what articles say of shared things.
    """
    described, kinded = [own.described for own in told], [own.kinded for own in told]
    wanted = [set(partition.table(own.wanted)) for own in told]
    wanted[0] |= {partition.name_hash(o) for _, _, o in foreign if o[0] == "<"}  # the first lot has to judge that
    divided = partition.divided(described)
    sought = {*divided, *(thing for things in wanted for thing in things)}
    owners = partition.holders(described, sought) | partition.holders(kinded, sought)
    takes: list[dict[int, set[int]]] = [defaultdict(set) for _ in told]
    for number, things in enumerate(wanted):
        for thing in things & owners.keys():
            takes[number][owners[thing]].add(thing)
    ceded: list[set[int]] = [set() for _ in told]
    for thing, numbers in divided.items():
        for number in set(numbers) - {owners[thing]}:
            takes[owners[thing]][number].add(thing)
            takes[number][owners[thing]].add(thing)
            ceded[number].add(thing)
    sorted_takes = [{lender: sorted(lenders[lender]) for lender in sorted(lenders)} for lenders in takes]
    return sorted_takes, list(map(sorted, ceded)), sorted(divided)


def _ordered(found: list[Lot], came: _Came) -> list[Lot]:
    """Return the lots with what they order and cede."""
    divided = frozenset(came.divided)
    return [
        replace(
            lot,
            orders=tuple(
                Order(found[lender], tuple(things), divided.intersection(things)) for lender, things in lenders.items()
            ),
            ceded=frozenset(gone),
        )
        for lot, lenders, gone in zip(found, came.takes, came.ceded, strict=True)
    ]


def _borrow(ordered: list[Lot], mapper: Mapper) -> list[Lot]:
    """Return the lots with their loans."""
    asked = counters(ordered)
    missing = [counter for counter in asked if not counter.lot.place.has("lent", counter.key)]
    for _ in mapper(partial(worker.run, worker.lend), missing):
        pass
    said = {counter.lot.key: worker.lent(counter) for counter in asked}
    return [
        replace(lot, borrowed=key_of(*(said[order.lot.key][thing] for order in lot.orders for thing in order.things)))
        for lot in ordered
    ]


def counters(found: Iterable[Lot]) -> list[Counter]:
    """Return all orders of the lots, by the lot that they go to."""
    orders: dict[str, list[Order]] = defaultdict(list)
    for lot in found:
        for order in lot.orders:
            orders[order.lot.key].append(order)
    return [Counter(asked[0].lot, tuple(asked)) for asked in orders.values()]
