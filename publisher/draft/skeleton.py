"""Write the skeleton of an encoding, which an editor completes.

The skeleton never holds a sentence of the text, nor a run of twelve of its words: passages point into it by offset
and digest. By design it does not conform before it is completed: each claim lacks what only a reader can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Literal

from publisher.draft import dates, sentences
from publisher.draft.citations import Citation, Quotation
from publisher.draft.draft import Draft, Drafted
from publisher.draft.sentences import Sentence, Span
from publisher.errors import UsageError, reason
from publisher.rdf.curies import turtle_name
from publisher.rdf.vocab import DCTERMS, EDTF, GP, GPT, OA, RDF, SKOS, XSD
from publisher.workspace.config import Config

LONGEST_QUOTATION: Final = 11  # words; the shapes warn of longer ones
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def slug_of(name: str) -> str:
    """Return the slug that a file name gives: "EDM 15.177" gives ``edm-15-177``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def write(found: Draft, slug: str, config: Config) -> str:
    """Return the skeleton as Turtle; raise ``UsageError`` when the slug makes no identifier."""
    if not _SLUG.fullmatch(slug):
        raise UsageError(f"'{slug}' is no slug; write small letters, digits and hyphens, such as edm-15-177")
    writer = _Writer(found, slug, config)
    body = "\n".join(writer.lines())
    used = {prefix for prefix in writer.prefixes if re.search(rf"(?<![\w-]){re.escape(prefix)}:[\w]", body)}
    head = "".join(f"@prefix {prefix}: <{writer.prefixes[prefix]}> .\n" for prefix in sorted(used))
    return f"{_INTRODUCTION.format(slug=slug)}\n{head}\n{body}\n"


_INTRODUCTION: Final = """\
# The encoding of {slug}, not complete: each TODO is something that only a reader can tell, and what was found is
# a proposal. Offsets count the characters (code points) of the text, the end exclusive; its words stay there.
# 'publisher coverage' tells which sentences still have no claim.
"""
_NAMESPACES: Final = {
    "dcterms": DCTERMS.iri,
    "edtf": EDTF.iri,
    "gp": GP.iri,
    "gpt": GPT.iri,
    "oa": OA.iri,
    "rdf": RDF.iri,
    "skos": SKOS.iri,
    "xsd": XSD.iri,
}
_TYPES: Final = {len("2018"): "xsd:gYear", len("2018-12"): "xsd:gYearMonth", len("2018-12-10"): "xsd:date"}
_TO_WRITE: Final = (
    '  # TODO skos:prefLabel ""@en ;',
    "  # TODO rdf:subject id: ; rdf:predicate gp: ; rdf:object id: ;",
    "  # TODO gp:hasModality gpt:certain ; gp:hasVerdict gpt:unassessed ;",
)


