"""Write Turtle in one layout, made for small diffs and for reading, and keep every comment.

The layout is that of ``data/entities``: the subject, one predicate a line, the full stop on a line of its own, so that
to add a statement is to add a line. Type and labels come first, then what a claim says, then the rest by name.
Subjects keep the order of the author, who groups them; so do the insides of brackets. Literals are never rewritten.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import NamedNode

from publisher.errors import OutputError, SourceError, UsageError, reason
from publisher.rdf.turtle import (
    BlankNodePropertyList,
    Collection,
    Directive,
    Leaf,
    Property,
    Scope,
    SubjectBlock,
    TurtleNode,
    TurtleStatement,
    statements,
)
from publisher.rdf.turtle_tokens import Token, tokens
from publisher.rdf.vocab import RDF, RDFS, SH, STANDARD_PREFIXES, Namespace
from publisher.workspace.atomic import write_atomically
from publisher.workspace.files import read_text
from publisher.workspace.sources import read_triples

_SKOS: Final = Namespace(STANDARD_PREFIXES["skos"])

WIDTH: Final = 110  # columns, in code points
INDENT: Final = "    "

# As one reads: what it is, what it is called, what it says. The rest is sorted by name.
_READING_ORDER: Final[dict[NamedNode, int]] = {
    term: rank
    for rank, term in enumerate(
        [
            RDF.type,
            _SKOS.prefLabel,
            RDFS.label,
            _SKOS.altLabel,
            SH.name,
            RDF.subject,
            RDF.predicate,
            RDF.object,
            SH.path,
        ]
    )
}


def find(paths: Sequence[Path], root: Path) -> list[Path]:
    """Return the Turtle files at the paths, folders searched; without paths, those of the workspace.

    Raises ``UsageError`` at a path that is not there or is no Turtle file.
    """
    found: dict[Path, None] = {}
    for path in paths or [root / "ontology", root / "data"]:
        if path.is_dir():
            found |= dict.fromkeys(sorted(p for p in path.rglob("*.ttl") if p.is_file()))
        elif path.suffix == ".ttl" and path.exists():
            found[path] = None
        elif paths:
            raise UsageError(f"{path}: not a Turtle file (.ttl) or a folder; only Turtle is formatted")
    return list(found)


def rewrite(paths: Iterable[Path], prefixes: dict[str, str], *, check: bool = False) -> list[Path]:
    """Format the files and return those that were not formatted yet; with ``check`` write nothing.

    Raises ``SourceError`` with the place where a file is not Turtle, before any file is written, and
    ``OutputError`` where one cannot be written.
    """
    formatted: dict[Path, str] = {}
    for path in paths:
        read_triples(path, prefixes)  # for its errors: they say more than those of the formatter
        text = read_text(path)
        result = format_text(text, path)
        if result.encode() != path.read_bytes():  # a byte order mark goes, too
            formatted[path] = result
    if not check:
        for path, result in formatted.items():
            try:
                write_atomically(path, result)
            except OSError as error:
                raise OutputError(f"{path}: cannot be written: {reason(error)}; it is as it was") from None
    return list(formatted)


def format_text(text: str, path: Path = Path("-")) -> str:
    """Return the text in the layout of this module.

    Raises ``SourceError`` where the text is not Turtle, and rather than return another graph or lose a comment.
    """
    result = _Printer(text, path).document()
    if _graph(text, path) != _graph(result, path):
        raise SourceError("formatting would change the graph; the file is left as it is. Please report this", path)
    if _comments(text) != _comments(result):
        raise SourceError("formatting would lose a comment; the file is left as it is. Please report this", path)
    return result


def _graph(text: str, path: Path) -> set[ox.Quad]:
    try:
        dataset = ox.Dataset(ox.parse(text.removeprefix("\ufeff"), format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        raise SourceError(str(error.msg), path, error.lineno, error.offset) from None
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def _comments(text: str) -> Counter[str]:
    return Counter(token.text.rstrip() for token in tokens(text) if token.kind == "comment")


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment; ``own`` where it has a line of its own, ``apart`` where a blank line stands before it."""

    offset: int
    text: str
    own: bool
    apart: bool


