"""Serialise the bodies of Turtle, TriG and RDF/XML with pyoxigraph, such that other libraries can read them.

A body is a document without its head (prefixes, or XML declaration and start of the root element) and its foot. Bodies
that were written with the same prefixes can be concatenated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import pyoxigraph as ox

from publisher.rdf.curies import readable_prefixes
from publisher.rdf.ntriples import NTriple, iri, name_of
from publisher.rdf.portability import can_be_written
from publisher.rdf.vocab import RDF

RDF_XML_FOOT: Final = b"</rdf:RDF>"
_HEAD: Final = re.compile(rb"<\?xml .*\n<rdf:RDF .*\n|(?:@prefix .*\n)*")
_TYPE: Final = iri(RDF.type.value)


def head(rdf_format: ox.RdfFormat, prefixes: dict[str, str]) -> bytes:
    """Return the head of a document."""
    name = ox.NamedNode("urn:x")
    document = ox.serialize([ox.Triple(name, RDF.type, name)], format=rdf_format, prefixes=prefixes) or b""
    return document.removesuffix(_without_head(document))


def parse_lines(text: str, rdf_format: ox.RdfFormat) -> Iterator[ox.Quad]:
    """Parse N-Triples or N-Quads that pyoxigraph wrote, whose terms need no validation; that takes half of the time."""
    return ox.parse(text, format=rdf_format, lenient=True)


def turtle_body(text: str, quads: Iterable[ox.Quad], rdf_format: ox.RdfFormat, prefixes: dict[str, str]) -> bytes:
    """Return the body of Turtle or TriG; ``text`` has the same quads as N-Triples or N-Quads."""
    return _body(quads, rdf_format, readable_prefixes(text, prefixes))


def rdf_xml_body(triples: Sequence[NTriple], quads: Sequence[ox.Quad], prefixes: dict[str, str]) -> bytes:
    """Return the body of RDF/XML; ``triples`` and ``quads`` are the same, in the same order.

    pyoxigraph 0.5 names the element of a node after its first type, even one that does not end in a name: such types
    get elements of their own. It does not escape carriage returns, which XML parsers read as line feeds.
    """
    nameless = {o for _, p, o in triples if p == _TYPE and o[0] == "<" and not can_be_written([o])}
    if nameless:
        quads = [q for q, (_, p, o) in zip(quads, triples, strict=True) if p != _TYPE or o not in nameless]
    apart = [_type_element(s, o) for s, p, o in triples if p == _TYPE and o in nameless] if nameless else []
    body = _body(quads, ox.RdfFormat.RDF_XML, prefixes).removesuffix(RDF_XML_FOOT).replace(b"\r", b"&#xD;")
    return body + "".join(apart).encode()


def _type_element(subject: str, kind: str) -> str:
    from xml.sax.saxutils import quoteattr  # it imports HTTP and mail

    about = f"rdf:about={quoteattr(name_of(subject))}" if subject[0] == "<" else f'rdf:nodeID="{name_of(subject)}"'
    resource = quoteattr(name_of(kind))
    return f"\t<rdf:Description {about}>\n\t\t<rdf:type rdf:resource={resource}/>\n\t</rdf:Description>\n"


def _body(quads: Iterable[ox.Quad], rdf_format: ox.RdfFormat, prefixes: dict[str, str]) -> bytes:
    return _without_head(ox.serialize(quads, format=rdf_format, prefixes=prefixes) or b"")


def _without_head(document: bytes) -> bytes:
    return _HEAD.sub(b"", document, count=1)
