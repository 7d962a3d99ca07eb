"""Make the pages on the dataset as a whole: home, about with the downloads, and the page for lost addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from publisher.dump.checksums import CHECKSUMS
from publisher.dump.formats import MEDIA_TYPES
from publisher.rdf.ntriples import name_of
from publisher.rdf.vocab import DCTERMS
from publisher.site.index import Text
from publisher.site.lists import ListPages
from publisher.site.model import Model, Ref
from publisher.site.output import Page, contents
from publisher.site.questions import QuestionPages
from publisher.site.statements import Statement, Statements
from publisher.site.terms import VocabularyPages
from publisher.site.vocabulary import term
from publisher.site.words import capitalised, date_words, plural

_ISSUED: Final = term(DCTERMS, "issued")
_LATEST: Final = 10  # articles on the home page
_DATES: Final = 12  # facts on the home page
_MOST: Final = 50  # articles in the description of the dataset
_EXAMPLES: Final = {
    "fact": "full disc, solid rule, flush left: the data assert it",
    "negative": "disc with a bar: accepted as not so",
    "blame": "speech bubble, dotted rule, set in: somebody says it, no more",
    "say": "could be checked",
    "flag": "what somebody stands for",
    "arrow": "what is to come",
    "wave": "a judgement",
    "plain": "somebody says it",
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
        entries = [("a-z.html", "Things")]
        entries += [("index.html#articles", "Articles")] * bool(self.model.articles)
        entries += [("tree.html", "Concepts")] * bool(self.lists.tree())
        entries += [("queries/index.html", "Questions")] * bool(self.questions.queries)
        first = (page for page in self.pictures if not page.context.get("number"))
        entries += [(page.path, page.title.partition(" of ")[0]) for page in first]
        entries += [("index.html#read", "How to read")] * bool(self.model.claims.all)
        return entries

    def dated(self) -> list[str]:
        """Return the facts whose time is known, in chronological order."""
        return [fact for fact, time in self.model.facts.items() if time.is_known]

    def home(self) -> Page:
        """Return the first page of the site."""
        model, claims = self.model, self.model.claims
        articles = [self._article(node) for node in model.articles]
        said = [claim for claim in claims.all.values() if not claim.is_fact]
        figures = [
            (len(articles), "article", "articles"),
            (len(model.facts), "event or relation", "events and relations"),
            (
                sum(claim.is_fact for claim in claims.all.values()),
                "claim accepted as a fact",
                "claims accepted as facts",
            ),
            (len(said), "other claim", "other claims"),
            (len(claims.by_source), "cited source", "cited sources"),
        ]
        if not claims.all:
            figures = [(len(model.things), "thing", "things"), (model.index.size, "statement", "statements")]
        kinds = [(claims.icon(k), self._kind(k), len(claims.by_kind[k])) for k in claims.ordered_kinds()]
        dated = [fact for fact in self.dated() if self.model.facts[fact].first or self.model.facts[fact].last]
        examples = list(self._examples())
        classes = self.lists.top_classes()
        sections = [
            *([("#read", "How to read it", 0)] if examples else []),
            *([("#articles", "Articles", len(articles))] if articles else []),
            ("#things", "Ways in", 0),
            *([("#time", "Time line", 0)] if dated else []),
        ]
        context: dict[str, Any] = {
            "description": model.config.description,
            "figures": [(n, one if n == 1 else many) for n, one, many in figures if n],
            "examples": examples,
            "articles": articles[:_LATEST],
            "articles_more": max(len(articles) - _LATEST, 0),
            "classes": classes,
            "kinds": kinds,
            "questions": [self.questions.question(query) for query in self.questions.queries[:6]],
            "questions_count": len(self.questions.queries),
            "vocabularies": self.vocabularies.titles(),
            "dated": [
                (self.model.facts[f].words, self.model.ref(f), self.model.class_label(f).lower())
                for f in dated[-_DATES:]
            ],
            "dated_count": len(dated),
            "contents": contents("Home", sections),
        }
        summary = model.config.description
        return Page("index.html", model.config.title, "home.html", context, summary=summary)

    def _kind(self, kind: str) -> Ref:
        ref = self.lists.class_ref(kind)
        word = self.model.claims.word(kind)
        return Ref(
            Text(plural(word).capitalize(), word.language), self.model.addresses.href(f"claims:{kind}") or ref.href
        )

    def _article(self, node: str) -> tuple[str, Ref, str]:
        index, page = self.model.index, self.model.addresses.href(node)
        titles = index.texts(node, term(DCTERMS, "title"))
        publishers = [index.label(o).value for o in index.objects(node, term(DCTERMS, "publisher"))]
        count = len(self.model.claims.by_article[node])
        remark = " · ".join([*publishers, f"{count} statement{'s' * (count != 1)}"])
        when = date_words(index.literal(node, _ISSUED), short=True)
        return when, Ref(titles[0] if titles else index.label(node), page), remark

    def _examples(self) -> Iterator[tuple[Statement, str]]:
        """Yield a short statement of each kind, as the legend of the marks, with what the mark means."""
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
                meaning = _EXAMPLES[statement.icons[0]]
                yield statement, meaning + "; struck through: it denies" * ("denial" in statement.icons)

    # --- about ---------------------------------------------------------------------------------------------------

    def about(self, dumps: Path) -> Page:
        """Return the page on licence, version, downloads and checksums; there may be no dumps yet."""
        config, listed = self.model.config, dumps / CHECKSUMS
        lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
        sums = sorted((name, digest) for digest, _, name in (line.partition("  ") for line in lines))
        files = [(name, (dumps / name).stat().st_size, digest) for name, digest in sums]
        groups: dict[str, list[tuple[str, int, str]]] = {}
        for name, size, digest in files:
            groups.setdefault(name.partition(".")[0], []).append((name, size, digest))
        context: dict[str, Any] = {
            "config": config,
            "groups": sorted(groups.items(), key=lambda group: (group[0] != "all", group[0])),
            "size": self.model.index.size,
            "inferred": len(self.model.index.inferred),
            "vocabularies": self.vocabularies.titles(),
            "identifiers": config.things,
            "schema": _schema(self.model, files, [str(ref) for ref, _, _ in self.lists.top_classes()][:10]),
            "contents": contents(
                "About", [("#licence", "Licence", 0), ("#downloads", "Downloads", 0), ("#made", "How it is made", 0)]
            ),
        }
        return Page("about.html", "About this dataset", "about.html", context)

    def search(self) -> Page:
        """Return the page of the search."""
        claims = self.model.claims
        words = {capitalised(claims.word(kind).value): claims.icon(kind) for kind in claims.ordered_kinds()}
        marks = {"Fact": "fact", **words} if claims.all else {}
        context = {"marks": marks, "questions_count": len(self.questions.queries)}
        return Page("search.html", "Search", "search.html", context)

    def lost(self) -> Page:
        """Return the page for addresses that are not there; a host shows it below any path."""
        return Page("404.html", "Not found", "lost.html", {"root": self.model.config.site.base_path})


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
