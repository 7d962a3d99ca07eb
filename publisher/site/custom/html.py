"""Render a Markdown page as HTML: links lead to pages of the site, and raw HTML is shown as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markupsafe import Markup

from publisher.site.index import UNSEEN
from publisher.workspace.pages.markdown import Link, MarkdownPage, QueryBlock, parser

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

# What markdown-it never writes: CommonMark replaces it.
_MARK: Final = "\0"
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_LINE_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CALLED: Final = re.compile(r"^\$ publisher query ([a-z0-9][\w-]*)", re.MULTILINE)


class Href(NamedTuple):
    """An address as a page writes it."""

    address: str
    is_external: bool = False


class RenderedMarkdown(NamedTuple):
    """The title and the parts of a page: HTML, and the queries whose answers stand between."""

    title: Markup
    parts: tuple[Markup | QueryBlock, ...]


def render_markdown(
    page: MarkdownPage, href_of: Callable[[Link], Href | None], link_to_query: Callable[[str], Href | None]
) -> RenderedMarkdown:
    """Render a page; a link for which ``href_of`` returns nothing is shown as its text alone.

    A block ``console`` that calls saved queries is followed by links to their pages.
    """
    renderer, options, tokens = _PageRenderer(page, href_of, link_to_query), parser().options, list(page.tokens)
    title = escapeHtml(page.title)
    if (number := page.title_heading) is not None:
        title = renderer.renderInline(tokens[number + 1].children or (), options, {})
        del tokens[number : number + 3]
    pieces = _clean(renderer.render(tokens, options, {})).split(_MARK)
    blocks = [*page.queries.values()]
    parts = [part for pair in zip_longest(pieces, blocks) for part in pair if part]
    return RenderedMarkdown(_clean(title), tuple(parts))


def _clean(html: str) -> Markup:
    return Markup(UNSEEN.sub("", html))  # noqa: S704 (the renderer escapes all text)


class _PageRenderer(RendererHTML):
    """Write tokens as HTML; RendererHTML finds the methods by the types of tokens."""

    def __init__(
        self, page: MarkdownPage, href_of: Callable[[Link], Href | None], link_to_query: Callable[[str], Href | None]
    ) -> None:
        self._href_of, self._link_to_query = href_of, link_to_query
        self._links = {id(link.token): link for link in page.links}
        self._headings = {id(page.tokens[number]): heading for number, heading in page.headings.items()}
        self._link_end = self._heading_end = ""
        super().__init__()

    def heading_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give a heading its place, and a link to that at its end; only the title is of level 1."""
        heading = self._headings[id(tokens[idx])]
        anchor, tag = escapeHtml(heading.anchor), f"h{max(heading.level, 2)}"
        name = escapeHtml(heading.text)
        self._heading_end = f' <a class="perma" href="#{anchor}" aria-label="Link to {name}">¶</a></{tag}>\n'
        return f'<{tag} id="{anchor}">'

    def heading_close(self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """End a heading."""
        return self._heading_end

    def link_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Begin a link, or nothing where it leads nowhere."""
        href = self._href_of(self._links[id(tokens[idx])])
        self._link_end = "</a>" if href else ""
        if not href:
            return ""
        title = tokens[idx].attrGet("title")
        attributes = ' rel="external"' * href.is_external + (f' title="{escapeHtml(str(title))}"' if title else "")
        return f'<a href="{escapeHtml(href.address)}"{attributes}>'

    def link_close(self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """End a link, if one is open."""
        return self._link_end

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Show a picture of the workspace, or its description."""
        text = escapeHtml(self.renderInlineAsText(tokens[idx].children, options, env))
        href = self._href_of(self._links[id(tokens[idx])])
        return f'<img src="{escapeHtml(href.address)}" alt="{text}">' if href else text

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Show raw HTML as text, without comments."""
        text = _COMMENT.sub("", tokens[idx].content).strip()
        return f"<p>{escapeHtml(text)}</p>\n" if text else ""

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Show raw HTML as text, without comments; a line break is one."""
        text = tokens[idx].content
        return "<br>" if _LINE_BREAK.fullmatch(text) else escapeHtml(_COMMENT.sub("", text))

    def table_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Begin a table, which may be wider than the text, as a region with a name of its own."""
        number = sum(token.type == "table_open" for token in tokens[: idx + 1])
        return f'<div class="wide scroll" tabindex="0" role="region" aria-label="Table {number}"><table>\n'

    def table_close(self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """End a table."""
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Begin the head of a column; an empty one is no head."""
        tag = 'th scope="col"' if tokens[idx + 1].content else "td"
        return f"<{tag}{_alignment(tokens[idx])}>"

    def th_close(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """End the head of a column."""
        return "</th>" if tokens[idx - 1].content else "</td>"

    def td_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Begin a cell."""
        return f"<td{_alignment(tokens[idx])}>"

    def code_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Write code that can be scrolled by keys."""
        return f'<pre tabindex="0">{escapeHtml(tokens[idx].content)}</pre>\n'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write code; leave a mark where the answer to a query will stand."""
        language = tokens[idx].info.split()[:1]
        if language == ["sparql"]:
            return _MARK
        code = self.code_block(tokens, idx, options, env)
        names = dict.fromkeys(_CALLED.findall(tokens[idx].content)) if language == ["console"] else ()
        links = [(name, href) for name in names if (href := self._link_to_query(name))]
        listed = ", ".join(f'<a href="{escapeHtml(href.address)}">{escapeHtml(name)}</a>' for name, href in links)
        return f'{code}<p class="note">Answers on this site: {listed}</p>\n' if listed else code


def _alignment(token: Token) -> str:
    return ' class="num"' if "right" in str(token.attrGet("style") or "") else ""
