"""Join the segments of all shards into the dumps, by copying bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from publisher.dump.formats import GZIP_FROM, Distribution, compress, frame, joint
from publisher.dump.segments import DUMPS, GRAPHS, Summary, bodies_of
from publisher.rdf.digest import INDEX, format_index, split_lines
from publisher.workspace.config import Config


class _Writer:
    """A dump that grows: its head, the bodies that come, and its foot; counted and digested on the way."""

    def __init__(self, dump: str, extension: str, folder: Path, head: bytes, foot: bytes) -> None:
        self.dump, self.extension = dump, extension
        self.path = folder / f"{dump}.{extension}"
        self._pack = compress if extension.endswith(".gz") else bytes
        self._out = self.path.open("wb")
        self._digest = hashlib.sha256()
        self._size, self._foot, self._is_empty = 0, foot, True
        self._write(self._pack(head) if head else b"")

    def _write(self, content: bytes | memoryview) -> None:
        self._out.write(content)
        self._digest.update(content)
        self._size += len(content)

    def add(self, body: memoryview) -> None:
        """Add the body of one segment; it is packed already where the dump is."""
        if not body:
            return
        if not self._is_empty:
            self._write(joint(self.extension))
        self._write(body)
        self._is_empty = False

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    def finish(self) -> Distribution:
        """Write the foot and return what the file is."""
        self._write(self._pack(self._foot) if self._foot else b"")
        return Distribution(self.dump, self.extension, self.path, self._size, self._digest.hexdigest())


class _Index:
    """What is known of the graphs of the dump of everything; one may come in several segments."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []  # as they come: of a hundred thousand graphs, values would take thrice the memory

    def add(self, body: memoryview) -> None:
        """Add what the body of one segment tells."""
        self._lines += split_lines(bytes(body))

    def write(self, folder: Path) -> None:
        """Write it down, if there is anything."""
        if self._lines:
            with (folder / INDEX).open("wb") as out:
                out.writelines(format_index(self._lines))


def join(
    config: Config,
    context: dict[str, Any],
    summaries: Sequence[Mapping[str, Summary]],
    segments: Iterable[bytes],
    folder: Path,
) -> list[Distribution]:
    """Write the dumps of the data into ``folder``, side by side; memory holds the segments of two shards at a time.

    ``summaries`` and ``segments`` are those of all shards, in one order; ``context`` is that of JSON-LD.
    """
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        writers = {}
        for dump in DUMPS:
            used = frozenset[str]().union(*(summary[dump].prefixes for summary in summaries))
            prefixes = {prefix: config.prefixes[prefix] for prefix in sorted(used)}
            for extension in _extensions(config.formats, is_plain=config.is_plain_written):
                head, foot = frame(extension.partition(".")[0], prefixes, context)
                writers[dump, extension] = stack.enter_context(_Writer(dump, extension, folder, head, foot))
        takers: dict[tuple[str, str], _Writer | _Index] = {**writers, ("all", GRAPHS): (graphs := _Index())}
        for content in _read_ahead(segments):
            adding = [pool.submit(takers[dump, ext].add, body) for dump, ext, body in bodies_of(content)]
            for each in adding:
                each.result()
        found = [writer.finish() for writer in writers.values()]
    graphs.write(folder)
    return _without_needless(found) if config.is_plain_written else found


def _read_ahead(segments: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the segments of each shard; while they are written, those of the next are read and checked."""
    remaining = iter(segments)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, remaining, None)
        while (content := coming.result()) is not None:
            coming = pool.submit(next, remaining, None)
            yield content


def _extensions(formats: tuple[str, ...], *, is_plain: bool) -> list[str]:
    return [name for ext in formats for name in ((ext, f"{ext}.gz") if is_plain else (f"{ext}.gz",))]


def _without_needless(found: list[Distribution]) -> list[Distribution]:
    """Remove the compressed copies of small dumps."""
    sizes = {(file.dump, file.extension): file.size for file in found}
    needless = [f for f in found if f.extension.endswith(".gz") and sizes[f.dump, f.extension[:-3]] < GZIP_FROM]
    for file in needless:
        file.path.unlink()
    return [file for file in found if file not in needless]
