"""Find in a plain text what an editor needs to begin its encoding: names, dates, citations, quotations by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Triple

from publisher.draft import citations, dates, sentences
from publisher.draft.citations import Citation, Quotation, Voices
from publisher.draft.dates import Dated
from publisher.draft.gazetteer import Gazetteer, Mention, gazetteer
from publisher.draft.sentences import Sentence
from publisher.errors import UsageError
from publisher.rdf.vocab import DCTERMS, GP, RDF, plain
from publisher.workspace.sources import Workspace, triples_of


@dataclass(frozen=True)
class Drafted:
    """What was found in one sentence; all places are offsets into the whole text."""

    sentence: Sentence
    mentions: tuple[Mention, ...]
    dates: tuple[Dated, ...]
    citations: tuple[Citation, ...]
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True)
class Document:
    """A cited item that the workspace describes: its outlet, its issue date, its printed form."""

    iri: str
    outlet: str
    issued: str
    printed: str


@dataclass(frozen=True)
class Draft:
    """A text, when it was published, and what was found in it."""

    text: str
    published: str | None
    sentences: tuple[Drafted, ...]
    documents: tuple[Document, ...]


def draft(text: str, workspace: Workspace, published: str | None = None) -> Draft:
    """Return what is found in the text, by the names that the workspace knows.

    ``published`` is the year, month or day of publication in EDTF, which resolves the dates that print no year.
    Raises ``UsageError`` when it is no such date, or the text is blank.
    """
    if not text.strip():
        raise UsageError("the text is blank; name a file with the plain text of the article")
    data = triples_of(workspace.data)
    known = gazetteer(data, triples_of(workspace.ontology))
    return Draft(text, published, find(text, known, published), tuple(_documents(data)))


def find(text: str, known: Gazetteer, published: str | None) -> tuple[Drafted, ...]:
    """Return the sentences of the text with the names, dates, citations and quotations in each."""
    cited = citations.citations(text, known, published)
    names = [m for m in known.find(text) if not any(c.span.holds(m.span) for c in cited)]
    dated = [d for d in dates.find(text, published) if not any(c.span.holds(d.span) for c in cited)]
    found: list[Drafted] = []
    for sentence in sentences.split(text):
        here = sentence.span
        mentions = tuple(m for m in names if here.holds(m.span))
        agents = tuple(m for m in mentions if known.agents.intersection(m.candidates))
        before = found[-1].mentions if found and found[-1].sentence.paragraph == sentence.paragraph else ()
        items = tuple(c for c in cited if here.holds(c.span))
        voices = Voices(
            agents,
            tuple(e for m in before for e in m.entities if e in known.agents),
            tuple(outlet for c in items for outlet in c.outlets),
        )
        quoted = citations.quotations(text, here, voices)
        found.append(Drafted(sentence, mentions, tuple(d for d in dated if here.holds(d.span)), items, quoted))
    return tuple(found)


def _documents(data: Iterable[Triple]) -> Iterator[Document]:
    found: dict[str, dict[str, str]] = {}
    kept = (DCTERMS.publisher, DCTERMS.issued, DCTERMS.bibliographicCitation)
    for t in data:
        if t.predicate == RDF.type and t.object == GP.Document:
            found.setdefault(plain(t.subject), {})
        elif t.predicate in kept:
            found.setdefault(plain(t.subject), {})[t.predicate.value] = plain(t.object)
    for iri, values in found.items():
        if all(predicate.value in values for predicate in kept):
            yield Document(iri, *(values[predicate.value] for predicate in kept))


def summary_text(found: Draft) -> str:
    """Return how much was found, in one line for each kind."""
    mentions = [m for one in found.sentences for m in one.mentions]
    cited = [c for one in found.sentences for c in one.citations]
    quoted = [q for one in found.sentences for q in one.quotations]
    rows = {
        "sentences": f"{len(found.sentences):5}",
        "names": f"{len(mentions):5} of {len({e for m in mentions for e in m.entities})} entities, "
        f"{sum(bool(m.metonym_of) for m in mentions)} perhaps metonyms",
        "dates": f"{sum(len(one.dates) for one in found.sentences):5}",
        "citations": f"{len(cited):5}, {sum(not c.outlets for c in cited)} of an outlet that is not known",
        "quotations": f"{len(quoted):5}, {sum(not q.speakers for q in quoted)} without a speaker",
    }
    return "\n".join(f"{name:12}{value}" for name, value in rows.items())
