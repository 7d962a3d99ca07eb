"""Report how far a long computation is; what it is reported to decides what is shown."""

from __future__ import annotations


class Progress:
    """Receive the events of a computation and ignore them; subclasses show them.

    A computation calls ``step`` before each of its steps. When it knows how many parts a step has, it calls ``expect``
    after that, and ``advance`` after each part.

    >>> class Log(Progress):
    ...     def step(self, label: str) -> None:
    ...         print(f"{label} …")
    >>> Log().step("infer")
    infer …
    """

    def step(self, label: str) -> None:
        """Begin the next step, of an unknown number of parts; the step before is done."""

    def expect(self, parts: int) -> None:
        """Announce how many parts the current step has."""

    def advance(self, parts: int = 1) -> None:
        """Count parts of the current step as done."""


SILENT = Progress()
