"""Write sorted facts as Turtle, TriG and RDF/XML, in one pass and without a parser in between.

What is written is what the engine writes, byte for byte (RDF/XML but for what the engine gets wrong), yet the same
terms occur again and again: each is put into form once, by the engine wherever it takes more than to shorten it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.rdf.ntriples import NTriple, TermCache, from_ntriples, iri, split_literal
from publisher.rdf.turtle_tokens import unescape
from publisher.rdf.vocab import RDF, XSD

_TYPE: Final = iri(RDF.type.value)
# A name that no format has to escape, behind what may be a namespace.
_PLAIN: Final = re.compile(r"<([^<>]*[/#])([A-Za-z0-9_][A-Za-z0-9_-]*)>")
_TYPED: Final = re.compile(r'("[^"\\]*")\^\^(<[^<>"]+>)')
_BARE: Final = re.compile(rf'"([+-]?[0-9]+)"\^\^<{XSD.iri}integer>')
# The datatypes whose literals Turtle may write without quotes.
_SOMETIMES_BARE: Final = frozenset(iri(XSD[name].value) for name in ("integer", "decimal", "double", "boolean"))
_LOCAL: Final = re.compile(r"[A-Za-z0-9_-]+")
_SUBJECT: Final = BlankNode("s")
_NAME: Final = NamedNode("urn:x")


def head_length(written: bytes) -> int:
    """Return where the first statement begins, after XML declaration and root element, or prefixes."""
    if written.startswith(b"<?xml"):
        return written.index(b">\n", written.index(b"<rdf:RDF")) + 2
    end = 0
    while written.startswith(b"@prefix ", end):
        end = written.index(b"\n", end) + 1
    return end


def _engine(triple: Triple, rdf_format: ox.RdfFormat, prefixes: dict[str, str]) -> str:
    written = ox.serialize([triple], format=rdf_format, prefixes=prefixes) or b""
    return written[head_length(written) :].decode()


# --- Turtle and TriG (https://www.w3.org/TR/turtle/, https://www.w3.org/TR/trig/) ------------------------


class Turtle:
    """Write Turtle with some prefixes, which stand in a head of their own."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self._starts = TermCache(self._start)
        self._terms = TermCache(self._term)
        self._predicates = TermCache(lambda term: "a" if term == _TYPE else self._terms[term])

    def body(self, facts: Iterable[NTriple], indent: str = "") -> str:
        """Return sorted facts as statements, a subject each."""
        terms, predicates = self._terms, self._predicates
        parts: list[str] = []
        add = parts.append
        last_subject = last_predicate = ""
        for s, p, o in facts:
            if s != last_subject:
                add(f" .\n{indent}{terms[s]} {predicates[p]} {terms[o]}")
                last_subject, last_predicate = s, p
            elif p != last_predicate:
                add(f" ;\n{indent}\t{predicates[p]} {terms[o]}")
                last_predicate = p
            else:
                add(f" , {terms[o]}")
        return f"{''.join(parts)[3:]} .\n" if parts else ""

    def graph(self, name: str, facts: Iterable[NTriple]) -> str:
        """Return sorted facts as the block of a graph, nothing when there are none."""
        statements = self.body(facts, "\t")
        return f"{self._terms[iri(name)]} {{\n{statements}}}\n" if statements else ""

    def _term(self, term: str) -> str:
        if term[0] == "<":
            found = _PLAIN.fullmatch(term)
            start = self._starts[found[1]] if found else ""
            if found and start:
                return start + found[2] if start[0] != "<" else term
        elif term[-1] != ">":  # a blank node, or a literal without a datatype
            return term
        elif found := _BARE.fullmatch(term):
            return found[1]
        elif (found := _TYPED.fullmatch(term)) and found[2] not in _SOMETIMES_BARE:
            return f"{found[1]}^^{self._terms[found[2]]}"
        return self._written(term)

    def _start(self, namespace: str) -> str:
        """Return what stands in front of plain names in a namespace, nothing where it depends on the name."""
        others = (ns[len(namespace) :] for ns in self._prefixes.values() if ns.startswith(namespace))
        if any(_LOCAL.fullmatch(rest) for rest in others):
            return ""
        return self._written(f"<{namespace}x>").removesuffix("x>").removesuffix("x")

    def _written(self, term: str) -> str:
        (triple,) = from_ntriples([("_:s", _TYPE, term)])
        return _engine(triple, ox.RdfFormat.TURTLE, self._prefixes).removeprefix("_:s a ").removesuffix(" .\n")


