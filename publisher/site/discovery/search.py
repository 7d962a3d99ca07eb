"""Make the search of a site: an index of its pages by pagefind, read by the browser in small pieces.

The index has the same bytes for the same pages, and is taken from the earlier site while those stay the same.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from publisher.errors import OutputError
from publisher.site.output import SiteFolder
from publisher.workspace.config import Config

FOLDER: Final = "pagefind"
MOST: Final = 30_000  # pages; pagefind needs some 100 kB of memory for each
_FINGERPRINT: Final = f"{FOLDER}/pages.sha256"
# What a page repeats from others, says to all readers, or has for machines.
_LEFT_OUT: Final = ".perma, .note, .ev, .have, h3.s, table, pre, #sources, .term dl, .names small, #answer"
_WANTED: Final = ("pagefind.js", "pagefind-worker.js", "*.pf_meta", "*.pf_index", "*.pf_filter", "*.pf_fragment")
_LICENSE: Final = Path(__file__).with_name("pagefind.license.txt")
_ENTRY: Final = "pagefind-entry.json"
_HEADER: Final = len(b"pagefind_dcd")
_SECONDS: Final = 10  # for pagefind to say its version


class Search:
    """The search of a site of ``count`` things, as a context in which pagefind runs.

    ``missing`` says why there is none, and is empty where there is one.
    """

    def __init__(self, config: Config, count: int) -> None:
        self._tool, self._version, self.missing = "", "", ""
        self._process: subprocess.Popen[bytes] | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None
        if not config.site.search:
            self.missing = "'search' is off in [site]"
        elif count > MOST:
            self.missing = f"it is made for up to {MOST:,} things"
        else:
            self._tool = _executable()
            self._version = _version(self._tool) if self._tool else ""
            self.missing = "" if self._version else "pagefind is not here; get it with: pip install 'pagefind[bin]'"

    def __bool__(self) -> bool:
        return not self.missing

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End pagefind where it still runs, because the site cannot be finished, and remove its files."""
        if self._process:
            with self._process:  # which closes its output
                self._process.kill()
        if self._files:
            self._files.cleanup()

    def start(self, site: SiteFolder, pages: Sequence[str]) -> None:
        """Begin to index the pages that ``site`` has so far, in a process beside this one."""
        lines = [self._version, _LEFT_OUT, *(f"{site.digests[name]}  {name}" for name in pages)]
        self._fingerprint = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        if site.earlier(_FINGERPRINT) == self._fingerprint.encode():
            return
        self._files = tempfile.TemporaryDirectory(prefix="publisher-search-", ignore_cleanup_errors=True)
        options = ("--site", str(site.folder.resolve()), "--output-path", self._files.name, "--silent")
        self._process = subprocess.Popen(  # noqa: S603 (the tool that the installation brings)
            [self._tool, *options, "--exclude-selectors", _LEFT_OUT],
            cwd=self._files.name,  # where there is no pagefind.toml
            env={name: value for name, value in os.environ.items() if not name.startswith("PAGEFIND_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def finish(self, site: SiteFolder) -> None:
        """Write the index into the site. Raises ``OutputError`` when pagefind fails."""
        if self._process is None or self._files is None:
            site.keep(f"{FOLDER}/")
            return
        with self._files:
            said, _ = self._process.communicate()
            if self._process.returncode:
                reason = textwrap.shorten(said.decode("utf-8", "replace"), 300)
                code = self._process.returncode
                raise OutputError(f"the index of the search cannot be made: pagefind ends with {code}: {reason}")
            for name, content in sorted(_bundle(Path(self._files.name)).items()):
                site.write(f"{FOLDER}/{name}", content)
        site.write(f"{FOLDER}/LICENSE", _LICENSE.read_bytes())
        site.write(_FINGERPRINT, self._fingerprint)


def _executable() -> str:
    """Return the path of pagefind: from its wheel, else from PATH; empty where there is none."""
    for module in ("pagefind_bin", "pagefind_bin_extended"):
        with suppress(ImportError, OSError):
            return str(importlib.import_module(module).get_executable())
    return shutil.which("pagefind") or ""


def _version(tool: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603
        return done.stdout.strip()
    return ""


def _bundle(folder: Path) -> dict[str, bytes]:
    """Return the files that the search page needs, with the values of filters in one order.

    pagefind 1.5 writes those in the order of a hash table, which differs from run to run; their file and the one that
    refers to it are named by their content.
    """
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in _WANTED
        for path in sorted(folder.rglob(name))
    }
    entry = (folder / _ENTRY).read_bytes()
    for wasm in {language["wasm"] or "unknown" for language in json.loads(entry)["languages"].values()}:
        files[f"wasm.{wasm}.pagefind"] = (folder / f"wasm.{wasm}.pagefind").read_bytes()
    renamed = {}
    for name in sorted(files):
        if name.endswith(".pf_filter"):
            content = _sorted_filter(gzip.decompress(files.pop(name)))
            old = Path(name).stem
            renamed[old] = _named(old, content)
            files[f"filter/{renamed[old]}.pf_filter"] = gzip.compress(content, mtime=0)
    for name in sorted(files):
        if name.endswith(".pf_meta"):
            content = _replaced(gzip.decompress(files.pop(name)), renamed)
            old = name.removeprefix("pagefind.").removesuffix(".pf_meta")
            new = _named(old, content)
            files[f"pagefind.{new}.pf_meta"] = gzip.compress(content, mtime=0)
            entry = _replaced(entry, {old: new})
    return files | {_ENTRY: entry}


def _named(old: str, content: bytes) -> str:
    """Return a name for a file by its content, as long as its old name: ``en_0a1b2c3``."""
    language, _, digits = old.rpartition("_")
    return f"{language}_{hashlib.sha256(content).hexdigest()[: len(digits)]}"


def _replaced(content: bytes, names: dict[str, str]) -> bytes:
    for old, new in names.items():
        content = content.replace(old.encode(), new.encode())
    return content


def _sorted_filter(content: bytes) -> bytes:
    """Return a filter of pagefind with its values sorted: in CBOR, an array of its name and an array of values."""
    values = _end(content, _HEADER + 1)
    count, at = _length(content, values)
    spans, first = [], at
    for _ in range(count):
        end = _end(content, at)
        spans.append(content[at:end])
        at = end
    return content[:first] + b"".join(sorted(spans)) + content[at:]


def _length(content: bytes, at: int) -> tuple[int, int]:
    """Return the argument of the CBOR item at a position, and where the item goes on (RFC 8949, 3)."""
    argument = content[at] & 31
    if argument < 24:
        return argument, at + 1
    size = 1 << (argument - 24)
    return int.from_bytes(content[at + 1 : at + 1 + size], "big"), at + 1 + size


def _end(content: bytes, at: int) -> int:
    """Return where the CBOR item at a position ends: a number, a text, or an array of such."""
    kind = content[at] >> 5
    argument, at = _length(content, at)
    if kind == 3:
        return at + argument
    for _ in range(argument if kind == 4 else 0):
        at = _end(content, at)
    return at
