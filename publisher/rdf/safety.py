"""Refuse input that is unsafe to parse or to run.

The native parsers end the process, instead of raising an error, at input that is nested too deep. Rules are refused
when their result may differ between two builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.rdf.sparql import construct_template, position_of, tokenize

_MAX_DEPTH: Final = 1000
# The SPARQL parser recurses for each bracket, and for each item of some lists; it crashes at about ten times these.
_MAX_QUERY_DEPTH: Final = 100
_MAX_TOKENS: Final = 3000
_MAX_TERMS: Final = 500
# Strings, IRIs and comments may have such marks, too.
_TERM_MARK: Final = re.compile(
    r"""(?P<open><<\()|(?P<close>\)\s*>>)|<[^<>"\s]*>|#[^\n\r]*|"{3}(?:[^"\\]|\\.|"(?!""))*+"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}"""
    r"""|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'""",
    re.DOTALL,
)
_MARK: Final = re.compile(r"[(\[)\]!+]")
_HIERARCHICAL: Final = re.compile(r"<\w[\w+.-]*://")  # no expression begins so
_DOUBTFUL: Final = re.compile(r"<(?!\w[\w+.-]*://)[^>]*[#']")  # as a comparison, a comment or a string begins in it
_BEFORE_NAMES: Final = ("GRAPH", "FROM", "NAMED")
_CALL: Final = re.compile(r"(?<![\w:])(\w+)\(")
_LEVELS: Final = {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}
# Ontology editors declare entities that abbreviate a namespace; longer or nested ones may be an expansion attack.
_MAX_ENTITY: Final = 1000
_MAX_GROWTH: Final = 10
_SMALL: Final = 1 << 20
_BLOCK: Final = 1 << 20  # bytes

_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)

NO_SERVICE: Final = {
    "SERVICE": "is not resolved here; run the query at an endpoint with '--endpoint URL', or with '--local-service'"
}
_ANEW: Final = "gives another value at each build; a rule derives the same from the same data"
_BY_ORDER: Final = (
    "depends on an order of solutions that SPARQL leaves open; a rule derives the same from the same data"
)
_NOT_IN_RULES: Final = {
    "SERVICE": "in a rule; a build depends on nothing but the workspace",
    **dict.fromkeys(("UUID", "STRUUID", "NOW", "RAND", "BNODE"), _ANEW),
    **dict.fromkeys(("SAMPLE", "GROUP_CONCAT", "LIMIT", "OFFSET"), _BY_ORDER),
}
_NEW_NODE: Final = "in the template of a rule makes a new blank node each time; use what the rule matched, or an IRI"


def check_depth(text: str, path: Path) -> None:
    """Raise ``SourceError`` where JSON is nested more than 1,000 levels deep."""
    if text.count("[") + text.count("{") >= _MAX_DEPTH:
        _check_levels(_BRACKET.finditer(text), _MAX_DEPTH, "brackets", path)


def check_terms(text: str, path: Path, lines_before: int = 0) -> None:
    """Raise ``SourceError`` where triple terms (RDF 1.2) are nested more than 500 levels deep."""
    if text.count("<<(") >= _MAX_TERMS:
        _check_levels(_TERM_MARK.finditer(text), _MAX_TERMS, "triple terms", path, lines_before)


def _check_levels(marks: Iterator[re.Match[str]], deepest: int, what: str, path: Path, lines_before: int = 0) -> None:
    depth = 0
    for match in marks:
        depth = max(0, depth + (match.lastgroup == "open") - (match.lastgroup == "close"))
        if depth > deepest:
            line, column = position_of(match)
            raise SourceError(f"{what} are nested more than {deepest} levels deep", path, lines_before + line, column)


def check_file(file: IO[bytes], syntax: ox.RdfFormat | None, path: Path) -> None:
    """Raise ``SourceError`` where a file is nested deeper than its parser survives; it is at its beginning in the end.

    RDF/XML and JSON-LD, and Turtle and TriG with 500 triple terms, are read whole.
    """
    if syntax in (ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD):
        check = check_xml if syntax == ox.RdfFormat.RDF_XML else check_depth
        check(file.read().decode("utf-8", "replace"), path)
    elif sum(block.count(b"<<(") for block in iter(partial(file.read, _BLOCK), b"")) >= _MAX_TERMS:
        file.seek(0)
        is_by_line = syntax in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
        for number, text in enumerate(file if is_by_line else [file.read()]):
            check_terms(text.decode("utf-8", "replace"), path, number)
    file.seek(0)


def check_foreign(body: bytes, syntax: ox.RdfFormat | ox.QueryResultsFormat) -> None:
    """Raise ``SyntaxError`` where RDF or query results of a server are nested deeper than their parser survives."""
    if syntax in (ox.RdfFormat.RDF_XML, ox.QueryResultsFormat.XML):
        check = check_xml
    elif syntax == ox.RdfFormat.JSON_LD:
        check = check_depth
    elif body.count(b"<<(") >= _MAX_TERMS:
        check = check_terms
    else:
        return
    try:
        check(body.decode("utf-8", "replace"), Path("answer"))
    except SourceError as error:
        raise SyntaxError(error.message) from None


