"""Write one shard into the segments of all dumps."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any, Final

from publisher.dump.formats import Block, Forms, blocks, body, compress, joint, used_prefixes
from publisher.dump.void import Counts, count
from publisher.rdf.digest import format_lines
from publisher.rdf.ntriples import NTriple, iri
from publisher.workspace.config import Config

# The dumps that are written shard by shard, with their titles.
DUMPS: Final = {
    "asserted": "Asserted triples",
    "inferred": "Inferred triples",
    "all": "Everything except the shapes",
}

# The extension of what is no dump but tells of the graphs of one, as ``digest.format_lines`` does.
GRAPHS: Final = "graphs"

# More facts than a shard of articles has: so many are written at once.
_AT_ONCE: Final = 100_000
_LAST: Final = "~"  # behind all subjects, which begin with < or _

Graphs = dict[str, Iterable[NTriple]]


@dataclass(frozen=True)
class Contents:
    """What a shard adds to the dumps.

    The facts of ``asserted`` and ``inferred`` are about things that no other shard writes about. ``graphs`` are the
    asserted ones by graph, as the files have them; ``more`` are graphs that only the dump of everything has.
    """

    asserted: Sequence[NTriple]
    inferred: Sequence[NTriple]
    graphs: Graphs
    more: Graphs


@dataclass(frozen=True)
class Segment:
    """The part of one dump that one shard makes up: its size, the prefixes in use, and a body for each extension.

    That of everything has one more, ``GRAPHS``, where there are N-Quads.
    """

    counts: Counts
    prefixes: frozenset[str]
    bodies: dict[str, bytes]


def write_segments(contents: Contents, config: Config, forms: Forms) -> dict[str, Segment]:
    """Return the segments of a shard, by the names of the dumps."""
    written = [_write(part, config, forms) for part in _parts(contents)]
    return {name: _together([part[name] for part in written]) for name in DUMPS}


def _parts(contents: Contents) -> Iterator[Contents]:
    """Yield contents whose facts are sorted and each there once; very many in parts, each with its subjects whole."""
    asserted, inferred = sorted(set(contents.asserted)), sorted(set(contents.inferred))
    if len(asserted) + len(inferred) <= _AT_ONCE:
        yield Contents(asserted, inferred, contents.graphs, contents.more)
        return
    subjects = sorted([s for s, _, _ in chain(asserted, inferred)])
    starts = dict.fromkeys(("", *subjects[_AT_ONCE::_AT_ONCE], _LAST))
    graphs, more = ({name: sorted(facts) for name, facts in g.items()} for g in (contents.graphs, contents.more))
    for start, end in pairwise(starts):
        some, others = (_each_between(held, start, end) for held in (graphs, more))
        yield Contents(_between(asserted, start, end), _between(inferred, start, end), some, others)


def _each_between(graphs: dict[str, list[NTriple]], start: str, end: str) -> Graphs:
    return {name: _between(facts, start, end) for name, facts in graphs.items()}


def _between(facts: list[NTriple], start: str, end: str) -> list[NTriple]:
    return facts[bisect_left(facts, start, key=itemgetter(0)) : bisect_left(facts, end, key=itemgetter(0))]


def _together(parts: Sequence[Segment]) -> Segment:
    """Return one segment, of the parts that follow each other in it."""
    if len(parts) == 1:
        return parts[0]
    counts = [part.counts for part in parts]
    bodies = {ext: joint(ext).join([part.bodies[ext] for part in parts if part.bodies[ext]]) for ext in parts[0].bodies}
    return Segment(sum(counts[1:], counts[0]), frozenset[str]().union(*(part.prefixes for part in parts)), bodies)


def _write(contents: Contents, config: Config, forms: Forms) -> dict[str, Segment]:
    asserted, inferred = contents.asserted, contents.inferred
    graphs = blocks(contents.graphs, forms)
    followed = blocks({config.graph("inferred"): inferred}, forms)
    more = blocks(contents.more, forms)
    added = [fact for block in more for fact in block.facts]
    own = _segment(asserted, graphs, config, forms)
    new = _segment(inferred, followed, config, forms)
    facts = dict.fromkeys(sorted([*asserted, *inferred, *added]))  # sorting merges sorted runs
    used = own.prefixes | new.prefixes | _used(added, more, config)
    together = _joined((*graphs, *followed, *more), forms)
    every = _segment(tuple(facts), together, config, forms, used)
    if "nq" in config.formats:
        every.bodies[GRAPHS] = b"".join(format_lines({b.name: b.digest for b in together if b.facts}))
    return {"asserted": own, "inferred": new, "all": every}


def _used(facts: Sequence[NTriple], graphs: Iterable[Block], config: Config) -> frozenset[str]:
    return used_prefixes(config.prefixes, facts, (block.name for block in graphs if block.facts))


def _joined(graphs: Iterable[Block], forms: Forms) -> list[Block]:
    """Return the graphs, those of one name as one, sorted by their names."""
    by_name: dict[str, list[Block]] = defaultdict(list)
    for block in graphs:
        by_name[block.name].append(block)
    several = {
        name: [fact for block in held for fact in block.facts] for name, held in by_name.items() if len(held) > 1
    }
    alone = [held[0] for held in by_name.values() if len(held) == 1]
    return sorted((*alone, *blocks(several, forms)), key=lambda block: iri(block.name))


def unite(*parts: Graphs) -> Graphs:
    """Return all graphs; one that several parts have holds the facts of all of them."""
    union: dict[str, tuple[NTriple, ...]] = {}
    for part in parts:
        for name, facts in part.items():
            union[name] = (*union.get(name, ()), *facts)
    return dict(union)


def _segment(
    facts: Sequence[NTriple],
    graphs: Sequence[Block],
    config: Config,
    forms: Forms,
    used: frozenset[str] | None = None,
) -> Segment:
    bodies = {}
    for extension in config.formats:
        plain = body(extension, facts, graphs, forms)
        if config.is_plain_written:
            bodies[extension] = plain
        bodies[f"{extension}.gz"] = compress(plain) if plain else b""
    prefixes = _used(facts, graphs, config) if used is None else used
    return Segment(count(facts, config.things), prefixes, bodies)


def pack(segments: dict[str, Segment]) -> bytes:
    """Return the bodies of segments as bytes."""
    index = [(name, ext, len(body)) for name, segment in segments.items() for ext, body in segment.bodies.items()]
    head = json.dumps(index).encode()
    bodies = (body for segment in segments.values() for body in segment.bodies.values())
    return b"".join([len(head).to_bytes(8), head, *bodies])


def bodies_of(content: bytes) -> Iterator[tuple[str, str, memoryview]]:
    """Yield what ``pack`` wrote: the dump, the extension and the body of each."""
    view = memoryview(content)
    start = 8 + int.from_bytes(view[:8])
    for name, extension, length in json.loads(bytes(view[8:start])):
        yield name, extension, view[start : start + length]
        start += length


def _counts(kept: dict[str, Any]) -> Counts:
    return Counts(**{**kept, "classes": Counter(kept["classes"]), "properties": Counter(kept["properties"])})


@dataclass(frozen=True)
class Summary:
    """What must be known of a segment before it is copied: its counts and the prefixes in use."""

    counts: Counts
    prefixes: frozenset[str]


def summarise(segments: dict[str, Segment]) -> dict[str, Any]:
    """Return the summaries of segments as values that JSON can hold."""
    return {name: [vars(s.counts), sorted(s.prefixes)] for name, s in segments.items()}


def read_summary(kept: dict[str, Any]) -> dict[str, Summary]:
    """Return what ``summarise`` wrote."""
    return {name: Summary(_counts(counts), frozenset(prefixes)) for name, (counts, prefixes) in kept.items()}
