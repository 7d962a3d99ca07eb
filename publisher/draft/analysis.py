"""Analyse the plain text of an article: its sentences, and the names, dates, citations and quotations in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Triple

from publisher.draft.citations import Citation, find_citations
from publisher.draft.dates import DateMention, find_dates
from publisher.draft.gazetteer import Gazetteer, Mention, make_gazetteer
from publisher.draft.quotations import Quotation, SpeakerCandidates, find_quotations
from publisher.draft.sentences import Sentence, split
from publisher.errors import UsageError
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


def check_vocabulary(workspace: Workspace) -> None:
    """Raise ``UsageError`` where the ontology of a workspace has no claims, in which an encoding is written."""
    if not any(t.subject == GP.Claim for t in triples_of(workspace.ontology)):
        raise UsageError(
            f"the ontology of this workspace has no class of claims ({GP.Claim}), in which articles are encoded; "
            "'publisher init DIR --template geopol' makes a workspace that has one"
        )


def draft(text: str, workspace: Workspace, published: str | None = None) -> Draft:
    """Return the analysis of a text by the names of a workspace.

    ``published`` is the year, month or day of publication in EDTF; it resolves dates that print no year. Raises
    ``UsageError`` when it is no such date, and when the text is blank.
    """
    if not text.strip():
        raise UsageError("the text is blank; name a file with the plain text of the article")
    data = triples_of(workspace.data)
    gazetteer = make_gazetteer(data, triples_of(workspace.ontology))
    return Draft(text, published, analyze(text, gazetteer, published), tuple(_documents(data)))


def analyze(text: str, gazetteer: Gazetteer, published: str | None) -> tuple[SentenceAnalysis, ...]:
    """Return the sentences of the text with the names, dates, citations and quotations in each.

    Names and dates within a citation belong to the citation alone. Raises ``UsageError`` as ``draft`` does.
    """
    citations = find_citations(text, gazetteer, published)
    mentions = [m for m in gazetteer.find(text) if not any(c.span.holds(m.span) for c in citations)]
    dates = [d for d in find_dates(text, published) if not any(c.span.holds(d.span) for c in citations)]
    analyses: list[SentenceAnalysis] = []
    for sentence in split(text):
        span = sentence.span
        mentions_here = tuple(m for m in mentions if span.holds(m.span))
        citations_here = tuple(c for c in citations if span.holds(c.span))
        has_context = analyses and analyses[-1].sentence.paragraph == sentence.paragraph
        candidates = SpeakerCandidates(
            tuple(m for m in mentions_here if gazetteer.agents.intersection(m.candidates)),
            tuple(e for m in analyses[-1].mentions for e in m.entities if e in gazetteer.agents) if has_context else (),
            tuple(outlet for citation in citations_here for outlet in citation.outlets),
        )
        quotations = find_quotations(text, span, candidates)
        dates_here = tuple(d for d in dates if span.holds(d.span))
        analyses.append(SentenceAnalysis(sentence, mentions_here, dates_here, citations_here, quotations))
    return tuple(analyses)


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


def summary_text(result: Draft) -> str:
    """Return how much the text contains, with one line for each kind."""
    mentions = [m for s in result.sentences for m in s.mentions]
    citations = [c for s in result.sentences for c in s.citations]
    quotations = [q for s in result.sentences for q in s.quotations]
    rows = {
        "sentences": f"{len(result.sentences):5}",
        "names": f"{len(mentions):5} of {len({e for m in mentions for e in m.entities})} entities, "
        f"{sum(bool(m.metonym_of) for m in mentions)} perhaps metonyms",
        "dates": f"{sum(len(s.dates) for s in result.sentences):5}",
        "citations": f"{len(citations):5}, {sum(not c.outlets for c in citations)} of an outlet that is not known",
        "quotations": f"{len(quotations):5}, {sum(not q.speakers for q in quotations)} without a speaker",
    }
    return "\n".join(f"{name:12}{value}" for name, value in rows.items())
