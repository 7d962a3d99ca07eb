"""The command ``publisher completion``, and the values that a shell completes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

COMPLETION_VARIABLE: Final = "_PUBLISHER_COMPLETE"

_SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


def query_names(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the queries of the workspace that begin as typed; when there are none, let the shell complete files."""
    if context.params.get("arguments"):  # what follows the name are parameters
        return []
    names = sorted(path.stem for path in (_root(context) / "queries").glob("*.rq"))
    items = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return items or [CompletionItem(incomplete, type="file")]


def query_parameters(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the parameters that begin as typed, of the query that was named; none when it cannot be read."""
    from publisher.errors import PublisherError
    from publisher.query.files import find

    arguments: tuple[str, ...] = context.params.get("arguments") or ()
    if not arguments:
        return []
    try:
        query = find(arguments[0], _root(context) / "queries")
    except (PublisherError, OSError):
        return []
    names = ((f"--{parameter.name}", parameter.description) for parameter in query.parameters)
    return [CompletionItem(name, help=description) for name, description in names if name.startswith(incomplete)]


def store_names(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of the stores of ``publisher.toml`` that begin as typed; none when it cannot be read."""
    from publisher.errors import PublisherError
    from publisher.workspace.config import load_config

    try:
        stores = load_config(_root(context)).stores
    except (PublisherError, OSError):
        return []
    return [name for name in stores if name.startswith(incomplete)]


def _root(context: click.Context) -> Path:
    return context.params.get("workspace") or Path()


@click.command()
@click.argument("shell", type=click.Choice(tuple(_SHELLS)), metavar="|".join(_SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options, files, the names of queries, and the stores of publisher.toml. Try it with
    eval "$(publisher completion bash)", and write it where your shell looks for such scripts to have it always.
    """
    print(_SHELLS[shell](click.Command(None), {}, "publisher", COMPLETION_VARIABLE).source())
