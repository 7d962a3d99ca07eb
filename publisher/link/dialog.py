"""Review candidates in a dialog at the terminal; each decision is written before the next question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from publisher.link.candidates import Suggestion, suggestion_text
from publisher.link.links import PREDICATES, Decision, LinkFile
from publisher.link.scoring import Candidate

Ask = Callable[[str], str]
Tell = Callable[[str], None]

_WELL_SUPPORTED: Final = 2  # pieces of evidence for an item, from which the confidence in a link is high
HELP: Final = """\
  a   accept: the item is the thing (owl:sameAs)
  c   close: the notion differs, and the note says how (skos:closeMatch)
  b   broad: the item is more than the thing (skos:broadMatch)
  r   reject: the item is something else, and the note says what
  x   none: no item is the thing
  n   note: write a remark that goes with the next decision
  s   skip for today        q   quit        ?   this help
A number before the letter names a candidate: 2a accepts the second."""
_MATCHES: Final = {"a": "same", "c": "close", "b": "broad"}
_PROMPT: Final = "accept, close, broad, reject, x none, note, skip, quit? "


@dataclass(frozen=True)
class ReviewSummary:
    """The numbers of decisions that were written and of entities that were skipped."""

    decisions: int
    skipped: int


def review(
    suggestions: Iterable[Suggestion],
    file: LinkFile,
    rejected: Callable[[str], Mapping[str, str]],
    ask: Ask,
    tell: Tell,
) -> ReviewSummary:
    """Ask about each suggestion, and record each decision in the file at once.

    ``rejected`` returns the QIDs that were rejected for an entity before, with the reasons. ``tell`` shows a text,
    ``ask`` shows a prompt and returns a line; it raises ``EOFError`` at the end of the input, which ends the review.
    """
    decisions = skipped = 0
    with suppress(EOFError, KeyboardInterrupt):
        for suggestion in suggestions:
            tell(suggestion_text(suggestion, rejected(suggestion.entity.iri)))
            count = _Dialog(suggestion, file, ask, tell).decide()
            decisions, skipped = decisions + count, skipped + (count == 0)
    return ReviewSummary(decisions, skipped)


@dataclass
class _Dialog:
    """The dialog about one entity."""

    suggestion: Suggestion
    file: LinkFile
    ask: Ask
    tell: Tell
    note: str = ""
    written: int = 0

    def decide(self) -> int:
        """Return how many decisions were written. Raises ``EOFError`` when the reviewer quits."""
        while True:
            answer = self.ask(_PROMPT).strip().lower()
            number, letter = answer[:-1] or "1", answer[-1:]
            if letter == "s":
                return self.written
            if letter == "q":
                raise EOFError
            if letter == "n":
                self.note = self.ask("note: ").strip()
            elif letter == "x":
                return self._record(self._decision(None))
            elif letter in _MATCHES or letter == "r":
                if (decision := self._on_candidate(number, letter)) is not None:
                    self._record(decision)
                    if letter != "r":
                        return self.written
            else:
                self.tell(HELP)

    def _on_candidate(self, number: str, letter: str) -> Decision | None:
        candidates = self.suggestion.candidates
        if not number.isdigit() or not 1 <= int(number) <= len(candidates):
            self.tell(f"there is no candidate {number}; there are {len(candidates)}")
            return None
        predicate = PREDICATES[_MATCHES.get(letter, "close")]
        decision = replace(self._decision(candidates[int(number) - 1]), predicate=predicate, is_negated=letter == "r")
        if letter != "a" and not decision.comment:
            decision = replace(decision, comment=self.ask("why: ").strip())
            if not decision.comment:
                self.tell("without a reason nobody could follow; nothing was recorded")
                return None
        return decision

    def _decision(self, candidate: Candidate | None) -> Decision:
        entity = self.suggestion.entity
        if candidate is None:
            return Decision(entity.iri, entity.name, comment=self.note or "Looked up; no item could be verified.")
        confidence = "0.95" if candidate.support >= _WELL_SUPPORTED else "0.8"
        item = candidate.item
        return Decision(entity.iri, entity.name, item.id, item.name, confidence=confidence, comment=self.note)

    def _record(self, decision: Decision) -> int:
        """Write a decision, and return how many were written."""
        self.file.record([decision])
        self.note = ""
        self.written += 1
        return self.written
