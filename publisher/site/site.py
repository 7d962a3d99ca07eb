"""Write the static site of a published dataset beside its dumps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Store

from publisher.dump.formats import MEDIA_TYPES
from publisher.errors import SourceError
from publisher.progress import SILENT, Progress
from publisher.query.index import find_dump
from publisher.query.local import load_store
from publisher.site.articles import ArticlePages, read_texts
from publisher.site.custom.gone import GONE, GONE_PAGE, gone_text, read_gone
from publisher.site.custom.overrides import STYLE, static_files, style_sheet
from publisher.site.custom.pages import CustomPages
from publisher.site.dataset import DatasetPages
from publisher.site.discovery.files import FORMAT_NAMES, SideFiles
from publisher.site.discovery.head import Heads
from publisher.site.discovery.schema_org import Descriptions
from publisher.site.discovery.search import Search
from publisher.site.index import read_dump, read_index
from publisher.site.lists import ListPages
from publisher.site.model import Model, make_model
from publisher.site.output import TEMPLATES, Documents, Page, Renderer, SiteFolder
from publisher.site.pictures import Places, pictures
from publisher.site.questions import QuestionPages
from publisher.site.sparql import SparqlPage, obstacle
from publisher.site.statements import Statements
from publisher.site.terms import VocabularyPages
from publisher.site.things import ThingPages
from publisher.site.translation.catalogue import read_words
from publisher.site.vocabulary import LICENSES
from publisher.workspace.config import Config

_STATIC: Final = ("text.js", "icon.svg")
_SEARCH_PAGE: Final = "search.html"
_SEARCH: Final = ("keys.js", "search.js")


@dataclass(frozen=True)
class WrittenSite:
    """What was written: how many pages and files, how many of those changed, and how many bytes they have.

    ``unsearchable`` and ``no_sparql`` say why the site has no search and no SPARQL page; they are empty where it has
    them, or is not to have them. ``untranslated`` says what of the site's own words is English, and should not be.
    ``dead_links`` are links of Markdown pages to what the site does not have.
    """

    pages: int
    files: int
    changed: int
    size: int
    unsearchable: str = ""
    no_sparql: str = ""
    untranslated: str = ""
    dead_links: tuple[SourceError, ...] = ()


def write_site(config: Config, folder: Path, previous: Path | None = None, progress: Progress = SILENT) -> WrittenSite:
    """Write the site into ``folder``, which has the dumps in ``dumps/``; ``previous`` is the folder that it replaces.

    Equal dumps and a workspace with equal queries and pages give equal bytes. Raises ``UsageError`` when there are no
    dumps, and ``SourceError`` for a query, a page or a template of the workspace that cannot be used.
    """
    progress.step("index the site")
    dumps = folder / "dumps"
    model = make_model(config, read_index(dumps, config.site.languages), read_words(config))
    target = SiteFolder(folder, previous)
    with Search(config, len(model.things)) as search:
        parts = SiteParts(model, dumps, lambda name: name in target.digests or (name == _SEARCH_PAGE and bool(search)))
        renderer = Renderer(shared_context(config, parts) | {"has_search": bool(search)}, config.root, model.words)
        heads = Heads(model, Descriptions(model, read_dump(dumps, "alignments")), dumps)
        progress.step("write the site")
        progress.expect(len(model.things))
        kinds = dict[str, str]()
        for page in parts.pages():
            target.write(page.path, renderer.render(page, heads.of(page)))
            kinds[page.path] = page.kind
        if search:
            target.write(_SEARCH_PAGE, renderer.render(parts.dataset.search()))
            search.start(target, [path for path, kind in kinds.items() if kind])
        side = SideFiles(model, list(kinds), [ref for ref, _ in parts.vocabularies.titles()])
        documents = _documents(model, dumps, progress)
        static = ((name, (TEMPLATES / name).read_bytes()) for name in (*_STATIC, *(_SEARCH if search else ())))
        for name, content in chain(documents, parts.files(), side.files(renderer), static):
            target.write(name, content)
        if search:
            search.finish(target)
    target.close()
    missing, dead_links = (search.missing, parts.no_sparql, model.words.untranslated), tuple(parts.custom.dead_links)
    return WrittenSite(
        len(kinds) + bool(search), len(target.digests), target.written, target.size, *missing, dead_links
    )


def _documents(model: Model, dumps: Path, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Yield the documents of the things, and of the vocabularies and their versions: path and content."""
    context = json.loads((dumps / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    documents = Documents(model, context)
    for node in model.things if model.config.site.formats else ():
        for extension, document in documents.of(node):
            yield f"{model.addresses.name(node)}.{extension}", document
        progress.advance()
    for names, triples in documents.vocabularies(read_dump(dumps, "ontology")):
        for extension, document in documents.serialized(triples):
            yield from ((f"{name}.{extension}", document) for name in names)


class SiteParts:
    """What makes the pages of a dataset whose dumps are in ``dumps``.

    ``exists`` tells whether the site has a page or a file. A preview, which may have queries that cannot be run, gives
    ``load``, which loads the dataset into a store.
    """

    def __init__(
        self, model: Model, dumps: Path, exists: Callable[[str], bool], load: Callable[[], Store] | None = None
    ) -> None:
        self.model, self.dumps = model, dumps
        statements = Statements(model)
        self.things = ThingPages(model, statements)
        self.articles = ArticlePages(
            model, statements, self.things, read_texts(model.config.root / "data" / "articles")
        )
        self.lists = ListPages(model, statements)
        places = Places(model)
        self.questions = QuestionPages(
            model, statements, load or (lambda: load_store([find_dump(dumps)])), places, is_lenient=load is not None
        )
        self.no_sparql = obstacle(model, dumps)
        has_sparql = model.config.site.sparql and not self.no_sparql
        self.sparql = SparqlPage(model, statements, self.questions, places, dumps) if has_sparql else None
        self.vocabularies = VocabularyPages(model)
        self.pictures = pictures(model, places)
        self.dataset = DatasetPages(model, statements, self.lists, self.questions, self.vocabularies, self.pictures)
        self.custom = CustomPages(model, self.questions, exists)
        self.gone = read_gone(model)

    def pages(self) -> Iterator[Page]:
        """Yield all pages of the site; those of the workspace, which may link to all others, are the last."""
        for node in self.model.things:
            yield self.page_of(node)
        yield from self.other_pages()
        yield from self.questions.pages()
        yield from self.custom.pages()

    def page_of(self, node: str) -> Page:
        """Return the page of a thing, with the documents that it names."""
        page = self.articles.page(node) if node in self.model.claims.by_article else self.things.page(node)
        documents = [(name, MEDIA_TYPES[name]) for name in self.model.config.site.formats]
        return replace(page, context={**page.context, "documents": documents})

    def other_pages(self) -> Iterator[Page]:
        """Yield the pages that are neither of one thing nor of a query, and that no Markdown file makes."""
        yield from self.lists.pages()
        yield from self.vocabularies.pages()
        if self.sparql:
            yield self.sparql.page()
        yield from self.pictures
        yield self.dataset.home()
        yield self.dataset.about(self.dumps)
        yield self.dataset.lost()
        if self.gone:
            root = {"root": self.model.config.site.base_path}
            yield Page(GONE_PAGE, self.model.words.gettext("Withdrawn"), "gone.html", root)

    def files(self) -> Iterator[tuple[str, str | bytes]]:
        """Yield the files beside the pages and the documents of things, after all pages were made."""
        yield from self.questions.files()
        if self.sparql:
            yield from self.sparql.files()
        yield from self.custom.files()
        yield from static_files(self.model.config.root)
        yield from self.dataset.mappings()
        if self.gone:
            yield GONE, gone_text(self.gone)
        yield STYLE, style_sheet(TEMPLATES, self.model.config.root, self.model.words)


def shared_context(config: Config, parts: SiteParts) -> dict[str, Any]:
    """Return what every page of a site shows."""
    return {
        "language": parts.model.words.language,
        "direction": parts.model.words.direction,
        "is_english": parts.model.words.is_english,
        "site_title": config.title,
        "publisher": config.publisher,
        "version": config.version,
        "issued": parts.model.words.date(config.issued.isoformat()),
        "issued_on": config.issued.isoformat(),
        "site_url": parts.model.url,
        "has_feed": bool(parts.model.articles),
        "license": config.license,
        "license_name": LICENSES.get(config.license, config.license),
        "navigation": [
            *parts.dataset.navigation(),
            *([("sparql.html", "SPARQL")] if parts.sparql else []),
            *parts.custom.navigation(),
        ],
        "has_claims": bool(parts.model.claims.all),
        "has_sparql": bool(parts.sparql),
        "format_names": FORMAT_NAMES,
        "documents": (),
    }
