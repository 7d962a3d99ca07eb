"""Check a workspace against its shapes, stage by stage; the result is a ``Report``, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Triple

from publisher.checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.config import Config
from publisher.derivations import Derivations
from publisher.hints import Graph, Hints
from publisher.locate import Locator
from publisher.report import Finding, Report, merge
from publisher.shacl import Engine, validate
from publisher.sources import Shapes, Source, Workspace, triples_of
from publisher.vocab import SH

_CLASS: Final = SH.ClassConstraintComponent.value


def validate_asserted(workspace: Workspace, things: str, engine: Engine = "auto") -> Report:
    """Check what people wrote, with inference off. ``things`` is the namespace that the dataset answers for."""
    data = triples_of(workspace.data)
    # Engines compare values and give up on what is none of its datatype.
    findings = list(check_lexical_forms(data)) or _shacl(data, workspace, workspace.shapes.asserted, engine)
    lost = list(check_references(data, things))
    return merge(Report((*_without_echo(findings, lost), *check_edtf_bounds(data), *lost)))


def _without_echo(findings: Iterable[Finding], lost: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out that a thing is of the wrong kind when nothing describes it at all."""
    nothing = {(f.focus, f.path, f.value) for f in lost}
    for f in findings:
        if f.component != _CLASS or (f.focus, f.path, f.value) not in nothing:
            yield f


def validate_derived(workspace: Workspace, inferred: Iterable[Triple], engine: Engine = "auto") -> Report:
    """Check what people wrote together with what follows from it."""
    return merge(
        Report((*_shacl([*triples_of(workspace.data), *inferred], workspace, workspace.shapes.derived, engine),))
    )


def _shacl(data: list[Triple], workspace: Workspace, stage: tuple[Source, ...], engine: Engine) -> list[Finding]:
    shapes = triples_of(workspace.shapes.common, stage)
    if not shapes:
        return []
    return validate([*data, *triples_of(workspace.ontology)], shapes, _any_path(workspace.shapes), engine)


def _any_path(shapes: Shapes) -> Path:
    return (*shapes.common, *shapes.asserted, *shapes.derived)[0].path


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
    shapes = workspace.shapes
    return Hints(
        prefixes=config.prefixes,
        shapes=Graph(triples_of(shapes.common, shapes.asserted, shapes.derived)),
        ontology=tuple(triples_of(workspace.ontology)),
        data=tuple(triples_of(workspace.data)),
    )


def _all(workspace: Workspace) -> tuple[Source, ...]:
    shapes = workspace.shapes
    return (*workspace.data, *workspace.ontology, *shapes.common, *shapes.asserted, *shapes.derived)
