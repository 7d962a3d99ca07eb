"""Tell when a source file of a workspace has changed, by looking again and again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from publisher.workspace.atomic import SOURCES
from publisher.workspace.config import FILE_NAME

PAUSE: Final = 0.5

State = dict[str, tuple[int, int]]


def snapshot(root: Path) -> State:
    """Return the time of change, in nanoseconds, and the size of each source file."""
    found: State = {}
    seen: set[tuple[int, int]] = set()
    for folder in SOURCES:
        for place, folders, names in os.walk(root / folder, followlinks=True):
            if not _is_first(place, seen):
                folders.clear()  # a link leads in a circle, or here again
            for name in names:
                _add(found, os.path.join(place, name))  # noqa: PTH118 - strings are what os.walk yields
    _add(found, str(root / FILE_NAME))
    return found


def _is_first(place: str, seen: set[tuple[int, int]]) -> bool:
    """Tell whether a folder is seen for the first time."""
    try:
        status = os.stat(place)  # noqa: PTH116 - strings are what os.walk yields
    except OSError:
        return False
    here = (status.st_dev, status.st_ino)
    is_first = here not in seen
    seen.add(here)
    return is_first


def _add(found: State, path: str) -> None:
    try:
        status = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return  # it went while we looked
    found[path] = (status.st_mtime_ns, status.st_size)


def changes(root: Path, pause: float = PAUSE) -> Iterator[None]:
    """Yield at once, and then whenever a file has changed, come or gone; ``pause`` is in seconds. Never ends."""
    before = snapshot(root)
    yield
    while True:
        time.sleep(pause)
        now = snapshot(root)
        if now != before:
            before = now
            yield
