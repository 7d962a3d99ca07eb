"""Complete findings: with their places in the sources, with what was expected or meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, cast

from publisher.infer.proofs import Derivations
from publisher.rdf.vocab import CHECK, SH
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.hints import Hints
from publisher.validate.locator import Locator
from publisher.validate.report import Finding, Report, Severity, relative
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace, triples_of

_CLASS: Final = SH.ClassConstraintComponent.value


def without_consequences(
    results: Iterable[Finding], ill_formed: Iterable[Finding], undescribed: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield the results that do not follow from other findings about the same value.

    An ill-formed literal is of no datatype and in no order; a thing that nothing describes is of no class.
    """

    def value_of(f: Finding) -> tuple[str, str, str]:
        return f.focus, f.path, f.terms.value if f.terms else f.value

    of_literals = set(map(value_of, ill_formed))
    things = {f.value for f in undescribed}
    for f in results:
        if value_of(f) not in of_literals and (f.component != _CLASS or f.value not in things):
            yield f


def locate(
    report: Report,
    config: Config,
    workspace: Workspace,
    derive: Callable[[], Derivations] | None = None,
    things: Iterable[str] = (),
) -> Report:
    """Return the report with places, with what was expected or meant, and as severe as publisher.toml has it.

    ``derive`` returns why derived triples are there; it is ``None`` where nothing was derived. ``things`` are described
    by other files.
    """
    if not report.findings:
        return report
    hints = make_hints(config, workspace, things)
    sources = (*workspace.data, *workspace.ontology, *workspace.shapes.written)
    locator = Locator(config.root, config.prefixes, sources, hints.shapes, derive)
    located = (hints.complete(locator.locate(finding)) for finding in report.findings)
    return Report(tuple(switched(config, located)))


def switched(config: Config, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings with the severities that publisher.toml gives to their checks, without those that are off."""
    for f in findings:
        if not f.shape.startswith(CHECK.iri):
            yield f
            continue
        check, _, axiom = f.shape.removeprefix(CHECK.iri).partition("/")
        setting = config.lints.setting(check, relative(f.file, config.root) if f.file else "")
        if setting != "off":
            severity = cast("Severity", setting) if setting else f.severity
            expected = "" if axiom else f.expected
            yield replace(f.under(check), severity=severity, expected=expected)


def make_hints(config: Config, workspace: Workspace, things: Iterable[str] = ()) -> Hints:
    """Return what is known of the terms and things of a workspace; ``things`` are described by other files."""
    return Hints(
        prefixes=config.prefixes,
        shapes=ShapesGraph(triples_of(workspace.shapes.all)),
        ontology=tuple(triples_of(workspace.ontology)),
        data=tuple(triples_of(workspace.data)),
        things=frozenset(things),
    )
