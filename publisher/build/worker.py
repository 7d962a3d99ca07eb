"""Do one stage of the work on one part, in whatever process.

What a stage needs it finds in the workspace and the cache, and its results go into the cache, so that the work can be
done again at any time, and by any process.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from typing import Final, NamedTuple

import pyoxigraph as ox

from publisher.build.cache import Value, decode, encode, key_of
from publisher.build.context import BuildContext
from publisher.build.exchange import Things, select_triples
from publisher.build.executors import collection_at_end
from publisher.build.part import FileTriples, PartFiles, index_files, label_keys, names_in_triples, signature
from publisher.build.partition import hashes, name_hash, table
from publisher.build.plan import ANY, LACKS, PART, TYPE, Unit, select_shapes
from publisher.build.task import GROUPS, OF_PART, Stage, Task, expect_files, fingerprint
from publisher.dump import segments
from publisher.dump.annotations import restate
from publisher.dump.segments import NamedGraphs, PartContents
from publisher.errors import OutputError
from publisher.infer.materialization import saturate
from publisher.infer.proofs import Derivations
from publisher.rdf.ntriples import NTriple, format_chunks, format_ntriples, iri, name_of, share_terms, to_ntriples
from publisher.rdf.vocab import RDF, SKOS
from publisher.validate.engines import Engine, Validator, compile_shapes
from publisher.validate.lint_data import own_declarations
from publisher.validate.lints import lint_triples
from publisher.validate.pipeline import locate, make_hints
from publisher.validate.report import Finding, Report, read_findings, write_findings
from publisher.validate.value_checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.workspace.sources import read_sources, triples_of

Results = dict[Stage, object]

_DERIVED: Final = 1  # the place of the findings in derived data among those in asserted data and those of lints
# What lints across files look at.
_LINTED: Final = (TYPE, iri(RDF.predicate.value), iri(SKOS.prefLabel.value))
_OF_PART: Final = (*OF_PART, "contested")  # "contested" is in the key of the stage FOREIGN
_TRIES: Final = 3  # how often a stage is done for a result that somebody else removes


@collection_at_end()
def run(stage: Stage, task: Task) -> None:
    """Do a stage and leave its results."""
    with expect_files(task, stage):
        results = _JOBS[stage](task)
    for kind, content in results.items():
        task.environment.entries.put(kind.value, fingerprint(task, kind), encode(content))


def has(task: Task, stage: Stage) -> bool:
    """Tell whether a result is there; it may be broken."""
    return task.environment.entries.has(stage.value, fingerprint(task, stage))


def result(task: Task, stage: Stage, kind: type[Value]) -> Value:
    """Return the result of a stage as a value of its type; the stage is done again when that is gone or broken."""
    for _ in range(_TRIES):
        if (content := task.environment.entries.get(stage.value, fingerprint(task, stage))) is not None:
            return decode(content, kind)
        run(stage, task)
    raise OutputError(f"{task.environment.cache}: what is written here is gone at once; who else uses this folder?")


# --- what the part holds -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """All triples about the things that a part owns."""

    task: Task

    @cached_property
    def files(self) -> PartFiles:
        """What the files of the part state, whoever owns it."""
        return result(self.task, Stage.TRIPLES, PartFiles)

    @cached_property
    def _foreign(self) -> set[str]:
        """What the files describe and another part owns."""
        files = result(self.task, Stage.FOREIGN, PartFiles) if self.task.input("foreign", bytes) else ()
        return {s for file in files for s, _, _ in file.triples}

    @cached_property
    def asserted(self) -> list[NTriple]:
        """What any file states about the things of the part, each triple once."""
        triples = [triple for file in self.files for triple in file.triples]
        if self._foreign:
            triples = [triple for triple in triples if triple[0] not in self._foreign]
        received = (triple for file in self.task.input("received", PartFiles) for triple in file.triples)
        return list(dict.fromkeys((*triples, *received)))

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The things of the part."""
        return frozenset(s for s, _, _ in self.asserted)

    @cached_property
    def inferred(self) -> list[NTriple]:
        """What follows about the things of the part, wherever it follows from."""
        own = result(self.task, Stage.INFERRED, list[NTriple])
        imports = share_terms(self.task.input("imports", list[NTriple]), {})
        return sorted({*own, *imports} - set(self.asserted)) if imports else own


def _part(task: Task) -> _Part:
    """Return the triples of a part, as this process has them from an earlier stage, if it was the last part."""
    return _part_of(replace(task, keys={name: key for name, key in task.keys.items() if name in _OF_PART}))


@functools.lru_cache(maxsize=1)
def _part_of(task: Task) -> _Part:
    return _Part(task)


# --- reading and inference -----------------------------------------------------------------------------


