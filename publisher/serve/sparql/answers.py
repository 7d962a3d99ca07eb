"""Keep small answers to queries in memory, for the next client that asks the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from publisher.query.requests import QueryRequest
from publisher.rdf.sparql import is_volatile

_MOST: Final = 1 << 25  # bytes of the answers and their queries
_LARGEST: Final = 1 << 16  # bytes of one of them
_OVERHEAD: Final = 1 << 10  # bytes that an entry takes besides


class QueryAnswer(Protocol):
    """The answer to a query of a form, which may still be running; ``held`` is all of it where ``is_complete``."""

    @property
    def form(self) -> str:
        """The form of the query: select, ask, construct or describe."""

    @property
    def held(self) -> bytes:
        """The first part of the answer."""

    @property
    def is_complete(self) -> bool:
        """Whether the whole answer was already received."""

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer in parts."""


@dataclass(frozen=True)
class CompleteAnswer:
    """An answer that is in memory as a whole."""

    form: str
    held: bytes
    is_complete: bool = True

    @property
    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer."""
        yield self.held


class RecentAnswers:
    """The answers that were asked for last, from one dataset: another one has others."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._size = most, 0
        self._answers: OrderedDict[tuple[str, ...], CompleteAnswer] = OrderedDict()

    def get(self, request: QueryRequest) -> CompleteAnswer | None:
        """Return the answer to a request, if it is there."""
        key = _key(request)
        if answer := self._answers.get(key):
            self._answers.move_to_end(key)
        return answer

    def put(self, request: QueryRequest, answer: QueryAnswer) -> None:
        """Keep an answer that is small, complete, and the same whenever it is asked for."""
        key = _key(request)
        if not answer.is_complete or key in self._answers or _changes(request):
            return
        repeated = CompleteAnswer(answer.form, answer.held)
        if _size(key, repeated) > _LARGEST:
            return
        self._answers[key] = repeated
        self._size += _size(key, repeated)
        while self._size > self._most:
            self._size -= _size(*self._answers.popitem(last=False))


def _key(request: QueryRequest) -> tuple[str, ...]:
    graphs = (*request.default_graphs, "", *request.named_graphs)
    prefixes = (part for pair in request.prefixes.items() for part in pair)
    return (request.text, request.format, request.base or "", *graphs, "", *prefixes)


def _size(key: tuple[str, ...], answer: CompleteAnswer) -> int:
    return sum(map(len, key)) + len(answer.held) + _OVERHEAD


def _changes(request: QueryRequest) -> bool:
    """Tell whether a query may have another answer when it is asked again; a blank node of BNODE has another label."""
    return is_volatile(request.text) or "BNODE" in request.text.upper()
