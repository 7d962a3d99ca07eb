"""Read a TOML file, with the position of a key for messages, which the standard library does not report."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from publisher.errors import ConfigError, SourceError
from publisher.workspace.files import read_text

_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")
_MARKER: Final = "publisher-looks-for-this-key"


@dataclass(frozen=True)
class TomlFile:
    """A parsed file: its text, and its values as ``tomllib`` returns them."""

    path: Path
    text: str
    values: dict[str, Any]

    def position(self, *key: str) -> tuple[int, int] | None:
        """Return line and column, from 1, where a key is first written: where renaming it renames this key."""
        quoted = json.dumps(key[-1], ensure_ascii=False)
        forms = (re.escape(quoted), f"'{re.escape(key[-1])}'", rf"(?<![\w-]){re.escape(key[-1])}(?![\w-])")
        for match in re.finditer("|".join(forms if key[-1] else forms[:2]), self.text):
            before = self.text[: match.start()]
            with suppress(ValueError):  # it is something else, and without it the file is invalid
                table = tomllib.loads(f"{before}{_MARKER}{self.text[match.end() :]}")
                for part in key[:-1]:
                    table = table[part] if isinstance(table.get(part), dict) else {}
                if _MARKER in table:
                    return before.count("\n") + 1, len(before) - before.rfind("\n")
        return None

    def error(self, message: str, *key: str) -> ConfigError:
        """Return an error at a key, or at the nearest table around one that is missing."""
        position = None
        while key and not (position := self.position(*key)):
            key = key[:-1]
        return ConfigError(f"{':'.join(map(str, (self.path, *(position or ()))))}: {message}")

    def refuse_unknown(self, table: Mapping[str, Any], known: Collection[str], *path: str) -> None:
        """Raise ``ConfigError`` at the first key of the table ``path`` that is not known."""
        for key in table:
            if key not in known:
                kind, where = ("key", f" in [{'.'.join(path)}]") if path else ("table", "")
                hint = suggestion(key, known, f"known here: {', '.join(known)}")
                raise self.error(f"unknown {kind} '{key}'{where}; {hint}", *path, key)


def suggestion(name: object, known: Collection[str], otherwise: str) -> str:
    """Return a question about the known name that is most similar, or the text ``otherwise``."""
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean '{near[0]}'?" if near else otherwise


def parse_toml(text: str, path: Path) -> TomlFile:
    r"""Parse a TOML document; ``path`` is for messages. Raises ``ConfigError`` with line and column for invalid TOML.

    >>> file = parse_toml('[stores.a]\nurl = "http://a/"\n[stores.b]\nurl = 1\n', Path("publisher.toml"))
    >>> print(file.error("expected a text", "stores", "b", "url"))
    publisher.toml:4:1: expected a text
    """
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        message, place = str(error), str(path)
        if match := _POSITION.search(message):
            message, place = _POSITION.sub("", message), f"{path}:{match[1]}:{match[2]}"
        raise ConfigError(f"{place}: not valid TOML: {message}") from None


def read_toml(path: Path) -> TomlFile:
    """Parse a TOML file in UTF-8. Raises ``FileNotFoundError``, and ``ConfigError`` for any other fault."""
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        return parse_toml(read_text(path), path)
    except SourceError as error:
        raise ConfigError(str(error)) from None
