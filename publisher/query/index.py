"""Keep the quads of a dump as an index on the disk, which workers open at once and only read."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import pyoxigraph as ox

from publisher.errors import OutputError, SourceError, UsageError, reason
from publisher.rdf.io import load_file
from publisher.workspace.atomic import CACHE, make_cache, temporary_folder

if TYPE_CHECKING:
    from publisher.workspace.config import Config

try:
    import fcntl
except ImportError:  # on Windows, which does not remove files that are open
    fcntl = None  # type: ignore[assignment]

_VERSION: Final = f"1 {ox.__version__}"  # of the layout of an index
_LOCK: Final = "in-use"
_SYNTAXES: Final = ("nq", "trig", "nt", "ttl", "jsonld", "rdf")
_NEW: Final = ".new-"
_STALE: Final = 86_400  # seconds after which nobody still writes an index
_MOST: Final = 4  # indexes in a folder, beside those in use


def index_folder(config: Config) -> Path:
    """Return the folder of a workspace for indexes."""
    return config.root.resolve() / CACHE / "indexes"


def find_dump(folder: Path, extensions: Iterable[str] = ()) -> Path:
    """Return the dump of all triples in a folder of dumps, with their graphs if there is one that has them.

    ``extensions`` are those of the syntaxes in which to look for it. Raises ``UsageError`` where there is none.
    """
    names = (f"all.{extension}{suffix}" for extension in extensions or _SYNTAXES for suffix in ("", ".gz"))
    if dump := next((folder / name for name in names if (folder / name).is_file()), None):
        return dump
    raise UsageError(f"{folder / 'all.nq'}: nothing is published yet; run 'publisher build' first")


@contextmanager
def opened_index(dump: Path, folder: Path | None) -> Iterator[Path]:
    """Yield the index of a dump in ``folder``, made where it is not there; it is not removed as long as it is in use.

    The default graph of the index has the triples of all graphs, each once. Where the folder cannot be written, and
    without one, the index is in a temporary folder. Raises ``SourceError`` for a dump that cannot be read, and
    ``OutputError`` where there is no space.
    """
    digest = _digest(dump)
    if folder and _is_writable(folder):
        with _shared(dump, folder / digest):
            _remove_unused(folder, digest)
            yield folder / digest / "store"
    else:
        with temporary_folder("index") as temporary:
            _build(dump, temporary / digest)
            yield temporary / digest / "store"


@contextmanager
def extended_index(dump: Path, quads: Iterable[ox.Quad]) -> Iterator[Path]:
    """Yield an index of a dump and of more quads, in a temporary folder. Raises as ``opened_index`` does."""
    with temporary_folder("index") as temporary:
        folder = temporary / "store"
        _load(dump, folder)
        store = ox.Store(str(folder))
        store.extend(quads)
        store.flush()
        del store  # the worker opens it
        yield folder


def _digest(dump: Path) -> str:
    try:
        with dump.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise SourceError(f"cannot be read: {reason(error)}", dump) from None
    digest.update(f"{dump.name} {_VERSION}".encode())
    return digest.hexdigest()


def _is_writable(folder: Path) -> bool:
    """Make the folder; tell whether entries can be made in it. A link is not followed: it may lead anywhere."""
    if folder.is_symlink() or folder.parent.is_symlink():
        return False
    try:
        make_cache(folder)
    except OSError:
        return False
    return True


def _shared(dump: Path, target: Path) -> IO[bytes]:
    """Return the open lock of an index, which keeps the index from being removed as long as it is open."""
    while True:
        if not (target / _LOCK).is_file():
            shutil.rmtree(target, ignore_errors=True)  # half removed
            with suppress(FileExistsError):  # another process was faster
                _build(dump, target)
        with suppress(FileNotFoundError):
            lock = (target / _LOCK).open("rb")
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_SH)
            if (target / _LOCK).is_file():  # not removed in between
                os.utime(target / _LOCK)
                return lock
            lock.close()


def _build(dump: Path, target: Path) -> None:
    """Write an index in one step. Raises ``FileExistsError`` where there is one already."""
    temporary = Path(tempfile.mkdtemp(prefix=_NEW, dir=target.parent))
    try:
        _load(dump, temporary / "store")
        (temporary / _LOCK).touch()
        temporary.rename(target)
    except OSError as error:
        if target.is_dir():
            raise FileExistsError from None
        raise OutputError(f"{target}: the index of {dump} cannot be written: {reason(error)}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _load(dump: Path, folder: Path) -> None:
    store = ox.Store(str(folder))
    load_file(store, dump)
    if any(store.named_graphs()):
        store.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in store)
    store.optimize()
    store.flush()


def _remove_unused(folder: Path, used: str) -> None:
    """Remove the indexes that were not used for longest, but for the latest few, and what a killed process left."""
    for path in folder.glob(f"{_NEW}*"):
        if path.stat().st_mtime < time.time() - _STALE:
            shutil.rmtree(path, ignore_errors=True)
    entries = sorted((path for path in folder.iterdir() if (path / _LOCK).is_file()), key=_last_use, reverse=True)
    for path in [path for path in entries if path.name != used][_MOST - 1 :]:
        with suppress(OSError), (path / _LOCK).open("rb") as lock:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (path / _LOCK).unlink()
            shutil.rmtree(path, ignore_errors=True)


def _last_use(path: Path) -> float:
    try:
        return (path / _LOCK).stat().st_mtime
    except OSError:
        return 0
