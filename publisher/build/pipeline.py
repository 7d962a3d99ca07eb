"""Publish a workspace: read, infer, validate and write it, join and describe the dumps, put them in their place.

The only module that knows the order. The result appears in one step, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode

from publisher.build.cache import FOLDER, Cache
from publisher.build.context import BuildContext, digest_of, read_context
from publisher.build.corpus import Corpus, Means
from publisher.build.executors import Mapper, collection_at_end, here
from publisher.build.partition import SIZE
from publisher.build.places import read_corpus
from publisher.build.plan import plan_text
from publisher.dump import jsonld, void
from publisher.dump.annotations import restate
from publisher.dump.checksums import CHECKSUMS, file_digest, write_checksums
from publisher.dump.formats import Distribution, Dump, write_dump
from publisher.dump.merge import join
from publisher.dump.segments import DUMPS, graphs_of
from publisher.dump.void import DumpStatistics, count
from publisher.errors import SourceError
from publisher.infer import Schema
from publisher.progress import SILENT, Progress
from publisher.rdf.vocab import OWL, RDF
from publisher.validate.engines import Engine
from publisher.validate.lint_context import Problem
from publisher.validate.lint_pages import dead_links
from publisher.validate.pipeline import switched
from publisher.validate.report import Report, merge, relative
from publisher.validate.text import display_prefixes, shorten_iris
from publisher.workspace.atomic import MARKER, SOURCES, ensure_replaceable, staging, temporary_folder
from publisher.workspace.config import Config
from publisher.workspace.files import CHANGED
from publisher.workspace.layout import find_files
from publisher.workspace.sources import Workspace, read_workspace, triples_of
from publisher.workspace.watch import FileTimes, snapshot

if TYPE_CHECKING:
    from publisher.site import WrittenSite

# More source files than this are described by one list of their digests.
_MOST_SOURCES: Final = 1000
_SOURCES: Final = "sources.sha256"
# The folders of what several stages read: all must read the same. Data are read by their digests alone.
_READ_AGAIN: Final = tuple(name for name in SOURCES if name != "data")


@dataclass(frozen=True)
class Built:
    """What a build came to; without ``folder`` nothing was written, as the report says why."""

    report: Report
    folder: Path | None = None
    triples: tuple[tuple[str, int], ...] = ()
    files: tuple[Distribution, ...] = ()
    beyond: tuple[str, ...] = ()
    site: WrittenSite | None = None


def read_closed(config: Config, cache: Path | None = None) -> tuple[Workspace, Schema]:
    """Return the workspace with its data, and the closure of its ontology, which the cache may have.

    Raises ``SourceError`` where a file cannot be read.
    """
    files = find_files(config)
    with _cache(cache) as kept:
        schema = read_context(config, files, digest_of(config, files), kept).schema
    return read_workspace(config, files=files), schema


def review(
    config: Config,
    progress: Progress = SILENT,
    engine: Engine | None = None,
    *,
    mapper: Mapper = here,
    cache: Path | None = None,
    size: int = SIZE,
    is_linted: bool = True,
) -> Report:
    """Return what ``build`` would find: violations of shapes, ill-formed values, and what the lints find."""
    with _cache(cache) as kept:
        return read_corpus(config, Means(kept, mapper, engine, size), progress, is_linted=is_linted)[1]


def levels(config: Config, cache: Path | None = None, size: int = SIZE) -> str:
    """Return a line for each shape and rule: whether it is evaluated part by part or over the whole, and why."""
    with _cache(cache) as kept:
        corpus = Corpus(config, Means(kept, size=size))
        corpus.read()
        return plan_text(corpus.plan, partial(shorten_iris, prefixes=display_prefixes(config.prefixes)))


def build(
    config: Config,
    target: Path,
    progress: Progress = SILENT,
    *,
    mapper: Mapper = here,
    cache: Path | None = None,
    size: int = SIZE,
) -> Built:
    """Validate and publish the workspace into ``target``; an earlier result stays until the new one is whole.

    Results are kept in the folder ``cache`` for the next build; without it they go at the end. Neither this nor the
    ``mapper`` changes a byte of what is published. A part is about ``size`` bytes of source text. Raises
    ``SourceError`` for a source file that cannot be read, or that is saved before the last stage has read it.
    """
    ensure_replaceable(target)
    sources = snapshot(config.root, _READ_AGAIN)
    with _cache(cache) as kept:
        corpus, report = read_corpus(config, Means(kept, mapper, size=size), progress)
        if not report.conforms:
            return Built(report)
        progress.step("write")
        corpus.write()
        try:
            with staging(target) as folder:
                parts, files = _write(config, corpus, folder / MARKER.parent, progress)
                site = _write_site(config, folder, target, progress)
                report = _with_dead_links(config, report, site)
                _ensure_unchanged(config, sources)
        except _RefusedError as refused:
            return Built(*refused.args)
        if cache:
            kept.keep_only(corpus.entries())
    return Built(
        report=report,
        folder=target,
        triples=tuple((part.name, part.counts.triples) for part in parts),
        files=tuple(files),
        beyond=corpus.context.schema.unsupported,
        site=site,
    )


def _ensure_unchanged(config: Config, before: FileTimes) -> None:
    """Raise ``SourceError`` where a source file was saved, added or removed since a snapshot."""
    if changed := snapshot(config.root, _READ_AGAIN).items() ^ before.items():
        raise SourceError(CHANGED, Path(min(changed)[0]))


@collection_at_end()
def _write_site(config: Config, folder: Path, previous: Path, progress: Progress) -> WrittenSite | None:
    if not config.site.enabled:
        return None
    from publisher.site import write_site

    return write_site(config, folder, previous, progress)


class _RefusedError(Exception):
    """The folder is not to appear, for the report, with the pages of its site, has violations."""


def _with_dead_links(config: Config, report: Report, site: WrittenSite | None) -> Report:
    """Add the links of pages to what the site does not have, which only the written site knows."""
    problems = (
        Problem(relative(error.path, config.root), error.message, file=error.path, line=error.line, column=error.column)
        for error in (site.dead_links if site else ())
    )
    known = {finding.place for finding in report.findings}
    found = (finding for finding in map(dead_links.finding, problems) if finding.place not in known)
    report = merge(report, Report(tuple(switched(config, found))))
    if not report.conforms:
        raise _RefusedError(report)
    return report


@contextmanager
def _cache(folder: Path | None) -> Iterator[Cache]:
    with temporary_folder("build") as temporary:
        cache = Cache(folder or temporary / FOLDER)
        with cache.in_use():
            yield cache


@collection_at_end()
def _write(
    config: Config, corpus: Corpus, folder: Path, progress: Progress
) -> tuple[tuple[DumpStatistics, ...], list[Distribution]]:
    folder.mkdir()
    book, summaries = corpus.context, corpus.summaries()
    progress.step("join the dumps")
    files = join(config, book.context, summaries, corpus.bodies(), folder)
    parts = [
        DumpStatistics(name, title, reduce(add, (s[name].counts for s in summaries))) for name, title in DUMPS.items()
    ]
    for dump in _small_dumps(book, corpus):
        files += write_dump(dump, folder, config.prefixes, book.context, progress)
        parts.append(DumpStatistics(dump.name, dump.title, count(tuple(dump.triples), config.things)))
    progress.step("describe the dataset")
    (folder / "context.jsonld").write_text(jsonld.document(book.context), encoding="utf-8")
    sources = _sources(corpus, folder)
    described = void.describe(config, parts, files, _ontologies(book), sources)
    void.write(described, folder / "void.ttl", config.prefixes)
    write_checksums(folder, {file.path.name: file.sha256 for file in files})
    return tuple(parts), files


def _small_dumps(book: BuildContext, corpus: Corpus) -> Iterator[Dump]:
    """Yield what is published besides the data, which fits into memory."""
    groups = (
        ("links", "Links to other datasets", corpus.workspace.links),
        ("ontology", "Ontology and code lists", restate(book.workspace.ontology)),
        ("alignments", "Alignments with other vocabularies", book.workspace.alignments),
        ("shapes", "Shapes", book.workspace.shapes.written),
    )
    for name, title, sources in groups:
        yield Dump(name, title, graphs_of(sources), ("ttl",))


def _sources(corpus: Corpus, folder: Path) -> Iterable[tuple[str, str]]:
    """Return the source files with their digests, or a list of all of them when they are many."""
    digests = sorted((path, content.digest) for path, content in corpus.contents.items())
    if len(digests) <= _MOST_SOURCES:
        return digests
    listed = folder / _SOURCES
    listed.write_text("".join(f"{digest}  {path}\n" for path, digest in digests), encoding="utf-8")
    return [(f"{MARKER.parent}/{_SOURCES}", file_digest(listed))]


def _ontologies(book: BuildContext) -> list[NamedNode]:
    ontology = triples_of(book.workspace.ontology)
    typed = (t.subject for t in ontology if t.predicate == RDF.type and t.object == OWL.Ontology)
    return [subject for subject in typed if isinstance(subject, NamedNode)]


def summary_text(built: Built) -> str:
    """Return a few lines for people: how many triples went where, and what was left out of the inference."""
    size = sum(file.size for file in built.files)
    lines = [f"{name:>12}  {count:>8,} triples" for name, count in built.triples]
    if built.beyond:
        told = ", ".join(built.beyond)
        lines.append(f"Not applied to the data, write rules instead: {told}")
    place = f"{built.folder}/{MARKER.parent}"
    lines.append(f"{len(built.files)} dumps ({size / 1e6:.1f} MB), void.ttl and {CHECKSUMS} are in {place}")
    if built.site:
        pages, changed = built.site.pages, built.site.changed
        lines.append(f"{pages:,} pages, {changed:,} files of the site changed: open {built.folder}/index.html")
        limits = {
            "has no search": built.site.unsearchable,
            "has no SPARQL page": built.site.no_sparql,
            "is in English in part": built.site.untranslated,
        }
        lines += [f"The site {limit}: {reason}" for limit, reason in limits.items() if reason]
    return "\n".join(lines)
