"""Write JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/) with a context, one node object a line, in one pass.

The writers of rdflib and pyoxigraph either hold the whole graph or use no context.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final, TextIO

from pyoxigraph import BlankNode, Literal, Triple

from publisher.vocab import OWL, RDF, XSD, Term, plain, shorten

FOOT: Final = "\n]}\n"

_GEN_DELIMS: Final = tuple(":/?#[]@")
# A term with '@', ':' or '/' in it may mean something else.
_TERM: Final = re.compile(r"[^\W\d][\w-]*")
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

Context = dict[str, Any]


def make_context(prefixes: dict[str, str], ontology: Iterable[Triple]) -> Context:
    """Return a context: the prefixes, and a term for each property that the ontology declares.

    Values of object properties are IRIs by default (``"@type": "@id"``). A prefix whose name is the scheme of a
    namespace (``urn`` beside ``urn:x:``) is left out: it would change what that namespace is.
    """
    prefixes = {p: ns for p, ns in prefixes.items() if not any(_looks_compact(other, p) for other in prefixes.values())}
    context: Context = {
        prefix: ns if ns.endswith(_GEN_DELIMS) else {"@id": ns, "@prefix": True}
        for prefix, ns in sorted(prefixes.items())
    }
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    declared = {plain(t.subject): t.object for t in ontology if t.object in kinds}
    for prop, kind in sorted(declared.items()):
        curie = shorten(prop, prefixes)
        term = re.split(r"[#/:]", prop)[-1]
        if _TERM.fullmatch(term) and term not in context and curie != prop:
            context[term] = {"@id": curie, "@type": "@id"} if kind == OWL.ObjectProperty else {"@id": curie}
    return context


def write(triples: Iterable[Triple], context: Context, out: TextIO) -> None:
    """Write triples, which must come grouped by subject, as one JSON-LD document.

    One subject is held at a time.
    """
    out.write(head(context))
    write_nodes(triples, context, out)
    out.write(FOOT)


def head(context: Context) -> str:
    """Return what stands before the node objects."""
    return f'{{"@context": {_ENCODE(context)},\n"@graph": ['


def write_nodes(triples: Iterable[Triple], context: Context, out: TextIO) -> None:
    """Write the node objects alone, a comma between them."""
    compact = _compactor(context)
    separator = "\n"
    for subject, group in groupby(triples, key=lambda t: t.subject):
        out.write(separator + _ENCODE(compact.node(subject, list(group))))
        separator = ",\n"


def _compactor(context: Context) -> _Compactor:
    prefixes = {k: v if isinstance(v, str) else v["@id"] for k, v in context.items() if _is_prefix(v)}
    keys = {}
    for name, definition in context.items():
        if not _is_prefix(definition):
            prefix, _, local = definition["@id"].partition(":")
            keys[prefixes[prefix] + local] = (name, definition.get("@type") == "@id")
    return _Compactor(prefixes, keys)


class _Compactor:
    """Turn terms into their shortest form under one context."""

    def __init__(self, prefixes: Mapping[str, str], keys: Mapping[str, tuple[str, bool]]) -> None:
        self._prefixes, self._keys = prefixes, keys
        self._names = {namespace: f"{prefix}:" for prefix, namespace in prefixes.items()}
        longest = sorted(map(re.escape, self._names), key=len, reverse=True)
        self._namespace = re.compile("|".join(longest) or r"\Z\A.")
        self._shadows: set[str] = set()

    def node(self, subject: Term, triples: list[Triple]) -> dict[str, Any]:
        """Return the node object of one subject.

        An absolute IRI whose scheme is the name of a prefix (``<gp:x>``) reads as a compact one. A context of the node
        takes the meaning from such a prefix, and nothing of the node uses it.
        """
        self._shadows.clear()
        node: dict[str, Any] = {"@id": self._id(subject)}
        for t in triples:
            key, value = self._entry(t)
            if key not in node:
                node[key] = value
            elif isinstance(node[key], list):
                node[key].append(value)
            else:
                node[key] = [node[key], value]
        if not self._shadows:
            return node
        rest = _Compactor({k: v for k, v in self._prefixes.items() if k not in self._shadows}, self._keys)
        inner = rest.node(subject, triples)
        return {"@context": {**dict.fromkeys(sorted(self._shadows)), **inner.pop("@context", {})}, **inner}

    def _entry(self, t: Triple) -> tuple[str, Any]:
        predicate, term = t.predicate, t.object
        if predicate == RDF.type and not isinstance(term, Literal):
            return "@type", self._id(term)
        key, is_reference = self._keys.get(predicate.value) or (self._iri(predicate.value), False)
        if not isinstance(term, Literal):
            return key, self._id(term) if is_reference else {"@id": self._id(term)}
        if term.language:
            return key, {"@language": term.language, "@value": term.value}
        if term.datatype == XSD.string:
            return key, {"@value": term.value} if is_reference else term.value
        return key, {"@type": self._iri(term.datatype.value), "@value": term.value}

    def _id(self, term: Term) -> str:
        return f"_:{term.value}" if isinstance(term, BlankNode) else self._iri(plain(term))

    def _iri(self, iri: str) -> str:
        match = self._namespace.match(iri)
        if match and match.end() < len(iri) and not iri.startswith("//", match.end()):
            return self._names[match[0]] + iri[match.end() :]
        scheme = iri.partition(":")[0]
        if scheme in self._prefixes and _looks_compact(iri, scheme):
            self._shadows.add(scheme)
        return iri


def _looks_compact(iri: str, prefix: str) -> bool:
    """Tell whether an absolute IRI reads as a compact one where there is such a prefix (JSON-LD 1.1 API, 5.2)."""
    return iri.startswith(f"{prefix}:") and not iri.startswith("//", len(prefix) + 1)


def _is_prefix(definition: object) -> bool:
    return isinstance(definition, str) or (isinstance(definition, dict) and definition.get("@prefix") is True)


def document(context: Context) -> str:
    """Return the text of a context document."""
    return json.dumps({"@context": context}, ensure_ascii=False, indent=2) + "\n"
