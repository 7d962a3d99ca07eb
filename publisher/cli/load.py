"""The command ``publisher load``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from publisher.cli import options
from publisher.cli.completion import store_names
from publisher.cli.terminal import progress_bar
from publisher.errors import UsageError, plural
from publisher.workspace.config import Config

if TYPE_CHECKING:
    from publisher.load import LoadResult, Target

_SHOWN: Final = 20  # differences; the rest is counted


@click.command()
@click.argument("target", metavar="TARGET", shell_complete=store_names)
@options.profile
@click.option(
    "--method",
    type=click.Choice(("gsp", "update", "bulk", "index")),
    help="Graph Store Protocol, SPARQL Update, the store's own bulk loader, or input for its index.",
    show_default="the best of the store",
)
@click.option(
    "--sync",
    is_flag=True,
    help="Send only the graphs that differ from what the store was last given, or whose number of triples is another; "
    "what somebody else changed within a graph without changing that number is seen by '--verify full' alone.",
)
@click.option(
    "--verify",
    type=click.Choice(("counts", "full")),
    default="counts",
    show_default=True,
    help="What to compare in the end; full compares every triple.",
)
@click.option("--show", is_flag=True, help="Only show what would be sent where; with --sync, the store is asked first.")
@click.option(
    "--break-lease",
    is_flag=True,
    help="End the lease of another load: for one that was killed, or whose clock was wrong. Two loads at once may mix.",
)
@options.published
@options.timeout(600, "one answer of the store")
@options.insecure
@options.config
def load(
    target: str,
    profile: str | None,
    method: str | None,
    sync: bool,
    verify: str,
    show: bool,
    break_lease: bool,
    out: Path | None,
    timeout: float,
    insecure: bool,
    config: Config,
) -> int:
    """Load the published dataset into a triple store.

    Stage the graphs of the last build in a store, count them, and put them in service in one step. The old data stay
    in service until then; graphs of others are never touched. TARGET is a store of publisher.toml ([stores.NAME]), or
    its URL.

    User and password of the store NAME come from the environment variables PUBLISHER_NAME_USER and
    PUBLISHER_NAME_PASSWORD, or from the system's keyring; PUBLISHER_USER and PUBLISHER_PASSWORD are for the host
    PUBLISHER_HOST alone, or for this machine. With the method bulk, programs are run that publisher.toml names: do not
    use it in a workspace that you do not trust.
    """
    from publisher import load as loading

    store = loading.find_target(config.stores, target, profile, method, insecure=insecure)
    dist = out or config.root / "dist"
    if store.method == "index":
        if sync or verify != "counts":
            raise UsageError(f"{store.name}: an index of {store.profile.name} is built whole: no --sync, no --verify")
        return _prepare_index(config, dist, store, is_shown=show)
    if show:
        print("\n".join(loading.plan(config, dist, store, timeout, sync=sync)) or f"{store.name}: nothing to send")
        return 0
    options = {"sync": sync, "full": verify == "full", "breaks_lease": break_lease}
    with progress_bar() as progress:
        done = loading.load(config, dist, store, timeout, progress=progress, **options)
    _print_summary(done)
    return done.exit_code


def _print_summary(done: LoadResult) -> None:
    from publisher.load.profiles import union_warning

    target = done.target
    losses = [difference for difference in done.differences if difference.is_loss]
    for difference in losses[:_SHOWN]:
        print(f"{difference.why}: <{difference.graph}>\n  sent  {difference.sent}\n  found {difference.found}")
    if len(losses) > _SHOWN:
        print(f"… and {len(losses) - _SHOWN} more")
    if rewritten := len(done.differences) - len(losses):
        print(f"{plural(rewritten, 'value')} written in another way by {target.profile.name}, but the same")
    print(
        f"{target.name}: {plural(len(done.sent), 'graph')} sent ({done.triples:,} triples), "
        f"{len(done.unchanged)} were there, {len(done.removed)} removed; every count is right"
    )
    if not done.has_union:
        print(f"publisher: {union_warning(target.name, target.profile)}", file=sys.stderr)
    if done.exit_code:
        print(f"publisher: {target.name} does not hold all that was sent", file=sys.stderr)


def _prepare_index(config: Config, dist: Path, target: Target, *, is_shown: bool) -> int:
    """Write the input of an index, and print the commands that build it."""
    from publisher.load import qlever

    if is_shown:
        print("\n".join(qlever.plan(config, dist, target)))
        return 0
    done = qlever.prepare(config, dist, target)
    kept = f"; {qlever.SETTINGS} was there, and stays as it is" if done.has_own_settings else ""
    written = f"{plural(done.graphs, 'graph')} ({done.triples:,} triples)"
    print(f"{done.path}: {written}{kept}. Nothing is loaded yet; this does it:")
    print("\n".join(f"  {command}" for command in qlever.commands(target)))
    return 0
