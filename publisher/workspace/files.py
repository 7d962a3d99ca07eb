"""Find source files and read their text; prose, hidden files and backups are left out, anything else is an error."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from publisher.errors import SourceError, reason

_PROSE: Final = (".md", ".txt")

CHANGED: Final = "changed while it was read; run the command again"
_EXPECTED: Final = ContextVar[Mapping[Path, str]]("SHA-256 by file")

_Place = tuple[int, int]


def find(folder: Path, *, recursive: bool = False) -> list[Path]:
    """Return the sorted files of a folder, and with ``recursive`` those of its subfolders; links are followed.

    A folder that does not exist has no files. Raises ``SourceError`` for missing permission, a broken or circular
    link, a file in the place of a folder, and a name that is not UTF-8.
    """
    return sorted(_walk(folder, recursive, ())) if os.path.lexists(folder) else []


def within(path: Path, root: Path) -> Path:
    """Return the path of a file of a workspace that is published as it is.

    Raises ``SourceError`` where a link leads out of the workspace at ``root``, or to a hidden file.
    """
    real, root = path.resolve(), root.resolve()
    if not real.is_relative_to(root) or any(part.startswith(".") for part in real.relative_to(root).parts):
        raise SourceError("the link leads out of the workspace, or to a hidden file; put the file itself there", path)
    return path


def relative_names(root: Path) -> Callable[[Path], str]:
    """Return a function that makes a path below ``root`` relative, with ``/``: faster than ``Path.relative_to``."""
    start = len(os.fspath(root / "x")) - 1
    return lambda path: os.fspath(path)[start:].replace(os.sep, "/")


def _walk(folder: Path, recursive: bool, above: tuple[_Place, ...]) -> Iterator[Path]:
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            raise SourceError("the link leads back to a folder around it; remove it", folder)
        with os.scandir(folder) as scan:
            entries = list(scan)
    except OSError as error:
        raise _unreachable(error, folder) from None
    for entry in entries:
        if is_ignored(entry.name):
            continue
        path = folder / entry.name
        if not entry.name.isascii():
            _check_name(path)
        if not (_is_folder(path) if entry.is_symlink() else entry.is_dir()):
            yield path
        elif recursive:
            yield from _walk(path, recursive, (*above, here))


def is_ignored(name: str) -> bool:
    """Tell whether a file or folder of this name is hidden, a backup or prose."""
    return is_hidden(name) or name.endswith(_PROSE)


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder of this name is hidden or a backup, which nothing reads."""
    return name.startswith(".") or name.endswith("~")


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise _unreachable(error, path) from None


def _unreachable(error: OSError, path: Path) -> SourceError:
    if path.is_symlink():
        return SourceError(f"the link cannot be followed: {reason(error)}; repair or remove it", path)
    return SourceError(f"cannot be read: {reason(error)}", path)


def _check_name(path: Path) -> None:
    name = os.fsencode(path.name)
    try:
        shown = name.decode()
    except UnicodeDecodeError:
        shown = name.decode(errors="replace")
        raise SourceError("the name of the file is not UTF-8; rename it", path.with_name(shown)) from None
    if shown != path.name:
        encoding = sys.getfilesystemencoding()
        message = f"the name of the file cannot be read: the locale has the encoding {encoding}; set LC_ALL=C.UTF-8"
        raise SourceError(message, path.with_name(shown))


@contextmanager
def expecting(digests: Mapping[Path, str]) -> Iterator[None]:
    """Let ``read_bytes`` and ``read_text`` refuse content of these files that has another SHA-256.

    What is computed from several readings of a file is then computed from one state of it.
    """
    token = _EXPECTED.set({**_EXPECTED.get({}), **digests})
    try:
        yield
    finally:
        _EXPECTED.reset(token)


def read_bytes(path: Path) -> bytes:
    """Return the content of a regular file.

    Raises ``SourceError`` where it cannot be read, and where it has changed within ``expecting``.
    """
    try:
        if path.exists() and not path.is_file():
            raise SourceError("not a regular file", path)
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {reason(error)}", path) from None
    expected = _EXPECTED.get({}).get(path)
    if expected and hashlib.sha256(content).hexdigest() != expected:
        raise SourceError(CHANGED, path)
    return content


def read_text(path: Path) -> str:
    """Return the text of a regular file in UTF-8, with or without a byte order mark.

    Raises ``SourceError``, with line and column of the first byte that is not UTF-8.
    """
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise SourceError(
            f"not UTF-8: byte 0x{content[error.start]:02X}; save the file as UTF-8", path, line, column
        ) from None
