"""The command ``publisher diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli import options
from publisher.cli.completion import store_names
from publisher.cli.interrupt import GRACE, end_process
from publisher.cli.terminal import progress_bar
from publisher.errors import SourceError, plural
from publisher.workspace.config import Config

if TYPE_CHECKING:
    from publisher.load import Target


@click.command()
@click.argument("old", type=options.PATH, metavar="OLD")
@click.argument("new", type=options.PATH, metavar="NEW")
@options.output_format("text", "rdf-patch", "sparql-update", of="the difference", default="text")
@click.option("--queries", is_flag=True, help="Only list the queries of queries/ with another answer.")
@click.option(
    "--migrate",
    metavar="TARGET",
    shell_complete=store_names,
    help="Make the store that holds OLD hold NEW: a store of publisher.toml, or its URL; sends only what differs.",
)
@options.profile
@options.timeout(600, "one answer of the store, or for all answers with --queries")
@options.insecure
@options.config
def diff(
    old: Path,
    new: Path,
    form: str,
    queries: bool,
    migrate: str | None,
    profile: str | None,
    timeout: float,
    insecure: bool,
    config: Config,
) -> int:
    """Compare two published datasets.

    List what was added and removed between two builds, by thing, or write it as a patch. OLD and NEW are dist
    folders, or their all.nq. Exit code 1 when they differ.

    With --migrate, send the difference to a store instead, and write down there what it now holds; a store that was
    not given the older one is left as it is, and the exit code is 3.
    """
    from publisher.dump import diff as differences

    if migrate:
        from publisher.load import find_target

        return _migrate(config, old, new, find_target(config.stores, migrate, profile, insecure=insecure), timeout)
    if queries:
        from publisher.workspace.time_limit import limited

        message = f"the queries took more than {timeout:g} seconds; allow more by --timeout"
        with limited(timeout, lambda: end_process(message, SourceError.exit_code)):
            return _compare_answers(config, old, new, timeout)
    with progress_bar() as progress:
        progress.step("compare the datasets")
        change = differences.diff(old, new)
    sys.stdout.write(differences.format_diff(change, form, config.prefixes))
    return 0 if change.is_empty else 1


def _compare_answers(config: Config, old: Path, new: Path, timeout: float) -> int:
    from publisher.query import files, local
    from publisher.query.index import index_folder
    from publisher.query.requests import unlimited

    queries = files.discover(config.root / "queries")
    changed = local.changed_answers(old, new, queries, unlimited(timeout + GRACE), index_folder(config))
    print("".join(f"{name}\n" for name in changed) + f"{len(changed)} of {len(queries)} queries change their answers")
    return 1 if changed else 0


def _migrate(config: Config, old: Path, new: Path, target: Target, timeout: float) -> int:
    from publisher.load import migrate

    with progress_bar() as progress:
        done = migrate(config, old, new, target, timeout, progress=progress)
    if done.is_empty:
        print(f"{target.name}: nothing to do; it holds the newer dataset")
        return 0
    print(
        f"{target.name}: {plural(len(done.changed), 'graph')} changed in place (triples: "
        f"{done.triples_removed:,} removed, {done.triples_added:,} added), {len(done.replaced)} replaced or new, "
        f"{len(done.removed)} removed; every count is right"
    )
    return 0
