"""Tell for each row of an answer whether it shows a claim: of which kind, who says so, and what the editors conclude.

The pages of questions, the SPARQL page, the command line and the server mark rows by this one rule. A row shows a claim
that one of its terms is, or whose sentence one of its terms is. Of several, one that is no fact comes first, so that
no row passes for a fact that shows a claim as well; then an accepted claim; then a fact of the dataset itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from publisher.errors import UsageError
from publisher.query.results import GRAPH_FORMS, Answer

# The columns that ``mark_rows`` adds, with what they hold.
COLUMNS: Final[Mapping[str, str]] = {
    "mark": "“fact” or “claim”; empty where nothing in the row is either",
    "markKind": "the kind of the claim, such as “Allegation, a denial”, or the class of the fact",
    "markVoice": "who answers for the claim",
    "markVerdict": "what the editors have concluded",
    "markOf": "the IRI of the claim or fact that the mark describes",
}


class Mark(NamedTuple):
    """What a reader must know of a claim or a fact; ``node`` is its IRI.

    An accepted claim is a fact and a claim.
    """

    node: str
    is_fact: bool
    is_claim: bool
    kind: str
    voice: str = ""
    verdict: str = ""

    def cells(self) -> dict[str, dict[str, str]]:
        """Return the values of the columns as in SPARQL 1.1 Query Results JSON."""
        texts = ("fact" if self.is_fact else "claim", self.kind, self.voice, self.verdict)
        cells = {name: {"type": "literal", "value": text} for name, text in zip(COLUMNS, texts, strict=False) if text}
        return {**cells, "markOf": {"type": "uri", "value": self.node}}


class Marks(Protocol):
    """The claims and facts of a dataset, which make the marks of terms."""

    def of_iri(self, iri: str) -> Mark | None:
        """Return the mark of the claim or fact with an IRI."""

    def of_sentence(self, text: str) -> Mark | None:
        """Return the mark of the claim whose sentence is a text; of several, of one that is no fact."""


def mark_of(row: Iterable[tuple[str, bool]], marks: Marks) -> Mark | None:
    """Return the mark of a row, if any; each term is its IRI or its text, and whether it is an IRI."""
    found = (marks.of_iri(value) if is_iri else marks.of_sentence(value) for value, is_iri in row)
    return min(filter(None, found), key=lambda mark: (mark.is_fact, not mark.is_claim), default=None)


def mark_rows(answer: Answer, marks: Marks | None) -> Answer:
    """Return an answer whose rows have ``COLUMNS`` as well; without marks, and for yes or no, the same answer.

    Raises ``UsageError`` for a graph, which has no rows, and where a column has the name of one of ``COLUMNS``.
    """
    if answer.form in GRAPH_FORMS:
        raise UsageError(f"the answer to {answer.form.upper()} is a graph: there are no rows to mark")
    if marks is None or answer.form == "ask":
        return answer
    content = json.loads(answer.body)
    names = content["head"]["vars"]
    if taken := next((name for name in names if name in COLUMNS), None):
        raise UsageError(f"the query has a column '{taken}' of its own; give it another name to have the rows marked")
    for row in content["results"]["bindings"]:
        terms = [part for name in names if name in row for part in _parts(row[name])]
        if mark := mark_of(terms, marks):
            row.update(mark.cells())
    content["head"]["vars"] = [*names, *COLUMNS]
    return Answer(answer.form, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _parts(term: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
    """Yield a term, or the terms within a triple term."""
    if term["type"] == "triple":
        for part in term["value"].values():
            yield from _parts(part)
    elif term["type"] != "bnode":
        yield term["value"], term["type"] == "uri"
