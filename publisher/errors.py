"""The errors that a user can correct, and the words of messages: what is wrong, where, and what was expected.

    PublisherError
    ├── UsageError      exit 2   the command line asks for something that is not there
    ├── ConfigError     exit 2   publisher.toml, or the workspace around it
    ├── OutputError     exit 2   the output folder cannot be written or must not be replaced
    ├── SourceError     exit 3   a source file cannot be read as what it should be
    └── EndpointError   exit 3   a remote service did not answer as the protocol says

Data that do not conform to the shapes are not an error but a result: a ``Report``, and exit code 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# Control characters but tab and line feed, bidirectional and invisible format characters (not the joiners of scripts),
# line and paragraph separators, and surrogates.
_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


class PublisherError(Exception):
    """An error that the command line prints as a message instead of a traceback, before it exits with ``exit_code``."""

    exit_code = 2


class UsageError(PublisherError):
    """A wrong argument: an unknown query, parameter or format."""


class ConfigError(PublisherError):
    """A wrong workspace or ``publisher.toml``."""


class OutputError(PublisherError):
    """An output that cannot be written, or a folder with other files that would be replaced."""


class SourceError(PublisherError):
    """A source file that cannot be read.

    ``line`` and ``column`` count from 1 and are ``None`` where the parser does not report them. ``message`` is the text
    without the place.

    >>> print(SourceError("a relative IRI", Path("a.ttl"), 3, 14))
    a.ttl:3:14: a relative IRI
    """

    exit_code = 3

    def __init__(self, message: str, path: Path, line: int | None = None, column: int | None = None) -> None:
        self.message, self.path, self.line, self.column = message, path, line, column
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}")

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, Path, int | None, int | None]]:
        """Pickle all attributes, for errors in worker processes."""
        return type(self), (self.message, self.path, self.line, self.column)


class EndpointError(PublisherError):
    """A remote service that failed, or whose answer does not follow the protocol."""

    exit_code = 3


@contextmanager
def requires_extra(extra: str, user: str, library: str) -> Iterator[None]:
    """Raise ``UsageError``, which says what to install, where a library of an extra of this distribution is missing.

    >>> with requires_extra("serve", "this command", "a web server"):
    ...     import a_missing_library
    Traceback (most recent call last):
    publisher.errors.UsageError: this command needs a web server; install it with: pip install 'geopol-publisher[serve]'
    """
    try:
        yield
    except ModuleNotFoundError:
        raise UsageError(f"{user} needs {library}; install it with: pip install 'geopol-publisher[{extra}]'") from None


def reason(error: OSError) -> str:
    """Return the message of the operating system, or of the library that raised the error without one."""
    return error.strerror or str(error)


def plural(count: int, noun: str) -> str:
    """Return a number with its noun, which is given in the singular.

    >>> plural(1, "entry"), plural(2, "entry"), plural(0, "row")
    ('1 entry', '2 entries', '0 rows')
    """
    if count == 1:
        return f"{count} {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def harmless(text: str) -> str:
    r"""Return a text without the characters that steer a terminal, reverse the reading order or are not seen.

    >>> harmless("a\x1b[31mred")
    'a\ufffd[31mred'
    """
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)
