"""Split SPARQL 1.1 queries into tokens, and analyse queries by their tokens, without a parser.

The predicates that a query reads are over-estimated where tokens do not tell, never under-estimated.
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

# Terminals of SPARQL 1.1, section 19.8. "<" begins an IRI wherever one can stand: the longest match wins.
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
# A variable after one of the first and before one of the second may be a predicate.
_BEFORE_PREDICATE: Final = ("iri", "name", "string", "]", ")")
_AFTER_PREDICATE: Final = ("iri", "name", "string", "word", "variable", "[", "(", "+", "-")
_OBJECT_WORDS: Final = re.compile(r"true|false|[0-9]\w*", re.IGNORECASE)
_SYNTAX_ERROR: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_CACHED_QUERIES: Final = 1 << 10


def tokenize(text: str) -> list[re.Match[str]]:
    """Return the tokens of a query without its comments; the kind of each is its ``lastgroup``.

    >>> [(token.lastgroup, token[0]) for token in tokenize('ASK { ?s a <urn:c> } # any')][2:4]
    [('variable', '?s'), ('word', 'a')]
    """
    return [match for match in _TOKEN.finditer(text) if match.lastgroup != "comment"]


def sliding_window(tokens: list[re.Match[str]], size: int) -> Iterator[tuple[re.Match[str], ...]]:
    """Yield each run of ``size`` successive tokens."""
    return zip(*(tokens[start:] for start in range(size)), strict=False)


def position_of(match: re.Match[str]) -> tuple[int, int]:
    """Return the line and column, from 1, of the first character of a token."""
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
    """Return the tokens from CONSTRUCT to the end of the group after it; an empty list when that has no end.

    The group is the template or, in the short form ``CONSTRUCT WHERE``, the pattern that also is the template.
    """
    template, depth = list[re.Match[str]](), 0
    for token in tokenize(text):
        if template or (token.lastgroup == "word" and token[0].upper() == "CONSTRUCT"):
            template.append(token)
            depth += {"{": 1, "}": -1}.get(token[0], 0)
            if token[0] == "}" and not depth:
                return template
    return []


def as_select(text: str) -> str:
    """Return the SELECT query that has the solutions of a CONSTRUCT query.

    >>> as_select("CONSTRUCT { ?o a ?s } WHERE { ?s a ?o }")
    'SELECT * WHERE { ?s a ?o }'
    """
    if not (template := construct_template(text)):
        return text
    construct, following = template[:2]
    last = template[-1] if following[0] == "{" else construct  # CONSTRUCT WHERE: the pattern is the template
    return f"{text[: construct.start()]}SELECT *{text[last.end() :]}"


def predicates_read(query: str, prefixes: Mapping[str, str]) -> frozenset[str] | None:
    """Return the predicates that a query may read, and perhaps other IRIs; ``None`` when it may read any predicate.

    They are N-Triples terms. ``prefixes`` are available to the query without a declaration.

    >>> sorted(predicates_read("ASK { ?s a/e:p ?o }", {"e": "urn:"}))
    ['<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>', '<urn:p>']
    >>> predicates_read("ASK { ?s ?p ?o }", {}) is None
    True
    """
    analysis = _analyse(query, tuple(prefixes.items()))
    return None if analysis.reads_any else analysis.iris


def named_iris(query: str, prefixes: Mapping[str, str]) -> frozenset[str]:
    """Return the IRIs in a query, with rdf:type for ``a``, as N-Triples terms."""
    return _analyse(query, tuple(prefixes.items())).iris


def union_predicates(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the union of results of ``predicates_read``: ``None``, any predicate, when one of them is."""
    union = frozenset[str]()
    for predicates in sets:
        if predicates is None:
            return None
        union |= predicates
    return union


class _Analysis(NamedTuple):
    iris: frozenset[str]
    reads_any: bool


@lru_cache(_CACHED_QUERIES)
def _analyse(query: str, given: tuple[tuple[str, str], ...]) -> _Analysis:
    prefixes = {**dict(given), **declared_prefixes(query)}
    tokens = tokenize(query)
    begin = next((number for number, token in enumerate(tokens) if token[0] == "{"), 0)  # after the selected variables
    iris = set[str]()
    for token in tokens:
        if token.lastgroup == "iri":
            iris.add(token[0])
        elif token.lastgroup == "name" and (name := expand(token[0].rstrip("."), prefixes)):
            iris.add(iri(name))
        elif token[0] == "a":
            iris.add(iri(RDF.type.value))
    is_unsure = any(token[0] == "\\" or token[0].upper() == "BASE" for token in tokens)
    return _Analysis(frozenset(iris), is_unsure or _may_read_any(tokens[begin:]))


def _may_read_any(tokens: list[re.Match[str]]) -> bool:
    """Return whether a predicate may be a variable or a negated property set (SPARQL 1.1, section 9.1)."""
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
