"""Cut SPARQL 1.1 into tokens: what a query says without its strings and comments, and where.

What a query looks at is told from its tokens alone, and never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from publisher.errors import SourceError
from publisher.rdf.curies import expand
from publisher.rdf.ntriples import iri
from publisher.rdf.vocab import RDF

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
# After and before one of these a variable between the two is a predicate, as far as anything can be in its place.
_BEFORE_PREDICATE: Final = ("iri", "name", "string", "]", ")")
_AFTER_PREDICATE: Final = ("iri", "name", "string", "word", "variable", "[", "(", "+", "-")
_OBJECT_WORDS: Final = re.compile(r"true|false|[0-9]\w*", re.IGNORECASE)
_SYNTAX_ERROR: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_QUERIES: Final = 1 << 10


def tokenize(text: str) -> list[re.Match[str]]:
    """Return the tokens of a query without its comments; the kind of each is its ``lastgroup``."""
    return [match for match in _TOKEN.finditer(text) if match.lastgroup != "comment"]


def sliding_window(tokens: list[re.Match[str]], size: int) -> Iterator[tuple[re.Match[str], ...]]:
    """Yield every run of ``size`` tokens."""
    return zip(*(tokens[start:] for start in range(size)), strict=False)


def position_of(match: re.Match[str]) -> tuple[int, int]:
    """Return the line and column, from 1, at which a token begins."""
    before = match.string[: match.start()]
    return before.count("\n") + 1, match.start() - (before.rfind("\n") + 1) + 1


def syntax_error(error: SyntaxError, path: Path) -> SourceError:
    """Return what the SPARQL parser of pyoxigraph reports, with line and column where it gives them.

    >>> print(syntax_error(SyntaxError("error at 2:9: expected OPTIONAL"), Path("who-met-whom.rq")))
    who-met-whom.rq:2:9: expected OPTIONAL
    """
    if match := _SYNTAX_ERROR.fullmatch(str(error)):
        return SourceError(match[3], path, int(match[1]), int(match[2]))
    return SourceError(str(error), path)


def declared_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes that a query declares."""
    return {
        name[0][:-1]: iri[0][1:-1]
        for word, name, iri in sliding_window(tokenize(text), 3)
        if word[0].lower() == "prefix" and name.lastgroup == "name" and iri.lastgroup == "iri"
    }


def construct_template(text: str) -> list[re.Match[str]]:
    """Return the tokens from CONSTRUCT to the end of the first group after it; none where that does not end.

    The group is the template, or in the short form the pattern that stands for it.
    """
    found, depth = list[re.Match[str]](), 0
    for token in tokenize(text):
        if found or (token.lastgroup == "word" and token[0].upper() == "CONSTRUCT"):
            found.append(token)
            depth += {"{": 1, "}": -1}.get(token[0], 0)
            if token[0] == "}" and not depth:
                return found
    return []


def as_select(text: str) -> str:
    """Return a CONSTRUCT query as the SELECT query with the same solutions: without its template."""
    if not (found := construct_template(text)):
        return text
    construct, following = found[:2]
    last = found[-1] if following[0] == "{" else construct  # CONSTRUCT WHERE: the template is the pattern
    return f"{text[: construct.start()]}SELECT *{text[last.end() :]}"


def predicates_read(query: str, prefixes: Mapping[str, str]) -> frozenset[str] | None:
    """Return the predicates that a query may look at, and perhaps other IRIs; ``None`` when it may look at any.

    They are terms of N-Triples. ``prefixes`` are those that the query has without declaring them.
    """
    read = _read(query, tuple(prefixes.items()))
    return None if read.is_open else read.names


def named_iris(query: str, prefixes: Mapping[str, str]) -> frozenset[str]:
    """Return the IRIs that a query names, among them that of ``a``, as terms of N-Triples."""
    return _read(query, tuple(prefixes.items())).names


def union_predicates(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return what several queries may look at, as ``reads`` does."""
    several = list(found)
    return None if None in several else frozenset[str]().union(*(names for names in several if names))


class _Read(NamedTuple):
    names: frozenset[str]
    is_open: bool


@lru_cache(_QUERIES)
def _read(query: str, given: tuple[tuple[str, str], ...]) -> _Read:
    prefixes = {**dict(given), **declared_prefixes(query)}
    tokens = tokenize(query)
    begin = next((number for number, token in enumerate(tokens) if token[0] == "{"), 0)  # before is what is selected
    found = set[str]()
    for token in tokens:
        if token.lastgroup == "iri":
            found.add(token[0])
        elif token.lastgroup == "name" and (name := expand(token[0].rstrip("."), prefixes)):
            found.add(iri(name))
        elif token[0] == "a":
            found.add(iri(RDF.type.value))
    is_unsure = any(token[0] == "\\" or token[0].upper() == "BASE" for token in tokens)
    return _Read(frozenset(found), is_unsure or _is_open(tokens[begin:]))


def _is_open(tokens: list[re.Match[str]]) -> bool:
    """Tell whether the predicate of a pattern may be a variable, or anything but what is named (SPARQL 1.1, 9.1)."""
    padded = [*(_kind(token) for token in tokens), "", ""]
    for one, other, third in zip(padded, padded[1:], padded[2:], strict=False):
        if one == "!" and other in ("(", "^", "iri", "name", "a"):
            return True
        if other == "variable" and (
            one in ("variable", ";", "[") or (one in _BEFORE_PREDICATE and third in _AFTER_PREDICATE)
        ):
            return True
    return False


def _kind(token: re.Match[str]) -> str:
    if token.lastgroup == "word":
        return "a" if token[0] == "a" else "word" if _OBJECT_WORDS.fullmatch(token[0]) else "keyword"
    return token[0] if token.lastgroup == "mark" else token.lastgroup or ""