class _Margin:
    """The comments of a text, each to be taken once, and the tokens before which a blank line stands."""

    def __init__(self, text: str, path: Path) -> None:
        self._comments: list[_Comment] = []
        self._taken: set[int] = set()
        self._next: dict[int, Token] = {}
        self._apart: set[int] = set()
        self._end = len(text) + 1
        self._read(text, path)
        self._offsets = [comment.offset for comment in self._comments]

    def _read(self, text: str, path: Path) -> None:
        previous, line = None, 0
        for token in tokens(text, path):
            if token.line > line + 1:
                self._apart.add(token.offset)
            if token.kind == "comment":
                own = previous is None or token.line > previous.end[0]
                self._comments.append(_Comment(token.offset, token.text.rstrip(), own, token.offset in self._apart))
            else:
                if previous is not None:
                    self._next[previous.offset] = token
                previous = token
            line = token.end[0]

    def is_apart(self, token: Token) -> bool:
        """Tell whether a blank line stands before the token."""
        return token.offset in self._apart

    def has(self, start: Token, end: Token) -> bool:
        """Tell whether a comment that is not taken yet stands between two tokens."""
        return bool(self._between(start.offset, end.offset))

    def take(self, end: Token | None) -> list[_Comment]:
        """Take all that is left before a token, or before the end."""
        return self._take(0, self._end if end is None else end.offset)

    def take_behind(self, last: Token, *separators: str) -> list[_Comment]:
        """Take what belongs to a token: up to the separators that follow, and behind them on their line."""
        start, following = last.offset, self._next.get(last.offset)
        while following is not None and following.kind in separators:
            last, following = following, self._next.get(following.offset)
        found = self._take(start, last.offset)
        for comment in self._between(last.offset, following.offset if following else self._end)[:1]:
            if not comment.own:
                found += self._take(comment.offset, comment.offset + 1)
        return found

    def _between(self, start: int, end: int) -> list[_Comment]:
        found = self._comments[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]
        return [comment for comment in found if comment.offset not in self._taken]

    def _take(self, start: int, end: int) -> list[_Comment]:
        found = self._between(start, end)
        self._taken |= {comment.offset for comment in found}
        return found


