"""Read the queries in the Markdown pages of a workspace: blocks of SPARQL, or calls of saved queries."""

from __future__ import annotations

from dataclasses import replace

from publisher.errors import SourceError, UsageError
from publisher.query.files import Query, find, query_form
from publisher.query.parameters import bind, read_options
from publisher.workspace.config import Config
from publisher.workspace.pages.markdown import MarkdownPage, QueryBlock


def query_of_block(config: Config, page: MarkdownPage, block: QueryBlock) -> Query:
    """Return the query that a block of a page stands for.

    A saved query has its name, and its text with the values of the options; another one has no name, and may use the
    prefixes of the workspace. Raises ``SourceError`` at the block for an unknown query or parameter, and within it for
    what is no query.
    """
    if block.call:
        name, *options = block.call
        try:
            query = find(name, config.root / "queries")
            return replace(query, text=bind(query, read_options((), options), config.prefixes))
        except UsageError as error:
            raise SourceError(str(error), page.path, block.line, block.indent + 1) from None
    text = block.in_place(config.prefixes)
    return Query("", page.path, text, query_form(text, page.path))
