"""Write a dataset as the input of QLever, which builds a whole index from files.

The program ``qlever`` reads a ``Qleverfile`` (docs.qlever.dev/qleverfile), builds the index, and starts the server.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from publisher.errors import ConfigError, reason
from publisher.load.profiles import Target
from publisher.load.transfer import opened_dataset
from publisher.workspace.atomic import replacing
from publisher.workspace.config import Config

SETTINGS: Final = "Qleverfile"
_PORT: Final = 7019  # the one in the examples of QLever
_BATCH: Final = 1_000_000  # triples in a batch of the parser; the default of ten million needs much memory


@dataclass(frozen=True)
class PreparedIndex:
    """The input of an index: path, number of graphs and triples, and whether there was a ``Qleverfile`` before."""

    path: Path
    graphs: int
    triples: int
    has_own_settings: bool


def prepare(config: Config, dist: Path, target: Target) -> PreparedIndex:
    """Write all graphs of ``dist`` as one file into the folder of a target, and a ``Qleverfile`` if there is none.

    An earlier file is replaced when the new one is complete. Raises ``ConfigError`` when the folder cannot be written.
    """
    folder = Path(target.tool("location"))
    with opened_dataset(config, dist) as graphs:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{_name(target)}.nq"
            with replacing(path) as part:
                graphs.write(part)
            settings = folder / SETTINGS
            has_own_settings = settings.exists()
            if not has_own_settings:
                settings.write_text(_settings(config, target), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be written: {reason(error)}") from None
    return PreparedIndex(path, len(graphs.graphs), graphs.triples, has_own_settings)


def plan(config: Config, dist: Path, target: Target) -> list[str]:
    """Return the files that ``prepare`` would write, and the commands to run after it; nothing is written."""
    folder = Path(target.tool("location"))
    with opened_dataset(config, dist) as graphs:
        content = f"{len(graphs.graphs)} graphs, {graphs.triples} triples"
    return [
        f"write {folder / _name(target)}.nq: {content}",
        f"write {folder / SETTINGS}, if it is not there",
        *commands(target),
    ]


def commands(target: Target) -> list[str]:
    """Return the commands that build the index and start a server on it, in place of a running one."""
    return [
        f"cd {shlex.quote(target.tool('location'))}",
        "qlever index --overwrite-existing",
        "qlever start --kill-existing-with-same-port",
    ]


def _name(target: Target) -> str:
    """Return the stem of the file names of an index; ``qlever`` writes it into commands without quotes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", target.name).strip("-") or "dataset"


def _settings(config: Config, target: Target) -> str:
    name, port = _name(target), urlsplit(target.query).port or _PORT
    title = " ".join(config.title.split()).replace("$", "")  # $ would begin a variable
    return f"""\
[data]
NAME = {name}
DESCRIPTION = {title}
FORMAT = nq

[index]
INPUT_FILES = {name}.nq
CAT_INPUT_FILES = cat ${{INPUT_FILES}}
PARALLEL_PARSING = true
SETTINGS_JSON = {{"num-triples-per-batch": {_BATCH}}}

[server]
PORT = {port}
"""
