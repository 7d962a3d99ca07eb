"""Read headers of an answer, and what a server wrote for people."""

from __future__ import annotations

import email.utils
import re
import time
import unicodedata
from contextlib import suppress

import httpx


def media_type(response: httpx.Response) -> str:
    """Return the media type without parameters, in lower case."""
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` asks to wait: a number, or a date (RFC 9110, section 10.2.3)."""
    if value and value.strip().isdecimal():
        return float(value)
    with suppress(TypeError, ValueError, OverflowError):
        return max(email.utils.parsedate_to_datetime(value or "").timestamp() - time.time(), 0.0)
    return None


def excerpt(body: bytes) -> str:
    """Return the beginning of what a server wrote for people, without markup and control characters."""
    return plain(re.sub(r"<[^>]*>", " ", body[:4000].decode(errors="replace")))[:300]


def plain(text: str) -> str:
    """Return a text without what would steer a terminal."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cf") else c for c in text).split())
