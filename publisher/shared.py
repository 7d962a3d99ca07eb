"""Hold what all shards share: the shared files, and what any article adds to the things in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from publisher.facts import Fact, read_lines, write_lines
from publisher.infer import saturate
from publisher.rulebook import Rulebook
from publisher.shard import Shard, Ties


@dataclass(frozen=True)
class Shared:
    """The facts about shared things, whoever states them; ``foreign`` are the asserted ones that stand in articles."""

    asserted: tuple[Fact, ...]
    foreign: tuple[Fact, ...]
    inferred: tuple[Fact, ...]

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The shared things."""
        return frozenset(s for s, _, _ in self.asserted)

    def pack(self) -> bytes:
        """Return it as bytes."""
        groups = (self.asserted, self.foreign, self.inferred)
        return "\n".join([json.dumps([len(g) for g in groups]), *(write_lines(g) for g in groups)]).encode()


def unpack(content: bytes) -> Shared:
    """Return what ``pack`` wrote."""
    head, _, lines = content.decode().partition("\n")
    facts = iter(read_lines(lines))
    return Shared(*(tuple(islice(facts, length)) for length in json.loads(head)))


def share(book: Rulebook, own: Shard, others: Iterable[Ties]) -> Shared:
    """Return what all shards share, from the shard of the shared files and what ties the others to it."""
    asserted, foreign, inferred = dict.fromkeys(own.asserted), set[Fact](), set(own.inferred)
    for ties in others:
        foreign.update(ties.asserted)
        inferred.update(ties.inferred)
    everything = set(asserted) | foreign | inferred
    things = own.subjects
    following = {f for f in saturate(everything, book.schema, book.workspace.rules) if f[0] in things}
    return Shared(
        asserted=tuple(sorted(asserted)),
        foreign=tuple(sorted(foreign - set(asserted))),
        inferred=tuple(sorted(following - set(asserted) - foreign)),
    )
