"""Write on a terminal: a progress bar on standard error, colours for findings, and nothing that steers it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

import click

from publisher.errors import harmless
from publisher.progress import SILENT, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_COLOURS: Final = {"violation": "red", "warning": "yellow", "info": "cyan"}
# The first line of a finding, as validate.text lays it out: "  place: severity: what it is about".
_FINDING: Final = re.compile(r"^  (?P<place>\S.*?: )?(?P<severity>violation|warning|info)(?=: )", re.MULTILINE)


def has_colour(stream: IO[str]) -> bool:
    """Tell whether a stream is a terminal that shows colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width(stream: IO[str]) -> int | None:
    """Return how many columns a terminal has; ``None`` for any other stream."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


class SafeTerminal:
    """A terminal that is written without what would steer it or reverse the reading order.

    Texts come from data, from servers and from files. ``raw`` is the stream for the sequences of this tool.
    """

    def __init__(self, raw: IO[str]) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write a text in which such characters are replaced."""
        self.raw.write(harmless(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts as ``write`` does."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def guard_terminals() -> None:
    """Write standard output and standard error as ``SafeTerminal`` where they are terminals."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream.isatty() and not isinstance(stream, SafeTerminal):
            setattr(sys, name, SafeTerminal(stream))


def raw(stream: IO[str]) -> IO[str]:
    """Return the stream to which sequences of this tool are written."""
    return stream.raw if isinstance(stream, SafeTerminal) else stream


def print_findings(text: str) -> None:
    """Print a report, with the severities coloured and the places bold if standard output has colours."""
    text = harmless(text) if sys.stdout.isatty() else text
    raw(sys.stdout).write(_FINDING.sub(_colour, text) if has_colour(sys.stdout) else text)


def _colour(match: re.Match[str]) -> str:
    place = click.style(match["place"], bold=True) if match["place"] else ""
    return f"  {place}{click.style(match['severity'], fg=_COLOURS[match['severity']])}"


class _Bar(Progress):
    """Show the current step on a Rich progress bar."""

    def __init__(self, bar: RichProgress) -> None:
        bar.add_task("begin", total=None)
        self._bar, self._task = bar, bar.tasks[0]

    def step(self, label: str) -> None:
        """Show the label of the step."""
        self._task.total = None
        self._bar.update(self._task.id, description=label, completed=0)

    def expect(self, parts: int) -> None:
        """Show a bar of so many parts; of one part, there is nothing to see before its end."""
        if parts > 1:
            self._bar.update(self._task.id, total=parts, completed=0)

    def advance(self, parts: int = 1) -> None:
        """Move the bar."""
        self._bar.advance(self._task.id, parts)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield what shows progress on standard error, and is silent when that is no terminal.

    A step is shown with a spinner, its label and the time since the beginning, and with a bar when the number of its
    parts is known.
    """
    if not sys.stderr.isatty():
        yield SILENT
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, Task, TimeElapsedColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Parts(BarColumn):
        def render(self, task: Task) -> Any:
            return super().render(task) if task.total else Text()

    class Count(MofNCompleteColumn):
        def render(self, task: Task) -> Text:
            return super().render(task) if task.total else Text()

    columns = (SpinnerColumn(), "{task.description}", Parts(), Count(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(file=raw(sys.stderr)), transient=True, redirect_stdout=False) as bar:
        yield _Bar(bar)
