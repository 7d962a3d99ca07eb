"""The kinds of findings that no shape defines, in one table: id, severity, description, and the function of each lint.

The id stands in findings where the name of a shape would. docs/validating.md repeats the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from publisher.rdf.vocab import CHECK
from publisher.validate import lint_data, lint_queries, lint_sources
from publisher.validate.hints import Hints
from publisher.validate.lint_context import LintContext, Problem, query_text, text_of
from publisher.validate.report import Finding, Report, Severity, merge
from publisher.workspace import files, sssom
from publisher.workspace.config import Config
from publisher.workspace.sources import ShapesGraphs, Workspace


@dataclass(frozen=True)
class FindingKind:
    """A kind of finding that no shape defines; ``description`` is one sentence that says what was found."""

    id: str
    severity: Severity
    description: str

    def finding(self, problem: Problem) -> Finding:
        """Return a problem as a finding of this kind."""
        check = CHECK[self.id].value
        return Finding(component=check, severity=self.severity, shape=check, **vars(problem))


@dataclass(frozen=True)
class Lint(FindingKind):
    """A kind that one function finds in a ``LintContext``.

    ``is_of_triples`` marks the lints that look at one triple at a time, whatever else the data are.
    """

    find: Callable[[LintContext], Iterable[Problem]]
    is_of_triples: bool = False


READABLE: Final = FindingKind(
    "unreadable-file", "violation", "A source file cannot be parsed, is not UTF-8, or has a row that is wrong."
)
STORE_LIMIT: Final = FindingKind(
    "store-limit", "warning", "The store given with `--for` would change or refuse a value."
)

LINTS: Final[tuple[Lint, ...]] = (
    Lint(
        "missing-shapes",
        "warning",
        "The workspace has no shapes, so nothing was checked.",
        lint_data.missing_shapes,
    ),
    Lint(
        "unapplied-axiom",
        "warning",
        "An axiom of the ontology has no effect on the data.",
        lint_sources.unapplied_axioms,
    ),
    Lint(
        "axiom-in-data",
        "warning",
        "An axiom stands among the data, where it has no effect.",
        lint_sources.axioms_in_data,
        is_of_triples=True,
    ),
    Lint(
        "passed-over",
        "warning",
        "A folder of `ontology/` or `queries/` is not read, or a file in `queries/` is no query.",
        lint_sources.passed_over,
    ),
    Lint(
        "undeclared-term",
        "violation",
        "Data or shapes use a term that neither the ontology nor SKOS, DCMI Terms, RDF, RDFS, OWL, SHACL or XSD has.",
        lint_data.undeclared_terms,
        is_of_triples=True,
    ),
    Lint(
        "deprecated-term",
        "warning",
        "Shapes, rules or queries use a deprecated term.",
        lambda context: (*lint_data.deprecated_terms(context), *lint_queries.deprecated_terms(context)),
    ),
    Lint(
        "query-term",
        "violation",
        "A query, a rule or a query within a shape uses an undeclared term, and would silently return nothing.",
        lint_queries.unknown_terms,
    ),
    Lint(
        "query-thing",
        "warning",
        "A query or a rule names a thing of the dataset that nothing describes.",
        lint_queries.undescribed_things,
    ),
    Lint(
        "query-syntax",
        "violation",
        "A query or its header cannot be parsed.",
        lint_queries.syntax_errors,
    ),
    Lint(
        "query-header",
        "warning",
        "The header of a query has no question or no tags.",
        lint_queries.incomplete_headers,
    ),
    Lint(
        "query-parameter",
        "warning",
        "A query has `VALUES ?x { one term }`, but its header has no such entry in `parameters`.",
        lint_queries.undeclared_parameters,
    ),
    Lint(
        "expected-result",
        "warning",
        "A query has no reviewed answer in `queries/expected/`, or an answer has no query.",
        lint_queries.expected_results,
    ),
    Lint(
        "prefix-bound-twice",
        "warning",
        "A prefix stands for another namespace than in `publisher.toml` or in an earlier file.",
        lint_data.prefixes_bound_twice,
    ),
    Lint(
        "linked-thing",
        "violation",
        "A mapping links a thing of the dataset that nothing describes.",
        lint_data.linked_things,
    ),
    Lint(
        "name-pattern",
        "warning",
        "An identifier is not in lower case with hyphens.",
        lint_data.names,
        is_of_triples=True,
    ),
    Lint(
        "same-label",
        "warning",
        "Two things of one class have the same preferred label.",
        lint_data.same_labels,
    ),
    Lint(
        "mixed-scripts",
        "warning",
        "A word has letters of two scripts that look alike.",
        lint_data.mixed_scripts,
        is_of_triples=True,
    ),
    Lint(
        "unused-entity",
        "info",
        "Nothing refers to a thing that is described under `data/entities/`.",
        lint_data.unused_entities,
    ),
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


def lint_workspace(config: Config, workspace: Workspace, hints: Hints) -> Report:
    """Return what the lints find in a workspace and its queries; findings about triples have no place yet."""
    return _run(LINTS, _context(config, workspace, hints))


def lint_triples(config: Config, workspace: Workspace, hints: Hints) -> Report:
    """Return what the lints that look at one triple at a time find in the data of a workspace."""
    data_only = replace(workspace, ontology=(), alignments=(), shapes=ShapesGraphs((), (), (), ()), rules=(), links=())
    return _run((lint for lint in LINTS if lint.is_of_triples), LintContext(config, data_only, hints, ()))


def named_things(config: Config, workspace: Workspace, hints: Hints) -> set[str]:
    """Return the IRIs that queries, rules and mappings name."""
    named = {iri for _, iri, _ in _context(config, workspace, hints).iris()}
    paths = (source.path for source in workspace.links if source.path.name.endswith(".sssom.tsv"))
    return named | {mapping.subject for path in paths for mapping in sssom.read_mappings(path)}


def _context(config: Config, workspace: Workspace, hints: Hints) -> LintContext:
    paths = (path for path in files.find(config.root / "queries") if path.suffix == ".rq")
    return LintContext(config, workspace, hints, tuple(query_text(path, text_of(path)) for path in paths))


def _run(lints: Iterable[Lint], context: LintContext) -> Report:
    def findings() -> Iterator[Finding]:
        for lint in lints:
            if not context.config.lints.is_off(lint.id):
                yield from map(lint.finding, lint.find(context))

    return merge(Report(tuple(findings())))


def without_repetitions(lints: Report, shapes: Report) -> Report:
    """Return the findings of lints without undeclared terms at places where a shape reports a violation."""
    violated = {f.place for f in shapes.findings if f.severity == "violation"}
    undeclared = CHECK["undeclared-term"].value
    return Report(tuple(f for f in lints.findings if f.shape != undeclared or f.place not in violated))
