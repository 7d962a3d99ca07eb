"""Make the page of an article: its claims by sentence, in the order of the text, and its text where that is free."""

from __future__ import annotations

import hashlib
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from more_itertools import intersperse, map_reduce

from publisher.rdf.vocab import DCTERMS
from publisher.site.claims import Claim
from publisher.site.index import natural_key
from publisher.site.model import Model, Ref, sentence_anchor
from publisher.site.output import Page, contents
from publisher.site.statements import Statements
from publisher.site.things import SUMMARY, ThingPages, by_sentence, heading, notes
from publisher.site.translation.catalogue import script_words
from publisher.site.vocabulary import ISSUED, LICENSE, PUBLISHER, TITLE, term
from publisher.site.words import capitalised

_CITATION: Final = term(DCTERMS, "bibliographicCitation")
# Hexadecimal digits of a digest in a page: 64 bits are enough to find a passage.
_DIGITS: Final = 16


class Stretch(NamedTuple):
    """A stretch of a text that is marked in one way: ``mark`` is empty, ``fact``, ``claim`` or ``both``."""

    text: str
    mark: str = ""
    href: str = ""
    label: str = ""


class MarkedSentence(NamedTuple):
    """A sentence of a text in stretches, with the anchor and the number of its claims."""

    stretches: tuple[Stretch, ...]
    anchor: str = ""
    number: int = 0
    label: str = ""


