"""What lints look at: the workspace, its queries, and the vocabularies whose terms they may use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import Triple

from publisher.errors import SourceError
from publisher.query.files import Query, parse_query
from publisher.rdf import vocab
from publisher.rdf.curies import expand, shorten, unescape_name
from publisher.rdf.safety import check_syntax
from publisher.rdf.sparql import declared_prefixes, position_of, syntax_error, tokenize, unsupported
from publisher.rdf.vocab import CHECK, plain
from publisher.validate.hints import Hints, split_iri, standard_terms
from publisher.validate.report import Finding, Severity, relative
from publisher.workspace.config import Config
from publisher.workspace.files import read_text
from publisher.workspace.pages.markdown import MarkdownPage
from publisher.workspace.sources import Source, Workspace
from publisher.workspace.time_limit import limited_time

DEPRECATED: Final = "This term is retired and will go with the next major version."

_MEMBERSHIP: Final = re.compile(r"_\d+")


@dataclass(frozen=True)
class Problem:
    """What a lint found, before it gets the id and the severity of the lint; the fields are those of a ``Finding``."""

    focus: str
    message: str
    path: str = ""
    value: str = ""
    file: Path | None = None
    line: int | None = None
    column: int | None = None
    expected: str = ""
    hint: str = ""


@dataclass(frozen=True)
class FindingKind:
    """A kind of finding that no shape defines; ``description`` is one sentence that says what was found.

    ``find`` finds it in a ``LintContext``; ``is_of_triples`` tells that it looks at one triple at a time, whatever else
    the data are.
    """

    id: str
    severity: Severity
    description: str
    find: Callable[[LintContext], Iterable[Problem]] | None = None
    is_of_triples: bool = False

    def finding(self, problem: Problem) -> Finding:
        """Return a problem as a finding of this kind."""
        check = CHECK[self.id].value
        return Finding(component=check, severity=self.severity, shape=check, **vars(problem))


def finds(
    check: str, severity: Severity, *, is_of_triples: bool = False
) -> Callable[[Callable[[LintContext], Iterable[Problem]]], FindingKind]:
    """Return a decorator that makes a kind of a function; its description is the docstring of the function."""
    return lambda find: FindingKind(check, severity, find.__doc__ or "", find, is_of_triples)


@dataclass(frozen=True)
class QueryText:
    """A query or a rule as written."""

    path: Path
    text: str

    @cached_property
    def parsed(self) -> Query | SourceError:
        """The query with its header, or why it cannot be read."""
        try:
            query = parse_query(self.text, self.path)
            with limited_time(self.path):
                check_syntax(self.text, self.path)
        except SourceError as error:
            return error
        except SyntaxError as error:
            return syntax_error(error, self.path, self.text)
        except RuntimeError as error:
            return unsupported(error, self.text, self.path)
        return query

    @cached_property
    def iris(self) -> tuple[tuple[str, tuple[int, int]], ...]:
        """Each IRI that the query uses, with line and column; the declaration of a prefix is no use.

        >>> text = "PREFIX e: <http://e/> SELECT * { ?s e:p <http://e/o> }"
        >>> QueryText(Path("q.rq"), text).iris
        (('http://e/p', (1, 37)), ('http://e/o', (1, 41)))
        """
        uses, tokens, prefixes = list[tuple[str, tuple[int, int]]](), tokenize(self.text), declared_prefixes(self.text)
        for before, token in zip([None, *tokens], tokens, strict=False):
            if token.lastgroup == "iri" and not (before and before.lastgroup == "name" and before[0].endswith(":")):
                uses.append((token[0][1:-1], position_of(token)))
            elif (
                token.lastgroup == "name"
                and not (before and before[0].upper() == "PREFIX")
                and (iri := expand(unescape_name(token[0].rstrip(".")), prefixes))
            ):
                uses.append((iri, position_of(token)))
        return tuple(uses)


# Several lints, in several contexts, look at the tokens of the same texts.
query_text: Final = lru_cache(maxsize=1024)(QueryText)


@dataclass(frozen=True)
class Vocabulary:
    """The terms that a workspace may use: those of its ontology and shapes, and those of finished standards."""

    ontology: tuple[Triple, ...]
    shapes: tuple[Triple, ...]

    @cached_property
    def declared(self) -> frozenset[str]:
        """What the ontology and the shapes describe."""
        return frozenset(plain(t.subject) for t in (*self.ontology, *self.shapes))

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """The namespaces of the ontologies and of the shapes graphs that have a name."""
        triples = (*self.ontology, *self.shapes)
        named = {plain(t.subject) for t in triples if t.predicate == vocab.RDF.type and t.object == vocab.OWL.Ontology}
        return frozenset(n for n in {split_iri(iri)[0] for iri in self.declared} if n[:-1] in named or n in named)

    def is_thing(self, config: Config, iri: str) -> bool:
        """Tell whether an IRI is one of the dataset for a thing: none of its graphs, ontologies, shapes and terms."""
        if iri.startswith(config.things):
            return True
        is_of_base = iri.startswith(config.base) and iri != config.base and not iri.startswith(config.graph(""))
        return is_of_base and iri not in self.declared and split_iri(iri)[0] not in self.namespaces

    @cached_property
    def replacements(self) -> dict[str, str]:
        """The deprecated terms, each with the term that replaces it, or ``""``."""
        deprecated = {
            t.subject for t in self.ontology if t.predicate == vocab.OWL.deprecated and plain(t.object) == "true"
        }
        replaced = {t.subject: plain(t.object) for t in self.ontology if t.predicate == vocab.DCTERMS.isReplacedBy}
        return {plain(term): replaced.get(term, "") for term in deprecated}

    def lacks(self, iri: str) -> bool:
        """Tell whether a term is certainly wrong: in a namespace of the workspace or of a standard, but not declared.

        >>> rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        >>> [Vocabulary((), ()).lacks(iri) for iri in (rdf + "typ", rdf + "type", "http://schema.org/typ")]
        [True, False, False]
        """
        namespace, name = split_iri(iri)
        if not name or _MEMBERSHIP.fullmatch(name):
            return False
        if namespace in self.namespaces:
            return iri not in self.declared
        names = standard_terms().get(namespace)
        return names is not None and name not in names


class PrefixDeclaration(NamedTuple):
    """A prefix that a file declares, with its place."""

    file: Path
    prefix: str
    namespace: str
    line: int
    column: int


@dataclass(frozen=True)
class LintContext:
    """A workspace, the queries and pages beside it, and its vocabulary.

    ``declarations`` are those of the data files that publisher.toml does not have.
    """

    config: Config
    workspace: Workspace
    hints: Hints
    queries: tuple[QueryText, ...]
    pages: tuple[MarkdownPage, ...] = ()
    declarations: tuple[PrefixDeclaration, ...] = ()

    @cached_property
    def blocks(self) -> tuple[QueryText, ...]:
        """The queries that are written in pages, each at its place in the file."""
        blocks = ((page.path, block) for page in self.pages for block in page.queries.values())
        return tuple(query_text(path, block.in_place(self.config.prefixes)) for path, block in blocks if not block.call)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms that data, shapes, rules and queries may use."""
        return Vocabulary(self.hints.ontology, tuple(self.hints.shapes.triples))

    @cached_property
    def shapes(self) -> tuple[Source, ...]:
        """The shapes graphs of all stages."""
        return self.workspace.shapes.written

    @cached_property
    def rules(self) -> tuple[QueryText, ...]:
        """The rules of the workspace."""
        return tuple(query_text(rule.path, rule.text) for rule in self.workspace.rules)

    def is_thing(self, iri: str) -> bool:
        """Tell whether an IRI is one of the dataset for a thing."""
        return self.vocabulary.is_thing(self.config, iri)

    def short(self, iri: str) -> str:
        """Return an IRI as people write it."""
        return shorten(iri, self.config.prefixes)

    def iris(self) -> Iterator[tuple[QueryText, str, tuple[int, int]]]:
        """Yield the IRIs that rules, and queries in files and pages, use, with line and column."""
        for query in (*self.rules, *self.queries, *self.blocks):
            for iri, place in query.iris:
                yield query, iri, place

    def replacement_hint(self, iri: str) -> str:
        """Return what to write instead of a deprecated term, or ``""`` where the ontology does not say."""
        replacement = self.vocabulary.replacements[iri]
        return f"write {self.short(replacement)} instead" if replacement else ""

    def problem(
        self, of: QueryText | MarkdownPage, place: tuple[int, int], message: str, value: str = "", hint: str = ""
    ) -> Problem:
        """Return a problem of a rule, a query or a page, which is its focus, at a line and column."""
        focus, (line, column) = relative(of.path, self.config.root), place
        return Problem(focus, message, value=value, file=of.path, line=line, column=column, hint=hint)


def text_of(path: Path) -> str:
    """Return the text of a file; ``""`` when it cannot be read, which is reported where sources are read."""
    try:
        return read_text(path)
    except SourceError:
        return ""
