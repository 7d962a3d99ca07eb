"""Read and infer one shard: some articles, seen together with what all articles share.

The result is a value that travels between processes and machines as bytes, so that the same work can run anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple

from publisher.build.context import Rulebook
from publisher.build.partition import bundle, hashes, name_hash, unbundle
from publisher.infer.materialization import Background, materialize_ntriples
from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples, iri, parse_ntriples
from publisher.rdf.vocab import GP, GPT, RDF
from publisher.workspace.sources import read_ntriples

_TYPE: Final = iri(RDF.type.value)
_REIFICATION: Final = tuple(iri(RDF[name].value) for name in ("subject", "predicate", "object"))
_VERDICT: Final = (iri(GP.hasVerdict.value), iri(GPT.accepted.value))


class Loan(NamedTuple):
    """What a shard says of a thing: asserted, inferred, and of what it names there."""

    asserted: tuple[NTriple, ...]
    inferred: tuple[NTriple, ...]
    near: tuple[NTriple, ...]


Loans = dict[str, Loan]


@dataclass(frozen=True)
class Shard:
    """What some source files state, a graph for each, and what follows from it."""

    paths: tuple[str, ...]
    graphs: tuple[tuple[str, tuple[NTriple, ...]], ...]
    inferred: tuple[NTriple, ...]

    @cached_property
    def asserted(self) -> list[NTriple]:
        """Everything that the files state, each fact once, in their order."""
        return list(dict.fromkeys(chain.from_iterable(facts for _, facts in self.graphs)))

    @cached_property
    def subjects(self) -> frozenset[str]:
        """What the files describe."""
        return frozenset([s for s, _, _ in self.asserted])

    def by_path(self) -> Iterator[tuple[str, tuple[NTriple, ...]]]:
        """Yield the path and the facts of each file."""
        return ((path, facts) for path, (_, facts) in zip(self.paths, self.graphs, strict=False))

    def without(self, subjects: Container[str]) -> Shard:
        """Return the shard less what it says of some things."""
        graphs = tuple((name, tuple(f for f in facts if f[0] not in subjects)) for name, facts in self.graphs)
        return Shard(self.paths, graphs, tuple(f for f in self.inferred if f[0] not in subjects))

    def lend(self, wanted: frozenset[int], divided: frozenset[int]) -> Loans:
        """Return what the shard says of some things, given by their hashes.

        Those that are ``divided`` among several shards come with what they name, as others must judge them too.
        """
        described, loans = self._described, {}
        for value in sorted(wanted & self._by_hash.keys()):
            thing = self._by_hash[value]
            asserted, inferred = described[thing]
            named = {o for _, _, o in asserted if o in described and o != thing} if value in divided else set()
            near = (fact for name in sorted(named) for facts in described[name] for fact in facts)
            loans[thing] = Loan(tuple(asserted), tuple(inferred), tuple(near))
        return loans

    @cached_property
    def _by_hash(self) -> dict[int, str]:
        return {name_hash(thing): thing for thing in self.subjects}

    @cached_property
    def _described(self) -> dict[str, tuple[list[NTriple], list[NTriple]]]:
        """What is asserted and what is inferred of each thing."""
        asserted: dict[str, list[NTriple]] = defaultdict(list)
        for fact in self.asserted:
            asserted[fact[0]].append(fact)
        inferred: dict[str, list[NTriple]] = defaultdict(list)
        for fact in self.inferred:
            inferred[fact[0]].append(fact)
        return {thing: (facts, inferred.get(thing, [])) for thing, facts in asserted.items()}

    def pack(self) -> bytes:
        """Return the shard as bytes."""
        index = [[path, graph, len(facts)] for path, (graph, facts) in zip(self.paths, self.graphs, strict=True)]
        every = [fact for _, facts in self.graphs for fact in facts]
        return f"{json.dumps(index)}\n{format_ntriples(every)}{format_ntriples(self.inferred)}".encode()


def unpack(content: bytes) -> Shard:
    """Return the shard that ``pack`` wrote."""
    index, _, lines = content.decode().partition("\n")
    facts, start, paths, graphs = parse_ntriples(lines), 0, [], []
    for path, graph, length in json.loads(index):
        paths.append(path)
        graphs.append((graph, tuple(facts[start : start + length])))
        start += length
    return Shard(tuple(paths), tuple(graphs), tuple(facts[start:]))


def read_shard(book: Rulebook, paths: Iterable[str], background: Background | None = None) -> Shard:
    """Return the shard of some source files; their paths are from the workspace.

    Raises ``SourceError`` for the first file that cannot be read.
    """
    paths = tuple(paths)
    found = (read_ntriples(book.config, book.config.root / path) for path in paths)
    graphs = tuple((graph, tuple(facts)) for graph, facts in found)
    asserted = [fact for _, facts in graphs for fact in facts]
    inferred = materialize_ntriples(asserted, book.schema, book.workspace.rules, background, book.inferring)
    return Shard(paths, graphs, tuple(inferred))


# --- what a shard has to do with others --------------------------------------------------------------


@dataclass(frozen=True)
class Hashes:
    """Some things that a shard has to do with, as ``hashes``.

    ``wanted`` are things that it names and neither its files nor the shared ones describe, ``named`` are the shared
    things that it names, ``described`` is what its own files describe, ``kinded`` what of that they give a kind.
    """

    wanted: bytes
    named: bytes
    described: bytes
    kinded: bytes


@dataclass(frozen=True)
class Ties:
    """What the other shards must know of one.

    ``asserted`` and ``inferred`` are its facts about what all share. ``spans`` is the digest of what may be at fault
    together with what others say.
    """

    asserted: NTriplesBuffer
    inferred: NTriplesBuffer
    hashes: Hashes
    spans: bytes

    def pack(self) -> bytes:
        """Return the ties as bytes."""
        told = self.hashes
        hashed = (told.wanted, told.named, told.described, told.kinded)
        return bundle((self.asserted.content, self.inferred.content, *hashed, self.spans))


def unpack_ties(content: bytes) -> Ties:
    """Return the ties that ``pack`` wrote."""
    asserted, inferred, *hashed, spans = unbundle(content)
    return Ties(NTriplesBuffer(asserted), NTriplesBuffer(inferred), Hashes(*hashed), spans)


def pack_facts(found: dict[NTriple, tuple[NTriple, ...]]) -> bytes:
    """Return facts by a fact that they are about, as bytes."""
    return json.dumps(list(found.items())).encode()


def unpack_facts(content: bytes) -> dict[NTriple, tuple[NTriple, ...]]:
    """Return what ``pack_facts`` wrote."""
    return {tuple(fact): _tuples(found) for fact, found in json.loads(content)}


def pack_loans(loans: Loans) -> bytes:
    """Return loans as bytes."""
    return json.dumps(loans).encode()


def unpack_loans(content: bytes) -> Loans:
    """Return the loans that ``pack_loans`` wrote."""
    kept = json.loads(content)
    return {thing: Loan(*map(_tuples, groups)) for thing, groups in kept.items()}


def _tuples(facts: list[list[str]]) -> tuple[NTriple, ...]:
    return tuple((s, p, o) for s, p, o in facts)


def ties(shard: Shard, shared: frozenset[str], things: str, spanning: bytes) -> Ties:
    """Return what ties a shard to the others.

    ``shared`` are the shared things, ``things`` their namespace, ``spanning`` is what spans articles.
    """
    own, start = shard.subjects - shared, f"<{things}"
    wanted = {o for _, _, o in shard.asserted if o not in own and o.startswith(start) and o not in shared}
    hashed = Hashes(
        wanted=hashes(wanted),
        named=hashes({o for _, _, o in shard.asserted if o in shared}),
        described=hashes(own),
        kinded=hashes({s for s, p, _ in shard.asserted if p == _TYPE and s in own}),
    )
    asserted, inferred = (
        NTriplesBuffer.of(f for f in facts if f[0] in shared) for facts in (shard.asserted, shard.inferred)
    )
    return Ties(asserted, inferred, hashed, hashlib.sha256(spanning).digest())


def witnesses(shard: Shard, shared: frozenset[str]) -> dict[NTriple, tuple[NTriple, ...]]:
    """Return the accepted claims of a shard that say what it says of shared things, with what refers to them."""
    everything = [*shard.asserted, *shard.inferred]
    about = frozenset([fact for fact in everything if fact[0] in shared])
    said = [fact for fact in everything if fact[0] not in shared] if about else []
    claims = _accepted_claims(said, about)
    named = {claim for several in claims.values() for claim in several}
    users: dict[str, list[str]] = defaultdict(list)
    for s, _, o in said if named else ():
        if o in named:
            users[o].append(s)
    wanted = named.union(*users.values())
    descriptions: dict[str, list[NTriple]] = defaultdict(list)
    for fact in said if named else ():
        if fact[0] in wanted:
            descriptions[fact[0]].append(fact)
    found = {}
    for content, several in claims.items():
        names = dict.fromkeys(name for claim in several for name in (claim, *users.get(claim, ())))
        found[content] = tuple(fact for name in names for fact in descriptions[name])
    return found


def claimed(facts: Iterable[NTriple]) -> set[NTriple]:
    """Return what claims say, whatever the editors hold of it."""
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    for s, p, o in facts:
        if p in _REIFICATION:
            parts[s][p] = o
    said = ([values.get(p, "") for p in _REIFICATION] for values in parts.values())
    return {(s, p, o) for s, p, o in said}


def _accepted_claims(said: list[NTriple], facts: frozenset[NTriple]) -> dict[NTriple, list[str]]:
    """Return the accepted claims of each of some facts that claims say, in the order of the facts."""
    predicate, verdict = _VERDICT
    accepted = {s for s, p, o in said if o == verdict and p == predicate}
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    for s, p, o in said:
        if p in _REIFICATION and s in accepted:
            parts[s][p] = o
    claims: dict[NTriple, list[str]] = defaultdict(list)
    for name, values in parts.items():
        s, p, o = (values.get(part, "") for part in _REIFICATION)
        if (s, p, o) in facts:
            claims[s, p, o].append(name)
    return claims
