"""Hold the site of a workspace as it is at one moment, and render its pages on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from publisher.build.pipeline import read_closed
from publisher.dump.annotations import restate
from publisher.dump.jsonld import make_context
from publisher.errors import SourceError
from publisher.infer import materialize
from publisher.query.files import Query
from publisher.rdf.ntriples import NTriple, iri, to_ntriples
from publisher.serve.negotiation import REPRESENTATIONS, choose
from publisher.site.custom.overrides import STYLE, static_files, style_sheet
from publisher.site.index import SiteIndex
from publisher.site.model import Model, make_model
from publisher.site.output import TEMPLATES, Documents, Page, Renderer
from publisher.site.site import SiteParts, shared_context
from publisher.site.translation.catalogue import read_words
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace, triples_of

if TYPE_CHECKING:
    from publisher.validate.report import Finding

_SUFFIX: Final = ".html"
_QUESTIONS: Final = "queries/index.html"


@dataclass
class SiteState:
    """The site of a workspace: pages, documents and files by their addresses. Several threads may use it."""

    config: Config
    model: Model
    workspace: Workspace
    inferred: tuple[ox.Triple, ...]
    parts: SiteParts = field(init=False)
    _documents: Documents = field(init=False)
    _vocabularies: dict[str, list[NTriple]] = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Read what makes the pages and documents.

        Raises ``SourceError`` for a wrong line of ``gone.txt`` and for a wrong file of an earlier vocabulary.
        """
        self.parts = SiteParts(self.model, self.config.root / "dist" / "dumps", self.has, self._store)
        ontology = triples_of(self.workspace.ontology)
        self._documents = Documents(self.model, make_context(self.config.prefixes, ontology))
        vocabularies = self._documents.vocabularies(to_ntriples(ontology))
        self._vocabularies = {name: triples for names, triples in vocabularies for name in names}

    @cached_property
    def _renderer(self) -> Renderer:
        shared: dict[str, Any] = shared_context(self.config, self.parts) | {"has_search": False, "has_feed": False}
        return Renderer(shared, self.config.root, self.model.words)

    def _store(self) -> ox.Store:
        store, inferred = ox.Store(), ox.NamedNode(self.config.graph("inferred"))
        sources = (*self.workspace.data, *self.workspace.links, *self.workspace.ontology, *self.workspace.alignments)
        quads = [(t, ox.NamedNode(source.graph)) for source in sources for t in source.triples]
        for triple, graph in (*quads, *((t, inferred) for t in self.inferred)):
            store.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
            store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
        return store

    @cached_property
    def _others(self) -> dict[str, Page]:
        return {page.path: page for page in self.parts.other_pages()}

    @cached_property
    def _questions(self) -> dict[str, Query]:
        return {f"queries/{query.name}{_SUFFIX}": query for query in self.parts.questions.queries}

    def has(self, address: str) -> bool:
        """Tell whether the site has a page at an address, other than one of a Markdown file."""
        is_question = address in self._questions or (address == _QUESTIONS and bool(self._questions))
        return address.removesuffix(_SUFFIX) in self.model.by_page or is_question or address in self._others

    def page(self, address: str) -> str | None:
        """Return the page at an address as HTML, or nothing where there is none.

        Raises ``SourceError`` for a query, a Markdown file or a template that cannot be used.
        """
        with self._lock:
            page = self._page(address)
            return self._renderer.render(page) if page else None

    def _page(self, address: str) -> Page | None:
        node = self.model.by_page.get(address.removesuffix(_SUFFIX)) if address.endswith(_SUFFIX) else None
        if node:
            return self.parts.page_of(node)
        questions = self.parts.questions
        if query := self._questions.get(address):
            question = questions.question(query)
            return questions.page(question if question.answer else questions.answer(query))
        if address == _QUESTIONS:
            return next(questions.pages(), None)
        return self._others.get(address) or self.parts.custom.page(address)

    def location(self, path: str, accept: str) -> str:
        """Return the address to which an identifier of the dataset leads; empty where it leads nowhere."""
        href = self.model.addresses.href(iri(self.config.base + path))
        stem = href.partition("#")[0].removesuffix(_SUFFIX)
        formats = self.config.site.formats if stem in self.model.by_page else ()
        available = tuple(r for r in REPRESENTATIONS if r.extension in ("html", *formats))
        chosen = choose(accept, available) if href else None
        if chosen is None:
            return ""
        return href if chosen == REPRESENTATIONS[0] else f"{stem}.{chosen.extension}"

    def file(self, address: str) -> bytes | None:
        """Return a file that is no page: a document of a thing or a vocabulary, an answer, or what the pages show."""
        stem, _, extension = address.rpartition(".")
        with self._lock:
            if node := self.model.by_page.get(stem):
                return dict(self._documents.of(node)).get(extension)
            if triples := self._vocabularies.get(stem):
                return dict(self._documents.serialized(triples)).get(extension)
            found = (content for name, content in self._files(address) if name == address)
            content = next(found, None)
            return content.encode() if isinstance(content, str) else content

    def _files(self, address: str) -> Iterator[tuple[str, str | bytes]]:
        """Yield files among which an address may be, those first that are made fastest."""
        parts, root = self.parts, self.config.root
        yield STYLE, style_sheet(TEMPLATES, root, self.model.words)
        yield from ((path.name, path.read_bytes()) for path in TEMPLATES.iterdir() if path.suffix in (".js", ".svg"))
        if query := self._questions.get(f"{address.rpartition('.')[0]}{_SUFFIX}"):
            yield from parts.questions.files_of(parts.questions.question(query))
        yield from static_files(root)
        yield from parts.dataset.mappings()
        for page in parts.custom.all:  # whose pictures are known once they are made
            with suppress(SourceError):  # which the page itself shows
                parts.custom.page(page.address)
        yield from parts.custom.files()

    def address_of(self, finding: Finding) -> str:
        """Return the address of the page that a finding is about, with the place in it; empty where there is none."""
        if finding.file and (page := self._by_file.get(finding.file.resolve())):
            return page
        return self.model.addresses.href(iri(finding.node)) or self.model.addresses.href(iri(finding.focus))

    @cached_property
    def _by_file(self) -> dict[Path, str]:
        pages = {page.path.resolve(): page.address for page in self.parts.custom.all}
        return pages | {query.path.resolve(): address for address, query in self._questions.items()}


def read_state(config: Config, cache: Path | None) -> SiteState:
    """Read a workspace and infer, without validation.

    Raises ``SourceError`` for a file that cannot be read and as ``SiteState`` does, and ``ConfigError`` where there are
    no data.
    """
    config = replace(config, site=replace(config.site, sparql=False))  # which needs the dumps of a build
    workspace, schema = read_closed(config, cache)
    inferred = tuple(materialize(triples_of(workspace.data), schema, workspace.rules))
    workspace = replace(workspace, ontology=restate(workspace.ontology))  # as in the dumps
    groups = (triples_of(workspace.data), inferred, triples_of(workspace.ontology), triples_of(workspace.links))
    data, derived, ontology, links = map(to_ntriples, groups)
    index = SiteIndex(data, derived, ontology, links, config.site.languages)
    return SiteState(config, make_model(config, index, read_words(config)), workspace, inferred)
