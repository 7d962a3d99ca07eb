"""Make the pages of the site that a workspace writes in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from publisher.errors import SourceError
from publisher.query.files import query_of_block
from publisher.rdf.ntriples import iri
from publisher.site.custom.html import Href, RenderedMarkdown, render_markdown
from publisher.site.index import Text
from publisher.site.model import Model, Ref
from publisher.site.output import Contents, Page, contents
from publisher.site.questions import Question, QuestionPages
from publisher.workspace.files import read_bytes
from publisher.workspace.pages.links import LinkError, LinkTarget, by_file, resolve
from publisher.workspace.pages.markdown import Link, MarkdownPage, QueryBlock, read_pages

_INDEX: Final = "index.html"


class Answered(NamedTuple):
    """A query of a page as it is written there, with its number in the page and its answer."""

    question: Question
    text: str
    number: int


@dataclass
class CustomPages:
    """The Markdown pages of a workspace; ``exists`` tells whether the site has another page at an address.

    Links to things, and to pages of the site, that are not there are collected in ``dead_links``.
    """

    model: Model
    questions: QuestionPages
    exists: Callable[[str], bool]
    dead_links: list[SourceError] = field(default_factory=list)
    _files: dict[str, Path] = field(default_factory=dict)

    @cached_property
    def all(self) -> list[MarkdownPage]:
        """The pages by address."""
        return read_pages(self.model.config)

    @cached_property
    def _by_file(self) -> dict[Path, MarkdownPage]:
        return by_file(self.all)

    @cached_property
    def _folders(self) -> dict[str, list[MarkdownPage]]:
        """The pages below each folder of ``[site] pages``."""
        names = self.model.config.site.pages
        return {name: [page for page in self.all if page.address.startswith(f"{name}/")] for name in names}

    def navigation(self) -> list[tuple[str, str]]:
        """Return the addresses and names of what the head of every page links to."""
        single = [(quote(page.address), page.title) for page in self.all if "/" not in page.address]
        return single + [
            (quote(f"{name}/{_INDEX}"), self._title(name)) for name, pages in self._folders.items() if pages
        ]

    def _title(self, folder: str) -> str:
        index = next((page.title for page in self._folders[folder] if page.address == f"{folder}/{_INDEX}"), "")
        return index or PurePosixPath(folder).name.replace("-", " ").capitalize()

    def pages(self) -> Iterator[Page]:
        """Yield the pages, and a list of the pages of each folder that has no index of its own."""
        for page in self.all:
            if self.exists(page.address):
                raise SourceError(f"the site has another page {page.address}; rename the file", page.path)
            yield self._page(page)
        yield from filter(None, (self._list(folder) for folder in self._folders))

    def page(self, address: str) -> Page | None:
        """Return the page at an address, or nothing where there is none."""
        made = (self._page(page) for page in self.all if page.address == address)
        lists = (self._list(folder) for folder in self._folders if address == f"{folder}/{_INDEX}")
        return next(chain(made, lists), None)

    def _list(self, folder: str) -> Page | None:
        pages = self._folders[folder]
        if not pages or f"{folder}/{_INDEX}" in (page.address for page in pages):
            return None
        refs = sorted((Ref(Text(page.title), quote(page.address)) for page in pages), key=lambda ref: ref.text.value)
        kind = self.model.words.gettext("page")
        return Page(f"{folder}/{_INDEX}", self._title(folder), "folder.html", {"refs": refs}, kind=kind)

    def _page(self, page: MarkdownPage) -> Page:
        rendered = self._rendered(page)
        folder = next((name for name in self._folders if page.address.startswith(f"{name}/")), "")
        index = f"{folder}/{_INDEX}"
        context = {
            "title": rendered.title,
            "parts": list(self._answered(page, rendered.parts)),
            "up": Ref(Text(self._title(folder)), quote(index)) if folder and page.address != index else None,
            "contents": _contents(page),
        }
        return Page(page.address, page.title, "page.html", context, "", self.model.words.gettext("page"))

    def _rendered(self, page: MarkdownPage) -> RenderedMarkdown:
        root = "../" * page.address.count("/")
        names = {query.name for query in self.questions.queries}

        def href_of(link: Link) -> Href | None:
            try:
                return self._href(page, link, resolve(self.model.config, self._by_file, page, link), root)
            except LinkError:  # which 'validate' reports
                return None

        def query_href(name: str) -> Href | None:
            return Href(f"{root}queries/{name}.html") if name in names else None

        return render_markdown(page, href_of, query_href)

    def _answered(self, page: MarkdownPage, parts: Iterable[Markup | QueryBlock]) -> Iterator[Markup | Answered]:
        number = 0
        for part in parts:
            if isinstance(part, Markup):
                yield part
            else:
                number += 1
                query = query_of_block(self.model.config, page, part)
                yield Answered(self.questions.answer(query), part.text, number)

    def _href(self, page: MarkdownPage, link: Link, target: LinkTarget, root: str) -> Href | None:
        fragment = f"#{quote(target.fragment)}" if target.fragment else ""
        match target.kind:
            case "external":
                return Href(target.address, is_external=True)
            case "elsewhere":
                base = self.model.config.site.repository.rstrip("/")
                return Href(f"{base}/{target.address}{fragment}", is_external=True) if base else None
            case "thing":
                if address := self.model.addresses.href(iri(target.address)):
                    return Href(root + address)
                self._report(page, link, "the site has no page of this thing")
                return None
            case "picture" if target.file:
                self._files[target.address] = target.file
            case "generated" if not self.exists(target.address):
                self._report(page, link, f"the site has no page '{target.address}'")
                return None
        return Href(root + quote(target.address) + fragment)

    def _report(self, page: MarkdownPage, link: Link, message: str) -> None:
        self.dead_links.append(SourceError(f"'{link.href}': {message}", page.path, link.line, link.column))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield what the pages that were made show or link to, with the addresses."""
        for address, path in sorted(self._files.items()):
            yield address, read_bytes(path)


def _contents(page: MarkdownPage) -> Contents:
    """Return the table of contents of a page: its headings of the levels 2 and 3, without its title."""
    title = page.headings.get(page.title_heading) if page.title_heading is not None else None
    headings = [heading for heading in page.headings.values() if heading is not title and heading.level <= 3]
    return contents(page.title, [(f"#{h.anchor}", " " * (h.level > 2) + h.text, 0) for h in headings])
