"""Hold what all shards share: the shared files, and what any article adds to the things in them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

from publisher.build.cache import key_of
from publisher.build.context import Rulebook
from publisher.build.partition import bundle, name_hash, table, unbundle
from publisher.build.shard import Shard, Ties
from publisher.infer.materialization import saturate
from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples, intern_terms

_NONE: Final = NTriplesBuffer()


@dataclass(frozen=True)
class Shared:
    """The facts about shared things, whoever states them; ``foreign`` are the asserted ones that stand in articles.

    Those that are inferred grow with the articles.
    """

    asserted: tuple[NTriple, ...] = ()
    foreign: tuple[NTriple, ...] = ()
    inferred: NTriplesBuffer = _NONE

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The shared things."""
        return frozenset(s for s, _, _ in self.asserted)

    def pack(self) -> bytes:
        """Return it as bytes."""
        return bundle(
            [
                lines.content
                for lines in (NTriplesBuffer.of(self.asserted), NTriplesBuffer.of(self.foreign), self.inferred)
            ]
        )

    def __iter__(self) -> Iterator[NTriple]:
        """Yield all facts."""
        return chain(self.asserted, self.foreign, self.inferred)


def unpack(content: bytes) -> Shared:
    """Return what ``pack`` wrote."""
    asserted, foreign, inferred = unbundle(content)
    return Shared(tuple(NTriplesBuffer(asserted)), tuple(NTriplesBuffer(foreign)), NTriplesBuffer(inferred))


class Gathering:
    """What shards tell of shared things, brought together one by one."""

    def __init__(self, own: Shard) -> None:
        self._known: dict[str, str] = {}
        self._asserted = dict.fromkeys(intern_terms(own.asserted, self._known))
        self._foreign, self._inferred = set[NTriple](), set(intern_terms(own.inferred, self._known))

    def add(self, ties: Ties) -> None:
        """Take in what ties another shard to the shared things."""
        self._foreign.update(intern_terms(ties.asserted, self._known))
        self._inferred.update(intern_terms(ties.inferred, self._known))

    def share(self, book: Rulebook) -> Shared:
        """Return what all shards share, and what follows from it.

        Each shard has drawn what follows from single facts, so only those that inference brings together are looked at.
        """
        asserted, foreign, inferred = self._asserted.keys(), self._foreign - self._asserted.keys(), self._inferred
        things = {s for s, _, _ in asserted}
        joined = {fact for fact in chain(asserted, foreign, inferred) if book.is_inferred_from(fact)}
        followed = saturate(joined, book.schema, book.workspace.rules, rule_predicates=book.inferring)
        inferred.update(fact for fact in followed if fact[0] in things)
        inferred.difference_update(asserted, foreign)
        return Shared(tuple(sorted(asserted)), tuple(sorted(foreign)), NTriplesBuffer.of(sorted(inferred)))


class View:
    """What of the shared facts may matter to a shard.

    That is who is linked to whom, what the queries among the shapes look at, and whatever is said of the things that
    the shard itself names. The label of another thing is none of it.
    """

    def __init__(self, everything: Shared, predicates: frozenset[str]) -> None:
        links = hashlib.sha256()
        self._values: dict[int, list[NTriple]] = defaultdict(list)
        for fact in everything:
            if fact[2][0] == '"' and fact[1] not in predicates:
                self._values[name_hash(fact[0])].append(fact)
            else:
                links.update(format_ntriples([fact]).encode())
        self._links = links.hexdigest()
        self._digests: dict[int, str] = {}

    def of(self, named: bytes) -> str:
        """Return the digest of what may matter to a shard that names some of the shared things, given by hashes."""
        return key_of(self._links, *(self._digest_of(thing) for thing in table(named)))

    def _digest_of(self, thing: int) -> str:
        if thing not in self._digests:
            self._digests[thing] = key_of(format_ntriples(sorted(self._values.get(thing, ()))))
        return self._digests[thing]
