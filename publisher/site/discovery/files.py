"""Make the files by which programs find their way through a site: sitemap, feed of articles, robots.txt, llms.txt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from publisher.rdf.ntriples import name_of
from publisher.site.model import Model, Ref
from publisher.site.output import Page, Renderer
from publisher.site.vocabulary import ISSUED
from publisher.site.words import capitalised, time_of_text

_MOST: Final = 50_000  # addresses of one sitemap, by its protocol
_ENTRIES: Final = 50  # of the feed
# The formats of dumps, the easiest to read first.
FORMAT_NAMES: Final = {
    "ttl": "Turtle",
    "trig": "TriG",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "jsonld": "JSON-LD",
    "rdf": "RDF/XML",
}
_NOT_INDEXED: Final = ("404.html", "search.html")


class SideFiles:
    """Make the files beside the pages of a site; ``paths`` are its pages, ``vocabularies`` the names of those."""

    def __init__(self, model: Model, paths: Sequence[str], vocabularies: Sequence[Ref]) -> None:
        self.model, self.vocabularies = model, vocabularies
        self._paths = sorted({quote(path.removesuffix("index.html")) for path in paths if path not in _NOT_INDEXED})
        self._all = set(paths)

    def files(self, renderer: Renderer) -> Iterator[tuple[str, str]]:
        """Yield name and content of each file."""
        url = self.model.url
        parts = [self._paths[start : start + _MOST] for start in range(0, len(self._paths), _MOST)]
        if len(parts) == 1:
            yield "sitemap.xml", _rendered(renderer, "sitemap.xml", locations=self._paths, part="url")
        else:
            names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
            yield "sitemap.xml", _rendered(renderer, "sitemap.xml", locations=names, part="sitemap")
            for name, part in zip(names, parts, strict=True):
                yield name, _rendered(renderer, "sitemap.xml", locations=part, part="url")
        if self.model.articles:
            yield "feed.xml", _rendered(renderer, "feed.xml", entries=list(self._entries()))
        yield "robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {url}sitemap.xml\n"
        yield "llms.txt", "\n".join(self._guide())

    def _entries(self) -> Iterator[dict[str, Any]]:
        """Yield the entries of the feed (RFC 4287, 4.2.15).

        One of a month or a year has its first day, one without a date of its own that of the dataset.
        """
        index, config = self.model.index, self.model.config
        for node in self.model.articles[:_ENTRIES]:
            issued = time_of_text(index.literal(node, ISSUED))
            yield {
                "id": name_of(node),
                "title": index.label(node).value,
                "path": self.model.addresses.href(node),
                "published": issued.first.isoformat() if issued and issued.first else "",
                "updated": ((issued and issued.first) or config.issued).isoformat(),
                "summary": self._summary(node),
            }

    def _summary(self, article: str) -> str:
        """Return how many facts and claims an article has, as on its page."""
        claims, words = self.model.claims.by_article[article], self.model.words
        facts = sum(claim.is_fact for claim in claims)
        accepted = words.ngettext(
            "%(all)s statements: %(count)s accepted as fact,", "%(all)s statements: %(count)s accepted as facts,", facts
        )
        left = words.gettext("%(count)s left as what somebody says.") % {"count": len(claims) - facts}
        return f"{accepted % {'all': len(claims), 'count': facts}} {left}"

    def _guide(self) -> Iterator[str]:
        """Yield the lines of a guide for language models (https://llmstxt.org)."""
        config, has_claims = self.model.config, bool(self.model.claims.all)
        yield from (f"# {_line(config.title)}", "", f"> {_line(config.description)}", "")
        yield f"Version {config.version} of {config.issued}, by {_line(config.publisher)}. Licence: {config.license}"
        yield ""
        if has_claims:
            kinds = self.model.claims.ordered_kinds()
            marks = ", ".join(f"“{capitalised(self.model.claims.word(kind).value)}.”" for kind in kinds)
            yield "A fact is what the editors accept, and stands after the word “Fact.”"
            yield f"What stands after another mark ({marks}) is what the named voice says: it is not asserted here,"
            yield "and must not be repeated without its voice and its verdict, such as “Not judged.”"
            yield ""
        yield "Each thing has a page `id/NAME.html` and the same as data: " + ", ".join(
            f"`.{extension}`" for extension in config.site.formats
        )
        yield from ("", "## The dataset", "")
        yield from self._links(
            ("about.html", "Licence, version, downloads with checksums"),
            ("dumps/void.ttl", "Description in VoID and DCAT"),
            *self._whole(),
            *((ref.href, f"Vocabulary: {ref}") for ref in self.vocabularies),
        )
        yield from ("", "## Ways in", "")
        yield from self._links(
            ("index.html", "Home" + (", with how to read facts and claims" if has_claims else "")),
            ("a-z.html", "All names"),
            ("queries/index.html", "Saved questions with their answers, as HTML, CSV and JSON"),
            *((self.model.addresses.href(node), str(self.model.ref(node))) for node in self.model.articles[:_ENTRIES]),
        )
        yield ""

    def _whole(self) -> Iterator[tuple[str, str]]:
        """Yield the dump of everything, in the format that is easiest to read of those that are written."""
        config = self.model.config
        if extension := next((name for name in FORMAT_NAMES if name in config.formats), ""):
            suffix = "" if config.is_plain_written else ".gz"
            yield f"dumps/all.{extension}{suffix}", f"Everything in {FORMAT_NAMES[extension]}"

    def _links(self, *links: tuple[str, str]) -> Iterator[str]:
        for href, text in links:
            if href.startswith("dumps/") or href.partition("#")[0] in self._all:
                yield f"- [{_line(text)}]({self.model.url}{href})"


def _rendered(renderer: Renderer, template: str, **context: Any) -> str:
    return renderer.render(Page(template, "", template, context))


def _line(text: str) -> str:
    """Return a text on one line, without what Markdown would take for the end of a link."""
    return " ".join(text.split()).replace("[", "(").replace("]", ")")
