"""Review candidates in a dialog at the terminal; each decision is written before the next question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from publisher.link.candidates import Suggestion, suggestion_text
from publisher.link.links import EXACT, Decision, LinkFile
from publisher.rdf.vocab import SKOS

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
_PREDICATES: Final = {"a": EXACT, "c": SKOS.closeMatch.value, "b": SKOS.broadMatch.value, "r": SKOS.closeMatch.value}
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
            before = decisions
            for decision in _decide(suggestion, ask, tell):
                file.record([decision])
                decisions += 1
            skipped += decisions == before
    return ReviewSummary(decisions, skipped)


def _decide(suggestion: Suggestion, ask: Ask, tell: Tell) -> Iterator[Decision]:
    """Yield the decisions on one entity. Raises ``EOFError`` when the reviewer quits."""
    note = ""
    while True:
        answer = ask(_PROMPT).strip().lower()
        number, letter = answer[:-1] or "1", answer[-1:]
        if letter == "s":
            return
        if letter == "q":
            raise EOFError
        if letter == "n":
            note = ask("note: ").strip()
        elif letter != "x" and letter not in _PREDICATES:
            tell(HELP)
        elif decision := _decision(suggestion, number, letter, note, ask, tell):
            yield decision
            note = ""
            if letter != "r":
                return


def _decision(suggestion: Suggestion, number: str, letter: str, note: str, ask: Ask, tell: Tell) -> Decision | None:
    """Return a decision, unless there is no such candidate, or no reason where one is needed."""
    entity, candidates = suggestion.entity, suggestion.candidates
    if letter == "x":
        return Decision(entity.iri, entity.name, comment=note or "Looked up; no item could be verified.")
    if not number.isdigit() or not 1 <= int(number) <= len(candidates):
        tell(f"there is no candidate {number}; there are {len(candidates)}")
        return None
    if letter != "a" and not (note := note or ask("why: ").strip()):
        tell("without a reason nobody could follow; nothing was recorded")
        return None
    candidate = candidates[int(number) - 1]
    return Decision(
        entity.iri,
        entity.name,
        candidate.item.id,
        candidate.item.name,
        predicate=_PREDICATES[letter],
        is_negated=letter == "r",
        confidence="0.95" if candidate.support >= _WELL_SUPPORTED else "0.8",
        comment=note,
    )
