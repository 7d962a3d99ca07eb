"""Write and check ``SHA256SUMS``, the digests of the files of a published folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from publisher.errors import SourceError

CHECKSUMS: Final = "SHA256SUMS"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_checksums(folder: Path, digests: dict[str, str] | None = None) -> Path:
    """Write ``SHA256SUMS`` over all files below ``folder``, in the format of ``sha256sum -c``.

    ``digests`` are those that the caller has computed, by file name; the others are computed here.
    """
    target, digests = folder / CHECKSUMS, digests or {}
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p != target)
    lines = (f"{digests.get(name) or file_digest(folder / name)}  {name}\n" for name in names)
    target.write_text("".join(lines), encoding="utf-8")
    return target


def verify(path: Path) -> None:
    """Raise ``SourceError`` when a file is not the one that ``SHA256SUMS`` beside it lists."""
    if f"{file_digest(path)}  {path.name}" not in path.with_name(CHECKSUMS).read_text(encoding="utf-8").splitlines():
        raise SourceError(
            f"not what {CHECKSUMS} tells: it was changed or cut off after the build; run 'publisher build'", path
        )
