"""Workflow commands of GitHub, which annotate the files of a pull request."""

from __future__ import annotations

from typing import Final

from publisher.validate.baseline import Compared
from publisher.validate.report import Finding
from publisher.validate.reporters.interface import Naming, Reporter, ordered

_COMMANDS: Final = {"violation": "error", "warning": "warning", "info": "notice"}


class GitHubReporter(Reporter):
    """Write one command for each finding."""

    is_for_code_host = True

    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the commands, one a line."""
        return "".join(f"{_command(finding, naming)}\n" for finding in ordered(compared))


def _command(f: Finding, naming: Naming) -> str:
    values = {"file": naming.file(f), "line": f.line, "col": f.column, "title": naming.shape(f.shape)}
    properties = ",".join(f"{name}={_escape_property(str(value))}" for name, value in values.items() if value)
    about = " · ".join(naming.curie(part) for part in (f.focus, f.path, f.value) if part)
    return f"::{_COMMANDS[f.severity]} {properties}::{_escape(f'{about}: {naming.message(f)}')}"


def _escape(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(value: str) -> str:
    return _escape(value).replace(":", "%3A").replace(",", "%2C")
