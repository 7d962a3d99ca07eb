"""Hold what all shards share: the shared files, and what any article adds to the things in them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from publisher.cache import key_of
from publisher.facts import Fact, read_lines, write_lines
from publisher.infer import saturate
from publisher.parts import name_hash, table
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


class View:
    """What of the shared facts may matter to a shard.

    That is who is linked to whom, what the queries among the shapes look at, and whatever is said of the things that
    the shard itself names. The label of another thing is none of it.
    """

    def __init__(self, everything: Shared, predicates: frozenset[str]) -> None:
        links: list[Fact] = []
        self._values: dict[int, list[Fact]] = defaultdict(list)
        for fact in (*everything.asserted, *everything.foreign, *everything.inferred):
            if fact[2][0] == '"' and fact[1] not in predicates:
                self._values[name_hash(fact[0])].append(fact)
            else:
                links.append(fact)
        self._links = key_of(write_lines(sorted(links)))
        self._digests: dict[int, str] = {}

    def of(self, named: bytes) -> str:
        """Return the digest of what may matter to a shard that names some of the shared things, given by hashes."""
        return key_of(self._links, *(self._digest_of(thing) for thing in table(named)))

    def _digest_of(self, thing: int) -> str:
        if thing not in self._digests:
            self._digests[thing] = key_of(write_lines(sorted(self._values.get(thing, ()))))
        return self._digests[thing]
