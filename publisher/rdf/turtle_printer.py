"""Print the tokens of a Turtle text with set spaces, indents and length of lines.

Everything else is the author's: the order of statements, objects and items, the lines, the comments and the literals;
but a type declared with ``a`` moves to the front of its statement. See "The layout of Turtle" in docs/workspace.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from publisher.rdf.turtle import (
    BlankNodePropertyList,
    Collection,
    Directive,
    Leaf,
    Property,
    SubjectBlock,
    TurtleNode,
    TurtleStatement,
    parse,
)
from publisher.rdf.turtle_tokens import END, Gap, Token, gaps
from publisher.rdf.vocab import RDF

WIDTH: Final = 120  # columns, in code points
INDENT: Final = "  "
_LINE_END: Final = re.compile(r"[\r\n]")


def print_turtle(source: Sequence[Token], path: Path) -> str:
    """Return the text of the tokens, comments among them, in time linear in their number.

    Raises ``SourceError`` at brackets that are nested too deep.
    """
    return _Printer(source, path).document()


class _Writer:
    """Write words into lines; a comment ends its line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self.indent = 0  # of the current line, in steps
        self.is_ended = False

    @property
    def room(self) -> int:
        """The number of columns that a word on the current line can have."""
        used = len(self._line) - max(self._line.rfind("\n"), self._line.rfind("\r")) - 1
        return WIDTH - used - (0 if self._is_empty else 1)

    @property
    def _is_empty(self) -> bool:
        return not self._line or self._line.isspace()

    def start_line(self, indent: int, blank_lines: int = 0) -> None:
        """Begin a line after so many blank lines; at the beginning of the text there are none."""
        if not self._is_empty:
            self._lines.append(self._line)
        if self._lines:
            self._lines += [""] * blank_lines
        self._line, self.indent, self.is_ended = INDENT * indent, indent, False

    def write(self, text: str) -> None:
        """Write a word, a space before it unless it begins the line."""
        self._line += text if self._is_empty else f" {text}"

    def append(self, separator: str, comment: str) -> None:
        """Write what stands behind a word."""
        self._line += separator
        if comment:
            self._line += f"  {comment}"
            self.is_ended = True

    def pad(self, column: int) -> None:
        """Fill the line with spaces so that the next word begins at the column."""
        self._line = self._line.ljust(column - 2)

    def text(self) -> str:
        """Return the lines."""
        self.start_line(0)
        return "".join(f"{line}\n" for line in self._lines)


