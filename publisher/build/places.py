"""Lint a corpus across its files, and find the places of findings in the files of the part that owns a focus node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Final

from more_itertools import flatten, map_reduce

from publisher.build import worker
from publisher.build.corpus import Corpus, Means
from publisher.build.executors import collection_at_end
from publisher.build.part import ENTITIES, FileTriples, PartFiles
from publisher.build.partition import name_hash
from publisher.build.task import Stage, Task
from publisher.progress import SILENT, Progress
from publisher.rdf.ntriples import from_ntriples, iri
from publisher.rdf.vocab import CHECK, RDF
from publisher.validate.engines import compile_shapes
from publisher.validate.hints import split_iri, standard_terms
from publisher.validate.lint_context import PrefixDeclaration
from publisher.validate.lints import lint_workspace, without_repetitions
from publisher.validate.pipeline import make_hints, without_consequences
from publisher.validate.report import Finding, Report, merge, read_findings, write_findings
from publisher.workspace.config import Config
from publisher.workspace.sources import Source, triples_of

_SUBJECT: Final = iri(RDF.subject.value)


@collection_at_end()
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
    values, asserted, derived = corpus.validate()
    ill_formed = [f for f in values if f.shape == CHECK["ill-formed-literal"].value]
    undescribed = [f for f in values if f.shape == CHECK["undescribed-thing"].value]
    shapes = compile_shapes(triples_of(corpus.context.workspace.shapes.all), means.engine)
    asserted = {*without_consequences(asserted, ill_formed, undescribed), *values, *shapes.faults}
    derived = set(without_consequences(derived - asserted, ill_formed, undescribed))
    lints = _lint(corpus) if is_linted else set[Finding]()
    *reports, located = _locate(corpus, asserted, derived, lints)
    report = merge(*reports)
    return corpus, merge(report, without_repetitions(located, report))


# --- lints ---------------------------------------------------------------------------------------------


def _lint(corpus: Corpus) -> set[Finding]:
    """Return what no shape sees, in single triples and across files; most have no place yet."""
    config, root = corpus.context.config, corpus.environment.root
    findings, files, declarations = set[Finding](), list[FileTriples](), list[PrefixDeclaration]()
    for task in corpus.tasks:
        findings.update(read_findings(worker.result(task, Stage.LINTS, bytes), root).findings)
        linted, declared = worker.result(task, Stage.LINTED, tuple[PartFiles, list[tuple[str, str, str, int, int]]])
        files += linted
        declarations += [PrefixDeclaration(root / path, name, ns, *place) for path, name, ns, *place in declared]
    declarations.sort(key=attrgetter("file"))
    sources = []
    for file in sorted(files, key=lambda file: Path(file.path)):
        is_looked_at = ENTITIES in file.path
        path = root / (file.path if is_looked_at else "data")
        sources.append(Source(path, file.graph, tuple(from_ntriples(file.triples)), is_computed=not is_looked_at))
    workspace = replace(corpus.workspace, data=tuple(sources))
    named = (name for name in corpus.named if name.startswith(config.base))
    things = _similar(corpus, {name for name in named if not corpus.owners.find((name_hash(iri(name)),))})
    hints = make_hints(config, workspace, flatten(things.values()))
    findings.update(lint_workspace(config, workspace, hints, tuple(declarations)).findings)
    is_unused = CHECK["unused-entity"].value
    return {f for f in findings if f.shape != is_unused or name_hash(iri(f.focus)) in corpus.unused}


def _similar(corpus: Corpus, names: Iterable[str]) -> dict[str, list[str]]:
    """Return the described things in the namespaces of names, which may be misspellings of them, by namespace."""
    starts = tuple({f"<{split_iri(name)[0]}" for name in names})
    if not starts:
        return {}
    files = (file for task in corpus.tasks for file in worker.result(task, Stage.TRIPLES, PartFiles))
    things = {s[1:-1] for file in files for s, _, _ in file.triples if s.startswith(starts)}
    return map_reduce(sorted(things), lambda thing: split_iri(thing)[0])


# --- places --------------------------------------------------------------------------------------------


def _locate(corpus: Corpus, *groups: set[Finding]) -> list[Report]:
    """Return the findings with their places; each is sought in the files of the part that owns its focus node."""
    names = {f.focus for group in groups for f in group}
    values = {name_hash(term): name for name in names for term in _terms(name)}
    homes = dict.fromkeys(names, -1) | {values[value]: n for value, n in corpus.owners.find(values).items()}
    rest = Task(corpus.environment).with_key("files", "")
    described, similar = _described(corpus, {f.value for group in groups for f in group})
    tasks = []
    for number in sorted(set(homes.values())):
        found = [[f for f in sorted(group) if homes[f.focus] == number] for group in groups]
        task = corpus.tasks[number] if number >= 0 else rest
        raw = [write_findings(Report(tuple(part)), corpus.environment.root) for part in found]
        named = {f.value for part in found for f in part}
        meant = flatten(similar.get(split_iri(name)[0], ()) for name in named - described)
        task = task.given("raw", raw).given("things", sorted({*named & described, *meant}))
        tasks.append(task.given("sources", _sources(corpus, number, found)))
    corpus.map(Stage.PLACES, tasks)
    located = [worker.findings_of(task, Stage.PLACES) for task in tasks]
    return [merge(*reports) for reports in zip(*located, strict=True)] or [Report(()) for _ in groups]


def _described(corpus: Corpus, values: Iterable[str]) -> tuple[set[str], dict[str, list[str]]]:
    """Return which values of findings are described anywhere, and what the others may be misspellings of."""
    hashed = {name_hash(iri(value)): value for value in values if ":" in split_iri(value)[0]}
    described = {hashed[value] for value in corpus.owners.find(hashed)}
    vocabulary = corpus.context.vocabulary
    declared, namespaces = described | vocabulary.declared, vocabulary.namespaces.union(standard_terms())
    others = (v for v in hashed.values() if v not in declared and split_iri(v)[0] not in namespaces)
    return described, _similar(corpus, others)


def _sources(corpus: Corpus, number: int, found: list[list[Finding]]) -> dict[str, dict[str, str]]:
    """Return the files of other parts that are needed to locate and to explain findings, with their digests."""
    about = {f.focus for group in found for f in group}
    places = _paths_about(corpus, number, about)
    for value in {f.value for group in found for f in group if f.path.startswith("^")}:
        for owner in corpus.owners.find(map(name_hash, _terms(value))).values():
            places |= {*corpus.tasks[owner].paths, *_paths_about(corpus, owner, {value})}
    names = {term for f in found[1] for name in (f.focus, f.value) for term in _terms(name)}
    premises = set[str]().union(*(_premises(corpus, name) for name in names | _claimed(corpus, number, names)))
    return {
        name: {path: corpus.contents[path].digest for path in sorted(paths)}
        for name, paths in (("places", places), ("premises", premises))
    }


def _terms(name: str) -> tuple[str, str]:
    """Return the name of a node of a finding in N-Triples: as an IRI, and as a blank node."""
    return iri(name), f"_:{name}"


def _paths_about(corpus: Corpus, number: int, names: set[str]) -> set[str]:
    if number < 0:
        return set()
    terms = {iri(name) for name in names}
    return {file.path for file in corpus.received[number] if any(s in terms for s, _, _ in file.triples)}


def _claimed(corpus: Corpus, number: int, claims: set[str]) -> set[str]:
    """Return the subjects of the triples that claims of a part are about: these triples may be derived, too."""
    if number < 0 or not claims:
        return set()
    files = (*worker.result(corpus.tasks[number], Stage.TRIPLES, PartFiles), *corpus.received[number])
    return {o for file in files for s, p, o in file.triples if p == _SUBJECT and s in claims}


def _premises(corpus: Corpus, name: str) -> set[str]:
    """Return the files from which a triple about a thing, given in N-Triples, may follow."""
    paths = set[str]()
    for owner in corpus.owners.find((name_hash(name),)).values():
        senders = corpus.senders[owner].get(name, set())
        for number in range(len(corpus.tasks)) if -1 in senders else {owner, *senders}:
            paths |= {*corpus.tasks[number].paths, *(file.path for file in corpus.received[number])}
    return paths
