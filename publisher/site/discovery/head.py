"""Say in the head of a page what it is about, for programs: typed links (FAIR Signposting) and schema.org.

The links are those of https://signposting.org/FAIR/ that HTML can carry, level 1: ``cite-as``, ``describedby``,
``type``, ``license``, and ``item`` from the dataset to its files with ``collection`` back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from publisher.dump.checksums import CHECKSUMS
from publisher.dump.formats import MEDIA_TYPES
from publisher.rdf.ntriples import name_of
from publisher.site.discovery.schema_org import CONTEXT, Descriptions
from publisher.site.model import ONTOLOGY, Model
from publisher.site.output import Page

_LANDING: Final = "about.html"


class TypedLink(NamedTuple):
    """A typed link in the head of a page; ``media`` is the media type of its target, where that is told."""

    rel: str
    href: str
    media: str = ""


class Head(NamedTuple):
    """The links and the description by schema.org in the head of a page."""

    links: tuple[TypedLink, ...] = ()
    schema: dict[str, Any] | None = None


class Heads:
    """Make the heads of the pages of a site whose dumps are in the folder ``dumps``."""

    def __init__(self, model: Model, descriptions: Descriptions, dumps: Path) -> None:
        self.model, self._descriptions = model, descriptions
        lines = (dumps / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        self._dumps = sorted(line.partition("  ")[2] for line in lines)

    def of(self, page: Page) -> Head:
        """Return the head of a page."""
        config = self.model.config
        if page.path in ("404.html", "search.html"):
            return Head()
        canonical = TypedLink("canonical", self.model.url + page.path.removesuffix("index.html"))
        node, root = page.node, "../" * page.path.count("/")
        if page.path == _LANDING:
            return Head((canonical, *self._landing()))
        if not page.node:
            return Head((canonical,))
        iri, title = name_of(node), str(page.context["title"])
        stem = page.path.rpartition("/")[2].removesuffix(".html")
        media = [(f"{stem}.{extension}", MEDIA_TYPES[extension]) for extension in config.site.formats]
        if self.model.addresses.name(node):
            is_article = node in self.model.claims.by_article
            describe = self._descriptions.of_article if is_article else self._descriptions.of_thing
            schema = describe(node, canonical.href, page.summary)
            types = [CONTEXT + self._descriptions.type_of(node)]
        else:
            types = [f"{CONTEXT}DefinedTermSet", name_of(ONTOLOGY)]
            schema = self._descriptions.of_vocabulary(iri, title, page.summary)
        links = (
            TypedLink("cite-as", iri),
            *(TypedLink("alternate describedby", href, form) for href, form in media),
            *(TypedLink("type", name) for name in types),
            TypedLink("type", f"{CONTEXT}AboutPage"),
            TypedLink("collection", root + _LANDING),
        )
        return Head((canonical, *links), schema)

    def _landing(self) -> Iterator[TypedLink]:
        yield TypedLink("cite-as", self.model.config.base)
        yield TypedLink("describedby", "dumps/void.ttl", MEDIA_TYPES["ttl"])
        yield TypedLink("type", f"{CONTEXT}Dataset")
        yield TypedLink("type", f"{CONTEXT}AboutPage")
        for name in self._dumps:
            extension = name.partition(".")[2]
            if name.startswith("all.") and extension in MEDIA_TYPES:
                yield TypedLink("item", f"dumps/{name}", MEDIA_TYPES[extension])
