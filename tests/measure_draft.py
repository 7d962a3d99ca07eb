"""Measure what ``publisher draft`` finds in a text against the finished encoding of that text.

    python -m tests.measure_draft ARTICLE.txt [--published 2018-12]

Recall is the share of what the editors encoded that was found; precision is the share of what was found that the
editors encoded, too. An entity counts for a sentence when a claim of the sentence speaks of it; for precision also
when it takes part in a situation that such a claim speaks of or supports. Cities count as the state that they stand
for. The names of the first article were collected from its own text: the row without hidden labels, which hold its
very words, says more about another text.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from publisher.draft import draft
from publisher.draft.analysis import SentenceAnalysis, analyze
from publisher.draft.coverage import find_encoding
from publisher.draft.gazetteer import make_gazetteer
from publisher.draft.sentences import read_text
from publisher.rdf.vocab import DCTERMS, GP, RDF, SKOS, Namespace, Term, plain
from publisher.workspace.config import load_config
from publisher.workspace.sources import Workspace, read_workspace, triples_of

ROOT = Path(__file__).parent.parent
OA = Namespace("http://www.w3.org/ns/oa#")
SPOKEN_OF = (RDF.subject, RDF.object, DCTERMS.subject, GP.isViewOf, GP.hasClaimant)
# What a sentence has: (its number, what it is).
Facts = set[tuple[int, str]]


@dataclass(frozen=True)
class Score:
    """How many were found, how many of these the editors have, and how many of the editors' were found."""

    kind: str
    found: int
    right: int
    encoded: int
    recalled: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.recalled / self.encoded if self.encoded else 1.0


class Encoding:
    """The finished encoding, asked by sentence."""

    def __init__(self, workspace: Workspace, article: Iterable[Triple]) -> None:
        self.values: defaultdict[Term, defaultdict[NamedNode, set[Term]]] = defaultdict(lambda: defaultdict(set))
        for t in triples_of(workspace.data):
            self.values[t.subject][t.predicate].add(t.object)
        self.entities = {t.subject for s in workspace.data if s.path.parent.name == "entities" for t in s.triples} - {
            node for node, found in self.values.items() if GP.Document in found[RDF.type]
        }
        self.sentence: dict[Term, int] = {
            t.subject: number
            for t in article
            if t.predicate == GP.isAtPassage
            for number in (int(plain(n)) for n in self.values[t.object][GP.sentenceNumber])
        }

    def spoken_of(self) -> Facts:
        """The entities that claims name, directly."""
        return {
            (number, plain(node))
            for claim, number in self.sentence.items()
            for predicate in SPOKEN_OF
            for node in self.values[claim][predicate] & self.entities
        }

    def involved(self) -> Facts:
        """The entities in the situations that claims speak of or support."""
        supports = {
            (self.sentence[claim], node)
            for node, found in list(self.values.items())
            for claim in found[GP.supportedBy]
            if claim in self.sentence
        }
        spoken = {(n, node) for claim, n in self.sentence.items() for p in SPOKEN_OF for node in self.values[claim][p]}
        return {
            (number, plain(value))
            for number, node in supports | spoken
            for values in list(self.values[node].values())
            for value in values & self.entities
        }

    def dates(self) -> Facts:
        """The dates that claims say, and those of the cited items; an open interval counts by its one end."""
        said = {
            (number, part)
            for claim, number in self.sentence.items()
            if GP.edtfTime in self.values[claim][RDF.predicate]
            for value in self.values[claim][RDF.object]
            for part in plain(value).split("/")
            if part != ".."
        }
        return said | {(n, plain(d)) for n, doc in self._cited() for d in self.values[NamedNode(doc)][DCTERMS.issued]}

    def citations(self) -> Facts:
        """The cited items by their printed form."""
        return {
            (n, plain(c))
            for n, doc in self._cited()
            for c in self.values[NamedNode(doc)][DCTERMS.bibliographicCitation]
        }

    def quotations(self) -> Facts:
        """The quotations with their speakers."""
        return {
            (number, f"{plain(words)} | {plain(speaker)}")
            for claim, number in self.sentence.items()
            for words in self.values[claim][GP.quotation]
            for speaker in self.values[claim][GP.hasClaimant]
        }

    def _cited(self) -> Facts:
        return {(n, plain(doc)) for c, n in self.sentence.items() for doc in self.values[c][GP.citesSource]}


