"""Serialise triples as JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/) with a context, one node object on each line.

The serializers of rdflib and pyoxigraph either hold the whole graph in memory or use no context.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from pyoxigraph import Triple

from publisher.rdf.curies import shorten
from publisher.rdf.ntriples import NTriple, iri, split_literal
from publisher.rdf.vocab import OWL, RDF, plain

FOOT: Final = "\n]}\n"

_TYPE: Final = iri(RDF.type.value)
_GEN_DELIMS: Final = tuple(":/?#[]@")
# A name with '@', ':' or '/' in it could be expanded in another way.
_TERM: Final = re.compile(r"[^\W\d][\w-]*")
_CACHE_SIZE: Final = 1 << 15  # terms, so that memory does not grow with the data
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

JsonLdContext = dict[str, Any]


def make_context(prefixes: dict[str, str], ontology: Iterable[Triple]) -> JsonLdContext:
    """Return a context: the prefixes, and a term for each property that the ontology declares.

    Values of object properties are IRIs by default (``"@type": "@id"``). A prefix whose name is the scheme of a
    namespace (``urn`` beside ``urn:x:``) is left out, because that namespace would be read as a compact IRI.
    """
    prefixes = {p: ns for p, ns in prefixes.items() if not any(_looks_compact(other, p) for other in prefixes.values())}
    context: JsonLdContext = {
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


def head(context: JsonLdContext) -> str:
    """Return the text before the node objects."""
    return f'{{"@context": {_ENCODE(context)},\n"@graph": ['


class NodeWriter:
    """Write node objects for a context, with terms in their shortest form; serialised terms are cached.

    An absolute IRI whose scheme is the name of a prefix (``<gp:x>``) would be read as a compact IRI. Its node object
    has a local context that maps the prefix to null, and does not use it: ``undefined`` are such prefixes.
    """

    def __init__(self, context: JsonLdContext, undefined: frozenset[str] = frozenset()) -> None:
        namespaces = {k: v if isinstance(v, str) else v["@id"] for k, v in context.items() if _is_prefix(v)}
        self._context, self._undefined = context, undefined
        self._prefixes = {prefix: namespaces[prefix] for prefix in namespaces if prefix not in undefined}
        self._names = {namespace: f"{prefix}:" for prefix, namespace in self._prefixes.items()}
        longest = sorted(map(re.escape, self._names), key=len, reverse=True)
        self._namespace = re.compile("|".join(longest) or r"\Z\A.")
        declared: dict[str, str] = {}
        self._references: set[str] = set()
        for name, definition in context.items():
            if not _is_prefix(definition):
                prefix, _, local = definition["@id"].partition(":")
                predicate = iri(namespaces[prefix] + local)
                declared[predicate] = _ENCODE(name)
                if definition.get("@type") == "@id":
                    self._references.add(predicate)
        cached = lru_cache(maxsize=_CACHE_SIZE)
        self._ids, self._literals = cached(self._id), cached(self._literal)
        self._keys = cached(lambda predicate: f"{declared.get(predicate) or self._ids(predicate)}: ")
        self._start = f'{{"@context": {_ENCODE(dict.fromkeys(sorted(undefined)))}, "@id": ' if undefined else '{"@id": '
        self._without: dict[str, NodeWriter] = {}  # by the prefix that they undefine, too

    def body(self, triples: Iterable[NTriple]) -> str:
        """Return triples, which must be grouped by subject, as node objects with a comma between them."""
        nodes = groupby(triples, itemgetter(0))
        return ",".join([f"\n{self._node(subject, list(group))}" for subject, group in nodes])

    def _node(self, subject: str, triples: list[NTriple]) -> str:
        keys, ids, literals, references = self._keys, self._ids, self._literals, self._references
        first: dict[str, str] = {}
        more: dict[str, list[str]] = {}
        try:
            for _, p, o in triples:
                key = keys(p)
                if o[0] == '"':
                    value = literals(o) if p not in references else self._value_object(literals(o))
                elif p == _TYPE:
                    key, value = '"@type": ', ids(o)
                else:
                    value = ids(o) if p in references else f'{{"@id": {ids(o)}}}'
                if key in first:
                    more.setdefault(key, []).append(value)
                else:
                    first[key] = value
            several = {key: f"[{', '.join((first[key], *values))}]" for key, values in more.items()}
            entries = (key + value for key, value in {**first, **several}.items())
            return f"{self._start}{', '.join((ids(subject), *entries))}}}"
        except _ShadowError as error:
            (prefix,) = error.args
            if prefix not in self._without:
                self._without[prefix] = NodeWriter(self._context, self._undefined | {prefix})
            return self._without[prefix]._node(subject, triples)

    @staticmethod
    def _value_object(literal: str) -> str:
        return f'{{"@value": {literal}}}' if literal[0] == '"' else literal

    def _literal(self, term: str) -> str:
        text, language, datatype = split_literal(term)
        value = f'"{text}"'
        if "\\" in text:  # the escapes of canonical N-Triples are some of those of JSON
            value = _ENCODE(json.loads(value))
        if language:
            return f'{{"@language": "{language}", "@value": {value}}}'
        return f'{{"@type": {self._ids(iri(datatype))}, "@value": {value}}}' if datatype else value

    def _id(self, term: str) -> str:
        return _ENCODE(term if term[0] == "_" else self._iri(term[1:-1]))

    def _iri(self, iri: str) -> str:
        match = self._namespace.match(iri)
        if match and match.end() < len(iri) and not iri.startswith("//", match.end()):
            return self._names[match[0]] + iri[match.end() :]
        scheme = iri.partition(":")[0]
        if scheme in self._prefixes and _looks_compact(iri, scheme):
            raise _ShadowError(scheme)
        return iri


class _ShadowError(Exception):
    """A prefix changes the meaning of an absolute IRI."""


def _looks_compact(iri: str, prefix: str) -> bool:
    """Tell whether an absolute IRI would be read as a compact one with such a prefix (JSON-LD 1.1 API, 5.2)."""
    return iri.startswith(f"{prefix}:") and not iri.startswith("//", len(prefix) + 1)


def _is_prefix(definition: object) -> bool:
    return isinstance(definition, str) or (isinstance(definition, dict) and definition.get("@prefix") is True)


def document(context: JsonLdContext) -> str:
    """Return the text of a context document."""
    return json.dumps({"@context": context}, ensure_ascii=False, indent=2) + "\n"
