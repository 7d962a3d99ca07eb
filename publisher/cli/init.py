"""The command ``publisher init``."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.options import PATH
from publisher.workspace.config import EXAMPLE_BASE


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option(
    "--base",
    default=EXAMPLE_BASE,
    show_default=True,
    metavar="IRI",
    help="The namespace of the dataset, ending in /.",
)
def init(folder: Path, base: str) -> None:
    """Make a new workspace.

    DIR is a folder that does not exist yet, or is empty. The new workspace builds at once.
    """
    from publisher.workspace.scaffold import make_workspace

    make_workspace(folder, base)
    print(f"A new workspace is in {folder}. Next: cd {folder} && publisher build")
