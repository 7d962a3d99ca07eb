"""Analyse the plain text of an article: its sentences, and the names, dates, citations and quotations in each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, TypeVar

from pyoxigraph import Triple

from publisher.draft.citations import Citation, find_citations
from publisher.draft.dates import DateMention, find_dates
from publisher.draft.gazetteer import Gazetteer, Mention, make_gazetteer
from publisher.draft.quotations import Quotation, SpeakerCandidates, find_long_quotations, find_quotations
from publisher.draft.sentences import Sentence, Span, overlapping, split
from publisher.errors import UsageError, plural
from publisher.rdf.vocab import DCTERMS, GP, plain
from publisher.workspace.sources import Workspace, triples_of


@dataclass(frozen=True)
class SentenceAnalysis:
    """What one sentence contains; all spans are offsets into the whole text."""

    sentence: Sentence
    mentions: tuple[Mention, ...]
    dates: tuple[DateMention, ...]
    citations: tuple[Citation, ...]
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True)
class Document:
    """A document of the workspace that a text may cite: the IRIs of it and its outlet, its date, its printed form."""

    iri: str
    outlet: str
    issued: str
    printed: str


@dataclass(frozen=True)
class Draft:
    """The analysis of a text: its date of publication (EDTF), its sentences, and the documents of the workspace."""

    text: str
    published: str | None
    sentences: tuple[SentenceAnalysis, ...]
    documents: tuple[Document, ...]
    language: str = "en"


def check_vocabulary(workspace: Workspace) -> None:
    """Raise ``UsageError`` where the ontology of a workspace has no claims, in which an encoding is written."""
    if not any(t.subject == GP.Claim for t in triples_of(workspace.ontology)):
        raise UsageError(
            f"the ontology of this workspace has no class of claims ({GP.Claim}), in which articles are encoded; "
            "'publisher init DIR --template geopol' makes a workspace that has one"
        )


def draft(text: str, workspace: Workspace, published: str | None = None, language: str = "en") -> Draft:
    """Return the analysis of a text by the names of a workspace.

    ``published`` is the year, month or day of publication in EDTF; it resolves dates that print no year. In a
    ``language`` (BCP 47) other than English, only names, quotations and dates such as 2018-12-10 are found. Raises
    ``UsageError`` when one of the two is none, and when the text is blank.
    """
    if not text.strip():
        raise UsageError("the text is blank; name a file with the plain text of the article")
    data = triples_of(workspace.data)
    gazetteer = make_gazetteer(data, triples_of(workspace.ontology))
    if not _LANGUAGE.fullmatch(language):
        raise UsageError(f"'{language}' is no language; write a code such as en, fr or pt-BR")
    sentences = analyze(text, gazetteer, published)
    if not _is_english(language):
        sentences = tuple(map(_without_english, sentences))
    return Draft(text, published, sentences, tuple(_documents(data)), language)


_LANGUAGE: Final = re.compile("[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _is_english(language: str) -> bool:
    return language.lower().partition("-")[0] == "en"


def _without_english(analysis: SentenceAnalysis) -> SentenceAnalysis:
    """Return an analysis without what the grammar of English found, which means nothing in another language."""
    dates = tuple(date for date in analysis.dates if _ISO.fullmatch(date.edtf) and not date.is_year_inferred)
    quotations = tuple(replace(quotation, speakers=()) for quotation in analysis.quotations)
    return replace(analysis, dates=dates, citations=(), quotations=quotations)


T = TypeVar("T", Mention, DateMention, Citation)


def _finder(parts: Sequence[T]) -> Callable[[Span], tuple[T, ...]]:
    """Return a function that finds the parts that lie within a span; the parts are in the order of the text."""
    spans = [part.span for part in parts]
    return lambda span: tuple(parts[i] for i in overlapping(spans, span) if span.holds(spans[i]))


def _outside(spans: Sequence[Span], parts: Iterable[T]) -> list[T]:
    """Return the parts that none of the spans holds."""
    return [part for part in parts if not any(spans[i].holds(part.span) for i in overlapping(spans, part.span))]


def analyze(text: str, gazetteer: Gazetteer, published: str | None) -> tuple[SentenceAnalysis, ...]:
    """Return the sentences of the text with the names, dates, citations and quotations in each.

    Names and dates within a citation belong to the citation alone. Raises ``UsageError`` as ``draft`` does.
    """
    citations = find_citations(text, gazetteer, published)
    cited = [citation.span for citation in citations]
    citations_in = _finder(citations)
    mentions_in = _finder(_outside(cited, gazetteer.find(text)))
    dates_in = _finder(_outside(cited, find_dates(text, published)))
    analyses: list[SentenceAnalysis] = []
    speaking: list[SpeakerCandidates] = []
    for sentence in split(text):
        span = sentence.span
        mentions_here, citations_here = mentions_in(span), citations_in(span)
        has_context = analyses and analyses[-1].sentence.paragraph == sentence.paragraph
        candidates = SpeakerCandidates(
            tuple(m for m in mentions_here if gazetteer.agents.intersection(m.candidates)),
            tuple(e for m in analyses[-1].mentions for e in m.entities if e in gazetteer.agents) if has_context else (),
            tuple(outlet for citation in citations_here for outlet in citation.outlets),
        )
        speaking.append(candidates)
        quotations = find_quotations(text, span, candidates)
        spoken = tuple(q for q in quotations if not any(c.span.holds(q.span) for c in citations_here))
        analyses.append(SentenceAnalysis(sentence, mentions_here, dates_in(span), citations_here, spoken))
    return tuple(_with_long_quotations(text, analyses, speaking))


def _with_long_quotations(
    text: str, analyses: list[SentenceAnalysis], speaking: list[SpeakerCandidates]
) -> Iterator[SentenceAnalysis]:
    """Yield the sentences with their parts of quotations that go beyond a sentence."""
    numbered = list(zip(analyses, speaking, strict=True))
    for _, group in groupby(numbered, key=lambda item: item[0].sentence.paragraph):
        paragraph, candidates = zip(*group, strict=True)
        parts: defaultdict[int, list[Quotation]] = defaultdict(list)
        known = [quotation for each in paragraph for quotation in each.quotations]
        for i, part in find_long_quotations(text, [each.sentence.span for each in paragraph], candidates, known):
            parts[i].append(part)
        for i, each in enumerate(paragraph):
            ordered = sorted((*each.quotations, *parts[i]), key=lambda quotation: quotation.span)
            yield replace(each, quotations=tuple(ordered))


_DOCUMENT: Final = {DCTERMS.publisher: "outlet", DCTERMS.issued: "issued", DCTERMS.bibliographicCitation: "printed"}


def _documents(data: Iterable[Triple]) -> Iterator[Document]:
    """Yield the documents and articles that have an outlet, a date and a printed citation."""
    descriptions: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for t in data:
        if t.predicate in _DOCUMENT:
            descriptions[plain(t.subject)][_DOCUMENT[t.predicate]] = plain(t.object)
    for iri, description in descriptions.items():
        if len(description) == len(_DOCUMENT):
            yield Document(iri, **description)


_NOT_ENGLISH: Final = "Speakers, citations and dates in words are found in English alone: add them."


def summary_text(result: Draft) -> str:
    """Return how much the text contains, with one line for each kind."""
    mentions = [m for s in result.sentences for m in s.mentions]
    citations = [c for s in result.sentences for c in s.citations]
    quotations = [q for s in result.sentences for q in s.quotations]
    rows = {
        "sentences": f"{len(result.sentences):5}",
        "names": f"{len(mentions):5}, of {plural(len({e for m in mentions for e in m.entities}), 'entity')}, "
        f"{sum(bool(m.metonym_of) for m in mentions)} perhaps metonyms",
        "dates": f"{sum(len(s.dates) for s in result.sentences):5}",
        "citations": f"{len(citations):5}, {sum(not c.outlets for c in citations)} of an outlet that is not known",
        "quotations": f"{len(quotations):5}, {sum(not q.speakers for q in quotations)} without a speaker",
    }
    text = "\n".join(f"{name:12}{value}" for name, value in rows.items())
    return text if _is_english(result.language) else f"{text}\n{_NOT_ENGLISH}"