def _read(task: Task) -> Results:
    """Parse the files of a part, and lint them triple by triple."""
    config, root = task.environment.context.config, task.environment.root
    data = read_sources(config, (root / path for path in task.paths))
    workspace = replace(task.environment.context.workspace, data=data)
    pairs = zip(task.paths, data, strict=True)
    files = tuple(FileTriples(path, source.graph, tuple(to_ntriples(source.triples))) for path, source in pairs)
    lints = lint_triples(config, workspace, make_hints(config, workspace))
    return {
        Stage.TRIPLES: files,
        Stage.INDEX: index_files(files, config.base),
        Stage.LINTS: write_findings(lints, root),
    }


def _select_foreign(task: Task) -> Results:
    """Find what other parts own, and what lints across files need of the contested names."""
    foreign, contested = (set(table(task.input(name, bytes))) for name in ("foreign", "contested"))
    left, linted, declared = list[FileTriples](), list[FileTriples](), []
    for file in result(task, Stage.TRIPLES, PartFiles):
        hashed = {s: name_hash(s) for s in {s for s, _, _ in file.triples}}
        left.append(replace(file, triples=tuple(t for t in file.triples if hashed[t[0]] in foreign)))
        names = {s for s, value in hashed.items() if value in contested}
        names |= {s for key, s in label_keys(list(file.triples)) if name_hash(key) in contested}
        triples = [t for t in file.triples if t[0] in names and t[1] in _LINTED]
        first = {t[0]: t for t in reversed(file.triples) if t[0] in names}
        triples += [first[name] for name in sorted(names)]
        if triples:
            linted.append(replace(file, triples=tuple(dict.fromkeys(triples))))
        found = own_declarations(task.environment.root / file.path, task.environment.context.config)
        declared += [[file.path, *declaration[1:]] for declaration in found]
    return {
        Stage.FOREIGN: [file for file in left if file.triples],
        Stage.LINTED: (linted, declared),
    }


class Exports(NamedTuple):
    """What follows about things of others, and what global rules read.

    Then the hashes of what all new triples name, and their predicates and classes.
    """

    triples: list[NTriple]
    shared: list[NTriple]
    named: bytes
    signature: set[str]


def _infer(task: Task) -> Results:
    """Apply the schema and the rules that read one thing; what global rules read goes to the whole."""
    part, context = _part(task), task.environment.context
    names, read, wanted = map(set, task.input("rules", list[list[str]]))
    rules = tuple(rule for rule in context.workspace.rules if rule.path.name not in names)
    closure = saturate(set(part.asserted), context.schema, rules, rule_predicates=None if ANY in read else read)
    new = closure.difference(part.asserted)
    inferred = sorted(triple for triple in new if triple[0] in part.subjects)
    exports = sorted(triple for triple in new if triple[0] not in part.subjects)
    wanted |= context.schema.transitive
    shared = sorted(t for t in closure if ANY in wanted or t[1] in wanted) if wanted else []
    named = hashes(names_in_triples(new) - part.subjects)
    return {Stage.INFERRED: inferred, Stage.EXPORTS: Exports(exports, shared, named, signature(new))}


# --- what other parts and the whole see ----------------------------------------------------------------


def _offer(task: Task) -> Results:
    """Select what other parts see of this one, and by key what global shapes read of it."""
    part, (depth, predicates) = _part(task), task.input("beyond", tuple[int, set[str]])
    things = Things()
    things.add(part.asserted, part.inferred)
    near = things.near(set(table(task.input("wanted", bytes))), depth, None if ANY in predicates else predicates)
    keys = task.input("whole", list[str])
    extracts = zip(keys, select_triples(part.asserted, keys), select_triples(part.inferred, keys), strict=True)
    extract = {key: [format_ntriples(group).encode() for group in groups] for key, *groups in extracts}
    digests = {key: key_of(*groups) for key, groups in extract.items()}
    return {Stage.OFFERS: near, Stage.EXTRACT: extract, Stage.DIGESTS: digests}


# --- validation ----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8)
def _validator(shapes: bytes, engine: Engine) -> Validator:
    """Return the validator of some shapes, which each process compiles once."""
    return compile_shapes((quad.triple for quad in ox.parse(shapes, format=ox.RdfFormat.N_TRIPLES)), engine)


def select(context: BuildContext, *units: Iterable[Unit]) -> list[bytes]:
    """Return the shapes of some units for asserted, and of others for derived data, as N-Triples."""
    graphs = map(select_shapes, context.shapes, units)
    return [format_ntriples(to_ntriples(triples)).encode() for triples in graphs]


def _validate(task: Task, shapes: bytes, parts: Iterable[bytes]) -> list[Finding]:
    """Return the findings of some shapes in the triples of all parts beside the ontology."""
    engine: Engine = task.keys["engine"]  # type: ignore[assignment]  # one of the names of engines
    data = chain((task.environment.context.ontology,), parts)
    return _validator(shapes, engine).validate(data) if shapes else []


