"""Record the progress that a computation reports."""

from __future__ import annotations

from publisher.progress import Progress


class Recorder(Progress):
    """Hold the labels of the steps, and how many parts of each were announced and done."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []

    def step(self, label: str) -> None:
        self.steps.append((label, 0, 0))

    def expect(self, parts: int) -> None:
        label, _, _ = self.steps[-1]
        self.steps[-1] = (label, parts, 0)

    def advance(self, parts: int = 1) -> None:
        label, expected, done = self.steps[-1]
        self.steps[-1] = (label, expected, done + parts)
