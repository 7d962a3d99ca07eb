"""Prepare a dataset for QLever, which builds its index out of files, all at once.

The program ``qlever`` reads a ``Qleverfile`` (docs.qlever.dev/qleverfile), builds the index, and starts the server.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from publisher.dump.reader import Spool, write_quads
from publisher.errors import ConfigError, reason
from publisher.load.load import spooled
from publisher.load.profiles import Target
from publisher.workspace.atomic import replacing
from publisher.workspace.config import Config

SETTINGS: Final = "Qleverfile"
_PORT: Final = 7019  # as in the examples of QLever
_BATCH: Final = 1_000_000  # triples that are parsed together; QLever's own ten million want much memory


@dataclass(frozen=True)
class Prepared:
    """What waits for QLever: its input, how much it holds, and whether the settings were there before."""

    path: Path
    graphs: int
    triples: int
    has_own_settings: bool


def prepare(config: Config, dist: Path, target: Target) -> Prepared:
    """Write all graphs of ``dist`` as one file into the folder of a target, and the settings if there are none.

    An earlier file is there until the new one is whole. Raises ``ConfigError`` when there is no folder to write to.
    """
    folder = Path(target.tool("location"))
    with tempfile.TemporaryDirectory(prefix="publisher-load-") as temporary:
        found = spooled(config, dist, Path(temporary))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = _write(found, folder / f"{_name(target)}.nq")
            settings = folder / SETTINGS
            has_own_settings = settings.exists()
            if not has_own_settings:
                settings.write_text(_settings(config, target), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{folder}: cannot be written: {reason(error)}") from None
    return Prepared(path, len(found.graphs), sum(graph.triples for graph in found.graphs), has_own_settings)


def plan(config: Config, dist: Path, target: Target) -> list[str]:
    """Return what ``prepare`` would write, and the commands that follow, a line each; nothing is written."""
    folder = Path(target.tool("location"))
    with tempfile.TemporaryDirectory(prefix="publisher-load-") as temporary:
        graphs = spooled(config, dist, Path(temporary)).graphs
    told = f"{len(graphs)} graphs, {sum(graph.triples for graph in graphs)} triples"
    return [
        f"write {folder / _name(target)}.nq: {told}",
        f"write {folder / SETTINGS}, if it is not there",
        *commands(target),
    ]


def commands(target: Target) -> list[str]:
    """Return the commands that build the index, and start a server on it in the place of the one before."""
    return [
        f"cd {shlex.quote(target.tool('location'))}",
        "qlever index --overwrite-existing",
        "qlever start --kill-existing-with-same-port",
    ]


def _write(found: Spool, path: Path) -> Path:
    with replacing(path) as temporary:
        write_quads(found, temporary)
    return path


def _name(target: Target) -> str:
    """Return what the files of an index begin with: it stands in commands of ``qlever`` as it is."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", target.name).strip("-") or "dataset"


def _settings(config: Config, target: Target) -> str:
    name, port = _name(target), urlsplit(target.query).port or _PORT
    title = " ".join(config.title.split()).replace("$", "")  # which begins a variable
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
