"""Split SPARQL 1.1 queries into tokens, without a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from more_itertools import sliding_window

from publisher.errors import SourceError
from publisher.rdf.curies import expand
from publisher.rdf.turtle_tokens import PN_CHARS, PN_CHARS_BASE, PN_LOCAL_ESC

_USUAL: Final = 1 << 12  # characters of a query
_LONGEST_PREFIX: Final = 60  # characters after the first
# Terminals of SPARQL 1.1, section 19.8. "<" begins an IRI wherever one can stand: the longest match wins. No text takes
# more than linear time: a prefix has a bounded length, and a string without an end is one mark.
_VARNAME: Final = rf"[{PN_CHARS_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040]++"
_LONG: Final = r'"{3}(?:[^"\\]|\\.|"(?!""))*+', r"'{3}(?:[^'\\]|\\.|'(?!''))*+"
_SHORT: Final = r'"(?:[^"\\\n]|\\.)*+', r"'(?:[^'\\\n]|\\.)*+"
_TOKEN: Final = re.compile(
    rf"""(?P<comment>\#[^\n\r]*)
      | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
      | (?P<string>{_LONG[0]}"{{3}} | {_LONG[1]}'{{3}} | {_SHORT[0]}" | {_SHORT[1]}')
      | (?P<variable>[?$]{_VARNAME})
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<name>(?:_|[{PN_CHARS_BASE}][{PN_CHARS}.]{{0,{_LONGEST_PREFIX}}}+)?:(?:[{PN_CHARS}.:%]|{PN_LOCAL_ESC})*+)
      | (?P<word>{_VARNAME})
      | (?P<mark>{"|".join((*_LONG, *_SHORT))}|\S)""",
    re.VERBOSE | re.DOTALL,
)
_UNKNOWN_FUNCTION: Final = re.compile("custom function <([^>]*)>")
_SYNTAX_ERROR: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_SENTENCE: Final = re.compile(r"\w+ .*", re.DOTALL)
_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID)\b|\\[uU]", re.IGNORECASE)  # escapes can spell any of them


def tokenize(text: str) -> tuple[re.Match[str], ...]:
    """Return the tokens of a query without its comments; the kind of each is its ``lastgroup``.

    >>> [(token.lastgroup, token[0]) for token in tokenize('ASK { ?s a <urn:c> } # any')][2:4]
    [('variable', '?s'), ('word', 'a')]
    """
    return (_tokens if len(text) <= _USUAL else _tokens_of_long)(text)


def _tokenize(text: str) -> tuple[re.Match[str], ...]:
    return tuple(match for match in _TOKEN.finditer(text) if match.lastgroup != "comment")


# Several checks look at the tokens of each query, which take up to a hundred times the memory of its text.
_tokens, _tokens_of_long = lru_cache(maxsize=256)(_tokenize), lru_cache(maxsize=2)(_tokenize)


def position_of(match: re.Match[str]) -> tuple[int, int]:
    """Return the line and column, from 1, of the first character of a token."""
    before = match.string[: match.start()]
    return before.count("\n") + 1, match.start() - (before.rfind("\n") + 1) + 1


def syntax_error(error: SyntaxError, path: Path, text: str = "") -> SourceError:
    """Return what the SPARQL parser of pyoxigraph reports, with line and column where it gives them.

    The parser mentions an undeclared prefix without its name; ``text``, the query, is searched for it.

    >>> print(syntax_error(SyntaxError("error at 2:9: expected OPTIONAL"), Path("who-met-whom.rq")))
    who-met-whom.rq:2:9: expected OPTIONAL
    """
    if "Prefix not found" in str(error) and (token := _undeclared(text)):
        prefix = token[0].partition(":")[0]
        message = f"the prefix '{prefix}:' is not declared; add the line 'PREFIX {prefix}: <…>' at the top"
        return SourceError(message, path, *position_of(token))
    if match := _SYNTAX_ERROR.fullmatch(str(error)):
        return SourceError(_expectation(match[3]), path, int(match[1]), int(match[2]))
    return SourceError(str(error), path)


def _expectation(message: str) -> str:
    """Return what the parser expected, without its sets of characters; or only the error that it lists among that."""
    items = message.removeprefix("expected ").removeprefix("one of ").split(", ")
    if error := next((item for item in items if _SENTENCE.fullmatch(item)), ""):
        return error
    if terminals := [item for item in items if not item.startswith("[")]:
        return f"expected {'one of ' * (len(terminals) > 1)}{', '.join(terminals)}"
    return "expected something else; look for a bracket, dot or quotation mark that is missing or superfluous"


def _undeclared(text: str) -> re.Match[str] | None:
    declared = {*declared_prefixes(text), "_"}
    names = (token for token in tokenize(text) if token.lastgroup == "name")
    return next((token for token in names if token[0].partition(":")[0] not in declared), None)


def unsupported(error: RuntimeError, text: str, path: Path) -> SourceError:
    """Return what the SPARQL engine of pyoxigraph does not support, at the place where the query names it.

    >>> text = "SELECT (<http://e/f>(1) AS ?x) {}"
    >>> print(unsupported(RuntimeError("The custom function <http://e/f> is not supported"), text, Path("q.rq")))
    q.rq:1:9: The custom function <http://e/f> is not supported; call a function of SPARQL 1.1
    """
    match = _UNKNOWN_FUNCTION.search(str(error))
    if match is None:
        return SourceError(str(error), path)
    message = f"{error}; call a function of SPARQL 1.1"
    prefixes = declared_prefixes(text)
    for token in tokenize(text):
        if match[1] == (token[0][1:-1] if token.lastgroup == "iri" else expand(token[0], prefixes)):
            return SourceError(message, path, *position_of(token))
    return SourceError(message, path)


def declared_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes that a query declares."""
    return {name[0][:-1]: iri[0][1:-1] for name, iri in prefix_declarations(text)}


def prefix_declarations(text: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Yield the name and the IRI of each declaration of a prefix in a query."""
    for word, name, iri in sliding_window(tokenize(text), 3):
        if word[0].upper() == "PREFIX" and name.lastgroup == "name" and iri.lastgroup == "iri":
            yield name, iri


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


def selected_star(text: str) -> tuple[int | None, list[str]]:
    """Return where the ``*`` of ``SELECT *`` is, and the variables in the order in which a query uses them."""
    tokens = tokenize(text)
    selected = next((i for i, token in enumerate(tokens) if token[0].upper() in ("SELECT", "CONSTRUCT", "ASK")), 0)
    following = tokens[selected + 1 : selected + 3]
    if following and following[0][0].upper() in ("DISTINCT", "REDUCED"):
        following = following[1:]
    if not following or following[0][0] != "*" or tokens[selected][0].upper() != "SELECT":
        return None, []
    names = dict.fromkeys(token[0][1:] for token in tokens if token.lastgroup == "variable")
    return following[0].start(), list(names)


def is_volatile(query: str) -> bool:
    """Tell whether a query can have another answer on the same dataset; where that is not sure, it can.

    >>> is_volatile("SELECT (NOW() AS ?time) {}"), is_volatile("SELECT * { ?s ?p ?o }")
    (True, False)
    """
    return bool(_VOLATILE.search(query))
