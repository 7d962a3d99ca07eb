"""Parse Turtle and TriG into a syntax tree whose leaves are tokens with positions.

The grammar is Turtle 1.1 (W3C Recommendation, 25 February 2014); TriG 1.1 adds graph blocks. ``Scope`` resolves a leaf
to its term. Every text that pyoxigraph accepts is parsed, down to ``DEEPEST`` levels of brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode

from publisher.errors import SourceError
from publisher.rdf.turtle_tokens import Token, TokenKind, tokens, unescape
from publisher.rdf.vocab import RDF, XSD, Term

T = TypeVar("T", bound=Term)

DEEPEST: Final = 100  # levels of [ ] and ( ); each takes a few frames of Python's stack
_NOWHERE: Final = Path("-")
_NUMBERS: Final[dict[TokenKind, NamedNode]] = {"integer": XSD.integer, "decimal": XSD.decimal, "double": XSD.double}


@dataclass(frozen=True, slots=True)
class Leaf:
    """An IRI, a labelled blank node or a literal: one token, or more for a tag or a datatype."""

    tokens: tuple[Token, ...]

    @property
    def first(self) -> Token:
        """The token that it begins with."""
        return self.tokens[0]

    @property
    def last(self) -> Token:
        """The token that it ends with."""
        return self.tokens[-1]


@dataclass(frozen=True, slots=True)
class BlankNodePropertyList:
    """``[ … ]``: a blank node and its properties (productions blankNodePropertyList and ANON)."""

    first: Token
    properties: tuple[Property, ...]
    last: Token


@dataclass(frozen=True, slots=True)
class Collection:
    """``( … )``: a list (production collection)."""

    first: Token
    items: tuple[TurtleNode, ...]
    last: Token


TurtleNode = Leaf | BlankNodePropertyList | Collection


@dataclass(frozen=True, slots=True)
class Property:
    """A predicate and its objects (productions verb and objectList)."""

    verb: Leaf
    objects: tuple[TurtleNode, ...]


@dataclass(frozen=True, slots=True)
class SubjectBlock:
    """A subject and its properties (production triples); ``stop`` is the full stop, which TriG may omit."""

    subject: TurtleNode
    properties: tuple[Property, ...]
    stop: Token | None


@dataclass(frozen=True, slots=True)
class Directive:
    """A prefix, or the base where ``prefix`` is None (production directive), in either style."""

    tokens: tuple[Token, ...]
    prefix: str | None
    iri: Token


@dataclass(frozen=True, slots=True)
class GraphBlock:
    """``{ … }`` with or without a label (TriG, productions wrappedGraph and block)."""

    label: TurtleNode | None
    first: Token
    blocks: tuple[SubjectBlock, ...]
    last: Token


TurtleStatement = Directive | SubjectBlock | GraphBlock


def statements(text: str, path: Path = _NOWHERE) -> Iterator[TurtleStatement]:
    """Yield directives, subject blocks and graph blocks (production turtleDoc; in TriG, trigDoc).

    Raises ``SourceError`` with line and column where the text leaves the grammar; ``path`` is for its message.
    """
    yield from parse(tokens(text, path), path)


def parse(source: Iterable[Token], path: Path = _NOWHERE) -> Iterator[TurtleStatement]:
    """Yield the statements of a text that is split into tokens; comments among them are passed over."""
    reader = _Reader(source, path)
    while reader.kind != "end":
        yield reader.statement()


class _Reader:
    """Descend recursively, one method for each production."""

    def __init__(self, source: Iterable[Token], path: Path) -> None:
        self._path = path
        self._tokens = (token for token in source if token.kind != "comment")
        self._depth = 0
        self._token = Token("end", "", 1, 1, 0, (1, 1))
        self._next()

    @property
    def kind(self) -> TokenKind:
        return self._token.kind

    def _next(self) -> Token:
        """Return the current token and step to the next."""
        token, following = self._token, next(self._tokens, None)
        self._token = following or Token("end", "", *token.end, token.offset + len(token.text), token.end)
        return token

    def _take(self, *kinds: TokenKind, expected: str) -> Token:
        if self.kind not in kinds:
            raise self._error(expected)
        return self._next()

    def _error(self, expected: str) -> SourceError:
        found = f"'{self._token.text[:40]}'" if self.kind != "end" else "the end of the file"
        return SourceError(f"found {found}, expected {expected}", self._path, self._token.line, self._token.column)

    def statement(self) -> TurtleStatement:
        """Production statement, and block of TriG."""
        token = self._token
        if token.kind == "at" or (token.kind == "word" and token.text.upper() in ("PREFIX", "BASE")):
            return self._directive()
        if token.kind == "{":
            return self._graph(None)
        if token.kind == "word" and token.text.upper() == "GRAPH":
            self._next()
            return self._graph(self._subject())
        subject = self._subject()
        return self._graph(subject) if self.kind == "{" else self._block(subject)

    def _directive(self) -> Directive:
        """Productions prefixID, base, sparqlPrefix and sparqlBase."""
        keyword = self._next()
        parts, name, prefix = [keyword], keyword.text.upper().lstrip("@"), None
        if name == "PREFIX":
            label = self._take("name", expected="a prefix with its colon")
            parts.append(label)
            prefix = label.text[:-1]
            if ":" in prefix or not label.text.endswith(":"):
                raise SourceError("a prefix ends with its colon", self._path, label.line, label.column)
        elif name != "BASE":
            raise SourceError("expected @prefix or @base", self._path, keyword.line, keyword.column)
        iri = self._take("iri", expected="an IRI in angle brackets")
        parts.append(iri)
        if keyword.kind == "at":
            parts.append(self._take(".", expected="'.' after the directive"))
        return Directive(tuple(parts), prefix, iri)

    def _graph(self, label: TurtleNode | None) -> GraphBlock:
        """Production wrappedGraph of TriG; the last full stop may be missing."""
        first, blocks = self._take("{", expected="'{'"), []
        while self.kind != "}":
            blocks.append(self._block(self._subject(), in_graph=True))
        return GraphBlock(label, first, tuple(blocks), self._next())

    def _block(self, subject: TurtleNode, *, in_graph: bool = False) -> SubjectBlock:
        """Production triples: only ``[ … ]`` may do without predicates."""
        bare = isinstance(subject, BlankNodePropertyList) and bool(subject.properties) and self.kind in (".", "}")
        properties = () if bare else self._properties()
        if in_graph and self.kind == "}":
            return SubjectBlock(subject, properties, None)
        return SubjectBlock(subject, properties, self._take(".", expected="';', ',' or '.'"))

    def _properties(self) -> tuple[Property, ...]:
        """Production predicateObjectList: semicolons may be repeated and trail."""
        properties = [Property(self._verb(), self._objects())]
        while self.kind == ";":
            while self.kind == ";":
                self._next()
            if self.kind in (".", "]", "}"):
                break
            properties.append(Property(self._verb(), self._objects()))
        return tuple(properties)

    def _verb(self) -> Leaf:
        """Production verb."""
        if self.kind == "word" and self._token.text == "a":
            return Leaf((self._next(),))
        return Leaf((self._take("iri", "name", expected="a predicate: an IRI, a prefixed name or 'a'"),))

    def _objects(self) -> tuple[TurtleNode, ...]:
        """Production objectList."""
        objects = [self._object()]
        while self.kind == ",":
            self._next()
            objects.append(self._object())
        return tuple(objects)

    def _subject(self) -> TurtleNode:
        """Production subject."""
        if self.kind in ("[", "("):
            return self._nested()
        return Leaf((self._take("iri", "name", "blank", expected="a subject: an IRI, a name or a blank node"),))

    def _object(self) -> TurtleNode:
        """Production object."""
        if self.kind in ("[", "("):
            return self._nested()
        if self.kind == "string":
            return self._literal()
        if self.kind == "word" and self._token.text not in ("true", "false"):
            raise self._error("an object; a name without a prefix is none")
        return Leaf((self._take("iri", "name", "blank", "word", *_NUMBERS, expected="an object"),))

    def _literal(self) -> Leaf:
        """Production RDFLiteral."""
        string = self._next()
        if self.kind == "at":
            return Leaf((string, self._next()))
        if self.kind == "^^":
            return Leaf((string, self._next(), self._take("iri", "name", expected="the IRI of a datatype")))
        return Leaf((string,))

    def _nested(self) -> TurtleNode:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"at most {DEEPEST} levels of brackets")
        node = self._property_list() if self.kind == "[" else self._collection()
        self._depth -= 1
        return node

    def _property_list(self) -> BlankNodePropertyList:
        """Productions blankNodePropertyList and ANON."""
        first = self._next()
        properties = () if self.kind == "]" else self._properties()
        return BlankNodePropertyList(first, properties, self._take("]", expected="';', ',' or ']'"))

    def _collection(self) -> Collection:
        """Production collection."""
        first, items = self._next(), []
        while self.kind != ")":
            items.append(self._object())
        return Collection(first, tuple(items), self._next())


class Scope:
    """Resolve leaves to terms under the prefixes and the base declared so far (section 6.3 and 2.4)."""

    def __init__(self, path: Path = _NOWHERE) -> None:
        self._path = path
        self._base: str | None = None
        self._prefixes: dict[str, str] = {}

    def declare(self, directive: Directive) -> None:
        """Take a prefix or a base into account from here on."""
        iri = self._at(directive.iri, lambda: self._iri(directive.iri.text)).value
        if directive.prefix is None:
            self._base = iri
        else:
            self._prefixes[directive.prefix] = iri

    def term(self, leaf: Leaf) -> NamedNode | BlankNode | ox.Literal:
        """Return the term that the leaf stands for; labels of blank nodes get ``l-`` in front.

        Raises ``SourceError`` at a prefix without declaration and at what is no IRI, language tag or escape.
        """
        return self._at(leaf.first, lambda: self._term(leaf))

    def iri(self, leaf: Leaf) -> NamedNode:
        """Return the IRI that the leaf, a predicate, stands for."""
        first = leaf.first
        return self._at(first, lambda: RDF.type if first.text == "a" else self._iri(first.text))

    def _at(self, token: Token, resolve: Callable[[], T]) -> T:
        try:
            return resolve()
        except (ValueError, SyntaxError) as error:
            raise SourceError(str(error), self._path, token.line, token.column) from None

    def _term(self, leaf: Leaf) -> NamedNode | BlankNode | ox.Literal:
        kind, text = leaf.first.kind, leaf.first.text
        match kind:
            case "iri" | "name":
                return self._iri(text)
            case "blank":
                return BlankNode(f"l-{text[2:]}")
            case "string":
                return self._literal(leaf)
            case "integer" | "decimal" | "double":
                return ox.Literal(text, datatype=_NUMBERS[kind])
        return ox.Literal(text, datatype=XSD.boolean)

    def _literal(self, leaf: Leaf) -> ox.Literal:
        text = leaf.first.text
        quotes = 3 if text.startswith(('"""', "'''")) else 1
        value = unescape(text[quotes:-quotes])
        match leaf.tokens[1:]:
            case (tag,):
                return ox.Literal(value, language=tag.text[1:])
            case (_, datatype):
                return ox.Literal(value, datatype=self._iri(datatype.text))
        return ox.Literal(value)

    def _iri(self, text: str) -> NamedNode:
        if text.startswith("<"):
            return _resolved(unescape(text[1:-1]), self._base)
        prefix, _, local = text.partition(":")
        if prefix not in self._prefixes:
            raise ValueError(f"the prefix '{prefix}:' is not declared")
        return NamedNode(self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local))


@lru_cache(maxsize=4096)
def _resolved(reference: str, base: str | None) -> NamedNode:
    """Resolve a reference as pyoxigraph does (RFC 3986, section 5.2): the standard library differs."""
    line = f"<{_escaped(reference)}> <urn:x> <urn:x> ."
    subject = next(iter(ox.parse(line, format=ox.RdfFormat.TURTLE, base_iri=base))).subject
    if not isinstance(subject, NamedNode):
        raise TypeError(f"not an IRI: {reference!r}")
    return subject


def _escaped(reference: str) -> str:
    """Escape the characters that an IRI cannot contain, so that they cannot end it."""
    return re.sub(r'[\x00-\x20<>"{}|^`\\]', lambda m: f"\\u{ord(m[0]):04X}", reference)
