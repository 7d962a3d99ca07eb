"""Say of which media type a file of the site is, by its extension."""

from __future__ import annotations

from typing import Final

from publisher.dump.formats import MEDIA_TYPES
from publisher.serve.negotiation import REPRESENTATIONS

TYPES: Final = {
    **MEDIA_TYPES,
    **{r.extension: r.media_type for r in REPRESENTATIONS},
    "avif": "image/avif",
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "gz": "application/gzip",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "rq": "application/sparql-query",
    "svg": "image/svg+xml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
}


def media_type(name: str) -> str:
    """Return the value of ``Content-Type`` for a file.

    >>> media_type("id/armenia.ttl"), media_type("id/armenia.jsonld"), media_type("SHA256SUMS")
    ('text/turtle; charset=utf-8', 'application/ld+json', 'text/plain; charset=utf-8')
    """
    last = name.rpartition("/")[2]
    return content_type(TYPES.get(last.rpartition(".")[2], "application/octet-stream") if "." in last else "text/plain")


def content_type(media_type: str) -> str:
    """Return the value of ``Content-Type`` for content in UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
