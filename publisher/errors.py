"""Say what went wrong, where, and what to do; one small tree.

    PublisherError
    ├── UsageError      exit 2   the command line asks for something that is not there
    ├── ConfigError     exit 2   publisher.toml, or the workspace around it
    ├── OutputError     exit 2   the output folder cannot be written or must not be replaced
    ├── SourceError     exit 3   a source file cannot be read as what it should be
    └── EndpointError   exit 3   a remote service did not answer as the protocol says

Data that do not conform to the shapes are not an error but a result: a ``Report``, and exit code 1.
"""

from __future__ import annotations

from pathlib import Path


class PublisherError(Exception):
    """Anything that the command line reports in a sentence instead of a traceback."""

    exit_code = 2


class UsageError(PublisherError):
    """The request itself cannot be met: an unknown query, parameter or format."""


class ConfigError(PublisherError):
    """The workspace or its ``publisher.toml`` is not as documented."""


class OutputError(PublisherError):
    """The output folder cannot be written, or holds something that is not ours to replace."""


class SourceError(PublisherError):
    """A source file cannot be read.

    ``line`` and ``column`` count from 1; ``None`` where the parser does not tell. ``message`` is without the place.
    """

    exit_code = 3

    def __init__(self, message: str, path: Path, line: int | None = None, column: int | None = None) -> None:
        self.message, self.path, self.line, self.column = message, path, line, column
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}")

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, Path, int | None, int | None]]:
        """Travel between processes whole."""
        return type(self), (self.message, self.path, self.line, self.column)


class EndpointError(PublisherError):
    """A remote SPARQL service failed, or answered something that is no answer."""

    exit_code = 3


def reason(error: OSError) -> str:
    """Return what the system says; libraries raise some errors without its own words."""
    return error.strerror or str(error)
