"""Write JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/) with a context, one node object a line, in one pass.

The writers of rdflib and pyoxigraph either hold the whole graph or use no context.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final, TextIO

from pyoxigraph import BlankNode, Literal, Triple

from publisher.vocab import OWL, RDF, XSD, Term, plain, shorten

FOOT: Final = "\n]}\n"

_GEN_DELIMS: Final = tuple(":/?#[]@")

Context = dict[str, Any]


def make_context(prefixes: dict[str, str], ontology: Iterable[Triple]) -> Context:
    """Return a context: the prefixes, and a term for each property that the ontology declares.

    Values of object properties are IRIs by default (``"@type": "@id"``).
    """
    context: Context = {
        prefix: ns if ns.endswith(_GEN_DELIMS) else {"@id": ns, "@prefix": True}
        for prefix, ns in sorted(prefixes.items())
    }
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    declared = {plain(t.subject): t.object for t in ontology if t.object in kinds}
    for prop, kind in sorted(declared.items()):
        curie = shorten(prop, prefixes)
        term = re.split(r"[#/:]", prop)[-1]
        if term and term not in context and curie != prop:
            context[term] = {"@id": curie, "@type": "@id"} if kind == OWL.ObjectProperty else {"@id": curie}
    return context


def write(triples: Iterable[Triple], context: Context, out: TextIO) -> None:
    """Write triples, which must come grouped by subject, as one JSON-LD document."""
    out.write(head(context))
    write_nodes(triples, context, out)
    out.write(FOOT)


def head(context: Context) -> str:
    """Return what stands before the node objects."""
    return f'{{"@context": {json.dumps(context, ensure_ascii=False)},\n"@graph": ['


def write_nodes(triples: Iterable[Triple], context: Context, out: TextIO) -> None:
    """Write the node objects alone, a comma between them."""
    compact = _Compactor(context)
    separator = "\n"
    for subject, group in groupby(triples, key=lambda t: t.subject):
        out.write(separator + json.dumps(compact.node(subject, group), ensure_ascii=False))
        separator = ",\n"


class _Compactor:
    """Turn terms into their shortest form under one context."""

    def __init__(self, context: Context) -> None:
        self._prefixes = {k: v if isinstance(v, str) else v["@id"] for k, v in context.items() if _is_prefix(v)}
        self._terms = {
            self._expand(v["@id"]): (k, v.get("@type") == "@id") for k, v in context.items() if not _is_prefix(v)
        }

    def _expand(self, curie: str) -> str:
        prefix, _, local = curie.partition(":")
        return self._prefixes[prefix] + local

    def node(self, subject: Term, triples: Iterable[Triple]) -> dict[str, Any]:
        """Return the node object of one subject."""
        node: dict[str, Any] = {"@id": self._id(subject)}
        for predicate, group in groupby(triples, key=lambda t: t.predicate):
            if predicate == RDF.type:
                key, values = "@type", [self._id(t.object) for t in group]
            else:
                key, is_reference = self._terms.get(predicate.value, (self._iri(predicate.value), False))
                values = [self._value(t.object, is_reference=is_reference) for t in group]
            node[key] = values[0] if len(values) == 1 else values
        return node

    def _value(self, term: Term, *, is_reference: bool) -> Any:
        if not isinstance(term, Literal):
            return self._id(term) if is_reference else {"@id": self._id(term)}
        if term.language:
            return {"@language": term.language, "@value": term.value}
        if term.datatype == XSD.string:
            return {"@value": term.value} if is_reference else term.value
        return {"@type": self._iri(term.datatype.value), "@value": term.value}

    def _id(self, term: Term) -> str:
        return f"_:{term.value}" if isinstance(term, BlankNode) else self._iri(plain(term))

    def _iri(self, iri: str) -> str:
        curie = shorten(iri, self._prefixes)
        return iri if curie.partition(":")[2].startswith("//") else curie


def _is_prefix(definition: object) -> bool:
    return isinstance(definition, str) or (isinstance(definition, dict) and definition.get("@prefix") is True)


def document(context: Context) -> str:
    """Return the text of a context document."""
    return json.dumps({"@context": context}, ensure_ascii=False, indent=2) + "\n"
