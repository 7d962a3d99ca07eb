"""Hold the cases of content negotiation, which tests and the tester of sites share, and what hosts cannot do."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final, NamedTuple


class CaseRule(NamedTuple):
    """What a case demands: what is expected, why, and the clause. ``is_advice`` where no standard demands it."""

    expected: str
    why: str
    clause: str
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

    @property
    def rule(self) -> CaseRule:
        """What the case demands of any site."""
        return CaseRule(self.answer, self.why, self.clause)


def _accept_cases() -> tuple[AcceptCase, ...]:
    with Path(__file__).with_name("accept-cases.tsv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(AcceptCase(row[0], row[1].replace("\\t", "\t"), *row[2:]) for row in rows)


ACCEPT_CASES: Final = _accept_cases()


_COOL: Final = "Cool URIs for the Semantic Web"
_TYPE: Final = "a client takes the media type at its word, and expects something about the thing"

# The other cases; those of formats and namespaces have the extension in their names, such as format-ttl.
RULES: Final[dict[str, CaseRule]] = {
    "redirect": CaseRule(
        "303 to a document, 200 there",
        "200 would say that the thing itself is a document; other redirects say that it has moved",
        f"RFC 9110, 15.4.4; W3C TAG, httpRange-14; {_COOL}, 4.2",
    ),
    "hash": CaseRule(
        "200, or a redirect to it", "the part after # is not sent, so that a document may be answered", f"{_COOL}, 4.1"
    ),
    "chain": CaseRule(
        "at most 3 redirects, none from https to http",
        "each redirect costs a round trip, and one without encryption can be changed on the way",
        "RFC 9110, 15.4, 17.5",
    ),
    "format": CaseRule("", _TYPE, "RFC 9110, 8.3, 12.5.1"),
    "data": CaseRule(
        "Turtle, at least", "programs need data, and each of them reads Turtle", f"LDP 1.0, 4.3.2.1; {_COOL}, 3.1"
    ),
    "vary": CaseRule(
        "Vary: Accept", "a cache would give a client the format that another one asked for", "RFC 9110, 12.5.5"
    ),
    "link": CaseRule(
        "Link with rel alternate or describedby", "a client that has one format finds the others", "RFC 8288, 3", True
    ),
    "head": CaseRule("", "HEAD is answered as GET, without the content", "RFC 9110, 9.3.2"),
    "namespace": CaseRule(
        "",
        "the terms of a namespace with # are described in one document, for people and for programs",
        "W3C, Best Practice Recipes for Publishing RDF Vocabularies, recipe 3",
    ),
    "document": CaseRule("a document", _TYPE, f"RFC 9110, 8.3; {_COOL}, 4.2"),
    "validator": CaseRule("ETag or Last-Modified", "a client need not read again what it has", "RFC 9110, 8.8", True),
    "conditional": CaseRule("304", "a client need not read again what it has", "RFC 9110, 13.1.2, 15.4.5"),
    "head-of-document": CaseRule("", "HEAD is answered as GET, without the content", "RFC 9110, 9.3.2"),
    "cors": CaseRule(
        "Access-Control-Allow-Origin: *",
        "programs in a browser can read data of another site only so",
        "WHATWG Fetch, 3.3",
        True,
    ),
    "not-found": CaseRule("404", "anything else says that there is such a thing", "RFC 9110, 15.5.5"),
    "gone": CaseRule(
        "410, or 301 to what replaces it",
        "410 tells what was withdrawn from what never was, and 301 names what replaces it",
        "RFC 9110, 15.5.11, 15.4.2",
    ),
    "credentials": CaseRule(
        "no 401, no cookies",
        "open data can be had without an account, and no reader is followed",
        "RFC 9110, 11.6.1; RFC 6265, 3",
    ),
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