# --- RDF/XML (https://www.w3.org/TR/rdf-syntax-grammar/) ------------------------------------------------

# A property element about nothing in particular, or the element of a node of some kind.
_ELEMENT: Final = re.compile(r"<(\S+)((?: xmlns=\"[^\"]*\")?) rdf:(?:nodeID|about)=\"")
_XML: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&apos;",
        "\r": "&#xD;",
    }  # a bare CR would be read as LF
)
_DESCRIPTION: Final = "rdf:Description"


class RdfXml:
    """Write RDF/XML with some prefixes, which stand in a head of their own."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self._subjects = TermCache(self._subject)
        self._kinds = TermCache(self._kind)
        self._opened = TermCache(self._open)
        self._closed = TermCache(lambda predicate: self._opened[predicate].partition(" ")[0])
        self._values = TermCache(self._value)

    def body(self, facts: Iterable[NTriple]) -> str:
        """Return sorted facts as node elements, a subject each."""
        opened, closed, values = self._opened, self._closed, self._values
        parts: list[str] = []
        add = parts.append
        last, end = "", ""
        for s, p, o in facts:
            if s != last:
                add(end)
                last, kind = s, self._kinds[o] if p == _TYPE and o[0] == "<" else ""
                add(f"\t<{kind or _DESCRIPTION} {self._subjects[s]}>\n")
                end = f"\t</{kind.partition(' ')[0] or _DESCRIPTION}>\n"
                if kind:
                    continue
            value = values[o]
            add(f"\t\t<{opened[p]}{value}/>\n" if value[-1] == '"' else f"\t\t<{opened[p]}{value}</{closed[p]}>\n")
        add(end)
        return "".join(parts)

    def _subject(self, term: str) -> str:
        return f'rdf:nodeID="{term[2:]}"' if term[0] == "_" else f'rdf:about="{term[1:-1].translate(_XML)}"'

    def _value(self, term: str) -> str:
        """Return the attribute that names a resource, or the rest of the start tag and the content."""
        if term[0] == "<":
            return f' rdf:resource="{term[1:-1].translate(_XML)}"'
        if term[0] == "_":
            return f' rdf:nodeID="{term[2:]}"'
        text, language, datatype = split_literal(term)
        about = f' xml:lang="{language}"' if language else ""
        about += f' rdf:datatype="{datatype.translate(_XML)}"' if datatype else ""
        return f"{about}>{unescape(text).translate(_XML)}"

    def _open(self, predicate: str) -> str:
        """Return the name of a property element and the declaration of its namespace."""
        return self._named(Triple(_NAME, NamedNode(predicate[1:-1]), _SUBJECT), 1)

    def _kind(self, kind: str) -> str:
        """Return the same of the element of a node of some kind, nothing where an element cannot name the kind."""
        name = self._named(Triple(_NAME, RDF.type, NamedNode(kind[1:-1])), 0)
        return "" if name.endswith(":") or name.startswith("oxprefix") else name

    def _named(self, triple: Triple, number: int) -> str:
        written = _engine(triple, ox.RdfFormat.RDF_XML, self._prefixes)
        found = list(_ELEMENT.finditer(written))
        return f"{found[number][1]}{found[number][2]}" if len(found) > number else ""
