"""The command ``publisher fmt``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from publisher.cli import options


@click.command()
@click.argument("paths", nargs=-1, type=options.PATH, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Only list the files that would change; exit with 1 if any.")
@options.workspace
def fmt(paths: tuple[Path, ...], check: bool, workspace: Path) -> int:
    """Format Turtle files.

    Write Turtle files in one layout: indents, spaces, and lines of at most 120 columns. The order, the line breaks and
    the comments of the author are kept, and the triples stay as they are. PATHs are files or folders; without any,
    ontology and data. Published dumps and hidden folders are skipped.
    """
    from publisher.workspace import formatter
    from publisher.workspace.config import load_config

    config = load_config(workspace)
    files = formatter.find(paths, config.root)
    changed = formatter.rewrite(files, config.prefixes, config.root, check=check)
    for path in changed:
        print(path)
    verb = "would change" if check else "changed"
    hint = "; run 'publisher fmt'" if check and changed else ""
    print(f"publisher: {len(changed)} of {len(files)} files {verb}{hint}", file=sys.stderr)
    return 1 if check and changed else 0
