"""Split Turtle and TriG into tokens with their positions (Turtle 1.1, section 6.5, terminals)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal

from publisher.errors import SourceError

TokenKind = Literal[
    "comment", "iri", "name", "blank", "at", "string", "double", "decimal", "integer", "word", "end",
    "^^", ".", ";", ",", "[", "]", "(", ")", "{", "}",
]  # fmt: skip

END: Final = -1  # the offset of the end of the text
NOWHERE: Final = Path("-")

# Terminals, section 6.5 of the grammar; possessive where a token cannot end earlier.
PN_CHARS_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
PN_CHARS: Final = rf"{PN_CHARS_BASE}_0-9\-\u00b7\u0300-\u036f\u203f-\u2040"
PN_LOCAL_ESC: Final = r"\\[_~.\-!$&'()*+,;=/?#@%]"
_PLX: Final = rf"%[0-9A-Fa-f]{{2}}|{PN_LOCAL_ESC}"
_PREFIX: Final = rf"[{PN_CHARS_BASE}](?:\.*+[{PN_CHARS}])*"
_LOCAL: Final = rf"(?:[{PN_CHARS_BASE}_:0-9]|{_PLX})(?:\.*+(?:[{PN_CHARS}:]|{_PLX}))*"
_TERMINALS: Final[dict[str, str]] = {
    "space": r"[ \t\r\n]++",
    "comment": r"#[^\r\n]*+",
    "iri": r"""<(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>""",
    "string": (
        r'"""(?:"{0,2}(?:[^"\\]|\\.))*+"""|' + r"'''(?:'{0,2}(?:[^'\\]|\\.))*+'''|"
        r'"(?!"")(?:[^"\\\r\n]|\\.)*+"|' + r"'(?!'')(?:[^'\\\r\n]|\\.)*+'"
    ),
    "blank": rf"_:[{PN_CHARS_BASE}_0-9](?:\.*+[{PN_CHARS}])*",
    "name": rf"(?:{_PREFIX})?:(?:{_LOCAL})?",
    "at": r"@[A-Za-z]++(?:-[A-Za-z0-9]++)*+",
    "double": r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+",
    "decimal": r"[+-]?[0-9]*\.[0-9]+",
    "integer": r"[+-]?[0-9]+",
    "word": r"[A-Za-z]++",
    "mark": r"\^\^|[.;,\[\](){}]",
}
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as written; line and column count from 1, the column and the offset in code points.

    A byte order mark counts for the offset, not for the column: no editor shows it.
    """

    kind: TokenKind
    text: str
    line: int
    column: int
    offset: int
    end: tuple[int, int]  # line and column of the first character after the token


def tokens(text: str, path: Path = NOWHERE) -> Iterator[Token]:
    """Yield all tokens, comments included, white space left out.

    Raises ``SourceError`` at the first character that begins no token.
    """
    start = 1 if text.startswith("\ufeff") else 0
    offset, line, line_start = start, 1, start
    token = _token_pattern()
    while offset < len(text):
        match = token.match(text, offset)
        if match is None:
            raise SourceError(_no_token(text, offset), path, line, offset - line_start + 1)
        kind, value, end = match.lastgroup, match.group(), match.end()
        first_line, column = line, offset - line_start + 1
        if kind == "string" or (kind == "space" and value != " "):
            for line_end in _LINE_END.finditer(value):
                line, line_start = line + 1, offset + line_end.end()
        if kind != "space":
            name = value if kind == "mark" else kind
            yield Token(name, value, first_line, column, offset, (line, end - line_start + 1))  # type: ignore[arg-type]
        offset = end


@cache
def _token_pattern() -> re.Pattern[str]:
    """Compile the pattern when it is first needed: that takes 20 ms, and many commands read no token."""
    return re.compile("|".join(f"(?P<{kind}>{terminal})" for kind, terminal in _TERMINALS.items()), re.DOTALL)


def _no_token(text: str, offset: int) -> str:
    match text[offset]:
        case '"' | "'":
            return "a string that does not end; close it with the quotation mark that it begins with"
        case "<":
            return "not an IRI: it holds a character that an IRI cannot have, or does not end with '>'"
        case other:
            return f"no token of Turtle begins with {other!r}"


@dataclass(slots=True)
class Gap:
    """The space around a token: what precedes it, and the comment that ends its line.

    Semicolons and commas do not count as tokens here, since they are printed anew.
    """

    above: list[tuple[int, str]] = field(default_factory=list)  # comments, with the number of blank lines before each
    blank_lines: int = 0  # between the comments and the token
    starts_line: bool = False
    behind: str = ""


def gaps(source: Iterable[Token]) -> dict[int, Gap]:
    """Return the gaps of the tokens by their offsets; that at ``END`` precedes the end of the text."""
    by_offset: dict[int, Gap] = {}
    gap, last, line, code_line = Gap(), Gap(), 0, 0
    for token in source:
        blank_lines = max(token.line - line - 1, 0)
        if token.kind == "comment":
            if token.line > line or gap.above or last.behind:
                gap.above.append((blank_lines, token.text.rstrip()))
            else:
                last.behind = token.text.rstrip()
        else:
            gap.blank_lines = blank_lines if gap.above else max(blank_lines, gap.blank_lines)
            if token.kind not in (";", ","):
                gap.starts_line = token.line > code_line
                by_offset[token.offset] = last = gap
                gap, code_line = Gap(), token.end[0]
        line = token.end[0]
    by_offset[END] = gap
    return by_offset
