"""Compress answers: choose the content coding by ``Accept-Encoding`` (RFC 9110, 12.5.3), and keep what is compressed.

>>> choose_coding("gzip, br;q=0.5"), choose_coding("gzip, br"), choose_coding("*;q=0"), choose_coding("")
('gzip', 'br', '', '')
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

CODINGS: Final = ("br", "gzip")  # of equally wanted ones the first is chosen
_KEPT: Final = 1 << 26  # bytes of compressed files in memory
_QUALITIES: Final = {"br": 5, "gzip": 6}  # of files, whose compressed content is kept
_AT_ONCE: Final = 1 << 16  # bytes that are compressed in less time than another thread takes to start
SMALLEST: Final = 1 << 10  # bytes; a smaller file hardly gets smaller
LARGEST: Final = 1 << 23  # bytes; a larger file is sent as it is, or as a compressed one beside it
_TEXT: Final = ("text/", "application/json", "application/ld+json", "application/n-", "application/rdf+xml")
_OTHERS: Final = ("application/sparql", "application/trig", "application/wasm", "application/xml", "image/svg+xml")


def is_compressible(media_type: str) -> bool:
    """Tell whether content of a media type gets smaller.

    >>> is_compressible("text/html; charset=utf-8"), is_compressible("image/png")
    (True, False)
    """
    return media_type.startswith((*_TEXT, *_OTHERS))


@lru_cache(maxsize=256)
def choose_coding(header: str, available: tuple[str, ...] = CODINGS) -> str:
    """Return the coding that a client wants most of those that there are; empty for none."""
    weights: dict[str, float] = {}
    for name, *parameters in (element.split(";") for element in header.lower().split(",")):
        value = next((p.strip()[2:] for p in parameters if p.strip().startswith("q=")), "1")
        try:
            weights[name.strip()] = min(float(value), 1.0)
        except ValueError:
            continue
    wanted = {coding: weights.get(coding, weights.get("*", 0.0)) for coding in available}
    best = max(available, key=lambda coding: wanted[coding])
    return best if wanted[best] > 0 else ""


class Packer:
    """Compress content in parts, each of which a client can read at once; the same content gives the same bytes."""

    def __init__(self, coding: str, quality: int) -> None:
        if coding == "br":
            import brotli

            packer = brotli.Compressor(quality=quality)
            self._add: Callable[[bytes], bytes] = packer.process
            self._flush: Callable[[], bytes] = packer.flush
            self._finish: Callable[[], bytes] = packer.finish
        else:
            gzip = zlib.compressobj(quality, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # without a time
            self._add, self._flush, self._finish = gzip.compress, lambda: gzip.flush(zlib.Z_SYNC_FLUSH), gzip.flush

    async def pack(self, part: bytes, *, is_last: bool) -> bytes:
        """Return what is to be sent of a part, which is compressed in another thread if that takes long."""
        if len(part) <= _AT_ONCE:
            return self.packed(part, is_last=is_last)
        return await asyncio.to_thread(self.packed, part, is_last=is_last)

    def packed(self, part: bytes, *, is_last: bool) -> bytes:
        """Return what is to be sent of a part."""
        return self._add(part) + (self._finish() if is_last else self._flush())


class CompressedFiles:
    """Compressed content of files by digest and coding: so much of it as was used last."""

    def __init__(self, most_bytes: int = _KEPT) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._most, self._size = most_bytes, 0

    async def get(self, path: Path, digest: str, coding: str) -> bytes:
        """Return the content of a file, whose digest is given, in a coding."""
        key = digest, coding
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        content = path.read_bytes()
        packed = await Packer(coding, _QUALITIES[coding]).pack(content, is_last=True)
        # another request may have come first, or another build
        if key not in self._kept and hashlib.sha256(content).hexdigest() == digest:
            self._kept[key] = packed
            self._size += len(packed)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])
        return packed
