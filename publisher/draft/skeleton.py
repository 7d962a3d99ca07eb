"""Write the skeleton of an encoding, which an editor completes.

The skeleton contains no sentence of the text, and no run of twelve of its words: passages refer to the text by offset
and digest. It does not conform to the shapes until it is completed: each claim lacks what only a reader can decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from publisher.draft.analysis import Draft, SentenceAnalysis
from publisher.draft.citations import Citation
from publisher.draft.dates import period
from publisher.draft.quotations import Quotation
from publisher.draft.sentences import Sentence, Span, digest
from publisher.errors import UsageError, reason
from publisher.rdf.curies import turtle_name
from publisher.rdf.vocab import EDTF, GP, GPT, OA
from publisher.workspace.config import Config
from publisher.workspace.sources import Source

_LONGEST_QUOTATION: Final = 11  # words; the shapes warn of longer ones
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def slug_of(name: str) -> str:
    """Return the slug of a file name.

    >>> slug_of("EDM 15.177")
    'edm-15-177'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def write(draft: Draft, slug: str, config: Config) -> str:
    """Return the skeleton as Turtle, in the prefixes of the workspace.

    ``slug`` is the local name of the article. Raises ``UsageError`` unless it is of small letters,
    digits and hyphens.
    """
    if not _SLUG.fullmatch(slug):
        raise UsageError(f"'{slug}' is no slug; write small letters, digits and hyphens, such as edm-15-177")
    writer = _Writer(draft, slug, config)
    body = "\n".join(writer.lines()).rstrip("\n")
    used = {prefix for prefix in writer.prefixes if re.search(rf"(?<![\w-]){re.escape(prefix)}:[\w]", body)}
    head = "".join(f"@prefix {prefix}: <{writer.prefixes[prefix]}> .\n" for prefix in sorted(used))
    lacking = "".join(f'#   {prefix} = "{writer.prefixes[prefix]}"\n' for prefix in sorted(used - {*config.prefixes}))
    advice = f"# Add to [prefixes] in publisher.toml, for messages and dumps:\n{lacking}" if lacking else ""
    return f"{_INTRODUCTION.format(slug=slug)}{advice}\n{head}\n{body}\n"


_INTRODUCTION: Final = """\
# The encoding of {slug}, not complete: each TODO is something that only a reader can tell, and what was found is
# a proposal. Offsets count the characters (code points) of the text, the end exclusive; its words stay there.
# 'publisher coverage' tells which sentences still have no claim.
"""
_PREFIXES: Final = {"edtf": EDTF.iri, "gp": GP.iri, "gpt": GPT.iri, "oa": OA.iri}
_DATATYPES: Final = {len("2018"): "xsd:gYear", len("2018-12"): "xsd:gYearMonth", len("2018-12-10"): "xsd:date"}
_MARKS: Final = '.!?…։।؟。！？"”’»)'
_OPEN_QUESTIONS: Final = (
    '  # TODO skos:prefLabel ""@en ;',
    "  # TODO rdf:subject id: ; rdf:predicate gp: ; rdf:object id: ;",
    "  # TODO gp:hasModality gpt:certain ; gp:hasVerdict gpt:unassessed ;",
)


