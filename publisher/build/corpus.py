"""Read, infer, validate and write the whole dataset, part by part.

Each stage is a map over the parts; between two stages the parts exchange what one has and another needs. What is in the
cache is not done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

from publisher.build import partition, worker
from publisher.build.cache import Cache, decode, encode, key_of
from publisher.build.context import BuildContext, digest_of
from publisher.build.exchange import Owners, Things
from publisher.build.executors import Mapper, here
from publisher.build.fingerprints import contents_of, entry_of
from publisher.build.part import FileTriples, Index, PartFiles, names_in_triples, signature
from publisher.build.partition import hashes, lacking, name_hash, pack_hashes, table
from publisher.build.plan import REIFIED, Analysis, Plan, Signature
from publisher.build.task import INPUTS, Stage, Task, TaskEnvironment, fingerprint
from publisher.dump.segments import Segment
from publisher.infer.materialization import saturate
from publisher.rdf.ntriples import NTriple, iri, share_terms, to_ntriples
from publisher.validate.engines import Engine, default_engine
from publisher.validate.lints import named_things
from publisher.validate.pipeline import make_hints
from publisher.validate.report import Finding
from publisher.workspace.config import Config
from publisher.workspace.files import expecting, relative_names
from publisher.workspace.layout import find_files
from publisher.workspace.sources import read_sources, triples_of

# With so many files the processes are started first of all: each begins as a copy of this one, which grows.
_MANY: Final = 20_000


@dataclass(frozen=True)
class Means:
    """What a corpus is worked on with: a cache, a mapper, an engine, and the size of a part in bytes."""

    cache: Cache
    mapper: Mapper = here
    engine: Engine | None = None
    size: int = partition.SIZE


class Corpus:
    """All parts of a dataset, and what came of the stages so far; the stages are called in the order of the methods."""

    def __init__(self, config: Config, means: Means) -> None:
        """Find the files and divide them into parts."""
        self.means, files = means, find_files(config)
        self.engine = means.engine or default_engine()
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
        self._others: list[Task] = []

    def _task(self, paths: tuple[str, ...]) -> Task:
        digests = tuple(self.contents[path].digest for path in paths)
        task = Task(self.environment, paths, digests)
        return task.with_key("files", key_of(*digests)).with_key("engine", self.engine)

    @property
    def context(self) -> BuildContext:
        """The ontology, rules and shapes."""
        return self.environment.context

    def map(self, stage: Stage, tasks: Sequence[Task] | None = None) -> None:
        """Do a stage for the parts, or for other ``tasks``, where its result is not there."""
        self._others += tasks or ()
        missing = [t for t in (self.tasks if tasks is None else tasks) if not worker.has(t, stage)]
        for _ in self.means.mapper(partial(worker.run, stage), missing):
            pass

    def _give(self, name: str, values: Iterable[object]) -> None:
        """Give each part an input of its own."""
        self.tasks = [task.given(name, value) for task, value in zip(self.tasks, values, strict=True)]

    def _give_all(self, name: str, value: object) -> None:
        """Give all parts the same input."""
        key = self.tasks[0].given(name, value).keys[name]
        self.tasks = [task.with_key(name, key) for task in self.tasks]

    def entries(self) -> set[str]:
        """Return the names of the cache entries that a build of the same sources uses."""
        tasks = {*self.tasks, *(replace(task, parts=()) for task in self._others)}
        names = {
            f"{stage.value}-{fingerprint(task, stage)}"
            for task in tasks
            for stage, inputs in INPUTS.items()
            if task.keys.keys() >= {*inputs}
        }
        names |= {f"input-{key}" for task in tasks for key in task.keys.values()}
        return names | self._more | {entry_of(self.environment.root), f"schema-{self.environment.digest}"}

    # --- reading ---

    def read(self) -> None:
        """Parse the files, and bring all that they state about a thing to the part that owns it."""
        self.map(Stage.INDEX)
        self.indexes = [worker.result(task, Stage.INDEX, Index) for task in self.tasks]
        self.owners = Owners([index.subjects for index in self.indexes])
        self._give("foreign", map(pack_hashes, self.owners.foreign))
        self._give("contested", self._contested())
        # these tables are large, and no later stage reads them
        self.indexes = [index._replace(used=b"", listed=b"", labels=b"") for index in self.indexes]
        self.map(Stage.FOREIGN)
        self.received: list[list[FileTriples]] = [[] for _ in self.tasks]
        for task, foreign in zip(self.tasks, self.owners.foreign, strict=True):
            for file in worker.result(task, Stage.FOREIGN, PartFiles) if foreign else ():
                by_owner: dict[int, list[NTriple]] = defaultdict(list)
                for triple in file.triples:
                    by_owner[foreign[name_hash(triple[0])]].append(triple)
                for number, triples in by_owner.items():
                    self.received[number].append(replace(file, triples=tuple(triples)))
        self._give("received", self.received)

    def _contested(self) -> Iterator[bytes]:
        """Yield for each part the names that lints across files look at."""
        config, root = self.context.config, self.environment.root
        with expecting({root / path: self.contents[path].digest for path in self.links}):
            links = read_sources(config, (root / path for path in self.links))
        self.workspace = replace(self.context.workspace, links=links)
        self.named = named_things(config, self.workspace, make_hints(config, self.workspace))
        self.unused = {value for index in self.indexes for value in table(index.listed)}
        for index in self.indexes:
            self.unused.difference_update(table(index.used))
        contested = partition.repeated([index.labels for index in self.indexes])
        contested |= self.unused | {name_hash(iri(name)) for name in self.named}
        for index in self.indexes:
            yield pack_hashes(contested.intersection((*table(index.subjects), *table(index.labels))))

    @cached_property
    def plan(self) -> Plan:
        """The levels of shapes and rules."""
        workspace = self.context.workspace
        described = signature(to_ntriples(triples_of(workspace.ontology)))
        reified = (key for key in described if key.startswith(REIFIED))
        keys = sorted({*reified, *(key for index in self.indexes for key in index.signature)})
        digest, schema = self.environment.digest, self.context.schema
        self._more.add(f"plan-{digest}")
        kept = self.means.cache.get("plan", digest)
        if kept is not None and (known := decode(kept, Analysis)).holds(keys, schema):
            return known.plan
        from publisher.build.analysis import analyse  # rdflib's SPARQL, only where the data have something new

        analysis = analyse(triples_of(workspace.shapes.all), workspace.rules, schema, keys)
        self.means.cache.put("plan", digest, encode(analysis))
        return analysis.plan

    # --- inference ---

    def infer(self) -> None:
        """Infer part by part, then what needs the whole, and bring each triple to the part that owns its subject."""
        names = sorted(unit.name for unit in self.plan.select(are_rules=True, are_global=True))
        predicates = (self.plan.rule_predicates(are_global=are_global) for are_global in (False, True))
        self._give_all("rules", [names, *predicates])
        self.map(Stage.EXPORTS)
        imports: list[set[NTriple]] = [set() for _ in self.tasks]
        self.senders: list[dict[str, set[int]]] = [defaultdict(set) for _ in self.tasks]
        shared, self._named, sent = set[NTriple](), [], list[tuple[int, list[NTriple]]]()
        new, terms = set[str](), dict[str, str]()
        for sender, task in enumerate(self.tasks):
            exports, for_rules, named, keys = worker.result(task, Stage.EXPORTS, worker.Exports)
            self._named.append(named)
            new.update(keys)
            shared.update(for_rules)
            sent.append((sender, share_terms(exports, terms)))
        sent.append((-1, self._apply_global_rules(shared, names)))
        self.new = Signature(new | signature(sent[-1][1]))  # of all that follows
        homes = self.owners.find_subjects(triple for _, triples in sent for triple in triples)
        for sender, triples in sent:
            for triple in triples:
                if (number := homes.get(triple[0])) is not None:
                    imports[number].add(triple)
                    self.senders[number][triple[0]].add(sender)
        self._give("imports", map(sorted, imports))
        for number, imported in enumerate(imports):
            self._named[number] += hashes(names_in_triples(imported))

    def _apply_global_rules(self, triples: set[NTriple], names: list[str]) -> list[NTriple]:
        if not triples:
            return []
        schema = self.context.schema
        rules = tuple(rule for rule in self.context.workspace.rules if rule.path.name in names)
        key = key_of(self.environment.digest, *names, encode(triples))
        self._more.add(f"rules-{key}")
        if (kept := self.means.cache.get("rules", key)) is not None:
            return decode(kept, list[NTriple])
        new = sorted(saturate(triples, schema, rules) - triples)
        self.means.cache.put("rules", key, encode(new))
        return new

    # --- validation ---

    def validate(self) -> list[set[Finding]]:
        """Return what is found in values, in asserted and in derived data, without places."""
        self._exchange()
        own = self.plan.select(are_rules=False, are_global=False)
        again = [unit for unit in own if not self.context.is_repeated(unit, self.new)]
        self._give_all("shapes", worker.select(self.context, own, again))
        self._give_all("queries", {unit.name for unit in own if unit.kind == "query"})
        self.map(Stage.FINDINGS)
        reports = [worker.findings_of(task, Stage.FINDINGS) for task in self.tasks]
        found = [{f for report in group for f in report.findings} for group in zip(*reports, strict=True)]
        whole = [*self._whole_tasks()]
        self.map(Stage.WHOLE, whole)
        for task in whole:
            for findings, report in zip(found[1:], worker.findings_of(task, Stage.WHOLE), strict=True):
                findings.update(report.findings)
        return found

    def _whole_tasks(self) -> Iterator[Task]:
        """Yield a task for each global shape; it depends on the triples that the shape reads, and on no others."""
        digests = [worker.result(task, Stage.DIGESTS, dict[str, str]) for task in self.tasks]
        for unit in self.plan.select(are_rules=False, are_global=True):
            keys = unit.keys(self.context.schema)
            task = Task(self.environment, parts=tuple(self.tasks)).with_key("engine", self.engine)
            task = task.with_key("extracts", key_of(*(part[key] for part in digests for key in keys)))
            yield task.given("shape", unit)

    def _exchange(self) -> None:
        """Give each part its fringe: what it reads of things that other parts own."""
        named = []
        for number, index in enumerate(self.indexes):
            names = {*table(index.named), *table(self._named[number]), *self.owners.foreign[number]}
            received = [triple for file in self.received[number] for triple in file.triples]
            names.update(map(name_hash, names_in_triples(received)))
            named.append(pack_hashes(names - self.owners.owned(number)))
        reads = [unit.reads for unit in self.plan.select(are_rules=False, are_global=False)]
        depth = max((one.depth for one in reads), default=0)
        wanted = [pack_hashes(names) for names in self.owners.wanted(named)]
        self._give("wanted", wanted)
        self._give_all("beyond", (depth, set[str]().union(*(one.beyond for one in reads))))
        whole = self.plan.select(are_rules=False, are_global=True)
        self._give_all("whole", sorted({key for unit in whole for key in unit.keys(self.context.schema)}))
        self.map(Stage.OFFERS)
        asked = [task for task, names in zip(self.tasks, wanted, strict=True) if names]
        self._give("fringe", self._fringes(asked, named, depth))
        self._give("undescribed", self._undescribed())
        terms = {name_hash(term): term for term in self.context.ontology_subjects}
        alone = sorted(terms[value] for value in terms.keys() - self.owners.find(terms).keys())
        self._give("terms", ([] if number else alone for number in range(len(self.tasks))))

    def _fringes(
        self, asked: Iterable[Task], named: Iterable[bytes], depth: int
    ) -> Iterator[tuple[list[NTriple], list[NTriple]]]:
        """Yield for each part what those ``asked`` offer of things that it names, up to ``depth`` steps away."""
        offers, terms = Things(), dict[str, str]()
        for task in asked:
            offers.add(*(share_terms(group, terms) for group in worker.result(task, Stage.OFFERS, list[list[NTriple]])))
        for number, one in enumerate(named):
            yield offers.near({*table(one)}, depth, without=self.owners.owned(number))

    def _undescribed(self) -> list[bytes]:
        """Return for each part what it refers to and no file describes."""
        start = iri(self.context.config.base)[:-1]
        references = []
        for files, index in zip(self.received, self.indexes, strict=True):
            received = {name_hash(o) for file in files for _, _, o in file.triples if o.startswith(start)}
            references.append(pack_hashes(received.union(table(index.references))) if received else index.references)
        return lacking(references, [index.subjects for index in self.indexes])

    # --- dumps ---

    def write(self) -> None:
        """Write each part into its segment of every dump."""
        more = {"links": {path: self.contents[path].digest for path in self.links}}
        self._give("more", ({} if number else more for number in range(len(self.tasks))))
        self.map(Stage.SUMMARY)

    def summaries(self) -> tuple[dict[str, Segment], ...]:
        """Return the segments of each part by dump, without their bodies."""
        return tuple(worker.result(task, Stage.SUMMARY, dict[str, Segment]) for task in self.tasks)

    def bodies(self) -> Iterator[dict[str, dict[str, memoryview]]]:
        """Yield the bodies of the segments of each part, by dump and extension."""
        return (worker.result(task, Stage.SEGMENTS, dict[str, dict[str, memoryview]]) for task in self.tasks)
