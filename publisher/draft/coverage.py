"""Compare an encoding with its text: sentences without a claim, passages that do not match, how much is covered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from publisher.draft import sentences
from publisher.draft.sentences import Sentence, Span
from publisher.errors import UsageError
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import GP, OA, RDF, plain
from publisher.workspace.sources import Source


@dataclass(frozen=True)
class Passage:
    """A passage as the encoding has it: where it is in the text, its digest, and whether a claim stands there.

    ``span`` is ``None`` when the encoding gives no start and end that are numbers.
    """

    iri: str
    span: Span | None
    digest: str
    has_claim: bool


@dataclass(frozen=True)
class Coverage:
    """What is missing or wrong in an encoding, and the share of the characters that its passages cover, 0 to 1."""

    mismatches: tuple[str, ...]
    without_claim: tuple[Sentence, ...]
    sentences: int
    passages: int
    share: float

    @property
    def is_complete(self) -> bool:
        """Tell whether every sentence has a claim and every passage matches."""
        return not self.mismatches and not self.without_claim


def find_encoding(text: str, data: Iterable[Source]) -> Source:
    """Return the source that describes an article of this very text, by ``gp:textDigest``.

    Raises ``UsageError`` when there is none.
    """
    digest = sentences.digest(text)
    for source in data:
        articles = {t.subject for t in source.triples if t.predicate == RDF.type and t.object == GP.Article}
        for t in source.triples:
            if t.subject in articles and t.predicate == GP.textDigest and plain(t.object) == digest:
                return source
    raise UsageError(
        f"no article of the workspace has this text (SHA-256 {digest}); is it the same edition? "
        "Name the encoding with --encoding FILE to see what differs"
    )


def cover(text: str, triples: Iterable[Triple], prefixes: dict[str, str]) -> Coverage:
    """Return how the encoding in the triples covers the text."""
    triples = list(triples)
    passages = list(_passages(triples))
    claimed = [p.span for p in passages if p.has_claim and p.span]
    split = sentences.split(text)
    return Coverage(
        tuple(mismatches(text, triples, prefixes)),
        tuple(s for s in split if not any(span.overlaps(s.span) for span in claimed)),
        len(split),
        len(passages),
        _covered(text, [p.span for p in passages if p.span]) / max(len(text), 1),
    )


def mismatches(text: str, triples: Iterable[Triple], prefixes: dict[str, str]) -> Iterator[str]:
    """Yield what does not fit: the digest of the whole text, and each passage out of range or with another digest."""
    triples = list(triples)
    articles = [t.subject for t in triples if t.predicate == RDF.type and t.object == GP.Article]
    if not articles:
        yield "there is no gp:Article in the encoding"
    for t in triples:
        if t.subject in articles and t.predicate == GP.textDigest and plain(t.object) != sentences.digest(text):
            name = shorten(plain(t.subject), prefixes)
            yield f"{name}: the digest of the whole text differs; is it the same edition?"
    for passage in _passages(triples):
        if problem := _problem(text, passage):
            yield f"{shorten(passage.iri, prefixes)}: {problem}"


def _problem(text: str, passage: Passage) -> str:
    if passage.span is None:
        return "it has no start and end in whole numbers; give it an oa:TextPositionSelector"
    start, end = passage.span.start, passage.span.end
    if not 0 <= start < end <= len(text):
        return f"{start}–{end} is outside of the text, which has {len(text)} characters"
    if passage.digest != sentences.digest(text[start:end]):
        return f"{start}–{end} has another digest"
    return ""


def _passages(triples: list[Triple]) -> Iterator[Passage]:
    values: defaultdict[str, dict[NamedNode, str]] = defaultdict(dict)
    found: list[str] = []
    says_something = {t.subject for t in triples if t.predicate == RDF.predicate}  # a claim yet to be written does not
    claimed: set[str] = set()
    for t in triples:
        values[plain(t.subject)][t.predicate] = plain(t.object)
        if t.predicate == RDF.type and t.object == GP.Passage:
            found.append(plain(t.subject))
        elif t.predicate == GP.isAtPassage and t.subject in says_something:
            claimed.add(plain(t.object))
    for iri in found:
        selector = values[values[iri].get(OA.hasSelector, "")]
        places = [selector.get(OA.start, ""), selector.get(OA.end, "")]
        span = Span(*map(int, places)) if all(p.isascii() and p.isdecimal() for p in places) else None
        yield Passage(iri, span, values[iri].get(GP.textDigest, ""), iri in claimed)


def _covered(text: str, spans: Iterable[Span]) -> int:
    """Return how many characters lie in at least one of the spans."""
    covered, reached = 0, 0
    for span in sorted(spans):
        start, end = max(span.start, reached), min(span.end, len(text))
        covered += max(end - start, 0)
        reached = max(reached, end)
    return covered


def coverage_text(found: Coverage, encoding: Path) -> str:
    """Return what is missing or wrong, a line each, and the figures; no word of the text is in it."""
    lines = [f"S{s.number:02}: no claim (characters {s.span.start}–{s.span.end})" for s in found.without_claim]
    claimed = found.sentences - len(found.without_claim)
    return "\n".join(
        [
            *found.mismatches,
            *lines,
            f"{encoding}: {claimed} of {found.sentences} sentences have a claim, {found.passages} passages cover "
            f"{found.share:.0%} of the text, {len(found.mismatches)} do not match",
        ]
    )
