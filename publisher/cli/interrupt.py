"""End a command on Ctrl-C even while native code runs, which Python signal handlers wait for."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from publisher.cli.terminal import raw

# Seconds in which Python code cleans up after Ctrl-C by itself.
GRACE: Final = 1.0

_SHOW_CURSOR: Final = "\x1b[?25h"


@contextmanager
def interruptible(end: Callable[[], object], grace: float = GRACE) -> Iterator[None]:
    """Call ``end``, which is to end the process, when the block still runs ``grace`` seconds after Ctrl-C.

    Python writes the number of each signal to a socket (``signal.set_wakeup_fd``) even while the main thread is in
    native code; another thread reads it there.
    """
    if threading.current_thread() is not threading.main_thread():  # where signals do not arrive
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    done = threading.Event()
    listener = threading.Thread(target=_listen, args=(reader, done, end, grace), daemon=True)
    listener.start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        writer.close()
        listener.join()


def _listen(reader: socket.socket, done: threading.Event, end: Callable[[], object], grace: float) -> None:
    with reader:
        while signals := reader.recv(64):
            if signal.SIGINT in signals and not done.wait(grace):
                end()


def end_process(message: str, code: int) -> None:
    """Print a message and end the process at once, from another thread than the main one."""
    if sys.stderr.isatty():
        raw(sys.stderr).write(_SHOW_CURSOR)  # which a progress bar hides
    print(f"publisher: {message}", file=sys.stderr, flush=True)
    os._exit(code)
