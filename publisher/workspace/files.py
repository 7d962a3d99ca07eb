"""Find the files that people wrote, and read their text; nothing is passed over without a word but prose and drafts."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from publisher.errors import SourceError, reason

_PROSE: Final = (".md", ".txt")

_Place = tuple[int, int]


def find(folder: Path, *, recursive: bool = False) -> list[Path]:
    """Return what is in a folder, without its folders, in order; one that is not there holds nothing.

    Prose, hidden files and backups are left out. With ``recursive`` folders in it are searched too, links included.
    Raises ``SourceError`` for what cannot be looked into: no permission, a link to nothing or in a circle, a file
    in the place of a folder, and a name that is not UTF-8.
    """
    return sorted(_walk(folder, recursive, ())) if os.path.lexists(folder) else []


def names_in(root: Path) -> Callable[[Path], str]:
    """Return what gives the path from ``root`` of a file below it, with ``/``; for thousands of files."""
    start = len(os.fspath(root / "x")) - 1
    return lambda path: os.fspath(path)[start:].replace(os.sep, "/")


def _walk(folder: Path, recursive: bool, above: tuple[_Place, ...]) -> Iterator[Path]:
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            raise SourceError("the link leads back to a folder around it; remove it", folder)
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError as error:
        raise _unreachable(error, folder) from None
    for entry in entries:
        if _is_ignored(entry.name):
            continue
        path = folder / entry.name
        if not entry.name.isascii():
            _check_name(path)
        if not (_is_folder(path) if entry.is_symlink() else entry.is_dir()):
            yield path
        elif recursive:
            yield from _walk(path, recursive, (*above, here))


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith(("~", *_PROSE))


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise _unreachable(error, path) from None


def _unreachable(error: OSError, path: Path) -> SourceError:
    told = reason(error)
    if path.is_symlink():
        return SourceError(f"the link cannot be followed: {told}; mend or remove it", path)
    return SourceError(f"cannot be read: {told}", path)


def _check_name(path: Path) -> None:
    name = os.fsencode(path.name)
    try:
        name.decode()
    except UnicodeDecodeError:
        shown = name.decode(errors="replace")
        raise SourceError("the name of the file is not UTF-8; rename it", path.with_name(shown)) from None


def read_text(path: Path) -> str:
    """Return the text of a regular file in UTF-8, with or without a byte order mark.

    Raises ``SourceError`` with the place of the first byte that is not UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise SourceError("not a regular file", path)
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {reason(error)}", path) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise SourceError(
            f"not UTF-8: byte 0x{content[error.start]:02X}; save the file as UTF-8", path, line, column
        ) from None
