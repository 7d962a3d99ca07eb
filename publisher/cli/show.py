"""The commands ``publisher show`` and ``publisher list``."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli import options


@click.command()
@click.argument("thing", metavar='THING|"LABEL"')
@options.workspace
@options.published
def show(thing: str, workspace: Path, out: Path | None) -> None:
    """Show what the published dataset has on a thing.

    Facts and claims stand apart. THING is a CURIE, an IRI, or any name of the thing in any language and script;
    capitals and accents do not count.
    """
    from publisher.site.terminal import open_model, show_text
    from publisher.workspace.config import load_config

    config = load_config(workspace)
    model = open_model(config, out or config.root / "dist")
    print(show_text(model, thing))


@click.command(name="list")
@click.argument("class_", required=False, metavar="[CLASS]")
@options.workspace
@options.published
def list_(class_: str | None, workspace: Path, out: Path | None) -> None:
    """List the classes of the published dataset, or the things of one.

    CLASS is a CURIE, an IRI or the name of a class in any language.
    """
    from publisher.site.terminal import list_text, open_model
    from publisher.workspace.config import load_config

    config = load_config(workspace)
    model = open_model(config, out or config.root / "dist")
    print(list_text(model, class_))
