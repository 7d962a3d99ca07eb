"""Report when source files of a workspace have changed, by polling."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from publisher.errors import PublisherError
from publisher.workspace.atomic import SOURCES
from publisher.workspace.config import FILE_NAME, load_config
from publisher.workspace.files import is_hidden

PAUSE: Final = 0.5

_TICK: Final = 50_000_000  # nanoseconds in which two writes can leave the same time: local file systems tick faster
_LOOKS: Final = 20  # so that a clock of a file server that is ahead ends no watching

FileTimes = dict[str, tuple[int, ...]]


def snapshot(root: Path, sources: Iterable[str] = SOURCES) -> FileTimes:
    """Return what changes with each source file, by its path: identity, size, and the times of content and status.

    It has the files of the folders ``sources``, those of Markdown pages and publisher.toml, without hidden ones and
    backups, which nothing reads.
    """
    paths = [str(root / FILE_NAME)]
    visited: set[tuple[int, ...]] = set()
    for folder in (*sources, *_page_folders(root)):
        for place, folders, names in os.walk(root / folder, followlinks=True):
            identity = _status(place)[:2]
            if identity in visited:
                folders.clear()  # a link leads to it
            visited.add(identity)
            folders[:] = [name for name in folders if not is_hidden(name)]
            paths += [os.path.join(place, name) for name in names if not is_hidden(name)]  # noqa: PTH118 - strings are what os.walk yields
    return {path: status for path in paths if (status := _status(path))}


def _page_folders(root: Path) -> tuple[str, ...]:
    """Return the folders of Markdown pages; none as long as publisher.toml cannot be read."""
    try:
        return load_config(root).site.pages
    except PublisherError:
        return ()


def _status(path: str) -> tuple[int, ...]:
    """Return device, inode, size and the times of content and status in nanoseconds; nothing where it is removed."""
    try:
        status = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return ()
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def changes(root: Path, pause: float = PAUSE) -> Iterator[None]:
    """Yield at once, and then after each change, creation or removal of a file, without end.

    What changes before the next item is asked for brings another one: the last state is never missed. ``pause`` is the
    number of seconds between two looks at the files.
    """
    before = _settled(root)
    yield
    while True:
        time.sleep(pause)
        if snapshot(root) != before:
            before = _settled(root)
            yield


def _settled(root: Path) -> FileTimes:
    """Return a snapshot from which any later change of a file can be told, also one that follows at once."""
    for _ in range(_LOOKS):
        start = time.time_ns()
        times = snapshot(root)
        if all(start - max(mtime, ctime) > _TICK for *_, mtime, ctime in times.values()):
            break
        time.sleep(_TICK / 1e9)
    return times
