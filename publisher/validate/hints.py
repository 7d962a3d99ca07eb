"""Complete findings with what the shape expects and with the declared term that the author may have meant."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Triple

from publisher.rdf.curies import shorten
from publisher.rdf.vocab import CHECK, OWL, RDF, RDFS, SH, Term, plain
from publisher.validate.engines.shapes_graph import ShapesGraph, node_of, parameter_of
from publisher.validate.report import Finding

# The vocabularies that are finished, with their terms; rdflib has the same, but takes longer to import than all else.
_STANDARD_TERMS: Final = Path(__file__).with_name("standard_terms.txt")
_MIN_SIMILARITY: Final = 0.7
# Comparing two names takes some microseconds: where thousands are misspelt, the first ones show what is wrong.
_MAX_COMPARISONS: Final = 1_000_000
_DIGITS: Final = re.compile(r"\d")
_NODE_KINDS: Final[dict[Term, str]] = {
    SH.IRI: "an IRI",
    SH.Literal: "a literal",
    SH.BlankNode: "a blank node",
    SH.IRIOrLiteral: "an IRI or a literal",
    SH.BlankNodeOrIRI: "a thing, not a literal",
    SH.BlankNodeOrLiteral: "a literal or a blank node",
}
_WORDS: Final = {
    SH["in"]: "{}",
    SH["class"]: "a {}",
    SH.datatype: "a literal of type {}",
    SH.minCount: "at least {} of {path}",
    SH.maxCount: "at most {} of {path}",
    SH.qualifiedMinCount: "at least {} of {path} of the right kind",
    SH.hasValue: "{} among the values",
    SH.minInclusive: "{} or more",
    SH.maxInclusive: "{} or less",
    SH.pattern: "a text that matches {}",
    SH.languageIn: "a text in {}",
    SH.uniqueLang: "one value for each language",
    SH.disjoint: "a value that {} does not have",
    SH.lessThan: "a value before that of {}",
    SH.lessThanOrEquals: "a value not after that of {}",
}


@cache
def standard_terms() -> dict[str, frozenset[str]]:
    """Return the names of the terms of DCMI Terms, OWL, RDF, RDFS, SHACL, SKOS and XSD by namespace."""
    sections = re.findall(r"^(http\S+)\n((?:  .*\n)+)", _STANDARD_TERMS.read_text(encoding="utf-8"), re.MULTILINE)
    return {namespace: frozenset(names.split()) for namespace, names in sections}


@dataclass(frozen=True)
class Hints:
    """Tell what a shape expects, and which declared or described term a wrong one may be a misspelling of.

    Each set of terms is searched until ``max_comparisons`` names were compared.
    """

    prefixes: dict[str, str]
    shapes: ShapesGraph
    ontology: tuple[Triple, ...]
    data: tuple[Triple, ...]
    things: frozenset[str] = frozenset()
    max_comparisons: int = _MAX_COMPARISONS

    def complete(self, f: Finding) -> Finding:
        """Return the finding with what was expected and the most similar valid term, where they are known."""
        return replace(f, expected=f.expected or self._expected(f), hint=f.hint or self._suggestion(f))

    # --- what was expected ---

    def _expected(self, f: Finding) -> str:
        parameter = parameter_of(f.component)
        if parameter is None:
            return ""
        path = shorten(f.path, self.prefixes)
        phrases = [
            self._phrase(parameter, value, path) for value in self.shapes.objects(node_of(f.source_shape), parameter)
        ]
        return "; ".join(phrase for phrase in phrases if phrase)

    def _phrase(self, parameter: NamedNode, value: Term, path: str) -> str:
        """Return in words what a parameter of a constraint asks for; ``""`` for a parameter without words."""
        members = self.shapes.members(value) or ()
        if parameter in (SH["or"], SH.xone):
            return _choice(filter(None, map(self._alternative, members)))
        if parameter == SH.nodeKind:
            return _NODE_KINDS.get(value, "")
        is_list = parameter in (SH["in"], SH.languageIn)
        words = _choice(map(self._short, members)) if is_list else self._short(value)
        return _WORDS.get(parameter, "").format(words, path=path)

    def _alternative(self, shape: Term) -> str:
        """Return what one branch of ``sh:or`` asks of the value itself, when it is as simple as that."""
        for parameter in (SH.datatype, SH["class"], SH["in"]):
            for value in self.shapes.objects(shape, parameter):
                if not self.shapes.objects(shape, SH.path):
                    return self._phrase(parameter, value, "")
        return ""

    def _short(self, term: Term) -> str:
        return shorten(plain(term), self.prefixes)

    # --- what may have been meant ---

    def _suggestion(self, f: Finding) -> str:
        namespace = split_iri(f.value or f.path)[0]
        if f.shape == CHECK["undeclared-term"].value and namespace in standard_terms():
            return self.near(f.value or f.path, frozenset(namespace + name for name in standard_terms()[namespace]))
        is_of_path = not f.value and (f.path in f.message or f.shape == CHECK["undeclared-term"].value)
        if is_of_path and f.path not in self.known:
            return self.near(f.path, self.properties)
        if f.component == CHECK["undescribed-thing"].value:
            return self.near(f.value, self.described)
        if f.value in self.known or f.value in self.described or ":" not in f.value:
            return ""
        return self.near(f.value, self.classes if f.path == RDF.type.value else self._options(f.source_shape))

    @cached_property
    def _options(self) -> Callable[[str], frozenset[str]]:
        """What a value that a shape constrains may be: any known term, or a member of the ``sh:in`` of the shape."""

        def options(shape: str) -> frozenset[str]:
            lists = self.shapes.objects(node_of(shape), SH["in"])
            listed = {plain(item) for head in lists for item in self.shapes.members(head) or ()} - self._terms
            return self._terms | listed if listed else self._terms

        return cache(options)

    def near(self, iri: str, options: frozenset[str]) -> str:
        """Return a question that names the most similar of ``options`` in the same namespace, or ``""``.

        The names of ``options`` are indexed once, so pass the same set for each IRI.
        """
        nearest = self._names(options).nearest(iri)
        return f"`{shorten(iri, self.prefixes)}`: did you mean `{shorten(nearest, self.prefixes)}`?" if nearest else ""

    @cached_property
    def _names(self) -> Callable[[frozenset[str]], _Names]:
        return cache(lambda options: _Names(options, self.max_comparisons))

    @cached_property
    def _terms(self) -> frozenset[str]:
        return self.known | self.described

    @cached_property
    def known(self) -> frozenset[str]:
        """The terms that the ontology and its code lists declare."""
        return frozenset(t.subject.value for t in self.ontology if isinstance(t.subject, NamedNode))

    @cached_property
    def properties(self) -> frozenset[str]:
        """The properties that the ontology declares."""
        return self._of_type("Property")

    @cached_property
    def classes(self) -> frozenset[str]:
        """The classes that the ontology declares."""
        return self._of_type("Class")

    def _of_type(self, ending: str) -> frozenset[str]:
        vocabularies = (OWL.iri, RDFS.iri, RDF.iri)
        return frozenset(
            plain(t.subject)
            for t in self.ontology
            if t.predicate == RDF.type and plain(t.object).startswith(vocabularies) and plain(t.object).endswith(ending)
        )

    @cached_property
    def described(self) -> frozenset[str]:
        """The things that the data describe."""
        return self.things.union(t.subject.value for t in self.data if isinstance(t.subject, NamedNode))


class _Names:
    """IRIs by namespace and by local name in lower case, to find the one that another is most similar to."""

    def __init__(self, iris: Iterable[str], max_comparisons: int) -> None:
        self._by_namespace: dict[str, dict[str, str]] = defaultdict(dict)
        for iri in sorted(iris):
            namespace, name = split_iri(iri)
            self._by_namespace[namespace][name.lower()] = iri
        self._nearest: dict[str, str] = {}
        self._comparisons_left = max_comparisons

    def nearest(self, iri: str) -> str:
        """Return the most similar IRI; ``""`` where none is similar, or no comparison is left."""
        if iri not in self._nearest and self._comparisons_left > 0:
            namespace, name = split_iri(iri)
            names = self._by_namespace.get(namespace, {})
            self._comparisons_left -= len(names)
            nearest = (
                _most_similar(name.lower(), names) or _most_similar(name.lower()[::-1], {n[::-1] for n in names})[::-1]
            )
            is_other = _DIGITS.sub("", nearest) == _DIGITS.sub("", name.lower()) != name.lower()  # of a series
            self._nearest[iri] = names[nearest] if nearest and names[nearest] != iri and not is_other else ""
        return self._nearest.get(iri, "")


def _most_similar(name: str, names: Collection[str]) -> str:
    """Return the most similar of the names, or ``""``; parts are compared from the front, so the end may decide."""
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=_MIN_SIMILARITY)), "")


def _choice(options: Iterable[str]) -> str:
    *most, last = [*options] or [""]
    return f"{', '.join(most)} or {last}" if most else last


def split_iri(iri: str) -> tuple[str, str]:
    """Return namespace and local name of an IRI, cut after its last ``#`` or ``/``."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:cut], iri[cut:]
