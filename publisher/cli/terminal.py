"""Write on a terminal: a progress bar on standard error, and colours for findings."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

import click

from publisher.progress import SILENT, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_COLOURS: Final = {"violation": "red", "warning": "yellow", "info": "cyan"}
# The first line of a finding, as validate.report lays it out: "  place: severity: what it is about".
_FINDING: Final = re.compile(r"^  (?P<place>\S.*?: )?(?P<severity>violation|warning|info)(?=: )", re.MULTILINE)


def has_colour(stream: IO[str]) -> bool:
    """Tell whether a stream is a terminal that shows colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def colour_findings(text: str) -> str:
    """Return the text of a report with the severities coloured and the places bold, if standard output has colours."""
    return _FINDING.sub(_colour, text) if has_colour(sys.stdout) else text


def _colour(match: re.Match[str]) -> str:
    place = click.style(match["place"], bold=True) if match["place"] else ""
    return f"  {place}{click.style(match['severity'], fg=_COLOURS[match['severity']])}"


class _Bar:
    """Move a Rich progress bar on standard error."""

    def __init__(self, bar: RichProgress, total: int) -> None:
        self._bar, self._task = bar, bar.add_task("start", total=total)

    def step(self, label: str) -> None:
        """Count the step before as done and show the next one."""
        self._bar.update(self._task, description=label, advance=1)


@contextmanager
def progress_bar(total: int) -> Iterator[Progress]:
    """Yield a progress bar on standard error, or what is silent when that is no terminal."""
    if not sys.stderr.isatty():
        yield SILENT
        return
    from rich.console import Console
    from rich.progress import Progress as RichProgress

    with RichProgress(console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar, total)
