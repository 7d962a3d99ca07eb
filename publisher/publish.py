"""Run the stages in order: sources, validate, infer, validate again, dump, describe.

The only module that knows the order. The result appears in one step, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher import describe, jsonld
from publisher.config import Config
from publisher.derivations import Derivations
from publisher.dump import CHECKSUMS, MEDIA_TYPES, Distribution, Dump, write_checksums, write_dump
from publisher.infer import Schema, close, infer
from publisher.lint import lint, without_echo
from publisher.progress import SILENT, Progress
from publisher.report import Report, merge
from publisher.shacl import Engine
from publisher.sources import Source, Workspace, read_workspace, triples_of
from publisher.swap import MARKER, ensure_replaceable, staging
from publisher.validate import locate, make_hints, validate_asserted, validate_derived
from publisher.vocab import OWL, RDF

# How often ``check`` and ``build`` call ``progress.step``, for a bar that ends at its end.
CHECK_STEPS: Final = 5
REVIEW_STEPS: Final = CHECK_STEPS + 1
STEPS: Final = CHECK_STEPS + 3 * len(MEDIA_TYPES) + 4 + 1

_TURTLE: Final = ("ttl",)


@dataclass(frozen=True)
class Checked:
    """A workspace after validation.

    ``inferred`` is empty, and the report not the whole one, when the asserted data did not conform.
    """

    workspace: Workspace
    schema: Schema
    inferred: tuple[Triple, ...]
    report: Report
    is_whole: bool = True


Gate = Callable[[Report], bool]


def _conforms(report: Report) -> bool:
    return report.conforms


@dataclass(frozen=True)
class Built:
    """What a build came to; without ``folder`` nothing was written, as the report says why."""

    report: Report
    folder: Path | None = None
    triples: tuple[tuple[str, int], ...] = ()
    files: tuple[Distribution, ...] = ()
    beyond: tuple[str, ...] = ()


def check(
    config: Config,
    progress: Progress = SILENT,
    engine: Engine = "auto",
    may_go_on: Gate = _conforms,
) -> Checked:
    """Validate the asserted data, and if they conform, what follows from them too.

    ``may_go_on`` decides, from what was found in the asserted data, whether they are worth inferring from.
    """
    workspace = read_workspace(config, progress)
    progress.step("close the ontology")
    schema = close(workspace.ontology)
    progress.step("validate the asserted data")
    asserted = locate(validate_asserted(workspace, config.things, engine), config, workspace, None)
    if not may_go_on(asserted):
        return Checked(workspace, schema, (), asserted, is_whole=False)
    progress.step("infer")
    data = triples_of(workspace.data)
    inferred = tuple(infer(data, schema, workspace.rules))
    progress.step("validate the derived data")
    derived = validate_derived(workspace, inferred, engine)
    derive = cache(lambda: Derivations(data, schema, workspace.rules))
    fresh = Report(tuple(finding for finding in derived.findings if finding not in asserted.findings))
    return Checked(workspace, schema, inferred, merge(asserted, locate(fresh, config, workspace, derive)))


def review(
    config: Config,
    progress: Progress = SILENT,
    engine: Engine = "auto",
    may_go_on: Gate = _conforms,
) -> Checked:
    """Validate as ``check`` does, and look for what shapes cannot see."""
    checked = check(config, progress, engine, may_go_on)
    progress.step("look for slips")
    workspace = checked.workspace
    slips = locate(lint(config, workspace, make_hints(config, workspace)), config, workspace, None)
    return replace(checked, report=merge(checked.report, without_echo(slips, checked.report)))


def build(config: Config, target: Path, progress: Progress = SILENT) -> Built:
    """Validate and publish the workspace into ``target``; an earlier result stays until the new one is whole."""
    ensure_replaceable(target)
    checked = check(config, progress)
    if not checked.report.conforms:
        return Built(checked.report)
    dumps = make_dumps(config, checked)
    with staging(target) as folder:
        files = _write(config, checked.workspace, dumps, folder, progress)
    return Built(
        report=checked.report,
        folder=target,
        triples=tuple((dump.name, len(dump.triples)) for dump in dumps),
        files=tuple(files),
        beyond=checked.schema.beyond,
    )


def make_dumps(config: Config, checked: Checked) -> tuple[Dump, ...]:
    """Return what is published: the parts, and all of them together."""
    workspace = checked.workspace
    inferred = {config.graph("inferred"): checked.inferred}
    asserted, links = _graphs(workspace.data), _graphs(workspace.links)
    ontology, alignments = _graphs(workspace.ontology), _graphs(workspace.alignments)
    shapes = workspace.shapes
    return (
        Dump("asserted", "Asserted triples", asserted),
        Dump("inferred", "Inferred triples", inferred),
        Dump("links", "Links to other datasets", links, _TURTLE),
        Dump("ontology", "Ontology and code lists", ontology, _TURTLE),
        Dump("alignments", "Alignments with other vocabularies", alignments, _TURTLE),
        Dump("shapes", "Shapes", _graphs((*shapes.common, *shapes.asserted, *shapes.derived)), _TURTLE),
        Dump("all", "Everything except the shapes", _union(ontology, alignments, asserted, links, inferred)),
    )


def _union(*parts: dict[str, tuple[Triple, ...]]) -> dict[str, tuple[Triple, ...]]:
    """Return all graphs; one that several parts have holds the triples of all of them."""
    union: dict[str, tuple[Triple, ...]] = {}
    for part in parts:
        for name, triples in part.items():
            union[name] = union.get(name, ()) + triples
    return union


def _write(
    config: Config, workspace: Workspace, dumps: tuple[Dump, ...], folder: Path, progress: Progress
) -> list[Distribution]:
    target = folder / MARKER.parent
    target.mkdir()
    context = jsonld.make_context(config.prefixes, triples_of(workspace.ontology))
    files = [file for dump in dumps for file in write_dump(dump, target, config.prefixes, context, progress)]
    progress.step("describe the dataset")
    (target / "context.jsonld").write_text(jsonld.document(context), encoding="utf-8")
    described = describe.describe(config, dumps, files, _ontologies(workspace), _sources(workspace))
    describe.write(described, target / "void.ttl", config.prefixes)
    write_checksums(target)
    return files


def _graphs(sources: tuple[Source, ...]) -> dict[str, tuple[Triple, ...]]:
    return _union(*({source.graph: source.triples} for source in sources))


def _sources(workspace: Workspace) -> list[Source]:
    shapes = workspace.shapes
    groups = (
        workspace.ontology,
        workspace.alignments,
        shapes.common,
        shapes.asserted,
        shapes.derived,
        workspace.data,
        workspace.links,
    )
    return [source for group in groups for source in group]


def _ontologies(workspace: Workspace) -> list[NamedNode]:
    typed = (t.subject for t in triples_of(workspace.ontology) if t.predicate == RDF.type and t.object == OWL.Ontology)
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
    return "\n".join(lines)
