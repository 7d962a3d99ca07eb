"""Hold what a server knows of the dataset that a build wrote: its saved queries, and its model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

from publisher.errors import UsageError
from publisher.query.files import Query, discover
from publisher.query.paging import page
from publisher.query.parameters import bind
from publisher.query.requests import QueryRequest
from publisher.site.model import Model
from publisher.site.terminal import open_model, resolve
from publisher.workspace.config import Config

_FLAGS: Final = {"1": True, "0": False}
MOST_ROWS: Final = 10**9  # to leave out or to return


T = TypeVar("T")


class Renewed(Generic[T]):
    """A value that is read when it is first needed, and again under another mark, unless that is empty.

    Where the mark changes while it is read, it is read once more: it could be of two builds.
    """

    def __init__(self, read: Callable[[], T], mark: Callable[[], object]) -> None:
        self._read, self._mark = read, mark
        self._lock = threading.Lock()
        self._values: dict[object, T] = {}

    def get(self) -> T:
        """Return the value. Raises what ``read`` raises."""
        with self._lock:
            while (mark := self._mark()) not in self._values and (mark or not self._values):
                try:
                    self._values = {mark: self._read()}
                except Exception:
                    if self._mark() == mark:
                        raise
            return next(iter(self._values.values()))


class PublishedDataset:
    """The dataset in the folder ``dist``; ``mark`` returns what changes when a build replaces it.

    The model is read when it is first needed: for names of things, marks, and pages.
    """

    def __init__(self, config: Config, dist: Path, mark: Callable[[], object] = lambda: ()) -> None:
        self.config, self.dist, self._mark = config, dist, mark
        # with locks of their own: the model takes seconds, and the queries are looked at for each request
        self._model = self.renewed(lambda: open_model(config, dist))
        self._queries = self.renewed(lambda: {query.name: query for query in discover(dist / "queries")})

    def renewed(self, read: Callable[[], T]) -> Renewed[T]:
        """Return a value that is read again when a build has replaced the dataset."""
        return Renewed(read, self._mark)

    @property
    def model(self) -> Model:
        """The model of the dataset. Raises ``UsageError`` where there is none."""
        return self._model.get()

    @property
    def queries(self) -> Mapping[str, Query]:
        """The saved queries by their names, as the build published them."""
        return self._queries.get()

    def request(self, query: Query, values: Mapping[str, str], form: str) -> QueryRequest:
        """Return the request for a saved query with values for its parameters, and for ``limit`` and ``offset``.

        Raises ``UsageError`` for a parameter that the query does not have, and for a value that is not of its type.
        """
        own = {parameter.name for parameter in query.parameters}
        slices = {name: values[name] for name in ("limit", "offset") if name in values and name not in own}
        given = {name: value for name, value in values.items() if name not in slices}
        text = bind(query, given, self.config.prefixes, lambda name: resolve(self.model, name))
        if slices:
            limit = read_number("limit", slices["limit"]) if "limit" in slices else None
            text = page(text, limit, read_number("offset", slices.get("offset", "0")))
        return QueryRequest(text, form, prefixes=self.config.prefixes, path=Path(query.path.name))


def read_number(name: str, value: str) -> int:
    """Return a number of rows. Raises ``UsageError`` for anything else."""
    if not (value.isascii() and value.isdecimal() and len(value) < 11 and int(value) <= MOST_ROWS):
        raise UsageError(f"--{name} '{value}': expected a whole number from 0 to {MOST_ROWS:,}")
    return int(value)


def read_flag(name: str, value: str) -> bool:
    """Return whether a flag is set. Raises ``UsageError`` for anything but 0 and 1."""
    if value not in _FLAGS:
        raise UsageError(f"--{name} '{value}': expected 1 or 0")
    return _FLAGS[value]
