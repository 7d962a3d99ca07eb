"""The commands ``publisher show`` and ``publisher list``; and ``publisher mcp``, which gives the same to agents."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli import options
from publisher.errors import requires_extra
from publisher.workspace.config import Config


@click.command()
@click.argument("thing", metavar='THING|"LABEL"')
@options.config
@options.published
def show(thing: str, config: Config, out: Path | None) -> None:
    """Show what the published dataset has on a thing.

    Facts and claims stand apart. THING is a CURIE, an IRI, or any name of the thing in any language and script;
    capitals and accents do not count.
    """
    from publisher.site.terminal import open_model, show_text

    model = open_model(config, out or config.root / "dist")
    print(show_text(model, thing))


@click.command(name="list")
@click.argument("class_", required=False, metavar="[CLASS]")
@options.config
@options.published
def list_(class_: str | None, config: Config, out: Path | None) -> None:
    """List the classes of the published dataset, or the things of one.

    CLASS is a CURIE, an IRI or the name of a class in any language.
    """
    from publisher.site.terminal import list_text, open_model

    model = open_model(config, out or config.root / "dist")
    print(list_text(model, class_))


@click.command()
@options.timeout(30, "each answer")
@options.published
@options.config
def mcp(timeout: float, out: Path | None, config: Config) -> int:
    """Serve the published dataset to agents.

    A server of the Model Context Protocol on standard input and output, for programs that start it. Its tools search
    names, show things, list and run the saved queries, and run SPARQL; all of them only read. Every row says whether it
    is a fact or whose claim.
    """
    with requires_extra("mcp", "this command", "the SDK of MCP"):
        from publisher.serve.api.mcp import run_stdio
    from publisher.query.index import find_dump, index_folder
    from publisher.query.requests import Limits

    dist = out or config.root / "dist"
    run_stdio(config, dist, find_dump(dist / "dumps"), index_folder(config), Limits(seconds=timeout))
    return 0
