"""Hold the cases of content negotiation, which tests and the tester of sites share, and what hosts cannot do."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final, NamedTuple


class AcceptCase(NamedTuple):
    """A header ``Accept``, and what is right where all formats are to be had.

    ``answer`` is the extension of the document, or the status. ``clause`` is where that is written, ``why`` the reason.
    """

    name: str
    header: str
    answer: str
    clause: str
    why: str

    @property
    def id(self) -> str:
        """The name of the case in reports."""
        return f"accept-{self.name.replace(' ', '-')}"


def _accept_cases() -> tuple[AcceptCase, ...]:
    with Path(__file__).with_name("accept-cases.tsv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(AcceptCase(row[0], row[1].replace("\\t", "\t"), *row[2:]) for row in rows)


ACCEPT_CASES: Final = _accept_cases()

_PATTERNS: Final = {
    "accept-quoted-comma": "a regular expression takes the text in quotation marks for a list of its own",
    "accept-open-quotation": "a regular expression takes the text in quotation marks for a list of its own",
    "accept-specific-refusal": "a regular expression does not join a wildcard with the refusal of one of its subtypes",
}
# What hosts do otherwise with the generated configurations, by the id of the case.
KNOWN_DIFFERENCES: Final[dict[str, dict[str, str]]] = {
    "apache": {
        "accept-more-specific-refusal": "mod_negotiation does not prefer a format that is named to one of a wildcard",
    },
    "caddy": _PATTERNS,
    "w3id": _PATTERNS,
}
