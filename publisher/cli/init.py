"""The command ``publisher init``."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.options import PATH
from publisher.workspace.config import EXAMPLE_BASE
from publisher.workspace.scaffold import GEOPOL, TEMPLATES, make_workspace


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option(
    "--template",
    type=click.Choice(TEMPLATES),
    default=GEOPOL,
    show_default=True,
    help="What it begins with: articles and their claims in the vocabulary of geopolitics; a thesaurus in SKOS; or "
    "one class, shape, thing and query for a vocabulary of your own.",
)
@click.option(
    "--base",
    default=EXAMPLE_BASE,
    show_default=True,
    metavar="IRI",
    help="The namespace of the dataset, ending in /.",
)
def init(folder: Path, template: str, base: str) -> None:
    """Make a new workspace.

    DIR is a folder that does not exist yet, or is empty. The new workspace builds at once.
    """
    make_workspace(folder, base, template)
    print(f"A new workspace is in {folder}. Next: cd {folder} && publisher build")
