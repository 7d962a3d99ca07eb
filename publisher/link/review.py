"""Decide on candidates at the terminal, one thing after another; each decision is written before the next question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from publisher.link.candidates import Suggestion, suggestion_text
from publisher.link.links import PREDICATES, Decision, LinkFile
from publisher.link.scoring import ScoredItem

Ask = Callable[[str], str]
Tell = Callable[[str], None]

_SEVERAL: Final = 2  # pieces of evidence, from which a link counts as well attested
HELP: Final = """\
  a   accept: the item is the thing (owl:sameAs)
  c   close: the notion differs, and the note says how (skos:closeMatch)
  b   broad: the item is more than the thing (skos:broadMatch)
  r   reject: the item is something else, and the note says what
  x   none: no item is the thing
  n   note: write a remark that goes with the next decision
  s   skip for today        q   quit        ?   this help
A number before the letter names a candidate: 2a accepts the second."""
_LETTERS: Final = {"a": "same", "c": "close", "b": "broad"}
_PROMPT: Final = "accept, close, broad, reject, x none, note, skip, quit? "


@dataclass(frozen=True)
class ReviewSummary:
    """What came of a review: how many decisions were written, how many things were skipped, and whether it was left."""

    decisions: int = 0
    skipped: int = 0
    is_left: bool = False


def review(
    suggestions: Iterable[Suggestion],
    file: LinkFile,
    rejected: Callable[[str], Mapping[str, str]],
    ask: Ask,
    tell: Tell,
) -> ReviewSummary:
    """Ask about each suggestion and record the answers in the file at once; what is left is asked again next time.

    ``ask`` returns a line for a prompt and raises ``EOFError`` at the end of the input, which leaves the review.
    """
    done = ReviewSummary()
    try:
        for suggestion in suggestions:
            tell(suggestion_text(suggestion, rejected(suggestion.thing.iri)))
            count = _Dialogue(suggestion, file, ask, tell).decide()
            if count is None:
                return replace(done, is_left=True)
            done = replace(done, decisions=done.decisions + count, skipped=done.skipped + (count == 0))
    except (EOFError, KeyboardInterrupt):
        return replace(done, is_left=True)
    return done


@dataclass
class _Dialogue:
    """One thing before the reviewer."""

    suggestion: Suggestion
    file: LinkFile
    ask: Ask
    tell: Tell
    note: str = ""
    written: int = 0

    def decide(self) -> int | None:
        """Return how many decisions were written; ``None`` when the reviewer quits."""
        while True:
            answer = self.ask(_PROMPT).strip().lower()
            number, letter = answer[:-1] or "1", answer[-1:]
            if letter == "s":
                return self.written
            if letter == "q":
                return None
            if letter == "n":
                self.note = self.ask("note: ").strip()
            elif letter == "x":
                return self._record(self._decision(None))
            elif letter in _LETTERS or letter == "r":
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
        decision = self._decision(candidates[int(number) - 1])
        if letter == "r":
            decision = replace(decision, predicate=PREDICATES["close"], is_negated=True)
        else:
            decision = replace(decision, predicate=PREDICATES[_LETTERS[letter]])
        if letter != "a" and not decision.comment:
            decision = replace(decision, comment=self.ask("why: ").strip())
            if not decision.comment:
                self.tell("without a reason nobody could follow; nothing was recorded")
                return None
        return decision

    def _decision(self, scored: ScoredItem | None) -> Decision:
        thing = self.suggestion.thing
        if scored is None:
            return Decision(thing.iri, thing.name, comment=self.note or "Looked up; no item could be verified.")
        sure = "0.95" if scored.pieces >= _SEVERAL else "0.8"
        return Decision(thing.iri, thing.name, scored.item.id, scored.item.name, confidence=sure, comment=self.note)

    def _record(self, decision: Decision) -> int:
        self.file.record([decision])
        self.note = ""
        self.written += 1
        return self.written
