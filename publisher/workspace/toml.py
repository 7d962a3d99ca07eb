"""Read a TOML file together with the position of each key, which the standard library does not report.

``tomllib`` parses and validates the file. A second pass over the text, which is then known to be valid, finds the keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from publisher.errors import ConfigError, reason

KeyPath = tuple[str, ...]

# TOML 1.0, section "String"; three quotes end a multi-line string, of which two more may be the last characters.
_TOKEN: Final = re.compile(
    r'''(?P<space>[ \t\r]+|\#[^\n]*)
      | (?P<string>"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5} | \'{3}(?:[^']|'{1,2}(?!'))*+'{3,5}
                 | "(?:[^"\\\n]|\\.)*+" | '[^'\n]*+')
      | (?P<bare>[\w+:-]+)
      | (?P<mark>.)''',
    re.VERBOSE | re.DOTALL,
)
_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True)
class TomlFile:
    """A parsed file: its values as ``tomllib`` returns them, and line and column, from 1, of each key."""

    path: Path
    values: dict[str, Any]
    positions: dict[KeyPath, tuple[int, int]]

    def error(self, message: str, *key: str) -> ConfigError:
        """Return an error at a key, or at the nearest table around one that is missing."""
        while key and key not in self.positions:
            key = key[:-1]
        place = ":".join(map(str, (self.path, *self.positions.get(key, ()))))
        return ConfigError(f"{place}: {message}")


def parse_toml(text: str, path: Path) -> TomlFile:
    r"""Parse a TOML document; ``path`` is for messages. Raises ``ConfigError`` with line and column for invalid TOML.

    >>> file = parse_toml('[stores.a]\nurl = "http://a/"\n[stores.b]\nurl = 1\n', Path("publisher.toml"))
    >>> print(file.error("expected a text", "stores", "b", "url"))
    publisher.toml:4:1: expected a text
    """
    try:
        return TomlFile(path, tomllib.loads(text), _KeyScanner(text).positions)
    except (ValueError, RecursionError) as error:
        message, place = str(error), str(path)
        if match := _POSITION.search(message):
            message, place = _POSITION.sub("", message), f"{path}:{match[1]}:{match[2]}"
        raise ConfigError(f"{place}: not valid TOML: {message}") from None


def read_toml(path: Path) -> TomlFile:
    """Parse a TOML file in UTF-8. Raises ``FileNotFoundError``, and ``ConfigError`` for any other fault."""
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path}: not a regular file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {reason(error)}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    return parse_toml(text, path)


class _KeyScanner:
    """Find the first position of each key in a valid document, by recursive descent over its tokens."""

    def __init__(self, text: str) -> None:
        self.positions: dict[KeyPath, tuple[int, int]] = {}
        self._text = text
        self._tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
        self._next = 0
        table: KeyPath = ()
        while self._peek():
            if self._peek() == "\n":
                self._next += 1
            elif self._peek() == "[":
                self._skip(lambda mark: mark == "[")
                table = self._key(())
                self._skip(lambda mark: mark == "]")
            else:
                self._pair(table)

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _skip(self, is_skipped: Callable[[str], bool]) -> None:
        while self._peek() and is_skipped(self._peek()):
            self._next += 1

    def _key(self, table: KeyPath) -> KeyPath:
        """Read a key, which may be dotted, and note the position of each of its parts."""
        while True:
            token = self._tokens[self._next]
            table = (*table, _unquote(token[0]))
            before = self._text[: token.start()]
            self.positions.setdefault(table, (before.count("\n") + 1, len(before) - before.rfind("\n")))
            self._next += 1
            if self._peek() != ".":
                return table
            self._next += 1

    def _pair(self, table: KeyPath) -> None:
        key = self._key(table)
        self._next += 1  # =
        self._value(key)

    def _value(self, key: KeyPath) -> None:
        if self._peek() == "{":
            self._items("}", lambda: self._pair(key))
        elif self._peek() == "[":
            self._items("]", lambda: self._value(key))
        else:
            self._skip(lambda token: token not in ("\n", ",", "]", "}"))

    def _items(self, end: str, read: Callable[[], None]) -> None:
        self._next += 1
        while True:
            self._skip(lambda token: token in ("\n", ","))
            if self._peek() == end:
                self._next += 1
                return
            read()


def _unquote(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0"))) if key[0] in "\"'" else key
