"""Refuse input that the native parsers would not survive: they end the process instead of raising."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.parsers import expat

from publisher.errors import SourceError

_MAX_DEPTH: Final = 1000
# Entities as ontology editors write them abbreviate a namespace; longer or nested ones multiply.
_MAX_ENTITY: Final = 1000

_BRACKET: Final = re.compile(r"[\[\](){}]")


def check_depth(text: str, path: Path) -> None:
    """Raise ``SourceError`` where brackets of SPARQL or JSON are nested more than a thousand levels deep."""
    if sum(map(text.count, "[({")) < _MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        depth = depth + 1 if match[0] in "[({" else max(0, depth - 1)
        if depth > _MAX_DEPTH:
            line, column = position(text, match.start())
            raise SourceError(f"brackets are nested more than {_MAX_DEPTH} levels deep", path, line, column)


def check_xml(text: str, path: Path) -> None:
    """Raise ``SourceError`` where elements nest too deep, or an entity is declared that multiplies its text.

    What is merely not well-formed is left to the RDF parser.
    """
    parser = expat.ParserCreate()
    depth = 0

    def enter(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            refuse(f"elements are nested more than {_MAX_DEPTH} levels deep")

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def declare(name: str, _parameter: bool, value: str | None, *_: object) -> None:
        if value is not None and ("&" in value or len(value) > _MAX_ENTITY):
            refuse(f"the entity '{name}' is long or made of other entities; write its text where it is used")

    def refuse(message: str) -> None:
        raise SourceError(message, path, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = enter, leave, declare
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        return


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of an offset in code points."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
