"""Cut SPARQL 1.1 into tokens: what a query says without its strings and comments, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# SPARQL 1.1, section 19.8; "<" begins an IRI wherever an IRI can stand, as the grammar's longest match has it
_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n\r]*)
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
                 | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<variable>[?$]\w+)
      | (?P<name>(?:\w[\w.-]*)?:[\w.:%-]*)
      | (?P<word>\w+)
      | (?P<mark>\S)""",
    re.VERBOSE | re.DOTALL,
)


def tokens_of(text: str) -> list[re.Match[str]]:
    """Return the tokens of a query without its comments; the kind of each is its ``lastgroup``."""
    return [match for match in _TOKEN.finditer(text) if match.lastgroup != "comment"]


def windows(tokens: list[re.Match[str]], size: int) -> Iterator[tuple[re.Match[str], ...]]:
    """Yield every run of ``size`` tokens."""
    return zip(*(tokens[start:] for start in range(size)), strict=False)


def position_of(match: re.Match[str]) -> tuple[int, int]:
    """Return the line and column, from 1, at which a token begins."""
    before = match.string[: match.start()]
    return before.count("\n") + 1, match.start() - (before.rfind("\n") + 1) + 1


def declared_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes that a query declares."""
    return {
        name[0][:-1]: iri[0][1:-1]
        for word, name, iri in windows(tokens_of(text), 3)
        if word[0].lower() == "prefix" and name.lastgroup == "name" and iri.lastgroup == "iri"
    }
