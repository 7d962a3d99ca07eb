"""Keep results between builds, by the digest of everything that they depend on.

An entry is written whole or not at all, and is checked when it is read: what is broken, foreign or older is not there.
Links in the folder are replaced, never followed: it may have come with the workspace of somebody else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from publisher.errors import OutputError
from publisher.workspace.atomic import CACHE, is_temporary, make_cache, replacing

try:
    import fcntl
except ImportError:  # there is none on Windows
    fcntl = None  # type: ignore[assignment]

FOLDER: Final = CACHE

Value = TypeVar("Value")

_DIGEST_SIZE: Final = 32
_ENTRY: Final = re.compile("[a-z]+-[0-9a-f]{64}")


def key_of(*parts: str | bytes) -> str:
    """Return the key of a result: a digest over all that it depends on."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8))
        digest.update(content)
    return digest.hexdigest()


# Equal values are encoded alike, sets and dictionaries in sorted order.
encode = msgspec.msgpack.Encoder(order="deterministic").encode


def decode(content: bytes, kind: type[Value]) -> Value:
    """Return the value of some type that ``encode`` returned as ``content``."""
    return msgspec.msgpack.decode(content, type=kind)


class Cache:
    """A folder of entries; several processes and machines may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other processes of this machine from removing entries until the end. Raises as ``prepare`` does."""
        self.prepare()
        self._lock = os.open(self.folder, os.O_RDONLY) if fcntl else None
        try:
            self._is_locked(shared=True)
            yield
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _is_locked(self, *, shared: bool) -> bool:
        """Lock the folder; return whether that was possible. Where folders cannot be locked, nobody is kept out."""
        try:
            if self._lock is not None:
                fcntl.flock(self._lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return not isinstance(error, BlockingIOError)
        return True

    def prepare(self) -> None:
        """Make the folder. Raises ``OutputError`` when it is a link or cannot be written."""
        if self.folder.is_symlink():  # of somebody else, perhaps, and to a folder with other files
            raise OutputError(f"{self.folder}: is a link; remove it, or use --no-cache")
        try:
            make_cache(self.folder)
        except OSError as error:
            raise OutputError(
                f"{self.folder}: cannot be written: {error.strerror or error}; check its permissions, or use --no-cache"
            ) from None

    def get(self, kind: str, key: str) -> bytes | None:
        """Return an entry, or nothing when it is not there as it was written."""
        try:
            with self._path(kind, key).open("rb") as entry:
                digest, value = entry.read(_DIGEST_SIZE), entry.read()
        except OSError:
            return None
        return value if digest == _digest(kind, key, value) else None

    def has(self, kind: str, key: str) -> bool:
        """Tell whether there is an entry, perhaps a broken one: sooner than ``get``."""
        return os.path.exists(self._path(kind, key))  # noqa: PTH110 (fast)

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Write an entry in one step."""
        path = self._path(kind, key)
        try:
            with replacing(path, follows_link=False) as temporary, temporary.open("wb") as out:
                out.write(_digest(kind, key, value))
                out.write(value)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None

    def keep_only(self, used: Container[str]) -> None:
        """Remove the entries that are not among ``used`` (kind and key, joined by ``-``), and what was left half.

        Nothing is removed while another process uses the folder; the next build makes up for that.
        """
        if not self._is_locked(shared=False):
            return
        for path in self.folder.iterdir():
            if is_temporary(path) or (_ENTRY.fullmatch(path.name) and path.name not in used):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / f"{kind}-{key}"


def _digest(kind: str, key: str, value: bytes) -> bytes:
    digest = hashlib.sha256(f"{kind}-{key}\n".encode())  # which processors have instructions for
    digest.update(value)
    return digest.digest()
