"""Write what validation found in each output format: one module and one ``Reporter`` per format.

>>> from pathlib import Path
>>> from publisher.validate.baseline import Compared
>>> from publisher.validate.report import Report
>>> print(REPORTERS["text"].write(Compared(Report(()), known=2, stale=()), Naming({}, Path())), end="")
The data conform to the shapes.
2 findings of the baseline not shown.
"""

from __future__ import annotations

from typing import Final

from publisher.validate.reporters.github import GitHubReporter
from publisher.validate.reporters.interface import Naming, Reporter
from publisher.validate.reporters.json import JsonReporter
from publisher.validate.reporters.sarif import SarifReporter
from publisher.validate.reporters.text import TextReporter
from publisher.validate.reporters.turtle import TurtleReporter

__all__ = ["REPORTERS", "Naming", "Reporter"]

REPORTERS: Final[dict[str, Reporter]] = {
    "text": TextReporter(),
    "json": JsonReporter(),
    "sarif": SarifReporter(),
    "github": GitHubReporter(),
    "turtle": TurtleReporter(),
}
