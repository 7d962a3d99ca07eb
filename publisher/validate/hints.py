"""Say what a shape expected, and what the author may have meant."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.rdf.curies import shorten
from publisher.rdf.vocab import GPS, OWL, RDF, RDFS, SH, Term, plain
from publisher.validate.report import Finding

_LIKENESS: Final = 0.7
_CONSTRAINT: Final = "ConstraintComponent"
_NODE_KINDS: Final = {
    SH.IRI: "an IRI",
    SH.Literal: "a literal",
    SH.BlankNode: "a blank node",
    SH.IRIOrLiteral: "an IRI or a literal",
    SH.BlankNodeOrIRI: "a thing, not a literal",
    SH.BlankNodeOrLiteral: "a literal or a blank node",
}
_WORDS: Final = {
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


class Graph:
    """Triples by subject and predicate, for look-ups in the shapes and the ontology."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[str, NamedNode], list[Term]] = defaultdict(list)
        for t in triples:
            self._objects[_name(t.subject), t.predicate].append(t.object)

    def objects(self, subject: str | Term, predicate: NamedNode) -> list[Term]:
        """Return the objects in the order of the files; ``subject`` is an IRI or a term."""
        return self._objects.get((subject if isinstance(subject, str) else _name(subject), predicate), [])

    def items(self, head: Term) -> Iterator[Term]:
        """Yield the members of an RDF list."""
        seen = set()
        while head not in seen and (first := self.objects(head, RDF.first)):
            seen.add(head)
            yield first[0]
            head = next(iter(self.objects(head, RDF.rest)), RDF.nil)


def _name(term: Term) -> str:
    return f"_:{term.value}" if isinstance(term, BlankNode) else plain(term)


@dataclass(frozen=True)
class Hints:
    """Know what is declared and described, so that a slip of the pen can be told from a wrong idea."""

    prefixes: dict[str, str]
    shapes: Graph
    ontology: tuple[Triple, ...]
    data: tuple[Triple, ...]

    def complete(self, f: Finding) -> Finding:
        """Return the finding with what was expected and the nearest valid alternative, where they are known."""
        expected = f.expected or self._expected(f)
        return replace(f, expected=expected, hint=f.hint or self._slip(f))

    # --- what was expected ---

    def _expected(self, f: Finding) -> str:
        if not f.component.startswith(SH.iri):
            return ""
        name = f.component.removeprefix(SH.iri).removesuffix(_CONSTRAINT)
        parameter = SH[name[:1].lower() + name[1:]]
        path = shorten(f.path, self.prefixes)
        told = [self._value(parameter, value, path) for value in self.shapes.objects(f.shape, parameter)]
        return "; ".join(text for text in told if text)

    def _value(self, parameter: NamedNode, value: Term, path: str) -> str:
        if parameter == SH["in"]:
            return self._choice(self._short(item) for item in self.shapes.items(value))
        if parameter in (SH["or"], SH["xone"]):
            return self._choice(filter(None, (self._alternative(item) for item in self.shapes.items(value))))
        if parameter == SH.nodeKind and isinstance(value, NamedNode):
            return _NODE_KINDS.get(value, "")
        words = _WORDS.get(parameter, "")
        if parameter == SH.languageIn:
            return words.format(self._choice(self._short(item) for item in self.shapes.items(value)))
        return words.format(self._short(value), path=path)

    def _alternative(self, shape: Term) -> str:
        """Return what one branch of ``sh:or`` asks of the value itself, when it is as simple as that."""
        for parameter in (SH.datatype, SH["class"], SH["in"]):
            for value in self.shapes.objects(shape, parameter):
                if not self.shapes.objects(shape, SH.path):
                    return self._value(parameter, value, "")
        return ""

    def _choice(self, options: Iterable[str]) -> str:
        *most, last = [*options] or [""]
        return f"{', '.join(most)} or {last}" if most else last

    def _short(self, term: Term) -> str:
        return shorten(plain(term), self.prefixes)

    # --- what may have been meant ---

    def _slip(self, f: Finding) -> str:
        is_of_path = not f.value and (f.path in f.message or f.shape == GPS.UndeclaredTerm.value)
        if is_of_path and f.path not in self.known:
            return self.near(f.path, self.properties)
        if f.component == GPS.DescribedConstraintComponent.value:
            return self.near(f.value, self.described)
        if f.value in self.known or f.value in self.described or ":" not in f.value:
            return ""
        options = self.classes if f.path == RDF.type.value else self._values(f) | self.known | self.described
        return self.near(f.value, options)

    def _values(self, f: Finding) -> frozenset[str]:
        lists = self.shapes.objects(f.shape, SH["in"])
        return frozenset(plain(item) for head in lists for item in self.shapes.items(head))

    def near(self, iri: str, options: Iterable[str]) -> str:
        """Return a question that names the most similar of ``options`` in the same namespace, or nothing."""
        namespace, name = split(iri)
        names = {split(option)[1]: option for option in sorted(options) if split(option)[0] == namespace}
        folded = {key.lower(): value for key, value in names.items()}
        found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=_LIKENESS)
        if not found or folded[found[0]] == iri:
            return ""
        return f"`{shorten(iri, self.prefixes)}`: did you mean `{shorten(folded[found[0]], self.prefixes)}`?"

    @cached_property
    def known(self) -> frozenset[str]:
        """The terms that the ontology and its code lists declare."""
        return frozenset(t.subject.value for t in self.ontology if isinstance(t.subject, NamedNode))

    @cached_property
    def properties(self) -> frozenset[str]:
        """The properties that the ontology declares."""
        return self._of_kind("Property")

    @cached_property
    def classes(self) -> frozenset[str]:
        """The classes that the ontology declares."""
        return self._of_kind("Class")

    def _of_kind(self, ending: str) -> frozenset[str]:
        kinds = (OWL.iri, RDFS.iri, RDF.iri)
        return frozenset(
            plain(t.subject)
            for t in self.ontology
            if t.predicate == RDF.type and plain(t.object).startswith(kinds) and plain(t.object).endswith(ending)
        )

    @cached_property
    def described(self) -> frozenset[str]:
        """The things that the data describe."""
        return frozenset(t.subject.value for t in self.data if isinstance(t.subject, NamedNode))


def split(iri: str) -> tuple[str, str]:
    """Part an IRI into namespace and local name, after the last ``#`` or ``/``."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:cut], iri[cut:]
