"""Read Turtle and TriG as a syntax tree whose leaves are tokens with positions.

The text is one that pyoxigraph reads, which reports mistakes; here, a token in a wrong place only ends the tree. The
grammar is Turtle 1.1 (W3C Recommendation, 25 February 2014); of the graph blocks of TriG 1.1, the triples are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.errors import SourceError
from publisher.rdf.turtle_tokens import NOWHERE, Token, TokenKind

DEEPEST: Final = 100  # levels of [ ] and ( ); each takes a few frames of Python's stack
_SUBJECTS: Final[tuple[TokenKind, ...]] = ("iri", "name", "blank")
_OBJECTS: Final[tuple[TokenKind, ...]] = (*_SUBJECTS, "string", "word", "integer", "decimal", "double")


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

    @property
    def text(self) -> str:
        """The term as Turtle writes it."""
        return "".join(token.text for token in self.tokens)


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


TurtleStatement = Directive | SubjectBlock


def parse(source: Iterable[Token], path: Path = NOWHERE) -> Iterator[TurtleStatement]:
    """Yield the statements of a text that is split into tokens; comments among them are passed over.

    Raises ``SourceError`` at a token that cannot be there, and below ``DEEPEST`` levels of brackets.
    """
    yield from _Reader(source, path).statements()


class _Reader:
    """Descend recursively."""

    def __init__(self, source: Iterable[Token], path: Path) -> None:
        self._path, self._depth = path, 0
        self._tokens = (token for token in source if token.kind != "comment")
        self._token = Token("end", "", 1, 1, 0, (1, 1))
        self._next()

    def _next(self) -> Token:
        """Return the current token and step to the next."""
        token, following = self._token, next(self._tokens, None)
        self._token = following or Token("end", "", *token.end, token.offset + len(token.text), token.end)
        return token

    def _take(self, *kinds: TokenKind) -> Token:
        if self._token.kind not in kinds:
            raise self._error(f"'{self._token.text[:40]}' cannot be here")
        return self._next()

    def _error(self, message: str) -> SourceError:
        return SourceError(message, self._path, self._token.line, self._token.column)

    def _is_keyword(self, *names: str) -> bool:
        return self._token.kind == "word" and self._token.text.upper() in names

    def statements(self) -> Iterator[TurtleStatement]:
        while self._token.kind != "end":
            if self._token.kind in ("{", "}") or self._is_keyword("GRAPH"):
                self._next()
            elif self._token.kind == "at" or self._is_keyword("PREFIX", "BASE"):
                yield self._directive()
            else:
                subject = self._node(_SUBJECTS)
                if self._token.kind != "{":  # else it names a graph
                    yield self._block(subject)

    def _directive(self) -> Directive:
        """Productions prefixID, base, sparqlPrefix and sparqlBase."""
        keyword = self._next()
        label = (self._next(),) if self._token.kind == "name" else ()
        iri = self._take("iri")
        stop = (self._take("."),) if keyword.kind == "at" else ()
        return Directive((keyword, *label, iri, *stop), label[0].text[:-1] if label else None, iri)

    def _block(self, subject: TurtleNode) -> SubjectBlock:
        properties = self._properties()
        if self._token.kind in ("iri", "blank"):  # the graph, in N-Quads
            self._next()
        return SubjectBlock(subject, properties, None if self._token.kind == "}" else self._take("."))

    def _properties(self) -> tuple[Property, ...]:
        """Production predicateObjectList: semicolons may be repeated and trail."""
        properties = []
        while self._token.kind not in (".", "]", "}"):
            verb, objects = Leaf((self._take("iri", "name", "word"),)), [self._node(_OBJECTS)]
            while self._token.kind == ",":
                self._next()
                objects.append(self._node(_OBJECTS))
            properties.append(Property(verb, tuple(objects)))
            if self._token.kind != ";":
                break
            while self._token.kind == ";":
                self._next()
        return tuple(properties)

    def _node(self, kinds: tuple[TokenKind, ...]) -> TurtleNode:
        if self._token.kind in ("[", "("):
            return self._brackets()
        first = self._take(*kinds)
        if first.kind == "string" and self._token.kind == "at":
            return Leaf((first, self._next()))
        if first.kind == "string" and self._token.kind == "^^":
            return Leaf((first, self._next(), self._take("iri", "name")))
        return Leaf((first,))

    def _brackets(self) -> TurtleNode:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"at most {DEEPEST} levels of brackets are read here")
        first = self._next()
        node: TurtleNode
        if first.kind == "[":
            node = BlankNodePropertyList(first, self._properties(), self._take("]"))
        else:
            items = []
            while self._token.kind != ")":
                items.append(self._node(_OBJECTS))
            node = Collection(first, tuple(items), self._next())
        self._depth -= 1
        return node
