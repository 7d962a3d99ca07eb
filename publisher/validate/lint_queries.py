"""Lints of queries and rules: an unknown term in them is no error to any engine, they only return nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from more_itertools import sliding_window
from pyoxigraph import Triple

from publisher.errors import SourceError
from publisher.query.files import Query
from publisher.rdf.sparql import position_of, tokenize
from publisher.rdf.vocab import SH, plain
from publisher.validate.engines.shapes_graph import prefixes_of
from publisher.validate.lint_context import DEPRECATED, LintContext, Problem, QueryText, finds
from publisher.validate.lint_data import of_term, uses
from publisher.validate.report import relative
from publisher.workspace.positions import Positions, index

_NO_MATCH: Final = (
    "No vocabulary declares this term, so nothing matches it: the query silently returns nothing here. Check the "
    "spelling, or declare it in the ontology."
)
_NOT_DESCRIBED: Final = "Nothing describes this thing, so the query silently returns nothing of it. Check the spelling."
_INCOMPLETE: Final = "The header of the query has no '{}'."
_SUMMARY: Final = "begin the file with the question: '#+ summary: Who met whom?'"
_TAGS: Final = "add a line such as '#+ tags: [facts, people]'"


@finds("deprecated-term", "warning")
def deprecated_terms(context: LintContext) -> Iterator[Problem]:
    """Shapes, rules or queries use a deprecated term."""
    # Those in data have a shape of their own.
    replacements = context.vocabulary.replacements
    for t in (t for source in context.shapes for t in source.triples):
        for iri, role in uses(t):
            if iri in replacements:
                yield of_term(t, role, DEPRECATED, context.replacement_hint(iri))
    for query, iri, place in context.iris():
        if iri in replacements:
            yield context.problem(query, place, DEPRECATED, iri, context.replacement_hint(iri))


@finds("query-term", "violation")
def unknown_terms(context: LintContext) -> Iterator[Problem]:
    """A query, a rule or a query within a shape uses an undeclared term, and would silently return nothing."""
    for query, iri, place in context.iris():
        if context.vocabulary.lacks(iri):
            yield context.problem(query, place, _NO_MATCH, iri, context.hints.near(iri, context.hints.known))
    positions = cache(index)
    for source in context.shapes:
        for t in source.triples:
            if t.predicate in (SH.select, SH.ask):
                prefixes = prefixes_of(context.hints.shapes, t.subject)
                header = " ".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in prefixes.items())
                for iri, (line, column) in QueryText(source.path, f"{header}\n{plain(t.object)}").iris:
                    if context.vocabulary.lacks(iri):
                        where = _place_in_literal(positions, source.path, t, line - 1, column)
                        hint = context.hints.near(iri, context.hints.known)
                        yield Problem(plain(t.subject), _NO_MATCH, value=iri, hint=hint, **where)


def _place_in_literal(
    positions: Callable[[Path], Positions], path: Path, t: Triple, line: int, column: int
) -> dict[str, Any]:
    """Return the place of a line and column within a literal that writes its line breaks without escapes."""
    place = positions(path).triple(t)
    if place is None:
        return {"file": path}
    quotes = 3 if place.end_line > place.line else 1
    first = place.column + quotes + column - 1
    return {"file": path, "line": place.line + line - 1, "column": column if line > 1 else first}


@finds("query-thing", "warning")
def undescribed_things(context: LintContext) -> Iterator[Problem]:
    """A query or a rule names a thing of the dataset that nothing describes."""
    graphs = {source.graph for source in (*context.workspace.data, *context.workspace.links)}
    described = context.hints.described | graphs | {context.config.things}
    for query, iri, place in context.iris():
        if iri not in described and context.is_thing(iri):
            yield context.problem(query, place, _NOT_DESCRIBED, iri, context.hints.near(iri, context.hints.described))


@finds("query-syntax", "violation")
def syntax_errors(context: LintContext) -> Iterator[Problem]:
    """A query or its header cannot be parsed."""
    for text in context.queries:
        if isinstance(text.parsed, SourceError):
            place = (text.parsed.line or 1, text.parsed.column or 1)
            yield context.problem(text, place, f"The query cannot be read: {text.parsed.message}")


@finds("query-header", "warning")
def incomplete_headers(context: LintContext) -> Iterator[Problem]:
    """The header of a query has no question or no tags."""
    for text in context.queries:
        if isinstance(text.parsed, Query):
            if not text.parsed.question:
                yield context.problem(text, (1, 1), _INCOMPLETE.format("summary"), hint=_SUMMARY)
            if not text.parsed.tags:
                yield context.problem(text, (1, 1), _INCOMPLETE.format("tags"), hint=_TAGS)


@finds("query-parameter", "warning")
def undeclared_parameters(context: LintContext) -> Iterator[Problem]:
    """A query has `VALUES ?x { one term }`, but its header has no such entry in `parameters`."""
    for text in context.queries:
        if not isinstance(text.parsed, Query):
            continue
        declared = {parameter.name for parameter in text.parsed.parameters}
        for values, variable, opening, _, closing in sliding_window(tokenize(text.text), 5):
            name = variable[0][1:]
            is_fixed = values[0].upper() == "VALUES" and (opening[0], closing[0]) == ("{", "}")
            if is_fixed and variable.lastgroup == "variable" and name not in declared:
                message = f"The query fixes ?{name} by VALUES to one term, but its header declares no such parameter."
                hint = f"add '#+ parameters:' with an entry '#+   - name: {name}', its type and its description"
                yield context.problem(text, position_of(variable), message, name, hint)


@finds("expected-result", "warning")
def expected_results(context: LintContext) -> Iterator[Problem]:
    """A query has no reviewed answer in `queries/expected/`, or an answer has no query."""
    folder = context.config.root / "queries" / "expected"
    if not folder.is_dir():
        return
    where = relative(folder, context.config.root)
    answers = {path.stem: path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."}
    for query in context.queries:
        if query.path.stem not in answers:
            message = f"The query has no reviewed answer: {where}/{query.path.stem}.tsv is missing."
            yield context.problem(query, (1, 1), message)
    for name in sorted(answers.keys() - {query.path.stem for query in context.queries}):
        focus = relative(answers[name], context.config.root)
        message = "No query has this answer. Delete the file, or name it after its query."
        yield Problem(focus, message, file=answers[name])
