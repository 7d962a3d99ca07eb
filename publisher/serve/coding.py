"""Compress answers: choose the content coding by ``Accept-Encoding`` (RFC 9110, 12.5.3), and keep what is compressed.

>>> choose_coding("gzip, br;q=0.5"), choose_coding("gzip, br"), choose_coding("*;q=0"), choose_coding("")
('gzip', 'br', '', '')
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Final

CODINGS: Final = ("br", "gzip")  # of equally wanted ones the first is chosen
_KEPT: Final = 1 << 26  # bytes of compressed files in memory
AT_ONCE: Final = 1 << 16  # bytes that are compressed in less time than another thread takes to start
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


def compress(content: bytes, coding: str) -> bytes:
    """Return content in a coding; the same content gives the same bytes."""
    if coding == "br":
        import brotli

        return bytes(brotli.compress(content, quality=5))
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # gzip, without a time
    return packer.compress(content) + packer.flush()


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
        is_small = len(content) <= AT_ONCE
        packed = compress(content, coding) if is_small else await asyncio.to_thread(compress, content, coding)
        # another request may have come first, or another build
        if key not in self._kept and hashlib.sha256(content).hexdigest() == digest:
            self._kept[key] = packed
            self._size += len(packed)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])
        return packed
