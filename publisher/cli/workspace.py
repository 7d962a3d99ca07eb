"""The commands ``publisher init`` and ``publisher fmt``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from publisher.cli import options
from publisher.workspace.config import EXAMPLE_BASE, Config
from publisher.workspace.scaffold import GEOPOL, TEMPLATES, make_workspace


@click.command()
@click.argument("folder", type=options.PATH, metavar="DIR")
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
    print(f"A new workspace is in {folder}. Next: cd {shlex.quote(str(folder))} && publisher build")


@click.command()
@click.argument("paths", nargs=-1, type=options.PATH, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Only list the files that would change; exit with 1 if any.")
@options.config
def fmt(paths: tuple[Path, ...], check: bool, config: Config) -> int:
    """Format Turtle files.

    Write Turtle files in one layout: indents, spaces, and lines of at most 120 columns. The order, the line breaks and
    the comments of the author are kept, and the triples stay as they are. PATHs are files or folders; without any,
    ontology and data. Published dumps and hidden folders are skipped.
    """
    from publisher.workspace import formatter

    files = formatter.find(paths, config.root)
    changed = formatter.rewrite(files, config.prefixes, config.root, check=check)
    for path in changed:
        print(path)
    verb = "would change" if check else "changed"
    hint = "; run 'publisher fmt'" if check and changed else ""
    print(f"publisher: {len(changed)} of {len(files)} files {verb}{hint}", file=sys.stderr)
    return 1 if check and changed else 0
