"""Keep answers in a folder."""

from __future__ import annotations

import hashlib
import tempfile
import time
from contextlib import suppress
from itertools import filterfalse
from pathlib import Path

import httpx

from publisher.http.exchange import Response


class AnswerCache:
    """A folder that keeps answers, by method, URL and body of the request, for ``lifetime`` seconds.

    It never fails: what cannot be read or written is as good as not kept.
    """

    def __init__(self, folder: Path, lifetime: float) -> None:
        self._folder, self._lifetime = folder, lifetime
        with suppress(OSError):
            for path in filterfalse(self._is_fresh, list(folder.iterdir())):
                path.unlink()

    def get(self, request: httpx.Request) -> Response | None:
        """Return what is kept, if it is not too old."""
        path = self._path(request)
        with suppress(OSError, ValueError):
            if self._is_fresh(path):
                media_type, _, body = path.read_bytes().partition(b"\n")
                return Response(media_type.decode(), body)
        return None

    def put(self, request: httpx.Request, response: Response) -> None:
        """Keep an answer."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(f"{response.media_type}\n".encode() + response.body)
            Path(file.name).replace(self._path(request))

    def _is_fresh(self, path: Path) -> bool:
        return time.time() - path.stat().st_mtime < self._lifetime

    def _path(self, request: httpx.Request) -> Path:
        asked = (request.method, str(request.url), request.headers.get("Accept", ""))
        return self._folder / hashlib.sha256("\n".join(asked).encode() + b"\n" + request.content).hexdigest()
