"""Make the pages on the dataset as a whole: home, about with the downloads, and the page for lost addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from more_itertools import map_reduce

from publisher.dump.checksums import CHECKSUMS
from publisher.dump.formats import MEDIA_TYPES
from publisher.rdf.ntriples import name_of
from publisher.site.lists import ListPages
from publisher.site.model import Model, Ref
from publisher.site.output import Page, contents
from publisher.site.questions import QuestionPages
from publisher.site.statements import Statement, Statements
from publisher.site.terms import VocabularyPages
from publisher.site.translation.catalogue import script_words
from publisher.site.vocabulary import ISSUED, PUBLISHER, TITLE, translatable
from publisher.site.words import capitalised
from publisher.workspace.files import read_bytes, within
from publisher.workspace.layout import MAPPINGS, find_ontology_files

_LATEST: Final = 10  # articles on the home page
_DATES: Final = 12  # facts on the home page
_MOST: Final = 50  # articles in the description of the dataset
_EXAMPLES: Final = {
    "fact": translatable("full disc, solid rule, flush left: the data assert it"),
    "negative": translatable("disc with a bar: accepted as not so"),
    "blame": translatable("speech bubble, dotted rule, set in: somebody says it, no more"),
    "say": translatable("could be checked"),
    "flag": translatable("what somebody stands for"),
    "arrow": translatable("what is to come"),
    "wave": translatable("a judgement"),
    "plain": translatable("somebody says it"),
}


class DatasetPages:
    """Make the pages on the dataset as a whole."""

    def __init__(
        self,
        model: Model,
        statements: Statements,
        lists: ListPages,
        questions: QuestionPages,
        vocabularies: VocabularyPages,
        pictures: Sequence[Page] = (),
    ) -> None:
        self.pictures = pictures
        self.model, self.statements, self.lists = model, statements, lists
        self.questions, self.vocabularies = questions, vocabularies

    def navigation(self) -> list[tuple[str, str]]:
        """Return the addresses and names in the head of every page."""
        _ = self.model.words.gettext
        entries = [("a-z.html", _("Things"))]
        entries += [("index.html#articles", _("Articles"))] * bool(self.model.articles)
        entries += [("tree.html", _("Concepts"))] * bool(self.lists.tree())
        entries += [("queries/index.html", _("Questions"))] * bool(self.questions.queries)
        first = (page for page in self.pictures if not page.context.get("number"))
        entries += [(page.path, page.context.get("short", page.title)) for page in first]
        entries += [("index.html#read", _("How to read"))] * bool(self.model.claims.all)
        return entries

    def home(self) -> Page:
        """Return the first page of the site."""
        model, claims, _ = self.model, self.model.claims, self.model.words.gettext
        articles = [self._article(node) for node in model.articles]
        kinds = [(claims.icon(k), self._kind(k), len(claims.by_kind[k])) for k in claims.ordered_kinds()]
        dated = [fact for fact, time in model.facts.items() if time.is_known and (time.first or time.last)]
        examples = list(self._examples())
        classes = self.lists.top_classes()
        sections = [
            *([("#read", _("How to read it"), 0)] if examples else []),
            *([("#articles", _("Articles"), len(articles))] if articles else []),
            ("#things", _("Ways in"), 0),
            *([("#time", _("Time line"), 0)] if dated else []),
        ]
        context: dict[str, Any] = {
            "description": model.config.description,
            "figures": [(number, name) for number, name in self._figures() if number],
            "examples": examples,
            "articles": articles[:_LATEST],
            "articles_more": max(len(articles) - _LATEST, 0),
            "classes": classes,
            "kinds": kinds,
            "questions": [self.questions.question(query) for query in self.questions.queries[:6]],
            "questions_count": len(self.questions.queries),
            "vocabularies": self.vocabularies.titles(),
            "dated": [
                (self.model.facts[f].words, self.model.ref(f), model.words.within(model.class_label(f)))
                for f in dated[-_DATES:]
            ],
            "dated_count": len(dated),
            "contents": contents(_("Home"), sections),
        }
        return Page("index.html", model.config.title, "home.html", context, summary=model.config.description)

    def _figures(self) -> Iterator[tuple[int, str]]:
        """Yield how many things the dataset has of each kind, with the name of the kind."""
        model, claims, n = self.model, self.model.claims, self.model.words.ngettext
        if not claims.all:
            yield (count := len(model.things)), n("thing", "things", count)
            yield (count := model.index.size), n("statement", "statements", count)
            return
        accepted = sum(claim.is_fact for claim in claims.all.values())
        other = len(claims.all) - accepted
        yield (count := len(model.articles)), n("article", "articles", count)
        yield (count := len(model.facts)), n("event or relation", "events and relations", count)
        yield accepted, n("claim accepted as a fact", "claims accepted as facts", accepted)
        yield other, n("other claim", "other claims", other)
        yield (count := len(claims.by_source)), n("cited source", "cited sources", count)

    def _kind(self, kind: str) -> Ref:
        ref = self.lists.class_ref(kind)
        return Ref(self.model.claims.plural(kind), self.model.addresses.href(f"claims:{kind}") or ref.href)

    def _article(self, node: str) -> tuple[str, Ref, str]:
        index, page = self.model.index, self.model.addresses.href(node)
        titles = index.texts(node, TITLE)
        publishers = [self.model.words.isolated(index.label(o).value) for o in index.objects(node, PUBLISHER)]
        count = len(self.model.claims.by_article[node])
        statements = self.model.words.ngettext("{count} statement", "{count} statements", count).format(count=count)
        remark = " · ".join([*publishers, statements])
        when = self.model.words.date(index.literal(node, ISSUED), short=True)
        return when, Ref(titles[0] if titles else index.label(node), page), remark

    def _examples(self) -> Iterator[tuple[Statement, str]]:
        """Yield a short statement of each kind, as the legend of the marks, with what the mark means."""
        words = self.model.words
        claims = [c for c in self.model.claims.all.values() if self.model.claims.has_sentence(c)]
        groups = [
            [c for c in claims if c.is_fact and not c.is_negated],
            [c for c in claims if c.is_fact and c.is_negated],
            *([c for c in claims if c.kind == kind and not c.is_fact] for kind in self.model.claims.ordered_kinds()),
        ]
        for group in groups:
            plain = [c for c in group if not self.model.claims.sentence(c)[0]] or group
            if plain:
                best = min(plain, key=lambda c: (abs(len(self.model.index.label(c.node).value) - 70), c.order))
                statement = self.statements.of_claim(best, lines=0)
                meaning, is_denial = words.gettext(_EXAMPLES[statement.icons[0]]), "denial" in statement.icons
                denial = words.gettext("{meaning}; struck through: it denies").format(meaning=meaning)
                yield statement, denial if is_denial else meaning

    # --- about ---------------------------------------------------------------------------------------------------

    def about(self, dumps: Path) -> Page:
        """Return the page on licence, version, downloads and checksums; there may be no dumps yet."""
        config, listed, _ = self.model.config, dumps / CHECKSUMS, self.model.words.gettext
        lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
        sums = sorted((name, digest) for digest, _, name in (line.partition("  ") for line in lines))
        files = [(name, (dumps / name).stat().st_size, digest) for name, digest in sums]
        groups = map_reduce(files, lambda file: file[0].partition(".")[0])
        sections = [("#licence", _("Licence"), 0), ("#downloads", _("Downloads"), 0), ("#made", _("How it is made"), 0)]
        context: dict[str, Any] = {
            "config": config,
            "groups": sorted(groups.items(), key=lambda group: (group[0] != "all", group[0])),
            "size": self.model.index.size,
            "inferred": len(self.model.index.inferred),
            "vocabularies": self.vocabularies.titles(),
            "identifiers": config.things,
            "mappings": [address for address, _ in self.mappings()],
            "schema": _schema(self.model, files, [str(ref) for ref, _, _ in self.lists.top_classes()][:10]),
            "contents": contents(_("About"), sections),
        }
        return Page("about.html", _("About this dataset"), "about.html", context)

    def mappings(self) -> Iterator[tuple[str, bytes]]:
        """Yield the alignments of the ontology that are mapping sets in SSSOM, with their addresses."""
        for path in find_ontology_files(self.model.config).alignments:
            if path.name.endswith(MAPPINGS):
                yield f"alignments/{path.name}", read_bytes(within(path, self.model.config.root))

    def search(self) -> Page:
        """Return the page of the search."""
        claims, _ = self.model.claims, self.model.words.gettext
        words = {capitalised(claims.word(kind).value): claims.icon(kind) for kind in claims.ordered_kinds()}
        marks = {_("Fact"): "fact", **words} if claims.all else {}
        texts = script_words(self.model.words, "search.js")
        context = {"marks": marks, "texts": texts, "questions_count": len(self.questions.queries)}
        return Page("search.html", _("Search"), "search.html", context)

    def lost(self) -> Page:
        """Return the page for addresses that are not there; a host shows it below any path."""
        root = {"root": self.model.config.site.base_path}
        return Page("404.html", self.model.words.gettext("Not found"), "lost.html", root)


def _schema(model: Model, files: list[tuple[str, int, str]], keywords: list[str]) -> dict[str, Any]:
    """Return the dataset as schema.org describes one, with absolute addresses."""
    config, coverage, articles = model.config, _coverage(model), [name_of(node) for node in model.articles[:_MOST]]
    downloads = [
        {
            "@type": "DataDownload",
            "contentUrl": f"{model.url}dumps/{quote(name)}",
            "encodingFormat": MEDIA_TYPES[name.partition(".")[2].removesuffix(".gz")],
            "contentSize": str(size),
            "sha256": digest,
        }
        for name, size, digest in files
        if name.startswith("all.") and name.partition(".")[2].removesuffix(".gz") in MEDIA_TYPES
    ]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": config.base,
        "name": config.title,
        "description": config.description,
        "license": config.license,
        "version": config.version,
        "datePublished": config.issued.isoformat(),
        "creator": {"@type": "Organization", "name": config.publisher},
        "publisher": {"@type": "Organization", "name": config.publisher},
        "isAccessibleForFree": True,
        "conditionsOfAccess": "Open to everybody, without registration.",
        "url": f"{model.url}about.html",
        "identifier": config.base,
        "inLanguage": list(config.site.languages),
        "keywords": keywords,
        **({"temporalCoverage": coverage} if coverage else {}),
        **({"isBasedOn": articles} if articles else {}),
        "distribution": downloads,
    }


def _coverage(model: Model) -> str:
    """Return the days between which the facts of the dataset lie, as an interval of ISO 8601, or an empty string."""
    times = model.facts.values()
    firsts = [day for time in times for day in (time.first, time.began_by) if day]
    lasts = [day for time in times for day in (time.last, time.lasted_to) if day]
    return f"{min(firsts)}/{max(lasts)}" if firsts and lasts and min(firsts) <= max(lasts) else ""
