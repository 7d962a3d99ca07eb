"""Hold the cases of content negotiation, which tests and the tester of sites share, and what hosts cannot do."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final, NamedTuple


class CaseRule(NamedTuple):
    """What a case demands: what is expected, the clause, and why. ``is_advice`` where no standard demands it."""

    expected: str
    clause: str
    why: str
    is_advice: bool = False


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


def _rows(name: str) -> list[list[str]]:
    """Return the rows of a table beside this module, without its head."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


ACCEPT_CASES: Final = tuple(
    AcceptCase(name, header.replace("\\t", "\t"), *rest) for name, header, *rest in _rows("accept-cases.tsv")
)
# By the id of a case; those of formats and namespaces have the extension in their ids, such as format-ttl.
RULES: Final = {
    **{case.id: CaseRule(case.answer, case.clause, case.why) for case in ACCEPT_CASES},
    **{
        case: CaseRule(expected, clause, why, advice == "yes")
        for case, expected, clause, why, advice in _rows("rules.tsv")
    },
}

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
