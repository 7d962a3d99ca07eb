"""Do the work on one lot of files, in whatever process: read it, screen and write it, or check what is suspect.

What a job needs it finds in the workspace and the cache, and its results go into the cache, so a job can be done again
at any time, and by anybody.
"""

from __future__ import annotations

import functools
import gc
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, TypeVar

from publisher.build import shard, shared
from publisher.build.cache import key_of
from publisher.build.executors import apart
from publisher.build.partition import name_hash
from publisher.build.screen.screening import Surroundings, suspects
from publisher.build.shard import Loan, Loans, Shard
from publisher.build.shared import Shared
from publisher.build.task import Case, Counter, Lot, Order, Place
from publisher.dump import segments
from publisher.dump.segments import NamedGraphs, ShardContents
from publisher.errors import OutputError
from publisher.infer.materialization import Background, materialize_ntriples
from publisher.rdf.ntriples import NTriple, from_ntriples, intern_terms, parse_ntriples, to_ntriples
from publisher.validate import spanning
from publisher.validate.pipeline import Foreign, lint_articles, validate
from publisher.validate.report import Report, read_findings, write_findings
from publisher.workspace.sources import Source, read_sources

# How often a job is done again for a result that somebody else removes.
_TRIES: Final = 3

Job = TypeVar("Job")


def key_in(lot: Lot, kind: str) -> str:
    """Return the key under which a result of one ``kind`` is kept."""
    return lot.key if kind in ("shard", "witnesses", "ties", "spanning", "slips") else lot.written


def run(job: Callable[[Job], None], task: Job) -> None:
    """Do a job, apart where that is possible, with what it needs loaded before."""
    _prepare(job, task)
    apart(functools.partial(_work, job, task))


def _prepare(job: Callable[[Job], None], task: Job) -> None:
    """Load what jobs of this kind look at, whatever they work on."""
    if isinstance(task, Lot):
        _ = task.place.rulebook
        if task.background:
            _background(task.background)
            if job in (screen, write):
                _surroundings(task)


