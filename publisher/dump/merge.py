"""Concatenate the segments of all parts into the dumps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from publisher.dump.formats import GZIP_FROM, Distribution, compress, frame, separator
from publisher.dump.jsonld import JsonLdContext
from publisher.dump.segments import DUMPS, GRAPHS, Segment
from publisher.rdf.digest import INDEX, format_index, split_lines
from publisher.workspace.config import Config


class _DumpFile:
    """A file to which the head, the bodies and the foot of a dump are written, and its size and digest."""

    def __init__(self, name: str, extension: str, folder: Path, head: bytes, foot: bytes) -> None:
        self.name, self.extension = name, extension
        self.path = folder / f"{name}.{extension}"
        self._pack = compress if extension.endswith(".gz") else bytes
        self._out = self.path.open("wb")
        self._digest = hashlib.sha256()
        self._size, self._foot, self._is_empty = 0, foot, True
        self._write(self._pack(head))

    def _write(self, content: bytes | memoryview) -> None:
        self._out.write(content)
        self._digest.update(content)
        self._size += len(content)

    def add(self, body: memoryview) -> None:
        """Append the body of a segment, which is compressed if the dump is."""
        if not body:
            return
        if not self._is_empty:
            self._write(separator(self.extension))
        self._write(body)
        self._is_empty = False

    def close(self) -> None:
        self._out.close()

    def finish(self) -> Distribution:
        """Append the foot and return the description of the file."""
        self._write(self._pack(self._foot))
        return Distribution(self.name, self.extension, self.path, self._size, self._digest.hexdigest())


def join(
    config: Config,
    context: JsonLdContext,
    summaries: Sequence[Mapping[str, Segment]],
    bodies: Iterable[Mapping[str, Mapping[str, memoryview]]],
    folder: Path,
) -> list[Distribution]:
    """Write the dumps of the data into ``folder`` and return their files.

    ``summaries`` are the segments of all parts, perhaps without their bodies, which ``bodies`` has in the same order:
    by dump and extension. They are read part by part. ``context`` is the JSON-LD context.
    """
    graphs: list[bytes] = []  # lines of graphs.tsv; parsed, they would take three times the memory
    with ExitStack() as stack:
        dumps = [stack.enter_context(closing(dump)) for dump in _open_dumps(config, context, summaries, folder)]
        add = {(dump.name, dump.extension): dump.add for dump in dumps}
        add["all", GRAPHS] = lambda body: graphs.extend(split_lines(bytes(body)))
        for part in bodies:
            for dump, by_extension in part.items():
                for extension, body in by_extension.items():
                    add[dump, extension](body)
        files = [dump.finish() for dump in dumps]
    if graphs:
        with (folder / INDEX).open("wb") as out:
            out.writelines(format_index(graphs))
    return _without_small_copies(files) if config.is_plain_written else files


def _open_dumps(
    config: Config, context: JsonLdContext, summaries: Sequence[Mapping[str, Segment]], folder: Path
) -> Iterator[_DumpFile]:
    for name in DUMPS:
        used = frozenset[str]().union(*(summary[name].prefixes for summary in summaries))
        prefixes = {prefix: config.prefixes[prefix] for prefix in sorted(used)}
        for extension in _extensions(config.formats, is_plain=config.is_plain_written):
            head, foot = frame(extension.partition(".")[0], prefixes, context)
            yield _DumpFile(name, extension, folder, head, foot)


def _extensions(formats: tuple[str, ...], *, is_plain: bool) -> list[str]:
    return [name for ext in formats for name in ((ext, f"{ext}.gz") if is_plain else (f"{ext}.gz",))]


def _without_small_copies(files: list[Distribution]) -> list[Distribution]:
    """Delete the compressed copies of small dumps and return the other files."""
    sizes = {(file.dump, file.extension): file.size for file in files}
    small = [f for f in files if f.extension.endswith(".gz") and sizes[f.dump, f.extension[:-3]] < GZIP_FROM]
    for file in small:
        file.path.unlink()
    return [file for file in files if file not in small]
