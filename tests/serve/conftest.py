"""Start ``publisher serve`` as a process, and end it by Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import ROOT

_URL = re.compile(r"http://[^ ;]+/")


class Served:
    """A server that runs: its URL, its process, and what it printed when it has ended."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url, self.output = process, url, ""
        self.client = httpx.Client(base_url=url, timeout=20)

    def get(self, address: str, **headers: str) -> httpx.Response:
        return self.client.get(address, headers=headers)

    def wait_for(self, address: str, words: str, seconds: float = 40) -> str:
        """Return a page once it has these words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.get(address).text
            if words in text:
                return text
            time.sleep(0.1)
        raise AssertionError(f"{address} has no {words!r}: {text}")

    def interrupt(self) -> int:
        """End the process by Ctrl-C and return its exit code."""
        self.client.close()
        self.process.send_signal(signal.SIGINT)
        self.output += self.process.communicate(timeout=20)[0]
        return self.process.returncode


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    """Run ``publisher serve`` with options at a free port."""
    command = [sys.executable, "-m", "publisher", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        match = _URL.search(line)
        assert match, line + process.stdout.read()
        served = Served(process, match[0])
        with served.client:
            yield served
    finally:
        process.kill()
        process.communicate()


def write(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
