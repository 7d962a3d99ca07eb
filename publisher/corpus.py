"""Read, infer, validate and write all articles of a workspace, lot by lot.

A build is a map over lots, a meeting in which they learn what they share, and another map. What is in the cache already
is not done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from publisher import lots, parts, shard, shared, spanning
from publisher.cache import Cache, key_of
from publisher.config import Config
from publisher.executors import Mapper, here
from publisher.facts import write_lines
from publisher.lots import Lot, Place
from publisher.progress import SILENT, Progress
from publisher.report import Report, merge
from publisher.rulebook import Rulebook, digest_of, read_rulebook
from publisher.segments import Summary
from publisher.shacl import Engine
from publisher.sources import Files, find_files

# How often ``read_corpus`` calls ``progress.step``.
CORPUS_STEPS: Final = 6


@dataclass(frozen=True)
class Corpus:
    """All lots of a workspace, written but not joined, and what validation found in them."""

    book: Rulebook
    lots: tuple[Lot, ...]
    summaries: tuple[dict[str, Summary], ...]
    report: Report
    digests: dict[str, str]

    def keys(self) -> set[str]:
        """Return the names of the entries of the cache that a build of the same sources uses."""
        one = self.lots[0]
        names = {f"schema-{one.place.book}", f"shared-{one.shared}"}
        for lot in self.lots:
            names |= {f"{kind}-{lot.key}" for kind in ("shard", "ties", "spanning")}
            names |= {f"{kind}-{lot.written}" for kind in ("segments", "summary")}
            names.add(f"findings-{lot.checked}")
        return names


@dataclass(frozen=True)
class Means:
    """What a corpus is worked on with: a cache, something that runs jobs, an engine, and the size of a shard."""

    cache: Cache
    mapper: Mapper = here
    engine: Engine = "auto"
    size: int = parts.SIZE


def read_corpus(config: Config, means: Means, progress: Progress = SILENT) -> Corpus:
    """Read, infer, validate and write everything.

    Raises ``SourceError`` for the first source file that cannot be read.
    """
    progress.step("read the sources")
    means.cache.prepare()
    files = find_files(config)
    digests = _digests(config.root, (*files.data, *files.links))
    place = Place(config.root, means.cache.folder, digest_of(config, files))
    progress.step("close the ontology")
    book = read_rulebook(config, files, place.book, means.cache)
    lots_ = _read(_divide(files, place, digests, means), digests, means, progress)
    lots_ = _meet(book, lots_, means, progress)
    progress.step("screen and write")
    _run(lots.write, lots_, "summary", means)
    found = [lots.read_summary(lot) for lot in lots_]
    progress.step("check what is suspect")
    report = _check(lots_, [suspects for suspects, _ in found], means)
    return Corpus(book, tuple(lots_), tuple(summary for _, summary in found), report, digests)


def _digests(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file by its path from the workspace."""
    with ThreadPoolExecutor() as pool:  # the digest of a large buffer runs beside Python
        return dict(pool.map(lambda path: (path.relative_to(root).as_posix(), _digest(path)), paths, chunksize=64))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _divide(files: Files, place: Place, digests: dict[str, str], means: Means) -> list[Lot]:
    root, links = place.root, [path.relative_to(place.root).as_posix() for path in files.links]
    more = key_of(*(f"{path} {digests[path]}" for path in links))

    def lot(paths: Iterable[str], background: Lot | None = None) -> Lot:
        return _lot(Lot(place, tuple(paths), "", background, engine=means.engine), digests)

    articles = [path.relative_to(root).as_posix() for path in files.articles]
    others = [path.relative_to(root).as_posix() for path in files.shared]
    if len(articles) <= means.size or not others:
        alone = lot(path.relative_to(root).as_posix() for path in files.data)
        return [replace(alone, is_first=True, links=tuple(links), more=more)]
    first = replace(lot(others), is_first=True, links=tuple(links), more=more)
    return [first, *(lot(paths, first) for paths in parts.divide(articles, means.size))]


def _lot(lot: Lot, digests: dict[str, str]) -> Lot:
    content = (f"{path} {digests[path]}" for path in lot.paths)
    return replace(lot, key=key_of(lot.place.book, lot.background.key if lot.background else "", *content))


def _read(found: list[Lot], digests: dict[str, str], means: Means, progress: Progress) -> list[Lot]:
    """Read all lots, the shared files first; join lots that speak of each other's things."""
    progress.step("read and infer")
    first, *rest = found
    _run(lots.read, [first], "ties", means)
    _run(lots.read, rest, "ties", means)
    ties = [shard.unpack_ties(lots.result(lot, "ties")) for lot in rest]
    leaders = parts.join([lot.paths for lot in rest], [t.described for t in ties], [t.wanted for t in ties])
    joined = [
        _lot(replace(rest[leader], paths=_paths(rest, leaders, leader)), digests) for leader in sorted(set(leaders))
    ]
    _run(lots.read, joined, "ties", means)
    return [first, *joined]


def _paths(found: list[Lot], leaders: list[int], leader: int) -> tuple[str, ...]:
    together = (lot.paths for lot, other in zip(found, leaders, strict=True) if other == leader)
    return tuple(sorted(path for paths in together for path in paths))


def _run(job: Callable[[Lot], None], todo: Iterable[Lot], kind: str, means: Means) -> None:
    """Do a job for the lots whose result is not there."""
    missing = [lot for lot in todo if lot.place.find(kind, lots.key_in(lot, kind)) is None]
    for _ in means.mapper(job, missing):
        pass


def _meet(book: Rulebook, found: list[Lot], means: Means, progress: Progress) -> list[Lot]:
    """Return the lots with the key of what they share."""
    progress.step("bring together what is shared")
    first, *rest = found
    if not rest:
        return found
    own = shard.unpack(lots.result(first, "shard"))
    ties = (shard.unpack_ties(lots.result(lot, "ties")) for lot in rest)
    content = shared.share(book, own, ties).pack()
    key = key_of(content)
    means.cache.put("shared", key, content)
    return [replace(lot, shared=key) for lot in found]


def _check(found: list[Lot], suspects: list[tuple[str, ...]], means: Means) -> Report:
    """Return what the reference engine finds in the suspect files, and across articles."""
    todo = [replace(lot, paths=paths) for lot, paths in zip(found, suspects, strict=True) if paths]
    if len(found) > 1 and (spread := _spread(found)):
        todo.append(replace(found[0], paths=spread, background=found[0]))
    _run(lots.check, todo, "findings", means)
    return merge(*(lots.read_report(lot) for lot in todo))


def _spread(found: list[Lot]) -> tuple[str, ...]:
    """Return the paths of the files that together may break a constraint that spans articles."""
    first, book = found[0], found[0].place.rulebook
    if not book.spanning.queries:
        return ()
    everything = lots.shared_facts(first.place, first.shared)
    facts = (*book.ontology, *everything.asserted, *everything.foreign, *everything.inferred)
    things = spanning.suspects(book.spanning, write_lines(facts).encode(), _extracts(found))
    if not things:
        return ()
    return tuple(
        sorted(
            path
            for extract in _extracts(found)
            for path, facts in extract.items()
            if path and any(fact[0] in things for fact in facts)
        )
    )


def _extracts(found: list[Lot]) -> Iterator[spanning.Extract]:
    return (spanning.unpack(lots.result(lot, "spanning")) for lot in found)
