"""Replace a file or a folder in one step: readers see the old content or the new, never a part.

``write_atomically``, ``replacing`` and ``saving`` are for files, ``staging`` is for the output folder of a build.
``ensure_inside`` keeps links of a workspace from leading out of it; ``temporary_folder`` is for what is not kept.
"""

from __future__ import annotations

import ctypes
import glob
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from publisher.errors import OutputError, reason

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# The output of a build holds this file; a folder without it is never replaced.
MARKER: Final = Path("dumps") / "SHA256SUMS"
# The same list of the files of the site, where there is one.
SITE_FILES: Final = Path("SHA256SUMS")

# The folder of a workspace for what is computed again where it is missing.
CACHE: Final = ".publisher-cache"
# It is one that neither version control nor backups need (bford.info/cachedir).
_CACHE_MARKS: Final = {
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# This folder may be deleted at any time.\n",
    ".gitignore": "*\n",
}
# The folders of a workspace that people write in.
SOURCES: Final = ("data", "ontology", "queries", "site")

# Files that file managers create by themselves.
_OF_THE_SYSTEM: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE: Final = -100  # AT_FDCWD
_RANDOM: Final = "?" * 8  # what ``mkdtemp`` adds to a prefix
_TEMPORARY: Final = ".publisher-{}~"  # hidden and a backup: no source file


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file as ``replacing`` does; text is encoded as UTF-8 with its line ends unchanged."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path, *, durable: bool = False, follows_link: bool = True) -> Iterator[Path]:
    """Yield an empty file beside ``path``, which replaces it on success and is removed on failure.

    A symbolic link stays, and its target is replaced; without ``follows_link``, the link itself is replaced. The
    permissions of an existing file stay. With ``durable`` the content is on the disk before it replaces the old one.
    Raises ``OSError``; then ``path`` is unchanged.
    """
    target = Path(os.path.realpath(path)) if follows_link else path
    temporary = target.with_name(_TEMPORARY.format(secrets.token_hex(8)))
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        with suppress(FileNotFoundError):
            if not target.is_symlink():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        if durable:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def saving(path: Path) -> Iterator[Path]:
    """Yield a file as ``replacing`` does, whose content is durable, in a folder that is made where it is not there.

    Raises ``OutputError``; then ``path`` is unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as temporary:
            yield temporary
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {reason(error)}; nothing was changed") from None


def make_cache(folder: Path) -> None:
    """Make a folder that is marked as a cache. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _CACHE_MARKS.items():
        with replacing(folder / name, follows_link=False) as temporary:
            temporary.write_text(content, encoding="utf-8")


def ensure_inside(path: Path, root: Path) -> None:
    """Raise ``OutputError`` when a path in the workspace at ``root`` leads out of it, through a link.

    Somebody else may have made the link; a path outside of the workspace was named by the user.
    """
    real, given = Path(os.path.realpath(path)), Path(os.path.abspath(path))  # noqa: PTH100 (resolve follows links)
    roots = Path(os.path.abspath(root)), Path(os.path.realpath(root))  # noqa: PTH100
    if any(map(given.is_relative_to, roots)) and not real.is_relative_to(roots[1]):
        raise OutputError(
            f"{path}: leads through a link out of the workspace, to {real}, and is not written; "
            "name that file itself, or replace the link by it"
        )


def is_temporary(path: Path) -> bool:
    """Return whether a file is one that an interrupted ``replacing`` left behind."""
    return path.match(_TEMPORARY.format("*"))


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``target``, which replaces it on success and is removed on failure.

    Raises ``OutputError`` when ``target`` cannot be written or must not be replaced (see ``ensure_replaceable``).
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow a link that is to be refused
    ensure_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder, lock = _make_locked(f".{target.name}-publishing-", target.parent)
        folder.chmod(0o755)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written: {reason(error)}. Check the permissions of the folder"
        ) from None
    try:
        yield folder
        ensure_replaceable(target)  # a file may have been added meanwhile
        _swap(folder, target)
    except OSError as error:
        raise OutputError(
            f"{error.filename or target}: cannot be written: {reason(error)}; the old result is untouched"
        ) from None
    finally:
        _remove(folder, lock)


@contextmanager
def temporary_folder(name: str) -> Iterator[Path]:
    """Yield an empty folder among the temporary files of the system, ``publisher-NAME-…``; it is removed at the end.

    Raises ``OutputError`` when it cannot be made.
    """
    try:
        folder, lock = _make_locked(f"publisher-{name}-", Path(tempfile.gettempdir()))
    except OSError as error:
        raise OutputError(f"no temporary folder can be made: {reason(error)}") from None
    try:
        yield folder
    finally:
        _remove(folder, lock)


def _make_locked(prefix: str, parent: Path) -> tuple[Path, int | None]:
    """Make a folder and lock it until ``_remove``; remove those of this name that killed processes left.

    Another process that takes the folder for left behind, before it is locked, has it removed: then one more is made.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(BlockingIOError, FileNotFoundError):
            lock = _lock(folder, is_shared=True)
            if folder.exists():
                break
            _remove(folder, lock)
    for other in parent.glob(f"{glob.escape(prefix)}{_RANDOM}"):
        with suppress(OSError):
            status = other.lstat()
            if fcntl and stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid():
                _remove(other, _lock(other, is_shared=False))
    return folder, lock


def _lock(folder: Path, *, is_shared: bool) -> int | None:
    """Lock a folder on this machine until the descriptor that is returned is closed, or the process ends.

    ``None`` stands for no lock: the system has none, or the file system has none to share. Raises ``OSError``;
    ``BlockingIOError`` where another process has the lock.
    """
    if not fcntl:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if not is_shared or isinstance(error, BlockingIOError):
            raise
        return None
    return descriptor


def _remove(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def ensure_apart(target: Path, root: Path) -> None:
    """Raise ``OutputError`` when the output folder ``target`` overlaps the sources of the workspace at ``root``.

    It must not be, or contain, the current folder either: that would be removed when the output is replaced.
    """
    output, root = target.resolve(), root.resolve()
    for source in (root, *((root / name).resolve() for name in SOURCES)):
        if source.is_relative_to(output) or (source != root and output.is_relative_to(source)):
            raise OutputError(f"{target}: is a place of sources ({source}); name a folder apart from them with --out")
    if Path.cwd().is_relative_to(output):
        raise OutputError(f"{target}: is the folder that you are in and would be replaced; run from outside of it")


def ensure_replaceable(target: Path) -> None:
    """Raise ``OutputError`` when ``target`` exists and holds anything but the output of an earlier build."""
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
    """Yield the files in the output of an earlier build that its checksums do not list, and links: it has none."""
    built = set[Path]()
    for sums in (target / MARKER, target / SITE_FILES):
        if sums.is_file():
            lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
            built |= {sums, *(Path(os.path.normpath(sums.parent / line.partition("  ")[2])) for line in lines)}
    for path in sorted(target.rglob("*")):
        is_foreign = path.is_symlink() or (path not in built and not path.is_dir())
        if is_foreign and path.name not in _OF_THE_SYSTEM:
            yield path


def _swap(folder: Path, target: Path) -> None:
    if not target.exists():
        folder.rename(target)
    elif not any(target.iterdir()):  # it may be the current folder of a process: fill it, do not replace it
        for path in folder.iterdir():
            path.rename(target / path.name)
    elif not _exchange(folder, target):
        # There is no atomic exchange on this system: the gap is as short as possible.
        old = folder.with_name(f"{folder.name}-old")
        target.rename(old)
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step and return whether the system could."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
