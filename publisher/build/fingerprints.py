"""Take the digests of source files, without reading again what has not changed since the last build.

A file is taken for unchanged when its place on the disk, its size and the times of its last changes are the same: the
time of change cannot be set by anybody, unlike that of modification. What changed shortly before it was read may have
changed once more within the same tick of the clock of the file system, so it is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from more_itertools import chunked

from publisher.build.cache import Cache, key_of
from publisher.workspace.files import read_bytes, relative_names

_KIND: Final = "contents"
_FORMAT: Final = "2"  # of what is kept: another one is another entry
# The coarsest clock of a file system in use ticks every two seconds.
_SETTLED: Final = 3_000_000_000  # nanoseconds
# So many files are read in one task of a thread.
_BATCH: Final = 64


class Content(NamedTuple):
    """What a file holds: its SHA-256, and its size in bytes."""

    digest: str
    size: int


def contents_of(root: Path, paths: Iterable[Path], cache: Cache) -> dict[str, Content]:
    """Return what each file holds, by its path from the workspace at ``root``."""
    name, settled = relative_names(root), time.time_ns() - _SETTLED
    entry = cache.get(_KIND, _key(root))
    kept: dict[str, str] = json.loads(entry or b"{}")  # mark and digest
    found, marks = dict[str, Content](), dict[str, str]()
    todo: list[Path] = []
    for path in paths:
        own, status = name(path), os.stat(path)  # noqa: PTH116 (fast)
        mark = f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} "
        before = kept.get(own, "")
        if before.startswith(mark):
            digest = before[len(mark) :]
        else:
            digest = ""
            todo.append(path)
        found[own] = Content(digest, status.st_size)
        if max(status.st_mtime_ns, status.st_ctime_ns) < settled:
            marks[own] = mark
    for path, digest in zip(todo, _read(todo), strict=True):
        own = name(path)
        found[own] = found[own]._replace(digest=digest)
    known = {own: mark + found[own].digest for own, mark in marks.items()}
    if entry is None or known != kept:
        cache.put(_KIND, _key(root), json.dumps(known).encode())
    return found


def entry_of(root: Path) -> str:
    """Return the name of what is kept in the cache."""
    return f"{_KIND}-{_key(root)}"


def _key(root: Path) -> str:
    return key_of(_FORMAT, os.fsencode(root))


def _read(paths: list[Path]) -> Iterable[str]:
    with ThreadPoolExecutor() as pool:  # the digest of a large buffer runs beside Python
        return chain.from_iterable(list(pool.map(_digests, chunked(paths, _BATCH))))


def _digests(paths: Iterable[Path]) -> list[str]:
    return [hashlib.sha256(read_bytes(path)).hexdigest() for path in paths]
