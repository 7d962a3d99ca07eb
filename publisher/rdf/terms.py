"""Read and write RDF terms as people type them on a command line, and compare them by value."""

from __future__ import annotations

import datetime
import difflib
import re
from decimal import Decimal, InvalidOperation
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from publisher.errors import UsageError
from publisher.rdf.curies import expand, shorten, unescape_name
from publisher.rdf.vocab import INTEGER_TYPES, RDF, XSD, Term

_CURIE: Final = re.compile(r"([\w.-]*):(.*)", re.DOTALL)
_LITERAL: Final = re.compile(r"[\"'+\-.\d]|(?:true|false)$")


def read_triple(subject: str, predicate: str, obj: str, prefixes: dict[str, str]) -> Triple:
    """Return the triple of three terms; ``a`` is ``rdf:type``. Raises ``UsageError`` when they form no triple."""
    s, o = read_node(subject, prefixes), read_term(obj, prefixes)
    p = RDF.type if predicate == "a" else read_term(predicate, prefixes)
    if not isinstance(p, NamedNode):
        raise UsageError(f"'{predicate}' is no property; write one such as dcterms:title, or a for rdf:type")
    return Triple(s, p, o)


def read_node(text: str, prefixes: dict[str, str]) -> NamedNode | BlankNode:
    """Return a term that can be a subject. Raises ``UsageError`` as ``read_term`` does, and for a literal."""
    term = read_term(text, prefixes)
    if isinstance(term, Literal):
        raise UsageError(f"'{text}' is a literal; expected a thing, such as id:belarus")
    return term


def read_term(text: str, prefixes: dict[str, str]) -> NamedNode | BlankNode | Literal:
    """Return a term written as a CURIE, as ``<IRI>``, as ``_:label``, or as a literal (Turtle 1.1, section 2.5).

    An absolute IRI with ``//`` needs no angle brackets. Raises ``UsageError`` for anything else.

    >>> read_term("id:belarus", {"id": "https://e.org/id/"})
    <NamedNode value=https://e.org/id/belarus>
    """
    if not text or text.startswith("<") or _LITERAL.match(text):
        return _read_turtle(text, prefixes)
    if not (match := _CURIE.fullmatch(text)):
        raise _bad(text)
    prefix, name = match.groups()
    if prefix != "_" and prefix not in prefixes and not name.startswith("//"):
        raise _unknown_prefix(prefix, prefixes)
    try:
        if prefix == "_":
            return BlankNode(name)
        return NamedNode(expand(unescape_name(text), prefixes) or text)
    except ValueError:
        raise _bad(text) from None


def _read_turtle(text: str, prefixes: dict[str, str]) -> NamedNode | BlankNode | Literal:
    if (datatype := re.search(r"\^\^([\w.-]*):[^\"'<>]*$", text)) and datatype[1] not in prefixes:
        raise _unknown_prefix(datatype[1], prefixes)
    declared = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in prefixes.items())
    try:
        document = f"{declared}<x:s> <x:p> {text}\n.".encode()
        found = [quad.object for quad in parse(document, format=RdfFormat.TURTLE)]
    except (SyntaxError, ValueError):
        raise _bad(text) from None
    if len(found) != 1 or not isinstance(found[0], NamedNode | Literal):
        raise _bad(text)
    return found[0]


def _bad(text: str) -> UsageError:
    return UsageError(
        f"'{text}' is no RDF term; write a CURIE such as id:belarus, an IRI in angle brackets, or a literal as in "
        "Turtle, such as '\"2018-11-19\"^^xsd:date' (quote it for the shell)"
    )


def _unknown_prefix(prefix: str, prefixes: dict[str, str]) -> UsageError:
    near = difflib.get_close_matches(prefix, prefixes, n=1)
    hint = f"did you mean '{near[0]}:'?" if near else f"known are {', '.join(f'{name}:' for name in sorted(prefixes))}"
    return UsageError(f"the prefix '{prefix}:' is not in publisher.toml; {hint}")


def term_text(term: Term, prefixes: dict[str, str]) -> str:
    """Return a term as ``read_term`` reads it, as a CURIE where a prefix fits."""
    if isinstance(term, NamedNode):
        short = shorten(term.value, prefixes)
        return str(term) if short == term.value else short
    if isinstance(term, Literal) and not term.language and term.datatype != XSD.string:
        return f"{Literal(term.value)}^^{term_text(term.datatype, prefixes)}"
    return str(term)


def triple_text(triple: Triple, prefixes: dict[str, str]) -> str:
    """Return a triple on one line, with ``a`` for ``rdf:type``."""
    predicate = "a" if triple.predicate == RDF.type else term_text(triple.predicate, prefixes)
    return f"{term_text(triple.subject, prefixes)} {predicate} {term_text(triple.object, prefixes)}"


def value(term: Term) -> str:
    """Return a text that is equal for two terms if and only if they have the same value.

    >>> one, two = (Literal(text, datatype=XSD.integer) for text in ("01", "1"))
    >>> value(one) == value(two)
    True
    """
    if not isinstance(term, Literal):
        return str(term)
    if term.language:
        return f'"{term.value}"@{term.language.lower()}'
    datatype = term.datatype.value
    try:
        form = _canonical_form(term.value, datatype)
    except (ValueError, InvalidOperation, OverflowError):
        return str(term)
    return f'"{form}"^^<{XSD.iri + "integer" if datatype in INTEGER_TYPES else datatype}>'


def _canonical_form(lexical: str, datatype: str) -> str:
    name = datatype.removeprefix(XSD.iri)
    if datatype in INTEGER_TYPES:
        return str(int(lexical))
    if name == "decimal":
        number = Decimal(lexical)
        return str(int(number)) if number == number.to_integral_value() else str(number.normalize())
    if name in ("double", "float"):
        return repr(float(lexical))
    if name == "boolean":
        return {"1": "true", "0": "false"}.get(lexical, lexical)
    if name == "dateTime":
        instant = datetime.datetime.fromisoformat(lexical)
        return (instant.astimezone(datetime.UTC) if instant.tzinfo else instant).isoformat()
    if name in ("date", "time", "gYear", "gYearMonth"):
        return lexical.removesuffix("+00:00").removesuffix("Z") + ("Z" if lexical.endswith(("Z", "+00:00")) else "")
    return lexical
