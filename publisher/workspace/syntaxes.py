"""Parse RDF/XML and JSON-LD where the parser gives no place, changes white space, or drops statements in silence."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from more_itertools import always_iterable
from pyoxigraph import Literal, NamedNode, Triple

from publisher.errors import SourceError

# A tag, or what is no tag although it has angle brackets; a declaration is left as it is.
_MARKUP: Final = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<[!?][^<>]*>|<(?P<tag>(?:[^<>"']|"[^"]*"|'[^']*')+)>""", re.DOTALL
)
_ATTRIBUTE_VALUE: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
# A scheme of its own, so that what a relative IRI becomes is told from every IRI of the file.
_BASE: Final = "x-relative://base.invalid/"
_SCHEME: Final = "x-relative:"
_NOT_IN_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|\\^`]")


# --- RDF/XML -------------------------------------------------------------------------------------------


def normalize_attributes(text: str) -> str:
    r"""Replace white space in the values of attributes by spaces, a line break by one (XML 1.0, 2.11 and 3.3.3).

    >>> normalize_attributes('<a b="one\ntwo">one\ntwo</a>')
    '<a b="one two">one\ntwo</a>'
    """

    def in_tag(match: re.Match[str]) -> str:
        return _ATTRIBUTE_VALUE.sub(lambda value: re.sub(r"\r\n|[\t\n\r]", " ", value[0]), match[0])

    return _MARKUP.sub(lambda match: in_tag(match) if match["tag"] else match[0], text)


def place_in_xml(text: str) -> tuple[int, int] | None:
    """Return line and column of the tag at which the parser of RDF/XML stops; ``None`` where it does not."""
    reader = _TagReader(text.encode())
    try:
        for _ in ox.parse(reader, format=ox.RdfFormat.RDF_XML):  # type: ignore[arg-type]  # any object with read()
            pass
    except SyntaxError:
        before = text.encode()[: reader.start].decode()
        return before.count("\n") + 1, len(before) - before.rfind("\n")
    return None


class _TagReader(io.RawIOBase):
    """Give a document tag by tag, so that the parser stops right behind the one at fault, which ``start`` is before."""

    def __init__(self, content: bytes) -> None:
        self._content, self._end, self.start = content, 0, 0

    def read(self, size: int = -1) -> bytes:
        begin = self._end
        end = self._content.find(b">", begin) + 1 or len(self._content)
        self._end = min(end, begin + size) if size > 0 else end
        if begin < len(self._content):
            tag = self._content.find(b"<", begin, self._end)
            self.start = tag if tag >= 0 else begin
        return self._content[begin : self._end]


# --- JSON-LD -------------------------------------------------------------------------------------------


def parse_json_ld(text: str, path: Path) -> list[Triple]:
    """Return the triples of a document.

    Raises ``SourceError`` for relative IRIs and IRIs with characters that are not allowed, whose statements the parser
    would drop, and ``SyntaxError`` as the parser does.
    """
    quads = ox.parse(text, format=ox.RdfFormat.JSON_LD, without_named_graphs=True, base_iri=_BASE)
    triples = [quad.triple for quad in quads]
    for t in triples:
        for iri in _iris(t):
            if iri.startswith(_SCHEME):
                written = iri.removeprefix(_BASE) if iri.startswith(_BASE) else iri.removeprefix(_SCHEME)
                message = f"'{written}' is a relative IRI, but there is no base to resolve it; write the IRI in full, "
                raise SourceError(f'{message}or name an "@base" in the context', path, *_place(text, written))
    for iri in _written_iris(json.loads(text)):
        if match := _NOT_IN_IRI.search(iri):
            raise SourceError(f"'{iri}' is no IRI: it contains {match[0]!r}", path, *_place(text, iri))
    return triples


def _iris(t: Triple) -> Iterator[str]:
    for term in (t.subject, t.predicate, t.object):
        if isinstance(term, NamedNode):
            yield term.value
        elif isinstance(term, Literal):
            yield term.datatype.value


def _written_iris(value: Any) -> Iterator[str]:
    """Yield the values of ``@id`` and ``@type``, but for blank nodes, as they are written."""
    values = [value]
    while values:
        match values.pop():
            case dict() as node:
                for names in (node.get("@id"), node.get("@type")):
                    yield from (name for name in always_iterable(names, (str, dict)) if isinstance(name, str))
                values += node.values()
            case list() as items:
                values += items


def _place(text: str, written: str) -> tuple[int, int] | tuple[()]:
    """Return line and column of the first string with this content; nothing where it is written otherwise."""
    offset = text.find(json.dumps(written, ensure_ascii=False))
    return (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)) if offset >= 0 else ()
