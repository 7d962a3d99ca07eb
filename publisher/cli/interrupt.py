"""Let a clock or Ctrl-C end what native code would go on with: Python hears of neither before that code returns."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

# Seconds in which Python code cleans up after Ctrl-C by itself.
GRACE: Final = 1.0


@contextmanager
def limited(seconds: float, end: Callable[[], object]) -> Iterator[None]:
    """Call ``end``, which is to end the process, when the block has not ended after so many seconds."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def interruptible(end: Callable[[], object], grace: float = GRACE) -> Iterator[None]:
    """Call ``end``, which is to end the process, when the block goes on for ``grace`` seconds after Ctrl-C.

    The signal reaches a socket even while the main thread is in native code, and another thread listens to it.
    """
    if threading.current_thread() is not threading.main_thread():  # where signals do not arrive
        yield
        return
    ear, mouth = socket.socketpair()
    mouth.setblocking(False)
    before = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    done = threading.Event()
    listener = threading.Thread(target=_listen, args=(ear, done, end, grace), daemon=True)
    listener.start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        mouth.close()
        listener.join()


def _listen(ear: socket.socket, done: threading.Event, end: Callable[[], object], grace: float) -> None:
    with ear:
        while heard := ear.recv(64):
            if signal.SIGINT in heard and not done.wait(grace):
                end()
