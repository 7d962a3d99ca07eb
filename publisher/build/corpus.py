"""Read, infer, validate and write the whole dataset, part by part.

Each stage is a map over the parts; between two stages the parts exchange what one has and another needs. What is in the
cache is not done again.

The module is longer than most: it is the order of the stages and of the exchanges between them, read from top to
bottom.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

from publisher.build import partition, worker
from publisher.build.cache import Cache, key_of
from publisher.build.context import BuildContext, digest_of
from publisher.build.divide_shapes import shapes_of_level
from publisher.build.exchange import Offers, Owners, wanted
from publisher.build.executors import Mapper, here
from publisher.build.fingerprints import contents_of, entry_of
from publisher.build.part import (
    FileTriples,
    names_in_triples,
    pack_files,
    pack_groups,
    signature,
    unpack_files,
    unpack_groups,
    unpack_index,
)
from publisher.build.partition import name_hash, table
from publisher.build.plan import REIFIED, Plan, read_plan, with_subclasses
from publisher.build.task import Stage, Task, TaskEnvironment, fingerprint
from publisher.dump.segments import SegmentSummary, read_summary
from publisher.infer.materialization import saturate
from publisher.progress import SILENT, Progress
from publisher.rdf.ntriples import NTriple, format_ntriples, iri, parse_ntriples, to_ntriples
from publisher.rdf.vocab import CHECK
from publisher.validate.engines import Engine, compile_shapes, default_engine
from publisher.validate.hints import split_iri
from publisher.validate.lints import lint_workspace, named_things, without_repetitions
from publisher.validate.pipeline import make_hints, without_consequences
from publisher.validate.report import Finding, Report, merge, write_findings
from publisher.workspace.config import Config
from publisher.workspace.files import relative_names
from publisher.workspace.layout import find_files
from publisher.workspace.sources import Source, read_sources, triples_of

# With so many files the processes are started first of all: each begins as a copy of this one, which grows.
_MANY: Final = 20_000
_IRI: Final = re.compile(r"<?(https?://[^\s<>\"{}|\\^`]*[^\s<>\"{}|\\^`.,;:!?)])>?")


@dataclass(frozen=True)
class Means:
    """What a corpus is worked on with: a cache, a mapper, an engine, and the size of a part in bytes."""

    cache: Cache
    mapper: Mapper = here
    engine: Engine | None = None
    size: int = partition.SIZE


class Corpus:
    """All parts of a dataset, and what came of the stages so far."""

    def __init__(self, config: Config, means: Means) -> None:
        """Find the files and divide them into parts."""
        means.cache.prepare()
        self._means, files = means, find_files(config)
        if len(files.data) > _MANY:
            for _ in means.mapper(bool, (True, True)):  # starts the processes
                pass
        self.contents = contents_of(config.root, (*files.data, *files.links), means.cache)
        self.environment = TaskEnvironment(config.root, means.cache.folder, digest_of(config, files))
        name = relative_names(config.root)
        self.links = tuple(map(name, files.links))
        sizes = {path: self.contents[path].size for path in map(name, files.data)}
        self.tasks = [self._task(paths) for paths in partition.divide(sizes, means.size)]
        self._more: set[str] = set()

    def _task(self, paths: tuple[str, ...]) -> Task:
        files = key_of(*(self.contents[path].digest for path in paths))
        return (
            Task(self.environment, paths)
            .with_key("files", files)
            .with_key("engine", self._means.engine or default_engine())
        )

    @property
    def context(self) -> BuildContext:
        """The ontology, rules and shapes."""
        return self.environment.context

    def _map(self, stage: Stage, tasks: Iterable[Task]) -> None:
        """Do a stage for the tasks whose result is not there."""
        missing = [task for task in tasks if not worker.has(task, stage)]
        for _ in self._means.mapper(partial(worker.run, stage), missing):
            pass

    def _give(self, name: str, contents: Iterable[bytes]) -> None:
        """Give each part an input."""
        self.tasks = [task.given(name, content) for task, content in zip(self.tasks, contents, strict=True)]

    def _give_all(self, name: str, content: bytes) -> None:
        """Give all parts the same input."""
        key = self.tasks[0].given(name, content).keys[name]
        self.tasks = [task.with_key(name, key) for task in self.tasks]

    def entries(self) -> set[str]:
        """Return the names of the cache entries that a build of the same sources uses."""
        tasks = [*self.tasks, *self._others]
        names = {f"{stage.value}-{fingerprint(task, stage)}" for task in tasks for stage in Stage}
        names |= {f"input-{key}" for task in tasks for key in task.keys.values()}
        return names | self._more | {entry_of(self.environment.root), f"schema-{self.environment.digest}"}

    _others: tuple[Task, ...] = ()

    # --- reading ---

    def read(self) -> None:
        """Parse the files, and bring all that they state about a thing to the part that owns it."""
        self._map(Stage.INDEX, self.tasks)
        self._indexes = [unpack_index(worker.result(task, Stage.INDEX)) for task in self.tasks]
        self.owners = Owners([index.subjects for index in self._indexes])
        self._give("ceded", (partition.pack_hashes(ceded) for ceded in self.owners.ceded))
        ceding = [task for task in self.tasks if task.keys["ceded"]]
        self._map(Stage.CEDED, ceding)
        received: list[list[FileTriples]] = [[] for _ in self.tasks]
        for task in ceding:
            for file in unpack_files(worker.result(task, Stage.CEDED)):
                for number, triples in self.owners.deliver(file.triples).items():
                    received[number].append(replace(file, triples=tuple(triples)))
        self._give("received", (pack_files(tuple(files)) if files else b"" for files in received))
        self._received = received

    @cached_property
    def plan(self) -> Plan:
        """The levels of shapes and rules."""
        return read_plan(json.loads(self._plan))

    @cached_property
    def _plan(self) -> bytes:
        described = signature(to_ntriples(triples_of(self.context.workspace.ontology)))
        reified = (key for key in described if key.startswith(REIFIED))
        keys = sorted({*reified, *(key for index in self._indexes for key in index.signature)})
        name = key_of(self.environment.digest, *keys)
        self._more.add(f"plan-{name}")
        if (kept := self._means.cache.get("plan", name)) is None:
            workspace = self.context.workspace
            from publisher.build.analysis import analyse  # rdflib's SPARQL, for the first time only

            plan = analyse(triples_of(workspace.shapes.all), workspace.rules, self.context.schema, keys)
            kept = json.dumps(plan.write()).encode()
            self._means.cache.put("plan", name, kept)
        return kept

    # --- inference ---

    def infer(self) -> None:
        """Infer part by part, then what needs the whole, and bring each triple to the part that owns its subject."""
        names = {unit.name for unit in self.plan.global_rules}
        self._give_all("rules", _json_sets(names, self.plan.local_rules, self.plan.whole_rules))
        self._map(Stage.EXPORTS, self.tasks)
        imports: list[set[NTriple]] = [set() for _ in self.tasks]
        self._senders: list[dict[str, set[int]]] = [defaultdict(set) for _ in self.tasks]
        shared, self._named = set[NTriple](), []
        for sender, task in enumerate(self.tasks):
            exports, for_rules, named = worker.exports_of(task)
            self._named.append(set(named))
            shared.update(for_rules)
            self._import(imports, exports, sender)
        self._import(imports, self._apply_global_rules(shared), -1)
        self._give("imports", (format_ntriples(sorted(triples)).encode() for triples in imports))
        self._imports = imports

    def _import(self, imports: list[set[NTriple]], triples: Iterable[NTriple], sender: int) -> None:
        for number, delivered in self.owners.deliver(triples).items():
            imports[number].update(delivered)
            for subject in {s for s, _, _ in delivered}:
                self._senders[number][subject].add(sender)

    def _apply_global_rules(self, triples: set[NTriple]) -> list[NTriple]:
        if not triples:
            return []
        names = {unit.name for unit in self.plan.global_rules}
        rules = tuple(rule for rule in self.context.workspace.rules if rule.path.name in names)
        key = key_of(self.environment.digest, self._plan, format_ntriples(sorted(triples)))
        self._more.add(f"rules-{key}")
        if (kept := self._means.cache.get("rules", key)) is None:
            new = saturate(triples, self.context.schema, rules) - triples
            kept = format_ntriples(sorted(new)).encode()
            self._means.cache.put("rules", key, kept)
        return parse_ntriples(kept.decode())

    # --- validation ---

    def validate(self, *, is_linted: bool = True) -> Report:
        """Return the findings of shapes and value checks, with their places, and those of the lints."""
        self._exchange()
        self._give_all("shapes", self._shapes(is_global=False))
        self._map(Stage.FINDINGS, self.tasks)
        reports = [worker.findings_of(task, Stage.FINDINGS) for task in self.tasks]
        values = {finding for found, _, _ in reports for finding in found.findings}
        by_data = [{f for found in reports for f in found[number].findings} for number in (1, 2)]
        if any(unit.level == "global" and unit.kind != "rule" for unit in self.plan.units):
            for findings, found in zip(by_data, self._validate_whole(), strict=True):
                findings.update(found.findings)
        asserted, derived = by_data
        ill_formed = [f for f in values if f.shape == CHECK["ill-formed-literal"].value]
        undescribed = [f for f in values if f.shape == CHECK["undescribed-thing"].value]
        shapes = compile_shapes(triples_of(self.context.workspace.shapes.all), self._means.engine)
        asserted = {*without_consequences(asserted, ill_formed, undescribed), *values, *shapes.faults}
        derived = set(without_consequences(derived - asserted, ill_formed, undescribed))
        lints = self._lint() if is_linted else set[Finding]()
        stated, followed, slips = self._locate(asserted, derived, lints)
        report = merge(stated, followed)
        return merge(report, without_repetitions(slips, report))

    def _shapes(self, *, is_global: bool) -> bytes:
        """Return what is evaluated over the whole or part by part, and the names of queries without a focus node."""
        shapes = (
            shapes_of_level(self.context.shapes_for(data), self.plan, is_global=is_global) for data in worker.DATA
        )
        queries = sorted(unit.name for unit in self.plan.units if unit.kind == "query")
        return partition.bundle(
            [*(format_ntriples(to_ntriples(triples)).encode() for triples in shapes), json.dumps(queries).encode()]
        )

    def _exchange(self) -> None:
        """Give each part its fringe: what it reads of things that other parts own."""
        named = []
        for number, index in enumerate(self._indexes):
            triples = [t for file in self._received[number] for t in file.triples] + list(self._imports[number])
            names = set(table(index.named)) | self._named[number] | self.owners.ceded[number].keys()
            names.update(map(name_hash, names_in_triples(triples)))
            named.append(names - self.owners.owned(number))
        self._give("wanted", map(partition.pack_hashes, wanted(self.owners, named)))
        self._give_all("beyond", json.dumps([self.plan.depth, *sorted(self.plan.beyond)]).encode())
        offering = [task for task in self.tasks if task.keys["wanted"]]
        self._map(Stage.OFFERS, offering)
        offers = Offers()
        for task in offering:
            offers.add(*unpack_groups(worker.result(task, Stage.OFFERS)))
        fringes = (
            offers.fringe(names, self.owners.owned(number), self.plan.depth) for number, names in enumerate(named)
        )
        self._give("fringe", (pack_groups(*fringe) if any(fringe) else b"" for fringe in fringes))
        self._give("undescribed", self._undescribed())
        terms = {name_hash(term): term for term in self.context.ontology_subjects}
        alone = sorted(terms[value] for value in terms.keys() - self.owners.find(terms).keys())
        self._give("terms", ("\n".join(alone).encode() if not number else b"" for number in range(len(self.tasks))))

    def _undescribed(self) -> Iterator[bytes]:
        """Yield for each part what it refers to and no file describes."""
        start = iri(self.context.config.base)[:-1]
        for number, index in enumerate(self._indexes):
            names = {o for file in self._received[number] for _, _, o in file.triples if o.startswith(start)}
            references = set(table(index.references)) | set(map(name_hash, names))
            yield partition.pack_hashes(references - self.owners.find(references).keys())

    def _validate_whole(self) -> list[Report]:
        self._give_all("whole", json.dumps(sorted(with_subclasses(self.plan.whole, self.context.schema))).encode())
        self._map(Stage.DIGEST, self.tasks)
        digests = [worker.result(task, Stage.DIGEST) for task in self.tasks]
        whole = Task(self.environment, parts=tuple(self.tasks)).with_key(
            "engine", self._means.engine or default_engine()
        )
        whole = whole.with_key("extracts", key_of(*digests)).given("shapes", self._shapes(is_global=True))
        self._map(Stage.WHOLE, [whole])
        self._others = (*self._others, replace(whole, parts=()))
        return worker.findings_of(whole, Stage.WHOLE)

    # --- lints ---

    def _lint(self) -> set[Finding]:
        """Return what no shape sees, in single triples and across files; most have no place yet."""
        context = self.context
        links = read_sources(context.config, (self.environment.root / path for path in self.links))
        workspace = replace(context.workspace, links=links)
        named = named_things(context.config, workspace, make_hints(context.config, workspace))
        things = self._similar({name for name in named if self._is_undescribed(name)})
        contested = partition.repeated([index.labels for index in self._indexes])
        unused = {value for index in self._indexes for value in table(index.listed)}
        for index in self._indexes:
            unused.difference_update(table(index.used))
        contested |= unused | {name_hash(iri(name)) for name in named}
        present = (contested & {*table(index.subjects), *table(index.labels)} for index in self._indexes)
        self._give("contested", map(partition.pack_hashes, present))
        self._map(Stage.LINTS, self.tasks)
        findings, sources = set[Finding](), list[Source]()
        for task in self.tasks:
            report, extract = worker.lints_of(task)
            findings.update(report.findings)
            sources += extract
        workspace = replace(workspace, data=tuple(sorted(sources, key=lambda source: source.path)))
        hints = make_hints(context.config, workspace, things)
        findings.update(lint_workspace(context.config, workspace, hints).findings)
        is_unused = CHECK["unused-entity"].value
        return {f for f in findings if f.shape != is_unused or name_hash(iri(f.focus)) in unused}

    def _is_undescribed(self, name: str) -> bool:
        return name.startswith(self.context.config.base) and not self.owners.find((name_hash(iri(name)),))

    def _similar(self, names: Iterable[str]) -> list[str]:
        """Return the described things in the namespaces of names, which may be misspellings of them."""
        starts = tuple({f"<{split_iri(name)[0]}" for name in names})
        if not starts:
            return []
        files = (file for task in self.tasks for file in unpack_files(worker.result(task, Stage.TRIPLES)))
        return sorted({s[1:-1] for file in files for s, _, _ in file.triples if s.startswith(starts)})

    # --- places ---

    def _locate(self, *groups: set[Finding]) -> list[Report]:
        """Return the findings with their places; each is sought in the files of the part that owns its focus node."""
        homes = self._homes(f for group in groups for f in group)
        rest = Task(self.environment).with_key("files", "")
        tasks = []
        for number in sorted(set(homes.values())):
            found = [[f for f in sorted(group) if homes[f.focus] == number] for group in groups]
            task = self.tasks[number] if number >= 0 else rest
            raw = partition.bundle([write_findings(Report(tuple(part)), self.environment.root) for part in found])
            wrong = {f.value for part in found for f in part if f.shape == CHECK["undescribed-thing"].value}
            task = task.given("raw", raw).given("things", "\n".join(self._similar(wrong)).encode())
            tasks.append(task.given("sources", json.dumps(self._sources(number, found), sort_keys=True).encode()))
        self._map(Stage.PLACES, tasks)
        self._others = (*self._others, *tasks)
        located = [worker.findings_of(task, Stage.PLACES) for task in tasks]
        return [merge(*reports) for reports in zip(*located, strict=True)] or [Report(()) for _ in groups]

    def _homes(self, findings: Iterable[Finding]) -> dict[str, int]:
        """Return the part that owns each focus node, -1 where none does."""
        names = {f.focus for f in findings}
        values = {name_hash(term): name for name in names for term in (iri(name), f"_:{name}")}
        return dict.fromkeys(names, -1) | {values[value]: number for value, number in self.owners.find(values).items()}

    def _sources(self, number: int, found: list[list[Finding]]) -> dict[str, dict[str, str]]:
        """Return the files of other parts that are needed to locate and to explain findings, with their digests."""
        about = {f.focus for group in found for f in group}
        places = self._paths_about(number, about)
        for value in {f.value for group in found for f in group if f.path.startswith("^")}:
            for owner in self.owners.find((name_hash(iri(value)),)).values():
                places |= {*self.tasks[owner].paths, *self._paths_about(owner, {value})}
        premises = set[str]()
        for f in found[1]:
            for name in {f.focus, f.value, *_IRI.findall(f.message)}:
                premises |= self._premises(name)
        return {
            name: {path: self.contents[path].digest for path in sorted(paths)}
            for name, paths in (("places", places), ("premises", premises))
        }

    def _paths_about(self, number: int, names: set[str]) -> set[str]:
        if number < 0:
            return set()
        terms = {iri(name) for name in names}
        return {file.path for file in self._received[number] if any(s in terms for s, _, _ in file.triples)}

    def _premises(self, name: str) -> set[str]:
        """Return the files from which a triple about a thing may follow."""
        paths = set[str]()
        for owner in self.owners.find((name_hash(iri(name)),)).values():
            senders = self._senders[owner].get(iri(name), set())
            for number in range(len(self.tasks)) if -1 in senders else {owner, *senders}:
                paths |= {*self.tasks[number].paths, *(file.path for file in self._received[number])}
        return paths

    # --- dumps ---

    def write(self) -> None:
        """Write each part into its segment of every dump."""
        digests = key_of(*(self.contents[path].digest for path in self.links))
        more = json.dumps({"links": self.links, "digests": digests}).encode()
        self._give("more", (b"" if number else more for number in range(len(self.tasks))))
        self._map(Stage.SUMMARY, self.tasks)

    def summaries(self) -> tuple[dict[str, SegmentSummary], ...]:
        """Return what the segments of each part hold."""
        return tuple(read_summary(json.loads(worker.result(task, Stage.SUMMARY))) for task in self.tasks)

    def segments(self) -> Iterator[bytes]:
        """Yield the segments of each part."""
        return (worker.result(task, Stage.SEGMENTS) for task in self.tasks)


def _json_sets(*sets: Iterable[str]) -> bytes:
    return json.dumps([sorted(one) for one in sets]).encode()


def read_corpus(
    config: Config, means: Means, progress: Progress = SILENT, *, is_linted: bool = True
) -> tuple[Corpus, Report]:
    """Read, infer and validate everything.

    Raises ``SourceError`` for the first source file that cannot be read.
    """
    progress.step("read the sources")
    corpus = Corpus(config, means)
    progress.step("close the ontology")
    _ = corpus.context
    progress.step("parse")
    corpus.read()
    progress.step("infer")
    corpus.infer()
    progress.step("validate")
    return corpus, corpus.validate(is_linted=is_linted)