class _Writer:
    """The writer of one skeleton; each method yields the lines of one part."""

    def __init__(self, draft: Draft, slug: str, config: Config) -> None:
        self.draft, self.slug, self.things = draft, slug, config.things
        self.prefixes = {**config.prefixes, **_PREFIXES, "id": config.things, slug: f"{config.things}{slug}/"}
        self.new_documents: dict[str, Citation] = {}
        last = {s.paragraph: draft.text[s.span.end - 1] for s in (a.sentence for a in draft.sentences)}
        # A block that ends without a mark is a heading or a caption.
        body = [block for block, mark in last.items() if mark in _MARKS]
        self.paragraphs = {block: number for number, block in enumerate(body, start=1)}
        self.documents = {citation: self._document(citation) for s in draft.sentences for citation in s.citations}

    def lines(self) -> Iterator[str]:
        yield from self._article()
        yield from self._new_documents()
        for analysis in self.draft.sentences:
            yield from self._sentence(analysis)

    # ----- the article -----

    def _article(self) -> Iterator[str]:
        slug, published = self.slug, self.draft.published
        title = self.draft.sentences[0].sentence.span
        yield "# --- The article, its author and its publication ---\n"
        yield f"{self._name(self.things + slug)} a gp:Article ;"
        yield f"  # TODO skos:prefLabel, dcterms:publisher, dcterms:title (perhaps characters {_offsets(title)})"
        yield f"  {_typed('dcterms:issued', published)} ;" if published else "  # TODO dcterms:issued"
        yield f'  dcterms:language "{self.draft.language}" ;'
        yield f'  gp:textDigest "{digest(self.draft.text)}" .\n'
        yield f"{slug}:author a gp:Agent .  # TODO skos:prefLabel, or the person in its place everywhere\n"
        yield f"{slug}:publication a gp:CommunicativeAct ;  # TODO skos:prefLabel"
        if published:
            first, last = period(published)
            yield f'  gp:edtfTime "{published}"^^edtf:EDTF-level1 ;'
            yield f'  gp:earliestBegin "{first}"^^xsd:date ; gp:latestEnd "{last}"^^xsd:date ;'
        yield f"  gp:hasSpeaker {slug}:author .\n"

    # ----- cited documents -----

    def _document(self, citation: Citation) -> str:
        """Return the IRI of the cited document; one that the workspace lacks is added to ``new_documents``."""
        outlets, printed, edtf = citation.outlets, citation.printed, citation.edtf
        documents = [d for d in self.draft.documents if d.outlet in outlets and d.issued == edtf]
        exact = [d for d in documents if d.printed == printed]
        number = re.match(r"[^,]*\s(\d+),", printed)  # of an issue: that of a day stands behind a comma
        if exact or (documents and not number):
            return (exact or documents)[0].iri
        outlet = outlets[0].rsplit("/", 1)[-1] if outlets else printed.split(",")[0]
        parts = [outlet, number[1] if number and outlets else "", edtf]
        iri = f"{self.things}doc-{slug_of(' '.join(parts))}"
        self.new_documents.setdefault(iri, citation)
        return iri

    def _new_documents(self) -> Iterator[str]:
        if self.new_documents:
            yield "# --- Cited items that are new here: move them to data/entities/documents.ttl ---\n"
        for iri, citation in self.new_documents.items():
            yield f"{self._name(iri)} a gp:Document ;  # TODO skos:prefLabel"
            if citation.outlets:
                yield f"  dcterms:publisher {' , '.join(map(self._name, citation.outlets))} ;"
            else:
                yield "  # TODO dcterms:publisher: this outlet is not known by the name that is printed"
            if len(citation.edtf) in _DATATYPES and "X" not in citation.edtf:
                yield f"  {_typed('dcterms:issued', citation.edtf)} ;"
            if _is_short(citation.printed):
                yield f"  dcterms:bibliographicCitation {Literal(citation.printed)} ;"
            yield f"  gp:isYearInferred {str(citation.is_year_inferred).lower()} .\n"

    # ----- sentences -----

    def _sentence(self, analysis: SentenceAnalysis) -> Iterator[str]:
        sentence = analysis.sentence
        number, span = sentence.number, sentence.span
        paragraph = self.paragraphs.get(sentence.paragraph)
        where = f"paragraph {paragraph}" if paragraph else "heading"
        yield f"# --- S{number:02}, characters {_offsets(span)}, {where} ---"
        yield from self._comments(analysis)
        yield ""
        yield from self._passage(sentence, span)
        yield from self._claim(analysis, 1)
        short = [q for q in analysis.quotations if self._may_be_quoted(q, sentence)]
        for n, quotation in enumerate(short, start=2):
            yield from self._passage(sentence, quotation.span, f"-p{n}")
            yield from self._claim(analysis, n, quotation)

    def _comments(self, analysis: SentenceAnalysis) -> Iterator[str]:
        for m in analysis.mentions:
            metonym = f", or as a metonym {self._names(m.metonym_of)}" if m.metonym_of else ""
            inner = f" (in it {' , '.join(map(self._name, m.inner))})" if m.inner else ""
            yield f"# {_offsets(m.span)} names {self._names(m.entities)}{metonym}{inner}"
        for d in analysis.dates:
            yield f"# {_offsets(d.span)} is {d.edtf}{' (not printed in full)' if d.is_year_inferred else ''}"
        for c in analysis.citations:
            yield f"# {_offsets(c.span)} cites {self._name(self.documents[c])}"
        for q in analysis.quotations:
            if not self._may_be_quoted(q, analysis.sentence):
                yield f"# TODO {_offsets(q.span)} quotes {self._names(q.speakers) or 'somebody'}: take the few words"

    def _passage(self, sentence: Sentence, span: Span, part: str = "") -> Iterator[str]:
        """Write the whole sentence, or the passage in it that ``part`` names."""
        number, whole = sentence.number, f"s{sentence.number:02}"
        name, paragraph = f"{whole}{part}", self.paragraphs.get(sentence.paragraph)
        position = f"<{self.things}{self.slug}/{name}#position>"
        yield f"{self.slug}:{name} a gp:{'Passage' if part else 'Sentence'} ;"
        yield f"  oa:hasSource {self._name(self.things + self.slug)} ; gp:sentenceNumber {number} ;"
        if part:
            yield f"  dcterms:isPartOf {self.slug}:{whole} ;"
        elif paragraph:
            yield f"  gp:paragraphNumber {paragraph} ;"
        yield f'  gp:textDigest "{digest(self.draft.text[span.start : span.end])}" ;'
        yield f"  oa:hasSelector {position} ."
        yield f"{position} a oa:TextPositionSelector ; oa:start {span.start} ; oa:end {span.end} .\n"

    def _claim(self, analysis: SentenceAnalysis, n: int, quotation: Quotation | None = None) -> Iterator[str]:
        """Write the claim ``n`` without its content; the speaker of a quotation is open, too."""
        slug, name = self.slug, f"s{analysis.sentence.number:02}"
        yield f"{slug}:{name}-c{n} a gp:Claim ;  # TODO the kind"
        yield from _OPEN_QUESTIONS
        if quotation is None:
            yield f"  gp:hasClaimant {slug}:author ; gp:isExpressedIn {slug}:publication ;"
            if self.draft.published and len(self.draft.published) > len("2018"):
                yield f"  {_typed('gp:statedOn', self.draft.published)} ;"
        else:
            speakers = self._names(quotation.speakers) or "not found; delete this claim if nobody is quoted"
            yield f"  # TODO gp:isExpressedIn, gp:hasClaimant: {speakers}"
            yield f"  gp:quotation {Literal(self._words(quotation.span), language=self.draft.language)} ;"
        if analysis.citations:
            documents = dict.fromkeys(self._name(self.documents[c]) for c in analysis.citations)
            yield f"  gp:citesSource {' , '.join(documents)} ;"
        yield f"  gp:isAtPassage {slug}:{name}{'' if quotation is None else f'-p{n}'} .\n"

    def _may_be_quoted(self, quotation: Quotation, sentence: Sentence) -> bool:
        """Return whether a quotation is short, and not the whole of a sentence."""
        words = self._words(quotation.span)
        return _is_short(words) and len(_tokens(words)) < len(_tokens(self._words(sentence.span)))

    def _words(self, span: Span) -> str:
        return " ".join(self.draft.text[span.start : span.end].split())

    def _names(self, iris: Iterable[str]) -> str:
        return " or ".join(map(self._name, iris))

    def _name(self, iri: str) -> str:
        return turtle_name(iri, self.prefixes)