def check_query(text: str, path: Path) -> None:
    """Raise ``SourceError`` where a query is nested too deep or too long; data blocks of VALUES may have any length."""
    if len(text) <= _MAX_TOKENS and sum(map(text.count, "([{")) <= _MAX_QUERY_DEPTH:
        return
    depth = count = 0
    for token, is_data in _with_data_blocks(text):
        # "<" and ">" may be comparisons, too: the parser tries what stands between them as an expression.
        is_iri = token.lastgroup == "iri" and not _HIERARCHICAL.match(token[0])
        marks = _MARK.findall(token[0]) if is_iri else [token[0]]
        levels = [*accumulate((_LEVELS.get(mark, 0) for mark in marks), initial=depth)]
        deepest, depth = max(levels), max(depth, levels[-1]) if is_iri else levels[-1]
        count += 0 if is_data else max(1, len(marks))
        if deepest > _MAX_QUERY_DEPTH:
            message = f"brackets are nested more than {_MAX_QUERY_DEPTH} levels deep"
            raise SourceError(message, path, *position_of(token))
        if count > _MAX_TOKENS:
            message = f"a query of more than {_MAX_TOKENS} words and marks; put long lists of values into VALUES"
            raise SourceError(message, path, *position_of(token))


def _with_data_blocks(text: str) -> Iterator[tuple[re.Match[str], bool]]:
    """Yield the tokens of a query, each with whether it is in a data block of VALUES."""
    state = ""  # "VALUES": between the keyword and its data block; "{": in the data block
    for token in tokenize(text):
        if token.lastgroup == "word" and token[0].upper() == "VALUES":
            state = "VALUES"
        elif state == "VALUES" and token[0] == "{":
            state = "{"
        yield token, state == "{"
        if token[0] == "}" and state == "{":
            state = ""


def check_keywords(text: str, path: Path, refused: Mapping[str, str]) -> None:
    """Raise ``SourceError`` at the first of the ``refused`` SPARQL keywords, which maps them to the reason.

    The engine needs no space around a keyword: it reads ``1SERVICE`` as two terms, and ``SERVICEid:a`` before a brace.
    What could be read in two ways is refused beside such a word, since the word may be in one of them only.
    """
    upper = text.upper()
    if not any(word in upper for word in refused):
        return
    tokens, brackets = tokenize(text), [""]
    for before, token, after in zip((None, *tokens), tokens, (*tokens[1:], None), strict=False):
        for word in map(str.upper, _possible_keywords(before, token, after)):
            if keyword := max((name for name in refused if name in word), key=len, default=""):
                raise SourceError(f"{keyword} {refused[keyword]}", path, *position_of(token))
        if token[0][0] in "\"'\\" and token.lastgroup == "mark":
            raise SourceError("a string without an end, or an escape where none can be", path, *position_of(token))
        if _DOUBTFUL.match(token[0]) and brackets[-1] == "(" and before and _ends_operand(before):
            message = "is an IRI or a comparison; write the IRI as a prefixed name, or a space after the '<'"
            raise SourceError(f"{token[0]} {message}", path, *position_of(token))
        level = _LEVELS.get(token[0], 0)
        if level > 0:
            brackets.append(token[0])
        elif level < 0 and len(brackets) > 1:
            brackets.pop()


def check_syntax(text: str, path: Path, prefixes: Mapping[str, str] | None = None) -> None:
    """Raise what the engine says of a query that it cannot run, without data and without asking services.

    The engine asks them as soon as it is given the query; ``GRAPH`` stands in their place, so that places stay.
    Raises ``SourceError``, ``SyntaxError`` and ``RuntimeError``.
    """
    check_query(text, path)
    before = ""
    for token in tokenize(text):
        word = token[0].upper() if token.lastgroup == "word" else ""
        if word == "SERVICE" or (word, before) == ("SILENT", "SERVICE"):
            text = f"{text[: token.start()]}{'GRAPH  ' if word == 'SERVICE' else ' ' * 6}{text[token.end() :]}"
        before = word
    check_keywords(text, path, NO_SERVICE)
    ox.Store().query(text, prefixes=dict(prefixes or {}))


def _possible_keywords(before: re.Match[str] | None, token: re.Match[str], after: re.Match[str] | None) -> list[str]:
    """Return the parts of a token that the engine may read as keywords, or as such beside other terms."""
    match token.lastgroup:
        case "word":
            return [token[0]]
        case "iri" if not _HIERARCHICAL.match(token[0]):  # it may be two comparisons
            return _CALL.findall(token[0])
        case "name" if after and after[0] == "{" and not (before and before[0].upper() in _BEFORE_NAMES):
            return [token[0].partition(":")[0]]
    return []


def _ends_operand(token: re.Match[str]) -> bool:
    return token.lastgroup != "mark" or token[0] == ")"


def check_rule(text: str, path: Path) -> None:
    """Raise ``SourceError`` where a rule is too deep or too long, queries a service, or is not deterministic."""
    check_query(text, path)
    check_keywords(text, path, _NOT_IN_RULES)
    for token in construct_template(text):
        if token[0] in ("[", "(") or token[0].startswith("_:"):
            raise SourceError(f"'{token[0]}' {_NEW_NODE}", path, *position_of(token))


def check_xml(text: str, path: Path) -> None:
    """Raise ``SourceError`` where XML elements are nested too deep, or entities expand to too much text.

    XML that is not well-formed is left to the RDF parser to report.
    """
    parser = expat.ParserCreate()
    depth = 0
    room = _MAX_GROWTH * len(text) + _SMALL

    def enter(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            refuse(f"elements are nested more than {_MAX_DEPTH} levels deep")

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def declare(name: str, _parameter: bool, value: str | None, *_: object) -> None:
        nonlocal room
        if value is not None and ("&" in value or len(value) > _MAX_ENTITY):
            refuse(f"the entity '{name}' is long or made of other entities; write its text where it is used")
        room -= text.count(f"&{name};") * len(value or "")
        if room < 0:
            refuse(f"the entity '{name}' makes the file more than {_MAX_GROWTH} times as long; write its text")

    def refuse(message: str) -> None:
        raise SourceError(message, path, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = enter, leave, declare
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        return
