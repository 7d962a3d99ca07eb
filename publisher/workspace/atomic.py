"""Put a finished folder in the place of the old one, so that nobody ever sees half of it."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from publisher.errors import OutputError, reason

# A file that every folder written here holds: what lacks it is not ours to replace.
MARKER: Final = Path("dumps") / "SHA256SUMS"

# The folders of a workspace that people write in.
SOURCES: Final = ("data", "ontology", "queries")

# What file managers leave in every folder that somebody looks into.
_OF_THE_SYSTEM: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE: Final = -100  # AT_FDCWD
_PID: Final = re.compile("[0-9]{1,9}")


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``target``; on success it becomes ``target``, on failure it goes.

    Raises ``OutputError`` when the place cannot be written.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow a link that is to be refused
    ensure_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-publishing-{os.getpid()}-", dir=target.parent))
        folder.chmod(0o755)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written: {reason(error)}. Check the permissions of the folder"
        ) from None
    try:
        yield folder
        ensure_replaceable(target)  # somebody may have put a file there meanwhile
        _swap(folder, target)
    except OSError as error:
        raise OutputError(
            f"{error.filename or target}: cannot be written: {reason(error)}; the old result is untouched"
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ensure_apart(target: Path, root: Path) -> None:
    """Raise ``OutputError`` when a result in ``target`` would take the place of sources of the workspace at ``root``.

    Nor may anybody stand in the folder: it goes when the next one comes.
    """
    there, root = target.resolve(), root.resolve()
    for kept in (root, *((root / name).resolve() for name in SOURCES)):
        if kept.is_relative_to(there) or (kept != root and there.is_relative_to(kept)):
            raise OutputError(f"{target}: is a place of sources ({kept}); name a folder apart from them with --out")
    if Path.cwd().is_relative_to(there):
        raise OutputError(f"{target}: is the folder that you are in and would be replaced; run from outside of it")


def ensure_replaceable(target: Path) -> None:
    """Raise ``OutputError`` when ``target`` is there and holds something else than an earlier result."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(f"{target}: is not a folder; move it away, or name another place with --out")
    if not target.is_dir() or not any(target.iterdir()):
        return
    if not (target / MARKER).is_file():
        raise OutputError(
            f"{target}: holds files that were not published here (no {MARKER}) and would be lost; "
            "empty it, or name another place with --out"
        )
    if foreign := next(_foreign(target), None):
        raise OutputError(f"{foreign}: was not published here and would be lost; move it out of {target}")


def _foreign(target: Path) -> Iterator[Path]:
    """Yield the files of an earlier result that its checksums do not list."""
    lines = (target / MARKER).read_text(encoding="utf-8", errors="replace").splitlines()
    listed = (os.path.normpath(target / MARKER.parent / line.partition("  ")[2]) for line in lines)
    ours = {target / MARKER, *map(Path, listed)}
    for path in sorted(target.rglob("*")):
        is_file = path.is_symlink() or not path.is_dir()
        if is_file and path not in ours and path.name not in _OF_THE_SYSTEM:
            yield path


def _remove_leftovers(target: Path) -> None:
    """Remove what killed runs left behind; the process number in the name tells which are dead."""
    for leftover in target.parent.glob(f".{target.name}-publishing-*-*"):
        pid = leftover.name.removeprefix(f".{target.name}-publishing-").split("-")[0]
        if _PID.fullmatch(pid) and not _is_alive(int(pid)):
            shutil.rmtree(leftover, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _swap(folder: Path, target: Path) -> None:
    if not target.exists():
        folder.rename(target)
    elif not any(target.iterdir()):  # somebody may stand in it: fill it, do not replace it
        for path in folder.iterdir():
            path.rename(target / path.name)
    elif not _exchange(folder, target):
        # No atomic exchange here: the shortest possible gap instead.
        old = folder.with_name(f"{folder.name}-old")
        target.rename(old)
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step where the system can; tell whether it did."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