class ArticlePages:
    """Make the pages of articles. ``texts`` are the plain texts beside the encodings, by SHA-256."""

    def __init__(self, model: Model, statements: Statements, things: ThingPages, texts: dict[str, str]) -> None:
        self.model, self.statements, self.things, self.texts = model, statements, things, texts
        self._script_words = script_words(model.words, "text.js")

    def page(self, node: str) -> Page:
        """Return the page of an article."""
        model, index = self.model, self.model.index
        claims = [c for c in model.claims.by_article[node] if c.place.article == node]
        sentences = by_sentence(claims)
        title = next(iter(index.texts(node, TITLE)), index.label(node))
        numbers = sorted(sentences)
        digest = index.literal(node, model.vocabulary["digest"])
        text = self.texts.get(digest, "") if index.first(node, LICENSE) else ""
        context: dict[str, Any] = {
            **heading(model, node),
            "title": title._replace(value=capitalised(title.value)),
            "kicker": " · ".join(map(model.words.isolated, self._imprint(node))),
            "facts_count": sum(claim.is_fact for claim in claims),
            "claims_count": sum(not claim.is_fact for claim in claims),
            "kinds": self._kinds(claims),
            "sources": self._sources(claims),
            "sentences": [self._sentence(number, sentences[number]) for number in numbers],
            "text": [[*self._marked(text, paragraph, claims)] for paragraph in _paragraphs(text)] if text else [],
            "texts": self._script_words,
            "passages": [] if text else self._passages(claims, digest),
            "fields": self.things.fields(node),
            "notes": notes(model, node),
            "relations": self.things.relations(node),
            "contents": contents(
                model.words.gettext("Sentences"),
                ((f"#{sentence_anchor(number)}", str(number) if number >= 0 else "–", 0) for number in numbers),
                is_numbers=True,
            ),
        }
        path, title = f"{model.addresses.name(node)}.html", context["title"].value
        summary = textwrap.shorten(" · ".join([*map(model.words.isolated, self._imprint(node))][1:]), SUMMARY)
        return Page(path, title, "article.html", context, node, model.words.gettext("article"), summary)

    def _imprint(self, node: str) -> Iterator[str]:
        index = self.model.index
        yield self.model.class_label(node)
        if citation := index.texts(node, _CITATION):
            yield citation[0].value
            return
        yield from (index.label(o).value for o in index.objects(node, PUBLISHER))
        if issued := index.literal(node, ISSUED):
            yield self.model.words.date(issued)

    def _kinds(self, claims: list[Claim]) -> list[tuple[str, str, int, int, str]]:
        """Return icon, name, number, number of denials and verdicts of the facts and of each kind of claim."""
        groups = map_reduce(claims, lambda claim: "" if claim.is_fact else claim.kind)
        rows = []
        for kind in ("", *self.model.claims.ordered_kinds()):
            if group := groups.get(kind):
                verdicts = " ".join(dict.fromkeys(self.model.claims.verdict_words(claim) for claim in group))
                word = self.model.claims.plural(kind).value if kind else self.model.words.gettext("Facts")
                icon = self.model.claims.icon(kind) if kind else "fact"
                rows.append((icon, word, len(group), sum(claim.is_negated for claim in group), verdicts))
        return rows

    def _sources(self, claims: list[Claim]) -> list[tuple[str, Ref, str, int]]:
        index, counts = self.model.index, Counter(source for claim in claims for source in claim.sources)
        rows = []
        for source, count in sorted(counts.items(), key=lambda item: (index.literal(item[0], ISSUED), item[0])):
            printed = index.texts(source, _CITATION)
            issued = self.model.words.date(index.literal(source, ISSUED), short=True)
            rows.append((issued, self.model.ref(source), printed[0].value if printed else "", count))
        return rows

    def _sentence(self, number: int, claims: list[Claim]) -> dict[str, Any]:
        facts = sum(claim.is_fact for claim in claims)
        sources = dict.fromkeys(source for claim in claims for source in claim.sources)
        return {
            "anchor": sentence_anchor(number),
            "number": number,
            "counts": ", ".join(self._counted(facts, len(claims) - facts)),
            "cited": tuple(intersperse("; ", map(self.model.ref, sources))),
            "statements": self.statements.strips(claims),
        }

    def _passages(self, claims: list[Claim], digest: str) -> dict[str, Any]:
        """Return what a browser needs to find the passages in a text that the reader has, without any word of it."""
        spans: dict[tuple[int, int, str], list[Claim]] = {}
        for claim in claims:
            for place in claim.places:
                if place.digest and 0 <= place.start < place.end:
                    spans.setdefault((place.start, place.end, place.digest), []).append(claim)
        rows = []
        for (start, end, digest_of_passage), found in sorted(spans.items()):
            mark = sum({1 if claim.is_fact else 2 for claim in found})
            rows.append([start, end, digest_of_passage[:_DIGITS], mark, sentence_anchor(found[0].place.sentence)])
        return {"digest": digest, "passages": rows} if rows else {}

    def _counted(self, facts: int, claims: int) -> Iterator[str]:
        if facts:
            yield self.model.words.ngettext("{count} fact", "{count} facts", facts).format(count=facts)
        if claims:
            yield self.model.words.ngettext("{count} claim", "{count} claims", claims).format(count=claims)

    # --- the text ------------------------------------------------------------------------------------------------

    def _marked(self, text: str, paragraph: tuple[int, int], claims: list[Claim]) -> Iterator[MarkedSentence]:
        """Yield the sentences of a paragraph, with the passages of the claims marked."""
        placed = [c for c in claims if paragraph[0] <= c.place.start < c.place.end <= paragraph[1]]
        reached = paragraph[0]
        for number, found in by_sentence(placed).items():
            begin, end = min(c.place.start for c in found), max(c.place.end for c in found)
            if reached < begin:
                yield MarkedSentence((Stretch(text[reached:begin]),))
            facts = sum(claim.is_fact for claim in found)
            label = ", ".join(self._counted(facts, len(found) - facts))
            stretches = tuple(self._stretches(text, max(begin, reached), end, found))
            yield MarkedSentence(stretches, sentence_anchor(number), number, label)
            reached = max(end, reached)
        if reached < paragraph[1]:
            yield MarkedSentence((Stretch(text[reached : paragraph[1]]),))

    def _stretches(self, text: str, begin: int, end: int, claims: list[Claim]) -> Iterator[Stretch]:
        cuts = sorted({begin, end, *(cut for c in claims for cut in (c.place.start, c.place.end) if begin < cut < end)})
        for start, stop in pairwise(cuts):
            covering = [c for c in claims if c.place.start <= start and stop <= c.place.end]
            said = [claim for claim in covering if not claim.is_fact]
            is_fact = any(claim.is_fact for claim in covering)
            mark = ("both" if is_fact else "claim") if said else "fact" if is_fact else ""
            first = min(said, key=lambda claim: natural_key(claim.node), default=None)
            if first is None:
                yield Stretch(text[start:stop], mark)
            else:
                voices = self.model.claims.joined_voices(first.voices)
                kind = capitalised(self.model.claims.word(first.kind).value)
                label = self.model.words.filled(
                    self.model.words.gettext("{kind} of {voices}"), kind=kind, voices=voices
                )
                yield Stretch(text[start:stop], mark, self.model.addresses.href(first.node).partition("#")[2], label)


def _paragraphs(text: str) -> Iterable[tuple[int, int]]:
    """Return where the paragraphs of a text begin and end: they are parted by line breaks."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def read_texts(folder: Path) -> dict[str, str]:
    """Return the plain texts in a folder by their SHA-256; those that are no UTF-8 are left out."""
    texts = {}
    for path in sorted(folder.glob("*.txt")):
        content = path.read_bytes()
        try:
            texts[hashlib.sha256(content).hexdigest()] = content.decode()
        except UnicodeDecodeError:
            continue
    return texts