class _Writer:
    """Write one skeleton, part by part."""

    def __init__(self, found: Draft, slug: str, config: Config) -> None:
        self.found, self.slug, self.things = found, slug, config.things
        self.prefixes = {**config.prefixes, **_NAMESPACES, "id": config.things, slug: f"{config.things}{slug}/"}
        self.new: dict[str, Citation] = {}
        self.iris = {c: self._document(c) for one in found.sentences for c in one.citations}

    def lines(self) -> Iterator[str]:
        yield from self._article()
        yield from self._new_documents()
        for one in self.found.sentences:
            yield from self._sentence(one)

    # ----- the article -----

    def _article(self) -> Iterator[str]:
        slug, published = self.slug, self.found.published
        title = self.found.sentences[0].sentence.span
        yield "# --- The article, its author and its publication ---\n"
        yield f"{self._name(self.things + slug)} a gp:Article ;"
        yield f"  # TODO skos:prefLabel, dcterms:publisher, dcterms:title (perhaps characters {_place(title)})"
        yield f"  {_typed('dcterms:issued', published)} ;" if published else "  # TODO dcterms:issued"
        yield '  dcterms:language "en" ;'
        yield f'  gp:textDigest "{sentences.digest(self.found.text)}" .\n'
        yield f"{slug}:author a gp:Agent . # TODO skos:prefLabel, or the person in its place everywhere\n"
        yield f"{slug}:publication a gp:CommunicativeAct ; # TODO skos:prefLabel"
        if published:
            days = dates.period(published)
            yield f'  gp:edtfTime "{published}"^^edtf:EDTF-level1 ;'
            yield f'  gp:earliestBegin "{days.first}"^^xsd:date ; gp:latestEnd "{days.last}"^^xsd:date ;'
        yield f"  gp:hasSpeaker {slug}:author .\n"

    # ----- cited items -----

    def _document(self, item: Citation) -> str:
        """Return the document that is cited; one that is not known yet is kept to be described."""
        known = [d for d in self.found.documents if d.outlet in item.outlets and d.issued == item.edtf]
        exact = [d for d in known if d.printed == item.printed]
        if exact or (known and not re.search(r"\s\d+,", item.printed)):
            return (exact or known)[0].iri
        outlet = item.outlets[0].rsplit("/", 1)[-1] if item.outlets else item.printed.split(",")[0]
        number = re.search(r"\s(\d+),", item.printed)
        parts = [outlet, number[1] if number and item.outlets else "", item.edtf]
        iri = f"{self.things}doc-{slug_of(' '.join(parts))}"
        self.new.setdefault(iri, item)
        return iri

    def _new_documents(self) -> Iterator[str]:
        if self.new:
            yield "# --- Cited items that are new here: move them to data/entities/documents.ttl ---\n"
        for iri, item in self.new.items():
            yield f"{self._name(iri)} a gp:Document ; # TODO skos:prefLabel"
            if item.outlets:
                yield f"  dcterms:publisher {' , '.join(map(self._name, item.outlets))} ;"
            else:
                yield "  # TODO dcterms:publisher: this outlet is not known by the name that is printed"
            if len(item.edtf) in _TYPES and "X" not in item.edtf:
                yield f"  {_typed('dcterms:issued', item.edtf)} ;"
            if is_short(item.printed):
                yield f"  dcterms:bibliographicCitation {_literal(item.printed)} ;"
            yield f"  gp:isYearInferred {str(item.is_year_inferred).lower()} .\n"

    # ----- sentences -----

    def _sentence(self, one: Drafted) -> Iterator[str]:
        number, span = one.sentence.number, one.sentence.span
        yield f"# --- S{number:02}, characters {_place(span)}, paragraph {one.sentence.paragraph} ---"
        yield from self._comments(one)
        yield ""
        yield from self._passage(number, 1, span)
        yield from self._claim(one, 1, 1, "")
        short = [q for q in one.quotations if self._may_be_kept(q, one.sentence)]
        for n, quotation in enumerate(short, start=2):
            yield from self._passage(number, n, quotation.span)
            yield from self._claim(one, n, n, _literal(self._words(quotation.span), "en"), quotation)

    def _comments(self, one: Drafted) -> Iterator[str]:
        for m in one.mentions:
            metonym = f", or as a metonym {self._names(m.metonym_of)}" if m.metonym_of else ""
            inner = f" (in it {' , '.join(map(self._name, m.inner))})" if m.inner else ""
            yield f"# {_place(m.span)} names {self._names(m.entities)}{metonym}{inner}"
        for d in one.dates:
            yield f"# {_place(d.span)} is {d.edtf}{' (not printed in full)' if d.is_year_inferred else ''}"
        for c in one.citations:
            yield f"# {_place(c.span)} cites {self._name(self.iris[c])}"
        for q in one.quotations:
            if not self._may_be_kept(q, one.sentence):
                yield f"# TODO {_place(q.span)} quotes {self._names(q.speakers) or 'somebody'}: take the few words"

    def _passage(self, number: int, n: int, span: Span) -> Iterator[str]:
        name = f"s{number:02}-p{n}"
        position = f"<{self.things}{self.slug}/{name}#position>"
        yield f"{self.slug}:{name} a gp:Passage ;"
        yield f"  oa:hasSource {self._name(self.things + self.slug)} ; gp:sentenceNumber {number} ;"
        yield f'  gp:textDigest "{sentences.digest(self.found.text[span.start : span.end])}" ;'
        yield f"  oa:hasSelector {position} ."
        yield f"{position} a oa:TextPositionSelector ; oa:start {span.start} ; oa:end {span.end} .\n"

    def _claim(
        self, one: Drafted, n: int, passage: int, words: str, quotation: Quotation | None = None
    ) -> Iterator[str]:
        """Write a claim that lacks what it says; one with a quotation lacks its claimant and occasion, too."""
        slug, name = self.slug, f"s{one.sentence.number:02}"
        yield f"{slug}:{name}-c{n} a gp:Claim ; # TODO the kind"
        yield from _TO_WRITE
        if quotation is None:
            yield f"  gp:hasClaimant {slug}:author ; gp:isExpressedIn {slug}:publication ;"
            if self.found.published and len(self.found.published) > len("2018"):
                yield f"  {_typed('gp:statedOn', self.found.published)} ;"
        else:
            speakers = self._names(quotation.speakers) or "not found; delete this claim if nobody is quoted"
            yield f"  # TODO gp:isExpressedIn, gp:hasClaimant: {speakers}"
            yield f"  gp:quotation {words} ;"
        if one.citations:
            yield f"  gp:citesSource {' , '.join(dict.fromkeys(self._name(self.iris[c]) for c in one.citations))} ;"
        yield f"  gp:isAtPassage {slug}:{name}-p{passage} .\n"

    def _may_be_kept(self, quotation: Quotation, sentence: Sentence) -> bool:
        """Tell whether a quotation is short, and not the whole of a sentence."""
        words, span = self._words(quotation.span), sentence.span
        return is_short(words) and len(_tokens(words)) < len(_tokens(self.found.text[span.start : span.end]))

    def _words(self, span: Span) -> str:
        return " ".join(self.found.text[span.start : span.end].split())

    def _names(self, iris: Iterable[str]) -> str:
        return " or ".join(map(self._name, iris))

    def _name(self, iri: str) -> str:
        return turtle_name(iri, self.prefixes)


def is_short(words: str) -> bool:
    """Tell whether these are at least one word and no more than may be quoted."""
    return 0 < len(_tokens(words)) <= LONGEST_QUOTATION


def _tokens(words: str) -> list[str]:
    return re.findall(r"\w+", words)


def _place(span: Span) -> str:
    return f"{span.start}–{span.end}"


def _typed(predicate: str, edtf: str) -> str:
    return f'{predicate} "{edtf}"^^{_TYPES[len(edtf)]}'


def _literal(words: str, language: str | None = None) -> str:
    return str(Literal(words, language=language))


def save(skeleton: str, path: Path) -> None:
    """Write the skeleton to a new file; raise ``UsageError`` when it is there already, or cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(skeleton)
    except FileExistsError:
        raise UsageError(f"{path}: is there already, perhaps with your work; name another file with --out") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {reason(error)}") from None
