"""Turn claims and facts into statements as pages show them: with a mark, a sentence, a verdict and the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from more_itertools import intersperse, map_reduce

from publisher.rdf.ntriples import name_of
from publisher.site.claims import Claim
from publisher.site.index import Text
from publisher.site.model import Model, Ref, claim_anchor, safe_name
from publisher.site.vocabulary import DESCRIPTION, OBJECT, SUBJECT, local_name
from publisher.site.words import capitalised

# Claims of one voice that are open where a page has up to so many claims; the others are folded, with their number.
_OPEN: Final = ((100, 6), (200, 4))
_OPEN_IN_MANY: Final = 2
# Claims in full on one page; more would be no page to read.
MOST: Final = 300
_CACHED: Final = 1 << 16  # statements: each is shown on the pages of the article and of the things it concerns

Part = str | Text | Ref
Line = tuple[Part, ...]


class Strip(NamedTuple):
    """Where in its sentence a passage stands: from ``left`` to ``left + width`` of 104, at which characters."""

    left: int
    width: int
    start: int
    end: int


class Statement(NamedTuple):
    """A fact or a claim, ready to be shown.

    ``word`` and ``icons`` mark what it is, ``prefix`` names the voice where the sentence does not. ``evidence`` are
    lines of texts and links. ``link`` is the permanent address.
    """

    is_fact: bool
    word: str
    icons: tuple[str, ...]
    prefix: str
    text: Text
    verdict: str = ""
    note: str = ""
    anchor: str = ""
    link: str = ""
    evidence: tuple[Line, ...] = ()
    strip: Strip | None = None
    when: str = ""
    more: Ref | None = None


@dataclass(frozen=True)
class VoiceGroup:
    """The claims of one voice of one kind: those that are open, those that are folded, and how many are left out."""

    voice: Line
    open: tuple[Statement, ...]
    folded: tuple[Statement, ...]
    omitted: int
    total: int


@dataclass(frozen=True)
class KindGroup:
    """The claims of one kind, by voice."""

    anchor: str
    icon: str
    word: str
    count: int
    voices: tuple[VoiceGroup, ...]


@dataclass(frozen=True)
class Said:
    """What is said of a thing: the claims by kind and voice, how many each voice makes, and which are opposed."""

    count: int
    kinds: tuple[KindGroup, ...]
    matrix: tuple[tuple[Line, tuple[int, ...], int], ...]
    pairs: tuple[tuple[Statement, Statement, bool], ...]


class Statements:
    """Make statements of the claims and facts of a dataset."""

    def __init__(self, model: Model) -> None:
        self.model, self.claims, self.index = model, model.claims, model.index
        self._, self._n, self._filled = model.words.gettext, model.words.ngettext, model.words.filled
        self._articles = {name_of(article): article for article in model.claims.by_article}
        self._statement = lru_cache(maxsize=_CACHED)(self._statement_of)
        self.voice = cache(self._voice)

    def of_claim(self, claim: Claim, *, lines: int = 2) -> Statement:
        """Return the statement of a claim, with at most so many lines of evidence: the place, then date and sources."""
        statement = self._statement(claim)
        return statement._replace(evidence=statement.evidence[:lines])

    def _statement_of(self, claim: Claim) -> Statement:
        claims = self.claims
        prefix, text = claims.sentence(claim)
        icon = ("negative" if claim.is_negated else "fact") if claim.is_fact else claims.icon(claim.kind)
        views = claims.joined_voices(self.index.objects(claim.node, claims.vocabulary["view-of"]))
        quotations = self.index.texts(claim.node, claims.vocabulary["quotation"])
        notes = [
            self._filled(self._("Quoted: “{text}”."), text=text)
            for text in quotations
            if text.value not in self.index.label(claim.node).value
        ]
        notes += [self._filled(self._("Ascribed to {voices}, not in its own words."), voices=views)] if views else []
        return Statement(
            is_fact=claim.is_fact,
            word=claims.mark_word(claim),
            icons=(icon, "denial") if claim.is_negated and not claim.is_fact else (icon,),
            prefix=prefix,
            text=text,
            verdict="" if claim.is_fact else claims.verdict_words(claim),
            note=" ".join(notes),
            anchor=claim_anchor(claim),
            link=self.model.addresses.href(claim.node),
            evidence=tuple(self.evidence(claim)),
        )

    def evidence(self, claim: Claim) -> Iterable[Line]:
        """Yield where a claim stands, when it was made and what it cites."""
        if claim.place.article:
            short, number = self.model.short(claim.place.article), claim.place.sentence
            place = Text(self._filled(self._("{article}, sentence {number}"), article=short, number=number))
            yield (Ref(place if number >= 0 else short, self.model.addresses.href(claim.node)),)
        said = self.index.literal(claim.node, self.claims.vocabulary["said-on"])
        date = self.model.words.date(said, short=True)
        when = self._("said {date}").format(date=date) if said else self._("date not stated")
        yield (f"{when}, ", *self._sources(claim.sources))

    def _sources(self, sources: Sequence[str]) -> Line:
        if not sources:
            return (self._("no source cited"),)
        return self._("citing") + " ", *intersperse("; ", map(self.model.ref, sources))

    def of_fact(self, fact: str, thing: str = "") -> Statement:
        """Return the statement of a fact, as seen from a thing that takes part in it.

        Its sentence is its description or, without one, that of an accepted claim on which it rests: by preference one
        that names the thing.
        """
        support = self.claims.supporting.get(fact, [])
        stated = [c for c in support if c.is_fact and not c.is_negated and self.claims.has_sentence(c)]
        about = [c for c in stated if any(thing in self.index.objects(c.node, end) for end in (SUBJECT, OBJECT))]
        label = self.index.label(fact)
        sentences = [self.index.label(claim.node) for claim in about or (stated if thing else [])]
        name = Text(f"{capitalised(label.value)}.", label.language)
        kind = Text(self.model.class_label(fact) or self._("Fact"), self.model.words.language)
        return Statement(
            is_fact=True,
            word=self._("Fact"),
            icons=("fact",),
            prefix="",
            text=next(iter((*self.index.texts(fact, DESCRIPTION), *sentences)), name),
            link=self.model.addresses.href(fact),
            evidence=tuple(self.support(support)),
            when=self.model.facts[fact].words if thing else "",
            more=Ref(kind, self.model.addresses.href(fact)) if thing else None,
        )

    def support(self, claims: Sequence[Claim]) -> Iterable[Line]:
        """Yield on how many accepted claims a fact rests, in which sentences, and what those cite."""
        places: defaultdict[str, dict[int, str]] = defaultdict(dict)
        for claim in claims:
            if claim.place.article:
                page = self.model.addresses.href(claim.node)
                places[claim.place.article].setdefault(claim.place.sentence, page)
        if not places:
            return
        count = len(claims)
        rests = self._n("rests on {count} accepted claim:", "rests on {count} accepted claims:", count)
        parts: list[Part] = [f"{rests.format(count=count)} "]
        for number, (article, sentences) in enumerate(places.items()):
            place = self._n("{article}, sentence", "{article}, sentences", len(sentences))
            parts += ["; "] * bool(number) + [f"{self._filled(place, article=self.model.short(article))} "]
            refs = [Ref(Text(str(sentence)), page) for sentence, page in list(sentences.items())[:6]]
            parts += [*intersperse(", ", refs), *([" …"] * (len(sentences) > 6))]
        yield tuple(parts)
        sources = list(dict.fromkeys(source for claim in claims for source in claim.sources))
        if sources:
            more = self._("and {count} more").format(count=len(sources) - 4)
            yield (*self._sources(sources[:4]), *([f" {more}"] if len(sources) > 4 else []))

    def strips(self, claims: Sequence[Claim]) -> list[Statement]:
        """Return the statements of claims of one sentence, each with its place in the sentence."""
        first = claims[0].place
        around = (claim.place for claim in self.claims.by_article.get(first.article, claims))
        known = [p for p in around if p.sentence == first.sentence and 0 <= p.start < p.end]
        left = min((place.start for place in known), default=0)
        length = max((place.end for place in known), default=1) - left
        statements = []
        for claim in claims:
            statement = self.of_claim(claim, lines=0)
            start, end = claim.place.start, claim.place.end
            if 0 <= start < end:
                x, right = round((start - left) * 104 / length), round((end - left) * 104 / length)
                statement = statement._replace(strip=Strip(min(x, 101), max(right - x, 3), start, end))
            statements.append(statement)
        return statements

    # --- what is said ----------------------------------------------------------------------------------------------

    def said(self, claims: Sequence[Claim]) -> Said | None:
        """Group claims that are no facts by kind and voice, in the order of the text."""
        claims = [claim for claim in claims if not claim.is_fact]
        if not claims:
            return None
        by_voice = map_reduce(claims, lambda claim: claim.voices)
        table = map_reduce(claims, lambda claim: (claim.kind, claim.voices))
        own = {claim.kind for claim in claims}
        kinds = [kind for kind in self.claims.ordered_kinds() if kind in own]
        rows = [
            (self.voice(voice), tuple(len(table.get((kind, voice), ())) for kind in kinds), len(by_voice[voice]))
            for voice in by_voice
        ]
        limit = next((number for size, number in _OPEN if len(claims) <= size), _OPEN_IN_MANY)
        shown = max(MOST // len(table), limit)
        groups = [
            self._kind(kind, {v: table[kind, v] for v in by_voice if (kind, v) in table}, limit, shown)
            for kind in kinds
        ]
        return Said(len(claims), tuple(groups), tuple(rows), tuple(self._pairs(claims)))

    def _kind(self, kind: str, voices: dict[tuple[str, ...], list[Claim]], limit: int, shown: int) -> KindGroup:
        groups = []
        for voice, claims in voices.items():
            statements = tuple(self.of_claim(claim) for claim in claims[:shown])
            opened = len(statements) if len(statements) <= limit + 1 else limit
            omitted = len(claims) - len(statements)
            groups.append(VoiceGroup(self.voice(voice), statements[:opened], statements[opened:], omitted, len(claims)))
        anchor, word = f"kind-{safe_name(local_name(kind))}", self.claims.plural(kind).value
        return KindGroup(anchor, self.claims.icon(kind), word, sum(map(len, voices.values())), tuple(groups))

    def _voice(self, voices: tuple[str, ...]) -> Line:
        """Return the names of voices; one that is described with an article is named together with it."""
        parts: list[Part] = []
        for voice in voices:
            ref = self.model.ref(voice)
            parts += ["; "] * bool(parts) + [ref._replace(text=ref.text._replace(value=capitalised(ref.text.value)))]
            if owner := self._article_of(name_of(voice)):
                parts += [": ", self.model.short(owner)]
        return tuple(parts) or (self._("Nobody is named"),)

    def _article_of(self, iri: str) -> str:
        """Return the article below whose IRI another is; empty where there is none."""
        while iri := iri.rpartition("/")[0]:
            if iri in self._articles:
                return self._articles[iri]
        return ""

    def _pairs(self, claims: Sequence[Claim]) -> Iterable[tuple[Statement, Statement, bool]]:
        """Yield claims that are set against each other, at least one of which is among ``claims``."""
        seen = set[frozenset[str]]()
        for claim in claims:
            for other in self.claims.opposed.get(claim.node, ()):
                pair = frozenset((claim.node, other.node))
                if pair not in seen and len(seen) < 6:
                    seen.add(pair)
                    one, two = sorted((claim, other), key=lambda c: c.order)
                    yield self.of_claim(one), self.of_claim(two), one.voices == two.voices