def _is_short(words: str) -> bool:
    """Return whether a text has at least one word, and no more words than may be quoted."""
    return 0 < len(_tokens(words)) <= _LONGEST_QUOTATION


def _tokens(words: str) -> list[str]:
    return re.findall(r"\w+", words)


def _offsets(span: Span) -> str:
    return f"{span.start}–{span.end}"


def _typed(predicate: str, edtf: str) -> str:
    return f'{predicate} "{edtf}"^^{_DATATYPES[len(edtf)]}'


def ensure_apart(slug: str, path: Path, data: Iterable[Source], config: Config) -> None:
    """Raise ``UsageError`` where ``path`` is among the data and another file of them describes the article ``slug``.

    The triples of both files would be one description, with each claim of the article twice.
    """
    if not path.resolve().is_relative_to((config.root / "data").resolve()):
        return
    article = NamedNode(f"{config.things}{slug}")
    for source in data:
        if any(triple.subject == article for triple in source.triples):
            raise UsageError(
                f"{path}: {source.path} describes <{article.value}> already, and the two would become one; "
                "choose another name with --slug, or write outside of data/ with --out"
            )


def save(skeleton: str, path: Path) -> None:
    """Write the skeleton to a new file. Raises ``UsageError`` when the file exists already, or cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(skeleton)
    except FileExistsError:
        raise UsageError(f"{path}: is there already, perhaps with your work; name another file with --out") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {reason(error)}") from None
