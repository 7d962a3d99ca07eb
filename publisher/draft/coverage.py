"""Compare an encoding with its text: find sentences without a claim, and passages that do not match the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from publisher.draft.sentences import Sentence, Span, digest, split
from publisher.errors import UsageError
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import GP, OA, RDF, plain
from publisher.workspace.sources import Source


@dataclass(frozen=True)
class Passage:
    """A passage of an encoding: its IRI, span and digest, and whether a claim refers to it.

    ``span`` is ``None`` when the encoding gives no start and end in whole numbers.
    """

    iri: str
    span: Span | None
    digest: str
    has_claim: bool


@dataclass(frozen=True)
class Coverage:
    """What is missing or wrong in an encoding.

    ``sentences`` and ``passages`` are numbers; ``share`` is that of the characters that the passages cover, 0 to 1.
    """

    mismatches: tuple[str, ...]
    without_claim: tuple[Sentence, ...]
    sentences: int
    passages: int
    share: float

    @property
    def is_complete(self) -> bool:
        """Whether every sentence has a claim and every passage matches the text."""
        return not self.mismatches and not self.without_claim


def find_encoding(text: str, data: Iterable[Source]) -> Source:
    """Return the source that describes an article with this text, by its ``gp:textDigest``.

    Raises ``UsageError`` when there is none.
    """
    text_digest = digest(text)
    for source in data:
        articles = {t.subject for t in source.triples if t.predicate == RDF.type and t.object == GP.Article}
        for t in source.triples:
            if t.subject in articles and t.predicate == GP.textDigest and plain(t.object) == text_digest:
                return source
    raise UsageError(
        f"no article of the workspace has this text (SHA-256 {text_digest}); is it the same edition? "
        "Name the encoding with --encoding FILE to see what differs"
    )


def cover(text: str, triples: Iterable[Triple], prefixes: dict[str, str]) -> Coverage:
    """Return how the encoding in the triples covers the text; ``prefixes`` shorten the IRIs in messages.

    >>> coverage = cover("A title", [], {})
    >>> coverage.mismatches, len(coverage.without_claim), coverage.share
    (('there is no gp:Article in the encoding',), 1, 0.0)
    """
    triples = list(triples)
    passages = list(_passages(triples))
    claimed = [p.span for p in passages if p.has_claim and p.span]
    covered = {n for p in passages if p.span for n in range(p.span.start, min(p.span.end, len(text)))}
    sentences = split(text)
    return Coverage(
        tuple(mismatches(text, triples, prefixes)),
        tuple(s for s in sentences if not any(span.overlaps(s.span) for span in claimed)),
        len(sentences),
        len(passages),
        len(covered) / max(len(text), 1),
    )


def mismatches(text: str, triples: Iterable[Triple], prefixes: dict[str, str]) -> Iterator[str]:
    """Yield a message for a digest of the whole text that differs, and for each passage that does not match."""
    triples = list(triples)
    articles = [t.subject for t in triples if t.predicate == RDF.type and t.object == GP.Article]
    if not articles:
        yield "there is no gp:Article in the encoding"
    for t in triples:
        if t.subject in articles and t.predicate == GP.textDigest and plain(t.object) != digest(text):
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
    if passage.digest != digest(text[start:end]):
        return f"{start}–{end} has another digest"
    return ""


def _passages(triples: list[Triple]) -> Iterator[Passage]:
    values: defaultdict[str, dict[NamedNode, str]] = defaultdict(dict)
    passages: list[str] = []
    written = {t.subject for t in triples if t.predicate == RDF.predicate}  # the claims of a skeleton have none yet
    claimed: set[str] = set()
    for t in triples:
        values[plain(t.subject)][t.predicate] = plain(t.object)
        if t.predicate == RDF.type and t.object in (GP.Passage, GP.Sentence):
            passages.append(plain(t.subject))
        elif t.predicate == GP.isAtPassage and t.subject in written:
            claimed.add(plain(t.object))
    for iri in passages:
        selector = values[values[iri].get(OA.hasSelector, "")]
        offsets = [selector.get(OA.start, ""), selector.get(OA.end, "")]
        span = Span(*map(int, offsets)) if all(o.isascii() and o.isdecimal() for o in offsets) else None
        yield Passage(iri, span, values[iri].get(GP.textDigest, ""), iri in claimed)


def coverage_text(coverage: Coverage, encoding: Path) -> str:
    """Return what is missing or wrong, one line each, and the figures, without any word of the text."""
    lines = [f"S{s.number:02}: no claim (characters {s.span.start}–{s.span.end})" for s in coverage.without_claim]
    claimed = coverage.sentences - len(coverage.without_claim)
    return "\n".join(
        [
            *coverage.mismatches,
            *lines,
            f"{encoding}: {claimed} of {coverage.sentences} sentences have a claim, {coverage.passages} passages cover "
            f"{coverage.share:.0%} of the text, {len(coverage.mismatches)} do not match",
        ]
    )
