"""Check a workspace against its shapes, stage by stage; the result is a ``Report``, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Triple

from publisher.infer import Schema, materialize
from publisher.infer.proofs import Derivations
from publisher.progress import SILENT, Progress
from publisher.rdf.ntriples import to_ntriples
from publisher.rdf.vocab import SH, plain
from publisher.validate.engines import Engine, compile_shapes
from publisher.validate.hints import Hints, TripleIndex
from publisher.validate.locator import Locator
from publisher.validate.report import Finding, Report, merge
from publisher.validate.value_checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.workspace.config import Config
from publisher.workspace.sources import Source, Workspace, triples_of

_CLASS: Final = SH.ClassConstraintComponent.value


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


@dataclass(frozen=True)
class Foreign:
    """What stands in files that are not looked at, and belongs to what stands in those that are."""

    asserted: tuple[Triple, ...] = ()
    inferred: tuple[Triple, ...] = ()

    def without_echo(self, report: Report, workspace: Workspace) -> Report:
        """Return the report without findings about things that only other files describe, and not here as a whole."""
        if not self.asserted:
            return report
        theirs = {plain(t.subject) for t in self.asserted} - {plain(t.subject) for t in triples_of(workspace.data)}
        return Report(tuple(finding for finding in report.findings if finding.focus not in theirs))


Gate = Callable[[Report], bool]


def conforms(report: Report) -> bool:
    """Tell whether asserted data are worth inferring from: the gate of whoever wants to publish."""
    return report.conforms


def check_workspace(
    config: Config,
    workspace: Workspace,
    schema: Schema,
    engine: Engine = "auto",
    may_go_on: Gate = conforms,
    foreign: Foreign = Foreign(),
    progress: Progress = SILENT,
) -> Checked:
    """Validate the asserted data, and if ``may_go_on`` says so, what follows from them too."""
    progress.step("validate the asserted data")
    found = foreign.without_echo(validate_asserted(workspace, config.things, engine, foreign), workspace)
    asserted = locate(found, config, workspace, None)
    if not may_go_on(asserted):
        return Checked(workspace, schema, (), asserted, is_whole=False)
    progress.step("infer")
    data = triples_of(workspace.data)
    inferred = tuple(materialize([*data, *foreign.asserted], schema, workspace.rules))
    progress.step("validate the derived data")
    derived = validate_derived(workspace, {*inferred, *foreign.asserted, *foreign.inferred}, engine)
    derived = foreign.without_echo(derived, workspace)
    derive = cache(lambda: Derivations(data, schema, workspace.rules))
    already = set(asserted.findings)
    fresh = Report(tuple(finding for finding in derived.findings if finding not in already))
    return Checked(workspace, schema, inferred, merge(asserted, locate(fresh, config, workspace, derive)))


def validate_asserted(
    workspace: Workspace, things: str, engine: Engine = "auto", foreign: Foreign = Foreign()
) -> Report:
    """Check what people wrote, with inference off. ``things`` is the namespace that the dataset answers for."""
    data = triples_of(workspace.data)
    facts = to_ntriples(data)
    # Engines compare values and give up on what is none of its datatype.
    findings = list(check_lexical_forms(facts)) or _shacl(
        [*data, *foreign.asserted], workspace, workspace.shapes.asserted, engine
    )
    described = {s for s, _, _ in facts} | {str(t.subject) for t in foreign.asserted}
    lost = list(check_references(facts, things, described))
    return merge(Report((*_without_echo(findings, lost), *check_edtf_bounds(facts), *lost)))


def _without_echo(findings: Iterable[Finding], lost: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out that a thing is of the wrong kind when nothing describes it at all."""
    nothing = {(f.focus, f.path, f.value) for f in lost}
    for f in findings:
        if f.component != _CLASS or (f.focus, f.path, f.value) not in nothing:
            yield f


def validate_derived(workspace: Workspace, inferred: Iterable[Triple], engine: Engine = "auto") -> Report:
    """Check what people wrote together with what follows from it."""
    stage = (*workspace.shapes.derived, *workspace.shapes.corpus)
    return merge(Report((*_shacl([*triples_of(workspace.data), *inferred], workspace, stage, engine),)))


def _shacl(data: list[Triple], workspace: Workspace, stage: tuple[Source, ...], engine: Engine) -> list[Finding]:
    shapes = triples_of(workspace.shapes.common, stage)
    if not shapes:
        return []
    validator = compile_shapes(shapes, engine)
    triples = ox.serialize([*data, *triples_of(workspace.ontology)], format=ox.RdfFormat.N_TRIPLES) or b""
    return [*validator.faults, *validator.validate(triples)]


def locate(report: Report, config: Config, workspace: Workspace, derive: Callable[[], Derivations] | None) -> Report:
    """Return the report with places, with what was expected, and with what the author may have meant.

    ``derive`` tells why triples are there that nobody wrote; ``None`` where nothing was derived.
    """
    if not report.findings:
        return report
    hints = make_hints(config, workspace)
    locator = Locator(config.root, config.prefixes, _all(workspace), hints.shapes, derive)
    return Report(tuple(hints.complete(locator.locate(finding)) for finding in report.findings))


def make_hints(config: Config, workspace: Workspace) -> Hints:
    """Return what is known of the terms and things of the workspace."""
    return Hints(
        prefixes=config.prefixes,
        shapes=TripleIndex(triples_of(workspace.shapes.all)),
        ontology=tuple(triples_of(workspace.ontology)),
        data=tuple(triples_of(workspace.data)),
    )


def _all(workspace: Workspace) -> tuple[Source, ...]:
    return (*workspace.data, *workspace.ontology, *workspace.shapes.all)