class _Printer:
    """Print the statements of one text, each token once."""

    def __init__(self, source: Sequence[Token], path: Path) -> None:
        self._statements = list(parse(source, path))
        self._gaps = gaps(source)
        self._types = {"a", str(RDF.type)}  # the ways to write rdf:type
        self._flat_brackets: dict[int, str | None] = {}
        self._out = _Writer()

    def document(self) -> str:
        """Return the whole text."""
        for above, statement, below in zip(
            (None, *self._statements), self._statements, (*self._statements[1:], None), strict=False
        ):
            if isinstance(statement, Directive):
                self._directive(statement)
            else:
                self._block(statement, self._table_column(above, statement) or self._table_column(statement, below))
        self._comments(self._gaps[END], 0)
        return self._out.text()

    def _table_column(self, upper: TurtleStatement | None, lower: TurtleStatement | None) -> int | None:
        """Return the column of the predicates of two lines of a table: statements of one line each, aligned."""
        columns = {self._verb_column(block) for block in (upper, lower)}
        if len(columns) > 1 or not (isinstance(upper, SubjectBlock) and isinstance(lower, SubjectBlock)):
            return None
        return columns.pop() if lower.subject.first.line == upper.subject.first.line + 1 else None

    def _verb_column(self, block: TurtleStatement | None) -> int | None:
        if not isinstance(block, SubjectBlock) or not isinstance(block.subject, Leaf) or len(block.properties) != 1:
            return None
        (prop,) = block.properties
        flat, column = self._flat_property(prop), prop.verb.first.column
        is_one_line = _is_one_line(block.subject.first, block.stop or block.subject.last)
        return column if is_one_line and flat is not None and column + len(flat) < WIDTH else None

    def _directive(self, directive: Directive) -> None:
        if directive.prefix is not None:
            self._types.discard(f"{directive.prefix}:type")
            self._types |= {f"{directive.prefix}:type"} if directive.iri.text == f"<{RDF.iri}>" else set()
        self._before(self._hoist(directive.tokens), 0, starts_line=True)
        name = "base" if directive.prefix is None else f"prefix {directive.prefix}:"
        self._out.write(f"@{name} {directive.iri.text}")
        self._after(directive.tokens[-1], " .")

    def _block(self, block: SubjectBlock, column: int | None) -> None:
        """Print a subject, its properties and the full stop, which stays on a line of its own."""
        subject, stop, properties = block.subject, block.stop or block.subject.last, self._type_first(block)
        self._before(self._hoist(_tokens(subject)), 0, starts_line=True)
        self._node(subject, "")
        if column is not None:
            self._out.pad(column)
        last = properties[-1].objects[-1].last if properties else subject.last
        is_apart = self._gaps[stop.offset].starts_line or bool(self._gaps[last.offset].behind)
        self._properties(properties, self._breaks(block.properties), 1, " ;" if is_apart else "")
        self._before(stop, 0, starts_line=is_apart, inner=1)
        self._out.write(".")
        self._after(stop, "")

    def _type_first(self, block: SubjectBlock) -> tuple[Property, ...]:
        """Return the properties, types first; but blank nodes keep their order, on which their labels depend."""
        if not _is_iri(block.subject):
            return block.properties
        return tuple(sorted(block.properties, key=lambda prop: not self._is_type(prop)))

    def _is_type(self, prop: Property) -> bool:
        return self._verb(prop) == "a" and all(map(_is_iri, prop.objects))

    def _properties(self, properties: Sequence[Property], breaks: list[bool], indent: int, end: str) -> None:
        """Print properties: a line for each that the author begins a line with, or that does not fit on the line."""
        is_one_line = True
        for number, prop in enumerate(properties):
            flat = self._flat_property(prop)
            width = WIDTH if flat is None else len(flat) + len(" ;")
            starts_line = breaks[number] or not is_one_line or (number > 0 and width > self._out.room)
            is_one_line = width <= (WIDTH - len(INDENT) * indent if starts_line else self._out.room)
            self._property(prop, indent, " ;" if number + 1 < len(properties) else end, starts_line=starts_line)

    def _property(self, prop: Property, indent: int, end: str, *, starts_line: bool) -> None:
        verb = prop.verb.first
        self._before(verb, indent, starts_line=starts_line)
        self._out.write(self._verb(prop))
        self._after(verb, "")
        self._items(prop.objects, indent + 1, " ,", end)

    def _items(self, nodes: Sequence[TurtleNode], indent: int, separator: str, end: str) -> None:
        """Print objects, or the items of a list: in the author's lines; from one that is too long on, filling lines."""
        is_filling = False
        for number, node in enumerate(nodes):
            token = self._hoist(_tokens(node))
            behind = separator if number + 1 < len(nodes) else end
            is_break = self._gaps[token.offset].starts_line and not is_filling
            overflows = not is_break and not self._has_room(node, indent, behind)
            is_filling = is_filling or (overflows and number > 0)
            self._before(token, indent, starts_line=number > 0 and (is_break or overflows))
            self._node(node, behind)

    def _has_room(self, node: TurtleNode, indent: int, separator: str) -> bool:
        """Tell whether the node fits on the line, or is in brackets that must be opened anyway."""
        width = 1
        if isinstance(node, Leaf):
            width = len(_LINE_END.split(node.text, 1)[0]) + len(separator)
        elif (flat := self._flat(node)) and len(INDENT) * indent + len(flat) + len(separator) <= WIDTH:
            width = len(flat) + len(separator)
        return self._out.room >= width

    def _node(self, node: TurtleNode, separator: str) -> None:
        """Print a node; brackets that do not fit on the line are opened, as are those that the author has opened."""
        if isinstance(node, Leaf):
            self._out.write(node.text)
        elif (flat := self._flat(node)) is not None and len(flat) + len(separator) <= self._out.room:
            self._out.write(flat)
        else:
            self._open(node)
        self._after(node.last, separator)

    def _open(self, node: BlankNodePropertyList | Collection) -> None:
        """Print brackets with their content on lines of its own."""
        outer = self._out.indent
        self._out.write(node.first.text)
        self._after(node.first, "")
        if isinstance(node, Collection):
            self._out.start_line(outer + 1)
            self._items(node.items, outer + 1, "", "")
        else:
            breaks = [True, *self._breaks(node.properties)[1:]] if node.properties else []
            self._properties(node.properties, breaks, outer + 1, " ;")
        self._before(node.last, outer, starts_line=True, inner=outer + 1)
        self._out.write(node.last.text)

    def _breaks(self, properties: Sequence[Property]) -> list[bool]:
        """Tell of each property whether the author begins a line with it."""
        return [self._gaps[prop.verb.first.offset].starts_line for prop in properties]

    def _flat(self, node: TurtleNode) -> str | None:
        """Return the text of a node that the author has on one line, or None where it cannot stay there."""
        if not _is_one_line(node.first, node.last):
            return None
        if isinstance(node, Leaf):
            return node.text
        if node.first.offset not in self._flat_brackets:
            self._flat_brackets[node.first.offset] = self._flat_inside(node)
        return self._flat_brackets[node.first.offset]

    def _flat_inside(self, node: BlankNodePropertyList | Collection) -> str | None:
        if isinstance(node, Collection):
            inside, separator = [self._flat(item) for item in node.items], " "
        else:
            inside, separator = [self._flat_property(prop) for prop in node.properties], " ; "
        if None in inside:
            return None
        text = separator.join(filter(None, inside))
        flat = f"{node.first.text} {text} {node.last.text}" if text else node.first.text + node.last.text
        return flat if len(flat) <= WIDTH else None

    def _flat_property(self, prop: Property) -> str | None:
        if not _is_one_line(prop.verb.first, prop.objects[-1].last):
            return None
        objects = [self._flat(node) for node in prop.objects]
        return None if None in objects else f"{self._verb(prop)} {' , '.join(filter(None, objects))}"

    def _verb(self, prop: Property) -> str:
        return "a" if prop.verb.text in self._types else prop.verb.text

    def _hoist(self, parts: Sequence[Token]) -> Token:
        """Move the comments between the tokens of a term above it, and return its first token."""
        gap = self._gaps[parts[0].offset]
        for left, right in pairwise(parts):
            if behind := self._gaps[left.offset].behind:
                gap.above.append((0, behind))
            gap.above += self._gaps[right.offset].above
        return parts[0]

    def _before(self, token: Token, indent: int, *, starts_line: bool, inner: int | None = None) -> None:
        """Print the comments above a token, at ``inner`` steps, and begin its line where it needs one."""
        gap = self._gaps[token.offset]
        self._comments(gap, indent if inner is None else inner)
        if starts_line or gap.above or self._out.is_ended:
            is_closing = inner is not None
            self._out.start_line(indent, 0 if is_closing else min(gap.blank_lines, _most_blank_lines(indent)))

    def _comments(self, gap: Gap, indent: int) -> None:
        for blank_lines, comment in gap.above:
            self._out.start_line(indent, min(blank_lines, _most_blank_lines(indent)))
            self._out.write(comment)

    def _after(self, token: Token, separator: str) -> None:
        self._out.append(separator, self._gaps[token.offset].behind)


def _most_blank_lines(indent: int) -> int:
    return 1 if indent else 2


def _is_one_line(first: Token, last: Token) -> bool:
    return first.line == last.end[0]


def _is_iri(node: TurtleNode) -> bool:
    return isinstance(node, Leaf) and node.first.kind in ("iri", "name")


def _tokens(node: TurtleNode) -> Sequence[Token]:
    return node.tokens if isinstance(node, Leaf) else (node.first,)
