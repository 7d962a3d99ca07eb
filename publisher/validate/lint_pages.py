"""Lints of the Markdown pages of the site: links that lead nowhere, and queries that cannot be answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from publisher.errors import SourceError
from publisher.query.files import query_of_block
from publisher.validate.lint_context import LintContext, Problem, finds, query_text
from publisher.workspace.config import FILE_NAME
from publisher.workspace.pages.links import LinkError, by_file, resolve
from publisher.workspace.toml import read_toml

_NO_QUERY: Final = "The query of the page cannot be answered: {}"


@finds("page-link", "warning")
def dead_links(context: LintContext) -> Iterator[Problem]:
    """A page of the site has a link or a picture that leads nowhere, or to what no page may link to."""
    yield from _missing_folders(context)
    pages = by_file(context.pages)
    for page in context.pages:
        for link in page.links:
            try:
                target = resolve(context.config, pages, page, link)
            except LinkError as error:
                yield context.problem(page, (link.line, link.column), f"The link leads nowhere: {error}.", link.href)
                continue
            iri = target.address
            if target.kind == "thing" and context.is_thing(iri) and iri not in context.hints.described:
                message, hint = "Nothing describes this thing.", context.hints.near(iri, context.hints.described)
                yield context.problem(page, (link.line, link.column), message, iri, hint)


def _missing_folders(context: LintContext) -> Iterator[Problem]:
    root = context.config.root
    for name in context.config.site.pages:
        if not (root / name).is_dir():
            line, column = read_toml(root / FILE_NAME).position("site", "pages") or (1, 1)
            message = f"There is no folder '{name}' for pages of the site."
            yield Problem(FILE_NAME, message, value=name, file=root / FILE_NAME, line=line, column=column)


@finds("page-query", "violation")
def unanswerable(context: LintContext) -> Iterator[Problem]:
    """A page of the site has a block of SPARQL that is no query, or that calls a saved query that is not there."""
    for page in context.pages:
        for block in page.queries.values():
            try:
                query = query_of_block(context.config, page, block)
                parsed = query_text(query.path, query.text).parsed
            except SourceError as error:
                parsed = error
            if isinstance(parsed, SourceError):
                is_here = parsed.path == page.path and parsed.line
                place = (parsed.line or 1, parsed.column or 1) if is_here else (block.line, block.indent + 1)
                yield context.problem(page, place, _NO_QUERY.format(parsed.message))
