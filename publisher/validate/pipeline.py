"""Validate a workspace in two stages: what people wrote, then what people wrote together with what follows from it."""

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
from publisher.validate import lints
from publisher.validate.engines import Engine, compile_shapes
from publisher.validate.hints import Hints, TripleIndex
from publisher.validate.locator import Locator
from publisher.validate.report import Finding, Report, merge
from publisher.validate.value_checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.workspace.config import Config
from publisher.workspace.sources import Source, Workspace, triples_of

_CLASS: Final = SH.ClassConstraintComponent.value


@dataclass(frozen=True)
class Validation:
    """A workspace after validation, its ontology closed.

    ``inferred`` is empty and the report incomplete when the asserted data did not conform: nothing was inferred.
    """

    workspace: Workspace
    schema: Schema
    inferred: tuple[Triple, ...]
    report: Report
    is_complete: bool = True


@dataclass(frozen=True)
class Foreign:
    """Triples of other files about the things of the validated files; they are validated with them, not reported on."""

    asserted: tuple[Triple, ...] = ()
    inferred: tuple[Triple, ...] = ()

    def drop_from(self, report: Report, workspace: Workspace) -> Report:
        """Return the report without findings about things that only the other files describe."""
        if not self.asserted:
            return report
        own = {plain(t.subject) for t in triples_of(workspace.data)}
        foreign = {plain(t.subject) for t in self.asserted} - own
        return Report(tuple(finding for finding in report.findings if finding.focus not in foreign))


Gate = Callable[[Report], bool]


def conforms(report: Report) -> bool:
    """Tell whether a report has no violation: the gate before inference unless a caller wants another one."""
    return report.conforms


def validate(
    config: Config,
    workspace: Workspace,
    schema: Schema,
    engine: Engine = "auto",
    may_go_on: Gate = conforms,
    foreign: Foreign = Foreign(),
    progress: Progress = SILENT,
) -> Validation:
    """Validate the asserted data, then the data with what follows from them if ``may_go_on`` accepts the first report.

    ``schema`` is the closed ontology of the workspace. Raises ``SourceError`` when shapes or rules are ill-formed.
    """
    progress.step("validate the asserted data")
    asserted = foreign.drop_from(validate_asserted(workspace, config.things, engine, foreign), workspace)
    asserted = locate(asserted, config, workspace)
    if not may_go_on(Report(tuple(finding for finding in asserted.findings if not finding.is_of_shapes))):
        return Validation(workspace, schema, (), asserted, is_complete=False)
    progress.step("infer")
    data = triples_of(workspace.data)
    inferred = tuple(materialize([*data, *foreign.asserted], schema, workspace.rules))
    progress.step("validate the derived data")
    derived = validate_derived(workspace, {*inferred, *foreign.asserted, *foreign.inferred}, engine)
    derived = foreign.drop_from(derived, workspace)
    reported = set(asserted.findings)
    derived = Report(tuple(finding for finding in derived.findings if finding not in reported))
    derive = cache(lambda: Derivations(data, schema, workspace.rules))
    return Validation(workspace, schema, inferred, merge(asserted, locate(derived, config, workspace, derive)))


def lint(config: Config, workspace: Workspace, *, is_partial: bool = False) -> Report:
    """Return what the lints find in a workspace and in its queries.

    With ``is_partial`` the workspace holds only a part of the data, and lints that need all of it do not run.
    """
    hints = _make_hints(config, workspace)
    return locate(lints.lint_workspace(config, workspace, hints, is_partial=is_partial), config, workspace)


def lint_articles(config: Config, workspace: Workspace) -> Report:
    """Return what the lints that look at triples alone find in the data of a workspace."""
    return locate(lints.lint_articles(config, workspace, _make_hints(config, workspace)), config, workspace)


def validate_asserted(
    workspace: Workspace, things: str, engine: Engine = "auto", foreign: Foreign = Foreign()
) -> Report:
    """Check what people wrote, with inference off. ``things`` is the namespace that the dataset answers for."""
    data = triples_of(workspace.data)
    triples = to_ntriples(data)
    ill_formed = list(check_lexical_forms(triples))
    results = _shacl([*data, *foreign.asserted], workspace, workspace.shapes.asserted, engine)
    described = {s for s, _, _ in triples} | {str(t.subject) for t in foreign.asserted}
    undescribed = list(check_references(triples, things, described))
    findings = without_consequences(results, ill_formed, undescribed)
    return merge(Report((*findings, *ill_formed, *check_edtf_bounds(triples), *undescribed)))


def without_consequences(
    results: Iterable[Finding], ill_formed: Iterable[Finding], undescribed: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield the results that do not follow from other findings about the same value.

    An ill-formed literal is of no datatype and in no order; a thing that nothing describes is of no class.
    """
    of_literals = {(f.focus, f.path, f.value) for f in ill_formed}
    of_things = {(f.focus, f.path, f.value) for f in undescribed}
    for f in results:
        about = (f.focus, f.path, f.value)
        if about not in of_literals and (f.component != _CLASS or about not in of_things):
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


def locate(
    report: Report, config: Config, workspace: Workspace, derive: Callable[[], Derivations] | None = None
) -> Report:
    """Return the report with places, with what was expected, and with what the author may have meant.

    ``derive`` returns why derived triples are there; it is ``None`` where nothing was derived.
    """
    if not report.findings:
        return report
    hints = _make_hints(config, workspace)
    sources = (*workspace.data, *workspace.ontology, *workspace.shapes.all)
    locator = Locator(config.root, config.prefixes, sources, hints.shapes, derive)
    return Report(tuple(hints.complete(locator.locate(finding)) for finding in report.findings))


def _make_hints(config: Config, workspace: Workspace) -> Hints:
    return Hints(
        prefixes=config.prefixes,
        shapes=TripleIndex(triples_of(workspace.shapes.all)),
        ontology=tuple(triples_of(workspace.ontology)),
        data=tuple(triples_of(workspace.data)),
    )
