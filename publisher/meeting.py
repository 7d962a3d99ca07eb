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

from publisher import jobs, parts, shard, shared
from publisher.cache import Cache, key_of
from publisher.errors import OutputError
from publisher.executors import Mapper
from publisher.facts import Fact
from publisher.lots import Counter, Lot, Order


@dataclass(frozen=True)
class Met:
    """The lots with what they share and borrow, what spans articles in each, as digests, and the key of the meeting."""

    lots: tuple[Lot, ...]
    spans: tuple[str, ...]
    key: str


class _Meeting(NamedTuple):
    """The lots that meet, and the key under which is kept what comes of it."""

    key: str
    lots: tuple[Lot, ...]


def meet(found: list[Lot], cache: Cache, mapper: Mapper) -> Met:
    """Bring together what ties the lots; the first is that of the shared files. All were read."""
    digests = [key_of(jobs.result(lot, "ties")) for lot in found]
    key = key_of(found[0].key, *digests)
    if len(found) == 1:
        return Met(tuple(found), (), key)
    came = _known(cache, key)
    if came is None:
        for _ in mapper(partial(jobs.run, _bring_together), [_Meeting(key, tuple(found))]):
            pass
        came = _known(cache, key)
    if came is None:
        raise OutputError(f"{cache.folder}: what was written here is gone at once; who else works on this folder?")
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


def _known(cache: Cache, key: str) -> _Came | None:
    came = _Came.unpack(kept) if (kept := cache.get("meeting", key)) else None
    return came if came and cache.has("shared", came.shared) else None


def _bring_together(meeting: _Meeting) -> None:
    """Leave what comes of a meeting: a job, for it takes memory that the process that leads need not hold."""
    first, place = meeting.lots[0], meeting.lots[0].place
    gathering = shared.Gathering(shard.unpack(jobs.result(first, "shard")))
    told, spans = list[shard.Hashes](), list[str]()
    for lot in meeting.lots:
        ties = shard.unpack_ties(jobs.result(lot, "ties"))
        gathering.add(ties)
        told.append(ties.hashes)
        spans.append(ties.spans.hex())
    everything = gathering.share(place.rulebook)
    del gathering
    content = everything.pack()
    key = key_of(content)
    place.keep("shared", key, content)
    view = shared.View(everything, place.rulebook.looked_at)
    seen = (key, *(view.of(own.named) for own in told[1:]))
    came = _Came(key, seen, tuple(spans), *_divide(told, everything.foreign))
    place.keep("meeting", meeting.key, came.pack())


def _divide(
    told: list[shard.Hashes], foreign: Iterable[Fact]
) -> tuple[list[dict[int, list[int]]], list[list[int]], list[int]]:
    """Return what each lot takes, what it cedes, and what is divided.

    ``told`` is what each has to do with, ``foreign`` what articles say of shared things.
    """
    described, kinded = [own.described for own in told], [own.kinded for own in told]
    wanted = [set(parts.table(own.wanted)) for own in told]
    wanted[0] |= {parts.name_hash(o) for _, _, o in foreign if o[0] == "<"}  # the first lot has to judge that
    divided = parts.divided(described)
    sought = {*divided, *(thing for things in wanted for thing in things)}
    owners = parts.holders(described, sought) | parts.holders(kinded, sought)
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
    for _ in mapper(partial(jobs.run, jobs.lend), missing):
        pass
    said = {counter.lot.key: jobs.lent(counter) for counter in asked}
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
