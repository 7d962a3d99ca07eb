"""Serialise a part as one segment of each dump, so that the dumps are concatenations of segments."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import itemgetter
from typing import Final

from publisher.dump.formats import (
    SerializedGraph,
    SerializedUnion,
    Serializers,
    compress,
    separator,
    serialize_graphs,
)
from publisher.dump.void import Counts, count
from publisher.rdf.digest import digest_triples, format_lines
from publisher.rdf.ntriples import NTriple, iri, to_ntriples
from publisher.workspace.config import Config
from publisher.workspace.sources import Source

# The dumps that are written part by part, with their titles.
DUMPS: Final = {
    "asserted": "Asserted triples",
    "inferred": "Inferred triples",
    "all": "Everything except the shapes",
}

# The extension of the body that holds the lines of ``graphs.tsv``, as ``digest.format_lines`` returns them.
GRAPHS: Final = "graphs"

# How many triples are serialised together; more than a part of articles has.
_TRIPLES_AT_ONCE: Final = 100_000
_LAST: Final = "~"  # sorts after all subjects, which begin with < or _

NamedGraphs = dict[str, Iterable[NTriple]]


@dataclass(frozen=True)
class PartContents:
    """The triples that a part adds to the dumps.

    No other part has triples with the subjects of ``asserted`` and ``inferred``. ``graphs`` are the asserted triples
    by source file; ``more`` are graphs that only the dump of everything has.
    """

    asserted: Sequence[NTriple]
    inferred: Sequence[NTriple]
    graphs: NamedGraphs
    more: NamedGraphs


@dataclass(frozen=True)
class Segment:
    """What one part adds to one dump: its counts, the prefixes in use, and a body for each extension.

    If N-Quads are written, the segment of the dump ``all`` has a body with the extension ``GRAPHS``, too.
    """

    counts: Counts
    prefixes: frozenset[str]
    bodies: dict[str, bytes]


def write_segments(contents: PartContents, config: Config, serializers: Serializers) -> dict[str, Segment]:
    """Return the segments of a part by the names of the dumps."""
    parts = [_write(part, config, serializers) for part in _batches(contents)]
    return {name: _concatenate([part[name] for part in parts]) for name in DUMPS}


def _batches(contents: PartContents) -> Iterator[PartContents]:
    """Yield the contents with triples sorted and each once; very many in parts, no subject in two of them."""
    asserted, inferred = sorted(set(contents.asserted)), sorted(set(contents.inferred))
    if len(asserted) + len(inferred) <= _TRIPLES_AT_ONCE:
        yield PartContents(asserted, inferred, contents.graphs, contents.more)
        return
    subjects = sorted([s for s, _, _ in chain(asserted, inferred)])
    starts = dict.fromkeys(("", *subjects[_TRIPLES_AT_ONCE::_TRIPLES_AT_ONCE], _LAST))
    graphs, more = ({name: sorted(triples) for name, triples in g.items()} for g in (contents.graphs, contents.more))
    for start, end in pairwise(starts):
        yield PartContents(
            _between(asserted, start, end),
            _between(inferred, start, end),
            {name: _between(triples, start, end) for name, triples in graphs.items()},
            {name: _between(triples, start, end) for name, triples in more.items()},
        )


def _between(triples: list[NTriple], start: str, end: str) -> list[NTriple]:
    """Return the triples with subjects from ``start`` on and before ``end``."""
    return triples[bisect_left(triples, start, key=itemgetter(0)) : bisect_left(triples, end, key=itemgetter(0))]


def _concatenate(parts: Sequence[Segment]) -> Segment:
    """Return the segment that consists of the given ones."""
    if len(parts) == 1:
        return parts[0]
    counts = [part.counts for part in parts]
    bodies = {
        ext: separator(ext).join([part.bodies[ext] for part in parts if part.bodies[ext]]) for ext in parts[0].bodies
    }
    return Segment(sum(counts[1:], counts[0]), frozenset[str]().union(*(part.prefixes for part in parts)), bodies)


def _write(contents: PartContents, config: Config, serializers: Serializers) -> dict[str, Segment]:
    asserted, inferred, prefixes = contents.asserted, contents.inferred, serializers.prefixes
    asserted_graphs = serialize_graphs(contents.graphs, prefixes)
    inferred_graphs = serialize_graphs({config.graph("inferred"): inferred}, prefixes)
    more_graphs = serialize_graphs(contents.more, prefixes)
    more = [triple for graph in more_graphs for triple in graph.triples]
    triples = tuple(dict.fromkeys(sorted([*asserted, *inferred, *more])))  # sorting merges sorted runs
    graphs = _merge([*asserted_graphs, *inferred_graphs, *more_graphs], prefixes)
    segments = {
        "asserted": _segment(SerializedUnion(asserted, asserted_graphs, serializers), config),
        "inferred": _segment(SerializedUnion(inferred, inferred_graphs, serializers), config),
        "all": _segment(SerializedUnion(triples, graphs, serializers), config),
    }
    if "nq" in config.formats:
        lines = {g.name: (f"{s} {p} {o}".encode() for s, p, o in g.triples) for g in graphs if g.triples}
        digests = {name: digest_triples(triples) for name, triples in lines.items()}
        segments["all"].bodies[GRAPHS] = b"".join(format_lines(digests))
    return segments


def _merge(graphs: Iterable[SerializedGraph], prefixes: dict[str, str]) -> list[SerializedGraph]:
    """Return the graphs sorted by name, those of the same name as one."""
    by_name: dict[str, list[SerializedGraph]] = defaultdict(list)
    for graph in graphs:
        by_name[graph.name].append(graph)
    single = [same[0] for same in by_name.values() if len(same) == 1]
    several = {name: chain(*(graph.triples for graph in same)) for name, same in by_name.items() if len(same) > 1}
    return sorted((*single, *serialize_graphs(several, prefixes)), key=lambda graph: iri(graph.name))


def _segment(union: SerializedUnion, config: Config) -> Segment:
    bodies = {}
    for extension in config.formats:
        body = union.body(extension)
        if config.is_plain_written:
            bodies[extension] = body
        bodies[f"{extension}.gz"] = compress(body)
    return Segment(count(union.triples, config.things), union.used_prefixes(), bodies)


def unite(*parts: NamedGraphs) -> NamedGraphs:
    """Return the union of named graphs."""
    union: dict[str, tuple[NTriple, ...]] = {}
    for part in parts:
        for name, triples in part.items():
            union[name] = (*union.get(name, ()), *triples)
    return dict(union)


def graphs_of(sources: Iterable[Source]) -> NamedGraphs:
    """Return the triples of source files by graph."""
    return unite(*(NamedGraphs({source.graph: to_ntriples(source.triples)}) for source in sources))
