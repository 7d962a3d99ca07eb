"""The kinds of findings that no shape defines, and the run of those that lints find.

The id stands in findings where the name of a shape would. docs/validating.md describes each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from publisher.rdf.curies import expand
from publisher.rdf.vocab import CHECK
from publisher.validate import lint_data, lint_pages, lint_queries, lint_sources
from publisher.validate.hints import Hints
from publisher.validate.lint_context import FindingKind, LintContext, PrefixDeclaration, query_text, text_of
from publisher.validate.report import Report, merge
from publisher.workspace import files, sssom
from publisher.workspace.config import Config
from publisher.workspace.pages.markdown import read_pages
from publisher.workspace.sources import ShapesGraphs, Workspace

LINTS: Final = tuple(
    lint
    for module in (lint_sources, lint_data, lint_queries, lint_pages)
    for lint in vars(module).values()
    if isinstance(lint, FindingKind)
)

READABLE: Final = FindingKind(
    "unreadable-file", "violation", "A source file cannot be parsed, is not UTF-8, or has a row that is wrong."
)
STORE_LIMIT: Final = FindingKind(
    "store-limit", "warning", "The store given with `--for` would change or refuse a value."
)

FINDING_KINDS: Final[tuple[FindingKind, ...]] = (
    READABLE,
    FindingKind(
        "ill-formed-shape",
        "violation",
        "A shape breaks a syntax rule of SHACL or is refused by the engine; the other shapes are applied.",
    ),
    FindingKind(
        "unsupported-shape", "warning", "A shape has a part that is not applied, or that SHACL leaves undefined."
    ),
    FindingKind("engines-disagree", "warning", "With `--engine both`, one of the two engines alone found this."),
    FindingKind("engine-stopped", "violation", "An engine or a query stopped, so its findings are not known."),
    FindingKind("undescribed-thing", "violation", "A thing of the dataset is named, but not described."),
    FindingKind("ill-formed-literal", "violation", "A literal is none of its datatype."),
    FindingKind("edtf-bounds", "violation", "A date bound disagrees with the EDTF date beside it."),
    FindingKind("disjoint-classes", "violation", "A thing is in two classes that the ontology declares disjoint."),
    FindingKind("irreflexive-property", "violation", "A thing has an irreflexive property to itself."),
    FindingKind("asymmetric-property", "violation", "An asymmetric property is stated in both directions."),
    FindingKind("disjoint-properties", "violation", "A thing has one value of two disjoint properties."),
    FindingKind("negative-assertion", "violation", "The data state what the ontology denies of an individual."),
    FindingKind("forbidden-property", "violation", "A thing has a property that its class has at most 0 times."),
    *LINTS,
    STORE_LIMIT,
)


def lint_workspace(
    config: Config, workspace: Workspace, hints: Hints, declarations: tuple[PrefixDeclaration, ...]
) -> Report:
    """Return what the lints find in a workspace and its queries; findings about triples have no place yet.

    ``declarations`` are those of the data files, as in ``LintContext``.
    """
    return _run(LINTS, replace(_context(config, workspace, hints), declarations=declarations))


def lint_triples(config: Config, workspace: Workspace, hints: Hints) -> Report:
    """Return what the lints that look at one triple at a time find in the data of a workspace."""
    data_only = replace(workspace, ontology=(), alignments=(), shapes=ShapesGraphs((), (), (), ()), rules=(), links=())
    return _run((lint for lint in LINTS if lint.is_of_triples), LintContext(config, data_only, hints, ()))


def named_things(config: Config, workspace: Workspace, hints: Hints) -> set[str]:
    """Return the IRIs that queries, rules, mappings and pages name."""
    context = _context(config, workspace, hints)
    links = (link.href for page in context.pages for link in page.links)
    named = {iri for href in links if (iri := expand(unquote(href), config.prefixes))}
    named |= {iri for _, iri, _ in context.iris()}
    paths = (source.path for source in workspace.links if source.path.name.endswith(".sssom.tsv"))
    return named | {mapping.subject for path in paths for mapping in sssom.read_mappings(path)}


def _context(config: Config, workspace: Workspace, hints: Hints) -> LintContext:
    paths = (path for path in files.find(config.root / "queries") if path.suffix == ".rq")
    queries = tuple(query_text(path, text_of(path)) for path in paths)
    return LintContext(config, workspace, hints, queries, tuple(read_pages(config)))


def _run(lints: Iterable[FindingKind], context: LintContext) -> Report:
    on = (lint for lint in lints if not context.config.lints.is_off(lint.id))
    return merge(Report(tuple(lint.finding(p) for lint in on if lint.find for p in lint.find(context))))


def without_repetitions(lints: Report, shapes: Report) -> Report:
    """Return the findings of lints without undeclared terms at places where a shape reports a violation."""
    violated = {f.place for f in shapes.findings if f.severity == "violation"}
    undeclared = CHECK["undeclared-term"].value
    return Report(tuple(f for f in lints.findings if f.shape != undeclared or f.place not in violated))