def _check(task: Task) -> Results:
    """Evaluate what needs no more than the part and its fringe: the values of literals, then the shapes."""
    part, context, config = _part(task), task.environment.context, task.environment.context.config
    own = part.subjects | set(task.input("terms", list[str]))
    fringe = task.input("fringe", list[list[NTriple]])
    others = context.ontology_subjects.union(s for group in fringe for s, _, _ in group) - own
    shapes = task.input("shapes", list[bytes])
    focus_nodes, anchored = set(map(name_of, own)), task.input("queries", frozenset[str])
    reports = [[*check_lexical_forms(part.asserted), *check_edtf_bounds(part.asserted)]]
    if undescribed := set(table(task.input("undescribed", bytes))):
        start, is_thing = iri(config.base)[:-1], partial(context.vocabulary.is_thing, config)
        named = {o for _, _, o in part.asserted if o.startswith(start)}
        described = {o for o in named if name_hash(o) not in undescribed}
        reports[0] += check_references(part.asserted, config.base, is_thing, described)
    lacks = ["".join(f"{PART} {LACKS} {name} .\n" for name in sorted(others)).encode()]
    asserted, derived = dict.fromkeys((*part.asserted, *fringe[0])), dict.fromkeys((*part.inferred, *fringe[1]))
    for graph, groups in zip(shapes, ((asserted,), (asserted, derived)), strict=True):
        results = _validate(task, graph, chain(lacks, *map(format_chunks, groups)))
        reports.append([f for f in results if f.focus in focus_nodes or not f.terms or f.terms.shape in anchored])
    return {Stage.FINDINGS: _pack(reports, task)}


def _check_whole(task: Task) -> Results:
    """Evaluate a global shape over what it reads of all parts."""
    context, unit = task.environment.context, task.input("shape", Unit)
    keys = unit.keys(context.schema)

    def parts(kinds: int) -> Iterator[bytes]:  # asserted triples alone, or inferred ones, too
        for part in task.parts:
            extract = result(part, Stage.EXTRACT, dict[str, list[bytes]])
            yield from (group for key in keys for group in extract[key][:kinds])

    reports = [_validate(task, shapes, parts(kinds)) for kinds, shapes in enumerate(select(context, [unit], [unit]), 1)]
    return {Stage.WHOLE: _pack(reports, task)}


def _pack(reports: Iterable[list[Finding]], task: Task) -> list[bytes]:
    return [write_findings(Report(tuple(report)), task.environment.root) for report in reports]


def findings_of(task: Task, stage: Stage) -> list[Report]:
    """Return the reports of a stage: those of values, if it has them, of asserted and of derived data."""
    return [read_findings(content, task.environment.root) for content in result(task, stage, list[bytes])]


def _locate(task: Task) -> Results:
    """Find the places of findings in the files of the part, and in others that state something of its things."""
    context = task.environment.context
    sources, root = task.input("sources", dict[str, dict[str, str]]), task.environment.root
    reports = [read_findings(content, root) for content in task.input("raw", list[bytes])]
    things = task.input("things", list[str])
    read = functools.cache(lambda path: read_sources(context.config, [root / path])[0])
    found = []
    for number, report in enumerate(reports):
        is_derived = number == _DERIVED and bool(report.findings)
        paths = {*task.paths, *sources["places"], *(sources["premises"] if is_derived else ())}
        data = tuple(map(read, sorted(paths))) if report.findings else ()
        workspace = replace(context.workspace, data=data)
        derive = functools.cache(partial(Derivations, triples_of(data), context.schema, workspace.rules))
        found.append(list(locate(report, context.config, workspace, derive if is_derived else None, things).findings))
    return {Stage.PLACES: _pack(found, task)}


# --- dumps ---------------------------------------------------------------------------------------------


def _write(task: Task) -> Results:
    """Write the part into all dumps: its things in those of triples, its files in those of graphs."""
    part, context = _part(task), task.environment.context
    graphs = segments.unite(*(NamedGraphs({file.graph: file.triples}) for file in part.files))
    others: NamedGraphs = {}
    if more := task.input("more", dict[str, dict[str, str]]):
        links = read_sources(context.config, (task.environment.root / path for path in more["links"]))
        others = segments.graphs_of((*restate(context.workspace.ontology), *context.workspace.alignments, *links))
    written = segments.write_segments(
        PartContents(part.asserted, part.inferred, graphs, others), context.config, context.forms
    )
    summary = {name: replace(segment, bodies={}) for name, segment in written.items()}
    return {Stage.SEGMENTS: {name: segment.bodies for name, segment in written.items()}, Stage.SUMMARY: summary}


_JOBS: Final[dict[Stage, Callable[[Task], Results]]] = {
    stage: job
    for stages, job in zip(
        GROUPS, (_read, _select_foreign, _infer, _offer, _check, _check_whole, _locate, _write), strict=True
    )
    for stage in stages
}
