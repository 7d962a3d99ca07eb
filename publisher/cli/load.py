"""The command line of what happens after publication: ``publisher load`` and ``publisher diff``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from publisher.errors import ConfigError, UsageError
from publisher.http import Credentials
from publisher.load.profiles import PROFILES, Target
from publisher.progress import SILENT
from publisher.workspace.config import Config, load_config

_SHOWN: Final = 20  # differences; the rest is counted


def add_load(verb: argparse.ArgumentParser) -> None:
    """Add the arguments of ``load``."""
    add = verb.add_argument
    add("target", metavar="TARGET", help="a store of publisher.toml ([stores.NAME]), or its URL")
    add("--profile", choices=tuple(PROFILES), help="the kind of store, for a URL")
    methods = (
        "Graph Store Protocol, SPARQL Update, the store's own bulk loader, or input for its index (default: its best)"
    )
    add("--method", choices=("gsp", "update", "bulk", "index"), help=methods)
    add("--sync", action="store_true", help="send only the graphs that differ from what the store was last given")
    add("--verify", choices=("counts", "full"), default="counts", help="full compares every triple (default: counts)")
    add("--show", action="store_true", help="only show what would be sent where")
    add("--out", type=Path, metavar="DIR", help="where 'build' published (default: dist in the workspace)")


def run_load(arguments: argparse.Namespace) -> int:
    """Load, print what was done, and return the exit code."""
    from publisher.load import load, profiles

    config = load_config(arguments.workspace)
    target = profiles.find_target(config.stores, arguments.target, arguments.profile, arguments.method)
    dist = arguments.out or config.root / "dist"
    if target.method == "index":
        return _prepare(config, dist, target, arguments)
    if arguments.show:
        for line in load.plan(config, dist, target):
            print(line)
        return 0
    done = load.load(
        config,
        dist,
        target,
        arguments.timeout,
        sync=arguments.sync,
        full=arguments.verify == "full",
        progress=SILENT,
    )
    lost = [difference for difference in done.differences if difference.is_loss]
    for difference in lost[:_SHOWN]:
        print(f"{difference.why}: <{difference.graph}>\n  sent  {difference.sent}\n  found {difference.found}")
    if len(lost) > _SHOWN:
        print(f"… and {len(lost) - _SHOWN} more")
    if written := len(done.differences) - len(lost):
        print(f"{written} values are the same, but {target.profile.name} writes them in another way")
    print(
        f"{target.name}: {len(done.sent)} graphs sent ({done.triples:,} triples), {len(done.kept)} were there, "
        f"{len(done.removed)} removed; every count is right"
    )
    if done.exit_code:
        print(f"publisher: {target.name} does not hold all that was sent", file=sys.stderr)
    return done.exit_code


def _prepare(config: Config, dist: Path, target: Target, arguments: argparse.Namespace) -> int:
    """Write what an index is built from, and print the commands that are left."""
    from publisher.load import qlever

    if arguments.sync or arguments.verify != "counts":
        raise UsageError(f"{target.name}: an index of {target.profile.name} is built whole: no --sync, no --verify")
    if arguments.show:
        print("\n".join(qlever.plan(config, dist, target)))
        return 0
    done = qlever.prepare(config, dist, target)
    kept = f"; {qlever.SETTINGS} was there, and stays as it is" if done.has_own_settings else ""
    print(f"{done.path}: {done.graphs} graphs ({done.triples:,} triples){kept}. Nothing is loaded yet; this does it:")
    print("\n".join(f"  {command}" for command in qlever.commands(target)))
    return 0


def service(config: Config, endpoint: str) -> tuple[str, Credentials | None]:
    """Return the URL for queries, and who asks: of a store of ``publisher.toml``, or of an endpoint as it stands."""
    from publisher.load import profiles

    if endpoint in config.stores:
        target = profiles.find_target(config.stores, endpoint)
        if not target.query:
            raise ConfigError(f"[stores.{endpoint}]: expected the key 'url', to ask it")
        return target.query, target.credentials
    return endpoint, profiles.credentials("", is_digest=False)


def add_diff(verb: argparse.ArgumentParser) -> None:
    """Add the arguments of ``diff``."""
    for name, which in (("old", "older"), ("new", "newer")):
        verb.add_argument(name, type=Path, metavar=name.upper(), help=f"the {which} dist folder, or its all.nq")
    formats = ("text", "rdf-patch", "sparql-update")
    verb.add_argument("--format", choices=formats, default="text", help="default: text")
    verb.add_argument("--queries", action="store_true", help="only list the queries of queries/ with another answer")
    told = "make the store that holds OLD hold NEW: a store of publisher.toml, or its URL; sends only what differs"
    verb.add_argument("--migrate", metavar="TARGET", help=told)
    verb.add_argument("--profile", choices=tuple(PROFILES), help="the kind of store, for a URL")


def run_diff(arguments: argparse.Namespace) -> int:
    """Print the difference and return 1 when there is one, else 0; or bring a store up to date and return 0."""
    from publisher.dump import diff
    from publisher.query import files, regression

    config = load_config(arguments.workspace)
    if arguments.migrate:
        return _migrate(config, arguments)
    if arguments.queries:
        asked = files.discover(config.root / "queries")
        changed = regression.changed_answers(arguments.old, arguments.new, asked)
        print("".join(f"{name}\n" for name in changed) + f"{len(changed)} of {len(asked)} queries change their answers")
        return 1 if changed else 0
    change = diff.diff(arguments.old, arguments.new)
    sys.stdout.write(diff.write(change, arguments.format, config.prefixes))
    return 0 if change.is_empty else 1


def _migrate(config: Config, arguments: argparse.Namespace) -> int:
    from publisher.load import migrate, profiles

    target = profiles.find_target(config.stores, arguments.migrate, arguments.profile)
    done = migrate.migrate(config, arguments.old, arguments.new, target, arguments.timeout)
    if done.is_nothing:
        print(f"{target.name}: nothing to do; it holds the newer dataset")
        return 0
    print(
        f"{target.name}: {len(done.changed)} graphs changed in place ({done.taken:,} triples removed, {done.added:,} "
        f"added), {len(done.replaced)} replaced or new, {len(done.removed)} removed; every count is right"
    )
    return 0
