"""Check queries and rules: an unknown term in them is no error to any engine, it only returns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from pyoxigraph import Triple

from publisher.errors import SourceError
from publisher.query.files import parse_query
from publisher.rdf.safety import check_query
from publisher.rdf.sparql import position_of, syntax_error
from publisher.rdf.vocab import SH, plain
from publisher.validate.lint_context import DEPRECATED, LintContext, Text, finding
from publisher.validate.report import Finding, relative
from publisher.workspace.positions import index


def deprecated_terms(desk: LintContext) -> Iterator[Finding]:
    """Yield retired terms in rules and queries."""
    for text, iri, place in desk.iris():
        if iri in desk.retired:
            yield desk.at(text, place, "DeprecatedTerm", "warning", DEPRECATED, iri, hint=desk.heir(iri))


def query_terms(desk: LintContext) -> Iterator[Finding]:
    """Yield terms of queries and rules that no vocabulary has: nothing can match them, and no engine says so."""
    for text, iri, place in desk.iris():
        if desk.is_unknown(iri):
            hint = desk.hints.near(iri, desk.hints.known)
            yield desk.at(text, place, "QueryTerm", "violation", _SILENT, iri, hint=hint)


_SILENT: Final = (
    "No vocabulary declares this term, so nothing matches it: the query silently returns nothing here. Check the "
    "spelling, or declare it in the ontology."
)


def constraint_terms(desk: LintContext) -> Iterator[Finding]:
    """Yield the same in the queries within shapes: a constraint that matches nothing finds nothing."""
    header = " ".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in _shape_prefixes(desk))
    for source in desk.shapes:
        for t in source.triples:
            if t.predicate in (SH.select, SH.ask):
                for iri, (line, column) in Text(source.path, f"{header}\n{plain(t.object)}").iris():
                    if desk.is_unknown(iri):
                        found = finding("QueryTerm", "violation", _SILENT, plain(t.subject), value=iri)
                        hint = desk.hints.near(iri, desk.hints.known)
                        yield replace(found, hint=hint, **_within(source.path, t, line - 1, column))


def _shape_prefixes(desk: LintContext) -> Iterator[tuple[str, str]]:
    for head in {t.object for source in desk.shapes for t in source.triples if t.predicate == SH.declare}:
        for prefix in desk.hints.shapes.objects(head, SH.prefix):
            for namespace in desk.hints.shapes.objects(head, SH.namespace):
                yield plain(prefix), plain(namespace)


def _within(path: Path, t: Triple, line: int, column: int) -> dict[str, Any]:
    """Return the place of a line and column of a literal, which has no line breaks by escapes."""
    place = index(path).triple(t)
    if place is None:
        return {"file": path}
    quotes = 3 if place.end_line > place.line else 1
    first = place.column + quotes + column - 1
    return {"file": path, "line": place.line + line - 1, "column": column if line > 1 else first}


def query_things(desk: LintContext) -> Iterator[Finding]:
    """Yield things of the dataset that queries and rules name and nothing describes."""
    graphs = {source.graph for source in (*desk.workspace.data, *desk.workspace.links)}
    known = desk.hints.described | graphs | {desk.config.things}
    for text, iri, place in desk.iris():
        if iri.startswith(desk.config.things) and iri not in known:
            hint = desk.hints.near(iri, desk.hints.described)
            yield desk.at(text, place, "QueryThing", "warning", _NOTHING, iri, hint=hint)


_NOTHING: Final = "Nothing describes this thing, so the query silently returns nothing of it. Check the spelling."


def query_headers(desk: LintContext) -> Iterator[Finding]:
    """Yield queries that cannot be read, whose header is not complete, or whose parameters it does not declare."""
    for text in desk.queries:
        try:
            query = parse_query(text.text, text.path)
            check_query(text.text, text.path)
            ox.Store().query(text.text)
        except SourceError as error:
            yield _unreadable(desk, text, error)
        except SyntaxError as error:
            yield _unreadable(desk, text, syntax_error(error, text.path))
        else:
            missing = [key for key, value in (("summary", query.question), ("tags", query.tags)) if not value]
            for key in missing:
                yield desk.at(text, (1, 1), "QueryHeader", "warning", _INCOMPLETE.format(key), hint=_HEADER[key])
            yield from _undeclared(desk, text, {parameter.name for parameter in query.parameters})


_INCOMPLETE: Final = "The header of the query has no '{}'."
_HEADER: Final = {
    "summary": "begin the file with the question: '#+ summary: Who met whom?'",
    "tags": "add a line such as '#+ tags: [facts, people]'",
}


def _unreadable(desk: LintContext, text: Text, error: SourceError) -> Finding:
    place = (error.line or 1, error.column or 1)
    return desk.at(text, place, "QuerySyntax", "violation", f"The query cannot be read: {error.message}")


def _undeclared(desk: LintContext, text: Text, declared: set[str]) -> Iterator[Finding]:
    """Yield ``VALUES ?x { one term }`` without an entry in the header: nobody can set it from outside."""
    found = text.tokens
    for number, token in enumerate(found[:-4]):
        variable, brace, _, end = found[number + 1 : number + 5]
        if token[0].upper() == "VALUES" and variable.lastgroup == "variable" and (brace[0], end[0]) == ("{", "}"):
            name = variable[0][1:]
            if name not in declared:
                message = f"The query fixes ?{name} by VALUES to one term, but its header declares no such parameter."
                hint = f"add '#+ parameters:' with an entry '#+   - name: {name}', its type and its description"
                yield desk.at(text, position_of(variable), "QueryParameter", "warning", message, name, hint=hint)


def expected_results(desk: LintContext) -> Iterator[Finding]:
    """Yield queries without a reviewed answer, where the workspace keeps such, and answers without a query."""
    folder = desk.config.root / "queries" / "expected"
    if not folder.is_dir():
        return
    where = relative(folder, desk.config.root)
    answers = {path.stem: path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."}
    for text in desk.queries:
        if text.path.stem not in answers:
            message = f"The query has no reviewed answer: {where}/{text.path.stem}.tsv is missing."
            yield desk.at(text, (1, 1), "ExpectedResult", "warning", message)
    for name in sorted(answers.keys() - {text.path.stem for text in desk.queries}):
        focus = relative(answers[name], desk.config.root)
        message = "No query has this answer. Delete the file, or name it after its query."
        yield finding("ExpectedResult", "warning", message, focus, file=answers[name])
