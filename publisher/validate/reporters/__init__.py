"""Write what validation found, in each output format.

>>> from pathlib import Path
>>> from publisher.validate.baseline import Compared
>>> from publisher.validate.report import Report
>>> print(REPORTERS["text"](Compared(Report(()), known=2), Naming({}, Path())), end="")
The data conform to the shapes.
2 findings of the baseline not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from publisher.validate.baseline import Compared
from publisher.validate.reporters.plain import write_github, write_json, write_text
from publisher.validate.reporters.sarif import write_sarif
from publisher.validate.reporters.turtle import write_turtle
from publisher.validate.text import Naming

__all__ = ["FOR_CODE_HOSTS", "REPORTERS", "Naming"]

# Each returns the findings that are shown and, where those are not all, how many there are; it ends with a line break.
REPORTERS: Final[dict[str, Callable[[Compared, Naming], str]]] = {
    "text": write_text,
    "json": write_json,
    "sarif": write_sarif,
    "github": write_github,
    "turtle": write_turtle,
}
# What a code host reads: files are named from where the command runs, the top of a checkout.
FOR_CODE_HOSTS: Final = ("sarif", "github")
