"""Run SQL statements in Virtuoso with its console ``isql-vt``."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Timer
from typing import Final

from publisher.errors import ConfigError, EndpointError
from publisher.load.profiles import Target

# A statement after the others, whose result tells that they have been run.
_LAST: Final = "select concat('publisher: ', 'ready');"
_LAST_RESULT: Final = "publisher: ready"
_LOGIN_REFUSED: Final = "CL034"


class SqlConsole:
    """A running ``isql-vt``; ``timeout`` is in seconds, for the statements of one call of ``run``.

    Raises ``ConfigError`` without credentials, ``EndpointError`` when the program cannot be started.
    """

    def __init__(self, target: Target, timeout: float) -> None:
        if target.credentials is None:
            raise ConfigError(f"{target.name}: set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment")
        self._name, self._timeout = target.name, timeout
        arguments = command(target)
        self._program = arguments[0]
        try:
            self._process = subprocess.Popen(  # noqa: S603 (a list, never a shell)
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        except OSError as error:
            raise EndpointError(f"{self._program}: cannot be started: {error.strerror}") from None
        self._password = target.credentials.password

    def __enter__(self) -> SqlConsole:
        with ExitStack() as on_failure:
            on_failure.callback(self.__exit__)
            self.run([self._password])  # the program asks for it
            on_failure.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it has nothing left to do
        self._process.communicate()

    def run(self, lines: Sequence[str]) -> str:
        """Run statements, a line each, and return the output. Raises ``EndpointError`` when the program ends."""
        is_late = Event()
        timer = Timer(self._timeout, self._kill, [is_late])
        timer.start()
        output = list[str]()
        try:
            with suppress(BrokenPipeError):  # what the program wrote before it ended is read
                print(*lines, _LAST, sep="\n", file=self._process.stdin, flush=True)
            for line in self._process.stdout or ():
                if line.strip() == _LAST_RESULT:
                    return "".join(output)
                output.append(line)
                # The first refusal is of the login without a password; after a second one it would ask for ever.
                if sum(_LOGIN_REFUSED in each for each in output) > 1:
                    break
        finally:
            timer.cancel()
        if is_late.is_set():
            message = f"{self._program}: not done within {self._timeout:g} s; allow more time with '--timeout'"
            raise EndpointError(message)
        reason = " ".join("".join(output).split())[:400] or "no reason given"
        raise EndpointError(f"{self._name}: {Path(self._program).name} failed: {reason}")

    def _kill(self, is_late: Event) -> None:
        is_late.set()
        self._process.kill()


def command(target: Target) -> list[str]:
    """Return the command that starts ``isql-vt``; the password is not in it."""
    user = target.credentials.user if target.credentials else "dba"
    options = ["VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF", "ERRORS=STDOUT"]
    return [target.tools.get("program", "isql-vt"), target.tools.get("sql", "127.0.0.1:1111"), user, *options]


def quoted(text: str) -> str:
    """Return text as it is written between the quotes of an SQL string."""
    return text.replace("'", "''")
