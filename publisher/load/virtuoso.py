"""Talk to Virtuoso's ``isql-vt``: SQL, a line each, and what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Timer
from typing import Final

from publisher.errors import ConfigError, EndpointError
from publisher.load.profiles import Target

_ASKED: Final = "select concat('publisher: ', 'ready');"
_ANSWERED: Final = "publisher: ready"
_REFUSED: Final = "CL034"  # a login


class Console:
    """A session of ``isql-vt``, which runs statements as they come; ``patience`` is in seconds, for some of them."""

    def __init__(self, target: Target, patience: float) -> None:
        if target.credentials is None:
            raise ConfigError(f"{target.name}: set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment")
        self._name, self._patience = target.name, patience
        started = command(target)
        self._program = started[0]
        try:
            self._process = subprocess.Popen(  # noqa: S603 (a list, never a shell)
                started, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        except OSError as error:
            raise EndpointError(f"{self._program}: cannot be started: {error.strerror}") from None
        self._password = target.credentials.password

    def __enter__(self) -> Console:
        with ExitStack() as unless_it_opens:
            unless_it_opens.callback(self.__exit__)
            self.run([self._password])  # for which the program asks
            unless_it_opens.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it has nothing left to do
        self._process.communicate()

    def run(self, lines: Sequence[str]) -> str:
        """Run statements, a line each, and return what the program says; raise ``EndpointError`` when it ends."""
        is_late = Event()
        timer = Timer(self._patience, self._give_up, [is_late])
        timer.start()
        said = list[str]()
        try:
            with suppress(BrokenPipeError):  # what it said before it went is read
                print(*lines, _ASKED, sep="\n", file=self._process.stdin, flush=True)
            for line in self._process.stdout or ():
                if line.strip() == _ANSWERED:
                    return "".join(said)
                said.append(line)
                if sum(_REFUSED in each for each in said) > 1:  # once without a password; it would ask again for ever
                    break
        finally:
            timer.cancel()
        if is_late.is_set():
            message = f"{self._program}: not done within {self._patience:g} s; allow more time with '--timeout'"
            raise EndpointError(message)
        told = " ".join("".join(said).split())[:400] or "no reason given"
        raise EndpointError(f"{self._name}: {Path(self._program).name} failed: {told}")

    def _give_up(self, is_late: Event) -> None:
        is_late.set()
        self._process.kill()


def command(target: Target) -> list[str]:
    """Return the command; the password is not in it."""
    user = target.credentials.user if target.credentials else "dba"
    options = ["VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF", "ERRORS=STDOUT"]
    return [target.tools.get("program", "isql-vt"), target.tools.get("sql", "127.0.0.1:1111"), user, *options]


def quoted(text: str) -> str:
    """Return text as it stands between the quotes of SQL."""
    return text.replace("'", "''")
