"""Hold what the lints look at: a workspace, the queries beside it, and what is known of their terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import rdflib
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH, SKOS, XSD, DefinedNamespace

from publisher.rdf import vocab
from publisher.rdf.curies import expand, shorten, unescape_name
from publisher.rdf.sparql import declared_prefixes, position_of, tokenize
from publisher.rdf.vocab import GPS, plain
from publisher.validate.hints import Hints, split_iri
from publisher.validate.report import Finding, Severity, relative
from publisher.workspace.config import Config
from publisher.workspace.sources import Source, Workspace

DEPRECATED: Final = "This term is retired and will go with the next major version."

# Vocabularies that are finished: a term that is not in them is a slip of the pen.
_FINISHED: Final[dict[str, type[DefinedNamespace]]] = {
    str(namespace): namespace for namespace in (DCTERMS, OWL, RDF, RDFS, SH, SKOS, XSD)
}
_MEMBERSHIP: Final = re.compile(r"_\d+")

Where = tuple[int, int]


def read_text(path: Path) -> str:
    """Return the text of a file; nothing when it cannot be read, which another check tells."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def finding(name: str, severity: Severity, message: str, focus: str, **more: object) -> Finding:
    """Return a finding of the lint ``name``."""
    component = GPS[f"{name}ConstraintComponent"].value
    blank = Finding(focus, "", component, "", severity, GPS[name].value, message)
    return replace(blank, **more)  # type: ignore[arg-type]  # each caller names fields of Finding


@dataclass(frozen=True)
class Text:
    """A query or a rule as written, with the prefixes that it declares."""

    path: Path
    text: str

    @cached_property
    def tokens(self) -> list[re.Match[str]]:
        """The tokens of the query without its comments."""
        return tokenize(self.text)

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that the query declares."""
        return declared_prefixes(self.text)

    def iris(self) -> Iterator[tuple[str, Where]]:
        """Yield each IRI that the text uses, with line and column; declarations of prefixes are no use."""
        for before, token in zip([None, *self.tokens], self.tokens, strict=False):
            if token.lastgroup == "iri" and not (before and before.lastgroup == "name" and before[0].endswith(":")):
                yield token[0][1:-1], position_of(token)
            elif (
                token.lastgroup == "name"
                and not (before and before[0].upper() == "PREFIX")
                and (iri := expand(unescape_name(token[0].rstrip(".")), self.prefixes))
            ):
                yield iri, position_of(token)


@dataclass(frozen=True)
class LintContext:
    """The workspace, the queries beside it, and what is known of their terms."""

    config: Config
    workspace: Workspace
    hints: Hints
    queries: tuple[Text, ...]

    @cached_property
    def rules(self) -> tuple[Text, ...]:
        """The rules of the workspace."""
        return tuple(Text(rule.path, rule.text) for rule in self.workspace.rules)

    @cached_property
    def shapes(self) -> tuple[Source, ...]:
        """The shapes of all stages."""
        return self.workspace.shapes.all

    @cached_property
    def declared(self) -> frozenset[str]:
        """What the ontology and the shapes of the workspace describe."""
        return self.hints.known | {plain(t.subject) for source in self.shapes for t in source.triples}

    @cached_property
    def own(self) -> frozenset[str]:
        """The namespaces of the ontologies and shapes of the workspace."""
        axioms = (*self.hints.ontology, *(t for source in self.shapes for t in source.triples))
        heads = {plain(t.subject) for t in axioms if t.predicate == vocab.RDF.type and t.object == vocab.OWL.Ontology}
        return frozenset(n for n in {split_iri(iri)[0] for iri in self.declared} if n[:-1] in heads or n in heads)

    @cached_property
    def retired(self) -> dict[str, str]:
        """The terms that go, and what takes their place."""
        axioms = self.hints.ontology
        gone = {t.subject for t in axioms if t.predicate == vocab.OWL.deprecated and plain(t.object) == "true"}
        heirs = {t.subject: plain(t.object) for t in axioms if t.predicate == vocab.DCTERMS.isReplacedBy}
        return {plain(term): heirs.get(term, "") for term in gone}

    def heir(self, iri: str) -> str:
        """Return what to write instead of a retired term, if the ontology says so."""
        heir = self.retired[iri]
        return f"write {self.short(heir)} instead" if heir else ""

    def is_unknown(self, iri: str) -> bool:
        """Tell whether a term is certainly a slip: of our ontology, but not declared, or of no finished vocabulary."""
        namespace, name = split_iri(iri)
        if not name or _MEMBERSHIP.fullmatch(name):
            return False
        if namespace in self.own:
            return iri not in self.declared
        finished = _FINISHED.get(namespace)
        return finished is not None and rdflib.URIRef(iri) not in finished

    def short(self, iri: str) -> str:
        """Return the IRI as people write it."""
        return shorten(iri, self.config.prefixes)

    def iris(self) -> Iterator[tuple[Text, str, Where]]:
        """Yield the IRIs of all rules and queries."""
        for text in (*self.rules, *self.queries):
            for iri, place in text.iris():
                yield text, iri, place

    def at(
        self, text: Text, place: Where, name: str, severity: Severity, message: str, value: str = "", **more: str
    ) -> Finding:
        """Return a finding about a place in a query or a rule."""
        focus, (line, column) = relative(text.path, self.config.root), place
        return finding(name, severity, message, focus, value=value, file=text.path, line=line, column=column, **more)
