"""Take the digests of source files, without reading again what has not changed since the last build.

A file is taken for unchanged when its place on the disk, its size and the times of its last changes are the same: the
time of change cannot be set by anybody, unlike that of modification. What changed shortly before it was read may have
changed once more within the same tick of the clock of the file system, so it is read again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from publisher.build.cache import Cache, decode, encode, key_of
from publisher.errors import SourceError, reason
from publisher.workspace.files import read_bytes, relative_names

_KIND: Final = "contents"
_FORMAT: Final = "3"  # of what is kept: another one is another entry
# The coarsest clock of a file system in use ticks every two seconds.
_SETTLED: Final = 3_000_000_000  # nanoseconds


class Content(NamedTuple):
    """What a file holds: its SHA-256, and its size in bytes."""

    digest: str
    size: int


def contents_of(root: Path, paths: Iterable[Path], cache: Cache) -> dict[str, Content]:
    """Return what each file holds, by its path from the workspace at ``root``.

    Raises ``SourceError`` where a file cannot be read, or was removed since it was listed.
    """
    name, settled = relative_names(root), time.time_ns() - _SETTLED
    entry = cache.get(_KIND, _key(root))
    kept = decode(entry, dict[str, str]) if entry else {}  # mark and digest
    found, known = dict[str, Content](), dict[str, str]()
    for path in paths:
        own, status = name(path), _status(path)
        mark = f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} "
        before = kept.get(own, "")
        is_same = before.startswith(mark)
        digest = before[len(mark) :] if is_same else digest_of_file(path)
        found[own] = Content(digest, status.st_size)
        if max(status.st_mtime_ns, status.st_ctime_ns) < settled:
            known[own] = mark + digest
    if entry is None or known != kept:
        cache.put(_KIND, _key(root), encode(known))
    return found


def _status(path: Path) -> os.stat_result:
    try:
        return os.stat(path)  # noqa: PTH116 (fast)
    except OSError as error:
        raise SourceError(f"cannot be read: {reason(error)}", path) from None


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file. Raises ``SourceError`` where it cannot be read."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def entry_of(root: Path) -> str:
    """Return the name of what is kept in the cache."""
    return f"{_KIND}-{_key(root)}"


def _key(root: Path) -> str:
    return key_of(_FORMAT, os.fsencode(root))