def _work(job: Callable[[Job], None], task: Job) -> None:
    """Do a job without the collector of cycles: the facts of a lot are many, and none of them is in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        job(task)
    finally:
        if was_enabled:
            gc.enable()


def result(lot: Lot, kind: str) -> bytes:
    """Return what a job left of one ``kind``; the job is done again when that is gone or broken."""
    return _made(lot.place, kind, key_in(lot, kind), lambda: _JOBS[kind](lot))


def _made(place: Place, kind: str, key: str, make: Callable[[], None]) -> bytes:
    for _ in range(_TRIES):
        if (content := place.find(kind, key)) is not None:
            return content
        make()
    raise OutputError(f"{place.cache}: what is written here is gone at once; who else works on this folder?")


def read(lot: Lot) -> None:
    """Read the files and infer; leave both, what ties them to other shards, and what spans articles."""
    place, book = lot.place, lot.place.rulebook
    around = _background(lot.background) if lot.background else None
    found = shard.read_shard(book, lot.paths, around)
    shared_things = around.subjects if around else frozenset[str]()
    across = spanning.extract((*found.by_path(), ("", found.inferred)), book.spanning.named)
    spans = spanning.pack(across)
    place.keep("shard", lot.key, found.pack())
    place.keep("witnesses", lot.key, shard.pack_facts(shard.witnesses(found, shared_things)))
    place.keep("spanning", lot.key, spans)
    place.keep("ties", lot.key, shard.ties(found, shared_things, book.config.things, spans).pack())


def screen(lot: Lot) -> None:
    """Leave the files that the reference engine has to look at."""
    found = shard.unpack(result(lot, "shard"))
    loans = _borrowed(lot, found)
    own, _ = _view(lot, found, loans)
    lot.place.keep("suspects", lot.written, json.dumps(suspects(own, _surroundings(lot), loans)).encode())


def write(lot: Lot) -> None:
    """Screen and write; leave the segments, their summary, and the files that the reference engine has to look at."""
    place, book = lot.place, lot.place.rulebook
    is_growing = lot.is_first and lot.shared  # what is shared is more, the more articles there are
    if is_growing:
        apart(functools.partial(screen, lot))
    found = shard.unpack(result(lot, "shard"))
    loans = _borrowed(lot, found)
    own, contents = _view(lot, found, loans)
    if not is_growing:
        place.keep("suspects", lot.written, json.dumps(suspects(own, _surroundings(lot), loans)).encode())
    written = segments.write_segments(contents, book.config, book.forms)
    place.keep("segments", lot.written, segments.pack(written))
    place.keep("summary", lot.written, json.dumps(segments.summarise(written)).encode())


def lend(counter: Counter) -> None:
    """Leave what a lot says of things that others ask for, apart for each of them, and a digest for each thing."""
    found, place = shard.unpack(result(counter.lot, "shard")), counter.lot.place
    digests: dict[int, str] = {}
    for order in counter.orders:
        loans = found.lend(frozenset(order.things), order.divided)
        digests |= {name_hash(thing): key_of(repr(loan)) for thing, loan in loans.items()}
        place.keep("loans", order.key, shard.pack_loans(loans))
    place.keep("lent", counter.key, json.dumps(list(digests.items())).encode())


def lent(counter: Counter) -> dict[int, str]:
    """Return the digests that ``lend`` left."""
    return dict(json.loads(_made(counter.lot.place, "lent", counter.key, lambda: lend(counter))))


def check(case: Case) -> None:
    """Validate suspect files with the reference engine, together with the shared ones; leave its findings."""
    place, book = case.place, case.place.rulebook
    first = case.lots[0].background or case.lots[0]
    paths = {*first.paths, *(path for group in case.suspects for path in group)}
    data = read_sources(book.config, (place.root / path for path in sorted(paths)))
    foreign = _foreign(case) if case.lots[0].shared else Foreign()
    workspace = replace(book.workspace, data=data)
    checked = validate(book.config, workspace, book.schema, case.engine, foreign=foreign)
    place.keep("findings", case.key, write_findings(checked.report, place.root))


def findings_of(case: Case) -> Report:
    """Return what ``check`` left."""
    return read_findings(_made(case.place, "findings", case.key, lambda: check(case)), case.place.root)


def lint(lot: Lot) -> None:
    """Look for what shapes cannot see in the files of a lot; leave the findings."""
    place, book = lot.place, lot.place.rulebook
    workspace = replace(book.workspace, data=read_sources(book.config, (place.root / path for path in lot.paths)))
    place.keep("slips", lot.key, write_findings(lint_articles(book.config, workspace), place.root))


def read_summary(lot: Lot) -> dict[str, segments.SegmentSummary]:
    """Return what ``write`` left of its segments."""
    return segments.read_summary(json.loads(result(lot, "summary")))


def read_suspects(lot: Lot) -> tuple[str, ...]:
    """Return what ``screen`` left."""
    return tuple(json.loads(result(lot, "suspects")))


def witnesses_of(lot: Lot) -> dict[NTriple, tuple[NTriple, ...]]:
    """Return the accepted claims that ``read`` found, by what they say of shared things."""
    return shard.unpack_facts(result(lot, "witnesses"))


def slips_of(lot: Lot) -> Report:
    """Return what ``lint`` left."""
    return read_findings(result(lot, "slips"), lot.place.root)


@functools.lru_cache(maxsize=1)
def _background(lot: Lot) -> Background:
    found = shard.unpack(result(lot, "shard"))
    return Background((*found.asserted, *found.inferred))


def shared_facts(place: Place, key: str) -> Shared:
    """Return what all lots share, as the coordinator left it."""
    content = place.find("shared", key)
    if content is None:
        raise OutputError(f"{place.cache}: what was written here is gone; who else works on this folder?")
    return shared.unpack(content)


@functools.lru_cache(maxsize=1)
def _around(place: Place, key: str) -> Surroundings:
    return Surroundings(place.rulebook, lambda: shared_facts(place, key))


def _surroundings(lot: Lot) -> Surroundings:
    """Return what the lot is seen together with; the lot of the shared files is that itself."""
    if lot.is_first:
        return Surroundings(lot.place.rulebook, Shared)
    return _around(lot.place, lot.shared)


def _view(lot: Lot, found: Shard, loans: Loans) -> tuple[Shard, ShardContents]:
    """Return the facts that this lot answers for, and what it adds to the dumps.

    It answers for all that any article says of its things; what it says of shared things is the business of the first
    lot, and of the things of other lots, theirs. In dumps with graphs every fact stays where it stands.
    """
    graphs = segments.unite(*(NamedGraphs({name: facts}) for name, facts in found.graphs))
    if not lot.shared:
        return found, ShardContents(found.asserted, found.inferred, graphs, _more(lot))
    if lot.is_first:
        everything = shared_facts(lot.place, lot.shared)
        inferred = tuple(intern_terms(everything.inferred, {}))  # which are many
        own = replace(found, graphs=(*found.graphs, ("", everything.foreign)), inferred=inferred)
        return own, ShardContents(own.asserted, own.inferred, graphs, _more(lot))
    ceded = {thing for thing in loans if thing in found.subjects and name_hash(thing) in lot.ceded}
    own = _united(lot, found.without(_surroundings(lot).subjects | ceded), loans)
    return own, ShardContents(own.asserted, own.inferred, graphs, {})


def _united(lot: Lot, own: Shard, loans: Loans) -> Shard:
    """Return the shard with what others say of its things, and what follows from both together."""
    given = {thing: loan for thing, loan in loans.items() if thing in own.subjects}
    if not given:
        return own
    gifts = tuple(fact for loan in given.values() for fact in loan.asserted)
    together = [*gifts, *(fact for fact in own.asserted if fact[0] in given)]
    book, around = lot.place.rulebook, _background(lot.background) if lot.background else None
    followed = materialize_ntriples(together, book.schema, book.workspace.rules, around, book.inferring)
    inferred = {*own.inferred, *(fact for loan in given.values() for fact in loan.inferred), *followed}
    kept = {fact for fact in inferred if fact[0] in own.subjects} - set(gifts) - set(own.asserted)
    return replace(own, graphs=(*own.graphs, ("", gifts)), inferred=tuple(sorted(kept)))


def _more(lot: Lot) -> NamedGraphs:
    if not lot.is_first:
        return {}
    book = lot.place.rulebook
    links = read_sources(book.config, (lot.place.root / path for path in lot.links))
    return graphs_of((*book.workspace.ontology, *book.workspace.alignments, *links))


def graphs_of(sources: Iterable[Source]) -> NamedGraphs:
    """Return the facts of source files by graph."""
    return segments.unite(*(NamedGraphs({source.graph: to_ntriples(source.triples)}) for source in sources))


def _borrowed(lot: Lot, found: Shard) -> Loans:
    """Return what is said of the things that a lot names, shares with others or cedes: by them, and by itself."""
    loans: Loans = {}
    for order in lot.orders:
        for thing, loan in _loans(order).items():
            loans[thing] = _together(loans[thing], loan) if thing in loans else loan
    for thing, loan in found.lend(lot.ceded, frozenset()).items() if lot.ceded else ():
        loans[thing] = _together(loans[thing], loan)
    return loans


def _together(one: Loan, other: Loan) -> Loan:
    return Loan(*(facts + more for facts, more in zip(one, other, strict=True)))


def _loans(order: Order) -> Loans:
    content = _made(order.lot.place, "loans", order.key, lambda: lend(Counter(order.lot, (order,))))
    return shard.unpack_loans(content)


def _foreign(case: Case) -> Foreign:
    """Return what other files say of shared things, and of the things that the suspects have to do with."""
    place = case.place
    everything = shared_facts(place, case.lots[0].shared)
    witnesses = parse_ntriples((place.find("called", case.witnesses) or b"").decode())
    asserted, inferred = [*everything.foreign, *witnesses], [*everything.inferred]
    for lot, paths in zip(case.lots, case.suspects, strict=True):
        found = shard.unpack(result(lot, "shard"))
        for loan in (*_borrowed(lot, found).values(), *_beside(found, frozenset(paths)).values()):
            asserted += (*loan.asserted, *loan.near)
            inferred += loan.inferred
    return Foreign(tuple(from_ntriples(asserted)), tuple(from_ntriples(inferred)))


def _beside(found: Shard, paths: frozenset[str]) -> Loans:
    """Return what a shard says of the things that some of its files name or describe."""
    facts = [fact for path, facts in found.by_path() if path in paths for fact in facts]
    described = {s for s, _, _ in facts}
    named = {o for _, _, o in facts} & found.subjects
    return found.lend(
        frozenset(name_hash(thing) for thing in described | named), frozenset(name_hash(thing) for thing in described)
    )


_JOBS: Final[dict[str, Callable[[Lot], None]]] = {
    "shard": read,
    "witnesses": read,
    "ties": read,
    "spanning": read,
    "suspects": screen,
    "segments": write,
    "summary": write,
    "slips": lint,
}