def measure(text: str, published: str | None, workspace: Workspace) -> list[Score]:
    """Return the scores of each kind of thing that a draft finds."""
    encoding = Encoding(workspace, find_encoding(text, workspace.data).triples)
    found = draft(text, workspace, published).sentences
    without_hidden = [t for t in triples_of(workspace.data) if t.predicate != SKOS.hiddenLabel]
    plain_names = analyze(text, make_gazetteer(without_hidden, triples_of(workspace.ontology)), published)
    return [
        _entities("entities, the longest names", found, encoding),
        _entities("entities, names within names too", found, encoding, inner=True),
        _entities("entities, the longest names, without hidden labels", plain_names, encoding),
        _entities("entities, names within names too, without hidden labels", plain_names, encoding, inner=True),
        _score("dates", _dates(found), encoding.dates()),
        _score("citations", {(s.sentence.number, c.printed) for s in found for c in s.citations}, encoding.citations()),
        *_quotations(text, found, encoding),
    ]


def _score(kind: str, found: Facts, encoded: Facts) -> Score:
    return Score(kind, len(found), len(found & encoded), len(encoded), len(found & encoded))


def _entities(kind: str, found: Iterable[SentenceAnalysis], encoding: Encoding, *, inner: bool = False) -> Score:
    """Count each name once for a sentence; a name is right when one of what it may mean is."""
    named = {(s.sentence.number, m.candidates) for s in found for m in s.mentions}
    named |= {(s.sentence.number, (one,)) for s in found for m in s.mentions for one in m.inner if inner}
    spoken, involved = encoding.spoken_of(), encoding.involved()
    right = {(n, some) for n, some in named if any((n, one) in spoken | involved for one in some)}
    every = {(n, one) for n, some in named for one in some}
    return Score(kind, len(named), len(right), len(spoken), len(spoken & every))


def _dates(found: Iterable[SentenceAnalysis]) -> Facts:
    return {
        (s.sentence.number, part)
        for s in found
        for value in [*(d.edtf for d in s.dates), *(c.edtf for c in s.citations)]
        for part in value.split("/")
    }


def _quotations(text: str, found: Iterable[SentenceAnalysis], encoding: Encoding) -> Iterable[Score]:
    """Compare quotations by sentence: the editors may keep a part of the words, and leave out what nobody said."""
    encoded = encoding.quotations()
    quoted = [(s.sentence.number, text[q.span.start : q.span.end], q.speakers) for s in found for q in s.quotations]

    def hits(most: int) -> tuple[int, int]:
        pairs = [(n, w, [f" | {who}" for who in some[:most]]) for n, w, some in quoted]
        right = [any(_same(w, fact, n, whos) for fact in encoded) for n, w, whos in pairs]
        recalled = [any(_same(w, fact, n, whos) for n, w, whos in pairs) for fact in encoded]
        return sum(right), sum(recalled)

    for kind, most in (("quotations, first speaker", 1), ("quotations, any of three speakers", 3)):
        right, recalled = hits(most)
        named = sum(bool(some) for _, _, some in quoted)
        yield Score(kind, named, right, len(encoded), recalled)


def _same(words: str, fact: tuple[int, str], number: int, whos: Collection[str]) -> bool:
    kept, _, speaker = fact[1].partition(" | ")
    return fact[0] == number and kept in words and f" | {speaker}" in whos


def table(scores: Iterable[Score]) -> str:
    """Return the scores as a table in Markdown."""
    rows = [f"| {s.kind} | {s.found} | {s.precision:.0%} | {s.encoded} | {s.recall:.0%} |" for s in scores]
    return "\n".join(["| what | found | precision | encoded | recall |", "| --- | --: | --: | --: | --: |", *rows])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.measure_draft")
    parser.add_argument("article", type=Path)
    parser.add_argument("--published", default="2018-12")
    options = parser.parse_args(arguments)
    scores = measure(read_text(options.article), options.published, read_workspace(load_config(ROOT)))
    sys.stdout.write(table(scores) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