_Comments = list[_Comment]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A statement: its text without comments, those above it, the one behind it, and what stood before it."""

    kind: str  # "directive", "line" (fits on one), "block" or "comments"
    body: str
    above: _Comments
    behind: _Comments
    apart: bool  # a blank line stood between the comments above and the statement

    def text(self) -> str:
        """Return the lines; blank lines between comments are kept, one at most."""
        lines: list[str] = []
        for comment in self.above:
            lines += ["", comment.text] if comment.apart and lines else [comment.text]
        if self.kind == "comments":
            return "\n".join(lines) + "\n"
        if self.above and self.apart:
            lines.append("")
        return "\n".join([*lines, _line([], self.body, self.behind, "")]) + "\n"

    @property
    def is_apart(self) -> bool:
        """Tell whether the author set it apart from what is before it."""
        return self.above[0].apart if self.above else self.apart


def _line(above: _Comments, body: str, behind: _Comments, indent: str) -> str:
    """Return the body with its comments; a line holds one behind it, the others go above."""
    lines = [indent + comment.text for comment in (*above, *behind[:-1])]
    lines.append(f"{indent}{body}  {behind[-1].text}" if behind else indent + body)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Item:
    """One of several objects: on one line if it can be, as printed, and its comments."""

    flat: str | None
    body: str
    above: _Comments
    behind: _Comments


class _Printer:
    """Print the statements of one text; whatever prints a node first takes the comments above it."""

    def __init__(self, text: str, path: Path) -> None:
        self._statements = list(statements(text, path))
        self._margin = _Margin(text, path)
        self._scope = Scope(path)
        self._path = path

    def document(self) -> str:
        """Return the whole text."""
        pieces: list[_Piece] = []
        for is_prefix, group in groupby(self._statements, key=_is_prefix):
            found = list(group)
            pieces += self._prefixes(found) if is_prefix else map(self._statement, found)
        if last := self._margin.take(None):
            pieces.append(_Piece("comments", "", last, [], apart=False))
        gaps = ["", *("\n" if _needs_gap(*pair) else "" for pair in pairwise(pieces))]
        return "".join(gap + piece.text() for gap, piece in zip(gaps, pieces, strict=False))

    def _statement(self, statement: TurtleStatement) -> _Piece:
        match statement:
            case Directive():
                return self._directive(statement)
            case SubjectBlock():
                return self._block(statement)
        at = statement.first
        raise SourceError("a graph block; that is TriG, not Turtle", self._path, at.line, at.column)

    def _prefixes(self, group: Iterable[TurtleStatement]) -> list[_Piece]:
        """Sort prefixes that follow each other, unless one is declared twice: the order counts then.

        Comments above the first are about the file, and stay above the first.
        """
        directives = [statement for statement in group if isinstance(statement, Directive)]
        pieces = [self._directive(directive) for directive in directives]
        names = [directive.prefix or "" for directive in directives]
        if len(set(names)) < len(names):
            return pieces
        head = pieces[0]
        pieces[0] = replace(head, above=[], apart=False)
        in_order = [piece for _, piece in sorted(zip(names, pieces, strict=True), key=lambda named: named[0])]
        return [replace(head, kind="comments", body="", behind=[]), *in_order] if head.above else in_order

    def _directive(self, directive: Directive) -> _Piece:
        self._scope.declare(directive)
        first, last = directive.tokens[0], directive.tokens[-1]
        above = self._margin.take(first) + self._margin.take(last)
        name = "base" if directive.prefix is None else f"prefix {directive.prefix}:"
        body = f"@{name} {directive.iri.text} ."
        return _Piece("directive", body, above, self._margin.take_behind(last), self._margin.is_apart(first))

    def _block(self, block: SubjectBlock) -> _Piece:
        first, last = block.subject.first, block.stop or block.subject.last
        above = self._margin.take(first)
        if _is_bare(block.subject):
            above += self._margin.take(block.subject.last)
        line = self._one_line(block, last)
        body = self._several_lines(block, last) if line is None else line
        kind = "block" if line is None else "line"
        return _Piece(kind, body, above, self._margin.take_behind(last), self._margin.is_apart(first))

    def _one_line(self, block: SubjectBlock, stop: Token) -> str | None:
        """Return a statement of one triple that fits on a line: a table of such is better to read than blocks."""
        nodes = [block.subject, *(node for prop in block.properties for node in prop.objects)]
        if len(nodes) > 2 or self._margin.has(block.subject.first, stop):
            return None
        flat = [self._flat(node) for node in nodes]
        verbs = [self._verb(prop) for prop in block.properties]
        line = " ".join([flat[0] or "", *verbs, *(text or "" for text in flat[1:]), "."])
        return line if None not in flat and len(line) <= WIDTH else None

    def _several_lines(self, block: SubjectBlock, stop: Token) -> str:
        subject = self._node(block.subject, "", 0)
        if not block.properties:
            return f"{subject} ."
        behind = self._margin.take_behind(block.subject.last)
        printed = [(self._rank(prop), self._property(prop, INDENT)) for prop in block.properties]
        lines = [text for _, text in sorted(printed, key=lambda ranked: ranked[0])]
        rest = [INDENT + comment.text for comment in self._margin.take(stop)]
        return "\n".join([_line([], subject, behind, ""), *lines, *rest, "."])

    def _rank(self, prop: Property) -> tuple[object, ...]:
        rank = _READING_ORDER.get(self._scope.iri(prop.verb), len(_READING_ORDER))
        return rank, *_natural(prop.verb.first.text)

    def _verb(self, prop: Property) -> str:
        return "a" if self._scope.iri(prop.verb) == RDF.type else prop.verb.first.text

    def _property(self, prop: Property, indent: str) -> str:
        """Return the lines of a predicate with its objects, as many on a line as fit, or one on each."""
        above = self._margin.take(prop.verb.first) + self._margin.take_behind(prop.verb.last)
        if len(prop.objects) > 1:
            return self._several_objects(prop, above, indent)
        verb, node = self._verb(prop), prop.objects[0]
        above += self._margin.take(node.first)
        body = f"{verb} {self._node(node, indent, len(verb) + 1)} ;"
        above += self._margin.take(node.last)
        return _line(above, body, self._margin.take_behind(node.last, ";"), indent)

    def _several_objects(self, prop: Property, above: _Comments, indent: str) -> str:
        verb, last = self._verb(prop), prop.objects[-1].last
        # A comment behind a list on one line is about the list, one behind an object on its own line about that.
        is_line = prop.verb.first.line == last.end[0] and not self._margin.has(prop.verb.last, last)
        behind = self._margin.take_behind(last, ";") if is_line else []
        printed = [(_object_rank(node), self._item(node, indent + INDENT)) for node in prop.objects]
        items = [item for _, item in sorted(printed, key=lambda ranked: ranked[0])]
        if (line := _on_one_line(verb, items, indent)) is not None:
            return _line(above, line, behind or items[-1].behind, indent)
        lines = [
            _line(item.above, f"{item.body} {',' if item is not items[-1] else ';'}", item.behind, indent + INDENT)
            for item in items
        ]
        return "\n".join([_line(above + behind, verb, [], indent), *lines])

    def _item(self, node: TurtleNode, indent: str) -> _Item:
        above = self._margin.take(node.first)
        flat = self._flat(node)
        body = self._node(node, indent, 0)
        above += self._margin.take(node.last)
        return _Item(flat, body, above, self._margin.take_behind(node.last, ",", ";"))

    def _node(self, node: TurtleNode, indent: str, used: int) -> str:
        """Return a node that begins ``used`` columns behind the indent; brackets that do not fit are opened."""
        flat = self._flat(node)
        if isinstance(node, Leaf) or _is_bare(node):
            return flat or _bare(node)
        if flat is not None and len(indent) + used + len(flat) + 2 <= WIDTH:
            return flat
        inner = indent + INDENT
        if isinstance(node, BlankNodePropertyList):
            lines = [self._property(prop, inner) for prop in node.properties]
        else:
            items = [self._item(item, inner) for item in node.items]
            lines = [_line(item.above, item.body, item.behind, inner) for item in items]
        rest = [inner + comment.text for comment in self._margin.take(node.last)]
        return "\n".join([node.first.text, *lines, *rest, indent + node.last.text])

    def _flat(self, node: TurtleNode) -> str | None:
        """Return the node on one line, or None where a comment or a line break is in it."""
        if self._margin.has(node.first, node.last):
            return None
        if isinstance(node, Leaf) or _is_bare(node):
            text = _bare(node)
            return None if "\n" in text or "\r" in text else text
        if isinstance(node, BlankNodePropertyList):
            inner = [self._flat_property(prop) for prop in node.properties]
            return None if None in inner else f"[ {' ; '.join(text or '' for text in inner)} ]"
        inner = [self._flat(item) for item in node.items]
        return None if None in inner else f"( {' '.join(text or '' for text in inner)} )"

    def _flat_property(self, prop: Property) -> str | None:
        objects = [(_object_rank(node), self._flat(node)) for node in prop.objects]
        if any(text is None for _, text in objects):
            return None
        in_order = sorted(objects, key=lambda ranked: ranked[0])
        return f"{self._verb(prop)} {' , '.join(text or '' for _, text in in_order)}"


def _on_one_line(verb: str, items: list[_Item], indent: str) -> str | None:
    if any(item.flat is None or item.above for item in items) or any(item.behind for item in items[:-1]):
        return None
    line = f"{verb} {' , '.join(item.flat or '' for item in items)} ;"
    return line if len(indent) + len(line) <= WIDTH else None


def _is_prefix(statement: TurtleStatement) -> bool:
    return isinstance(statement, Directive) and statement.prefix is not None


def _needs_gap(before: _Piece, piece: _Piece) -> bool:
    """Tell whether a blank line goes between two statements: always, but for declarations and tables."""
    if before.kind == "comments":
        return before.apart or piece.is_apart
    if before.kind == "directive" and piece.kind in ("directive", "comments"):
        return bool(piece.above) and piece.is_apart
    return not (before.kind == piece.kind == "line") or piece.is_apart


def _is_bare(node: TurtleNode) -> bool:
    """Tell whether the node has no parts: a leaf, or empty brackets."""
    match node:
        case BlankNodePropertyList():
            return not node.properties
        case Collection():
            return not node.items
    return True


def _bare(node: TurtleNode) -> str:
    return "".join(token.text for token in node.tokens) if isinstance(node, Leaf) else node.first.text + node.last.text


_DIGITS: Final = re.compile(r"([0-9]+)")


def _natural(text: str) -> tuple[object, ...]:
    """Return a key that sorts ``c2`` before ``c10``."""
    parts = _DIGITS.split(text)
    numbers = [(len(digits.lstrip("0")), digits.lstrip("0")) for digits in parts[1::2]]
    return tuple(chain(*zip(parts[::2], [*numbers, (0, "")], strict=True))), text


def _object_rank(node: TurtleNode) -> tuple[object, ...]:
    """Sort names, then literals by language; brackets come last, in the order of the author."""
    if not isinstance(node, Leaf):
        return (2,)
    if node.first.kind != "string":
        return 0, "", *_natural(node.first.text)
    language = node.last.text if node.last.kind == "at" else ""
    return 1, language, *_natural(_bare(node))
