"""Tell how far a long job has come; silent unless the caller passes something that speaks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a stage calls: once per step, before the step starts."""

    def step(self, label: str) -> None:
        """Announce the next step."""


class Silent:
    """Say nothing: the default of every stage."""

    def step(self, label: str) -> None:
        """Ignore the step."""


SILENT = Silent()
