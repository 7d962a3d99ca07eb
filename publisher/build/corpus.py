"""Read, infer, validate and write all articles of a workspace, lot by lot.

A build is a map over lots, a meeting in which they learn what they share, and another map. What is in the cache already
is not done again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from typing import Final, NamedTuple

from publisher.build import partition, shard, worker
from publisher.build.cache import Cache, key_of
from publisher.build.context import Rulebook, digest_of, rulebook_at
from publisher.build.executors import Mapper, here
from publisher.build.fingerprints import Content, contents_of, entry_of
from publisher.build.meeting import Met, counters, meet
from publisher.build.task import Case, Lot, Place
from publisher.dump.segments import SegmentSummary
from publisher.progress import SILENT, Progress
from publisher.rdf.ntriples import NTriple, NTriplesBuffer, format_ntriples
from publisher.validate import spanning
from publisher.validate.engines import Engine
from publisher.validate.report import Report, merge
from publisher.workspace.config import Config
from publisher.workspace.files import relative_names
from publisher.workspace.layout import Files, find_files

# With so many articles processes are started first of all: each begins as a copy of this one, which grows.
_MANY: Final = 20_000


@dataclass(frozen=True)
class Corpus:
    """All lots of a workspace, screened and perhaps written, and what validation found in them."""

    book: Rulebook
    met: Met
    report: Report
    digests: dict[str, str]
    cases: tuple[Case, ...]
    across: str

    @property
    def lots(self) -> tuple[Lot, ...]:
        """All lots, that of the shared files first."""
        return self.met.lots

    @cached_property
    def summaries(self) -> tuple[dict[str, SegmentSummary], ...]:
        """What the segments of each lot hold."""
        return tuple(worker.read_summary(lot) for lot in self.lots)

    def keys(self) -> set[str]:
        """Return the names of the entries of the cache that a build of the same sources uses."""
        one = self.lots[0]
        names = {entry_of(one.place.root), f"schema-{one.place.book}", f"across-{self.across}"}
        names |= {f"meeting-{self.met.key}", f"shared-{one.shared}"}
        for lot in self.lots:
            names |= {f"{kind}-{lot.key}" for kind in ("shard", "witnesses", "ties", "spanning", "slips")}
            names |= {f"{kind}-{lot.written}" for kind in ("suspects", "segments", "summary")}
            names |= {f"loans-{order.key}" for order in lot.orders}
        names |= {f"lent-{counter.key}" for counter in counters(self.lots)}
        for case in self.cases:
            names |= {f"findings-{case.key}", f"called-{case.witnesses}"}
        return names


@dataclass(frozen=True)
class Means:
    """What a corpus is worked on with: a cache, something that runs jobs, an engine, the size of a shard in bytes."""

    cache: Cache
    mapper: Mapper = here
    engine: Engine = "auto"
    size: int = partition.SIZE


def is_large(config: Config, size: int = partition.SIZE) -> bool:
    """Tell whether the articles of a workspace are more than one shard."""
    return sum(path.stat().st_size for path in find_files(config).articles) > size


def read_corpus(config: Config, means: Means, progress: Progress = SILENT, *, is_written: bool = True) -> Corpus:
    """Read, infer and validate everything, and write it, if it is to be written.

    Raises ``SourceError`` for the first source file that cannot be read.
    """
    progress.step("read the sources")
    means.cache.prepare()
    files = find_files(config)
    if len(files.articles) > _MANY:
        for _ in means.mapper(bool, (True, True)):  # starts the processes
            pass
    held = contents_of(config.root, (*files.data, *files.links), means.cache)
    place = Place(config.root, means.cache.folder, digest_of(config, files))
    progress.step("close the ontology")
    book = rulebook_at(config.root, place.book, place.cache)
    progress.step("read and infer")
    found = _divide(files, book, place, held, means)
    del files  # whose paths are many
    _run(worker.read, found, "ties", means)
    progress.step("bring together what is shared")
    met = meet(book, found, means.cache, means.mapper)
    found = list(met.lots)
    progress.step("screen and write" if is_written else "screen")
    if is_written:
        _run(worker.write, found, "summary", means)
    _run(worker.screen, found, "suspects", means)
    progress.step("check what is suspect")
    across = _across(book, found, met.spans, means)
    cases = _check(found, across.paths, means)
    report = merge(*(worker.findings_of(case) for case in cases))
    digests = {name: content.digest for name, content in held.items()}
    return Corpus(book, met, report, digests, tuple(cases), across.key)


def lint_corpus(corpus: Corpus, means: Means) -> Report:
    """Return what shapes cannot see in the articles."""
    _run(worker.lint, corpus.lots[1:], "slips", means)
    return merge(*map(worker.slips_of, corpus.lots[1:]))


def _divide(files: Files, book: Rulebook, place: Place, held: dict[str, Content], means: Means) -> list[Lot]:
    """Return the lots: that of the shared files, already read, and one for each shard, or a single one for all."""
    name = relative_names(place.root)
    links = list(map(name, files.links))
    more = key_of(*(f"{path} {held[path].digest}" for path in links))

    def lot(paths: Iterable[str], seen: str = "", background: Lot | None = None) -> Lot:
        names = tuple(paths)
        content = (f"{path} {held[path].digest}" for path in names)
        return Lot(place, names, key_of(place.book, seen, *content), background)

    articles = {own: held[own].size for own in map(name, files.articles)}
    others = list(map(name, files.shared))
    if sum(articles.values()) <= means.size or not others:
        alone = lot(map(name, files.data))
        return [replace(alone, is_first=True, links=tuple(links), more=more)]
    first = replace(lot(others), is_first=True, links=tuple(links), more=more)
    own = _shard(first)
    things = (f"{thing}\n" for thing in sorted(own.subjects))
    facts = sorted(fact for fact in (*own.asserted, *own.inferred) if book.is_inferred_from(fact))
    seen = key_of("".join(things), format_ntriples(facts))
    return [first, *(lot(paths, seen, first) for paths in partition.divide(articles, means.size))]


def _run(job: Callable[[Lot], None], todo: Iterable[Lot], kind: str, means: Means) -> None:
    """Do a job for the lots whose result is not there."""
    missing = [lot for lot in todo if not lot.place.has(kind, worker.key_in(lot, kind))]
    for _ in means.mapper(partial(worker.run, job), missing):
        pass


def _check(found: list[Lot], across: list[tuple[str, ...]], means: Means) -> list[Case]:
    """Return the cases that the reference engine had to look at: suspect files, lot by lot, and ``across`` lots."""
    suspects = [worker.read_suspects(lot) for lot in found]
    cases = [Case((lot,), (paths,), means.engine) for lot, paths in zip(found, suspects, strict=True) if paths]
    if any(across):
        concerned = [(lot, paths) for lot, paths in zip(found, across, strict=True) if paths]
        cases.append(Case(tuple(lot for lot, _ in concerned), tuple(paths for _, paths in concerned), means.engine))
    if cases and len(found) > 1:
        cases = _call_witnesses(cases, found, means)
    missing = [case for case in cases if not case.place.has("findings", case.key)]
    for _ in means.mapper(partial(worker.run, worker.check), missing):
        pass
    return cases


def _call_witnesses(cases: list[Case], found: list[Lot], means: Means) -> list[Case]:
    """Return the cases with the accepted claims of others that say of shared things what claims of theirs say."""
    claims = [set[NTriple]().union(*(shard.claimed(_shard(lot).asserted) for lot in case.lots)) for case in cases]
    wanted = set[NTriple]().union(*claims)
    witnesses: dict[NTriple, tuple[NTriple, ...]] = {}
    for lot in found:
        for fact, facts in worker.witnesses_of(lot).items():
            if fact in wanted:
                witnesses[fact] = min(witnesses.get(fact, facts), facts, key=lambda held: (len(held), held))
    called = []
    for case, said in zip(cases, claims, strict=True):
        held = {fact for content in said & witnesses.keys() for fact in witnesses[content]}
        lines = format_ntriples(sorted(held)).encode()
        means.cache.put("called", key_of(lines), lines)
        called.append(replace(case, witnesses=key_of(lines)))
    return called


def _shard(lot: Lot) -> shard.Shard:
    return shard.unpack(worker.result(lot, "shard"))


class _Across(NamedTuple):
    """The files of each lot that together may break a constraint, and the key under which that is kept."""

    paths: list[tuple[str, ...]]
    key: str


def _across(book: Rulebook, found: list[Lot], spans: Iterable[str], means: Means) -> _Across:
    """Look for what breaks a constraint that spans articles; ``spans`` are the digests of what each lot has of it."""
    first, queries = found[0], book.spanning
    if len(found) == 1 or not queries.queries:
        return _Across([() for _ in found], "")
    everything = worker.shared_facts(first.place, first.shared)
    looked_at = queries.named
    background = NTriplesBuffer.of(fact for fact in chain(book.ontology, everything) if fact[1] in looked_at).content
    key = key_of(first.place.book, background, *spans)
    if (kept := means.cache.get("across", key)) is None:
        kept = json.dumps(sorted(spanning.suspects(queries, background, _extracts(found)))).encode()
        means.cache.put("across", key, kept)
    things = set(json.loads(kept))
    return _Across([_about(things, extract) for extract in _extracts(found)] if things else [() for _ in found], key)


def _about(things: set[str], extract: spanning.Extract) -> tuple[str, ...]:
    return tuple(path for path, facts in extract.items() if path and any(fact[0] in things for fact in facts))


def _extracts(found: list[Lot]) -> Iterator[spanning.Extract]:
    return (spanning.unpack(worker.result(lot, "spanning")) for lot in found)
